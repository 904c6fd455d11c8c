# SPDX-License-Identifier: MIT
"""Guard: runs the loop, and when it throws logs the traceback and starts it again.

in    nothing
out   never returns; a reload of code.py after a crash, a reset after the fourth in a row
keeps the number of crashes in a row in nvm
but   waits 0, 1, 2, 4 ... 60 s before it starts again, so that a board that cannot run does not wear its flash
"""
import gc
import os
import time

import microcontroller
import supervisor

from retrostep.device import nvm

_WEAR = 3  # crashes in a row after which a full reset is tried
_LONGEST_S = 60


def _feed():
    """A watchdog that the last run started may still count (nothing stops an nRF52840's) while we import."""
    dog = microcontroller.watchdog
    if dog is not None and dog.mode is not None:
        dog.feed()


def _text(error):
    try:
        import traceback

        return "".join(traceback.format_exception(error))
    except Exception:  # a heap that is full may refuse this too
        return repr(error)


def _keep(wearable, text):
    """Into the journal, and onto flash."""
    from retrostep import errors

    wearable.journal.log(errors.CRASH, wearable.session.total, nvm.crashes(), text)
    for _ in range(8):
        wearable.feed()
        wearable.journal.step(wearable.session.total)
        if wearable.journal.settled():
            break
    wearable.parts.haptics.stop()


def _load():
    """Import what the engine of this placement needs while the heap is empty: compiling its rooms later, between
    everything else, needs 70 bytes a line in one piece and failed (measured: 68 kB free were not enough)."""
    from retrostep import settings
    from retrostep.engine import Engine

    values = settings.load(os.getenv)
    Engine(values["placement"], None, alerts=values["alerts"])
    gc.collect()


def run():
    """Never returns."""
    wearable = None
    try:
        _feed()
        _load()
        _feed()
        from retrostep.device import loop

        _feed()
        wearable = loop.Wearable()
        wearable.run()
    except Exception as error:
        text = _text(error)
    print(text)
    count = nvm.crashed()
    try:
        if wearable is not None:
            _keep(wearable, text)
    except Exception as error:  # the crash may be the journal's own
        print(_text(error))
    for _ in range(min(_LONGEST_S, 1 << min(count - 1, 6)) - 1):
        _feed()
        time.sleep(1)
    if count > _WEAR:
        microcontroller.reset()
    supervisor.reload()
