# SPDX-License-Identifier: MIT
"""Flash: the journal's disk of four functions over two preallocated files on the drive.

in    read(mirror, offset, buffer), write(mirror, offset, data), flush(mirror), size()
out   bytes; OSError where the drive refuses
keeps two open files; `vanished`: this board had a log and the drive is empty now
from  docs/formats.md, "Two mirrors, one ring"; FAT rewrites whole 4 KB sectors, so 4 KB of guard lie before and behind
      each mirror's folder and behind its file: a flush touches no sector of the other mirror, or of /journal itself
but   a folder that a cut destroyed is never deleted (its clusters may be the other mirror's): the next name is used;
      without room for it the other mirror works alone
not   longer than 53 ms a call for a flush of one sector; `open` writes the whole file once, 3 s for 256 KB
"""
import os

from retrostep.device import nvm

MIRROR = 262144  # bytes a mirror at most: 512 blocks, several days of walking
_SECTOR = 4096
_LEAVE = 65536  # bytes left free for the wearer's own files and for copying a new firmware
_ROOT = "/journal"  # not /retrostep: the root is searched before /lib, and a folder is a package
_NAMES = (("a", "c", "e"), ("b", "d", "f"))


def _is(path, flag):
    try:
        return os.stat(path)[0] & flag != 0
    except OSError:
        return False


def _length(path):
    try:
        return os.stat(path)[6]
    except OSError:
        return -1


def is_made():
    """Whether there is a log, or was one."""
    return _is(_ROOT, 0x4000)


class Flash:
    """Both mirrors, opened and made when they are not there. `feed` is called while a long write goes on."""

    def __init__(self, feed=None):
        self._feed = feed
        self._files = [None, None]
        self.fresh = [False, False]  # made just now: holds nothing
        self.vanished = False
        self.error = None
        self._size = 0

    def open(self):
        """Open or make both mirrors. Afterwards `size()` > 0 unless the drive refuses (see `error`)."""
        try:
            if not is_made():
                os.mkdir(_ROOT)
            paths = [self._find(0), self._find(1)]
            self.vanished = nvm.marked() and paths[0] is None and paths[1] is None
            known = [_length(path) for path in paths if path]
            size = max(known) if known else self._wanted()
            for mirror in range(2):
                path = paths[mirror]
                if path is None or _length(path) != size:
                    try:
                        path = self._make(mirror, size)
                    except OSError as error:
                        if error.args[0] != 28 or not (known or mirror):
                            raise
                        self.error = error
                        continue
                    self.fresh[mirror] = True
                self._files[mirror] = open(path, "r+b")
            self._size = size
            nvm.mark()
        except OSError as error:  # the computer owns the drive, or it is full: this boot's walks stay in RAM
            self._size = 0
            self.error = error

    def _find(self, mirror):
        for name in _NAMES[mirror]:
            path = "%s/%s/log.bin" % (_ROOT, name)
            length = _length(path)
            if _SECTOR <= length <= MIRROR and length % _SECTOR == 0:  # a torn directory may claim any length
                return path
        return None

    def _wanted(self):
        stat = os.statvfs("/")
        room = (stat[0] * stat[3] - _LEAVE) // 2 - 4 * _SECTOR
        size = min(MIRROR, room // _SECTOR * _SECTOR)
        if size < 4 * _SECTOR:
            raise OSError(28)
        return size

    def _make(self, mirror, size):
        for name in _NAMES[mirror]:
            folder = "%s/%s" % (_ROOT, name)
            try:
                if not _is(folder, 0x4000):
                    self._fill(folder + ".guard", _SECTOR)  # lies before the folder: FAT gives clusters in order
                    os.mkdir(folder)
                self._fill(folder + "/guard", _SECTOR)
                self._fill(folder + "/log.bin", size)
                self._fill(folder + "/tail", _SECTOR)
                return folder + "/log.bin"
            except OSError as error:
                if error.args and error.args[0] == 28:
                    raise
        raise OSError(5)

    def _fill(self, path, size):
        blank = bytes(512)
        with open(path, "wb") as file:
            for at in range(0, size, 512):
                file.write(blank)
                if at == 0:
                    file.flush()  # from here on the folder knows the clusters: a cut leaks none
                if self._feed and at % _SECTOR == 0:
                    self._feed()

    # the four functions -----------------------------------------------------------------------------------
    def size(self):
        """Bytes of one mirror; 0 when there is no log."""
        return self._size

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
        file = self._files[mirror]
        if file is None:
            raise OSError(5)
        return file


class Ram:
    """The same four functions in memory, for a board whose drive belongs to the computer: synced or lost."""

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
