#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ci/splat.py finds every kind of kernel report, and nothing else."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../ci'), os.path.join(HERE, '../lib')]
import splat  # noqa: E402
import tap    # noqa: E402

# One line of each kind, as 6.12 prints it.
REPORTS = {
    'warn': '[    1.5] WARNING: CPU: 0 PID: 1 at mm/policy/core.c:9 f+0x1/0x2',
    'bug': '[    1.5] kernel BUG at mm/rmap.c:1234!',
    'null': '[    1.5] BUG: kernel NULL pointer dereference, address: 0000',
    'oops': '[    1.5] Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI',
    'panic': '[    1.5] Kernel panic - not syncing: dumptest',
    'protection': '[    1.5] Oops: general protection fault, probably for '
                  'non-canonical address 0xdead: 0000 [#1]',
    'kasan': '[    1.5] BUG: KASAN: slab-use-after-free in f+0x1/0x2 [x]',
    'ubsan': '[    1.5] UBSAN: shift-out-of-bounds in mm/x.c:1:2',
    'circular': '[    1.5] WARNING: possible circular locking dependency detected',
    'recursive': '[    1.5] WARNING: possible recursive locking detected',
    'inconsistent': '[    1.5] WARNING: inconsistent lock state',
    'held': '[    1.5] WARNING: lock held when returning to user space!',
    'rcu': '[    1.5] WARNING: suspicious RCU usage',
    'lockdep off': '[    1.5] turning off the locking correctness validator.',
    'lockdep full': '[    1.5] BUG: MAX_LOCKDEP_CHAINS too low!',
    'atomic': '[    1.5] BUG: sleeping function called from invalid context at '
              'mm/x.c:5',
    'scheduling': '[    1.5] BUG: scheduling while atomic: cat/12/0x2',
    'hung': '[    1.5] INFO: task cat:12 blocked for more than 122 seconds.',
    'stall': '[    1.5] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
    'lockup': '[    1.5] watchdog: BUG: soft lockup - CPU#0 stuck for 26s!',
    'page state': '[    1.5] BUG: Bad page state in process cat  pfn:12',
    'page map': '[    1.5] BUG: Bad page map in process cat  pte:12 pmd:34',
    'rss': '[    1.5] BUG: Bad rss-counter state mm:12 type:MM_ANONPAGES val:1',
    'slub': '[    1.5] BUG kmalloc-64 (Not tainted): Right Redzone overwritten',
    'swap entry': '[    1.5] get_swap_device: Bad swap offset entry 3ffffffffffff',
    'unused entry': '[    1.5] swap_free: Unused swap offset entry 00000012',
    'allocation': '[    1.5] cat: page allocation failure: order:0, mode:0xcc0',
    'duplicate': "[    1.5] sysfs: cannot create duplicate filename '/kernel/x'",
    'refcount': '[    1.5] refcount_t: underflow; use-after-free.',
    'list': '[    1.5] list_add corruption. next->prev should be prev',
    'object': '[    1.5] ODEBUG: free active (active state 0) object: 12',
    'leak': '[    9.5] kmemleak: 3 new suspected memory leaks (see '
            '/sys/kernel/debug/kmemleak)',
    'leaked': '[    9.5] unreferenced object 0xffff888006d8e000 (size 256):',
    'kunit': '[    0.9]     not ok 1 version_is_three_numbers_on_one_line',
}

HARMLESS = '''\
[    0.000000] Linux version 6.12.117-kaku (kaku@kaku) (gcc) #1 SMP
[    0.100000] debug: unmapping init [mem 0x1-0x2]
[    0.200000] Spectre V2 : Mitigation: Retpolines
[    0.300000] kmemleak: Kernel memory leak detector initialized (mem pool)
[    0.310000] kmemleak: Automatic memory scanning thread started
[    0.400000] Warning: unable to open an initial console.
[    0.500000] ACPI BIOS Warning (bug): Incorrect checksum
[    0.600000]     ok 1 version_is_three_numbers_on_one_line
[    0.700000] lkdtm: No crash points registered, enable through debugfs
[    0.800000] mm_policy: version 0.1.0
[    0.900000] traps: prog[12] general protection fault ip:1 sp:2 error:0 in prog
'''


