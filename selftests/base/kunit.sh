#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The in-kernel unit tests of our files, which ran at boot: every suite is there
# and passed. One TAP point for each of its cases.

. ../lib/tap.sh
RESULTS=/sys/kernel/debug/kunit
SUITES="mm_policy_core mm_policy_ghosts mm_policy_held mm_policy_cgroup"

for suite in $SUITES; do
	check "suite $suite ran" test -r "$RESULTS/$suite/results"
	while read -r line; do
		case $line in
		'not ok '*) not_ok "$suite: ${line#not ok * }" ;;
		*'# SKIP'*) skip "$suite: ${line#ok * }" "${line##*# SKIP }" ;;
		'ok '*) ok "$suite: ${line#ok * }" ;;
		esac
	done < <(grep -E '^ +(not )?ok [0-9]+ ' "$RESULTS/$suite/results")
	check "suite $suite passed as a whole" grep -qE "^ok [0-9]+ $suite" "$RESULTS/$suite/results"
done
# A suite of ours that nobody lists above would go unseen.
check_equal 'no suite is missing here' "$(wc -w <<<"$SUITES")" \
	"$(find "$RESULTS" -maxdepth 1 -name 'mm_policy*' | wc -l)"
finish
