#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The comparison of the kernel's own mm tests sees what it has to see."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../mm-stock'), os.path.join(HERE, '../lib')]

import results  # noqa: E402
import script   # noqa: E402
import tap      # noqa: E402

compare = script.load(os.path.join(HERE, '../mm-stock/compare'))

OUTPUT = '''TAP version 13
# -------------
# running ./cow
# -------------
# TAP version 13
# # [INFO] detected PMD size: 2048 KiB
# 1..5
# # [RUN] Basic COW after fork() ... with base page
# ok 1 No leak from parent into child
# # [RUN] Basic COW after fork() ... with swapped out base page
# ok 2 # SKIP MADV_PAGEOUT did not work
# # [RUN] fork() with hugetlb (2048 kB)
# not ok 3 No leak from parent into child
# ok 4 mapped at 0x7f3a81c00000
# ok 5 mapped at 0x7f3a81d00000
# # Totals: pass:3 fail:1 xfail:0 xpass:0 skip:1 error:0
# [FAIL]
not ok 1 cow # exit=1
# ----------------
# running ./slow 1
# ----------------
# Testing move on anon... done
# Testing move on shmem... failed [reason: no such page]
# Testing minor on anon... skipped [reason: feature missing]
# [SKIP]
ok 2 slow 1 # SKIP
# ------------------
# running ./khugepaged
# ------------------
#
# Run test: collapse_full (khugepaged:anon)
# Maybe collapse fully populated PTE table.... \x1b[32mOK\x1b[0m
# Run test: collapse_fork (khugepaged:anon)
# Check if parent still has small page... \x1b[32mOK\x1b[0m
# Share small page over fork()... \x1b[31mFail\x1b[0m
# [PASS]
ok 3 khugepaged
# SUMMARY: PASS=1 SKIP=1 FAIL=1
1..3
'''

CONSOLE = '''[    0.500000] WARNING: CPU: 0 PID: 1 at mm/boot.c:12 early+0x12/0x40
[    0.500001] ---[ end trace 0000000000000000 ]---
[    9.000000] kaku: start cow
[    9.500000] ------------[ cut here ]------------
[    9.500001] WARNING: CPU: 1 PID: 77 at mm/rmap.c:1234 folio_add+0x12/0x340
[    9.500002] Modules linked in:
[    9.500003] ---[ end trace 0000000000000000 ]---
[   10.000000] kaku: end cow
[   11.000000] kaku: start vmalloc
[   11.500000] Summary: fix_size_alloc_test passed: 1 failed: 0 repeat: 1
[   11.500000] Summary: pcpu_alloc_test passed: 0 failed: 1 repeat: 1
[   12.000000] kaku: end vmalloc
'''

SCRIPT = '''
CATEGORY="mmap" run_test ./map_populate
    CATEGORY="gup_test" run_test ./gup_test $huge
CATEGORY="cow" run_test ./cow
'''


def table(text):
    return results.read_table(text.splitlines(), 'categories')


def varying(text):
    return results.read_varying(text.splitlines(), 'varying')


