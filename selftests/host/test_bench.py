#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ci/bench reports what is wrong with a measurement, and computes what it says."""
import contextlib
import io
import json
import os
import re
import shlex
import sys
import tempfile
import unittest
from unittest import mock
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, 'ci'), os.path.join(HERE, '../lib')]
import picture  # noqa: E402
import script   # noqa: E402
import tap      # noqa: E402

bench = script.load(os.path.join(ROOT, 'ci/bench'))

BENCH = '''# a comment
title: Things
command: things.sh
case: one quick -- the first
case: two -- the second
case: size unlimited -- how large
'''


def things():
    return bench.parse_bench('things', BENCH)


def run_of(*lines, cases=('one', 'two', 'size')):
    run = bench.Run(things(), list(cases))
    for line in lines:
        run.read(line)
    run.complete()
    return run


def runs_of(kernel_values):
    """{kernel: [Run]} of {kernel: [values of 'one' in each run]}"""
    return {kernel: [run_of(f'things one ns {value} ns', cases=['one'])
                     for value in values]
            for kernel, values in kernel_values.items()}


def records_of(kernel_values, previous=None):
    return bench.evaluate(things(), runs_of(kernel_values), 'stock',
                          previous or {})


class BrokenBenchFiles(unittest.TestCase):
    def refuse(self, text, words):
        with self.assertRaisesRegex(bench.Trouble, words):
            bench.parse_bench('things', text)

    def test_a_line_without_a_key(self):
        self.refuse(BENCH + 'nonsense\n', r'things.bench:7: not "key: value"')

    def test_an_unknown_setting(self):
        self.refuse(BENCH + 'colour: red\n', 'no setting "colour"')

    def test_an_unknown_flag(self):
        self.refuse(BENCH + 'case: three fast -- x\n', 'not fast')

    def test_a_requirement_that_is_none(self):
        for words in ('one ns value < x', 'one ns share < 1', 'one ns value = 1', 'one'):
            self.refuse(BENCH + f'require: {words}\n', 'things.bench:7: not')

    def test_a_requirement_of_nothing(self):
        self.refuse(BENCH + 'require: thre* ns value < 1\n', 'of thre.*no case')

    def test_a_limit_that_is_no_number(self):
        self.refuse(BENCH + 'limit: low\n', 'things.bench:7: not a number: low')

    def test_a_case_twice(self):
        self.refuse(BENCH + 'case: one -- again\n', 'one is there twice')

    def test_no_case(self):
        self.refuse('title: x\ncommand: y\n', 'needs a title')

    def test_no_such_bench(self):
        with self.assertRaisesRegex(bench.Trouble, 'no bench "nosuch"'):
            bench.load_bench('nosuch')


class Braces(unittest.TestCase):
    def test_braces_are_expanded(self):
        self.assertEqual(bench.expand('a/{b,c}/{1,2}'),
                         ['a/b/1', 'a/b/2', 'a/c/1', 'a/c/2'])
        self.assertEqual(bench.expand('{root}'), ['{root}'])

    def test_cases_and_requirements_may_have_them(self):
        one = bench.parse_bench('x', 'title: x\ncommand: y\ncase: {a,b}/c ours -- z\n'
                                'require: {a,b}/* ns value < 1\n')
        self.assertEqual(list(one.cases), ['a/c', 'b/c'])
        self.assertEqual([r.case for r in one.required], ['a/*', 'b/*'])


class OursOnly(unittest.TestCase):
    """A case that only our kernel has."""
    BENCH = BENCH.replace('case: two ', 'case: two ours ')

    def results(self, ours):
        lines = {'stock': ['things one ns 2 ns'],
                 'test': ['things one ns 1 ns', *ours]}
        one = bench.parse_bench('things', self.BENCH)

        def machine(_, kernel, cases, _progress):
            return run_of(*lines[kernel], cases=one.cases_on(kernel, cases))
        with mock.patch.object(bench, 'run_machine', machine), \
                contextlib.redirect_stderr(io.StringIO()):
            return one, bench.run_all(one, ['stock', 'test'], 1, ['one', 'two'])

    def test_stock_is_not_asked_for_it(self):
        one = bench.parse_bench('things', self.BENCH)
        self.assertEqual(one.cases_on('stock', ['one', 'two']), ['one'])
        self.assertEqual(one.cases_on('test', ['one', 'two']), ['one', 'two'])

    def test_ours_must_have_it(self):
        with self.assertRaisesRegex(bench.Trouble, 'no figure for two'):
            self.results([])

    def test_it_has_no_ratio_and_its_place_in_the_table(self):
        one, results = self.results(['things two ns 5 ns'])
        records = bench.evaluate(one, results, 'stock', {})
        self.assertEqual([(r['kernel'], r['case'], r['ratio']) for r in records],
                         [('stock', 'one', None), ('test', 'one', 0.5),
                          ('test', 'two', None)])
        self.assertEqual(bench.table(records, ['stock', 'test'])[2].split(),
                         ['two', 'ns', 'ns', '5'])
        ET.fromstring(bench.draw(one, records, ['stock', 'test'], 'stock', ''))

    def test_a_kernel_must_have_a_case_at_all(self):
        one = bench.parse_bench('things', self.BENCH)
        args = bench.parse_arguments(['things', '--only', 'stock', '--case', 'two'])
        with self.assertRaisesRegex(bench.Trouble, '"stock" has none'):
            bench.choose(args, one)


