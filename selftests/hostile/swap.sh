# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs a program of this area with swap on a disk in memory, for which reading ahead
# makes sense: source this, and call on_swap PROGRAM [ARGUMENT]....

. ../lib/disks.sh

on_swap() {
	local disk status
	disk=$(make_nullb 256 10000) || return 1
	mkswap "$disk" >/dev/null && swapon "$disk" || return 1
	"$@"
	status=$?
	swapoff "$disk" || status=1
	drop_nullb "$disk"
	return $status
}
