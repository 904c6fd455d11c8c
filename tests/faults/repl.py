# SPDX-License-Identifier: MIT
"""Repl: a raw REPL that runs in this process, on a folder instead of a drive; stands in for a board's."""

import contextlib
import io

from retrostep_host.errors import LinkBroken


class Repl:
    """`left`: commands until the cable goes."""

    def __init__(self, left=10**6):
        self.names, self.left, self.commands = {}, left, 0
        self.restarted = self.closed = False

    def enter_raw_repl(self):
        pass

    def exec(self, command):
        self.commands += 1
        if self.commands > self.left:
            raise LinkBroken("The connection broke off.")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(command, self.names)
        return out.getvalue().encode()

    def exec_raw_no_follow(self, command):
        self.restarted = "microcontroller.reset()" in command

    def close(self):
        self.closed = True
