#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ci/test judges a test's output without being fooled."""
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../ci'), os.path.join(HERE, '../lib')]
import script  # noqa: E402
import tap     # noqa: E402


runner = script.load(os.path.join(HERE, '../../ci/test'))

# Programs without a line of their own: the test that runs them ...
RUN_BY = {
    'races/stress': 'races/stress.sh',
    'hostile/pressure': 'hostile/pressure.sh',
    'hostile/storms': 'hostile/storms.sh',
    'hostile/survived': 'hostile/survived.sh',
    'hostile/task': 'hostile/survived.sh',
    'mm-stock/guest': 'mm-stock/compare',
    'mm-stock/run': 'mm-stock/compare',
    'paging/opt': 'paging/tools.sh',
    'paging/pages': 'paging/tools.sh',
    'paging/paging': 'paging/tools.sh',
    'paging/under': 'paging/table1.sh',
    'policy/costs': 'policy/costs.sh',
    'races/pause': 'races/pause.sh',
    'userland/keeper': 'userland/kaku.sh',
    'userland/library': 'userland/test_library.py',
}
# ... or why nobody does in a run of everything
NO_TEST = {
    'paging/trace.sh': 'records for a bench what a program references',
}
NO_AREAS = {'lib': 'parts of tests', 'bench': 'ci/bench runs them'}


def programs(top):
    """What is executable in an area of @top, or becomes so."""
    for area in sorted(os.listdir(top)):
        folder = os.path.join(top, area)
        if area in NO_AREAS or not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if not os.path.isfile(path):
                continue
            if os.access(path, os.X_OK):
                yield f'{area}/{name}'
            elif name.endswith('.c'):
                with open(path, encoding='utf-8') as source:
                    if re.search(r'^(int|void) main\(', source.read(), re.M):
                        yield f'{area}/{name[:-2]}'


def forgotten(top, listed):
    """Programs that nobody runs and nobody excuses, and excuses that are none."""
    there = set(programs(top))
    wrong = [f'{name} is on no line' for name in sorted(there)
             if name not in listed | RUN_BY.keys() | NO_TEST.keys()]
    wrong += [f'{name} is not there' for name in [*RUN_BY, *NO_TEST]
              if name not in there]
    wrong += [f'{name} is on a line' for name in NO_TEST if name in listed]
    wrong += [f'{test}, which runs {name}, is on no line'
              for name, test in RUN_BY.items() if test not in listed]
    return wrong


def verdicts(output, status=0):
    return [p[0] for p in runner.judge(output.splitlines(), status)]


class Judging(unittest.TestCase):
    def test_no_output_and_a_bad_exit_is_a_failure(self):
        self.assertEqual(verdicts('', 1), ['failed'])

    def test_points_without_a_plan_are_a_failure(self):
        self.assertEqual(verdicts('ok 1 - a\n'), ['passed', 'failed'])

    def test_bailing_out_is_a_failure(self):
        self.assertEqual(verdicts('ok 1 - a\n1..1\nBail out! no memory\n', 0),
                         ['passed', 'failed'])

    def test_exit_status_four_without_a_skip_is_a_failure(self):
        self.assertEqual(verdicts('ok 1 - a\n1..1\n', 4), ['passed', 'failed'])

    def test_only_good_points_but_a_bad_exit_is_a_failure(self):
        self.assertEqual(verdicts('ok 1 - a\n1..1\n', 1), ['passed', 'failed'])

    def test_a_plan_that_is_not_kept_is_a_failure(self):
        self.assertEqual(verdicts('1..3\nok 1 - a\nok 2 - b\n'),
                         ['passed', 'passed', 'failed'])

    def test_a_test_that_never_ended_is_a_failure(self):
        self.assertEqual(verdicts('ok 1 - a\n', None), ['passed', 'failed'])

    def test_a_time_out_is_a_failure(self):
        self.assertEqual(verdicts('', 124), ['failed'])

    def test_not_ok_is_a_failure_whatever_the_exit_status(self):
        self.assertEqual(verdicts('1..1\nnot ok 1 - a\n', 0), ['failed'])

    def test_a_failure_is_counted_once(self):
        self.assertEqual(verdicts('not ok 1 - a\n1..1\n', 1), ['failed'])

    def test_a_skip_keeps_its_reason(self):
        points = runner.judge(['ok 1 - a # SKIP no such device', '1..1'], 4)
        self.assertEqual(points, [('skipped', 'a', 'no such device')])

    def test_exit_status_four_without_points_is_a_skip(self):
        points = runner.judge(['1..0 # SKIP no swap'], 4)
        self.assertEqual(points, [('skipped', 'whole test', 'no swap')])

    def test_a_program_without_tap_counts_as_one(self):
        self.assertEqual(verdicts('hello\n'), ['passed'])

    def test_words_that_only_begin_like_tap_are_no_points(self):
        self.assertEqual(verdicts('okay then\nnot okay\n'), ['passed'])


