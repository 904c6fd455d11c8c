# SPDX-License-Identifier: MIT
"""USB: moves bytes between usb_cdc.data and the link server, never waiting.

in    what the computer sends, at most 64 bytes a read (large reads have corrupted data: circuitpython issue 4921)
out   the server's frames, as far as the channel takes them; the rest waits
keeps nothing: what did not go out stays with the server
"""
import supervisor
import usb_cdc

_READ = 64  # one full-speed packet
_READS = 4  # reads a pass: one request
_WRITES = 4  # pieces of work a pass: four frames, under 10 ms


class Pump:
    """`is_plugged()` asks for the cable; `run(server)` moves what there is."""

    def __init__(self):
        self._port = usb_cdc.data
        self._was_open = False
        if self._port is not None:
            self._port.timeout = 0
            self._port.write_timeout = 0

    def is_plugged(self):
        """A computer is there."""
        return supervisor.runtime.usb_connected

    def run(self, server):
        """True when something moved. When the port is closed, half-done work is forgotten."""
        port = self._port
        if port is None:
            return False
        if not port.connected:
            if self._was_open:
                self._was_open = False
                server.disconnect()
            return False
        self._was_open = True
        moved = False
        for _ in range(_READS):
            count = port.in_waiting
            if not count:
                break
            server.feed(port.read(min(count, _READ)))
            moved = True
        for _ in range(_WRITES):
            out = server.poll()
            if not len(out):
                break
            done = port.write(out)
            if not done:
                break
            server.sent(done)
            moved = True
        return moved
