"""Scenarios: stories of a solution, readable by the process's owner, playable on the real engine. Reading only; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import isodate

from engine.findings import Finding, Rule, rule

_LONGEST_WAIT = timedelta(days=3650)
FILE = "file"  # what a customer does first
CHANGE = "change"  # somebody changes fields on the card's page; everything else anybody does is a task

WORD = rule("scenario-word-unknown", "«{word}» is not known in {place}.", "Known words: {known}.")
NO_TITLE = rule("scenario-untitled", "The scenario has no title.", 'Add title = "…": a sentence saying what happens.')
NO_STEPS = rule("scenario-empty", "The scenario has no steps.", "Add [[step]] who, does, outcome.")
BAD_START = rule("scenario-start", "«{starts}» is not a moment.", 'Write starts = "2026-11-16T10:00".')
NOBODY = rule("scenario-cast", "Step {number}: «{who}» is not in the cast.", "Add it to [cast] or correct the name.")
NO_ACT = rule(
    "scenario-step", "Step {number} neither does something nor waits.", "Add who and does, or press, or wait."
)
BAD_WAIT = rule("scenario-wait", "Step {number}: «{wait}» is no duration.", "Write it like P3D or PT4H.")
NO_TASK = rule("scenario-task", "Step {number} does «{does}», which is no user task.", "User tasks: {known}.")
NO_BUTTON = rule("scenario-button", "Step {number} presses «{press}», which is no transition.", "Transitions: {known}.")
NO_OUTCOME = rule("scenario-outcome", "Step {number}: task «{does}» has no outcome «{outcome}».", "Outcomes: {known}.")


@dataclass(frozen=True)
class Customer:
    """Somebody outside, without an account."""

    name: str
    mail: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Step:
    """
    Somebody does a task, or presses a button of the card's page, or time passes; `then` is looked at afterwards. Before
    that they gave the card a file of each class in `attach`; `word`: they took the letter's draft into a word processor,
    added these paragraphs and brought it back. `card`: the type of card that is filed, where it is not the portal's.
    """

    who: str = ""
    does: str = ""
    press: str = ""
    card: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = ""
    remark: str = ""
    word: tuple[str, ...] = ()
    attach: tuple[str, ...] = ()
    wait: timedelta | None = None
    then: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """A story: `cast` gives each name a login or a customer; `expect` is what must be true at the end."""

    title: str
    starts: datetime
    cast: Mapping[str, str | Customer]
    steps: tuple[Step, ...]
    expect: Mapping[str, Any]


_TOP = frozenset({"title", "starts", "cast", "step", "expect"})
_STEP = frozenset({"who", "does", "press", "card", "with", "word", "attach", "outcome", "remark", "wait", "then"})
_SEEN = frozenset({"state", "open"})
_EXPECT = frozenset({"state", "number", "ended", "rounds", "files", "told", "noticed", "card", "open", "printed"})


@dataclass
class _Reading:
    path: str
    findings: list[Finding] = field(default_factory=list)

    def say(self, broken: Rule, **params: Any) -> None:
        step = f"step {params['number']}" if "number" in params else None
        self.findings.append(Finding(broken, file=self.path, element=step, params=params))

    def words(self, raw: Mapping[str, Any], known: frozenset[str], place: str) -> None:
        for word in raw.keys() - known:
            self.say(WORD, word=word, place=place, known=", ".join(sorted(known)))


def read_scenario(
    raw: Mapping[str, Any], path: str, tasks: Mapping[str, tuple[str, ...]], transitions: Collection[str] = ()
) -> tuple[Scenario | None, list[Finding]]:
    """
    The scenario in a parsed TOML file and what is wrong with it; None when it cannot be played.

    *tasks* are the solution's user tasks with their outcomes, *transitions* those of its cards.
    """
    reading = _Reading(path)
    reading.words(raw, _TOP, "the scenario")
    reading.words(raw.get("expect", {}), _EXPECT, "[expect]")
    if not str(raw.get("title", "")).strip():
        reading.say(NO_TITLE)
    if not raw.get("step"):
        reading.say(NO_STEPS)
    made = Scenario(
        title=str(raw.get("title", "")),
        starts=_moment(raw.get("starts"), reading),
        cast={name: _player(who) for name, who in raw.get("cast", {}).items()},
        steps=tuple(_step(number, each, reading) for number, each in enumerate(raw.get("step", []), 1)),
        expect=raw.get("expect", {}),
    )
    for number, step in enumerate(made.steps, 1):
        _check(number, step, made.cast, tasks, transitions, reading)
    return (None if reading.findings else made), reading.findings


def _moment(text: Any, reading: _Reading) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        reading.say(BAD_START, starts=text)
        return datetime(1970, 1, 1)  # noqa: DTZ001 - read in the organisation's zone by whoever plays it


def _player(raw: Any) -> str | Customer:
    if not isinstance(raw, Mapping):
        return str(raw)
    return Customer(str(raw.get("name", "")), str(raw.get("mail", "")), str(raw.get("phone", "")))


def _step(number: int, raw: Mapping[str, Any], reading: _Reading) -> Step:
    reading.words(raw, _STEP, f"step {number}")
    reading.words(raw.get("then", {}), _SEEN, f"`then` of step {number}")
    return Step(
        who=str(raw.get("who", "")),
        does=str(raw.get("does", "")),
        press=str(raw.get("press", "")),
        card=str(raw.get("card", "")),
        values=raw.get("with", {}),
        outcome=str(raw.get("outcome", "")),
        remark=str(raw.get("remark", "")),
        word=tuple(map(str, raw.get("word", ()))),
        attach=tuple(map(str, raw.get("attach", ()))),
        wait=_wait(number, raw.get("wait"), reading),
        then=raw.get("then", {}),
    )


def _wait(number: int, words: Any, reading: _Reading) -> timedelta | None:
    """A length of time that is the same whenever it begins: no months, no years."""
    if words is None:
        return None
    try:
        waited = isodate.parse_duration(str(words))
    except (isodate.ISO8601Error, ValueError):
        waited = None
    if not isinstance(waited, timedelta) or not timedelta() < waited < _LONGEST_WAIT:
        reading.say(BAD_WAIT, number=number, wait=words)
        return None
    return waited


def _check(
    number: int,
    step: Step,
    cast: Mapping[str, str | Customer],
    tasks: Mapping[str, tuple[str, ...]],
    transitions: Collection[str],
    reading: _Reading,
) -> None:
    if not step.does and not step.press:
        if step.wait is None:
            reading.say(NO_ACT, number=number)
        return
    if step.who not in cast:
        reading.say(NOBODY, number=number, who=step.who)
    if step.press and step.press not in transitions:
        reading.say(NO_BUTTON, number=number, press=step.press, known=", ".join(sorted(transitions)))
    if step.press or step.does in (FILE, CHANGE):
        return
    if step.does not in tasks:
        reading.say(NO_TASK, number=number, does=step.does, known=", ".join(sorted(tasks)))
    elif step.outcome not in tasks[step.does]:
        known = ", ".join(tasks[step.does])
        reading.say(NO_OUTCOME, number=number, does=step.does, outcome=step.outcome, known=known)