class Machines(unittest.TestCase):
    """run_machine() with a machine that is a shell script."""
    FAKE = """#!/bin/sh
    echo '@kaku@ start'; echo 'ok 1 - a'; echo 1..1; echo; echo '@kaku@ end 0'
    %s"""

    def run_with(self, script, timed=False):
        with tempfile.TemporaryDirectory() as root:
            for name in ('ci/vm', 'selftests/base/a.sh', 'selftests/base/b.sh'):
                path = os.path.join(root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(self.FAKE % script)
                os.chmod(path, 0o755)
            tests = [runner.Test('test', 1, f'base/{name}.sh', [], ['test'], timed)
                     for name in 'ab']
            kept = runner.ROOT, runner.BUILD, runner.LOGS
            runner.ROOT, runner.BUILD = root, root
            runner.LOGS = os.path.join(root, 'test')
            try:
                with contextlib.redirect_stdout(io.StringIO()) as said:
                    reporter = runner.Reporter(2)
                    tests += runner.run_machine(tests, reporter)
                    runner.try_again(tests, reporter)
                    status = runner.summary(tests, 1)
            finally:
                runner.ROOT, runner.BUILD, runner.LOGS = kept
        return status, [[p[0] for p in t.points] for t in tests], said.getvalue()

    SECOND = "echo '@kaku@ start'; echo 'ok 1 - b'; echo 1..1; echo '@kaku@ end 0';"

    def test_who_wants_to_be_asked_is_run_by_name_only(self):
        def listed(*words):
            return subprocess.run([os.path.join(runner.ROOT, 'ci/test'), '--list', *words],
                                  stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertRegex(listed('hostile'), r'debug +250 s  hostile/survived\.sh')
        self.assertNotRegex(listed(), r'debug +250 s  hostile/survived\.sh')
        self.assertRegex(listed(), r'test +50 s  hostile/survived\.sh')

    def test_who_wants_to_be_alone_comes_last_and_is(self):
        tests = [runner.Test('test', 9 if alone else 1, name, [name], ['test'], False, alone)
                 for name, alone in (('a', True), ('b', False), ('c', True), ('d', False))]
        running, order, beside = set(), [], {}

        def run(group, _):
            running.add(group[0].name)
            time.sleep(0.05)
            beside[group[0].name] = len(running)
            order.append(group[0].name)
            running.remove(group[0].name)
            return [group[0].name + ' booted']

        kept = runner.run_machine
        runner.run_machine = run
        try:
            more = runner.run_all(tests, None)
        finally:
            runner.run_machine = kept
        self.assertEqual(set(order[:2]), {'b', 'd'})
        self.assertEqual([beside['a'], beside['c']], [1, 1])
        self.assertEqual(sorted(more), [f'{name} booted' for name in 'abcd'])

    def test_a_quiet_machine_passes(self):
        status, points, _ = self.run_with(self.SECOND)
        self.assertEqual((status, points), (0, [['passed'], ['passed']]))

    def test_a_kernel_report_fails_the_run_and_names_the_test(self):
        status, points, said = self.run_with(
            self.SECOND + "echo 'vm: (during base/b.sh)'; exit 120")
        self.assertEqual((status, points),
                         (1, [['passed'], ['passed'], ['failed']]))
        self.assertIn('the kernel complained during base/b.sh', said)

    def test_a_machine_that_dies_fails_what_it_did_not_run(self):
        status, points, said = self.run_with("echo 'vm: gone'; exit 121")
        self.assertEqual((status, points),
                         (1, [['passed'], ['failed'], ['failed']]))
        self.assertIn('the kernel died', said)

    def test_a_machine_that_dies_under_a_test_fails_it(self):
        status, points, _ = self.run_with(
            "echo '@kaku@ start'; echo 'ok 1 - b'; exit 124")
        self.assertEqual((status, points),
                         (1, [['passed'], ['passed', 'failed'], ['failed']]))

    ONCE = ("[ -e $0.ran ] && exit 0; touch $0.ran; echo '@kaku@ start';"
            "echo 'not ok 1 - b'; echo 1..1; echo '@kaku@ end 1'")

    def test_a_second_try_is_counted_and_is_no_point(self):
        status, points, said = self.run_with(self.ONCE, timed=True)
        self.assertEqual((status, points), (0, [['passed'], ['passed']]))
        self.assertEqual(said.splitlines()[-3:], [
            '1 at the second try: base/b.sh [test]',
            '2 tests in 0 min 01 s', '2 passed, 0 failed, 0 skipped'])

    def test_what_is_not_timed_has_one_try(self):
        status, points, said = self.run_with(self.ONCE)
        self.assertEqual((status, points), (1, [['passed'], ['failed']]))
        self.assertNotIn('second', said)

    def test_a_second_try_that_fails_is_only_a_failure(self):
        test = runner.Test('test', 1, 'base/a.sh', [], ['test'], timed=True)
        test.again, test.points = True, [('failed', 'a', '')]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(runner.summary([test], 1), 1)
        self.assertNotIn('second', said.getvalue())

    STALE = ("echo '@kaku@ start'; echo 'vm: [ 1.0] Oops: int3: 0000 [#1]';"
             "echo 'vm: [ 1.0] Code: eb 0c f7 %s <90> 48 8b'; exit 121")

    def test_a_machine_that_ran_stale_code_is_tried_again(self):
        status, points, said = self.run_with(
            '[ -e $0.ran ] && exit 0; touch $0.ran;' + self.STALE % '66')
        self.assertEqual((status, points), (0, [['passed'], ['passed']]))
        self.assertIn('again, since the emulator', said)

    def test_a_machine_that_dies_of_it_after_the_last_test_fails(self):
        status, points, said = self.run_with(
            '[ -e $0.ran ] || { touch $0.ran;' + self.STALE % '66' + '; };' +
            self.STALE % '66')
        self.assertEqual((status, points[-1], said.count('again, since')),
                         (1, ['failed'], 1))

    def test_a_breakpoint_that_is_there_is_no_stale_code(self):
        status, _, said = self.run_with(
            '[ -e $0.ran ] && exit 0; touch $0.ran;' + self.STALE % 'cc')
        self.assertEqual(status, 1)
        self.assertNotIn('again', said)


class Listing(unittest.TestCase):
    def read(self, text):
        with tempfile.NamedTemporaryFile('w') as f:
            f.write(text)
            f.flush()
            return runner.read_list(f.name)

    def test_a_line_without_a_duration_is_refused(self):
        with self.assertRaises(SystemExit) as caught:
            self.read('host x/y.sh\n')
        self.assertIn(':1: want: where seconds name', str(caught.exception))

    def test_each_kernel_is_a_test_of_its_own(self):
        tests = self.read('test,debug 2 a/b --cpus=1 # why\n# none\n\n')
        self.assertEqual([(t.where, t.options, t.needs) for t in tests],
                         [('test', ['--cpus=1'], ['test']),
                          ('debug', ['--cpus=1', '--parallel'], ['debug'])])

    def test_a_host_test_names_its_kernels(self):
        test, = self.read('host 2 a/b needs=test,stock\n')
        self.assertEqual((test.needs, test.options), (['test', 'stock'], []))

    def test_tests_of_one_kind_of_machine_share_it(self):
        tests = self.read('test 1 a\ntest 1 b\ntest 1 c --numa=2\nhost 1 d\n')
        jobs = runner.jobs_of(tests)
        self.assertEqual(sorted(len(j[1]) if isinstance(j[1], list) else 1
                                for j in jobs), [1, 1, 2])

    def test_the_project_s_own_list_names_programs_or_sources(self):
        top = os.path.join(HERE, '..')
        for test in runner.read_list(os.path.join(top, 'tests')):
            path = os.path.join(top, test.name)
            self.assertTrue(os.access(path, os.X_OK) or
                            os.path.exists(path + '.c'), test.name)

    def test_every_test_program_is_on_the_list(self):
        top = os.path.join(HERE, '..')
        listed = {t.name for t in runner.read_list(os.path.join(top, 'tests'))}
        self.assertEqual(forgotten(top, listed), [])

    def test_a_program_without_a_line_is_found_in_every_area(self):
        top = os.path.join(HERE, '..')
        listed = {t.name for t in runner.read_list(os.path.join(top, 'tests'))}
        with tempfile.TemporaryDirectory() as copy:
            shutil.copytree(top, copy, dirs_exist_ok=True)
            for path, text, mode in (
                    ('policy/new.c', 'int main(void)\n{\n}\n', 0o644),
                    ('hostile/new.sh', '', 0o755), ('novel/new.py', '', 0o755),
                    ('races/part.c', 'static int mainly(void);\n', 0o644)):
                path = os.path.join(copy, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(text)
                os.chmod(path, mode)
            self.assertEqual(forgotten(copy, listed), [
                'hostile/new.sh is on no line', 'novel/new.py is on no line',
                'policy/new is on no line'])

    def test_an_excuse_ends_with_the_line_that_it_waited_for(self):
        top = os.path.join(HERE, '..')
        listed = {t.name for t in runner.read_list(os.path.join(top, 'tests'))}
        self.assertEqual(forgotten(top, listed | {'paging/trace.sh'}),
                         ['paging/trace.sh is on a line'])
        self.assertIn('hostile/storms.sh, which runs hostile/storms, is on no line',
                      forgotten(top, listed - {'hostile/storms.sh'}))


if __name__ == '__main__':
    tap.main()
