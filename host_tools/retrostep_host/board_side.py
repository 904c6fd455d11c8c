# SPDX-License-Identifier: MIT
"""What a board is told over its console to look at its drive and to change it: over_console.py sends it.

in    ROOT ("" on a board), HERE (the folder of new files), DOG_S, MOST, FOLDERS
out   lines of size, SHA-1 and path; FINISH, the file with which boot.py ends an update that was cut off
keeps nothing; a watchdog that runs from OPEN on is fed by each command
from  what CircuitPython 9 and 10 have; 20 kB in one command do not fit a heap
"""

from __future__ import annotations

from retrostep_host import drive
from retrostep_host.sync.console import WATCH

MOST = 262144  # bytes of a file that is looked at: ours are shorter, and a log is not ours to hash

# One line of an update: "- /path" removes, "name /path" copies /retrostep_new/name there. The computer runs it a line
# at a time; boot.py, after a cut, from the beginning.
STEP = """
buffer = bytearray(512)
def folders(path):
    at = path.find("/", 1)
    while at > 0:
        try:
            os.mkdir(ROOT + path[:at])
        except OSError:
            pass
        at = path.find("/", at + 1)
def remove(path):
    try:
        os.remove(ROOT + path)
    except OSError:
        pass
def same(one, other):
    try:
        with open(ROOT + one, "rb") as first, open(ROOT + other, "rb") as second:
            while True:
                data = first.read(512)
                if data != second.read(512):
                    return False
                if not data:
                    return True
    except OSError:
        return False
def step(line):
    name, _, path = line.partition(" ")
    if name == "-":
        remove(path)
        return
    if same(HERE + name, path):
        return
    folders(path)
    with open(ROOT + HERE + name, "rb") as source, open(ROOT + path, "wb") as target:
        while True:
            count = source.readinto(buffer)
            if not count:
                break
            target.write(memoryview(buffer)[:count])
"""

OPEN = STEP + WATCH + """
import os, binascii, hashlib
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
    except OSError:
        return
    for name in names:
        path = folder + "/" + name
        stat = os.stat(ROOT + path)
        feed()
        if stat[0] & 0x4000:
            if deep:
                look(path, deep)
        elif name[0] != "." and stat[6] < MOST:
            tell(path)
def put(path, text, more):
    folders(path)
    feed()
    with open(ROOT + path, "ab" if more else "wb") as file:
        file.write(binascii.a2b_base64(text))
feed()
try:
    import storage
    readonly = storage.getmount("/").readonly
except ImportError:
    readonly = False
stat = os.statvfs(ROOT or "/")
print(int(readonly), stat[0] * stat[3])
"""

LOOK = """
look("", False)
for folder in FOLDERS:
    look("/" + folder, True)
"""
FOLDERS = ("lib", drive.KEPT, drive.STAGED)

READ = """
with open(ROOT + %r, "rb") as file:
    while True:
        feed()
        data = file.read(384)
        if not data:
            break
        print(str(binascii.b2a_base64(data), "ascii").strip())
"""

FINISH = f"""# Written by `retrostep install`: ends an update whose files lie here whole. boot.py runs it.
import os
import storage
ROOT, HERE = "", "/{drive.STAGED}/"
{STEP}
def feed():
    try:
        import microcontroller
        microcontroller.watchdog.feed()
    except Exception:
        pass
def finish():
    storage.remount("/", readonly=False)
    with open(HERE + "list") as file:
        lines = file.read().split("\\n")
    for line in lines:
        feed()
        step(line)
    os.remove(HERE + "finish.py")
    for name in os.listdir(HERE):
        feed()
        os.remove(HERE + name)
    os.rmdir(HERE[:-1])
    storage.remount("/", readonly=True)
finish()
"""  # the last line begins it: a file that was cut off does nothing
