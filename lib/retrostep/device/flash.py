# SPDX-License-Identifier: MIT
"""Flash: the journal's disk of four functions over two preallocated files on the drive.

in    read(mirror, offset, buffer), write(mirror, offset, data), flush(mirror), size()
out   bytes; OSError where the drive refuses
keeps two open files; `vanished`: this board had a log and the drive is empty now
from  docs/formats.md, "Two mirrors, one ring"
but   what finds and makes the files is needed once: mirrors.py
not   longer than 53 ms a call for a flush of one sector
"""
import os

from retrostep import compat


class Flash:
    """Both mirrors, opened and made when they are not there. `feed` is called while a long write goes on."""

    def __init__(self, feed=None):
        self.feed = feed
        self.files = [None, None]
        self.fresh = [False, False]  # made just now: holds nothing
        self.vanished = False
        self.error = None
        self.length = 0  # of one mirror

    def open(self):
        """Open or make both mirrors. Afterwards `size()` > 0 unless the drive refuses (see `error`)."""
        from retrostep.device import mirrors

        mirrors.open_both(self)
        del mirrors
        compat.forget("retrostep.device.mirrors")

    def size(self):
        """Bytes of one mirror; 0 when there is no log."""
        return self.length

    def read(self, mirror, offset, buffer):
        file = self._file(mirror)
        file.seek(offset)
        got = file.readinto(buffer)
        if got != len(buffer):
            raise OSError(5)

    def write(self, mirror, offset, data):
        file = self._file(mirror)
        file.seek(offset)
        file.write(data)

    def flush(self, mirror):
        os.sync()  # the data alone; `file.flush()` would rewrite the folder too, and a cut there costs the mirror

    def _file(self, mirror):
        file = self.files[mirror]
        if file is None:
            raise OSError(5)
        return file
