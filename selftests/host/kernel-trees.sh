#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ci/kernel on a small tree of its own: what can go wrong on somebody's machine
# gives one clear error and leaves nothing half-done, and no edit is ever lost.

HERE=$(dirname "$(readlink -f "$0")")
. "$HERE/../lib/tap.sh"

# A checkout and a 'kernel' of five files, so that each step takes a moment.
HOUSE=$TAP_DIR/house
export KAKU_BUILD=$HOUSE/build KAKU_MIN_FREE_MIB=1
unset KERNEL_TARBALL KAKU_PATCHES
mkdir -p "$HOUSE/ci" "$HOUSE/kernel-patches" "$HOUSE/mm-policy/include/linux"
cp "$HERE"/../../ci/{kernel,lib.sh,config-check} "$HOUSE/ci/"
mkdir "$HOUSE/ci/configs"
cp "$HERE"/../../ci/configs/*.config "$HOUSE/ci/configs/"
echo 'int core;' >"$HOUSE/mm-policy/core.c"
echo 'obj-y := core.o' >"$HOUSE/mm-policy/Makefile"
echo '/* ours */' >"$HOUSE/mm-policy/include/linux/ours.h"
KERNEL=$HOUSE/ci/kernel
OURS=$KAKU_BUILD/ours/linux

# tarball FILE SUBLEVEL [LINE]: a kernel whose mm/Kconfig has another first line.
tarball() {
	local dir=$TAP_DIR/source/linux-6.12.$2
	mkdir -p "$dir/mm" "$dir/include/linux"
	printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = %s\n' "$2" >"$dir/Makefile"
	{
		echo "${3:-first}"
		seq 2 12
	} >"$dir/mm/Kconfig"
	echo 'obj-y := mm.o' >"$dir/mm/Makefile"
	tar -cJf "$1" -C "$TAP_DIR/source" "linux-6.12.$2"
	rm -rf "$dir"
}
tarball "$TAP_DIR/one.tar.xz" 1
export KERNEL_TARBALL=$TAP_DIR/one.tar.xz

commit() {
	git -C "$OURS" -c user.name=T -c user.email=t@t commit -q -a -m "$1"
}

# untouched NAME: nothing of the trees is there.
untouched() {
	check_equal "$1" '' "$(cd "$KAKU_BUILD" 2>/dev/null && find . -mindepth 1 ! -name '.*.lock')"
}

# --- nothing there yet

: >"$HOUSE/kernel-patches/series"
check_fails 'no kernel source: says what to do' \
	'cannot read KERNEL_TARBALL=/no/such' env KERNEL_TARBALL=/no/such "$KERNEL" prepare
untouched 'and leaves nothing'
head -c 300 "$KERNEL_TARBALL" >"$TAP_DIR/cut.tar.xz"
check_fails 'a tarball cut short: says so' 'cannot unpack .*cut.tar.xz' \
	env KERNEL_TARBALL="$TAP_DIR/cut.tar.xz" "$KERNEL" prepare
check_equal 'and leaves no tree' '' "$(find "$KAKU_BUILD" -name 'linux*')"
mkdir -p "$TAP_DIR/v/linux-6.13" &&
	printf 'VERSION = 6\nPATCHLEVEL = 13\nSUBLEVEL = 0\n' >"$TAP_DIR/v/linux-6.13/Makefile"
tar -cJf "$TAP_DIR/wrong.tar.xz" -C "$TAP_DIR/v" linux-6.13
check_fails 'another kernel version is refused' 'is Linux 6.13.0, and the series is for 6.12' \
	env KERNEL_TARBALL="$TAP_DIR/wrong.tar.xz" "$KERNEL" prepare
check_equal 'and leaves no tree' '' "$(find "$KAKU_BUILD" -name 'linux*')"
check_fails 'too little disk: says how much is needed' 'needs 99999999 MiB of disk, and .* has' \
	env KAKU_MIN_FREE_MIB=99999999 "$KERNEL" prepare
check_equal 'and leaves no tree' '' "$(find "$KAKU_BUILD" -name 'linux*')"
check_fails 'an unknown kernel is refused before any work' "no kernel is called 'fast'" "$KERNEL" build fast
rm -rf "$KAKU_BUILD"
touch "$KAKU_BUILD"
check_fails 'a build/ that cannot be: says so' 'cannot create .*build' "$KERNEL" prepare
rm "$KAKU_BUILD"

