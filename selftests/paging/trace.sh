#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Records which pages a real program references, in what order: instructions, data and
# stack, by valgrind's lackey. The addresses are this machine's programs', so that the
# strings of two machines differ a little; what is compared is compared on one string.
# usage: trace.sh sort|cc1 PAGES-PROGRAM FILE

set -euo pipefail

WINDOW=16	# see pages.c

command -v valgrind >/dev/null || {
	echo "trace.sh: valgrind is missing: run ci/install" >&2
	exit 1
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
out=$(readlink -f "$3") pages=$(readlink -f "$2")
cd "$dir"
export LC_ALL=C

case $1 in
sort)
	# Fifteen thousand lines in no order
	awk 'BEGIN { for (i = 0; i < 15000; i++) print (i * 7919) % 15013 }' >input
	command=(sort -S 1500K -T . -o output input)
	;;
cc1)
	# The compiler proper, on one small function
	cat >input.c <<'C'
int sum(const int *p, int n)
{
	int s = 0;

	while (n--)
		s += *p++;
	return s;
}
C
	command=("$(gcc -print-prog-name=cc1)" -quiet -O1 input.c -o output)
	;;
*)
	echo "trace.sh: there is no recipe for '$1'" >&2
	exit 2
	;;
esac

valgrind --tool=lackey --trace-mem=yes --log-fd=9 "${command[@]}" 9>&1 >/dev/null |
	"$pages" "$WINDOW" new
mv new "$out"
