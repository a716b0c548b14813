#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The stock way to register something by name in BPF is open: with Debian's
# bpftool and with the one of the kernel's own tree.

. ../lib/tap.sh
OBJECT=$KAKU_BUILD/selftests/base/congestion.bpf.o
OFFERED=/proc/sys/net/ipv4/tcp_available_congestion_control

check 'the kernel has its own type information' test -s /sys/kernel/btf/vmlinux
for bpftool in /usr/sbin/bpftool "$KAKU_BUILD/tools/bin/bpftool"; do
	case $bpftool in
	/usr/*) name="Debian's bpftool" ;;
	*) name="the tree's bpftool" ;;
	esac
	check "$name runs" "$bpftool" version
	check_fails "$name refuses what is not an object" 'Error|failed|libbpf' \
		"$bpftool" struct_ops register /proc/version
	check "$name registers" "$bpftool" struct_ops register "$OBJECT"
	check "$name: it is on offer" grep -qw kaku_two $OFFERED
	check_equal "$name lists it once" 1 "$("$bpftool" struct_ops list | grep -c kaku_two)"
	"$bpftool" struct_ops register "$OBJECT" >/dev/null 2>&1
	check_equal "$name: a second of the same name is not taken" 1 \
		"$("$bpftool" struct_ops list | grep -c kaku_two)"
	check "$name unregisters" "$bpftool" struct_ops unregister name kaku_two
	check_fails "$name: it is gone" '^$' sh -c "echo; grep -w kaku_two $OFFERED"
done
finish
