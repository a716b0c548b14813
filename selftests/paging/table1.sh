#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# K17: a task with locality needs nru and one that reads its data once needs linear, for
# private memory and for a file's, over a range of limits.

. ../lib/tap.sh
. ../lib/disks.sh

cp "$KAKU_BUILD/selftests/paging/paging" /tmp
disk=$(make_zram 128)
mkswap -q "$disk"
swapon "$disk"
disk=$(make_nullb 32 10000)
mke2fs -q -t ext4 -O ^has_journal "$disk"
mkdir /mnt/file
mount -t ext4 "$disk" /mnt/file
echo 0 >"/sys/block/${disk#/dev/}/queue/read_ahead_kb"
echo 4096 >/sys/kernel/debug/fault_around_bytes
for policy in nru linear; do
	check "$policy is registered" bpftool struct_ops register \
		"$KAKU_BUILD/bpf/$policy.bpf.o"
done

# refaults -eq|-gt POLICY ARGUMENT...: how they compare with 0, under each limit.
refaults() {
	local sign=$1 policy=$2 limit got
	shift 2
	for limit in 26 32 40 48 64 80; do
		got=$(/tmp/paging --policy "$policy" --limit "$limit" "$@" |
			sed -n 's/^refaults=//p')
		echo "limit $limit: ${got:-none}"
		test "${got:-none}" "$sign" 0 || return 1
	done
}

for task in task1 task2; do
	for file in '' "/mnt/file/$task"; do
		where=(${file:+--map private --file "$file"} "$task")
		zero=nru more=linear
		[ $task = task1 ] || zero=linear more=nru
		check "${where[*]}: no refault with $zero" refaults -eq $zero "${where[@]}"
		check "${where[*]}: refaults with $more" refaults -gt $more "${where[@]}"
	done
done
finish
