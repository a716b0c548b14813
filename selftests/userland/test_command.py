#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""kaku does what it is told, says what is wrong, and does nothing by half.

There is no kernel with paging policies here: fake.so answers as one.
"""
import contextlib
import errno
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest
import xml.etree.ElementTree as ET

from house import FAKE, KAKU, run
import tap

CREATE, OPEN, ATTACH, DETACH, SET, RECLAIM, INFO, NEXT, ENTRY, ALLOW, HINT = range(11)

EVENTS = '''\
CPU:0 [LOST 12 EVENTS]
 a-1 [000] ..... 10.000000: mm_policy_fault: handler=0x1 (1) page=0x100000000010 (1) kind=0x1 (1) flags=0x1 (1)
 a-1 [000] ..... 10.500000: mm_policy_prefetch: handler=0x1 (1) page=0x100000000011 (1) nr=0x4 (4)
 a-1 [000] ..... 10.600000: mm_policy_prefetch: handler=0x1 (1) page=0x100000000021 (1) nr=0x0 (0)
 a-1 [000] ..... 11.000000: mm_policy_evict: handler=0x1 (1) page=0x100000000010 (1) nr=0x1 (1) by=0x2 (2) why=0x1 (1)
 a-1 [000] ..... 12.000000: mm_policy_fault: handler=0x1 (1) page=0x100000000010 (1) kind=0x2 (2) flags=0x4 (4)
 a-1 [000] ..... 12.100000: mm_policy_fault: handler=0x1 (1) page=0x100000000011 (1) kind=0x2 (2) flags=0x18 (24)
 a-1 [000] ..... 12.000000: sched_switch: nothing
 a-1 [000] ..... 12.500000: mm_policy_eject: handler=0x1 (1) kind=0x5 (5) message=it took <20 ms>
'''  # noqa: E501


class Kernel(unittest.TestCase):
    """A directory that is a kernel to those that are started with fake.so."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.path = self.dir.name
        for name in ('dev', 'proc', 'sys/kernel/tracing/instances', 'instance/options'):
            os.makedirs(os.path.join(self.path, name))
        for name in ('dev/mm_policy', 'instance/trace_clock', 'instance/buffer_size_kb',
                     'instance/options/fields'):
            self.write(name, '')
        for event in ('fault', 'evict', 'prefetch', 'eject'):
            os.makedirs(os.path.join(self.path,
                                     f'instance/events/mm_policy/mm_policy_{event}'))
            self.write(f'instance/events/mm_policy/mm_policy_{event}/filter', '')
        self.write('instance/events/mm_policy/enable', '')
        self.write('instance/trace_pipe', EVENTS)

    def write(self, name, text):
        with open(os.path.join(self.path, name), 'w', encoding='utf-8') as file:
            file.write(text)

    def env(self, **more):
        return {**os.environ, 'LD_PRELOAD': FAKE, 'KAKU_FAKE': self.path, **more}

    def kaku(self, *words, fail=None):
        failing = ','.join(f'{call}:{how}' for call, how in (fail or {}).items())
        return run(KAKU, *words, env=self.env(KAKU_FAKE_FAIL=failing))

    def good(self, *words):
        got = self.kaku(*words)
        self.assertEqual((got.returncode, got.stderr), (0, ''), words)
        return got.stdout

    def json(self, *words):
        return json.loads(self.good(*words, '--json'))

    def bad(self, words, *command, status=1, fail=None):
        got = self.kaku(*command, fail=fail)
        self.assertEqual(got.returncode, status, (command, got.stderr))
        self.assertTrue(got.stderr.startswith('kaku: '), got.stderr)
        self.assertRegex(got.stderr, words)
        self.assertEqual(got.stdout, '')

    @contextlib.contextmanager
    def process(self):
        child = subprocess.Popen(['sleep', '60'])
        try:
            yield child.pid
        finally:
            child.kill()
            child.wait()

    def handler(self, *options):
        with self.process() as pid:
            return self.json('attach', '--pid', pid, '--policy', 'nru', *options)['handler']


