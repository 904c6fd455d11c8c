# SPDX-License-Identifier: MIT
"""At boot: what the start found, into the log, once. Unloaded afterwards.

in    what opening the log and recovery found, settings.toml
out   why the board started, as journal.block.STOPS numbers it; LOG records with a reason of retrostep.errors
keeps nothing
"""
import microcontroller

from retrostep import compat
from retrostep import errors
from retrostep.device import nvm

_NAMES = 60  # bytes of settings that were ignored: they fit a walk's first block (docs/formats.md)


def why():
    """Why the board started."""
    if nvm.safe_modes():
        return 6
    if nvm.crashes():
        return 4
    why = str(microcontroller.cpu.reset_reason)
    for number, word in ((1, "POWER_ON"), (2, "BROWNOUT"), (3, "WATCHDOG"), (5, "SOFTWARE"), (5, "RESET_PIN")):
        if word in why:
            return number
    return 0


def tell(session, vanished, rebuilt, ignored):
    """`vanished`, `rebuilt`: as link.hooks names them; `ignored`: settings whose values in settings.toml are bad;
    names there that set nothing come to it."""
    log, flash = session.log, session.parts.flash
    if vanished:
        log(errors.LOGS_VANISHED)
    if rebuilt:
        log(errors.MIRROR_REBUILT, rebuilt)
    if flash.error is not None:
        log(errors.FLASH_ERROR, 0, str(flash.error))
    reason = {2: errors.BROWNOUT, 3: errors.WATCHDOG, 6: errors.SAFE_MODE}.get(session.journal.stop)
    if reason:
        log(reason)
    try:
        with open("/settings.toml", "rb") as file:
            from retrostep import misspelt

            ignored += misspelt.strange(file)
            del misspelt
            compat.forget("retrostep.misspelt")
    except OSError:
        pass
    session.ignored = ", ".join(ignored)[:_NAMES]
    if ignored:
        log(errors.SETTING_IGNORED, len(ignored), session.ignored)
