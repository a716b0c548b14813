# SPDX-License-Identifier: GPL-2.0-only
"""Find the reports by which a kernel says that something is wrong with it.

A report is a list of lines: the line that gave it away, and those that follow
up to the end of its trace. ci/vm makes any report a failure; what is harmless
all the same stands in ALLOWED, with the reason.
"""
import re

SIGNS = re.compile('|'.join((
    r'\bWARNING: ',
    r'\bBUG: ',
    r'\bBUG [\w-]+ \(',                       # SLUB
    r'\bkernel BUG at ',
    r'\bOops\b',
    r'\bKernel panic - not syncing',
    r'(?<!\] )\bgeneral protection fault\b',   # 'traps: prog[12] general ...' is a program's
    r'\bUnable to handle kernel ',
    r'\bdouble fault\b',
    r'\bUBSAN: ',
    r'\bKCSAN: ',
    r'\bINFO: task .* blocked for more than ',
    r'\bINFO: rcu_\w+ (?:self-)?detected ',
    r'\brcu: INFO: ',
    r'\bINFO: trying to register non-static key',
    r'\bINFO: lockdep is turned off',
    r'\bturning off the locking correctness validator',
    r'\bMAX_(?:LOCKDEP|STACK_TRACE|LOCK)\w* too low',
    r'\bINFO: inconsistent lock state',
    r'\bpossible (?:circular|recursive|irq lock inversion)\b.*\bdetected',
    r'\bwatchdog: BUG: ',
    r'\bsoft lockup - CPU',
    r'\bhard LOCKUP on cpu',
    r'\bBad page (?:state|map|cache)',
    r'\bbad (?:pmd|pud|p4d|pgd) ',
    r'\bBad rss-counter',
    r'\b(?:Bad|Unused) swap (?:file|offset) entry',
    r'\bpage allocation failure: ',
    r'\bcannot create duplicate filename',
    r'\bkobject_add_internal failed ',
    r'\birq \d+: nobody cared',
    r'\brefcount_t: ',
    r'\b(?:list_add|list_del)\w* corruption',
    r'\bODEBUG: ',
    r'\bDMA-API: .*(?:error|leak|debugging out of memory)',
    r'\bkmemleak: \d+ new suspected memory leaks',
    r'\bkmemleak: (?:Kernel memory leak detector disabled|Cannot |.* at 0x)',
    r'\bunreferenced object 0x',
    r'\bpage_owner.*leak',
    r'\bcut here \]-',
    r'\bstack-protector: ',
    r'\bCorrupted page table',
    r'^\[[^]]*\]\s+not ok \d+',
)))

# (pattern, why it is harmless)
ALLOWED = (
)

TRACE = re.compile(r'---\[ end (?:trace|Kernel panic)|^\[[^]]*\]\s*=+$')
RULER = re.compile(r'\bcut here \]-|^\(during ')
MARK = re.compile(r'\bkaku: (start|end) (\S+)')
STAMP = re.compile(r'^\[\s*\d+\.\d+\](?:\[[^]]*\])? ?')
LONGEST = 60


def _allowed(line):
    return any(re.search(pattern, line) for pattern, _ in ALLOWED)


def find(console):
    """All reports in a console log, each a list of lines."""
    reports, current, left, test = [], None, 0, None
    for line in console.splitlines():
        if mark := MARK.search(line):
            test = mark[2] if mark[1] == 'start' else None
            current = None
        # A report may begin in the middle of another's lines; only the ruler
        # and the headline under it are one and the same.
        if SIGNS.search(line) and not _allowed(line) and not (
                current and RULER.search(current[-1])):
            current, left = [line], LONGEST
            if test:
                current.append(f'(during {test})')
            reports.append(current)
        elif current is not None:
            current.append(line)
            left -= 1
            if TRACE.search(line) or left == 0 or not STAMP.match(line):
                current = None
    return reports


STALE = re.compile(r'\bOops: int3: ')
CODE = re.compile(r'\bCode: (?:[0-9a-f]{2} )*?([0-9a-f]{2}) <[0-9a-f]{2}>')


def ran_stale_code(lines):
    """Whether the kernel died of a breakpoint that memory does not have.

    QEMU up to 8.0 may keep the translation of an instruction that was patched while it
    was translated. The kernel prints the code as it is, and the byte before the one that
    it stopped at is no breakpoint.
    """
    for number, line in enumerate(lines):
        if STALE.search(line):
            code = next((m for words in lines[number:number + 10]
                         if (m := CODE.search(words))), None)
            return bool(code) and code[1] != 'cc'
    return False


def settle(reports, wanted):
    """Take the reports that match a regular expression as wanted.

    Returns (the others, whether the wanted one is missing).
    """
    match = [any(re.search(wanted, line) for line in report)
             for report in reports]
    return ([r for r, m in zip(reports, match) if not m], not any(match))
