#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The gate finds what it says that it finds: a small repository in which all is
# well passes, and each defect put into it is named. (The check 'warnings' needs a
# kernel tree that belongs to the repository, and is not tried here.)
#
# shellcheck disable=SC2016 # what shall be done to a file is text for eval

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/selftests/lib/tap.sh"

export KAKU_BUILD=${KAKU_BUILD:-$ROOT/build}
GOOD=$TAP_DIR/good
REPO=$TAP_DIR/repo

make_repository() {
	mkdir -p "$GOOD"/{ci/configs,mm-policy,bpf,userland,selftests,kernel-patches}
	cp "$ROOT"/ci/{lint,lib.sh} "$GOOD/ci"
	cp -r "$ROOT/ci/lint.d" "$GOOD/ci"
	cp -r "$ROOT/LICENSES" "$GOOD"
	cp "$ROOT/.shellcheckrc" "$GOOD"

	echo 0001-good.patch >"$GOOD/kernel-patches/series"
	cat >"$GOOD/kernel-patches/0001-good.patch" <<-'END'
		From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
		From: Some Body <somebody@example.org>
		Date: Sat, 1 Jan 2000 00:00:00 +0000
		Subject: [PATCH] mm/policy: show what a patch should look like

		The hook in the middle of nowhere is missing. Add it there, so that
		somebody who looks for it can find it.

		Signed-off-by: Some Body <somebody@example.org>
		---
		 mm/Makefile | 1 +
		 1 file changed, 1 insertion(+)

		diff --git a/mm/Makefile b/mm/Makefile
		index 3455c3f48..fb3516bc9 100644
		--- a/mm/Makefile
		+++ b/mm/Makefile
		@@ -131,3 +131,4 @@ obj-$(CONFIG_IDLE_PAGE_TRACKING) += page_idle.o
		 obj-$(CONFIG_DEBUG_PAGEALLOC) += debug_page_alloc.o
		 obj-$(CONFIG_DEBUG_PAGE_REF) += debug_page_ref.o
		 obj-$(CONFIG_DAMON) += damon/
		+obj-$(CONFIG_MM_POLICY) += policy/
	END
	cat >"$GOOD/mm-policy/good.c" <<-'END'
		// SPDX-License-Identifier: GPL-2.0-only

		/**
		 * good() - what a function should look like
		 * @value: something
		 *
		 * Return: the same.
		 */
		int good(int value)
		{
			return value;
		}
	END
	cat >"$GOOD/bpf/good.bpf.c" <<-'END'
		// SPDX-License-Identifier: GPL-2.0-only

		const volatile int limit = 0;
	END
	cat >"$GOOD/selftests/good.sh" <<-'END'
		#!/bin/sh
		# SPDX-License-Identifier: GPL-2.0-only
		echo "$1"
	END
	cat >"$GOOD/selftests/good.py" <<-'END'
		#!/usr/bin/env python3
		# SPDX-License-Identifier: GPL-2.0-only
		import sys
		print(sys.argv)
	END
	chmod +x "$GOOD"/selftests/good.*
	cat >"$GOOD/ci/configs/good.config" <<-'END'
		# SPDX-License-Identifier: GPL-2.0-only
		CONFIG_SWAP=y
		# CONFIG_ZRAM is not set
	END
	seq 150 >"$GOOD/README.md"
	git init -q "$GOOD"
}

# catches CHECK PATTERN DEED: after DEED, which spoils the good repository, CHECK
# fails with words that match PATTERN.
catches() {
	rm -rf "$REPO"
	cp -a "$GOOD" "$REPO"
	(cd "$REPO" && eval "$3") || echo "cannot do: $3"
	check_fails "$1 tells: $2" "$2" "$REPO/ci/lint" "$1"
}

make_repository
mapfile -t CHECKS < <("$GOOD/ci/lint" --list | cut -d' ' -f1 | grep -vx warnings)
check 'nothing is found where all is well' "$GOOD/ci/lint" "${CHECKS[@]}"

catches patches '^kernel-patches/series: gone.patch does not exist' \
	'echo gone.patch >>kernel-patches/series'
catches patches '^kernel-patches/series: more.patch is missing' \
	'cp kernel-patches/0001-good.patch kernel-patches/more.patch'
