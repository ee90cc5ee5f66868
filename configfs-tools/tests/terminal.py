# SPDX-License-Identifier: GPL-2.0
"""A terminal of 80x24 in which a program runs, for top.sh.

terminal.py SCRIPT PROGRAM...: runs PROGRAM and executes the lines of SCRIPT:
  type TEXT     type the characters; \\n and \\e are understood
  size C R      resize
  wait TEXT     wait until the screen has TEXT, 30 s at most
  last TEXT     wait until the last row has TEXT, as when a resize has taken effect
  gone TEXT     wait until the screen does not have TEXT
  signal NAME   send a signal
  run COMMAND   run a shell command
  print         print the screen
  raw TEXT      fail unless the program has sent TEXT
  noraw TEXT    fail if it has
  end           wait for the end of the program
  cooked        fail unless the terminal has echo and lines, and the former screen
  hangup        close the terminal; fail unless the program ends within 10 s
The exit status is 1 if a line fails, else that of the program.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time


class Screen:
    """The part of a VT100 that ncurses uses for TERM=vt100 and xterm."""

    CSI = re.compile(rb"\x1b\[([?>]?)([0-9;]*)([A-Za-z@`])")
    OTHER = re.compile(rb"\x1b([()][A-Z0-9]|[=>78MDEH])")

    def __init__(self, columns, rows):
        self.sent = b""
        self.rest = b""
        self.row = self.column = 0
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.top, self.bottom = 0, rows - 1

    def scroll(self, remove, insert):
        """Remove a row of the scroll region and insert one."""
        del self.cells[remove]
        self.cells.insert(insert, [" "] * self.columns)

    def down(self):
        if self.row == self.bottom:
            self.scroll(self.top, self.bottom)
        else:
            self.row = min(self.row + 1, self.rows - 1)

    def up(self):
        if self.row == self.top:
            self.scroll(self.bottom, self.top)
        else:
            self.row = max(self.row - 1, 0)

    def erase(self, row, start, end):
        for column in range(start, min(end, self.columns)):
            self.cells[row][column] = " "

    def control(self, numbers, letter):
        first = numbers[0] if numbers else 0
        second = numbers[1] if len(numbers) > 1 else 0
        if letter in "Hf":
            self.row, self.column = max(first, 1) - 1, max(second, 1) - 1
        elif letter == "A":
            self.row -= max(first, 1)
        elif letter == "B":
            self.row += max(first, 1)
        elif letter == "C":
            self.column += max(first, 1)
        elif letter == "D":
            self.column -= max(first, 1)
        elif letter in "G`":
            self.column = max(first, 1) - 1
        elif letter == "d":
            self.row = max(first, 1) - 1
        elif letter == "X":
            self.erase(self.row, self.column, self.column + max(first, 1))
        elif letter == "b":
            for _ in range(max(first, 1)):
                self.put(self.last)
        elif letter == "P":
            line = self.cells[self.row]
            count = max(first, 1)
            del line[self.column:self.column + count]
            line += [" "] * (self.columns - len(line))
        elif letter == "K":
            start = 0 if first in (1, 2) else self.column
            self.erase(self.row, start,
                       self.column + 1 if first == 1 else self.columns)
        elif letter == "J":
            start = 0 if first == 2 else self.row + 1
            if first == 0:
                self.erase(self.row, self.column, self.columns)
            for row in range(start, self.rows):
                self.erase(row, 0, self.columns)
        elif letter == "r":
            self.top = max(first, 1) - 1
            self.bottom = (second or self.rows) - 1
            self.row = self.column = 0
        elif letter not in "mhltn":
            sys.exit(f"terminal.py: unknown control {numbers} {letter}")
        self.row = min(max(self.row, 0), self.rows - 1)
        self.column = min(max(self.column, 0), self.columns - 1)

    def put(self, character):
        self.last = character
        if self.column < self.columns and self.row < self.rows:
            self.cells[self.row][self.column] = character
        self.column += 1

    def feed(self, data):
        self.sent += data
        data = self.rest + data
        self.rest = b""
        at = 0
        while at < len(data):
            byte = data[at]
            if byte == 0x1b:
                match = self.CSI.match(data, at) or self.OTHER.match(data, at)
                if not match:
                    self.rest = data[at:]
                    return
                if match.re is self.CSI and not match.group(1):
                    self.control([int(n or 0)
                                  for n in match.group(2).split(b";")],
                                 match.group(3).decode())
                elif match.group(0) == b"\x1bM":
                    self.up()
                at = match.end()
                continue
            if byte == 13:
                self.column = 0
            elif byte == 10:
                self.down()
            elif byte == 8:
                self.column = max(self.column - 1, 0)
            elif byte == 9:
                self.column = min((self.column // 8 + 1) * 8,
                                  self.columns - 1)
            elif byte >= 32:
                self.put(chr(byte))
            at += 1

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.cells)


class Program:
    def __init__(self, words, columns=80, rows=24):
        self.screen = Screen(columns, rows)
        self.pid, self.fd = pty.fork()
        if not self.pid:
            fcntl.ioctl(1, termios.TIOCSWINSZ,
                        struct.pack("4H", rows, columns, 0, 0))
            # As in a new terminal, although a shell started this in the background.
            for ignored in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
                signal.signal(ignored, signal.SIG_DFL)
            os.execvp(words[0], words)

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.screen.feed(data)
        return bool(data)

    def wait(self, check):
        end = time.monotonic() + 30
        while not check(self.screen.text()):
            if time.monotonic() > end or not self.read(0.1):
                return check(self.screen.text())
        return True

    def execute(self, word, rest):
        if word == "type":
            os.write(self.fd, rest.replace("\\n", "\r").replace(
                "\\e", "\x1b").encode())
        elif word == "size":
            columns, rows = map(int, rest.split())
            while self.read(0.2) and select.select([self.fd], [], [], 0)[0]:
                pass
            self.screen.resize(columns, rows)
            fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                        struct.pack("4H", rows, columns, 0, 0))
        elif word == "wait":
            return self.wait(lambda text: rest in text)
        elif word == "last":
            return self.wait(lambda text: rest in text.rpartition("\n")[2])
        elif word == "gone":
            return self.wait(lambda text: rest not in text)
        elif word == "signal":
            os.kill(self.pid, getattr(signal, "SIG" + rest))
        elif word == "run":
            return subprocess.run(rest, shell=True, check=False).returncode == 0
        elif word == "print":
            print(self.screen.text())
        elif word == "raw":
            return rest.replace("\\e", "\x1b").encode() in self.screen.sent
        elif word == "noraw":
            return rest.replace("\\e", "\x1b").encode() not in self.screen.sent
        elif word == "end":
            while self.read(60):
                pass
        elif word == "cooked":
            modes = termios.tcgetattr(self.fd)[3]
            return (modes & termios.ECHO and modes & termios.ICANON and
                    self.screen.sent.rindex(b"\x1b[?1049l") >
                    self.screen.sent.rindex(b"\x1b[?1049h"))
        elif word == "hangup":
            os.close(self.fd)
            for _ in range(100):
                if os.waitid(os.P_PID, self.pid,
                             os.WEXITED | os.WNOHANG | os.WNOWAIT):
                    print("ended")
                    os.waitpid(self.pid, 0)
                    sys.exit(0)
                time.sleep(0.1)
            return False
        return True


def main():
    program = Program(sys.argv[2:])
    with open(sys.argv[1], encoding="ascii") as script:
        for line in script:
            word, _, rest = line.strip("\n").partition(" ")
            if not program.execute(word, rest):
                print(f"failed: {line.strip()}\n{program.screen.text()}")
                os.kill(program.pid, signal.SIGKILL)
                sys.exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(program.pid, 0)[1])
    sys.exit(status if status >= 0 else 128 - status)


main()
