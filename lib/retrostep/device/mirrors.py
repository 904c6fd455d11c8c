# SPDX-License-Identifier: MIT
"""Mirrors: the two files of the log on the drive, found or made at a start. Unloaded afterwards.

in    a Flash (flash.py) without files
out   the same with both files open; `fresh`, `vanished` and `error` say what was found
keeps nothing
from  docs/formats.md, "Two mirrors, one ring"; FAT rewrites whole 4 KB sectors, so 4 KB of guard lie before and behind
      each mirror's folder and behind its file: a flush touches no sector of the other mirror, or of /journal itself
but   a folder that a cut destroyed is never deleted (its clusters may be the other mirror's): the next name is used;
      without room for it the other mirror works alone
not   quick: a new log is written once as a whole, 3 s for 256 KB
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


def is_made():
    """Whether there is a log, or was one."""
    return _is(_ROOT, 0x4000)


def _length(path):
    try:
        return os.stat(path)[6]
    except OSError:
        return -1


def open_both(flash):
    """Open or make both mirrors."""
    try:
        if not is_made():
            os.mkdir(_ROOT)
        paths = [_find(0), _find(1)]
        flash.vanished = nvm.marked() and paths[0] is None and paths[1] is None
        known = [_length(path) for path in paths if path]
        size = max(known) if known else _wanted()
        for mirror in range(2):
            path = paths[mirror]
            if path is None or _length(path) != size:
                try:
                    path = _make(mirror, size, flash.feed)
                except OSError as error:
                    if error.args[0] != 28 or not (known or mirror):
                        raise
                    flash.error = error
                    continue
                flash.fresh[mirror] = True
            flash.files[mirror] = open(path, "r+b")
        flash.length = size
        nvm.mark()
    except OSError as error:  # the computer owns the drive, or it is full: this boot's walks stay in RAM
        flash.length = 0
        flash.error = error


def _find(mirror):
    for name in _NAMES[mirror]:
        path = "%s/%s/log.bin" % (_ROOT, name)
        length = _length(path)
        if _SECTOR <= length <= MIRROR and length % _SECTOR == 0:  # a torn directory may claim any length
            return path
    return None


def _wanted():
    stat = os.statvfs("/")
    room = (stat[0] * stat[3] - _LEAVE) // 2 - 4 * _SECTOR
    size = min(MIRROR, room // _SECTOR * _SECTOR)
    if size < 4 * _SECTOR:
        raise OSError(28)
    return size


def _make(mirror, size, feed):
    for name in _NAMES[mirror]:
        folder = "%s/%s" % (_ROOT, name)
        try:
            if not _is(folder, 0x4000):
                _fill(folder + ".guard", _SECTOR, feed)  # lies before the folder: FAT gives clusters in order
                os.mkdir(folder)
            _fill(folder + "/guard", _SECTOR, feed)
            _fill(folder + "/log.bin", size, feed)
            _fill(folder + "/tail", _SECTOR, feed)
            return folder + "/log.bin"
        except OSError as error:
            if error.args and error.args[0] == 28:
                raise
    raise OSError(5)


def _fill(path, size, feed):
    """`feed` is called while it lasts."""
    blank = bytes(512)
    with open(path, "wb") as file:
        for at in range(0, size, 512):
            file.write(blank)
            if at == 0:
                file.flush()  # from here on the folder knows the clusters: a cut leaks none
            if feed and at % _SECTOR == 0:
                feed()
