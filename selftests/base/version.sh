#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Our kernel says its version in sysfs, to everybody, and only there.

. ../lib/tap.sh
VERSION=/sys/kernel/mm/policy/version

check_fails 'nobody can write the version' 'ermission denied|Input/output' \
	sh -c "echo 9 >$VERSION"
check 'the version is three numbers' grep -qxE '[0-9]+\.[0-9]+\.[0-9]+' "$VERSION"
check_equal 'everybody may read it' 444 "$(stat -c %a "$VERSION")"
check_equal 'it is one line' 1 "$(wc -l <"$VERSION")"
check_equal 'beside it is the switch, and nothing else' 'enabled version' \
	"$(cd /sys/kernel/mm/policy && echo *)"
check 'the kernel log has it too' sh -c \
	"dmesg | grep -q \"mm_policy: version \$(cat $VERSION)\""
check 'the configuration agrees' sh -c 'zgrep -qx CONFIG_MM_POLICY=y /proc/config.gz'
finish
