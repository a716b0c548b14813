#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest: refaults of each workload under each policy, and of Belady's
# optimum on the same references.
# usage: opt.sh WORKLOAD/LIMIT%/POLICY...
#
# WORKLOAD/LIMIT/stock is the better one of the stock engines, WORKLOAD/LIMIT/best the best
# one of our policies, against that one; of those that were asked for.
#
# The limit is a share of the pages that the workload touches. It is for those pages
# only: text, stack and tables of the program are locked, and page tables are made
# before the control group is entered. To swap in zram, so that paging out and in are
# over when the kernel goes on.
#
# A processor sets a page's accessed bit only when it has no translation of it at hand;
# an emulated one never runs out of room for translations, so that bits that were cleared
# would stay clear. So all translations are dropped after each 64 references, under
# every policy and on every kernel. And the program sleeps then, which brings it to 10 ms
# a reference: stock's classic LRU goes by statistics that are brought up to date every
# two seconds, and without that never looks at its active list.

set -euo pipefail

bench=opt cases=("$@")
. "$(dirname "$0")/paging.sh"
use_zram
one_by_one

# What is recorded is in /tmp; pages[WORKLOAD]: how many it touches.
declare -A pages
pattern_of() {
	case $1 in
	trace-*) echo "trace:/tmp/${1#trace-}.trace" ;;
	stride*) echo "stride:${1#stride}" ;;
	*) echo "$1" ;;
	esac
}

record() {
	local workload=$1
	[ -z "${pages[$workload]-}" ] || return 0
	case $workload in
	trace-*) cp "$PAGING/${workload#trace-}.trace" /tmp ;;
	esac
	freely --record "/tmp/$workload.refs" "$(pattern_of "$workload")"
	pages[$workload]=${got[first_touches]}
}

for case in "${cases[@]}"; do
	IFS=/ read -r workload limit policy <<<"$case"
	place=$workload/$limit
	case $policy in
	stock | best)
		show_least "$case" refaults pages
		continue
		;;
	esac
	record "$workload"
	frames=$((${pages[$workload]} * ${limit%\%} / 100))
	if [ "$policy" = opt ]; then
		refaults=$(/tmp/opt -f "$frames" "/tmp/$workload.refs" |
			sed -n 's/^simulation=opt .* refaults=//p')
		figure "$case" refaults "$refaults" pages
		continue
	fi
	under "$policy" "$frames" --flush 64 --nap 640000 "$(pattern_of "$workload")"
	told "$case"
	case $policy in
	stock-*) keep_least "$place/stock" refaults ;;
	*) keep_least "$place/best" refaults ;;
	esac
	# shellcheck disable=SC2046 # it may be no word
	figure "$case" refaults "${got[refaults]}" pages $(against "$place/opt")
done
