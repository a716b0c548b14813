# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The guest's CXL type-3 device (ci/vm --cxl SIZE) as a NUMA node.

# cxl_dax: make it /dev/dax0.0.
cxl_dax() {
	cxl create-region -t pmem -m -d decoder0.0 -w 1 -g 4096 mem0 >/dev/null &&
		ndctl create-namespace -m devdax -f -a 4096 >/dev/null
}

# cxl_online: make it, or /dev/dax0.0, system memory, for movable pages only; prints its
# node.
cxl_online() {
	local before
	before=$(cat /sys/devices/system/node/has_memory)
	echo online_movable >/sys/devices/system/memory/auto_online_blocks
	test -e /dev/dax0.0 || cxl_dax || return 1
	# Not by daxctl: it looks for a module 'kmem', which is built in here.
	echo dax0.0 >/sys/bus/dax/drivers/device_dax/unbind &&
		echo dax0.0 >/sys/bus/dax/drivers/kmem/new_id || return 1
	for node in /sys/devices/system/node/node[0-9]*; do
		node=${node##*node}
		case ,$before, in
		*",$node,"* | *"-$node,"*) ;;
		*) grep -q 'MemTotal: *[1-9]' "/sys/devices/system/node/node$node/meminfo" &&
			echo "$node" && return ;;
		esac
	done
	return 1
}
