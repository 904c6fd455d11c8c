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
_WRITES = 4  # pieces of work a pass: four frames, under 10 ms; 32 blocks hashed, 31 ms
_POURS = 16  # pieces of a bulk a pass: 64 KB, 90 ms on a full-speed bus, as long as a flush or two
_IDLE_POURS = 64  # the same while nobody walks: 256 KB, the largest log, 0.4 s
_WRITE_S = 0.005  # the longest that the channel may make us wait; 4 KB take 3.4 ms on a full-speed bus


class Pump:
    """`is_plugged()` asks for the cable; `run(server)` moves what there is."""

    def __init__(self):
        self._port = usb_cdc.data
        self._was_open = False
        if self._port is not None:
            self._port.timeout = 0
            self._port.write_timeout = _WRITE_S

    def is_plugged(self):
        """A computer is there."""
        return supervisor.runtime.usb_connected

    def _is_open(self, server):
        """Somebody has the port open; when nobody has, half-done work is forgotten and a lock is closed at once."""
        is_open = self._port.connected
        if self._was_open and not is_open:
            server.disconnect()
        self._was_open = is_open
        return is_open

    def run(self, server):
        """True when something moved. When the port is closed, half-done work is forgotten."""
        port = self._port
        if port is None:
            return False
        if not self._is_open(server):
            return False
        moved = False
        for _ in range(_READS):
            count = port.in_waiting
            if not count:
                break
            server.feed(port.read(min(count, _READ)))
            moved = True
        for count in range(_POURS if server.journal.running else _IDLE_POURS):
            if count >= _WRITES and server.bulk is None or not self._is_open(server):
                break
            out = server.poll()
            if not len(out):
                if server.hashing is None:
                    break
                continue
            whole = len(out)
            done = port.write(out)
            server.sent(done)
            moved = moved or done > 0
            if done < whole:
                break
        return moved
