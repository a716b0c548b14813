#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The whole way of a policy with tools that know nothing of it: bpftool (Debian's, and
# the tree's) registers it, a program runs under it, and it is unregistered under the
# program, which goes on under the kernel's clock.

. ../lib/tap.sh
. ../lib/disks.sh

KAKU=$KAKU_BUILD/userland/kaku/kaku
RUN=$TAP_DIR/run

# Goes round 24 MiB until the file is gone, and says whether all was as it should.
cat >"$TAP_DIR/hog.pl" <<'HOG'
my $mib = 24;
my @area = map { chr(65 + $_ % 26) x (1 << 20) } 0 .. $mib - 1;
open(my $run, '>', $ARGV[0]) or exit 8;
while (-e $ARGV[0]) {
	for my $i (0 .. $mib - 1) {
		for (my $at = 0; $at < 1 << 20; $at += 4096) {
			exit 9 if substr($area[$i], $at, 1) ne chr(65 + $i % 26);
		}
	}
}
HOG

# field NAME: of the only handler that there is
field() {
	"$KAKU" list --json | grep -oE "\"handler\":[0-9]+" | cut -d: -f2 | while read -r id; do
		"$KAKU" show "$id" --json | grep -oE "\"$1\":(\"[^\"]*\"|[0-9]+)" | cut -d: -f2
	done | tr -d '"'
}

# moves NAME: within seconds it grows
moves() {
	local was now i
	was=$(field "$1")
	for i in {1..50}; do
		now=$(field "$1")
		[ "${now:-0}" -le "${was:-0}" ] || return 0
		sleep 0.2
	done
	echo "$1 was $was, and after $i looks it is $now"
	return 1
}

starts() {
	local i
	for i in {1..300}; do
		[ ! -e "$RUN" ] || return 0
		sleep 0.1
	done
	echo "the program is not there after $i looks"
	return 1
}

whole_way() {
	local bpftool=$1 whose=$2 hog
	check "$whose registers nru" "$bpftool" struct_ops register "$KAKU_BUILD/bpf/nru.bpf.o"
	"$KAKU" run --policy nru --limit 16M -- perl "$TAP_DIR/hog.pl" "$RUN" &
	hog=$!
	check "$whose: a program of 24 MiB runs under it, with 16" starts
	check_equal "$whose: by name" live "$(field state)"
	check "$whose: it chooses what goes" moves evicted_policy
	check "$whose: and what went comes back" moves refaults
	check "$whose unregisters nru while it runs" "$bpftool" struct_ops unregister name nru
	check_equal "$whose: the handler knows" unregistered "$(field state)"
	check "$whose: the kernel's clock goes on" moves evicted_clock
	check "$whose: so does the program" moves refaults
	rm "$RUN"
	wait "$hog"
	check_equal "$whose: which finds its memory as it was" 0 $?
	check_equal "$whose: nothing is left" '' "$(field handler)"
}

disk=$(make_zram 64)
mkswap "$disk" >/dev/null
swapon "$disk"
whole_way /usr/sbin/bpftool "Debian's bpftool"
whole_way "$KAKU_BUILD/tools/bin/bpftool" "the tree's bpftool"
finish