class WithoutPolicies(unittest.TestCase):
    """The kernel that this runs on."""

    def setUp(self):
        if os.path.exists('/dev/mm_policy'):
            self.skipTest('this kernel has paging policies')

    def test_each_verb_says_so(self):
        pid = os.getpid()
        for command in (['attach', '--pid', pid, '--policy', 'clock'],
                        ['attach', '--pid', pid, '--handler', 1],
                        ['detach', '--pid', pid], ['set', 1, '--limit', '4M'],
                        ['reclaim', 1, '4M'], ['policy', 'list'],
                        ['policy', 'show', 'clock'], ['policy', 'unload', 'x'],
                        ['policy', 'allow', 'clock', '--nobody'], ['list'], ['show', 1],
                        ['show', '--pid', pid], ['stat', 1], ['top'], ['trace', 1],
                        ['trace', '--pid', pid]):
            got = run(KAKU, *command)
            self.assertEqual(got.returncode, 1, command)
            self.assertIn('no paging policies (CONFIG_MM_POLICY): boot', got.stderr)
            self.assertEqual(got.stdout, '')

    def test_run_says_so_with_125(self):
        got = run(KAKU, 'run', '--policy', 'clock', 'true')
        self.assertEqual(got.returncode, 125)
        self.assertIn('no paging policies', got.stderr)

    def test_probe_says_what_to_do(self):
        got = run(KAKU, 'probe')
        self.assertEqual(got.returncode, 1)
        self.assertIn('! no paging policies: boot a kernel with CONFIG_MM_POLICY=y',
                      got.stdout)
        got = json.loads(run(KAKU, 'probe', '--json').stdout)
        self.assertEqual((got['device'], got['version'], got['policies'], got['ops']),
                         (False, None, [], []))
        self.assertTrue(got['missing'])

    def test_a_policy_that_cannot_be_read(self):
        got = run(KAKU, 'policy', 'load', '/nonexistent.bpf.o')
        self.assertEqual(got.returncode, 1)
        self.assertIn('cannot read /nonexistent.bpf.o: No such file', got.stderr)

    def test_a_policy_that_is_no_object(self):
        with tempfile.NamedTemporaryFile() as half:
            with open(KAKU, 'rb') as file:
                half.write(file.read(3000))
            half.flush()
            for path in (__file__, '/proc', '/dev/null', KAKU, half.name):
                got = run(KAKU, 'policy', 'load', path)
                self.assertEqual((got.returncode, got.stdout), (1, ''), path)
                self.assertTrue(got.stderr.endswith(
                    f"kaku: {path} is no BPF object file: take one that 'clang "
                    "--target=bpf' made\n"), got.stderr)
                self.assertNotIn('Unknown error', got.stderr)

    def test_an_object_that_libbpf_does_not_understand(self):
        with tempfile.TemporaryDirectory() as path:
            source = os.path.join(path, 'x.c')
            with open(source, 'w', encoding='utf-8') as file:
                file.write('__attribute__((section("elsewhere"))) int odd = 1;\n'
                           '__attribute__((section("socket"))) int x(void *context)\n'
                           '{ return *(volatile int *)&odd; }\n')
            if run('clang', '--target=bpf', '-O2', '-g', '-c', '-o', source + '.o',
                   source).returncode:
                self.skipTest('clang does not compile for BPF')
            got = run(KAKU, 'policy', 'load', source + '.o')
        self.assertEqual((got.returncode, got.stdout), (1, ''))
        self.assertRegex(got.stderr, '^libbpf: (.|\n)* is not loaded: Invalid argument')


