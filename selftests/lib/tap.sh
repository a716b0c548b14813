# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# TAP for shell tests: source this, call check and friends, end with finish.
# Exit status as kselftest has it: 0 passed, 1 failed, 4 all skipped.

TAP_COUNT=0 TAP_FAILED=0 TAP_SKIPPED=0
TAP_DIR=$(mktemp -d)
trap 'rm -rf "$TAP_DIR"' EXIT
echo 'TAP version 13'

ok() {
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT - $1"
}

# not_ok NAME [FILE]: FILE holds what a person needs to see.
not_ok() {
	TAP_COUNT=$((TAP_COUNT + 1))
	TAP_FAILED=$((TAP_FAILED + 1))
	echo "not ok $TAP_COUNT - $1"
	[ $# -lt 2 ] || sed 's/^/# /' "$2" | tail -n 40
}

skip() {
	TAP_COUNT=$((TAP_COUNT + 1))
	TAP_SKIPPED=$((TAP_SKIPPED + 1))
	echo "ok $TAP_COUNT - $1 # SKIP $2"
}

# check NAME COMMAND...: it succeeds.
check() {
	local name=$1
	shift
	if "$@" >"$TAP_DIR/output" 2>&1; then
		ok "$name"
	else
		echo "(exit status $?: $*)" >>"$TAP_DIR/output"
		not_ok "$name" "$TAP_DIR/output"
	fi
}

# check_fails NAME PATTERN COMMAND...: it fails, and says so in words that match
# the extended regular expression PATTERN.
check_fails() {
	local name=$1 pattern=$2
	shift 2
	if "$@" >"$TAP_DIR/output" 2>&1; then
		echo "(succeeded, but should not have: $*)" >>"$TAP_DIR/output"
		not_ok "$name" "$TAP_DIR/output"
	elif grep -qE -e "$pattern" "$TAP_DIR/output"; then
		ok "$name"
	else
		echo "(failed, but without saying: $pattern)" >>"$TAP_DIR/output"
		not_ok "$name" "$TAP_DIR/output"
	fi
}

# check_equal NAME WANTED GOT
check_equal() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		printf 'wanted: %s\ngot:    %s\n' "$2" "$3" >"$TAP_DIR/output"
		not_ok "$1" "$TAP_DIR/output"
	fi
}

finish() {
	echo "1..$TAP_COUNT"
	[ "$TAP_FAILED" -eq 0 ] || exit 1
	[ "$TAP_COUNT" -gt 0 ] || exit 1
	[ "$TAP_SKIPPED" -lt "$TAP_COUNT" ] || exit 4
	exit 0
}
