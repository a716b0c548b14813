# SPDX-License-Identifier: GPL-2.0-only
"""Load a Python program whose file name has no .py, to test its functions."""
import importlib.machinery
import importlib.util
import os
import sys


def load(path):
    name = os.path.basename(path)
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(name, loader))
    sys.modules[name] = module     # dataclasses look themselves up there
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = kept
    return module
