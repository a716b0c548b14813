#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Policies come and go, handlers move, processes are born and die, and the system does
# everything to pages that it can do, all at once: nobody's pages change, and nothing
# is left in the end.
# usage: stress.sh [SECONDS]; SEED= repeats a run's chances, ONLY= names disturbers. It takes
# longer, up to twice, until everybody has done everything.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/disks.sh"

seconds=${1:-300}

# prepare: two swap areas, and a file system on a disk
prepare() {
	local disk
	RACES_SWAP1=$(make_zram 192) && mkswap -q "$RACES_SWAP1" && swapon "$RACES_SWAP1" &&
		RACES_SWAP2=$(make_nullb 192 20000) && mkswap -q "$RACES_SWAP2" &&
		swapon "$RACES_SWAP2" && disk=$(make_nullb 64 20000) &&
		mke2fs -q -t ext4 "$disk" && mkdir -p /mnt/races &&
		mount -t ext4 "$disk" /mnt/races
}

if ! prepare >"$TAP_DIR/prepare" 2>&1; then
	not_ok 'swap and files' "$TAP_DIR/prepare"
	finish
fi
# Everybody wants two emulated processors, under debugging: what takes two minutes is no hang
echo 600 >/proc/sys/kernel/hung_task_timeout_secs 2>/dev/null
export RACES_SWAP1 RACES_SWAP2 RACES_FILES=/mnt/races RACES_POLICIES=/tmp/policies

# From memory: the host's files are slow to come back
cp "$KAKU_BUILD/selftests/races/stress" /tmp/stress
mkdir -p /tmp/policies
cp "$KAKU_BUILD"/bpf/*.bpf.o /tmp/policies
/tmp/stress "$seconds" | sed -u 's/^TAP version.*//; s/^1\.\..*//; s/^# Totals:.*//; /^$/d' |
	tee "$TAP_DIR/points" | sed -u 's/^\(not \)\?ok /# &/'
status=${PIPESTATUS[0]}

while IFS= read -r line; do
	case $line in
	'ok '*) ok "${line#ok * }" ;;
	'not ok '*) not_ok "${line#not ok * }" ;;
	esac
done <"$TAP_DIR/points"
check_equal 'the program ended by itself, content' 0 "$status"

# Nothing is left of what was paged out either.
check 'the first swap area can be switched off' swapoff "$RACES_SWAP1"
check 'the second swap area can be switched off' swapoff "$RACES_SWAP2"
check 'the file system can be unmounted' umount /mnt/races
finish