class Usage(Kernel):
    BAD = (
        ('there is no verb', 'fly'), ('unknown option --no', '--no'),
        ('what about policies', 'policy'), ("no verb 'fly'", 'policy', 'fly'),
        ('unknown option --fly', 'list', '--fly'), ('unknown option -x', 'list', '-x'),
        ('unknown option --json=1', 'list', '--json=1'), ('too many', 'list', '1'),
        ('needs a value', 'attach', '--pid'), ('--pid is missing', 'attach'),
        ('not a process', 'attach', '--pid', 'x'),
        ('not a process', 'attach', '--pid', '0'),
        ('not a process', 'attach', '--pid', '-5'),
        ('either --policy', 'attach', '--pid', '1'),
        ('either --policy', 'attach', '--pid', '1', '--policy', 'nru', '--handler', '1'),
        ('needs a name', 'attach', '--pid', '1', '--policy', ''),
        ('new handler', 'attach', '--pid', '1', '--handler', '1', '--limit', '4M'),
        ('new handler', 'attach', '--pid', '1', '--handler', '1', '--set', '0=1'),
        ('not a range', 'attach', '--pid', '1', '--handler', '1', '--range', '1000'),
        ("page's edge", 'attach', '--pid', '1', '--handler', '1', '--range', '1-1000'),
        ('whole process', 'attach', '--pid', '1', '--handler', '1', '--range',
         '1000-2000', '--exec'),
        ('--tag x: not a number', 'attach', '--pid', '1', '--handler', '1', '--tag', 'x'),
        ('too large', 'attach', '--pid', '1', '--handler', '1', '--tag', '4294967296'),
        ('not a size', 'attach', '--pid', '1', '--policy', 'nru', '--limit', '4Q'),
        ("'none' for no limit", 'attach', '--pid', '1', '--policy', 'nru', '--limit', '0'),
        ('not N=VALUE', 'attach', '--pid', '1', '--policy', 'nru', '--set', '8=1'),
        ('not N=VALUE', 'attach', '--pid', '1', '--policy', 'nru', '--set', '1'),
        ('not N=VALUE', 'attach', '--pid', '1', '--policy', 'nru', '--set', '=1'),
        ('the value is', 'attach', '--pid', '1', '--policy', 'nru', '--set', '1='),
        ('too long', 'attach', '--pid', '1', '--policy', 'nru', '--arg', 'x' * 64),
        ('--pid is missing', 'detach'), ('something is missing', 'set'),
        ('what shall change', 'set', '1'), ('not a handler', 'set', '0', '--limit', '4M'),
        ('not a handler', 'set', 'x', '--limit', '4M'),
        ('something is missing', 'reclaim', '1'), ('not a size', 'reclaim', '1', 'x'),
        ('something is missing', 'policy', 'load'), ('too many', 'policy', 'list', 'x'),
        ('something is missing', 'policy', 'show'), ('to whom', 'policy', 'allow', 'nru'),
        ('to whom', 'policy', 'allow', 'nru', '--nobody', '--everyone'),
        ('no such group', 'policy', 'allow', 'nru', '--group', 'no-such-group'),
        ('either a handler', 'show'), ('either a handler', 'show', '1', '--pid', '1'),
        ('something is missing', 'stat'), ('not a number', 'stat', '1', 'x'),
        ('at least 1', 'stat', '1', '0'), ('at least 1', 'stat', '1', '1', '0'),
        ('too many', 'stat', '1', '1', '1', '1'), ('too many', 'top', '1'),
        ('at least 1', 'top', '--seconds', '0'), ('unknown option -J', 'top', '-J'),
        ('too many', 'probe', '1'), ('either a handler', 'trace'),
        ('at least 1', 'trace', '1', '--seconds', '0'),
    )

    def test_each_mistake_is_named_and_nothing_is_done(self):
        for words, *command in self.BAD:
            self.bad(words, *command, status=2)
            self.assertIn("--help'.", self.kaku(*command).stderr)
        self.assertEqual(self.json('list'), [])

    def test_those_of_run_end_with_125(self):
        for words, *command in (
                ('--policy is missing', 'true'), ('what shall run', '--policy', 'nru'),
                ('give both', '--policy', 'nru', '--json', 'true'),
                ('not a size', '--policy', 'nru', '--limit', 'x', 'true')):
            self.bad(words, 'run', *command, status=125)
        self.assertEqual(self.json('list'), [])

    def test_no_words_at_all(self):
        got = self.kaku()
        self.assertEqual((got.returncode, got.stdout), (2, ''))
        self.assertIn('Usage: kaku VERB', got.stderr)

    def test_version(self):
        self.assertRegex(self.good('--version'), r'^kaku \d+\.\d+\.\d+\n$')

    def test_output_that_cannot_be_written(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            got = subprocess.run([KAKU, 'policy', 'list'], stdout=full, env=self.env(),
                                 stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(got.returncode, 1)
        self.assertIn('cannot write the output: No space left', got.stderr)


class Refusals(Kernel):
    """What the kernel says no to is told in words."""

    def test_an_unknown_policy_and_what_there_is(self):
        for command in (['run', '--policy', 'lru', 'true'], ['policy', 'show', 'lru'],
                        ['policy', 'unload', 'lru'], ['policy', 'allow', 'lru', '--nobody'],
                        ['attach', '--pid', os.getpid(), '--policy', 'a-much-too-long-name']):
            self.bad("no policy '.*clock, nru", *command,
                     status=125 if command[0] == 'run' else 1)

    def test_a_policy_that_is_not_open(self):
        self.bad("may not use policy 'closed': the administrator opens it", 'run',
                 '--policy', 'closed', 'true', status=125)

    def switch_off(self):
        os.makedirs(os.path.join(self.path, 'sys/kernel/mm/policy'))
        self.write('sys/kernel/mm/policy/enabled', '0\n')

    def test_policies_that_are_switched_off(self):
        self.switch_off()
        self.bad('switched off: echo 1 >', 'run', '--policy', 'nru', 'true', status=125,
                 fail={CREATE: errno.EPERM})
        for command in (['attach', '--policy', 'nru'], ['detach'],
                        ['attach', '--policy', 'nru', '--range', '1000+4K']):
            self.bad('switched off: echo 1 >', *command, '--pid', os.getpid(),
                     fail={ATTACH: errno.EPERM, DETACH: errno.EPERM})
        self.bad('switched off: echo 1 >', 'set', self.handler(), '--policy', 'clock',
                 fail={SET: errno.EPERM})

    def test_what_a_policy_says_no_with_is_no_trouble_of_the_device(self):
        number = self.handler()
        for error in (errno.E2BIG, errno.EACCES, errno.ENODEV, errno.ENOTTY,
                      errno.EPERM, errno.ENOENT, errno.EIO):
            words = f"policy 'nru' refused: {os.strerror(error)}"
            self.bad(words, 'run', '--policy', 'nru', 'true', status=125,
                     fail={CREATE: error})
            self.bad(words, 'attach', '--pid', os.getpid(), '--policy', 'nru',
                     fail={CREATE: error})
            for option in ('--policy', 'nru'), ('--limit', '4M'):
                self.bad(words, 'set', number, *option, fail={SET: error})
        self.bad('serve no more handlers: end some', 'run', '--policy', 'nru', 'true',
                 status=125, fail={CREATE: errno.E2BIG})
        for error in (errno.E2BIG, errno.ENODEV, errno.ENOTTY, errno.EIO, errno.EPERM):
            words = f"policy 'nru' refused: {os.strerror(error)}"
            self.bad(words, 'attach', '--pid', os.getpid(), '--policy', 'nru',
                     fail={ATTACH: error})
            self.bad(words, 'attach', '--pid', os.getpid(), '--handler', number,
                     fail={ATTACH: error})
            for stat in ([], ['--stat']):
                self.bad(words, 'run', '--policy', 'nru', *stat, 'true', status=125,
                         fail={ATTACH: error})

    def test_trouble_of_the_device_is_no_refusal_of_a_policy(self):
        for error, words in ((errno.E2BIG, 'older than this kaku'),
                             (errno.ENOTTY, 'older than this kaku'),
                             (errno.EIO, '/dev/mm_policy: Input/output error')):
            for call in CREATE, ATTACH:
                for command in ['run'], ['attach', '--pid', os.getpid()]:
                    self.bad(words, *command, '--policy', 'nru',
                             *(['true'] if command == ['run'] else []),
                             status=125 if command == ['run'] else 1,
                             fail={call: error, ENTRY: error})

    def test_too_many_handlers(self):
        self.bad('as many handlers', 'run', '--policy', 'nru', 'true', status=125,
                 fail={CREATE: errno.EDQUOT})

    def test_no_such_handler(self):
        for command in (['set', '9', '--limit', '4M'], ['reclaim', '9', '4M'],
                        ['show', '9'], ['stat', '9'], ['trace', '9'],
                        ['attach', '--pid', os.getpid(), '--handler', '9']):
            self.bad("there is no handler 9, or it is another", *command)

    def test_no_such_process(self):
        with self.process() as pid:
            pass
        for command in (['attach', '--pid', pid, '--policy', 'nru'],
                        ['detach', '--pid', pid], ['show', '--pid', pid],
                        ['trace', '--pid', pid]):
            self.bad(f'there is no process {pid}', *command)
        self.assertEqual(self.json('list'), [])

    def test_attach(self):
        for error, words in ((errno.EACCES, 'not yours to change: be root'),
                             (errno.ESRCH, 'has ended'),
                             (errno.ENOMEM, 'Cannot allocate memory')):
            self.bad(words, 'attach', '--pid', os.getpid(), '--policy', 'nru',
                     fail={ATTACH: error})

    def test_a_range(self):
        attach = ('attach', '--policy', 'nru')
        for call, error, words, command in (
                (ATTACH, errno.ENOMEM, 'has a hole', attach),
                (ATTACH, errno.EPERM, 'sealed', attach),
                (ATTACH, errno.EOPNOTSUPP, 'cannot all be managed', attach),
                (ATTACH, errno.EINVAL, 'no such range', attach),
                (DETACH, errno.EINVAL, 'no such range', ['detach']),
                (DETACH, errno.ENOMEM, 'Cannot allocate memory', ['detach'])):
            self.bad(words, *command, '--pid', os.getpid(), '--range', '1000+4K',
                     fail={call: error})

    def test_a_process_that_is_anothers_to_release(self):
        words = "answers to handler 1, which is another user's: that user"
        refused = {ATTACH: errno.EPERM, DETACH: errno.EPERM, OPEN: errno.ESRCH}
        with self.process() as pid:
            attach, detach = (('attach', '--pid', pid, '--policy', 'nru'),
                              ('detach', '--pid', pid))
            self.good(*attach)
            for command in attach, detach:
                self.bad(words, *command, fail=refused)
            self.bad('sealed', *attach, '--range', '2000+4K', fail=refused)
            self.good('attach', '--pid', pid, '--handler', 1, '--range', '2000+8K')
            for command in attach, detach:
                for place in '1000+8K', '3000+4K':
                    self.bad(words, *command, '--range', place, fail=refused)
            for place in '1000+4K', '4000+4K':
                self.bad('sealed', *attach, '--range', place, fail=refused)
                self.bad("answers to another user's handler", *detach, '--range', place,
                         fail=refused)

    def test_too_many_spaces(self):
        for options in [], ['--range', '1000+4K']:
            self.bad('too many handlers and tags: detach some', 'attach', '--policy', 'nru',
                     '--pid', os.getpid(), *options, fail={ATTACH: errno.ENOSPC})

    def test_handlers_and_policies_of_others(self):
        number = self.handler()
        self.bad("another user's", 'show', number, fail={OPEN: errno.ESRCH})
        self.bad('only the administrator', 'policy', 'allow', 'nru', '--everyone',
                 fail={ALLOW: errno.EPERM})

    def test_arguments_that_a_policy_does_not_take(self):
        self.bad('does not take this: look at --limit, --arg and --set', 'set',
                 self.handler(), '--set', '1=1', fail={SET: errno.EINVAL})

    def test_the_clock_cannot_be_unloaded(self):
        self.bad("'clock' is part of the kernel", 'policy', 'unload', 'clock')
        self.bad('is open to everyone', 'policy', 'allow', 'clock', '--nobody')


class Run(Kernel):
    def test_the_exit_status_is_the_programs(self):
        for stat in ([], ['--stat']):
            got = self.kaku('run', '--policy', 'nru', *stat, '--', 'sh', '-c', 'exit 7')
            self.assertEqual(got.returncode, 7)

    def test_options_of_the_program_are_the_programs(self):
        got = self.kaku('run', '--policy', 'nru', 'sh', '-c', 'echo $1', 'x', '--stat')
        self.assertEqual((got.returncode, got.stdout), (0, '--stat\n'))

    def test_a_program_that_is_not_there_or_cannot_run(self):
        for stat in ([], ['--stat']):
            self.bad('cannot run /nonexistent: No such file', 'run', '--policy', 'nru',
                     *stat, '/nonexistent', status=127)
            self.bad('cannot run /etc/passwd: Permission denied', 'run', '--policy',
                     'nru', *stat, '/etc/passwd', status=126)

    def test_an_attach_that_fails_runs_nothing(self):
        for stat in ([], ['--stat']):
            self.bad('not yours', 'run', '--policy', 'nru', *stat, 'echo', 'ran',
                     status=125, fail={ATTACH: errno.EACCES})

    def test_the_handler_is_as_wanted(self):
        self.good('run', '--policy', 'nru', '--limit', '64M', '--arg', 'a "b"',
                  '--set', '1=4K', '--set', '7=0x10', 'true')
        got = self.json('show', 1)
        self.assertEqual((got['policy'], got['limit'], got['arg'], got['args']),
                         ('nru', 64 << 20, 'a "b"', [0, 4096, 0, 0, 0, 0, 0, 16]))

    def test_the_process_is_attached_before_it_begins(self):
        got = self.good('run', '--policy', 'nru', 'sh', '-c', f'cat {self.path}/proc/$$/*')
        self.assertEqual(got, 'default 1 nru 0\n')

    def test_counters_at_the_end(self):
        got = self.kaku('run', '--policy', 'nru', '--stat', 'true')
        self.assertRegex(got.stderr, r'^faults +100\nmajor +101\n')
        got = self.kaku('run', '--policy', 'nru', '--stat', '--json', 'true')
        self.assertEqual(json.loads(got.stderr)['stat']['major'], 101)

    def test_the_programs_signal_is_ours(self):
        got = self.kaku('run', '--policy', 'nru', '--stat', 'sh', '-c', 'kill -9 $$')
        self.assertEqual(got.returncode, -signal.SIGKILL)
        got = self.kaku('run', '--policy', 'nru', '--stat', 'sh', '-c', 'kill -TERM $$')
        self.assertEqual(got.returncode, -signal.SIGTERM)

    def test_signals_are_passed_on(self):
        child = subprocess.Popen(
            [KAKU, 'run', '--policy', 'nru', '--stat', '--', 'bash', '-c',
             'trap "exit 9" USR1; echo ready; while :; do sleep 0.1; done'],
            env=self.env(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual(child.stdout.readline(), b'ready\n')
        child.send_signal(signal.SIGUSR1)
        self.assertEqual(child.wait(timeout=20), 9)
        child.stdout.close()

    def test_the_program_has_no_signal_blocked(self):
        got = self.good('run', '--policy', 'nru', 'grep', 'SigBlk', '/proc/self/status')
        self.assertEqual(int(got.split()[1], 16), 0)
        got = self.kaku('run', '--policy', 'nru', '--stat', 'grep', 'SigBlk',
                        '/proc/self/status')
        self.assertEqual(int(got.stdout.split()[1], 16), 0)


class Handlers(Kernel):
    def test_attach_show_and_detach(self):
        with self.process() as pid:
            got = self.json('attach', '--pid', pid, '--policy', 'nru', '--range',
                            '1000+64K', '--tag', '5')
            self.assertEqual(got, {'handler': 1, 'pid': pid, 'start': '0x1000',
                                   'end': '0x11000'})
            got = self.json('show', '--pid', pid)
            self.assertEqual(got, {'pid': pid, 'name': 'sleep', 'ranges': [
                {'start': '0x1000', 'end': '0x11000', 'handler': 1, 'policy': 'nru',
                 'tag': 5}]})
            self.assertIn('64K  handler 1 (nru)  tag 5', self.good('show', '--pid', pid))
            self.assertEqual(self.json('show', 1)['processes'], [got])
            self.assertEqual(self.json('list')[0]['processes'],
                             [{'pid': pid, 'name': 'sleep'}])
            self.assertIn(f'{pid}(sleep)', self.good('list'))
            self.assertEqual(self.json('detach', '--pid', pid), {'pid': pid})
            self.assertEqual(self.json('list')[0]['processes'], [])
            self.assertIn('no handler', self.good('show', '--pid', pid))

    def test_a_second_process_of_one_handler(self):
        number = self.handler()
        with self.process() as pid:
            self.assertIn(f'handler {number}',
                          self.good('attach', '--pid', pid, '--handler', number))
            self.assertEqual(self.json('show', '--pid', pid)['ranges'][0]['default'], True)

    def test_a_process_that_this_kaku_does_not_understand(self):
        with self.process() as pid:
            self.json('attach', '--pid', pid, '--policy', 'nru')
            self.write(f'proc/{pid}/mm_policy', 'a new form\n')
            self.bad('not of the form', 'show', '--pid', pid)
            self.assertEqual(self.json('list')[0]['processes'], [])

    def test_what_later_kernels_say_at_the_end_of_a_line(self):
        with self.process() as pid:
            self.json('attach', '--pid', pid, '--policy', 'nru')
            self.write(f'proc/{pid}/mm_policy', 'default 1 nru 0 new=1\n'
                       '1000-2000 1 nru 0 new=2 newer\n')
            self.assertEqual(len(self.json('show', '--pid', pid)['ranges']), 2)
            self.assertEqual(self.json('list')[0]['processes'],
                             [{'pid': pid, 'name': 'sleep'}])

    def test_set_changes_what_is_named_only(self):
        number = self.handler('--limit', '8M', '--set', '0=1', '--set', '1=2')
        got = self.json('set', number, '--set', '1=3')
        self.assertEqual(got, {'handler': number, 'policy': 'nru', 'limit': 8 << 20,
                               'arg': '', 'args': [1, 3, 0, 0, 0, 0, 0, 0]})
        self.assertIn('limit none', self.good('set', number, '--limit', 'none'))
        self.assertIn('policy clock', self.good('set', number, '--policy', 'clock'))

    def test_reclaim_tells_what_it_got(self):
        number = self.handler()
        self.assertEqual(self.json('reclaim', number, '1M'),
                         {'handler': number, 'wanted': 1 << 20, 'got': 1 << 20})
        self.assertIn('paged out 39M of 1G', self.good('reclaim', number, '1G'))

    def test_stat_counts_what_came_meanwhile(self):
        number = self.handler()
        lines = self.good('stat', number, '1', '2', '--json').splitlines()
        first, second = (json.loads(line) for line in lines)
        self.assertEqual((first['seconds'], first['stat']['cow']), (0, 104))
        self.assertEqual((second['seconds'], second['stat']['cow']), (1, 4))
        self.assertEqual(len(self.good('stat', number).splitlines()), 2)

    def test_a_list_that_breaks_off_is_a_failure(self):
        for _ in range(3):
            self.handler()
        for how in [], ['--json']:
            for call in NEXT, OPEN, INFO:
                got = self.kaku('list', *how, fail={call: f'{errno.EIO}:2'})
                self.assertEqual(got.returncode, 1, (how, call))
                self.assertRegex(got.stderr, '^kaku: .*Input/output error\n$')
            got = self.kaku('list', *how, fail={OPEN: f'{errno.ESRCH}:2'})
            self.assertEqual((got.returncode, got.stderr), (0, ''))

    def test_no_handlers(self):
        self.assertEqual(self.json('list'), [])
        self.assertEqual(len(self.good('list').splitlines()), 1)


class Policies(Kernel):
    def test_list_and_show(self):
        got = self.json('policy', 'list')
        self.assertEqual([entry['name'] for entry in got], ['clock', 'nru', 'closed'])
        self.assertEqual(self.json('policy', 'show', 'nru'), {
            'name': 'nru', 'kind': 'bpf', 'everyone': False, 'group': None,
            'may_use': True, 'handlers': 0, 'ops': ['init', 'select']})
        self.assertIn('open to     nobody', self.good('policy', 'show', 'nru'))

    def test_a_list_that_breaks_off_is_a_failure(self):
        for how in [], ['--json']:
            got = self.kaku('policy', 'list', *how, fail={ENTRY: f'{errno.EIO}:2'})
            self.assertEqual((got.returncode, got.stderr),
                             (1, 'kaku: cannot list the policies: Input/output error\n'))

    def test_allow(self):
        self.assertEqual(self.good('policy', 'allow', 'nru', '--everyone'),
                         'nru is open to everyone\n')
        self.assertEqual(self.json('policy', 'allow', 'nru', '--group', 'daemon')['group'],
                         'daemon')
        self.assertEqual(self.json('policy', 'allow', 'nru', '--group', '98765')['group'],
                         '98765')
        self.assertEqual(self.good('policy', 'allow', 'nru', '--nobody'),
                         'nru is open to nobody\n')

    def test_an_object_without_a_policy(self):
        source = os.path.join(self.path, 'x.c')
        self.write('x.c', 'int x;\n')
        if run('clang', '--target=bpf', '-g', '-c', '-o', source + '.o',
               source).returncode:
            self.skipTest('clang does not compile for BPF')
        self.bad('there is no policy in', 'policy', 'load', source + '.o')

    def test_a_policy_whose_name_is_taken(self):
        source = os.path.join(self.path, 'x.c')
        self.write('x.c', 'struct mm_policy_ops { int (*init)(void); char name[16]; };\n'
                   '__attribute__((section(".struct_ops")))\n'
                   'struct mm_policy_ops x = { .name = "nru" };\n')
        if run('clang', '--target=bpf', '-g', '-c', '-o', source + '.o',
               source).returncode:
            self.skipTest('clang does not compile for BPF')
        self.bad('of this name, or its pin, is there already', 'policy', 'load',
                 source + '.o')

    def test_a_policy_for_another_kernel(self):
        if os.path.exists('/dev/mm_policy'):
            self.skipTest('this kernel has paging policies')
        source = os.path.join(self.path, 'x.c')
        self.write('x.c', 'struct mm_policy_ops { int (*init)(void); char name[16]; };\n'
                   '__attribute__((section(".struct_ops")))\n'
                   'struct mm_policy_ops x = { .name = "mine" };\n')
        if run('clang', '--target=bpf', '-g', '-c', '-o', source + '.o',
               source).returncode:
            self.skipTest('clang does not compile for BPF')
        got = self.kaku('policy', 'load', source + '.o')
        self.assertEqual((got.returncode, got.stdout), (1, ''))
        self.assertRegex(got.stderr, 'is not loaded: take a kernel|may not load')

    def test_probe_with_a_device(self):
        os.makedirs(os.path.join(self.path, 'sys/kernel/mm/policy'))
        self.write('sys/kernel/mm/policy/version', '0.1.0\n')
        self.write('sys/kernel/mm/policy/enabled', '1\n')
        got = self.json('probe')
        self.assertFalse(got['switched_off'])
        self.assertEqual((got['device'], got['version'], got['policies']),
                         (True, '0.1.0', ['clock', 'nru', 'closed']))

    def test_probe_of_what_cannot_be_used(self):
        os.makedirs(os.path.join(self.path, 'sys/kernel/mm/policy'))
        self.write('sys/kernel/mm/policy/enabled', '0\n')
        got = self.kaku('probe', '--json')
        self.assertEqual(got.returncode, 1)
        self.assertEqual([json.loads(got.stdout)[key] for key in ('device', 'switched_off')],
                         [True, True])
        self.write('sys/kernel/mm/policy/enabled', '1\n')
        got = self.kaku('probe', '--json', fail={ENTRY: errno.EACCES})
        self.assertEqual((got.returncode, json.loads(got.stdout)['device']), (1, False))


class Trace(Kernel):
    def trace(self, *options):
        self.number = self.handler()
        got = self.kaku('trace', self.number, '--seconds', '1', *options)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertEqual(os.listdir(f'{self.path}/sys/kernel/tracing/instances'), [])
        return got

    def test_lines(self):
        got = self.trace()
        self.assertEqual(got.stdout.splitlines(), [
            '    0.000000  first     handler 1  1:10000 write',
            '    0.500000  prefetch  handler 1  1:11000 +4',
            '    0.600000  prefetch  handler 1  1:21000 +0',
            '    1.000000  evict     handler 1  1:10000 +1 by the clock for limit',
            '    2.000000  refault   handler 1  1:10000 major',
            '    2.100000  refault   handler 1  1:11000 ahead around',
            '    2.500000  eject     handler 1  timeout: it took <20 ms>'])
        self.assertEqual(got.stderr, 'kaku: 12 events were lost\n')

    def test_json(self):
        events = [json.loads(line) for line in self.trace('--json').stdout.splitlines()]
        self.assertEqual([event['event'] for event in events],
                         ['first', 'prefetch', 'prefetch', 'evict', 'refault', 'refault',
                          'eject'])
        self.assertEqual([event['pages'] for event in events[:4]], [1, 4, 0, 1])
        self.assertEqual(events[5]['flags'], ['ahead', 'around'])
        self.assertEqual(events[3], {'time': 1.0, 'event': 'evict', 'handler': 1,
                                     'space': 1, 'address': '0x10000', 'pages': 1,
                                     'by': 'clock', 'why': 'limit'})

    def test_a_picture(self):
        output = os.path.join(self.path, 'x.svg')
        got = self.trace('--output', output)
        self.assertEqual(got.stdout, f'{output}: 7 events, 12 lost\n')
        words = [e.text for e in ET.parse(output).iter() if e.text]
        for word in ('Pages of handler 1', 'refault 2', 'read ahead 4', '10000',
                     'it took <20 ms>', '7 events, 12 lost. Counts are of pages.'):
            self.assertIn(word, words)
        self.assertEqual([name for name in os.listdir(self.path) if 'svg' in name],
                         ['x.svg'])

    def test_a_process(self):
        with self.process() as pid:
            self.good('attach', '--pid', pid, '--policy', 'nru')
            self.assertIn('refault', self.kaku('trace', '--pid', pid, '--seconds', '1').stdout)
            self.good('detach', '--pid', pid)
            self.bad('answers to no handler', 'trace', '--pid', pid)

    def test_a_place_that_cannot_be_written(self):
        number = self.handler()
        self.bad('cannot write /nonexistent/x.svg', 'trace', number, '--output',
                 '/nonexistent/x.svg')
        self.bad('not a file', 'trace', number, '--output', '/dev/stdout')

    def test_no_trace_events(self):
        number = self.handler()
        shutil.rmtree(os.path.join(self.path, 'instance/events'))
        output = os.path.join(self.path, 'x.svg')
        self.bad('no trace event mm_policy_fault', 'trace', number, '--output', output)
        self.assertFalse(os.path.exists(output))
        self.assertEqual(os.listdir(f'{self.path}/sys/kernel/tracing/instances'), [])

    def test_a_signal_ends_it_and_nothing_is_left(self):
        number = self.handler()
        instances = f'{self.path}/sys/kernel/tracing/instances'
        for number_of_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            child = subprocess.Popen([KAKU, 'trace', str(number)], env=self.env(),
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                     text=True)
            self.assertIn('first', child.stdout.readline())
            child.send_signal(number_of_signal)
            self.assertIn('eject', child.stdout.read())
            self.assertEqual(child.wait(timeout=20), 0)
            child.stdout.close()
            self.assertEqual(os.listdir(instances), [])

    def test_what_a_dead_one_left_is_removed(self):
        with self.process() as pid:
            pass
        os.makedirs(f'{self.path}/sys/kernel/tracing/instances/kaku-{pid}')
        self.trace()


class Top(Kernel):
    def test_not_without_a_terminal(self):
        self.bad('needs a terminal', 'top')

    @contextlib.contextmanager
    def terminal(self, writable=True, **env):
        master, slave = pty.openpty()
        out = os.dup(slave) if writable else \
            os.open(os.ttyname(slave), os.O_RDONLY | os.O_NOCTTY)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 10, 60, 0, 0))
        self.before = termios.tcgetattr(slave)
        child = subprocess.Popen([KAKU, 'top', '--seconds', '1'],
                                 env=self.env(**env), stdin=slave, stdout=out,
                                 stderr=slave, start_new_session=True)
        os.close(out)
        try:
            yield master, slave, child
        finally:
            child.kill()
            child.wait()
            os.close(master)
            os.close(slave)

    def read(self, master, until):
        got, end = '', time.monotonic() + 20
        while until not in got and time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                got += os.read(master, 65536).decode()
        self.assertIn(until, got)
        return got

    def test_it_shows_handlers_and_q_ends_it(self):
        self.handler('--limit', '8M')
        with self.terminal() as (master, slave, child):
            got = self.read(master, '\033[J')
            self.assertIn('40M', got)
            self.assertIn('\033[?1049h', got)
            self.assertIn('nru', got)
            os.write(master, b'f')
            os.write(master, b'q')
            got = self.read(master, '\033[?1049l')
            self.assertEqual(child.wait(timeout=20), 0)
            self.assertEqual(termios.tcgetattr(slave), self.before)

    def test_lines_are_as_wide_as_the_terminal(self):
        self.handler()
        with self.terminal() as (master, slave, child):
            got = self.read(master, '\033[J')
            line = next(line for line in got.split('\r\n') if 'kaku top' in line)
            self.assertEqual(len(line.replace('\033[H', '').replace('\033[K', '')
                                 .replace('\033[?1049h\033[?25l', '')), 60)
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 10, 70, 0, 0))
            child.send_signal(signal.SIGWINCH)
            got = self.read(master, '\033[J')
            line = next(line for line in got.split('\r\n') if 'kaku top' in line)
            self.assertEqual(len(line.replace('\033[H', '').replace('\033[K', '')), 70)

    def test_it_counts_all_handlers(self):
        with self.terminal(KAKU_FAKE_HANDLERS='300') as (master, _, _):
            self.assertIn('handlers: 300, held: 12G', self.read(master, '\033[J'))

    def test_what_it_cannot_read_ends_it(self):
        with self.terminal(KAKU_FAKE_HANDLERS='3',
                           KAKU_FAKE_FAIL=f'{NEXT}:{errno.EIO}:9') as (master, slave, child):
            got = self.read(master, 'Input/output error')
            self.assertRegex(got, '(?s)\\[\\?1049h.*\\[\\?1049lkaku: cannot read')
            self.assertEqual(child.wait(timeout=20), 1)
            self.assertEqual(termios.tcgetattr(slave), self.before)

    def test_a_terminal_that_cannot_be_written_is_left_as_it_was(self):
        with self.terminal(writable=False) as (master, slave, child):
            end = time.monotonic() + 20
            while termios.tcgetattr(slave) == self.before and time.monotonic() < end:
                time.sleep(0.05)
            self.assertNotEqual(termios.tcgetattr(slave), self.before)
            os.write(master, b'q')
            self.assertEqual(child.wait(timeout=20), 1)
            self.assertEqual(termios.tcgetattr(slave), self.before)

    def test_a_signal_leaves_the_terminal_as_it_was(self):
        with self.terminal() as (master, slave, child):
            self.read(master, '\033[J')
            child.send_signal(signal.SIGTERM)
            self.read(master, '\033[?1049l')
            self.assertEqual(child.wait(timeout=20), 0)
            self.assertEqual(termios.tcgetattr(slave), self.before)


if __name__ == '__main__':
    tap.main()
