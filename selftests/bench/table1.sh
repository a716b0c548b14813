#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest: the paper's table 1, over a range of limits. How the two tasks are
# built, and where their own pages lie, is in selftests/paging/patterns.c; the limit is
# for all of their pages, stack and variables included.
# usage: table1.sh TASK[-file]/POLICY/LIMIT...

set -euo pipefail

# shellcheck disable=SC2034 # paging.sh wants it
bench=table1 cases=("$@")
. "$(dirname "$0")/paging.sh"
use_zram
case " $*" in
*-file/*) use_files 64 ;;
esac
one_by_one

for case in "${cases[@]}"; do
	IFS=/ read -r task policy limit <<<"$case"
	arguments=("${task%-file}")
	# Each task's data has its own size, and a file of this size.
	case $task in
	*-file) arguments+=(--map private --file "/mnt/file/$task") ;;
	esac
	freely "${arguments[@]}"
	under "$policy" "$limit" "${arguments[@]}"
	told "$case"
	figure "$case" refaults "${got[refaults]}" pages
done
