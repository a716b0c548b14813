#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the benches count as refaults is what it should be: none without a limit, as many
# as calculated where that is known, and the kernel's own count where it has one. And
# the machine is as the benches need it: accesses count.

. ../lib/tap.sh
. ../lib/disks.sh

cp "$KAKU_BUILD"/selftests/paging/{paging,opt} /tmp
cd /tmp || exit 1
GROUP=/sys/fs/cgroup/paging
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
echo 0 >/proc/sys/vm/page-cluster
echo 4096 >/sys/kernel/debug/fault_around_bytes
disk=$(make_zram 128)
mkswap -q "$disk"
swapon "$disk"
disk=$(make_nullb 32 10000)
mke2fs -q -t ext4 -O ^has_journal "$disk"
mkdir /mnt/file
mount -t ext4 "$disk" /mnt/file
echo 0 >"/sys/block/${disk#/dev/}/queue/read_ahead_kb"

# value KEY ARGUMENT...: what paging says
value() {
	local key=$1
	shift
	./paging "$@" | sed -n "s/^$key=//p"
	[ ! -d $GROUP ] || rmdir $GROUP
}

# simulated NAME FRAMES FILE
simulated() {
	./opt -s "$1" -f "$2" "$3" | sed -n 's/^simulation.*refaults=//p'
}

for pattern in seq cyclic stride:8 random zipf scan-hot phases chase sort task1 task2; do
	check_equal "$pattern: nothing else faults" 0 \
		"$(value refaults --record "$pattern.refs" "$pattern")"
	./paging --record again.refs "$pattern" >/dev/null
	check "$pattern: the same references again" cmp "$pattern.refs" again.refs
done
./paging --record again.refs trace:zipf.refs >/dev/null
check 'a trace is what was recorded' cmp zipf.refs again.refs
for kind in private shared; do
	check_equal "$kind mapping: nothing else faults" 0 \
		"$(value refaults --map $kind --file /mnt/file/$kind chase)"
done

# are_near A B APART
are_near() {
	[ $(($1 - $2)) -le "$3" ] && [ $(($2 - $1)) -le "$3" ]
}

for lru in n y; do
	echo $lru >/sys/kernel/mm/lru_gen/enabled
	said=$(./paging --cgroup $GROUP --limit 1000 --pages 1200 --references 12000 cyclic)
	rmdir $GROUP
	refaults=$(sed -n 's/^refaults=//p' <<<"$said")
	# 1200 pages, ten times; but whoever evicts a new page for once is lucky, and
	# MGLRU often is when the machine is busy.
	nearly=10700 apart=0
	[ $lru = n ] || nearly=6000 apart=600
	check "MGLRU $lru: a cyclic scan refaults nearly always" test "$refaults" -gt $nearly
	check "MGLRU $lru: but not the first time" test "$refaults" -le 10800
	check "MGLRU $lru: from zram all refaults are major" are_near "$refaults" \
		"$(sed -n 's/^major_faults=//p' <<<"$said")" $apart
	check "MGLRU $lru: the kernel counts the same" are_near "$refaults" \
		"$(sed -n 's/^cgroup_refaults=//p' <<<"$said")" $apart
	check_equal "MGLRU $lru: no more memory than allowed" 1000 \
		"$(sed -n 's/^cgroup_peak_pages=//p' <<<"$said")"

	# Whoever takes no notice of accesses is a FIFO.
	refaults=$(value refaults --cgroup $GROUP --limit 800 --flush 64 scan-hot)
	check "MGLRU $lru: accesses count, since stock does better than FIFO" \
		test "$((refaults * 5))" -lt "$(($(simulated fifo 800 scan-hot.refs) * 4))"
	check "MGLRU $lru: nobody does better than the optimum" \
		test "$refaults" -ge "$(simulated opt 800 scan-hot.refs)"
done
finish
