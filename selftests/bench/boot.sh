#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest, long after the boot that it tells about: prints the
# figures of the wanted cases from what the boot left behind.
# usage: boot.sh CASE...

set -euo pipefail

objects=${KAKU_MODULES%/modules}
log=$(dmesg)

wanted() {
	local name
	for name in $cases; do
		[ "$name" != "$1" ] || return 0
	done
	return 1
}

# figure CASE METRIC VALUE UNIT
figure() {
	! wanted "$1" || echo "boot $*"
}

cases=$*

# The last message before another task runs: '[    0.358315] smp: Bringing up ...'
stamp=$(sed -n 's/^\[ *\([0-9]*\)\.\([0-9]*\)\] smp: Bringing up .*/\1\2/p' <<<"$log")
figure early ns $((10#$stamp * 1000)) ns
figure init ns "$(sed -n 's/.* boot_mark: init \([0-9]*\).*/\1/p' <<<"$log")" ns

read -r text data bss _ < <(size -B "$objects/vmlinux" | tail -n 1)
figure vmlinux text "$text" B
figure vmlinux data "$data" B
figure vmlinux bss "$bss" B
figure bzimage bytes "$(stat -c %s "$objects/arch/x86/boot/bzImage")" B

machine=$(sed -n 's|.* Memory: [0-9]*K/\([0-9]*\)K available.*|\1|p' <<<"$log")
kernel=$((machine - $(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)))
figure memory bytes $((kernel * 1024)) B
