#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""libkaku exports what it says, is installed as it says, and does what it says."""
import os
import re
import shutil
import tempfile
import unittest

from house import BUILD, FAKE, LIBRARY, PROGRAMS, ROOT, USERLAND, run
import tap

ENV = {**os.environ, 'LD_LIBRARY_PATH': os.path.join(BUILD, 'tools/lib')}
HEADER = os.path.join(USERLAND, 'lib/kaku.h')
UAPI = os.path.join(ROOT, 'mm-policy/include/uapi')


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


class Symbols(unittest.TestCase):
    def declared(self):
        return set(re.findall(r'^KAKU_API [^;]*?\b(kaku\w+)\(', read(HEADER), re.M))

    def test_what_is_declared_is_exported_and_nothing_else(self):
        got = run('nm', '-D', '--defined-only', LIBRARY).stdout
        exported = {line.split()[2].partition('@')[0] for line in got.splitlines()
                    if line.split()[1] != 'A'}
        self.assertEqual(exported, self.declared())

    def test_each_has_a_version(self):
        got = run('nm', '-D', '--defined-only', LIBRARY).stdout
        for name in self.declared():
            self.assertIn(f'{name}@@KAKU_0.1', got)

    def test_each_is_described(self):
        for name in self.declared():
            self.assertIn(f'\n * {name}() - ', read(HEADER))

    def test_the_static_library_has_them_too(self):
        got = run('nm', '--defined-only', os.path.join(BUILD, 'userland/libkaku.a'))
        for name in self.declared():
            self.assertIn(f' T {name}\n', got.stdout)


class Behaviour(unittest.TestCase):
    def test_options_and_errors_without_a_device(self):
        if os.path.exists('/dev/mm_policy'):
            self.skipTest('there is a device')
        got = run(os.path.join(PROGRAMS, 'library'), 'opts', env=ENV)
        self.assertEqual((got.returncode, got.stderr), (0, ''))

    def with_a_device(self, env):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, 'dev'))
            os.makedirs(os.path.join(root, 'proc'))
            with open(os.path.join(root, 'dev/mm_policy'), 'w', encoding='utf-8'):
                pass
            got = run(os.path.join(PROGRAMS, 'library'), 'device',
                      env={**env, 'LD_PRELOAD': FAKE, 'KAKU_FAKE': root})
        self.assertEqual((got.returncode, got.stderr), (0, ''))

    def test_calls_with_a_device(self):
        self.with_a_device(ENV)

    def test_an_older_libbpf_will_do_but_for_loading(self):
        if 'libbpf.so.1 ' not in run('/sbin/ldconfig', '-p').stdout:
            self.skipTest('the system has no libbpf.so.1')
        self.with_a_device(os.environ)


class Languages(unittest.TestCase):
    SOURCE = ('#include <kaku.h>\n'
              'int main(void)\n{\n'
              '\tKAKU_OPTS(kaku_attach_opts, opts, .tag = 3);\n'
              '\treturn kaku_handler__attach(NULL, -1, &opts);\n}\n')

    def compile(self, *compiler):
        if not shutil.which(compiler[0]):
            self.skipTest(f'there is no {compiler[0]}')
        with tempfile.NamedTemporaryFile('w', suffix='.c') as file:
            file.write(self.SOURCE)
            file.flush()
            got = run(*compiler, '-Wall', '-Werror', '-fsyntax-only', '-isystem', UAPI,
                      '-isystem', os.path.dirname(HEADER), file.name)
        self.assertEqual(got.stderr, '')

    def test_c(self):
        self.compile('gcc', '-std=c99', '-Wextra', '-pedantic')
        self.compile('gcc', '-std=gnu17', '-Wextra')

    def test_cxx(self):
        self.compile('g++', '-x', 'c++', '-std=c++20', '-pedantic')
        self.compile('g++', '-x', 'c++', '-std=c++11')


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.made = run('make', '-s', '--no-print-directory', '-C', USERLAND, 'install',
                       f'DESTDIR={cls.dir.name}', 'PREFIX=/usr')

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def path(self, name):
        return os.path.join(self.dir.name, 'usr', name)

    def test_everything_is_there(self):
        self.assertEqual((self.made.returncode, self.made.stderr), (0, ''))
        for name in ('bin/kaku', 'include/kaku.h', 'include/linux/mm_policy.h',
                     'lib/libkaku.a', 'lib/libkaku.so', 'lib/libkaku.so.0',
                     'lib/pkgconfig/libkaku.pc', 'share/man/man1/kaku.1',
                     'share/man/man1/kaku-detach.1', 'share/man/man3/libkaku.3',
                     'share/man/man4/mm_policy.4',
                     'share/bash-completion/completions/kaku'):
            self.assertTrue(os.path.exists(self.path(name)), name)

    def test_pkg_config(self):
        if not shutil.which('pkg-config'):
            self.skipTest('there is no pkg-config')
        got = run('pkg-config', '--cflags', '--libs', 'libkaku', env={
            **os.environ, 'PKG_CONFIG_SYSROOT_DIR': self.dir.name,
            'PKG_CONFIG_PATH': ':'.join([self.path('lib/pkgconfig'),
                                         os.path.join(BUILD, 'tools/lib/pkgconfig')]),
            'PKG_CONFIG_ALLOW_SYSTEM_CFLAGS': '1', 'PKG_CONFIG_ALLOW_SYSTEM_LIBS': '1'})
        self.assertEqual(got.stderr, '')
        for word in (f'-I{self.path("include")}', f'-L{self.path("lib")}', '-lkaku'):
            self.assertIn(word, got.stdout.split())

    @unittest.skipUnless(shutil.which('man'), 'there is no man')
    def test_man_finds_the_pages_that_share_a_file(self):
        for name in ('kaku-detach', 'kaku-reclaim', 'kaku-show'):
            got = run('man', name, env={**os.environ, 'LC_ALL': 'C.UTF-8',
                                        'MANPATH': self.path('share/man')})
            self.assertIn('SYNOPSIS', got.stdout, got.stderr)


if __name__ == '__main__':
    tap.main()
