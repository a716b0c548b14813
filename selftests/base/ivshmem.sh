#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory that the host shares with the guest (ci/vm --ivshmem 4M): the device is
# there, takes the generic user-space driver, and its memory can be used.

. ../lib/tap.sh

device=
for dir in /sys/bus/pci/devices/*; do
	if [ "$(cat "$dir/vendor") $(cat "$dir/device")" = '0x1af4 0x1110' ]; then
		device=$dir
	fi
done
check 'the device is on the bus' test -n "$device"
check_equal 'it has the size that was asked for' $((4 << 20)) "$(stat -c %s "$device/resource2")"
cat >/tmp/touch.py <<'EOF'
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_SYNC)
m = mmap.mmap(fd, 4 << 20)
m[4096:4100] = b'kaku'
assert m[4096:4100] == b'kaku' and m[:4] == bytes(4)
EOF
check 'its memory can be written and read' python3 /tmp/touch.py "$device/resource2"
check 'the generic driver takes it' sh -c \
	'echo 1af4 1110 >/sys/bus/pci/drivers/uio_pci_generic/new_id && ls /dev/uio0'
finish
