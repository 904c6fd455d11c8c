# SPDX-License-Identifier: MIT
"""Places: what kind of file system a store lies on.

in    a path
out   the kind, as the system calls it; the kinds that are network shares
not   whether it may be written, or has room: without_room.py
"""

from __future__ import annotations

from pathlib import Path

NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ncpfs", "davfs"}  # /proc/mounts


def file_system(path: Path) -> str:
    """The kind of file system under `path` on Linux ("ext4", "nfs"), "" elsewhere or when unknown."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    here = str(path.absolute())
    best = ("", "")
    for line in mounts:
        fields = line.split()
        point = fields[1].replace("\\040", " ").rstrip("/") if len(fields) > 2 else "?"
        if (here == point or here.startswith(point + "/")) and len(point) >= len(best[0]):
            best = (point, fields[2])
    return best[1]
