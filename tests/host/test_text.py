# SPDX-License-Identifier: MIT
"""What somebody else wrote is shown and never obeyed: by a terminal, a page, a spreadsheet, a reader of JSON."""

import csv
import io
import json
import re
import sys

import pytest
import walks
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from retrostep_host.cli import _terminal, main
from retrostep_host.export import cells
from retrostep_host.export.blocks import Block, Same
from retrostep_host.report import page
from retrostep_host.store import Store
from retrostep_host.text import lines, plain, short

ATTACK = "\x1b]0;PWN\x07\x1b[2J"
HIDDEN = ["\x1b[2J", "\x9b2J", "\x07", "a\rb", "a\nb", "\x7f", "\0"]  # obeyed
HIDDEN += ["\u202eabc", "\u2066x", "a\u2028b", "\ufeff", "\ud83d"]  # reordered, hidden, half


@pytest.mark.parametrize("text", HIDDEN)
def test_what_a_terminal_obeys_becomes_visible(text):
    said = plain(text)
    assert said.isprintable() and "\\" in said


@pytest.mark.parametrize("text", ["Jürgen P-07", "歩く", "3\u00a0km", "نمی\u200cخواهم", "👩\u200d🦯", "→ −5 °"])
def test_what_people_write_stays(text):
    assert plain(text) == text


@given(st.text())
def test_any_text_is_one_line_that_is_only_seen(text):
    said = plain(text)
    assert all(one.isprintable() or one.isspace() or one in "\u200c\u200d" for one in said)
    assert len(said.splitlines()) <= 1 and not re.search("[\x00-\x1f\x7f-\x9f]", said)
    assert "\n".join(map(plain, text.split("\n"))) == lines(text) or "\r\n" in text


def test_a_quoted_value_is_short():
    assert len(short("9" * 5000)) == 40 and short("9" * 40) == "9" * 40


def test_the_door_shows_codes_as_text(capsys):
    _terminal.say(f"board {ATTACK}", "two\nlines")
    _terminal.say(ATTACK, err=True)
    out, err = capsys.readouterr()
    assert out.splitlines() == [r"board \x1b]0;PWN\x07\x1b[2J", r"two\nlines"] and "\x1b" not in err


def test_a_terminal_without_the_letter_gets_an_escape(monkeypatch):
    bare = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", bare)
    _terminal.say("→ Jürgen")
    bare.flush()
    assert bare.buffer.getvalue() == b"\\u2192 J\\xfcrgen\n"


def test_json_is_plain_ascii_and_says_the_same(capsys):
    _terminal.say_json({"code": ATTACK + "\x7f\x9b\u202eü"})
    (line,) = capsys.readouterr().out.splitlines()
    assert line.isascii() and line.isprintable()
    assert json.loads(line) == {"code": ATTACK + "\x7f\x9b\u202eü"}


def test_a_page_holds_no_code(tmp_path):
    said = page.render([walks.walk(settings={"code": ATTACK + "\u202e<b>"}, firmware=ATTACK)])
    assert "\x1b" not in said and "\x07" not in said and "\u202e" not in said
    assert r"\x1b]0;PWN" in said and "&lt;b&gt;" in said


def test_a_stored_code_and_a_file_name_reach_no_terminal(tmp_path):
    with Store(tmp_path / "s") as store:
        store.add(walks.walk(settings={"code": ATTACK}), b"x")
    for words in (["list", "--code", "x"], ["delete", "--all", "--no-board"]):
        done = CliRunner().invoke(main.cli, [*words, "--store", str(tmp_path / "s")])
        assert "\x1b" not in done.output + str(plain(done.exception))
    assert main._run(["list", "--code", "x", "--store", str(tmp_path / "s")]) == 25


def test_errors_show_the_names_of_files_and_do_not_obey_them(capsys, tmp_path):
    strange = str(tmp_path / "\x1b]0;PWN\x07.npz")
    assert main._run(["replay", strange]) == 10
    assert main._run(["plan", "check", strange]) == 15
    assert main._run(["\x1b]0;PWN"]) == 2
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err and err.count(r"\x1b]0;PWN") == 3


# spreadsheets ----------------------------------------------------------------------------------------------
def written(*row):
    file = io.BytesIO()
    writer = cells.Writer(file, [])
    for values in (row, ["next"]):
        writer.add(Block([[value] if at % 2 else Same(value) for at, value in enumerate(values)], 1))
    return file.getvalue().decode().removeprefix("\n")  # the names of no columns


FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "P\r=1+1", "P\n=1", "P;=1+1", "P; =1", "\t=1", "\r=1", ";@", "a;;-b", "=1;=2", "＝1"]
)
def test_no_cell_is_a_formula_whatever_cuts_the_line(text):
    said = written("before", text, 1.5)
    rows = list(csv.reader(io.StringIO(said, newline="")))
    assert [len(row) for row in rows] == [3, 1] and "\r" not in said
    assert not FORMULA.match(rows[0][1])
    for line in said.splitlines():
        for cut in ";\t|":
            assert not any(FORMULA.match(cell) for cell in line.split(cut)[1:]), line


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_texts_stay_in_their_row_and_do_nothing(texts):
    said = written("x", *texts)
    rows = list(csv.reader(io.StringIO(said, newline="")))
    assert len(rows) == 2 and len(rows[0]) == len(texts) + 1
    assert not any(FORMULA.match(cell) for cell in rows[0])
    assert not any(FORMULA.match(cell) for cell in said.splitlines()[0].split(";")[1:])


def test_numbers_stay_numbers():
    assert written(-0.5, None, 3) == "-0.5,,3\nnext\n"
