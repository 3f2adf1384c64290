"""What can only be said of a whole card type: everything it names exists, and its parts agree. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from engine.findings import Finding, Rule, rule
from services.cards.models import KEYS, LINKS, NORMS
from services.fields import TYPES
from services.solutions.card_type import OWN_COLUMNS, OWN_FILTERS, OWN_SORTS, CardTypeFile

NO_FIELDS = rule("card-type-empty", "The card type declares no {what}.", "Add at least one [[{what}]].")
TWICE = rule("card-key-twice", "{what} «{key}» is declared twice.", "Remove or rename one of them.")
NOT_A_FIELD = rule(
    "card-field-unknown",
    "{place} names the field «{key}», which the card has not.",
    "Declare [[field]] {key} or correct the name.",
)
NOT_A_GROUP = rule(
    "card-group-unknown", "A tab names the group «{group}», which the card has not.", "Declare [[group]] {group}."
)
NOT_A_STATE = rule(
    "card-state-unknown",
    "{place} names the state «{state}», which the card has not.",
    "Declare [[state]] {state} or correct the name.",
)
NOT_A_CLASS = rule(
    "card-file-class-unknown",
    "`reply_file_class` names the file class «{id}», which the card has not.",
    "Declare [file_class.{id}] or correct the name.",
)
NO_LETTER = rule(
    "card-reply-template",
    "`reply_file_class` without `{lacking}`: nothing tells what a draft of the reply is printed from.",
    'Add {lacking} = "…".',
)
HIDDEN_CAPTION = rule(
    "card-caption-hidden",
    "The caption shows «{key}» to everybody who sees the card; the access of «{who}» does not.",
    "Take the field out of the caption or let everybody see it.",
)
NOT_A_RELATION = rule(
    "card-relation-field",
    "relation:field:{key} names no person and no unit field of the card.",
    "Name a field of the type person or unit.",
)
NOT_IN_VIEW = rule(
    "view-field-not-flagged",
    "The view «{view}» names «{key}» in {what}, which is not flagged for it.",
    "Give the field index, filter or sort, or take it out of the view.",
)
NOT_FLAGGED = rule(
    "field-not-filterable",
    "Lists cannot be filtered or sorted by «{key}»: {type} has no place in the card index.",
    "Take away index, filter and sort; or make it a field of one line, not personal.",
)
INDEX_FULL = rule(
    "card-index-full",
    "{count} fields are flagged {what}; a card type has room for {most}.",
    "Take index, filter or sort from those nobody asks for.",
)
NOT_IN_TEMPLATE = rule(
    "template-field",
    "The template «{template}» fills «{key}», which is computed, a file, unique or personal.",
    "Leave it out of the template.",
)
NOT_A_LINK = rule(
    "basis-link", "The basis «{source}» links as «{link}», which is no kind of link.", "Kinds of links: {known}."
)
UNREACHABLE = rule(
    "card-state-unreachable",
    "No transition leads to the state «{state}».",
    "Add a transition or remove the state.",
    "warning",
)


@dataclass
class Reading:
    """What is wrong so far in one file."""

    path: str
    findings: list[Finding] = field(default_factory=list)

    def say(self, broken: Rule, element: str | None = None, **params: Any) -> None:
        self.findings.append(Finding(broken, file=self.path, element=element, params=params))


def check_card_type(made: CardTypeFile, reading: Reading) -> None:
    """What can only be said of the whole file: everything named exists."""
    if not made.fields:
        reading.say(NO_FIELDS, what="field")
    if not made.states:
        reading.say(NO_FIELDS, what="state")
    once([spec.key for spec in made.fields], "Field", reading)
    once([state.id for state in made.states], "State", reading)
    once([one.id for one in made.transitions], "Transition", reading)
    for place, keys in _named_fields(made).items():
        for key in keys:
            if key not in made.by_key:
                reading.say(NOT_A_FIELD, key, place=place, key=key)
    states = {state.id for state in made.states}
    for place, ids in _named_states(made).items():
        for id in ids:
            if id not in states and id != "*":
                reading.say(NOT_A_STATE, id, place=place, state=id)
    _reply_file(made, reading)
    _flags(made, reading)
    _views(made, reading)
    _starts(made, reading)
    for key in {who.removeprefix("relation:field:") for who in made.whos() if who.startswith("relation:field:")}:
        if key not in made.by_key or made.by_key[key].type not in ("person", "unit"):
            reading.say(NOT_A_RELATION, key, key=key)
    _shown_to_all(made, reading)
    _tabs(made, reading)
    reached = {one.target for one in made.transitions}
    for state in made.states[1:]:
        if state.id not in reached:
            reading.say(UNREACHABLE, state.id, state=state.id)


def _tabs(made: CardTypeFile, reading: Reading) -> None:
    once([tab.id for tab in made.tabs], "Tab", reading)
    named = [group for tab in made.tabs for group in tab.groups]
    once(named, "Group of tabs", reading)
    for group in named:
        if group not in {one.id for one in made.groups}:
            reading.say(NOT_A_GROUP, group, group=group)


def _reply_file(made: CardTypeFile, reading: Reading) -> None:
    if made.reply_file_class is None:
        return
    if made.file_class(made.reply_file_class) is None:
        reading.say(NOT_A_CLASS, made.reply_file_class, id=made.reply_file_class)
    for lacking in ("reply_field", "reply_template"):
        if getattr(made, lacking) is None:
            reading.say(NO_LETTER, made.reply_file_class, lacking=lacking)


def _flags(made: CardTypeFile, reading: Reading) -> None:
    flagged = [spec for spec in made.fields if spec.index]
    for spec in flagged:
        if not TYPES[spec.type].asks_for(spec) or spec.multiline or (spec.personal and spec.type != "party"):
            reading.say(NOT_FLAGGED, spec.key, key=spec.key, type=spec.type)
    words = sum(spec.many or TYPES[spec.type].asks_for(spec) == "words" for spec in flagged)
    for count, what, most in ((len(flagged), "index, filter, sort", len(KEYS)), (words, "text, many", len(NORMS))):
        if count > most:
            reading.say(INDEX_FULL, count=count, what=what, most=most)


def _views(made: CardTypeFile, reading: Reading) -> None:
    """What a view shows, filters and sorts by is flagged for it."""
    for view in made.views:
        flagged = {
            "columns": (view.columns, {*OWN_COLUMNS, *(spec.key for spec in made.fields if spec.index)}),
            "filter": (view.filter, {*OWN_FILTERS, *(spec.key for spec in made.fields if spec.filter)}),
            "sort": ([view.sort.removeprefix("-")], {*OWN_SORTS, *(spec.key for spec in made.fields if spec.sort)}),
        }
        for what, (keys, known) in flagged.items():
            for key in keys:
                if key not in known:
                    reading.say(NOT_IN_VIEW, view.id, view=view.id, what=what, key=key)
        for state in view.filter.get("state", ()):
            if made.state(state) is None:
                reading.say(NOT_A_STATE, view.id, place=f"The view «{view.id}»", state=state)


def _starts(made: CardTypeFile, reading: Reading) -> None:
    """What new cards start with: a template holds only what may stand in one, a basis is linked with a kind there is."""
    for template in made.templates:
        for key in template.values:
            spec = made.by_key.get(key)
            personal = spec is not None and spec.personal and spec.type != "party"
            if spec is not None and (TYPES[spec.type].read_only or spec.type == "file" or spec.unique or personal):
                reading.say(NOT_IN_TEMPLATE, template.id, template=template.id, key=key)
    for basis in made.bases:
        if basis.link not in LINKS:
            reading.say(NOT_A_LINK, basis.source, source=basis.source, link=basis.link, known=", ".join(LINKS))


def _shown_to_all(made: CardTypeFile, reading: Reading) -> None:
    caption = set(re.findall(r"\{(\w+)\}", made.caption)) & set(made.by_key)
    for rule_ in made.access:
        hidden = caption & set(rule_.sees_not) | (caption - set(rule_.sees) if rule_.sees else set())
        for key in sorted(hidden if "see" in rule_.may else ()):
            reading.say(HIDDEN_CAPTION, key, key=key, who=rule_.who)


def _named_fields(made: CardTypeFile) -> dict[str, tuple[str, ...]]:
    special = {
        "party_field": made.party_field,
        "unit_field": made.unit_field,
        "executor_field": made.executor_field,
        "due_field": made.due_field,
        "reply_field": made.reply_field,
        "journal.initial": made.journal.initial if made.journal else None,
        "journal.case": made.journal.case if made.journal else None,
    }
    caption = tuple(key for key in re.findall(r"\{(\w+)\}", made.caption) if key not in {"number", "type"})
    return (
        {f"`{name}`": (key,) for name, key in special.items() if key}
        | {"The caption": caption}
        | {f"The group «{group.id}»": group.fields for group in made.groups}
        | {f"The transition «{one.id}»": (*one.requires, *one.asks) for one in made.transitions}
        | {f"A [[duplicate]] of {', '.join(one.fields)}": one.fields for one in made.duplicates}
        | {f"The template «{one.id}»": tuple(one.values) for one in made.templates}
        | {f"The basis «{one.source}»": tuple(one.fields) for one in made.bases}
        | {f"unique of «{one.key}»": (one.unique_within,) for one in made.fields if one.unique_within}
        | {f"The access of «{one.who}»": (*one.fields, *one.sees, *one.sees_not) for one in made.access}
    )


def _named_states(made: CardTypeFile) -> dict[str, tuple[str, ...]]:
    return (
        {f"The transition «{one.id}»": (*one.sources, one.target) for one in made.transitions}
        | {f"The access of «{one.who}» to {', '.join(one.may)}": one.states for one in made.access}
        | {f"The field «{spec.key}»": (*spec.required_in, *spec.hidden_in, *spec.readonly_in) for spec in made.fields}
    )


def once(keys: list[str], what: str, reading: Reading) -> None:
    """Say which of these keys are declared more than once."""
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        reading.say(TWICE, key, what=what, key=key)
