# SPDX-License-Identifier: GPL-2.0-only
"""What came out of the kernel's own mm tests: read it, keep it, compare it.

A set of results is a dictionary: (category, test, part) -> result. The part is
'' for the test as a whole, or one of those that it reports by itself. The test
'kernel' holds what the kernel said while the category ran.
"""
import dataclasses
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../../ci'))
import splat  # noqa: E402


# ------------------------------------------------------------------- the lists

@dataclasses.dataclass
class Table:
    """The file 'categories'."""
    run: list
    left_out: dict          # category: reason
    tests_left_out: dict    # (category, test): reason
    added: dict             # category: commands

    @property
    def categories(self):
        """Those that are run, if only in part."""
        return self.run + [name for name in self.left_out if name in self.added]


def _lines(lines, path):
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if line and not line.startswith('#'):
            yield f'{path}:{number}', line


def read_table(lines, path):
    table = Table([], {}, {}, {})
    form = re.compile(r'(run|skip|add)\s+(\w+)(?:\s+/\s+(\S.*?))?(?:\s+:\s+(\S.*))?$')
    for where, line in _lines(lines, path):
        match = form.fullmatch(line)
        if not match:
            sys.exit(f'{where}: not understood: {line}')
        verb, category, test, reason = match.groups()
        if verb == 'run' and (test or reason):
            sys.exit(f'{where}: run takes a category and nothing else')
        if verb != 'run' and not reason:
            sys.exit(f'{where}: the reason is missing')
        if test is None and category in (*table.run, *table.left_out):
            sys.exit(f'{where}: {category} stands here twice')
        if verb == 'skip' and test is not None and category not in table.run:
            sys.exit(f'{where}: {category} is not run')
        if verb == 'add' and category not in (*table.run, *table.left_out):
            sys.exit(f'{where}: what becomes of {category} must come first')
        if verb == 'run':
            table.run.append(category)
        elif verb == 'add' and test is None:
            sys.exit(f'{where}: add what?')
        elif verb == 'add':
            table.added.setdefault(category, []).append(test)
        elif test is None:
            table.left_out[category] = reason
        else:
            table.tests_left_out[category, test] = reason
    return table


def table_errors(table, script):
    """Where the table and run_vmtests.sh disagree about what there is."""
    exist = set(re.findall(r'CATEGORY="(\w+)"', script))
    known = {*table.run, *table.left_out}
    return ([f'the category {name} is in run_vmtests.sh, and not in the table'
             for name in sorted(exist - known)] +
            [f'the category {name} is in the table, and not in run_vmtests.sh'
             for name in sorted(known - exist)])


@dataclasses.dataclass
class Varying:
    """A line of the file 'varying'."""
    what: str               # 'name' or 'result'
    key: tuple              # with * for anything; - is the test as a whole

    def matches(self, key):
        return all(re.fullmatch('.*'.join(map(re.escape, pattern.split('*'))),
                                part or '-')
                   for pattern, part in zip(self.key, key))


def read_varying(lines, path):
    """What varies on one and the same kernel."""
    varying = []
    for where, line in _lines(lines, path):
        match = re.fullmatch(
            r'(name|result) (\w+) / (\S.*?) / (\S.*?) : (\S.*)', line)
        if not match:
            sys.exit(f'{where}: want: name|result category / test / part : reason')
        varying.append(Varying(match[1], match.groups()[1:4]))
    return varying


# ------------------------------------------------------------- reading outputs

RUNNING = re.compile(r'# running (.*)')
ENDED = re.compile(r'(ok|not ok) \d+ (.*?)(?: # (SKIP|exit=\d+))?\s*')
TAP_LINE = re.compile(r'(ok|not ok) \d+(?: -)? ?(.*)')
DIRECTIVE = re.compile(r'(.*?)\s*# ?(SKIP|XFAIL|TODO)\b:?\s*(.*)', re.I)
UFFD = re.compile(r'Testing (.*)\.\.\. ?(done|skipped|failed)\b.*')
KHUGEPAGED = re.compile(r'Run test: (.*)')
COLOURED = re.compile(r'\x1b\[(3[123])m.*\x1b\[0m')
PKEY = re.compile(r'(test\s+\d+) PASSED \((iteration \d+)\)')
ADDRESS = re.compile(r'\b0x[0-9a-f]{6,16}\b|\b[0-9a-f]{12,16}\b')
WORDS = {'done': 'pass', 'skipped': 'skip', 'failed': 'fail',
         '32': 'pass', '33': 'skip', '31': 'fail'}
WORSE = ('pass', 'skip', 'fail')


class _Parts:
    """The parts of one test, from the lines that it printed."""

    def __init__(self):
        self.found = {}
        self.heading = ''       # the last [RUN] line
        self.current = None     # of khugepaged: the test that is under way

    def _add(self, name, result):
        name = ADDRESS.sub('ADDRESS', ' '.join(name.split())) or '(nameless)'
        unique, count = name, 1
        while unique in self.found:
            count += 1
            unique = f'{name} #{count}'
        self.found[unique] = result
        return unique

    def line(self, text):
        if text.startswith('# [RUN] '):
            self.heading = text[len('# [RUN] '):] + ': '
        elif re.fullmatch(r'1\.\.\d+.*', text):
            self._add('plan', text.split()[0])
        elif match := TAP_LINE.fullmatch(text):
            self._tap(*match.groups())
        elif match := UFFD.fullmatch(text):
            self._add(match[1], WORDS[match[2]])
        elif match := KHUGEPAGED.fullmatch(text):
            self.current = self._add(match[1], 'pass')
        elif match := PKEY.fullmatch(text):
            self._add(f'{match[1]} {match[2]}', 'pass')
        elif self.current and (match := COLOURED.search(text)):
            self.found[self.current] = max(
                self.found[self.current], WORDS[match[1]], key=WORSE.index)

    def _tap(self, verdict, name):
        result = 'pass' if verdict == 'ok' else 'fail'
        if match := DIRECTIVE.fullmatch(name):
            name = match[1] or match[3]
            result = match[2].lower()
            if verdict != 'ok' and result == 'skip':
                result = 'fail'
        self._add(self.heading + name, result)


