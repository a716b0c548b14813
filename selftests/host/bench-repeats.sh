#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Deterministic mode is: the quick figures of the fault bench agree over two boots
# of each kernel, and ours are no dearer than stock's; all within the limits of ci/bench.

HERE=$(dirname "$(readlink -f "$0")")
. "$HERE/../lib/tap.sh"
BUILD=${KAKU_BUILD:-$HERE/../../build}

check 'the figures repeat, and ours are no dearer than stock' "$HERE/../../ci/bench" fault --quick --check
sed 's/^/# /' "$TAP_DIR/output"
check 'every figure says how well it repeats' python3 - "$BUILD/bench/fault-part.jsonl" <<'PYTHON'
import json
import sys
with open(sys.argv[1], encoding='utf-8') as lines:
    head, *records = map(json.loads, lines)
assert head['record'] == 'header' and head['broken_limits'] == []
assert len(records) >= 4 and {r['kernel'] for r in records} == {'stock', 'test'}
assert all(len(r['runs']) == 2 and r['repeat'] <= 0.005 for r in records)
assert all(-0.05 <= r['ratio'] - 1 <= 0.002 for r in records if r['kernel'] == 'test')
PYTHON
finish