class Matrices(unittest.TestCase):
    def setUp(self):
        self.bench = bench.parse_bench(
            'things', 'title: t\ncommand: c\nmatrix: ns\n'
            'case: {r1,r2}/stock-x -- w\ncase: {r1,r2}/mine -- w\n')
        cases = list(self.bench.cases)
        results = {kernel: [run_of(*(f'things {case} ns {value + i} ns'
                                     for i, case in enumerate(cases)), cases=cases)]
                   for kernel, value in (('stock', 100), ('test', 200))}
        self.records = bench.evaluate(self.bench, results, 'stock', {})

    def test_what_is_called_stock_was_measured_on_stock(self):
        self.assertEqual([line.split() for line in
                          bench.matrix_table(self.bench, self.records)],
                         [['ns', 'stock-x', 'mine'], ['r1', '100', '202'],
                          ['r2', '101', '203']])

    def test_it_is_drawn_with_its_figures(self):
        svg = bench.draw_matrix(self.bench, self.records, 'footer')
        words = [e.text for e in ET.fromstring(svg).iter() if e.text]
        for word in ('stock-x', 'mine', 'r1', 'r2', '100', '203', 'footer'):
            self.assertIn(word, words)

    def test_a_cell_that_was_not_measured_is_empty(self):
        lines = bench.matrix_table(self.bench, [r for r in self.records
                                                if r['case'] != 'r2/stock-x'])
        self.assertEqual(lines[2].split(), ['r2', '203'])


class BrokenRuns(unittest.TestCase):
    def refuse(self, words, *lines, cases=('one', 'two', 'size')):
        with self.assertRaisesRegex(bench.Trouble, words):
            run_of(*lines, cases=cases)

    def test_a_missing_figure(self):
        self.refuse('no figure for two, size', 'things one ns 1 ns')

    def test_no_output_at_all(self):
        self.refuse('no figure for one, two, size')

    def test_a_figure_without_a_unit(self):
        self.refuse('not "BENCH CASE', 'things one ns 1')

    def test_too_many_words(self):
        self.refuse('not "BENCH CASE', 'things one ns 1 ns more')

    def test_a_value_that_is_no_number(self):
        for value in ('x', 'nan', 'inf', '-1', '1,5'):
            self.refuse('is no figure', f'things one ns {value} ns')

    def test_a_figure_twice(self):
        self.refuse('twice', 'things one ns 1 ns', 'things one ns 2 ns')

    def test_a_figure_of_an_unknown_case(self):
        self.refuse('unknown case', 'things three ns 1 ns')

    def test_a_comparison_with_nothing(self):
        self.refuse('compared with two', 'things one ns 1 ns against=two',
                    cases=['one'])

    def test_other_words_are_kept_and_are_no_figures(self):
        run = run_of('# cpu: a cpu', 'things: an error', 'something else',
                     'things one ns 1.5 ns', cases=['one'])
        self.assertEqual(run.words, ['things: an error', 'something else'])
        self.assertEqual(run.facts, {'cpu': 'a cpu'})
        self.assertEqual(run.figures['one', 'ns'].value, 1.5)


class Machines(unittest.TestCase):
    """run_machine() with a ci/vm that is a shell script."""

    def run_with(self, script):
        progress = bench.Progress(things(), 1, ['one'])
        with mock.patch.object(bench, 'vm_command',
                               lambda *_: ['sh', '-c', script]):
            return bench.run_machine(things(), 'test', ['one'], progress)

    def test_a_machine_that_fails(self):
        with self.assertRaisesRegex(bench.Trouble,
                                    'status 121: vm: the machine stopped'):
            self.run_with('echo vm: the machine stopped >&2; exit 121')

    def test_a_program_that_fails_after_its_figure(self):
        with self.assertRaisesRegex(bench.Trouble, 'status 1: things: no disk'):
            self.run_with('echo things one ns 1 ns; echo things: no disk; exit 1')

    def test_a_program_that_ends_without_its_figure(self):
        with self.assertRaisesRegex(bench.Trouble, 'no figure for one'):
            self.run_with('true')

    def test_a_run_that_is_well(self):
        run = self.run_with('echo things one ns 7476.2 ns')
        self.assertEqual(run.figures['one', 'ns'].value, 7476.2)


