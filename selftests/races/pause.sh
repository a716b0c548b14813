#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Nobody waits long for what others do with handlers: see pause.c. Wants the
# deterministic mode, where a host that has other things to do stops nobody.

set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/disks.sh"

disk=$(make_nullb 128 20000)
mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=0 "$disk"
mkdir -p /mnt/pause
mount -t ext4 "$disk" /mnt/pause
head -c 96M /dev/zero >/mnt/pause/file
sync
echo 0 >/proc/sys/vm/dirty_writeback_centisecs
# From memory: while something is read from the host, its clock counts
cp "$KAKU_BUILD/selftests/races/pause" /tmp/pause
exec /tmp/pause /mnt/pause/file "$KAKU_BUILD/bpf" "$KAKU_BUILD/selftests/races/fails.bpf.o"
