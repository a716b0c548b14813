#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What kaku --help says is what the man pages and the completion say."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from house import KAKU, POLICY_VERBS, ROOT, USERLAND, VERBS, help_of, run
import tap

COMPLETION = os.path.join(USERLAND, 'completion/kaku')
EACH = [(verb,) for verb in VERBS] + [('policy', sub) for sub in POLICY_VERBS]


def page(name, section=1):
    """The text of a man page, without its typesetting."""
    path = os.path.join(USERLAND, 'man', f'{name}.{section}')
    with open(path, encoding='utf-8') as file:
        text = file.read()
    if m := re.match(r'\.so man\d/(\S+)\.\d\n', text):
        return page(m[1], section)
    return re.sub(r'\\f[BIR]', '', text).replace('\\-', '-')


def read(*path):
    with open(os.path.join(ROOT, *path), encoding='utf-8') as file:
        return file.read()


def examples(text):
    """What stands as it is typed, without the typesetting between its paragraphs."""
    return [re.sub(r'^\.PP$', '', example, flags=re.M)
            for example in re.findall(r'^\.nf\n(.*?)^\.fi$', text, re.M | re.S)]


def options(text):
    return set(re.findall(r'(?<![\w-])--[a-z][a-z-]+', text))


def complete(*words):
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_kaku; printf "%s\\n" "${COMPREPLY[@]}"')
    got = run('bash', '-c', script, 'bash', COMPLETION, 'kaku', *words)
    assert got.stderr == '', got.stderr
    return set(got.stdout.split())


class Help(unittest.TestCase):
    def test_each_verb_is_in_the_help(self):
        listed = re.findall(r'^  (\w+) +\w', help_of(), re.M)
        self.assertEqual(listed, VERBS)

    def test_each_verb_has_help_that_names_it(self):
        for verb in EACH:
            self.assertTrue(help_of(*verb).startswith(f'Usage: kaku {" ".join(verb)} '),
                            verb)

    def test_help_fits_into_a_terminal(self):
        for verb in [()] + EACH:
            for line in help_of(*verb).splitlines():
                self.assertLessEqual(len(line), 84, line)

    def test_json_is_everywhere_but_in_top(self):
        for verb in EACH:
            if verb != ('policy',):
                self.assertEqual('--json' in options(help_of(*verb)), verb != ('top',), verb)

    def test_each_option_in_the_help_is_one(self):
        for verb in EACH:
            for option in options(help_of(*verb)) - {'--help'}:
                got = run(KAKU, *verb, option)
                self.assertNotIn('unknown option', got.stderr, (verb, option))


