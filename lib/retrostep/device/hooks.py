# SPDX-License-Identifier: MIT
"""Hooks: what the link may ask of the board, carried out.

in    requests that link.verbs has checked
out   settings in force, clock, buzz, end of session, lock
keeps references only
not   code from outside: there is no verb for it
"""
import os

from retrostep import events
from retrostep import settings
from retrostep.coach import patterns
from retrostep.device import clock
from retrostep.device import padlock
from retrostep.link import hooks


class Hooks(hooks.Hooks):
    def __init__(self, board, settings, wall):
        self.board = board
        self.session = None
        self._settings = settings
        self._wall = wall
        self.lock = padlock.kept()
        self.tries = padlock.tries
        self.ms, self.since = clock.ms, clock.since
        self.random = os.urandom

    def settings(self):
        return self._settings

    def newcomer(self):
        from retrostep.device import newcomer

        self.session.end(events.END_LINK)
        newcomer.begin(self.session.journal, self.session.coach, self._settings, settings.defaults())

    def setting(self, name, value):
        self._settings[name] = value
        self.session.coach.on_setting(name)

    def time(self, utc_us, offset_min):
        self._wall.set(utc_us // 1000000, offset_min)

    def start(self):
        self.session.is_wanted = True  # not from here: a small board's Python stack is short of the way to an engine

    def end(self):
        self.session.end(events.END_LINK)

    def identify(self, pattern):
        if pattern < len(patterns.PULSES):
            self.session.tell(pattern)
        self.session.parts.light.flash(500)

    def capture(self, seconds):
        return self.session.capture(seconds)

    def plan(self, state):
        return self.session.coach.plan(bytes(state))

    def set_lock(self, lock):
        kept = padlock.keep(lock)
        self.lock = padlock.kept()
        return kept
