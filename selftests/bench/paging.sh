# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For benches that run patterns of page references (selftests/paging) in the guest.
# They set bench to their name, cases to those wanted, and source this.
#
# shellcheck disable=SC2154
#
# A refault, in all of them, on every kernel and under every policy: a page fault,
# minor or major, on a page that had been in memory earlier in the run. The program
# counts it itself, as all of its page faults in the measured stretch but one for each
# page that it touched for the first time; nothing else of it can fault (paging.c says
# why, and freely() checks it). What reclaim unmapped but had not yet freed counts as
# well: the program waited for a fault, and the frame counted against the limit.

. "$(dirname "${BASH_SOURCE[0]}")/../lib/disks.sh"

PAGING=$KAKU_BUILD/selftests/paging
CGROUP=/sys/fs/cgroup/paging
LRU=/sys/kernel/mm/lru_gen/enabled

fail() {
	echo "$bench: $*" >&2
	exit 1
}

# From memory, as what is read from the host while it runs would measure the host.
cp "$PAGING/paging" "$PAGING/opt" "$PAGING/under" /tmp
echo +memory >/sys/fs/cgroup/cgroup.subtree_control

# figure CASE METRIC VALUE UNIT [against=CASE]
figure() {
	echo "$bench $*"
}

# among CASE: it was asked for.
among() {
	local one
	for one in "${cases[@]}"; do
		[ "$one" != "$1" ] || return 0
	done
	return 1
}

# against CASE: a figure's last word, if that case was asked for too.
against() {
	! among "$1" || echo "against=$1"
}

use_zram() {
	local disk
	disk=$(make_zram 256)
	mkswap -q "$disk"
	swapon "$disk"
}

# shellcheck disable=SC2034
# use_disk MIB: swap to a disk of 100 us; its name is in swap_disk.
use_disk() {
	local disk
	disk=$(make_nullb "$1" 100000)
	mkswap -q "$disk"
	swapon "$disk"
	swap_disk=${disk#/dev/}
}

# use_files MIB: a file system on a disk of 100 us at /mnt/file; its disk's name is in
# file_disk.
use_files() {
	local disk
	disk=$(make_nullb "$1" 100000)
	mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=0 "$disk"
	mkdir /mnt/file
	mount -t ext4 -o noatime "$disk" /mnt/file
	file_disk=${disk#/dev/}
}

# Each page comes by itself, when it is asked for. (MADV_RANDOM is no way to this: where
# it is set, stock reclaim takes no notice of accesses, and evicts the oldest.)
one_by_one() {
	echo 0 >/proc/sys/vm/page-cluster
	echo 4096 >/sys/kernel/debug/fault_around_bytes
	[ -z "${file_disk-}" ] || echo 0 >"/sys/block/$file_disk/queue/read_ahead_kb"
}

# as_ever: what the kernel does by itself; undoes one_by_one.
as_ever() {
	echo 3 >/proc/sys/vm/page-cluster
	echo 65536 >/sys/kernel/debug/fault_around_bytes
	[ -z "${file_disk-}" ] || echo 128 >"/sys/block/$file_disk/queue/read_ahead_kb"
}

# need_policy NAME: have it registered.
declare -A registered=([clock]=yes)
need_policy() {
	local object=$KAKU_BUILD/bpf/$1.bpf.o said
	[ -c /dev/mm_policy ] ||
		fail "there is no /dev/mm_policy: kernel $(uname -r) has no paging policies"
	[ -z "${registered[$1]-}" ] || return 0
	[ -f "$object" ] || fail "there is no $object: run make in bpf/"
	said=$(bpftool struct_ops register "$object" 2>&1) ||
		fail "policy $1 cannot be registered: $(tail -n 1 <<<"$said")"
	registered[$1]=yes
}

# paging ARGUMENT...: run it, and put what it says into got[].
declare -A got
paging() {
	local said key value
	got=()
	said=$(/tmp/paging "$@" 2>&1) || fail "paging $*: $(tail -n 1 <<<"$said")"
	while IFS='=' read -r key value; do
		got[$key]=$value
	done <<<"$said"
	[ ! -d $CGROUP ] || rmdir $CGROUP
}

# under POLICY FRAMES ARGUMENT...: run paging with a limit. A policy is one of ours, or
# stock-lru or stock-mglru: a control group's limit. Those of ours run in a control group
# as well, but without a limit, so that being charged costs the same.
under() {
	local policy=$1 frames=$2
	shift 2
	case $policy in
	stock-lru) echo n >$LRU ;;
	*) echo y >$LRU ;;
	esac
	case $policy in
	stock-*) paging --cgroup $CGROUP --limit "$frames" "$@" ;;
	*)
		need_policy "$policy"
		paging --cgroup $CGROUP --policy "$policy" --limit "$frames" "$@"
		;;
	esac
	echo y >$LRU
}

# freely ARGUMENT...: with no limit there is nothing to be counted.
freely() {
	paging "$@"
	[ "${got[refaults]}" = 0 ] ||
		fail "paging $*: ${got[refaults]} refaults without a limit"
}

# told CASE: what the figures do not tell. The kernel's own count of refaults should be
# ours; where stock reclaim gave up, a program less privileged would have been killed.
told() {
	[ "${got[cgroup_ooms]-0}" = 0 ] ||
		echo "# out of memory in $1: ${got[cgroup_ooms]} times"
	[ "${got[handler_refaults]-${got[refaults]}}" = "${got[refaults]}" ] ||
		echo "# refaults of $1: ${got[refaults]}, of which the kernel knows" \
			"${got[handler_refaults]}"
}

# keep_least CASE METRIC...: CASE has what got[] has of these, if the first is the least
# until now.
declare -A least
keep_least() {
	local case=$1 metric
	shift
	[ -n "${least[$case/$1]-}" ] && [ "${least[$case/$1]}" -le "${got[$1]}" ] ||
		for metric; do
			least[$case/$metric]=${got[$metric]}
		done
}

# show_least CASE METRIC UNIT [METRIC UNIT...]: as figures; but for PLACE/stock itself,
# against that.
show_least() {
	local case=$1 base=
	shift
	[ -n "${least[$case/$1]-}" ] || fail "there is nothing that $case could be the least of"
	[ "${case##*/}" = stock ] || base=$(against "${case%/*}/stock")
	while [ $# -gt 0 ]; do
		# shellcheck disable=SC2086 # base may be no word
		figure "$case" "$1" "${least[$case/$1]}" "$2" $base
		shift 2
	done
}
