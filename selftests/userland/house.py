# SPDX-License-Identifier: GPL-2.0-only
"""Where things are, and how the programs under test are started."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get('KAKU_BUILD', os.path.join(ROOT, 'build')))
USERLAND = os.path.join(ROOT, 'userland')
KAKU = os.path.join(BUILD, 'userland/kaku/kaku')
LIBRARY = os.path.join(BUILD, 'userland/libkaku.so.0')
PROGRAMS = os.path.join(BUILD, 'selftests/userland')
FAKE = os.path.join(PROGRAMS, 'fake.so')

sys.path.append(os.path.join(HERE, '../lib'))

VERBS = ['run', 'attach', 'detach', 'set', 'reclaim', 'policy', 'list', 'show', 'stat',
         'top', 'probe', 'trace']
POLICY_VERBS = ['load', 'list', 'show', 'unload', 'allow']


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True,
                          text=True, timeout=60, stdin=subprocess.DEVNULL,
                          check=False, **options)


def help_of(*verb):
    return run(KAKU, *verb, '--help').stdout
