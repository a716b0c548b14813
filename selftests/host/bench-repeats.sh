#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Deterministic mode is: the quick figures of the fault bench agree over two boots
# of each kernel, and ours are no dearer than stock's; all within the limits of ci/bench.
# And the quick figures of what a policy costs.

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
check 'what a policy costs is measured' "$HERE/../../ci/bench" cost --quick
sed 's/^/# /' "$TAP_DIR/output"
check 'and is within its bounds, or nearly' python3 - "$BUILD/bench/cost-part.jsonl" <<'PYTHON'
import json
import sys
# What the bench requires with --check, and what a machine's other compiler may add
BOUNDS = {'unmanaged/anon_minor': 1.002, 'unmanaged/munmap': 1.002,
          'managed/anon_minor': 1.01, 'managed/munmap': 1.055,
          'ops/anon_minor': 1.035, 'cycle/zram-classic': .97, 'cycle/zram-mglru': .97}
with open(sys.argv[1], encoding='utf-8') as lines:
    _, *records = map(json.loads, lines)
ratio = {r['case']: r['ratio'] for r in records
         if r['kernel'] == 'test' and r['metric'] == 'ns_per_page'}
print({case: ratio.get(case) for case in BOUNDS})
assert all(ratio[case] <= bound for case, bound in BOUNDS.items())
PYTHON
finish