# Full and read-only disks are real ones, mounted where only this test sees them.
if unshare -m true 2>/dev/null; then
	mkdir "$KAKU_BUILD"
	check_fails 'a read-only build/: says so' 'cannot write to .*build|cannot create .*build' unshare -m sh -c \
		"mount -t tmpfs -o ro tmpfs '$KAKU_BUILD' && '$KERNEL' prepare"
	# In these, the test looks for leftovers before the mount goes away.
	mkdir -p "$TAP_DIR/big/linux-6.12.1"
	cp -r "$TAP_DIR"/v/linux-6.13/Makefile "$TAP_DIR/big/linux-6.12.1/"
	sed -i 's/13/12/' "$TAP_DIR/big/linux-6.12.1/Makefile"
	head -c 8M /dev/urandom >"$TAP_DIR/big/linux-6.12.1/blob"
	tar -cJf "$TAP_DIR/big.tar.xz" -C "$TAP_DIR/big" linux-6.12.1
	check_fails 'a disk that fills up: says so' 'the disk is full' unshare -m sh -c \
		"mount -t tmpfs -o size=4m tmpfs '$KAKU_BUILD' && KERNEL_TARBALL='$TAP_DIR/big.tar.xz' '$KERNEL' prepare"
	check 'and leaves no tree' unshare -m sh -c \
		"mount -t tmpfs -o size=4m tmpfs '$KAKU_BUILD' && { KERNEL_TARBALL='$TAP_DIR/big.tar.xz' '$KERNEL' prepare; test -z \"\$(find '$KAKU_BUILD' -name 'linux*')\"; }"
	check 'so that the next run, with room, succeeds' unshare -m sh -c \
		"mount -t tmpfs -o size=4m tmpfs '$KAKU_BUILD' && ! KERNEL_TARBALL='$TAP_DIR/big.tar.xz' '$KERNEL' prepare && mount -o remount,size=100m '$KAKU_BUILD' && KERNEL_TARBALL='$TAP_DIR/big.tar.xz' '$KERNEL' prepare"
	rm -rf "$KAKU_BUILD"
else
	skip 'a read-only build/' 'mounting needs root'
	skip 'a disk that fills up' 'mounting needs root'
fi

# --- a tree, and what is edited in it

check 'prepare makes the trees' "$KERNEL" prepare
check_equal 'our files are in the tree' 'int core;' "$(cat "$OURS/mm/policy/core.c")"
check_equal 'our headers are in the tree' '/* ours */' "$(cat "$OURS/include/linux/ours.h")"
check 'git does not see them' test -z "$(git -C "$OURS" status --porcelain)"
check 'the stock tree has none of them' test ! -e "$KAKU_BUILD/stock/linux/mm/policy"

echo 'obj-y += hook.o' >>"$OURS/mm/Makefile"
check_fails 'export refuses changes that are not committed' 'changes that are not committed' "$KERNEL" export
commit 'mm: hook'
check 'export makes a patch of a commit' "$KERNEL" export
check_equal 'the series names it' 0001-mm-hook.patch "$(cat "$HOUSE/kernel-patches/series")"
check 'the base is noted' grep -q '^6.12.1 ' "$HOUSE/kernel-patches/BASE"
check 'prepare is content' "$KERNEL" prepare

# Whatever somebody has configured for himself, a patch is a patch.
git config --file "$TAP_DIR/gitconfig" diff.noprefix true
git config --file "$TAP_DIR/gitconfig" format.coverLetter true
check 'export does not depend on the user configuration' env GIT_CONFIG_GLOBAL="$TAP_DIR/gitconfig" "$KERNEL" export
check_equal 'the series is the same' 0001-mm-hook.patch "$(cat "$HOUSE/kernel-patches/series")"
check 'and can be applied' grep -qx -e '--- a/mm/Makefile' "$HOUSE/kernel-patches/0001-mm-hook.patch"
git -C "$OURS" checkout -q -b elsewhere
check_fails 'export refuses another branch' "not on its branch 'kaku'" "$KERNEL" export
git -C "$OURS" checkout -q --detach
check_fails 'and no branch at all' "not on its branch 'kaku'" "$KERNEL" export
git -C "$OURS" checkout -q kaku
git -C "$OURS" branch -q -D elsewhere

