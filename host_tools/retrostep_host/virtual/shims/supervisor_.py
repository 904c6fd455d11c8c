# SPDX-License-Identifier: MIT
"""supervisor: USB, wrapping milliseconds, reload."""

from retrostep_host.virtual.machine import Reload
from retrostep_host.virtual.shims import module

_START_MS = (1 << 29) - 65536  # CircuitPython starts close to the wrap, so that every program meets it


class RunReason:
    STARTUP = "supervisor.RunReason.STARTUP"
    AUTO_RELOAD = "supervisor.RunReason.AUTO_RELOAD"
    SUPERVISOR_RELOAD = "supervisor.RunReason.SUPERVISOR_RELOAD"
    REPL_RELOAD = "supervisor.RunReason.REPL_RELOAD"


class SafeModeReason:
    NONE = "supervisor.SafeModeReason.NONE"
    BROWNOUT = "supervisor.SafeModeReason.BROWNOUT"
    HARD_FAULT = "supervisor.SafeModeReason.HARD_FAULT"
    WATCHDOG = "supervisor.SafeModeReason.WATCHDOG"
    USER = "supervisor.SafeModeReason.USER"
    SAFE_MODE_PY_ERROR = "supervisor.SafeModeReason.SAFE_MODE_PY_ERROR"


class Runtime:
    def __init__(self, machine):
        self._machine = machine
        self.autoreload = True
        self.run_reason = RunReason.STARTUP
        self.safe_mode_reason = SafeModeReason.NONE
        self.rgb_status_brightness = 0
        self.ble_workflow = False
        self.display = None

    @property
    def usb_connected(self):
        usb = self._machine.usb
        return usb is not None and usb.plugged

    @property
    def serial_connected(self):
        return self.usb_connected and self._machine.usb.console.connected()

    @property
    def serial_bytes_available(self):
        return len(self._machine.usb.console.rx) if self.usb_connected else 0


def make(machine, interpreter):
    def reload():
        raise Reload

    def disable_ble_workflow():
        if not machine.chip.has_ble:
            raise NotImplementedError
        machine.ble = False

    def ticks_ms():
        machine.advance(2000)
        return (machine.now_ns // 1_000_000 + _START_MS) % (1 << 29)

    return module(
        "supervisor",
        runtime=Runtime(machine),
        ticks_ms=ticks_ms,
        reload=reload,
        disable_ble_workflow=disable_ble_workflow,
        RunReason=RunReason,
        SafeModeReason=SafeModeReason,
        get_previous_traceback=lambda: machine.previous_traceback,
        set_usb_identification=lambda *_, **__: None,
        set_next_code_file=lambda *_, **__: None,
        disable_autoreload=lambda: None,
    )
