# SPDX-License-Identifier: MIT
"""RAM: the journal's disk of four functions in memory, for a board whose drive belongs to the computer.

in    as flash.py
out   bytes
keeps all of it; what is not synced is lost with the power
"""


class Ram:
    def __init__(self, size=8192):
        self._data = bytearray(size)

    def size(self):
        return len(self._data)

    def read(self, mirror, offset, buffer):
        buffer[:] = self._data[offset : offset + len(buffer)]

    def write(self, mirror, offset, data):
        self._data[offset : offset + len(data)] = data

    def flush(self, mirror):
        pass