catches patches '^kernel-patches/0001-good.patch.*MISSING_SIGN_OFF' \
	'sed -i /^Signed-off-by/d kernel-patches/0001-good.patch'
catches kernel-c '^mm-policy/good.c:[0-9]+: ERROR:POINTER_LOCATION' \
	'echo "char* bad;" >>mm-policy/good.c'
catches kernel-c '^mm-policy/good.c:[0-9]+: WARNING:VOLATILE' \
	'echo "static volatile int bad;" >>mm-policy/good.c'
catches user-c '^bpf/good.bpf.c:[0-9]+: ERROR:SPACING' \
	'echo "static int bad=1;" >>bpf/good.bpf.c'
catches kernel-doc '^mm-policy/good.c:[0-9]+: warning:.*value' \
	'sed -i "/@value/d" mm-policy/good.c'
catches shell '^selftests/good.sh:.*SC2086' \
	'echo "echo \$1" >>selftests/good.sh'
catches shell '^ci/lib.sh:.*SC2086' \
	'echo "echo \$1" >>ci/lib.sh'
catches python '^selftests/good.py:3:.* imported but unused' \
	'sed -i "3s/.*/import sys, os/" selftests/good.py'
catches python '^selftests/good.py:[0-9:]+ E225' \
	'echo "x=1" >>selftests/good.py'
catches python '^selftests/good.py:[0-9:]+ ' \
	'echo "if" >>selftests/good.py'
catches config '^ci/configs/good.config:4: CONFIG_SWAP is already in line 2' \
	'echo "# CONFIG_SWAP is not set" >>ci/configs/good.config'
# The misspelt words are spelt in two parts, lest the gate find them here.
catches spelling '^README.md:151: .* ==> the' \
	'echo "t""eh" >>README.md'
catches spelling '^kernel-patches/0001-good.patch:[0-9]+: .* ==> the' \
	'sed -i "s/in the middle/in t""eh middle/" kernel-patches/0001-good.patch'
catches licence '^selftests/good.py:1: no SPDX' \
	'sed -i 2d selftests/good.py'
catches licence '^ci/configs/good.config:1: LICENSES/ has no text of Zlib' \
	'sed -i "1s/GPL-2.0-only/(&OR Zlib)/; 1s/OR/ OR/" ci/configs/good.config'
catches whitespace '^README.md:151: trailing blanks' \
	'echo "blank " >>README.md'
catches whitespace '^README.md:151: carriage return' \
	'printf "x\ry\n" >>README.md'
catches whitespace '^README.md: no newline at the end' \
	'printf x >>README.md'
catches modes '^selftests/good.sh: starts with #! and is not executable' \
	'chmod -x selftests/good.sh'
catches modes '^README.md: is executable' \
	'chmod +x README.md'
catches paths '^README.md:151:' \
	'echo "see /""home/somebody/linux" >>README.md'
catches generated '^bpf/good.skel.h: made by a program' \
	'touch bpf/good.skel.h'
catches generated '^userland/good: binary' \
	'printf "\177ELF\0" >userland/good'
catches readme '^README.md:151: longer than 150 lines' \
	'echo >>README.md'

# What git ignores is not looked at, and what git does not know yet is.
cp -a "$GOOD" "$REPO.ignored"
echo '/README.md' >"$REPO.ignored/.gitignore"
echo >>"$REPO.ignored/README.md"
check 'what git ignores is not looked at' "$REPO.ignored/ci/lint" readme

check_fails 'a check that does not exist is an error' "no check 'nonsense'" \
	"$GOOD/ci/lint" nonsense
mkdir "$TAP_DIR/bin"
for tool in bash git dirname realpath grep sed awk head mktemp rm cut cat sort xargs; do
	ln -s "$(command -v $tool)" "$TAP_DIR/bin/$tool"
done
check_fails 'a tool that is missing is an error' 'shellcheck is missing: run ci/install' \
	env PATH="$TAP_DIR/bin" "$GOOD/ci/lint" shell
check_fails 'the other checks run on after a failure' '^ok: readme \(1 files\)' \
	env PATH="$TAP_DIR/bin" "$GOOD/ci/lint" shell readme

finish