class Uneven(unittest.TestCase):
    def test_a_figure_that_only_one_kernel_has(self):
        lines = {'stock': ['things one ns 1 ns'],
                 'test': ['things one ns 1 ns', 'things one bytes 1 B']}
        with mock.patch.object(
                bench, 'run_machine', lambda _, kernel, cases, progress:
                run_of(*lines[kernel], cases=cases)), \
                contextlib.redirect_stderr(io.StringIO()), \
                self.assertRaisesRegex(bench.Trouble,
                                       'stock: one bytes is missing'):
            bench.run_all(things(), ['stock', 'test'], 2, ['one'])


class Limits(unittest.TestCase):
    def broken(self, kernel_values, previous=None):
        return list(bench.broken_limits(
            things(), records_of(kernel_values, previous), 'stock'))

    def test_ours_dearer_by_0_3_per_cent_is_reported(self):
        self.assertEqual(self.broken({'stock': [1000, 1000], 'test': [1003, 1003]}),
                         ['one ns on ours: +0.30 % against stock'])

    def test_ours_a_little_cheaper_is_not(self):
        self.assertEqual(self.broken({'stock': [1000, 1000], 'test': [960, 960]}), [])

    def test_ours_cheaper_by_6_per_cent_is_reported(self):
        self.assertEqual(self.broken({'stock': [1000, 1000], 'test': [940, 940]}),
                         ['one ns on ours: -6.00 % against stock'])

    def test_runs_that_differ_by_0_6_per_cent_are_reported(self):
        self.assertEqual(self.broken({'stock': [1000, 1000], 'test': [997, 1003]}),
                         ['one ns on ours: the runs differ by 0.60 %'])

    def test_a_previous_time_that_differs_by_0_6_per_cent_is_reported(self):
        self.assertEqual(
            self.broken({'stock': [1000, 1000], 'test': [1000, 1000]},
                        {('stock', 'one', 'ns'): 994}),
            ['one ns on stock: it differs from the previous time by 0.60 %'])

    def test_what_is_within_the_limits_is_not_reported(self):
        self.assertEqual(
            self.broken({'stock': [1000, 1004], 'test': [1003, 1004]},
                        {('stock', 'one', 'ns'): 1000}), [])

    def test_a_bench_may_have_another_limit(self):
        other = bench.parse_bench('things', BENCH + 'limit: 0.01\n')
        records = records_of({'stock': [1000, 1000], 'test': [1009, 1009]})
        self.assertEqual(list(bench.broken_limits(other, records, 'stock')), [])

    def test_a_bench_may_repeat_worse(self):
        other = bench.parse_bench('things', BENCH + 'repeat: 0.1\n')
        records = records_of({'stock': [1000, 1050], 'test': [1000, 1050]})
        self.assertEqual(list(bench.broken_limits(other, records, 'stock')), [])
        records = records_of({'stock': [1000, 1150], 'test': [1000, 1150]})
        self.assertEqual(len(list(bench.broken_limits(other, records, 'stock'))), 2)

    def test_an_unlimited_case_may_differ_from_stock(self):
        results = {kernel: [run_of(f'things size B {size} B', cases=['size'])]
                   for kernel, size in (('stock', 100), ('test', 200))}
        records = bench.evaluate(things(), results, 'stock', {})
        self.assertEqual(records[1]['ratio'], 2.0)
        self.assertEqual(list(bench.broken_limits(things(), records, 'stock')), [])

    def required(self, words, kernel_values):
        one = bench.parse_bench('things', BENCH.replace('one quick', 'one unlimited') +
                                f'require: {words}\n')
        records = bench.evaluate(one, runs_of(kernel_values), 'stock', {})
        return list(bench.broken_limits(one, records, 'stock'))

    def test_a_required_ratio_that_nothing_was_compared_for_is_reported(self):
        one = bench.parse_bench('things', BENCH.replace('one quick', 'one ours') +
                                'require: one ns ratio <= 1\n')
        records = bench.evaluate(one, {'test': runs_of({'test': [970]})['test']},
                                 'stock', {})
        self.assertEqual(list(bench.broken_limits(one, records, 'stock')),
                         ['one ns on ours: required is ratio <= 1, and it is none'])
        # One kernel alone has nothing to be compared with, and nor has the baseline
        for baseline in None, 'test':
            records = bench.evaluate(
                one, {'test': runs_of({'test': [970]})['test']}, baseline, {})
            self.assertEqual(list(bench.broken_limits(one, records, baseline)), [])

    def test_a_requirement_that_is_met(self):
        for words in ('on* ns ratio <= 0.97', 'one ns value == 970', 'one ns value > 0'):
            self.assertEqual(self.required(words, {'stock': [1000], 'test': [970]}), [])

    def test_a_requirement_that_is_not_met(self):
        self.assertEqual(
            self.required('one ns ratio <= 0.97', {'stock': [1000], 'test': [980]}),
            ['one ns on ours: required is ratio <= 0.97, and it is 0.98'])
        self.assertEqual(
            self.required('one ns value == 0', {'stock': [0], 'test': [1]}),
            ['one ns on ours: required is value == 0, and it is 1'])

    def test_a_ratio_to_nothing_does_not_meet_a_requirement(self):
        self.assertEqual(
            self.required('one ns ratio <= 0.97', {'stock': [0], 'test': [0]}),
            ['one ns on ours: required is ratio <= 0.97, and it is none'])

    def test_nothing_is_required_of_stock(self):
        self.assertEqual(self.required('one ns value < 5', {'stock': [9]}), [])

    def test_check_needs_something_to_compare(self):
        for argv in (['x', '--check', '--only', 'test'],
                     ['x', '--check', '--runs', '1'], ['x', '--runs', '0']):
            with self.assertRaises(SystemExit), \
                    contextlib.redirect_stderr(io.StringIO()):
                bench.parse_arguments(argv)


