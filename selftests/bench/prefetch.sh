#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest: reads of memory that lies on a disk of 100 us, each page once at
# most, and how many of them wait for it.
# usage: prefetch.sh PATTERN/POLICY...
#
# All pages are on the disk at first; 512 may be in memory at a time. 'stock' is the
# kernel's own read-ahead under a control group's limit; of a swap device that has no
# moving parts it reads ahead by addresses. What a policy or stock read and the program
# did not ask for is waste: the share of what came from the disk, by the disk's own
# count.

set -euo pipefail

# shellcheck disable=SC2034 # paging.sh wants it
bench=prefetch cases=("$@")
. "$(dirname "$0")/paging.sh"

PAGES=16384 REFERENCES=2048 FRAMES=512

use_disk 128
case " $*" in
*' file-'*) use_files 96 ;;
esac

for case in "${cases[@]}"; do
	IFS=/ read -r pattern policy <<<"$case"
	arguments=(--ahead --away --pages "$PAGES" --references "$REFERENCES")
	case $pattern in
	file-*) arguments+=(--map shared --file /mnt/file/data --device "$file_disk") ;;
	*) arguments+=(--device "$swap_disk") ;;
	esac
	case ${pattern#file-} in
	stride*) arguments+=("stride:${pattern##*stride}") ;;
	*) arguments+=("${pattern#file-}") ;;
	esac
	[ "$policy" != stock ] || policy=stock-mglru
	under "$policy" $FRAMES "${arguments[@]}"

	needed=${got[references]} read=${got[pages_read]}
	base=
	[ "$policy" = stock-mglru ] || base=$(against "$pattern/stock")
	# shellcheck disable=SC2086 # base may be no word
	{
		figure "$case" major_faults "${got[major_faults]}" faults $base
		figure "$case" time_ns "${got[time_ns]}" ns $base
	}
	waste=$(awk -v n="$needed" -v r="$read" \
		'BEGIN { printf "%.6g", (r > n ? (r - n) * 100 / r : 0) }')
	figure "$case" waste "$waste" %
done
