#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A CXL type-3 device becomes a NUMA node, and pages move there and back with
# their content.

. ../lib/tap.sh
. ../lib/cxl.sh

check 'the kernel has found the device' test -e /sys/bus/cxl/devices/mem0
if ! node=$(cxl_online 2>"$TAP_DIR/cxl"); then
	not_ok 'the device becomes memory' "$TAP_DIR/cxl"
	finish
fi
ok 'the device becomes memory'
check 'on a node of its own' test "$node" -gt 0
check 'for movable pages only' grep -q Movable "/sys/devices/system/node/node$node"/memory*/valid_zones

cat >/tmp/move.py <<'EOF'
import ctypes, mmap, sys
libnuma = ctypes.CDLL('libnuma.so.1', use_errno=True)
node, pages = int(sys.argv[1]), 256
m = mmap.mmap(-1, pages * 4096)
base = ctypes.addressof(ctypes.c_char.from_buffer(m))
content = [bytes([i & 255]) * 4096 for i in range(pages)]
for i in range(pages):
    m[i * 4096:(i + 1) * 4096] = content[i]
def move(to):
    addresses = (ctypes.c_void_p * pages)(*(base + i * 4096 for i in range(pages)))
    nodes = (ctypes.c_int * pages)(*([to] * pages))
    status = (ctypes.c_int * pages)()
    if libnuma.numa_move_pages(0, pages, addresses, nodes, status, 2):
        sys.exit(f'move_pages: errno {ctypes.get_errno()}')
    if any(s != to for s in status):
        sys.exit(f'some pages did not move to node {to}: {set(status)}')
    for i in range(pages):
        if m[i * 4096:(i + 1) * 4096] != content[i]:
            sys.exit(f'page {i} has changed')
move(node)
move(0)
EOF
check 'pages move there and back unharmed' python3 /tmp/move.py "$node"
finish