class ManPages(unittest.TestCase):
    def test_each_verb_has_one_that_names_it(self):
        for verb in VERBS:
            self.assertIn(f'kaku {verb}', page(f'kaku-{verb}'))
            self.assertIn(f'kaku-{verb}', page('kaku'))

    def test_each_option_is_described(self):
        for verb in EACH:
            described = set()
            for tag in re.findall(r'^\.TP\n(.*)$', page(f'kaku-{verb[0]}'), re.M):
                described |= options(tag)
            self.assertLessEqual(options(help_of(*verb)), described, verb)

    def test_none_is_described_that_is_not_there(self):
        for verb in VERBS:
            there = options(help_of(verb))
            for other in EACH:
                if page(f'kaku-{other[0]}') == page(f'kaku-{verb}'):
                    there |= options(help_of(*other))
            for tag in re.findall(r'^\.TP\n(.*)$', page(f'kaku-{verb}'), re.M):
                self.assertLessEqual(options(tag), there, verb)

    def test_each_function_of_the_library_is_named(self):
        functions = re.findall(r'^\t\t(kaku\w+);', read('userland/lib/libkaku.map'), re.M)
        self.assertGreater(len(functions), 15)
        for function in functions:
            self.assertIn(f'{function}()', page('libkaku', 3))

    def test_each_call_of_the_device_is_named(self):
        calls = re.findall(r'^#define (MM_POLICY_\w+)\s+_IO',
                           read('mm-policy/include/uapi/linux/mm_policy.h'), re.M)
        self.assertGreater(len(calls), 9)
        for call in calls:
            self.assertIn(f'.TP\n{call}\n', page('mm_policy', 4))

    def test_all_that_policies_see_is_named(self):
        header = read('mm-policy/include/linux/mm_policy_ops.h')
        text = read('docs/abi/bpf-mm_policy')
        functions = re.findall(r'^\t(\w+ \(\*\w+\)\([^;]*\));', header, re.M)
        self.assertEqual(len(functions), 8)
        for function in functions:
            result, name = re.match(r'(\w+) \(\*(\w+)\)', function).groups()
            self.assertIn(f'\t{result.replace("s32", "int")} {name}(struct ', text)
        kfuncs = re.findall(r'^BTF_ID_FLAGS\(func, (\w+)', read('mm-policy/kfuncs.c'), re.M)
        self.assertGreater(len(kfuncs), 8)
        for name in kfuncs:
            self.assertRegex(text, rf'\t.*\b{name}\(')
        numbers = re.findall(r'^(?:#define |\t)(MM_POLICY_\w+)(?:\s+BIT\(| = 1,|,)', header,
                             re.M)
        self.assertGreater(len(numbers), 23)
        for number in numbers:
            self.assertRegex(text, rf'\b{number}\b')
        structures = re.findall(r'^struct (mm_policy_\w+) \{\n(.*?)^\};', header, re.M | re.S)
        for name, body in structures:
            if name == 'mm_policy_ops':
                body = re.sub(r'/\*.*?\*/', '', body, flags=re.S)
            for member in re.findall(r'^\t\w+ (\w+)(?:\[\w+\])?;', body, re.M):
                self.assertRegex(text, rf'\b{member}\b', (name, member))

    def test_each_file_is_named(self):
        files = re.findall(r'^What:\t+(/sys/.*[^/])$',
                           read('docs/abi/sysfs-kernel-mm-policy'), re.M)
        self.assertGreater(len(files), 1)
        for file in files + ['/dev/mm_policy', '/proc/PID/mm_policy']:
            self.assertIn(file, page('mm_policy', 4))

    def test_each_state_is_named(self):
        states = re.findall(r'\[MM_POLICY_EXIT_(?!NONE)\w+\]\s*= "(.*)"',
                            read('userland/lib/names.c'))
        self.assertGreater(len(states), 6)
        listed = re.search(r'no longer answers:\n([^.]*)\.', page('kaku-list'))[1]
        self.assertEqual(sorted(listed.replace('\n', ' ').split(', ')), sorted(states))

    def test_the_policy_in_the_example_has_what_it_has(self):
        ops = re.search(r'^MM_POLICY\(nru\) = \{\n(.*?)^\};', read('bpf/nru.bpf.c'),
                        re.M | re.S)[1]
        wanted = ','.join(re.findall(r'^\t\.(\w+) = \(void \*\)', ops, re.M))
        self.assertRegex(page('kaku-policy'), rf'(?m)^nru +bpf .* {wanted}$')

    def test_examples_in_c_compile(self):
        found = examples(page('libkaku', 3))
        self.assertTrue(found)
        for example in found:
            with tempfile.NamedTemporaryFile('w', suffix='.c') as file:
                file.write('#include <err.h>\n#include <kaku.h>\n'
                           'int main(void)\n{\nint error;\n'
                           f'{example}\nreturn error;\n}}\n')
                file.flush()
                got = run('gcc', '-Wall', '-Wextra', '-Werror', '-fsyntax-only',
                          '-Wno-declaration-after-statement', '-isystem',
                          os.path.join(ROOT, 'mm-policy/include/uapi'), '-isystem',
                          os.path.join(USERLAND, 'lib'), file.name)
            self.assertEqual(got.stderr, '')

    def test_no_marks_are_left(self):
        for name in sorted(os.listdir(os.path.join(USERLAND, 'man'))):
            for text in page(*name.rsplit('.', 1)).splitlines():
                self.assertNotRegex(text, r'(?<!\w)_|_(?!\w)', name)

    @unittest.skipUnless(shutil.which('groff'), 'there is no groff')
    def test_they_are_well_formed(self):
        man = os.path.join(USERLAND, 'man')
        for name in sorted(os.listdir(man)):
            with open(os.path.join(man, name), encoding='utf-8') as file:
                if file.readline().startswith('.so '):
                    continue
            got = run('groff', '-man', '-Tutf8', '-ww', '-z', os.path.join(man, name))
            self.assertEqual(got.stderr, '', name)


class Completion(unittest.TestCase):
    def test_verbs(self):
        self.assertLessEqual(set(VERBS), complete(''))
        self.assertEqual(complete('pr'), {'probe'})
        self.assertEqual(complete('policy', ''), set(POLICY_VERBS))

    def test_the_options_are_those_of_the_help(self):
        for verb in EACH:
            if verb == ('policy',):
                continue
            self.assertEqual(complete(*verb, '--'), options(help_of(*verb)), verb)

    def test_an_option_begun(self):
        self.assertEqual(complete('attach', '--pid', '1', '--no'), {'--no-inherit'})

    def test_a_value(self):
        self.assertIn(str(os.getpid()), complete('attach', '--pid', ''))
        self.assertEqual(complete('run', '--limit', 'n'), {'none'})

    def test_the_program_of_run(self):
        self.assertIn('bash', complete('run', '--policy', 'nru', '--', 'bas'))
        self.assertNotIn('--policy', complete('run', '--policy', 'nru', 'ls', '--'))

    def test_it_is_bash(self):
        subprocess.run(['bash', '-n', COMPLETION], check=True)


if __name__ == '__main__':
    tap.main()
