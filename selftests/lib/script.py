# SPDX-License-Identifier: GPL-2.0-only
"""Load a Python program whose file name has no .py, to test its functions."""
import importlib.machinery
import importlib.util
import os


def load(path):
    name = os.path.basename(path)
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module