class Figures(unittest.TestCase):
    def test_difference(self):
        self.assertEqual(bench.difference([5, 5]), 0)
        self.assertEqual(bench.difference([0, 0]), 0)
        self.assertAlmostEqual(bench.difference([99, 100, 101]), 0.02)

    def test_ratio_and_repeat(self):
        stock, ours = records_of({'stock': [1000, 1002], 'test': [1001, 1003]},
                                 {('test', 'one', 'ns'): 1002})
        self.assertEqual((stock['value'], stock['against'], stock['ratio']),
                         (1001, None, None))
        self.assertEqual((ours['value'], ours['against'], ours['ratio']),
                         (1002, 'stock', 1.000999))
        self.assertEqual(ours['repeat'], 0.001996)
        self.assertEqual((ours['previous'], ours['previous_repeat']), (1002, 0))
        self.assertNotIn('previous', stock)

    def test_one_run_says_nothing_of_repeating(self):
        self.assertIsNone(records_of({'stock': [1], 'test': [1]})[0]['repeat'])

    def test_a_case_against_another_of_the_same_kernel(self):
        results = {'test': [run_of('things one ns 50 ns',
                                   'things two ns 100 ns against=one',
                                   cases=['one', 'two'])]}
        two = bench.evaluate(things(), results, None, {})[1]
        self.assertEqual((two['against'], two['ratio']), ('one', 2.0))

    def test_zero_has_no_ratio(self):
        ours = records_of({'stock': [0, 0], 'test': [0, 0]})[1]
        self.assertIsNone(ours['ratio'])

    def test_every_figure_is_in_the_table(self):
        lines = bench.table(records_of({'stock': [1000, 1000],
                                        'test': [7476.2, 7476.2]}),
                            ['stock', 'test'])
        self.assertEqual(lines[0].split(), ['case', 'metric', 'unit', 'stock',
                                            'ours', 'ratio', 'repeat'])
        self.assertEqual(lines[1].split(), ['one', 'ns', 'ns', '1', '000', '7',
                                            '476.2', '7.4762', '0.00', '%'])