class Differences(unittest.TestCase):
    """stock has these results; each test changes ours in one way."""

    def setUp(self):
        self.stock = {('cow', 'cow', ''): 'pass',
                      ('cow', 'cow', 'no leak'): 'pass',
                      ('cow', 'cow', 'swap'): 'skip',
                      ('cow', '', 'ended'): 'yes'}
        self.ours = dict(self.stock)

    def found(self, known=''):
        return results.differences(self.stock, self.ours, varying(known))

    def test_equal_results_are_no_difference(self):
        self.assertEqual(self.found(), [])

    def test_a_missing_result(self):
        del self.ours['cow', 'cow', 'swap']
        self.assertEqual(self.found(),
                         [(('cow', 'cow', 'swap'), 'skip', None)])

    def test_a_result_that_stock_lacks(self):
        del self.stock['cow', 'cow', 'swap']
        self.assertEqual(self.found(),
                         [(('cow', 'cow', 'swap'), None, 'skip')])

    def test_a_changed_result(self):
        self.ours['cow', 'cow', 'no leak'] = 'fail'
        self.assertEqual(self.found(),
                         [(('cow', 'cow', 'no leak'), 'pass', 'fail')])

    def test_better_than_stock_is_a_difference_too(self):
        self.ours['cow', 'cow', 'swap'] = 'pass'
        self.assertEqual(len(self.found()), 1)

    def test_skipped_instead_of_run(self):
        self.ours['cow', 'cow', 'no leak'] = 'skip'
        self.assertEqual(len(self.found()), 1)

    def test_a_listed_result_may_vary(self):
        self.ours['cow', 'cow', 'no leak'] = 'fail'
        self.assertEqual(self.found('result cow / cow / no leak : seen twice'), [])

    def test_a_listed_result_may_be_absent(self):
        del self.ours['cow', 'cow', 'no leak']
        self.assertEqual(self.found('result cow / cow / no * : seen twice'), [])

    def test_listing_one_result_excuses_no_other(self):
        self.ours['cow', 'cow', 'no leak'] = 'fail'
        self.assertEqual(len(self.found('result cow / cow / swap : seen twice')), 1)
        self.assertEqual(len(self.found('result cow / cow / no : seen twice')), 1)
        self.assertEqual(len(self.found('result mmap / cow / no leak : x')), 1)

    def test_the_test_as_a_whole_and_no_more(self):
        self.ours['cow', 'cow', ''] = 'fail (exit=1)'
        self.assertEqual(self.found('result cow / cow / - : seen twice'), [])
        self.ours['cow', 'cow', 'no leak'] = 'fail'
        self.assertEqual(len(self.found('result cow / cow / - : seen twice')), 1)

    def test_a_name_with_a_figure_in_it(self):
        self.stock['cow', 'cow', 'took 3 s'] = 'pass'
        self.ours['cow', 'cow', 'took 4 s'] = 'pass'
        self.assertEqual(len(self.found()), 2)
        self.assertEqual(self.found('name cow / cow / took * s : time'), [])

    def test_a_name_that_varies_excuses_no_result(self):
        self.stock['cow', 'cow', 'took 3 s'] = 'pass'
        self.ours['cow', 'cow', 'took 4 s'] = 'fail'
        self.assertEqual(self.found('name cow / cow / took * s : time'),
                         [(('cow', 'cow', 'took * s'), 'pass', 'fail')])

    def test_a_name_that_varies_excuses_no_absence(self):
        self.stock['cow', 'cow', 'took 3 s'] = 'pass'
        self.stock['cow', 'cow', 'took 5 s'] = 'pass'
        self.ours['cow', 'cow', 'took 4 s'] = 'pass'
        self.assertEqual(len(self.found('name cow / cow / took * s : time')), 1)

    def test_a_report_of_the_kernel_only_on_ours(self):
        self.ours['cow', 'kernel', 'WARNING: at mm/x.c'] = 'reported'
        self.assertEqual(self.found(), [(('cow', 'kernel', 'WARNING: at mm/x.c'),
                                         None, 'reported')])

    def test_a_report_of_the_kernel_only_on_stock(self):
        self.stock['cow', 'kernel', 'WARNING: at mm/x.c'] = 'reported'
        self.assertEqual(len(self.found()), 1)

    def test_different_reports(self):
        self.stock['cow', 'kernel', 'WARNING: at mm/x.c'] = 'reported'
        self.ours['cow', 'kernel', 'WARNING: at mm/y.c'] = 'reported'
        self.assertEqual(len(self.found()), 2)


class Emptiness(unittest.TestCase):
    """Two runs that did nothing are equal, and prove nothing."""

    def test_no_results(self):
        self.assertRegex(results.worthless({}), 'no results')

    def test_nothing_passed(self):
        self.assertRegex(results.worthless({
            ('cow', '', 'ended'): 'yes', ('cow', 'cow', ''): 'fail',
            ('cow', 'cow', 'x'): 'skip'}), 'nothing passed')

    def test_all_parts_of_what_passed_were_skipped(self):
        self.assertRegex(results.worthless({
            ('cow', '', 'ended'): 'yes', ('cow', 'cow', ''): 'pass',
            ('cow', 'cow', 'plan'): '1..1', ('cow', 'cow', 'x'): 'skip'}),
            'nothing passed')

    def test_what_has_no_parts_may_pass_as_a_whole(self):
        self.assertIsNone(results.worthless({
            ('cow', '', 'ended'): 'yes', ('cow', 'map', ''): 'pass',
            ('cow', 'cow', ''): 'pass', ('cow', 'cow', 'x'): 'skip'}))

    def test_an_added_command_out_of_time(self):
        self.assertRegex(results.worthless({
            ('cow', '', 'ended'): 'yes', ('cow', 'cow', ''): 'pass',
            ('cow', '', 'ended ./more'): 'timed out'}), 'timed out')

    def test_out_of_time(self):
        self.assertRegex(results.worthless({
            ('cow', 'cow', ''): 'pass', ('cow', '', 'ended'): 'timed out'}),
            'timed out')

    def test_a_script_that_died(self):
        self.assertRegex(results.worthless({
            ('cow', 'cow', ''): 'pass', ('cow', '', 'ended'): 'exit 127'}),
            'exit 127')

    def test_never_ended(self):
        self.assertRegex(results.worthless({('cow', 'cow', ''): 'pass'}),
                         'did not end')

    def test_a_failure_is_worth_comparing(self):
        self.assertIsNone(results.worthless({
            ('cow', '', 'ended'): 'yes', ('cow', 'cow', ''): 'fail',
            ('cow', 'cow', 'x'): 'pass'}))


