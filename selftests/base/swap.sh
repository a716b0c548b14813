#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Swap on each kind of device that tests and benches use, under both LRUs: pages
# leave and come back unharmed, within a control group's limit.

. ../lib/tap.sh
. ../lib/disks.sh

echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/swap
echo 16M >/sys/fs/cgroup/swap/memory.max

# 48 MiB of pattern through a process that may hold 16: most must be swapped.
cat >/tmp/turnover.py <<'EOF'
import mmap
PAGES = 48 << 8
pattern = [(i * 0x9e3779b97f4a7c15 & (1 << 64) - 1).to_bytes(8, 'little')
           for i in range(PAGES)]
with open('/sys/fs/cgroup/swap/cgroup.procs', 'w') as group:
    group.write('0')
area = mmap.mmap(-1, PAGES * 4096)
for i in range(PAGES):
    area[i * 4096:i * 4096 + 8] = pattern[i]
for i in range(PAGES):
    assert area[i * 4096:i * 4096 + 8] == pattern[i], i
EOF

vmstat() {
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

for lru in y n; do
	echo $lru >/sys/kernel/mm/lru_gen/enabled
	for disk in zram nullb; do
		name="$disk, MGLRU $lru"
		device=$("make_$disk" 256)
		mkswap "$device" >/dev/null
		check "$name: swapon" swapon "$device"
		before=$(vmstat pswpin)
		check "$name: every page comes back unharmed" python3 /tmp/turnover.py
		check "$name: pages really came from the disk" \
			test $(($(vmstat pswpin) - before)) -gt 4096
		check "$name: swapoff" swapoff "$device"
		"drop_$disk" "$device"
	done
done
finish
