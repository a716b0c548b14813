# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by the shell scripts in ci/: where things are, how to say what is
# wrong, and how to leave nothing half-done behind.

set -euo pipefail

KAKU_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
KAKU_BUILD=$(realpath -m "${KAKU_BUILD:-$KAKU_ROOT/build}")
KAKU_CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kaku
export KAKU_ROOT KAKU_BUILD

# Children that parse messages must find them in English; and whatever else says
# something about language would make the compiler's cache forget all it knows.
unset LANG LANGUAGE LC_CTYPE LC_MESSAGES
export LC_ALL=C.UTF-8

# In the trees that we make, git may not ask, sign, convert or run hooks, and what
# somebody has configured for himself may not change what we write.
git_quiet() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null \
		git -c safe.directory='*' -c user.name=Kaku -c user.email=kaku@localhost \
		-c core.hooksPath=/dev/null -c advice.detachedHead=false \
		-c gc.auto=0 "$@"
}

say() {
	printf '%s\n' "$*" >&2
}

# die WHAT [ADVICE]: one message that says what is wrong and what to do.
die() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	[ $# -lt 2 ] || printf '%s: %s\n' "${0##*/}" "$2" >&2
	exit 1
}

# die_full WHAT: what could not be done for lack of space.
die_full() {
	die "the disk is full: could not $1" \
		"free some space, or set KAKU_BUILD to a directory on another disk"
}

# The kernel's make, its command line and QEMU's options take no such names.
case $KAKU_ROOT$KAKU_BUILD in
*[[:space:],:]*)
	die "a path with a blank, a comma or a colon: $KAKU_ROOT, $KAKU_BUILD" \
		"move the checkout, or set KAKU_BUILD to a path without them"
	;;
esac

# Paths to remove when the script ends, however it ends.
CLEANUP=()
cleanup() {
	local path
	for path in "${CLEANUP[@]}"; do
		rm -rf -- "$path"
	done
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Make sure that we can write where we build.
need_build_dir() {
	local probe
	mkdir -p "$KAKU_BUILD" 2>/dev/null ||
		die "cannot create $KAKU_BUILD" "$(build_dir_advice)"
	probe=$(mktemp "$KAKU_BUILD/.probe.XXXXXX" 2>/dev/null) ||
		die "cannot write to $KAKU_BUILD" "$(build_dir_advice)"
	rm -f "$probe"
}

build_dir_advice() {
	if [ "$(free_mib "$KAKU_BUILD")" -lt 1 ]; then
		echo "the disk is full; free some space, or set KAKU_BUILD to a directory on another disk"
	else
		echo "make it writable, or set KAKU_BUILD to a directory of yours"
	fi
}

# free_mib PATH: free space where PATH is or would be.
free_mib() {
	local path=$1
	while [ ! -e "$path" ]; do
		path=$(dirname "$path")
	done
	df --output=avail -BM "$path" | tail -n 1 | tr -dc 0-9
}

# need_space MIB WHAT_FOR
need_space() {
	local have
	have=$(free_mib "$KAKU_BUILD")
	[ "$have" -ge "${KAKU_MIN_FREE_MIB:-$1}" ] ||
		die "$2 needs ${KAKU_MIN_FREE_MIB:-$1} MiB of disk, and $KAKU_BUILD has $have MiB free" \
			"free some space, or set KAKU_BUILD to a directory on another disk"
}

# no_space_left LOG: the usual hidden reason why a tool failed.
no_space_left() {
	grep -q 'No space left on device' "$1" || [ "$(free_mib "$KAKU_BUILD")" -lt 16 ]
}

# with_lock NAME COMMAND...: one at a time, for everybody who uses this build/.
with_lock() {
	local name=$1 fd
	shift
	exec {fd}>"$KAKU_BUILD/.$name.lock"
	if ! flock -n "$fd"; then
		say "waiting for another run that holds build/.$name.lock"
		flock "$fd"
	fi
	"$@" {fd}>&-
	exec {fd}>&-
}

# kernel_make TREE OBJECTS ARGUMENT...: the kernel's make. Where a kernel is built
# must not show in it, and another tree or a clean clone shall find in the
# cache what this one compiled. Nobody asks a debugger where a variable is at every
# instruction; to note it takes an eighth of the time, and changes no code.
kernel_make() {
	local tree=$1 objects=$2
	shift 2
	CCACHE_DIR=${CCACHE_DIR:-$KAKU_CACHE/ccache} CCACHE_MAXSIZE=10G \
		CCACHE_BASEDIR=$KAKU_BUILD CCACHE_NOHASHDIR=1 \
		CCACHE_SLOPPINESS=time_macros \
		KBUILD_BUILD_TIMESTAMP='Sat Jan  1 00:00:00 UTC 2000' \
		KBUILD_BUILD_VERSION=1 KBUILD_BUILD_USER=kaku KBUILD_BUILD_HOST=kaku \
		make -C "$tree" O="$objects" LOCALVERSION= \
		CC='ccache gcc' HOSTCC='ccache gcc' KCFLAGS=-fno-var-tracking "$@"
}

duration() {
	printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
}
