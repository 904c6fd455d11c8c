# SPDX-License-Identifier: MIT
"""usb_cdc: console and data channel, as far as boot.py switched them on."""

import math

from retrostep_host.virtual.shims import module


class Serial:
    def __init__(self, machine, name):
        self._machine = machine
        self._name = name
        self.timeout = None
        self.write_timeout = None

    @property
    def _channel(self):
        return getattr(self._machine.usb, self._name)

    @property
    def connected(self):
        return self._machine.usb.plugged and self._channel.connected()

    @property
    def in_waiting(self):
        self._machine.advance(5000)
        if self._machine.usb.plugged:
            self._channel.pump()
        return len(self._channel.rx)

    @property
    def out_waiting(self):
        if self._machine.usb.plugged:
            self._channel.pump()
        return len(self._channel.tx)

    def read(self, size=1):
        rx = self._channel.rx
        out = bytes(rx[:size])
        del rx[: len(out)]
        self._machine.advance(30_000 + 1000 * len(out))  # full speed USB carries about 1 MB/s
        return out

    def readinto(self, buffer):
        data = self.read(len(buffer))
        memoryview(buffer)[: len(data)] = data
        return len(data)

    def write(self, data):
        data = bytes(data)
        self._machine.advance(30_000 + 1000 * len(data))
        done = self._channel.write(data) if self._machine.usb.plugged else len(data)
        waited_s = 0.0
        patience_s = math.inf if self.write_timeout is None else self.write_timeout
        while done < len(data) and waited_s < patience_s and self._machine.usb.plugged:
            self._machine.advance(1_000_000)
            waited_s += 0.001
            done += self._channel.write(data[done:])
        return done

    def flush(self):
        self._channel.pump()

    def reset_input_buffer(self):
        self._channel.rx.clear()

    def reset_output_buffer(self):
        self._channel.tx.clear()


def make(machine, interpreter):
    def enable(*, console=True, data=False):
        if not machine.in_boot_py:
            raise RuntimeError("Cannot change USB devices now")
        machine.cdc = [bool(console), bool(data)]

    def disable():
        enable(console=False, data=False)

    on = machine.cdc if not machine.in_boot_py else (False, False)
    return module(
        "usb_cdc",
        enable=enable,
        disable=disable,
        console=Serial(machine, "console") if on[0] else None,
        data=Serial(machine, "data") if on[1] else None,
        Serial=Serial,
    )
