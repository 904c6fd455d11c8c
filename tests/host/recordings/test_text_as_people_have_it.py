# SPDX-License-Identifier: MIT
"""A plan, a walk script and a sidecar are read however Windows wrote them: with a mark in front, or as UTF-16."""

import codecs

import pytest
from retrostep_host import files, plans, recordings
from retrostep_host.virtual import walks
from retrostep_host.virtual.walking import script

WAYS = {
    "utf8": lambda text: text.encode(),
    "utf8_mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "powershell": lambda text: codecs.BOM_UTF16_LE + text.replace("\n", "\r\n").encode("utf-16-le"),
    "utf16_big": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "utf16_no_mark": lambda text: text.encode("utf-16-le"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_plan_a_script_and_a_sidecar_are_read_in_every_encoding_i12(way, tmp_path):
    def write(name, text):
        (tmp_path / name).write_bytes(WAYS[way](text))
        return tmp_path / name

    text = (plans.HERE / "six_weeks.toml").read_text(encoding="utf-8")
    assert plans.read(write("mine.toml", text)) == plans.read("six_weeks")
    assert plans.read(write("mine.json", '{"week": [{"intervals": ["backward 60 s"]}]}')).weeks[0].repeat == 1
    assert [line.verb for line in script.parse(script.read(write("a.walk", "stand 2 s\nforward 5 strides\n")))] == [
        "stand",
        "forward",
    ]
    walk = walks.save(walks.generate("stand 2 s\n"), tmp_path / "w")
    write("w.json", '{"placement": "wrist", "note": "größer"}')
    read = recordings.load(walk)
    assert read.placement == "wrist" and read.meta["note"] == "größer"


def test_bytes_that_are_no_text_stay_an_error(tmp_path):
    (tmp_path / "x").write_bytes(b"\x89PNG\xff\xfe\x00\x01")
    with pytest.raises(UnicodeDecodeError):
        files.text(tmp_path / "x", 100)
