# SPDX-License-Identifier: MIT
"""Whatever makes the motor run has its own sentence, and the sentence is the log's and not the pattern's."""

import ast
from dataclasses import replace
from pathlib import Path

import walks
from retrostep import events
from retrostep.coach.patterns import PATTERNS
from retrostep_host.report import buzzes, measures
from retrostep_host.store.rows import Event

ROOT = Path(__file__).resolve().parents[3]


def asked():
    """(pattern, cause) of every call of `ask` in the firmware, where the call itself names them."""
    for path in sorted((ROOT / "lib" / "retrostep").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "ask"):
                continue
            if len(node.args) != 2 or not isinstance(node.args[1], ast.Attribute):
                continue
            cause = events.KINDS[getattr(events, node.args[1].attr)][0]
            names = [n.attr for n in ast.walk(node.args[0]) if isinstance(n, ast.Attribute) and n.attr.isupper()]
            yield from ((name.lower(), cause) for name in names or ["stop", "goal"])  # plan._close gets either


def said(*found, **changes):
    walk = replace(walks.walk(plan=()), events=tuple(found), alerts={}, **changes)
    return [text for _, _, text in measures.alerts(walk)]


def test_every_buzz_of_the_firmware_has_its_sentence():
    found = set(asked())
    assert len(found) > 10
    assert found <= set(buzzes.SAYS), "a buzz whose meaning the report does not know"
    assert set(buzzes.SAYS) <= found, "a sentence for a buzz that nothing makes"
    assert {pattern for pattern, _ in found} == {row[0] for row in PATTERNS}


def test_the_safety_question_is_no_unsteady_walk_and_its_answer_no_hundred_steps():
    question = Event(0, 3.0, "alert", "slow", "plan")
    press, answer = Event(1, 9.0, "button", "press=1"), Event(2, 9.1, "alert", "goal", "plan")
    end = Event(3, 300.0, "alert", "goal", "plan")
    first, second, third = said(question, press, answer, end)
    assert "safe" in first and "unsteady" not in first
    assert "answer" in second and "hundred" not in second
    assert "over" in third and "answer" not in third and "hundred" not in third


def test_one_pattern_says_what_led_to_it():
    causes = ("stumble", "fall", "wobble", "end", "log")
    sentences = said(*(Event(n, float(n), "alert", "stop", cause) for n, cause in enumerate(causes)))
    assert len(set(sentences)) == len(causes)
    assert "unsteady" in said(Event(0, 0.0, "alert", "slow", "wobble"))[0]


def test_a_goal_is_named_only_where_one_was_set():
    goal = Event(0, 3.0, "alert", "goal", "step")
    assert "goal that was set" in said(goal, settings={"steps_goal": 50})[0]
    assert said(goal) == ["Buzz “goal”: well done: a hundred steps back"]


def test_nothing_is_claimed_of_a_cause_that_is_not_known():
    assert said(Event(0, 0.0, "alert", "slow", "kind_40")) == ["Buzz “slow”: because of: kind_40"]
    assert said(Event(0, 0.0, "alert", "pattern 9", None)) == ["Buzz “pattern 9”"]
