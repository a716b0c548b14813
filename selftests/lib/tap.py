# SPDX-License-Identifier: GPL-2.0-only
"""Run a module's unittest tests and print TAP.

    if __name__ == '__main__':
        tap.main()
"""
import sys
import unittest


class TapResult(unittest.TestResult):
    count = 0

    def _line(self, word, test, note=''):
        self.count += 1
        print(f'{word} {self.count} - {test.id().split(".", 1)[-1]}{note}',
              flush=True)

    def _explain(self, trace):
        for line in trace.rstrip().splitlines():
            print(f'# {line}')

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line('ok', test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._line('not ok', test)
        self._explain(self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._line('not ok', test)
        self._explain(self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self._line('not ok', subtest)
            self._explain((self.failures + self.errors)[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line('ok', test, f' # SKIP {reason}')

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._line('ok', test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._line('not ok', test)


def main():
    print('TAP version 13')
    suite = unittest.defaultTestLoader.loadTestsFromModule(
        sys.modules['__main__'])
    result = TapResult()
    suite.run(result)
    print(f'1..{result.count}')
    sys.exit(0 if result.wasSuccessful() and result.count else 1)
