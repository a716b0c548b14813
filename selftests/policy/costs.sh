#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The costs, in a deterministic machine of their own: there, time leaps when the machine
# waits for the host, which a time limit inside would not survive.

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
export KAKU_BUILD=${KAKU_BUILD:-$ROOT/build}

exec "$ROOT/ci/vm" --kernel test --icount --timeout 240 -- \
	"$KAKU_BUILD/selftests/policy/costs"
