#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ci/vm, without a machine: what it refuses, what it builds of its options, and
how it judges what a machine left behind."""
import contextlib
import io
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../../ci'), os.path.join(HERE, '../lib')]
import script  # noqa: E402
import tap     # noqa: E402

vm = script.load(os.path.join(HERE, '../../ci/vm'))


def arguments(*words):
    sys.argv = ['vm', *words]
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            return vm.parse_arguments(), ''
        except SystemExit:
            return None, said.getvalue()


class Refusing(unittest.TestCase):
    def refuse(self, words, reason):
        args, said = arguments(*words)
        self.assertIsNone(args)
        self.assertIn(reason, said)

    def test_nothing_to_do(self):
        self.refuse([], 'give a command')

    def test_a_command_and_a_shell(self):
        self.refuse(['--shell', '--', 'true'], 'give a command')

    def test_determinism_with_two_cpus(self):
        self.refuse(['--icount', '--cpus', '2', '--', 'true'], 'one CPU')

    def test_determinism_with_kvm(self):
        self.refuse(['--icount', '--kvm', '--', 'true'], 'excludes --kvm')

    def test_no_node_at_all(self):
        self.refuse(['--numa', '0', '--', 'true'], 'at least one node')

    def test_a_size_without_sense(self):
        for text in ('many', '', '5T', 'M'):
            with self.assertRaises(SystemExit) as caught, \
                    contextlib.redirect_stderr(io.StringIO()):
                vm.size_in_bytes(text)
            self.assertEqual(caught.exception.code, vm.NOT_STARTED)


class Building(unittest.TestCase):
    def command(self, *words):
        args, said = arguments(*words, '--', 'true')
        self.assertTrue(args, said)
        return ' '.join(vm.qemu_command(args, '/run-directory'))

    def test_kvm_is_never_used_unasked(self):
        self.assertNotIn('kvm', self.command())
        self.assertIn('-accel kvm', self.command('--kvm'))

    def test_determinism_counts_instructions_on_one_cpu(self):
        command = self.command('--icount')
        for word in ('-icount shift=0,sleep=off', 'tcg,thread=single',
                     '-smp 1', 'nokaslr'):
            self.assertIn(word, command)

    def test_the_host_s_root_is_read_only(self):
        self.assertIn('id=root,path=/,security_model=none,readonly=on',
                      self.command())

    def test_memory_is_shared_out_to_the_last_byte(self):
        args, _ = arguments('--numa', '3', '--memory', '1000M', '--', 'true')
        sizes = [int(word.split('size=')[1])
                 for word in vm.memory_arguments(args) if 'size=' in word]
        self.assertEqual(len(sizes), 3)
        self.assertEqual(sum(sizes), 1000 << 20)

    def test_a_node_beyond_the_cpus_has_none(self):
        args, _ = arguments('--numa', '2', '--cpus', '1', '--', 'true')
        near, far = [word for word in vm.memory_arguments(args)
                     if word.startswith('node,')]
        self.assertIn('cpus=0', near)
        self.assertNotIn('cpus=', far)


class Judging(unittest.TestCase):
    WARNING = '[    1.0] WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2\n'

    def judge(self, *words, killed=False, console='[ 0.1] up\n', status='',
              qemu=''):
        args, _ = arguments(*words, '--', 'true')
        return vm.verdict(args, killed, console, status, qemu)[0]

    def test_a_command_s_status_is_passed_on(self):
        self.assertEqual(self.judge(status='0'), 0)
        self.assertEqual(self.judge(status='3'), 3)

    def test_no_status_means_that_the_machine_died(self):
        self.assertEqual(self.judge(), vm.DIED)

    def test_a_report_outweighs_a_good_status(self):
        self.assertEqual(self.judge(console=self.WARNING, status='0'), vm.SPLAT)

    def test_a_report_without_a_status_is_a_death(self):
        self.assertEqual(self.judge(console=self.WARNING), vm.DIED)

    def test_time_up_outweighs_all(self):
        self.assertEqual(self.judge(killed=True, console=self.WARNING,
                                    status='0'), vm.TIMED_OUT)

    def test_qemu_s_refusal_is_told_apart_from_a_death(self):
        self.assertEqual(self.judge(console='', qemu='no such device'),
                         vm.NOT_STARTED)

    def test_a_wanted_report_is_needed_and_hides_no_other(self):
        wanted = ('--expect-splat', 'a.c')
        self.assertEqual(self.judge(*wanted, status='0'), vm.SPLAT)
        self.assertEqual(self.judge(*wanted, console=self.WARNING, status='0'), 0)
        self.assertEqual(
            self.judge(*wanted, console=self.WARNING +
                       self.WARNING.replace('a.c', 'b.c'), status='0'), vm.SPLAT)


if __name__ == '__main__':
    tap.main()