# In the tree: an edit in place, a file saved by rename, a new file.
echo 'int edited;' >"$OURS/mm/policy/core.c"
check_equal 'an edit in the tree is an edit of ours' 'int edited;' "$(cat "$HOUSE/mm-policy/core.c")"
sleep 0.1 # a person's next save comes later than that
echo 'int renamed;' >"$TAP_DIR/saved"
mv "$TAP_DIR/saved" "$OURS/mm/policy/core.c"
echo 'int new;' >"$OURS/mm/policy/new.c"
echo 'nop' >"$OURS/mm/policy/lru.S"
check 'prepare takes over what an editor saved by rename, and new files' "$KERNEL" prepare
check_equal 'the saved file' 'int renamed;' "$(cat "$HOUSE/mm-policy/core.c")"
check_equal 'the new file' 'int new;' "$(cat "$HOUSE/mm-policy/new.c")"
check_equal 'a new file of another kind' nop "$(cat "$HOUSE/mm-policy/lru.S")"
check 'both are links again' test -L "$OURS/mm/policy/core.c" -a -L "$OURS/mm/policy/new.c"
echo 'int theirs;' >"$TAP_DIR/saved"
mv "$TAP_DIR/saved" "$OURS/mm/policy/core.c"
sleep 0.1
echo 'int mine;' >"$HOUSE/mm-policy/core.c"
check_fails 'a file edited on both sides is a conflict' 'were both edited' "$KERNEL" prepare
check_equal 'which keeps the one' 'int theirs;' "$(cat "$OURS/mm/policy/core.c")"
check_equal 'and the other' 'int mine;' "$(cat "$HOUSE/mm-policy/core.c")"
echo 'int last;' >"$TAP_DIR/saved"
sleep 0.1
touch "$TAP_DIR/saved"
mv "$TAP_DIR/saved" "$OURS/mm/policy/core.c"
check 'a later save in the tree is taken over' "$KERNEL" prepare
check_equal 'truly' 'int last;' "$(cat "$HOUSE/mm-policy/core.c")"
check_equal 'and what it overwrote is kept' 'int mine;' "$(cat "$KAKU_BUILD/adopted/core.c")"
sleep 0.1
echo 'int theirs;' >"$TAP_DIR/saved"
mv "$TAP_DIR/saved" "$OURS/mm/policy/core.c"
sleep 0.1
echo 'int mine;' >"$HOUSE/mm-policy/core.c"
rm "$OURS/mm/policy/core.c"
check 'after one is removed, prepare goes on' "$KERNEL" prepare
rm "$HOUSE/mm-policy/new.c"
check 'a file of ours that is deleted' "$KERNEL" prepare
check 'leaves the tree too' test ! -e "$OURS/mm/policy/new.c" -a ! -L "$OURS/mm/policy/new.c"

# --- the series changes under a tree with work in it

cp -r "$HOUSE/kernel-patches" "$TAP_DIR/patches"
sed -i 's/hook\.o/hooks.o/' "$HOUSE/kernel-patches/0001-mm-hook.patch"
echo '# half an idea' >>"$OURS/mm/Makefile"
check_fails 'a changed series does not run over changes' 'has changes that are not committed' "$KERNEL" prepare
check 'which are still there' grep -q 'half an idea' "$OURS/mm/Makefile"
commit 'mm: half an idea'
check_fails 'nor over commits' 'commits that are not in kernel-patches' "$KERNEL" prepare
check_fails 'and export does not run over a changed series' 'have both changed' "$KERNEL" export
git -C "$OURS" reset -q --hard refs/kaku/applied
check 'with the work put aside, the new series is applied' "$KERNEL" prepare
check 'truly' grep -q 'hooks\.o' "$OURS/mm/Makefile"

sed -i 's/^ obj-y := mm.o/ obj-y := other.o/' "$HOUSE/kernel-patches/0001-mm-hook.patch"
was=$(git -C "$OURS" rev-parse HEAD)
check_fails 'a patch that does not apply is named, with the place' \
	'0001-mm-hook.patch does not apply to Linux 6.12.1: error: patch failed: mm/Makefile:1' "$KERNEL" prepare
