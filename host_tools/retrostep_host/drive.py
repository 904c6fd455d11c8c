# SPDX-License-Identifier: MIT
"""Drive: what goes onto a board's drive, and putting it there without touching what is not ours.

in    firmware/, lib/retrostep and the Adafruit drivers (drivers/, each compared with its SHA-256) of the checkout, else
      of the installed package; a board file; settings
out   a drive that boots, packed for a board (packing/) or as it is for the virtual one; the list of files that were
      written; retrostep.manifest.json with every hash, in the folder of modules that it was written to
keeps foreign files, journals and the settings somebody made; a copy of any file of somebody's own that has to make
      room (KEPT); writes only what differs; code.py last
but   adafruit_bus_device is not copied: it is built into CircuitPython
not   a real board's mount point: `retrostep install` finds it
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path, PurePosixPath

from retrostep_host import libs
from retrostep_host.errors import BadDrive

HERE = Path(__file__).resolve().parent
MANIFEST = libs.MANIFEST
SETTINGS = "settings.toml"
KEPT = "before-retrostep"  # folder on the drive for copies of somebody's own files
STAGED = "retrostep_new"  # folder of an update as 0.2 and before made them over the console
FINISH = STAGED + "/finish.py"  # that version's boot.py ends it with this, so it goes first
NOBODYS = (b"", b'print("Hello World!")')  # code.py and settings.toml of a drive that CircuitPython made
DEFAULT_BOARD = "pico_lsm6dsox"
ASKED_FIRST = "which_lib.py"  # boot.py and code.py import it
BUILT_IN = ("adafruit_bus_device/",)  # into CircuitPython; the virtual board takes them from here


class UnknownBoard(BadDrive):
    """There is no board file of that name. Kept: the drive, untouched."""


class DamagedLibrary(BadDrive):
    """A driver differs from the one that its author published. Kept: the drive, untouched."""


def checkout() -> Path | None:
    """The folder that this file was checked out into; None when it is installed."""
    root = HERE.parent.parent
    return root if (root / "firmware" / "code.py").is_file() and (root / "lib" / "retrostep").is_dir() else None


def _root() -> tuple[Path, Path, Path]:
    """(firmware, boards, lib/retrostep)."""
    if root := checkout():
        return root / "firmware", root / "boards", root / "lib" / "retrostep"
    import retrostep

    return HERE / "_drive" / "firmware", HERE / "_drive" / "boards", Path(retrostep.__file__).resolve().parent


def drivers() -> Path:
    """The folder of Adafruit's drivers."""
    root = checkout()
    return root / "drivers" if root else HERE / "_drive" / "drivers"


def boards() -> dict[str, Path]:
    """Name -> board file; the default first."""
    found = {path.stem: path for path in sorted(_root()[1].glob("*.py"))}
    return dict(sorted(found.items(), key=lambda item: item[0] != DEFAULT_BOARD))


def board_file(name: str | None) -> Path:
    """The file of a board, by file name, by CircuitPython's board id, or by the path of one of your own, which is
    checked. Raises UnknownBoard, BadBoardFile."""
    known = boards()
    if name is None:
        name = DEFAULT_BOARD
    if name in known:
        return known[name]
    if name.endswith(".py"):
        return _own(Path(name))
    for path in known.values():
        if name in facts(path)["BOARD_IDS"]:
            return path
    raise UnknownBoard(
        f"There is no board file for {name}; the known ones are {', '.join(known)}.", board=name
    )


def _own(path: Path) -> Path:
    from retrostep_host import boards as checks

    try:
        wrong = checks.check(path)
    except checks.BadBoardFile as error:
        wrong = [str(error).removeprefix(f"{path}: ").removesuffix(".")]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise checks.BadBoardFile(
            f"{path}: {wrong[0]}{more}. Nothing was written; `retrostep docs build` shows how to write one."
        )
    return path


def facts(path: Path) -> dict:
    """The constants of a board file, read without running it."""
    from retrostep_host import boards as checks

    return checks.facts(path)


