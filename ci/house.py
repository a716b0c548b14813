# SPDX-License-Identifier: GPL-2.0-only
"""Where things are, and how ci/vm's exit status is to be read: what the Python
programs in ci/ share (the shell scripts have lib.sh)."""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.abspath(os.environ.get('KAKU_BUILD', os.path.join(ROOT, 'build')))

# The exit status of ci/vm, where it is not that of the command.
SPLAT, DIED, TIMED_OUT, NOT_STARTED = 120, 121, 124, 125


def kernel_image(name):
    """Where ci/kernel puts the kernel NAME; a path is one already."""
    if os.sep in name:
        return name
    tree = 'stock' if name == 'stock' else 'ours'
    return os.path.join(BUILD, tree, f'obj-{name}', 'arch/x86/boot/bzImage')
