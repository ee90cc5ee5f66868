#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Compare the results of tests of others without HMT and with it.

usage: compare.py OUT COUNT TEST...
       compare.py --known OUT TEST...

OUT has the files of tests/others/guest.sh: TEST.without.done, TEST.with.done, and
TEST.moved.done of a run without HMT in which migratepages(8) moved the memory. Prints
a line of TAP for each test, numbered after COUNT others, and the plan; the exit status
is 1 if one fails. With --known it prints the names of tests that have a known
difference, and are to be repeated in this way.

A case is a line of TAP, a line "Testing ... done" of uffd-unit-tests, or the exit
status. Each test has run several times. It differs if a case has a result with HMT that
no run without HMT has.
"""

import os
import re
import sys

TAP = re.compile(r'^(not )?ok \d+(?: -)? *([^#\n]*)(?:# *(\w*))?')
UFFD = re.compile(r'^Testing (.*?)\.\.\. *(\w+)')
STATUS = 'exit status'
# Of a shell: a command that it cannot run, or does not find, as a library of it.
NOT_RUN = {'126', '127'}


def normal(text):
    """Return the name of a case without addresses and other large numbers."""
    return re.sub(r'0x[0-9a-f]+|\d{6,}', '#', text).strip()


def case_of(line):
    """Return name and result of the case on a line, or None."""
    match = TAP.match(line)
    if match:
        result = 'fail' if match[1] else 'ok'
        if (match[3] or '').upper() in ('SKIP', 'XFAIL', 'TODO'):
            result = match[3].lower()
        return normal(match[2]), result
    match = UFFD.match(line)
    return match and (normal(match[1]), match[2])


class Runs:
    """All runs of a test under the same conditions."""

    def __init__(self, path):
        self.cases = []
        self.moved = 0
        with open(path, errors='replace') as file:
            for line in file:
                self.add(line)

    def add(self, line):
        """Store what a line of the file tells."""
        if line.startswith('@run'):
            self.cases.append({})
        elif line.startswith('@status '):
            self.cases[-1][STATUS] = line.split()[1]
        elif line.startswith('@moved '):
            self.moved = int(line.split()[1])
        else:
            case = case_of(line)
            if case:
                name, count = case[0], 1
                while name in self.cases[-1]:
                    count += 1
                    name = '%s (%d)' % (case[0], count)
                self.cases[-1][name] = case[1]

    def names(self):
        """Return the names of all cases."""
        return set().union(*self.cases)

    def results(self, name):
        """Return all results of a case."""
        return {run.get(name, 'absent') for run in self.cases}


def differences(without, other):
    """Return {case: (results without HMT, new results)}."""
    found = {}
    for name in without.names() | other.names():
        new = other.results(name) - without.results(name)
        if new:
            found[name] = (without.results(name), new)
    # A case that fails changes the exit status, and ends some tests.
    others = {name: found[name] for name in found
              if name != STATUS and found[name][1] != {'absent'}}
    return others or found


def read_known(path):
    """Return [(test, pattern of cases, reason)]."""
    known = []
    with open(path) as file:
        for line in file:
            if line.strip() and not line.startswith('#'):
                test, pattern, reason = re.split(r'\t+', line.strip())
                known.append((test, re.compile(pattern), reason))
    return known


def reason_of(known, test, case):
    """Return the reason of a known difference, or None."""
    for name, pattern, reason in known:
        if name == test and pattern.search(case):
            return reason
    return None


def text_of(results):
    """Return results for display."""
    return ' or '.join(sorted(results))


class Report:
    """Results of all tests."""

    def __init__(self, out, known):
        self.out = out
        self.known = known
        self.failed = False
        self.still = []
        self.count = self.tests = self.cases = self.runs = self.moved = self.differ = 0

    def load(self, test, phase):
        """Return the runs of a test, or None."""
        path = '%s/%s.%s.done' % (self.out, test.replace('/', '.'), phase)
        return Runs(path) if os.path.exists(path) else None

    def is_known(self, test):
        """Check whether the test has a known difference."""
        without, other = self.load(test, 'without'), self.load(test, 'with')
        return bool(without and other and
                    any(reason_of(self.known, test, case)
                        for case in differences(without, other)))

    def judge(self, test):
        """Print the result of a test."""
        without, other = self.load(test, 'without'), self.load(test, 'with')
        self.tests += 1
        self.count += 1
        if not without or not other:
            self.failed = True
            print('not ok %d - %s: not finished' % (self.count, test))
            return
        if without.results(STATUS) & NOT_RUN:
            self.failed = True
            print('not ok %d - %s: the test could not be run, status %s' %
                  (self.count, test, text_of(without.results(STATUS))))
            return
        found = differences(without, other)
        alone = self.load(test, 'moved')
        shown = differences(without, alone) if alone else {}
        bad = [case for case in found if not reason_of(self.known, test, case)]
        if len(bad) < len(found):
            # A program may end at a known difference.
            bad = [case for case in bad if case != STATUS and found[case][1] != {'absent'}]
        self.failed = self.failed or bool(bad)
        self.cases += len(without.names()) - 1
        self.runs += len(without.cases) + len(other.cases)
        self.moved += other.moved
        self.still += [test] * (not other.moved)
        self.differ += bool(found) and not bad
        text = 'differs' if bad else 'known difference' if found else 'same'
        print('%s %d - %s: %s; status %s, %d cases, %d and %d runs, %d pages moved' %
              ('not ok' if bad else 'ok', self.count, test, text,
               text_of(without.results(STATUS)), len(without.names()) - 1,
               len(without.cases), len(other.cases), other.moved))
        for case, (before, new) in sorted(found.items()):
            why = reason_of(self.known, test, case)
            print('#   %s: %s instead of %s%s' % (
                case, text_of(new), text_of(before), '; known: ' + why if why else ''))
            if why and alone:
                print('#     with migratepages(8) alone: %s' %
                      ('the same' if case in shown else
                       text_of(alone.results(case)) + ' in %d runs' % len(alone.cases)))

    def finish(self):
        """Print the sums."""
        print('# %d tests with %d cases in %d runs, %d with known differences; '
              '%d pages moved' % (self.tests, self.cases, self.runs, self.differ,
                                  self.moved))
        if self.still:
            print('# no page moved during %s' % ' '.join(self.still))
        if not self.moved:
            self.failed = True
        print('%s %d - pages of the tests moved' %
              ('ok' if self.moved else 'not ok', self.count + 1))
        print('1..%d' % (self.count + 1))


def main():
    """Judge the tests of the command line."""
    args = sys.argv[1:]
    only = args[:1] == ['--known']
    args = args[only:]
    here = os.path.dirname(os.path.abspath(__file__))
    report = Report(args[0], read_known(here + '/known'))
    if only:
        for test in args[1:]:
            if report.is_known(test):
                print(test)
        return 0
    report.count = int(args[1])
    for test in args[2:]:
        report.judge(test)
    report.finish()
    return int(report.failed)


sys.exit(main())