def _tree(folder: Path, to: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            yield to + path.relative_to(folder).as_posix(), path.read_bytes()


def _libraries() -> Iterator[tuple[str, bytes]]:
    for line in (drivers() / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        wanted, where = line.split()
        path = drivers() / where
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() != wanted:
            raise DamagedLibrary(
                f"The driver {where} of this Retrostep is not the one that it came with; nothing was written. "
                "Install it again: pip install --force-reinstall retrostep",
                file=where,
            )
        if not where.startswith(BUILT_IN):
            yield "lib/" + where, data


def contents(board: str | None = None) -> dict[str, bytes]:
    """Path on the drive -> bytes, everything but the settings; code.py comes last."""
    firmware, _, library = _root()
    out = dict(_libraries())
    out.update(_tree(library, "lib/retrostep/"))
    out["lib/retrostep_board.py"] = board_file(board).read_bytes()
    root = dict(_tree(firmware, ""))
    root.pop(SETTINGS, None)
    out.update(sorted(root.items(), key=lambda item: (item[0] == "code.py", item[0] != ASKED_FIRST, item[0])))
    return out


@cache
def packed(board: str | None = None) -> dict[str, bytes]:
    """`contents` as a real board gets them (packing/)."""
    from retrostep_host import packing

    return packing.pack(contents(board))


def _value(value: object) -> str:
    return str(value) if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)


def set_settings(text: str, values: dict[str, object]) -> str:
    """settings.toml with these values; a line that is there (commented out or not) is used, the rest is kept."""
    from retrostep import settings

    for name, value in values.items():
        value = settings.check(name, value)
        key = settings.PREFIX + name.upper()
        line = f"{key} = {_value(value)}"
        live = re.compile(rf"^{key}\s*=.*$", re.M)
        dormant = re.compile(rf"^#\s*{key}\s*=.*$", re.M)
        for pattern in (live, dormant):
            if pattern.search(text):
                text = pattern.sub(line.replace("\\", r"\\"), text, count=1)
                break
        else:
            text = text.rstrip("\n") + "\n" + line + "\n"
    return text


def _put(path: Path, data: bytes) -> None:
    """Write, make sure that it is on the medium, and read it back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if path.read_bytes() != data:
        raise BadDrive(f"{path} does not hold what was written; try another cable or check the drive.")


@dataclass(frozen=True)
class Change:
    """One file on the drive: what happens to it, its bytes afterwards, and where what stood there is kept.

    `what`: "write" (new, or an older one of ours), "add to" (settings.toml: what stands in it stays), "replace" and
    "remove". `kept`: where on the drive a copy of somebody's own file goes first; "" when what stood there was ours.
    """

    what: str
    where: str
    data: bytes = b""
    kept: str = ""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)


class Folder:
    """A drive that is mounted here, or any folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def digest(self, where: str) -> str | None:
        data = self.read(where)
        return None if data is None else sha1(data)

    def read(self, where: str) -> bytes | None:
        path = self.root / where
        return path.read_bytes() if path.is_file() else None

    def names(self, under: str) -> list[str]:
        found = (self.root / under).rglob("*")
        return [path.relative_to(self.root).as_posix() for path in found if path.is_file()]

    def fit(self, where: str, data: bytes) -> bytes:
        old = self.read(where) or b""
        return old if old == libs.padded(where, data, len(old)) else data


def sha1(data: bytes) -> str:
    """As the manifest has it; against accident, not attack."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def changes(place: libs.Place, new: dict[str, bytes], settings: dict | None = None) -> list[Change]:
    """Everything that would make `place` boot `new`, in the order in which it is done. Writes nothing. Raises OSError.

    A file is ours when it is what the manifest says that we wrote, or what CircuitPython puts onto a new drive;
    anything else is somebody's own. CircuitPython takes a .py before the .mpy of the same name, and code.txt before
    code.py, so those go as well. So does an update that was left half: it would be ended over this one.
    """
    known, lib = _manifest(place), libs.of(new)
    stale = {where for where in known if where.startswith(lib + "/")}
    stale.update(where for where in place.names(lib + "/retrostep") if _is_module(where))
    stale.update(where[:-4] + ".py" for where in new if where.endswith(".mpy"))
    stale.add("code.txt")
    out = [Change("remove", where) for where in sorted(place.names(STAGED), key=lambda where: where != FINISH)]
    out += [
        Change("remove", where, kept=_kept(place, where, known))
        for where in sorted(stale.difference(new))
        if place.digest(where) is not None
    ]
    old = place.read(SETTINGS)
    text = _settings_text(old, settings or {})
    if text != old:
        out.append(Change("write" if old is None else "add to", SETTINGS, text))
    for where, data in new.items():
        old = place.digest(where)
        if old != sha1(data):
            kept = "" if old is None else _kept(place, where, known)
            out.append(Change("replace" if kept else "write", where, data, kept))
    return out


def _is_module(where: str) -> bool:
    path = PurePosixPath(where)
    return path.suffix.endswith("py") and "__pycache__" not in path.parts


def _is_spare(where: str) -> bool:
    """A file of the folder that is not in use is ours whatever it holds: an update may have been cut off there."""
    return where.startswith(libs.LIBS[1] + "/") or where.endswith((".mpy", "/retrostep_board.py"))


def _kept(place: libs.Place, where: str, known: dict[str, set[str]]) -> str:
    """Where a copy of somebody's own file is kept; "" for one that is nobody's. Earlier copies stay."""
    ours, old = known.get(where, set()), place.digest(where)
    if old in ours or where.startswith(libs.other(libs.chosen(place)) + "/") and _is_spare(where):
        return ""
    data = place.read(where)
    if data.strip() in NOBODYS or hashlib.sha256(data).hexdigest() in ours:  # earlier manifests had SHA-256
        return ""
    path = PurePosixPath(KEPT, where)
    for number in count(2):
        if place.digest(path.as_posix()) in (None, old):
            return path.as_posix()
        path = PurePosixPath(KEPT, where).with_suffix(f".{number}{PurePosixPath(where).suffix}")


def _settings_text(old: bytes | None, settings: dict) -> bytes:
    """settings.toml with what CircuitPython needs and these values; the rest stays, bytes that are no text too:
    CircuitPython skips such a line."""
    ours = (_root()[0] / SETTINGS).read_text(encoding="utf-8")
    text = set_settings(ours if old is None else old.decode(errors="surrogateescape"), settings)
    for line in ours.splitlines():  # what CircuitPython itself needs, also beside settings somebody made earlier
        key = line.partition("=")[0].strip()
        if key.startswith("CIRCUITPY_") and not re.search(rf"^{key}\s*=", text, re.M):
            text = text.rstrip("\n") + "\n" + line + "\n"
    return text.encode(errors="surrogateescape")


def manifest(new: dict[str, bytes]) -> bytes:
    """What the manifest says when all of `new` is in place."""
    return _as_manifest({where: sha1(data) for where, data in new.items()})


def _as_manifest(known: dict) -> bytes:
    return json.dumps({"files": known}, indent=0, sort_keys=True).encode()


def apply(root: Path, todo: list[Change], new: dict[str, bytes]) -> list[str]:
    """Do what `changes` said; copies of somebody's own files first. Returns the files written or removed. Raises
    OSError, BadDrive."""
    place, final, where_manifest = Folder(root), manifest(new), libs.manifest_path(new)
    if todo:
        root.mkdir(parents=True, exist_ok=True)
    for change in todo:
        if change.kept:
            _put(root / change.kept, (root / change.where).read_bytes())
    if todo:  # a cable out from here on leaves files of two versions, both of them ours
        before, hashes = _manifest(place), {where: sha1(data) for where, data in new.items()}
        known = {where: sorted(before.get(where, set()) | {hashes.get(where, "")} - {""}) for where in before | hashes}
        _put(root / where_manifest, _as_manifest(known))
    for change in todo:
        if change.what == "remove":
            (root / change.where).unlink()
        else:
            _put(root / change.where, change.data)
    if place.read(where_manifest) != final:
        _put(root / where_manifest, final)
    return [change.where for change in todo]


def prepare(
    drive: str | os.PathLike[str],
    board: str | None = None,
    settings: dict | None = None,
    files: dict[str, bytes] | None = None,
) -> list[str]:
    """Make `drive` boot this version. Returns the files written or removed (empty: nothing differed).

    `settings`: name -> value for settings.toml; the others in that file stay. `files`: what goes onto it, `contents` as
    they are by default. Somebody's own files are kept as `changes` says. Raises UnknownBoard, OSError.
    """
    root = Path(drive)
    root.mkdir(parents=True, exist_ok=True)
    new = libs.fitted(Folder(root), contents(board) if files is None else files, libs.chosen(Folder(root)))
    return apply(root, changes(Folder(root), new, settings), new)


def _manifest(place: libs.Place) -> dict[str, set[str]]:
    """Path on the drive -> hashes of what we wrote there; of two versions where the way to the second was cut."""
    known: dict[str, set[str]] = {}
    for lib in libs.LIBS:
        try:
            found = json.loads(place.read(MANIFEST.replace(libs.LIBS[0], lib, 1)) or b"{}")["files"]
            for where, said in found.items():
                if ".." not in str(where):
                    hashes = said if isinstance(said, list) else [said]
                    known.setdefault(str(where), set()).update(str(one) for one in hashes)
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            continue
    return known
