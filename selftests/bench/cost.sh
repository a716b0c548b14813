#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest: what a page costs without a handler in the system, in managed
# memory, with a program on every op, and on the way out and in again.
# usage: cost.sh unmanaged/X|managed/X|ops/X|probe/X|handlers64/X|cycle/X...
#
# X of the first ones is a case of the bench 'fault', run by its program. On a kernel
# without policies it is run as it is, which is what the others are compared with.
# A cycle is a page-out and a refault: a scan over a quarter more pages than may be in
# memory, by a control group's limit on stock, by nru's on ours.

set -euo pipefail

# shellcheck disable=SC2034 # paging.sh wants it
bench=cost cases=("$@")
. "$(dirname "$0")/paging.sh"

# Many enough that what a control group is charged in advance, 64 pages, is little
FRAMES=4000 PAGES=5000 ROUNDS=5

# of GROUP: the X of the cases GROUP/X
of() {
	local case
	for case in "${cases[@]}"; do
		[ "${case%%/*}" != "$1" ] || echo "${case#*/}"
	done
}

# renamed GROUP [AGAINST]: its lines as ours
renamed() {
	local program x metric value unit
	while read -r program x metric value unit; do
		[ "$program" = fault ] || fail "fault: $x $metric $value $unit"
		# shellcheck disable=SC2046 # it may be no word
		figure "$1/$x" "$metric" "$value" "$unit" $([ -z "${2-}" ] || against "$2/$x")
	done
}

# A kernel that should have policies is not measured without them.
case $(uname -r) in
*kaku*) [ -c /dev/mm_policy ] || fail "kernel $(uname -r) has no /dev/mm_policy" ;;
esac

mapfile -t wanted < <(of unmanaged)
[ ${#wanted[@]} -eq 0 ] ||
	"$(dirname "$0")/fault.sh" "${wanted[@]}" | renamed unmanaged

# The program and what it needs, for the rest; fault.sh may have made them.
cp "$KAKU_BUILD/selftests/bench/fault" /tmp/fault
pages_of_file() {
	mountpoint -q /mnt/file || use_files 64
	[ -f /mnt/file/pages ] || head -c 16M /dev/zero >/mnt/file/pages
}

# measure GROUP POLICY [AGAINST]
measure() {
	local group=$1 policy=$2 command=()
	mapfile -t wanted < <(of "$group")
	[ ${#wanted[@]} -gt 0 ] || return 0
	case " ${wanted[*]}" in
	*' file_'*) pages_of_file ;;
	esac
	if [ -c /dev/mm_policy ]; then
		need_policy "$policy"
		command=(/tmp/under "$policy" 0)
	fi
	"${command[@]}" /tmp/fault --file /mnt/file/pages "${wanted[@]}" |
		renamed "$group" "${3-}"
}

measure managed clock
measure ops noop
measure probe probe ops
mapfile -t wanted < <(of handlers64)
if [ ${#wanted[@]} -gt 0 ]; then
	others=()
	for ((i = 0; i < 63; i++)); do
		need_policy noop
		/tmp/under noop 0 sleep infinity &
		others+=($!)
	done
	sleep 1
	measure handlers64 noop ops
	kill "${others[@]}"
	wait
fi

# cycle X PATTERN...
cycle() {
	local x=$1 policy=() ns memory
	shift
	if [ -c /dev/mm_policy ]; then
		need_policy nru
		policy=(--policy nru)
	fi
	case $x in
	*-classic) echo n >$LRU ;;
	*) echo y >$LRU ;;
	esac
	paging --cgroup $CGROUP "${policy[@]}" --limit $FRAMES "$@"
	echo y >$LRU
	ns=$(awk -v t="${got[time_ns]}" -v n="${got[refaults]}" 'BEGIN { printf "%.6g", t / n }')
	memory=$(awk -v p="${got[cgroup_peak_pages]}" -v l=$FRAMES \
		'BEGIN { printf "%.6g", p * 100 / l }')
	figure "cycle/$x" ns_per_page "$ns" ns
	figure "cycle/$x" memory "$memory" %
}

arguments=(--pages "$PAGES" --skip $((2 * PAGES)) --references $((ROUNDS * PAGES)))
mapfile -t wanted < <(of cycle)
for kind in zram disk; do
	case " ${wanted[*]}" in
	*" $kind-"*) ;;
	*) continue ;;
	esac
	if [ $kind = zram ]; then
		swap=$(make_zram 256)
	else
		swap=$(make_nullb 256 100000)
	fi
	mkswap -q "$swap"
	swapon "$swap"
	for x in "${wanted[@]}"; do
		case $x in
		"$kind"-random-*) cycle "$x" "${arguments[@]}" chase ;;
		"$kind"-*) cycle "$x" "${arguments[@]}" cyclic ;;
		esac
	done
	swapoff "$swap"
done