class Judgement(unittest.TestCase):
    """What becomes of a category after one run, or two."""

    def setUp(self):
        self.good = {('cow', '', 'ended'): 'yes', ('cow', 'cow', ''): 'pass',
                     ('cow', 'cow', 'x'): 'fail', ('cow', 'cow', 'y'): 'pass'}
        self.other = {**self.good, ('cow', 'cow', 'x'): 'pass'}
        self.splat = {**self.good, ('cow', 'kernel', 'BUG: bad'): 'reported'}

    def judge(self, first, second=None):
        verdict, words, _ = compare.judge('cow', first, second, [])
        self.assertEqual(bool(compare.different(first, ['cow'], [])),
                         first[0] != first[1])
        return verdict, words

    def test_same(self):
        verdict, words = self.judge((self.good, self.good))
        self.assertTrue(verdict)
        self.assertRegex(words, 'same 3 results .* 2 passed, 1 failed, 0 skipped')

    def test_different_twice(self):
        verdict, words = self.judge((self.good, self.other), (self.good, self.other))
        self.assertFalse(verdict)
        self.assertRegex(words, '^1 result differs')

    def test_different_and_no_second_run(self):
        self.assertFalse(self.judge((self.good, self.other))[0])

    def test_different_and_the_second_run_is_empty(self):
        self.assertFalse(self.judge((self.good, self.other), ({}, {}))[0])

    def test_different_once(self):
        verdict, words = self.judge((self.good, self.other), (self.good, self.good))
        self.assertTrue(verdict)
        self.assertRegex(words, 'at the second run')

    def test_one_complaint_of_our_kernel_is_one_too_many(self):
        verdict, words = self.judge((self.good, self.splat), (self.good, self.good))
        self.assertFalse(verdict)
        self.assertRegex(words, '^1 result differs')

    def test_a_complaint_that_only_the_second_run_brought(self):
        verdict, words = self.judge((self.good, self.other), (self.good, self.splat))
        self.assertFalse(verdict)
        self.assertRegex(words, '^1 result differs')

    def test_our_kernel_did_not_get_there(self):
        verdict, words = self.judge((self.good, {}))
        self.assertFalse(verdict)
        self.assertRegex(words, 'no results on ours')


class Table(unittest.TestCase):
    def errors(self, text):
        return results.table_errors(table(text), SCRIPT)

    def test_complete(self):
        self.assertEqual(self.errors(
            'run mmap\nrun cow\nskip gup_test : takes an hour'), [])

    def test_a_category_in_neither_list(self):
        found = self.errors('run mmap\nrun cow')
        self.assertEqual(len(found), 1)
        self.assertIn('gup_test', found[0])

    def test_a_category_that_the_script_lacks(self):
        found = self.errors('run mmap\nrun cow\nrun gup_test\nrun mlock')
        self.assertEqual(len(found), 1)
        self.assertIn('mlock', found[0])

    def test_bad_lines(self):
        for line in ('skip cow', 'skip cow :', 'skip cow / cow',
                     'drop cow : x', 'run', 'run cow : why', 'run cow\nrun cow',
                     'run cow\nskip cow : x', 'add cow / : x', 'skip cow / cow : x',
                     'run cow / cow', 'add cow / ./cow : x',
                     'skip cow : x\nskip cow / cow : y'):
            with self.subTest(line), self.assertRaises(SystemExit):
                table(line)

    def test_parts(self):
        read = table('# words\n\nrun cow\nadd cow / ./mseal_test : more\n'
                     'skip cow / khugepaged -s 2 : slow: 200 s\nskip gup_test : why')
        self.assertEqual(read.run, ['cow'])
        self.assertEqual(read.left_out, {'gup_test': 'why'})
        self.assertEqual(read.tests_left_out,
                         {('cow', 'khugepaged -s 2'): 'slow: 200 s'})
        self.assertEqual(read.added, {'cow': ['./mseal_test']})
        self.assertEqual(read.categories, ['cow'])

    def test_a_part_of_a_category_that_is_left_out(self):
        read = table('run cow\nskip thp : slow\nskip ksm : slow\n'
                     'add thp / ./khugepaged madvise:anon : less of it')
        self.assertEqual(read.categories, ['cow', 'thp'])
        self.assertEqual(read.run, ['cow'])

    def test_the_list_of_varying_results_wants_reasons(self):
        for line in ('result cow / cow / x', 'result cow / cow : x', 'name cow',
                     'result cow / cow / x :', 'cow / cow / x : y'):
            with self.subTest(line), self.assertRaises(SystemExit):
                varying(line)

    def test_left_out_test_that_the_script_lacks(self):
        read = table('run cow\nskip cow / nothing : slow')
        seen = results.parse_output('cow', OUTPUT)
        self.assertEqual(results.take_left_out(seen, 'cow', read), ['nothing'])

    def test_left_out_test_leaves_no_result(self):
        read = table('run cow\nskip cow / slow 1 : slow')
        seen = results.parse_output('cow', OUTPUT)
        self.assertEqual(results.take_left_out(seen, 'cow', read), [])
        self.assertNotIn('slow 1', {test for _, test, _ in seen})
        self.assertIn('cow', {test for _, test, _ in seen})


