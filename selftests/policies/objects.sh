#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The policies compile, and libbpf takes what comes out: Debian's the plain objects,
# the kernel tree's those with a link. (Whether the verifier takes them, only a
# kernel can tell: policy/shipped.)

HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../lib/tap.sh"
export KAKU_BUILD=${KAKU_BUILD:-$HERE/../../build}

check 'the policies compile' make -s -C "$HERE/../../bpf"
for source in "$HERE"/../../bpf/*.bpf.c; do
	name=$(basename "$source" .bpf.c)
	check "$name: Debian's libbpf opens it" \
		/usr/sbin/bpftool gen skeleton "$KAKU_BUILD/bpf/$name.bpf.o"
	check "$name: the tree's libbpf opens the one with a link" \
		"$KAKU_BUILD/tools/bin/bpftool" gen skeleton "$KAKU_BUILD/bpf/$name.link.bpf.o"
done
for name in nru linear; do
	lines=$(wc -l <"$HERE/../../bpf/$name.bpf.c")
	check "$name is shorter than 80 lines ($lines)" test "$lines" -lt 80
done
lines=$(wc -l <"$HERE/../../bpf/template.bpf.c")
check "the template has no more than 50 lines ($lines)" test "$lines" -le 50
finish