def parse_output(category, text):
    """The results in what run_vmtests.sh printed."""
    seen, parts, running = {}, _Parts(), None

    def end(test, result):
        unique, count = test, 1
        while (category, unique, '') in seen:
            count += 1
            unique = f'{test} #{count}'
        seen[category, unique, ''] = result
        for name, value in parts.found.items():
            seen[category, unique, name] = value

    for line in text.splitlines():
        if match := RUNNING.fullmatch(line):
            if running:
                end(running, 'did not end')
            running = re.sub(r'^(bash )?\./', '', match[1].strip())
            running, parts = ' '.join(running.split()), _Parts()
        elif not running:
            continue
        elif line.startswith('# '):
            parts.line(line[2:].rstrip())
        elif match := ENDED.fullmatch(line):
            verdict, test, more = match.groups()
            if more == 'SKIP':
                result = 'skip'
            elif verdict == 'ok':
                result = 'pass'
            else:
                result = f'fail ({more})'
            end(test, result)
            running, parts = None, _Parts()
    if running:
        end(running, 'did not end')
    return seen


def parse_ended(category, text):
    """How run_vmtests.sh, and the commands beside it, came to their end.

    0, 1 and 4 say what the tests say already: all passed, some failed, skipped.
    """
    seen = {}
    for line in text.splitlines():
        how, status, _, *command = line.split(' ', 3)
        how = 'yes' if status in ('0', '1', '4') else f'{how} {status}'
        seen[category, '', ' '.join(['ended', *command]).strip()] = how
    return seen


def signature(report):
    """What a kernel report says, without what differs from time to time."""
    lines = [splat.STAMP.sub('', line) for line in report]
    told = next((line for line in lines if 'cut here ]' not in line), lines[0])
    told = re.sub(r'\b(CPU|PID|pid|cpu)[:=#] ?\d+\b|CPU#\d+', '', told)
    told = re.sub(r'\+0x[0-9a-f]+/0x[0-9a-f]+', '', told)
    told = re.sub(r'(\.[chS]):\d+', r'\1', told)
    told = re.sub(r'\b(?:0x)?[0-9a-f]{8,16}\b', 'ADDRESS', told)
    told = re.sub(r'\b\d+(\.\d+)?\b', 'N', told)
    return ' '.join(told.split())


def parse_console(text):
    """What the kernel said during each category, and outside of them: 'boot'."""
    pieces, category = {'boot': []}, 'boot'
    for line in text.splitlines():
        if match := re.search(r'\] kaku: (start|end) (\w+)', line):
            category = match[2] if match[1] == 'start' else 'boot'
            continue
        pieces.setdefault(category, []).append(line)
    seen = {}
    for category, lines in pieces.items():
        for report in splat.find('\n'.join(lines)):
            seen[category, 'kernel', signature(report)] = 'reported'
        for line in lines:
            if match := re.search(r'Summary: (\w+) passed: \d+ failed: (\d+)', line):
                key = category, 'kernel', match[1]
                if seen.get(key) != 'fail':
                    seen[key] = 'pass' if match[2] == '0' else 'fail'
    return seen


def take_left_out(seen, category, table):
    """Remove the tests that the table leaves out. Returns those not found."""
    missing = []
    for (of, test) in table.tests_left_out:
        if of != category:
            continue
        keys = [key for key in seen if key[1] == test]
        for key in keys:
            del seen[key]
        if not keys:
            missing.append(test)
    return missing


# ---------------------------------------------------------- keeping, comparing

def dump(seen):
    return ''.join('\t'.join((*key, result)) + '\n'
                   for key, result in seen.items())


def load(text):
    seen = {}
    for line in text.splitlines():
        *key, result = line.split('\t')
        seen[tuple(key)] = result
    return seen


def of_category(seen, category):
    return {key: result for key, result in seen.items() if key[0] == category}


def settle(seen, varying):
    """Take what may vary out of the names, and out of the results."""
    settled = {}
    for key, result in seen.items():
        match = [entry for entry in varying if entry.matches(key)]
        if any(entry.what == 'result' for entry in match):
            continue
        if match:
            key, count = match[0].key, 1
            while key in settled:
                count += 1
                key = (*match[0].key[:2], f'{match[0].key[2]} #{count}')
        settled[key] = result
    return settled


def differences(stock, ours, varying):
    """[(key, stock's result or None, ours or None)]"""
    stock, ours = settle(stock, varying), settle(ours, varying)
    return [(key, stock.get(key), ours.get(key))
            for key in dict.fromkeys([*stock, *ours])
            if stock.get(key) != ours.get(key)]


def worthless(seen):
    """Why the results of one category prove nothing, or None."""
    if not seen:
        return 'no results'
    ended = [result for (_, test, part), result in seen.items()
             if test == '' and part.startswith('ended')]
    if not ended:
        return 'did not end'
    for result in ended:
        if result != 'yes':
            return result
    # A test that skipped all of its parts may well call itself passed.
    with_parts = {test for _, test, part in seen if part not in ('', 'plan')}
    if not any(result == 'pass' and (part or test not in with_parts)
               for (_, test, part), result in seen.items()):
        return 'nothing passed'
    return None