class Parsing(unittest.TestCase):
    def setUp(self):
        self.seen = results.parse_output('cow', OUTPUT)

    def sub(self, test):
        return {name: result for (_, t, name), result in self.seen.items()
                if t == test}

    def test_tests(self):
        self.assertEqual(self.seen['cow', 'cow', ''], 'fail (exit=1)')
        self.assertEqual(self.seen['cow', 'slow 1', ''], 'skip')
        self.assertEqual(self.seen['cow', 'khugepaged', ''], 'pass')

    def test_tap(self):
        self.assertEqual(self.sub('cow'), {
            '': 'fail (exit=1)', 'plan': '1..5',
            'Basic COW after fork() ... with base page: '
            'No leak from parent into child': 'pass',
            'Basic COW after fork() ... with swapped out base page: '
            'MADV_PAGEOUT did not work': 'skip',
            'fork() with hugetlb (2048 kB): '
            'No leak from parent into child': 'fail',
            'fork() with hugetlb (2048 kB): mapped at ADDRESS': 'pass',
            'fork() with hugetlb (2048 kB): mapped at ADDRESS #2': 'pass'})

    def test_userfaultfd(self):
        self.assertEqual(self.sub('slow 1'), {
            '': 'skip', 'move on anon': 'pass', 'move on shmem': 'fail',
            'minor on anon': 'skip'})

    def test_khugepaged(self):
        self.assertEqual(self.sub('khugepaged'), {
            '': 'pass', 'collapse_full (khugepaged:anon)': 'pass',
            'collapse_fork (khugepaged:anon)': 'fail'})

    def test_a_test_that_was_cut_off(self):
        cut = OUTPUT[:OUTPUT.index('# ok 4')]
        seen = results.parse_output('cow', cut)
        self.assertEqual(seen['cow', 'cow', ''], 'did not end')

    def test_text_that_only_looks_like_a_result(self):
        seen = results.parse_output('cow', '# ok 1 stray\n# fine, not ok 3\n')
        self.assertEqual(seen, {})

    def test_ends(self):
        self.assertEqual(
            results.parse_ended('cow', 'exit 4 1200 \nexit 0 300 ./cow -x 1\n'
                                'exit 139 10 ./b\ntimed out 150000 ./c\n'),
            {('cow', '', 'ended'): 'yes', ('cow', '', 'ended ./cow -x 1'): 'yes',
             ('cow', '', 'ended ./b'): 'exit 139',
             ('cow', '', 'ended ./c'): 'timed out'})

    def test_console(self):
        seen = results.parse_console(CONSOLE)
        self.assertEqual(seen, {
            ('boot', 'kernel', 'WARNING: at mm/boot.c early'): 'reported',
            ('cow', 'kernel', 'WARNING: at mm/rmap.c folio_add'): 'reported',
            ('vmalloc', 'kernel', 'fix_size_alloc_test'): 'pass',
            ('vmalloc', 'kernel', 'pcpu_alloc_test'): 'fail'})

    def test_a_report_is_the_same_wherever_it_happens(self):
        moved = (CONSOLE.replace('CPU: 1 PID: 77', 'CPU: 0 PID: 9')
                 .replace('rmap.c:1234', 'rmap.c:1250')
                 .replace('+0x12/0x340', '+0x14/0x350')
                 .replace('[    9.', '[   19.'))
        self.assertEqual(results.parse_console(CONSOLE),
                         results.parse_console(moved))

    def test_results_survive_being_stored(self):
        text = results.dump(self.seen)
        self.assertEqual(results.load(text), self.seen)


if __name__ == '__main__':
    tap.main()
