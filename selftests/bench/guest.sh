#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ci/bench starts every bench in the guest through this: first what machine the
# figures come from, then the bench.

set -eu

echo "# release: $(uname -r)"
echo "# version: $(uname -v)"
echo "# cpu: $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)"
echo "# cpus: $(nproc)"
echo "# memory_kib: $(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)"
echo "# clocksource: $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
exec "$@"
