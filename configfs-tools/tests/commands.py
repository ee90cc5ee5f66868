#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Check that the tool has the commands of hmtctl that documents show.

usage: commands.py TOOL FILE...

Prints "FILE:LINE: COMMAND: REASON" for each that it does not have, and fails then, or
if there is none at all. A command is in a literal block, or inline between ``...``. Words are not checked,
apart from names of commands and options.
"""

import functools
import re
import shlex
import subprocess
import sys


@functools.lru_cache(None)
def text(tool, *words):
    """Return the lines that the tool prints as help of a command."""
    done = subprocess.run([tool, "help", *words], capture_output=True, text=True, check=False)
    return tuple(done.stdout.split("\n"))


@functools.lru_cache(None)
def listed(tool, what, *words):
    """Return the words that the tool prints for its completion."""
    done = subprocess.run([tool, what, *words], capture_output=True, text=True, check=False)
    return done.stdout.split()


def lines(path):
    """Yield (line number, text) of blocks, with lines joined that end in "\\", and of inline literals."""
    with open(path, encoding="utf-8") as file:
        text = file.read().split("\n")
    at = 0
    while at < len(text):
        first, line = at + 1, text[at]
        at += 1
        if re.match(r"( {4}|\t)", line):
            while line.endswith("\\") and at < len(text):
                line = line[:-1] + " " + text[at].strip()
                at += 1
            yield first, line
    whole = "\n".join(line if not re.match(r"( {4,}|\t)", line) else "" for line in text)
    mark = "`" if path.endswith(".md") else "``"
    for match in re.finditer(rf"{mark}(hmtctl\s[^`=]*[^`=\s]){mark}", whole):
        yield whole.count("\n", 0, match.start()) + 1, " ".join(match.group(1).split())


def commands(path):
    """Yield (line number, words after "hmtctl")."""
    for number, line in lines(path):
        line = re.sub(r"^\s*[#$] ", "", line).strip()
        for part in re.split(r"&&|\|\|?|;|\$\(|<\(", line):
            match = re.match(r"\s*(?:sudo |until |ExecSt\w+=-?)?hmtctl\s+(.*)", part)
            if not match:
                continue
            try:
                yield number, shlex.split(match.group(1).split(" #")[0].rstrip(")"), posix=False)
            except ValueError:
                yield number, match.group(1).split()


def refuse(tool, words):
    """Return why the tool has no such command, or None."""
    path = []
    while words and words[0] in ("--root",):
        words = words[2:]
    names = listed(tool, "--list-cmds")
    while names and words and not words[0].startswith("-"):
        name = words[0]
        # A placeholder.
        if re.fullmatch(r"[A-Z]+|\.\.\.", name):
            return None
        if name not in names:
            return f"no command '{' '.join([*path, name])}'"
        path.append(name)
        words = words[1:]
        names = listed(tool, "--list-cmds", *path)
    if not path:
        return None if not words or words[0] in ("--help", "--version", "-V", "-h") else f"no option '{words[0]}'"
    known = set(listed(tool, "--list-opts", *path)) | {"--help"}
    letters = "".join(re.findall(r"^ +-(\w), --", "\n".join(text(tool, *path)), re.M))
    for word in words:
        if word in ("--", "|") or word.startswith((">", "<", "2>")):
            break
        if not re.match("-[^-0-9]|--[a-z]", word):
            continue
        name = word.split("=")[0]
        if name not in known and (name.startswith("--") or name[1] not in letters):
            return f"no option '{name}'"
    return None


def main():
    tool, *paths = sys.argv[1:]
    count = wrong = 0
    for path in paths:
        for number, words in commands(path):
            count += 1
            reason = refuse(tool, words)
            if reason:
                wrong += 1
                print(f"{path}:{number}: hmtctl {' '.join(words)}: {reason}")
    print(f"{count} commands")
    sys.exit(1 if wrong or not count else 0)


main()