check_equal 'and the tree is as it was' "$was" "$(git -C "$OURS" rev-parse HEAD)"
check 'with nothing half-applied' test -z "$(git -C "$OURS" status --porcelain)" -a ! -e "$KAKU_BUILD/ours/.apply"
rm "$HOUSE"/kernel-patches/*.patch
check_fails 'a patch that is missing is named' 'names 0001-mm-hook.patch, which does not exist' "$KERNEL" prepare
cp "$TAP_DIR"/patches/* "$HOUSE/kernel-patches/"
check 'with the series mended, prepare succeeds' "$KERNEL" prepare

# --- the archive moves to the next point release

tarball "$TAP_DIR/two.tar.xz" 2 'another first line'
export KERNEL_TARBALL=$TAP_DIR/two.tar.xz
echo '# half an idea' >>"$OURS/mm/Makefile"
check_fails 'a new base does not run over changes' 'the kernel source has changed, but .* not committed' "$KERNEL" prepare
git -C "$OURS" checkout -q mm/Makefile
tarball "$TAP_DIR/three.tar.xz" 3
mkdir "$TAP_DIR/odd" && tar -xJf "$TAP_DIR/three.tar.xz" -C "$TAP_DIR/odd"
echo 'obj-y := renamed.o' >"$TAP_DIR/odd/linux-6.12.3/mm/Makefile"
tar -cJf "$TAP_DIR/three.tar.xz" -C "$TAP_DIR/odd" linux-6.12.3
was=$(git -C "$OURS" rev-parse HEAD)
check_fails 'a new base on which the series does not apply: names the patch' \
	'0001-mm-hook.patch does not apply to Linux 6.12.3' env KERNEL_TARBALL="$TAP_DIR/three.tar.xz" "$KERNEL" prepare
check_equal 'and leaves our tree' "$was" "$(git -C "$OURS" rev-parse HEAD)"
check 'and the stock tree' grep -q 'SUBLEVEL = 1' "$KAKU_BUILD/stock/linux/Makefile"
check_equal 'and nothing else' '' "$(find "$KAKU_BUILD" -maxdepth 2 -name '*next*' -o -maxdepth 2 -name '*.new*' -o -maxdepth 2 -name '*.apply')"
echo '# put aside' >>"$OURS/mm/Makefile"
git -C "$OURS" -c user.name=T -c user.email=t@t stash -q
check_fails 'a new base does not run over a stash' 'keeps work in a stash' "$KERNEL" prepare
check_fails 'nor does clean' 'keeps work in a stash' "$KERNEL" clean
git -C "$OURS" stash drop -q
git -C "$OURS" checkout -q -b idea && echo '# idea' >>"$OURS/mm/Makefile" && commit 'idea'
git -C "$OURS" checkout -q kaku
check_fails 'nor over another branch' 'another branch' "$KERNEL" clean
git -C "$OURS" branch -q -D idea
echo '*.secret' >>"$OURS/.git/info/exclude"
echo mine >"$OURS/mine.secret"
check_fails 'nor over a file that git ignores' 'mine.secret' "$KERNEL" clean
rm "$OURS/mine.secret"
check 'a new base is taken' "$KERNEL" prepare
check 'with the series on it' grep -q 'hook\.o' "$OURS/mm/Makefile"
check 'and the stock tree is new too' grep -q 'another' "$KAKU_BUILD/stock/linux/mm/Kconfig"

export KERNEL_TARBALL=$TAP_DIR/three.tar.xz
"$KERNEL" port >/dev/null 2>&1
check 'port gives a tree with the new base' grep -q 'SUBLEVEL = 3' "$OURS/Makefile"
echo 'obj-y += hook.o' >>"$OURS/mm/Makefile"
rm -f "$OURS"/mm/*.rej
git -C "$OURS" add mm/Makefile
check 'in which the patch is mended by hand' git -C "$OURS" -c user.name=T -c user.email=t@t am -q --continue
check 'and exported' "$KERNEL" export
check 'so that prepare is content' "$KERNEL" prepare
check 'with both trees on the new base' grep -q 'SUBLEVEL = 3' "$KAKU_BUILD/stock/linux/Makefile"
check 'and the patch is for it' grep -q '^ obj-y := renamed.o' "$HOUSE/kernel-patches/0001-mm-hook.patch"
check 'clean removes what can be made again' "$KERNEL" clean
check_equal 'truly' '' "$(find "$KAKU_BUILD" -mindepth 1 ! -name '.*.lock')"

# --- options that Kconfig drops

printf 'CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_S="x"\n' >"$TAP_DIR/dotconfig"
printf 'CONFIG_A=y\nCONFIG_C=n\nCONFIG_S="x"\n' >"$TAP_DIR/good"
CHECK=$HOUSE/ci/config-check
check 'options that are all there' "$CHECK" "$TAP_DIR/dotconfig" "$TAP_DIR/good"
printf 'CONFIG_A=y\nCONFIG_NOT_THERE=y\n' >"$TAP_DIR/bad"
check_fails 'a dropped option is named, with its line' 'bad:2 wants CONFIG_NOT_THERE=y, but Kconfig made it n' \
	"$CHECK" "$TAP_DIR/dotconfig" "$TAP_DIR/bad"
echo 'CONFIG_B=y' >"$TAP_DIR/bad"
check_fails 'a module is not built in' 'wants CONFIG_B=y, but Kconfig made it m' "$CHECK" "$TAP_DIR/dotconfig" "$TAP_DIR/bad"
echo 'CONFIG_A=n' >"$TAP_DIR/bad"
check_fails 'an unwanted option is named' 'wants CONFIG_A=n, but Kconfig made it y' "$CHECK" "$TAP_DIR/dotconfig" "$TAP_DIR/bad"
echo 'CONFIG_A=n' >"$TAP_DIR/later"
check_fails 'a later fragment wins' 'later:1 wants CONFIG_A=n' "$CHECK" "$TAP_DIR/dotconfig" "$TAP_DIR/good" "$TAP_DIR/later"
echo 'CONFIG A' >"$TAP_DIR/bad"
check_fails 'nonsense is refused' 'not a configuration line' "$CHECK" "$TAP_DIR/dotconfig" "$TAP_DIR/bad"
finish