class Splats(unittest.TestCase):
    def test_each_kind_of_report_is_found(self):
        for kind, line in REPORTS.items():
            with self.subTest(kind):
                found = splat.find(HARMLESS + line + '\n' + HARMLESS)
                self.assertEqual(len(found), 1)
                self.assertEqual(found[0][0], line)

    def test_an_ordinary_boot_is_no_report(self):
        self.assertEqual(splat.find(HARMLESS), [])

    def test_an_empty_console_is_no_report(self):
        self.assertEqual(splat.find(''), [])

    def test_a_report_ends_with_its_trace(self):
        console = ('[ 1.0] ------------[ cut here ]------------\n'
                   '[ 1.0] WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2\n'
                   '[ 1.0] Call Trace:\n'
                   '[ 1.0] ---[ end trace 0000000000000000 ]---\n'
                   '[ 1.1] quiet again\n'
                   '[ 1.2] BUG: KASAN: slab-out-of-bounds in g+0x1/0x2\n')
        found = splat.find(console)
        self.assertEqual([len(report) for report in found], [4, 1])

    def test_a_report_names_the_test_that_was_running(self):
        console = ('[ 1.0] kaku: start base/a.sh\n' + REPORTS['kasan'] + '\n' +
                   'x\n[ 2.0] kaku: end base/a.sh (0)\n' + REPORTS['warn'])
        found = splat.find(console)
        self.assertIn('(during base/a.sh)', found[0])
        self.assertEqual(len(found[1]), 1)

    def test_two_reports_in_a_row_are_two(self):
        console = (REPORTS['atomic'] + '\n[ 1.5] in_atomic(): 1\n[ 1.5] Call Trace:'
                   '\n[ 1.5]  dump_stack+0x1/0x2\n' + REPORTS['kasan'] + '\n')
        found = splat.find(console)
        self.assertEqual([r[0] for r in found],
                         [REPORTS['atomic'], REPORTS['kasan']])
        self.assertEqual(splat.settle(found, 'sleeping')[0], [found[1]])

    def test_a_ruler_and_its_headline_are_one_report(self):
        for test in ('', '[ 0.5] kaku: start base/a.sh\n'):
            found = splat.find(test + '[ 1.0] ------------[ cut here ]---------\n' +
                               REPORTS['warn'] + '\n')
            self.assertEqual(len(found), 1)
            self.assertIn(REPORTS['warn'], found[0])

    def test_a_long_report_does_not_swallow_the_next(self):
        filler = '[ 1.0]  frame\n' * (splat.LONGEST * 2)
        console = REPORTS['warn'] + '\n' + filler + REPORTS['kasan'] + '\n'
        self.assertEqual(len(splat.find(console)), 2)

    def test_a_wanted_report_is_set_aside_and_others_stay(self):
        reports = splat.find(REPORTS['warn'] + '\n' + 'x\n' +
                             REPORTS['kasan'] + '\n')
        others, missing = splat.settle(reports, 'KASAN')
        self.assertEqual([r[0] for r in others], [REPORTS['warn']])
        self.assertFalse(missing)

    def test_code_that_was_changed_is_told_from_a_breakpoint(self):
        oops = '[ 1.0] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\n[ 1.0] CPU: 1\n'
        for code, stale in (('0f 85 c6 00 66 <90> 48', True), ('c3 cc <cc> cc', False),
                            ('<90> 48', False)):
            console = (oops + f'[ 1.0] Code: {code} 8b\n').splitlines()
            self.assertEqual(splat.ran_stale_code(console), stale, code)
            self.assertFalse(splat.ran_stale_code(console[1:]))
            self.assertFalse(splat.ran_stale_code(console[:1]))

    def test_a_wanted_report_that_does_not_come_is_missing(self):
        self.assertEqual(splat.settle([], 'KASAN'), ([], True))

    def test_every_allowed_report_has_its_reason(self):
        for pattern, reason in splat.ALLOWED:
            self.assertTrue(pattern and len(reason) > 10)


if __name__ == '__main__':
    tap.main()
