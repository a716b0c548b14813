#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The programs around the benches' patterns read and write what they should, and refuse
# the rest.

HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../lib/tap.sh"

BIN=${KAKU_BUILD:-$HERE/../../build}/selftests/paging
S=$TAP_DIR

# string FILE: the page numbers in a file of references
string() {
	"$BIN/opt" -f 1 "$1" | sed -n '1s/ .*//p'
}

# Pages 1000, 1001 and 3000 (hexadecimal 3e8, 3e9, bb8) are numbers 0, 1 and 3.
printf '%s\n' '==1== Lackey' 'I  3e8000,4' ' L 3e8ff8,8' ' S 3e8ffc,8' \
	'I  3e8000,4' ' M bb8000,4' 'I  3e8000,4' >"$S/lackey"
check 'pages: makes a string' "$BIN/pages" 1 "$S/refs" <"$S/lackey"
check_equal 'pages: five times the page changes, over a gap' \
	'references=5 pages=4 distinct=3' "$("$BIN/opt" -f 1 "$S/refs" | head -n 1)"
check_equal 'pages: two frames refault as they must' 'simulation=lru frames=2 refaults=0' \
	"$("$BIN/opt" -s lru -f 2 "$S/refs" | tail -n 1)"
"$BIN/pages" 2 "$S/refs" <"$S/lackey"
check_equal 'pages: what is in the window is left out' 'references=3' "$(string "$S/refs")"
check_fails 'pages: nothing to read' 'no reference' "$BIN/pages" 1 "$S/refs" </dev/null

check_fails 'opt: what is no string' 'not a file of page references' \
	"$BIN/opt" -f 1 /proc/version
printf 'kaku-refs 1 2\n\004' >"$S/broken"
check_fails 'opt: a page that is not there' 'no page 2 at byte 15' "$BIN/opt" -f 1 "$S/broken"
printf 'kaku-refs 1 2\n\002\200' >"$S/broken"
check_fails 'opt: half a number' 'broken at byte 16' "$BIN/opt" -f 1 "$S/broken"
check_fails 'opt: no frames' 'a number from 1' "$BIN/opt" -f 0 "$S/refs"
check_fails 'opt: a simulation that is not there' 'no simulation' \
	"$BIN/opt" -s best -f 1 "$S/refs"

check_fails 'paging: a pattern that is not there' 'no pattern' "$BIN/paging" nonsense
check_fails 'paging: a stride of nothing' 'a number from 1' "$BIN/paging" stride:0
check_fails 'paging: a stride without its number' 'what follows' "$BIN/paging" stride
check_fails 'paging: a file without its name' 'needed there' "$BIN/paging" --map shared seq
check_fails 'paging: what writes is not for files' 'not for files' \
	"$BIN/paging" --map shared --file "$S/data" sort
check_fails 'paging: a limit of nobody' 'takes a policy or a control group' \
	"$BIN/paging" --limit 5 seq
[ -c /dev/mm_policy ] ||
	check_fails 'paging: a policy on a kernel without policies' 'has no paging policies' \
		"$BIN/paging" --policy clock --pages 10 seq
finish
