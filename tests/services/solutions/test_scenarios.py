"""A scenario is read whole, and everything wrong in it is said at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.solutions.scenarios import Customer, read_scenario

TASKS = {"weigh": ("accept", "refuse"), "sign": ("sign",)}
STORY: dict[str, Any] = {
    "title": "Clara's letter is weighed and signed",
    "starts": "2026-11-16T10:00",
    "cast": {"clara": {"name": "Clara", "mail": "clara@example.com"}, "anna": "anna", "boris": "boris"},
    "step": [
        {"who": "clara", "does": "file", "with": {"text": "It leaks."}},
        {"wait": "P3D", "then": {"open": ["weigh"]}},
        {"who": "anna", "does": "weigh", "outcome": "accept", "with": {"card.kind": "claim"}},
        {"who": "boris", "does": "sign", "outcome": "sign"},
    ],
    "expect": {"state": "closed", "number": "7/2026"},
}


def wrong(**changes: Any) -> list[str]:
    made, findings = read_scenario(STORY | changes, "scenarios/story.toml", TASKS)
    assert (made is None) == bool(findings)
    return [found.code for found in findings]


def test_a_whole_story_is_read() -> None:
    story, findings = read_scenario(STORY, "scenarios/story.toml", TASKS)
    assert findings == [] and story is not None
    assert story.starts == datetime(2026, 11, 16, 10, 0)  # noqa: DTZ001 - wall clock of the organisation
    assert story.cast == {"clara": Customer("Clara", "clara@example.com"), "anna": "anna", "boris": "boris"}
    filed, waited, weighed, signed = story.steps
    assert (filed.who, filed.does, filed.values) == ("clara", "file", {"text": "It leaks."})
    assert waited.wait == timedelta(days=3) and waited.then == {"open": ["weigh"]}
    assert (weighed.outcome, signed.outcome) == ("accept", "sign")


def test_a_story_needs_a_title_steps_and_a_start() -> None:
    assert wrong(title=" ", starts="soon", step=[]) == ["scenario-untitled", "scenario-empty", "scenario-start"]


def test_who_acts_is_in_the_cast() -> None:
    assert wrong(step=[{"who": "dmitri", "does": "sign", "outcome": "sign"}]) == ["scenario-cast"]


def test_what_is_done_is_a_task_with_that_outcome() -> None:
    step = {"who": "anna", "does": "stamp", "outcome": "sign"}
    other = {"who": "anna", "does": "weigh", "outcome": "maybe"}
    assert wrong(step=[step, other]) == ["scenario-task", "scenario-outcome"]


def test_a_button_pressed_is_a_transition_of_a_card() -> None:
    step = [
        {"who": "anna", "does": "file", "card": "letter"},
        {"who": "anna", "does": "change", "with": {"subject": "Leak"}},
        {"who": "boris", "press": "register", "attach": ["common"]},
    ]
    told = STORY | {"step": step}
    story, findings = read_scenario(told, "scenarios/story.toml", {}, {"register"})
    assert findings == [] and story is not None
    assert [(one.card, one.press, one.attach) for one in story.steps] == [
        ("letter", "", ()),
        ("", "", ()),
        ("", "register", ("common",)),
    ]
    assert wrong(step=step) == ["scenario-button"]


def test_a_step_does_or_waits_a_length_of_time() -> None:
    assert wrong(step=[{"then": {"state": "closed"}}, {"wait": "three days"}, {"wait": "P1M"}]) == [
        "scenario-wait",
        "scenario-wait",
        "scenario-step",
        "scenario-step",
        "scenario-step",
    ]


def test_words_nobody_knows_are_named() -> None:
    assert wrong(expect={"stats": "closed"}, mood="grim") == ["scenario-word-unknown", "scenario-word-unknown"]
