#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest: make the disks that the wanted cases need, then measure.
# usage: fault.sh CASE...

set -eu

. "$(dirname "$0")/../lib/disks.sh"

# From memory, as a program that is read from the host while it runs would
# measure the host.
cp "$KAKU_BUILD/selftests/bench/fault" /tmp/fault
arguments=()

case " $*" in
*' file_'*)
	disk=$(make_nullb 64 100000)
	mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=0 "$disk"
	mkdir /mnt/file
	mount -t ext4 "$disk" /mnt/file
	head -c 16M /dev/zero >/mnt/file/pages
	mount -o remount,ro /mnt/file
	arguments+=(--file /mnt/file/pages)
	;;
esac
case " $*" in
*_disk*)
	disk=$(make_nullb 128 100000)
	mkswap -q "$disk"
	arguments+=(--disk "$disk")
	;;
esac
case " $*" in
*_zram*)
	disk=$(make_zram 128)
	mkswap -q "$disk"
	arguments+=(--zram "$disk")
	;;
esac
echo +memory >/sys/fs/cgroup/cgroup.subtree_control

sync
exec /tmp/fault "${arguments[@]}" "$@"
