#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a newcomer sees first runs to its end, and shows what it promises: policies that
# can be loaded, each the better one for the task that wants it, and one near the optimum.

HERE=$(dirname "$(readlink -f "$0")")
. "$HERE/../lib/tap.sh"
BUILD=${KAKU_BUILD:-$HERE/../../build}

check_fails 'an unknown word is named' 'fast.*what is that' "$HERE/../../ci/demo" fast
check 'the demo runs to its end' "$HERE/../../ci/demo" --no-build
cp "$TAP_DIR/output" "$TAP_DIR/demo"
sed 's/^/# /' "$TAP_DIR/demo"
version=$(sed -n 's/^#define MM_POLICY_VERSION.*"\(.*\)"/\1/p' "$HERE"/../../mm-policy/core.c)
check 'our kernel says its version' grep -q "policies  version $version " "$TAP_DIR/demo"
for policy in clock nru linear; do
	check "there is the policy $policy" grep -Eq "^  $policy  .*(kernel|bpf)" "$TAP_DIR/demo"
done
check 'the figures are those of the paper, and near the optimum' python3 - "$BUILD/bench" <<'PYTHON'
import json
import sys


def figures(name):
    with open(f'{sys.argv[1]}/{name}-part.jsonl', encoding='utf-8') as lines:
        next(lines)
        return {r['case']: r['value'] for r in map(json.loads, lines)}


paper, loop = figures('table1'), figures('opt')
assert paper['task1/nru/40'] < paper['task1/linear/40'], paper
assert paper['task2/linear/40'] < paper['task2/nru/40'], paper
best = loop['cyclic/83%/opt']
assert best <= loop['cyclic/83%/mru'] < 1.03 * best, loop
assert min(loop[f'cyclic/83%/{other}'] for other in
           ('nru', 'linear', 'stock-lru', 'stock-mglru')) > 3 * best, loop
PYTHON
finish
