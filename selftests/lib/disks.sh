# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Disks for tests and benches, made in the guest's memory.

# make_nullb MIB [LATENCY_NS]: a disk whose every request takes so long, in the
# guest's own time; prints the device. Its content is kept.
make_nullb() {
	local dir number=0
	while ! mkdir /sys/kernel/config/nullb/nullb_kaku$number 2>/dev/null; do
		number=$((number + 1))
		[ $number -lt 16 ] || return 1
	done
	dir=/sys/kernel/config/nullb/nullb_kaku$number
	echo 1 >$dir/memory_backed
	echo "$1" >$dir/size
	echo 4096 >$dir/blocksize
	echo 2 >$dir/irqmode
	echo "${2:-100000}" >$dir/completion_nsec
	echo 64 >$dir/hw_queue_depth
	echo 1 >$dir/power
	echo "/dev/nullb_kaku$number"
}

drop_nullb() {
	rmdir "/sys/kernel/config/nullb/${1#/dev/}"
}

# make_zram MIB: compressed memory as a disk; prints the device.
make_zram() {
	local number
	number=$(cat /sys/class/zram-control/hot_add)
	echo "${1}M" >"/sys/block/zram$number/disksize"
	echo "/dev/zram$number"
}

drop_zram() {
	echo "${1#/dev/zram}" >/sys/class/zram-control/hot_remove
}
