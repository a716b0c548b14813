#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where the series is absent or switched off, there is no trace of it.

. ../lib/tap.sh

check_fails 'no directory in sysfs' 'No such file' ls /sys/kernel/mm/policy
check_fails 'no symbol in the kernel' '^$' sh -c 'echo; grep -w mm_policy_init /proc/kallsyms'
check_fails 'no word in its log' '^$' sh -c 'echo; dmesg | grep mm_policy:'
check_fails 'the configuration agrees' '^$' sh -c 'echo; zgrep -x CONFIG_MM_POLICY=y /proc/config.gz'
# That these looked at all:
check 'the symbols of a neighbour can be seen' grep -qw mm_sysfs_init /proc/kallsyms
check 'and its directory' ls /sys/kernel/mm/transparent_hugepage
check 'and words in the log' sh -c 'dmesg | grep -q "Linux version"'
check 'and options in the configuration' sh -c 'zgrep -qx CONFIG_MMU=y /proc/config.gz'
finish
