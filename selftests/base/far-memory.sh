#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two NUMA nodes of which one has no CPU, with the firmware's word on how far it
# is, and pages that move there and back.

. ../lib/tap.sh
NODES=/sys/devices/system/node

check_equal 'there are two nodes with memory' 0-1 "$(cat $NODES/has_memory)"
check_equal 'the CPUs are on the near one' 0 "$(cat $NODES/has_cpu)"
check_equal 'the table of distances knows the far one' '10 20' "$(cat $NODES/node0/distance)"
check_equal 'HMAT tells the latency of near memory' 100 \
	"$(cat $NODES/node0/access0/initiators/read_latency)"
check_equal 'HMAT tells the latency of far memory' 300 \
	"$(cat $NODES/node1/access0/initiators/read_latency)"

# pages_on NODE PID: how many small pages a process has there.
pages_on() {
	grep -o "\bN$1=[0-9]*" "/proc/$2/numa_maps" | awk -F= '{ n += $2 } END { print n + 0 }'
}

numactl --membind=0 python3 -c '
import time
kept = bytearray(b"x") * (32 << 20)
time.sleep(600)' &
pid=$!
for _ in $(seq 100); do
	[ "$(pages_on 0 $pid)" -lt 8192 ] || break
	sleep 0.2
done
check 'memory is where it was asked for' test "$(pages_on 0 $pid)" -ge 8192
check 'migratepages moves them to the far node' migratepages $pid 0 1
check 'they are there' test "$(pages_on 1 $pid)" -ge 8192
check 'and back' migratepages $pid 1 0
check 'they are back' test "$(pages_on 0 $pid)" -ge 8192
kill $pid
finish