class Previous(unittest.TestCase):
    SETUP = {'memory': '1G', 'images': {'test': 'a'}}

    def read(self, text, setup=None):
        with tempfile.NamedTemporaryFile('w', suffix='.jsonl') as f:
            f.write(text)
            f.flush()
            return bench.read_previous(f.name, setup or self.SETUP)

    def file(self):
        return ''.join(json.dumps(r) + '\n' for r in (
            {'setup': self.SETUP},
            {'kernel': 'test', 'case': 'one', 'metric': 'ns', 'value': 1}))

    def test_a_file_that_is_not_there_or_broken(self):
        self.assertEqual(bench.read_previous('/nonexistent', self.SETUP), {})
        for text in ('', 'nonsense\n', '{}\n', '[]\n', '3\n', '{"setup": 3}\n',
                     self.file() + '{"kernel": "test"}\n', self.file()[:-9]):
            self.assertEqual(self.read(text), {}, text)

    def test_another_kernel_or_setup_is_not_the_same_figure(self):
        for change in ({'images': {'test': 'b'}}, {'memory': '2G'}):
            self.assertEqual(self.read(self.file(), {**self.SETUP, **change}), {})

    def test_another_set_of_kernels_does_not_matter(self):
        self.assertEqual(
            self.read(self.file(), {'memory': '1G',
                                    'images': {'test': 'a', 'off': 'c'}}),
            {('test', 'one', 'ns'): 1})

    def test_the_same_is_the_same(self):
        self.assertEqual(self.read(self.file()), {('test', 'one', 'ns'): 1})


class Changes(unittest.TestCase):
    def test_what_changes_during_a_run_is_named(self):
        old = {'programs': {'a': 1, 'b': 2}, 'images': {'test': 3}}
        new = {'programs': {'a': 1, 'b': 4, 'c': 5}, 'images': {'test': 6}}
        self.assertEqual(bench.changes(old, new), ['b', 'c', 'test'])
        self.assertEqual(bench.changes(old, old), [])


class Pictures(unittest.TestCase):
    def words(self, svg):
        return [e.text for e in ET.fromstring(svg).iter() if e.text]

    def test_markup_in_words_does_no_harm(self):
        svg = picture.bars('a < b & "c"', '<i>', ['<s>', '&'],
                           [picture.Row('<r>', '&n', [picture.Bar(0, 1, '<1>')])],
                           reference='<ref>', footer='</svg>')
        for words in ('a < b & "c"', '<i>', '<s>', '<r>', '<1>', '</svg>'):
            self.assertIn(words, self.words(svg))

    def test_no_rows_and_zeroes(self):
        ET.fromstring(picture.bars('t', '', ['s'], []))
        ET.fromstring(picture.bars('t', '', ['s'], [
            picture.Row('r', '', [picture.Bar(0, 0, '0')])]))

    def test_a_bench_is_drawn_with_its_figures(self):
        svg = bench.draw(things(), records_of({'stock': [1000, 1000],
                                               'test': [1003, 1003]}),
                         ['stock', 'test'], 'stock', 'footer')
        words = self.words(svg)
        self.assertIn('1 000 ns', words)
        self.assertIn('1 003 ns', words)
        self.assertIn('+0.30 %', words)
        self.assertIn('100 % of stock', words)

    def test_one_kernel_is_drawn_without_a_reference(self):
        records = bench.evaluate(things(), runs_of({'test': [5]}), None, {})
        self.assertIn('5 ns', self.words(
            bench.draw(things(), records, ['test'], None, '')))


class OurBenches(unittest.TestCase):
    def test_each_has_its_program(self):
        self.assertIn('fault', bench.known_benches())
        for name in bench.known_benches():
            one = bench.load_bench(name)
            self.assertTrue(os.access(os.path.join(bench.SOURCES, one.command),
                                      os.X_OK), one.command)

    def test_those_of_the_demo_can_be_run(self):
        with open(os.path.join(ROOT, 'ci/demo'), encoding='utf-8') as file:
            lines = file.read().replace('\\\n', ' ').splitlines()
        commands = [shlex.split(line)[1:] for line in lines if '/ci/bench" ' in line]
        self.assertGreater(len(commands), 1)
        for words in commands:
            args = bench.parse_arguments(words)
            one = bench.load_bench(args.bench)
            self.assertEqual(bench.choose(args, one)[0], ['test'])

    def test_what_they_are_built_from_is_made_first(self):
        with mock.patch.object(bench.subprocess, 'run') as run, \
                mock.patch.object(bench.os, 'makedirs'):
            run.return_value.returncode = 0
            bench.prepare([])
        commands = [call.args[0] for call in run.call_args_list]
        self.assertEqual([os.path.basename(command[0]) for command in commands],
                         ['tools', 'make'])

    def test_the_help_of_make_names_them(self):
        with open(os.path.join(ROOT, 'Makefile'), encoding='utf-8') as file:
            named = re.search(r'^  make bench .* measure: (.*(?:\n {28}.*)*)', file.read(),
                              re.M)[1]
        for name in bench.known_benches():
            self.assertRegex(named, rf'\b{name}\b')


if __name__ == '__main__':
    tap.main()
