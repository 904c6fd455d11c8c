# SPDX-License-Identifier: MIT
"""What a board is told over its console to look at its drive and to change it: over_console.py sends it.

in    ROOT ("" on a board), DOG_S, MOST, FOLDERS
out   lines of size, SHA-1 and path
keeps a watchdog that runs from OPEN on and is fed by each command; `kept`, the files that are written: closing one
      would rewrite its folder, so they stay open until the reset (measured: bench/install_on_board.py)
from  what CircuitPython 9 and 10 have; 20 kB in one command do not fit a heap
but   FAT is rewritten where files begin, grow or go; so all of those that begin or grow are open before the first one
      does, and FAT goes onto flash once for all of them
"""

from __future__ import annotations

from retrostep_host import drive, libs
from retrostep_host.sync.console import WATCH

MOST = 262144  # bytes of a file that is looked at: ours are shorter, and a log is not ours to hash

OPEN = WATCH + """
import os, binascii, hashlib
buffer = bytearray(512)
kept = {}
def tell(path):
    sum, size = hashlib.new("sha1"), 0
    with open(ROOT + path, "rb") as file:
        while True:
            count = file.readinto(buffer)
            if not count:
                break
            sum.update(bytes(memoryview(buffer)[:count]))
            size += count
    print(size, str(binascii.hexlify(sum.digest()), "ascii"), path)
def look(folder, deep):
    try:
        names = os.listdir(ROOT + folder or "/")
    except (OSError, UnicodeError):
        return
    for name in names:
        path = folder + "/" + name
        feed()
        try:
            stat = os.stat(ROOT + path)
            if stat[0] & 0x4000:
                if deep:
                    look(path, deep)
            elif name[0] != "." and stat[6] < MOST:
                tell(path)
        except (OSError, UnicodeError):
            pass
def folder(path):
    feed()
    try:
        os.mkdir(ROOT + path)
    except OSError:
        pass
def remove(path):
    feed()
    try:
        os.remove(ROOT + path)
    except OSError:
        pass
def keep(path):
    feed()
    if path not in kept:
        try:
            kept[path] = open(ROOT + path, "r+b", 0)
        except OSError:
            kept[path] = open(ROOT + path, "w+b", 0)
def grow(path, size, blank):
    feed()
    file = kept[path]
    if not blank:
        file.seek(size)
        return
    size -= file.seek(0, 2)
    while size > 0:
        size -= file.write(LINES[:min(size, 512)])
LINES = bytes([10]) * 512
def close(path):
    feed()
    kept.pop(path).close()
def copy(path, to):
    feed()
    with open(ROOT + path, "rb") as source, open(ROOT + to, "wb") as target:
        while True:
            count = source.readinto(buffer)
            if not count:
                break
            target.write(memoryview(buffer)[:count])
    tell(to)
def put(path, text, at):
    keep(path)
    kept[path].seek(at)
    kept[path].write(binascii.a2b_base64(text))
feed()
try:
    import storage
    readonly = storage.getmount("/").readonly
except ImportError:
    readonly = False
stat = os.statvfs(ROOT or "/")
print(int(readonly), stat[0] * stat[3], stat[0])
"""

LOOK = """
look("", False)
for name in FOLDERS:
    look("/" + name, True)
"""
FOLDERS = (*libs.LIBS, drive.KEPT, drive.STAGED)

READ = """
with open(ROOT + %r, "rb") as file:
    while True:
        feed()
        data = file.read(384)
        if not data:
            break
        print(str(binascii.b2a_base64(data), "ascii").strip())
"""
