"""
An instance as it was: its tokens and variables at any moment, added up from what each step wrote into the history.

Now and then a job keeps the sum (`HistoryImage`), so that reading a moment costs the steps since then and not all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.jobs.kinds import JobKind, JobView
from engine.packing import unpacked
from engine.runtime.values import from_json
from engine.store.models import HistoryImage, HistoryStep, Instance
from engine.store.rows import put_or_change
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine import Engine

EVERY = 200
"""After so many revisions the sum is kept."""
KIND = "keep-image"


@dataclass(frozen=True)
class PastToken:
    """A token of then, on its drawn element."""

    token: str
    element: str


@dataclass(frozen=True)
class Past:
    """
    What was true after `revision`, the last step before the moment asked for, which happened `at`.

    `whole` is False when the history does not reach back to the beginning (a step of an earlier release, or forgotten):
    then there may have been more. `variables` are those of the instance itself, `inner` those of its other scopes.
    """

    revision: int
    at: datetime
    command: str | None
    by_id: int | None
    subject_revision: int | None
    tokens: tuple[PastToken, ...]
    variables: Mapping[str, Any]
    inner: Mapping[str, Mapping[str, Any]]
    whole: bool


@dataclass
class Sum:
    """Steps added up."""

    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    variables: dict[str, dict[str, str]] = field(default_factory=dict)
    whole: bool = True

    @classmethod
    def of(cls, image: HistoryImage) -> Sum:
        """The sum that was kept."""
        made = cls(tokens={token: (element, holder) for token, element, holder in image.tokens})
        for scope, name, text in image.variables:
            made.variables.setdefault(scope, {})[name] = text
        return made

    def add(self, details: Mapping[str, Any] | None) -> None:
        """What the first line of a revision tells of its step."""
        moved = (details or {}).get("tokens")
        if details is None or moved is None:
            self.whole = False
            return
        for token in moved.get("gone", ()):
            self.tokens.pop(token, None)
        for holder in moved.get("swept", ()):
            self._sweep(holder)
        self.tokens |= {token: (element, holder) for token, element, holder in moved.get("born", ())}
        for scope in moved.get("dropped", ()):
            self.variables.pop(scope, None)
        for scope, name, text in details.get("variables", ()):
            if text is not None:
                self.variables.setdefault(scope, {})[name] = text
            else:
                self.variables.get(scope, {}).pop(name, None)

    def _sweep(self, holder: str) -> None:
        for token in [token for token, (_, within) in self.tokens.items() if within == holder]:
            del self.tokens[token]
            self.variables.pop(token, None)


def as_of(session: Session, instance_id: int, moment: datetime) -> Past | None:
    """The instance as it was at *moment*; None when it had not begun, or its history was pruned."""
    last = _last_before(session, instance_id, moment)
    if last is None:
        return None
    added = _added_up(session, instance_id, last.revision)
    scopes = {
        scope: {name: from_json(text) for name, text in sorted(values.items())}
        for scope, values in added.variables.items()
    }
    return Past(
        revision=last.revision,
        at=last.at,
        command=(last.details or {}).get("command"),
        by_id=last.by_id,
        subject_revision=last.subject_revision,
        tokens=tuple(PastToken(token, element) for token, (element, _) in added.tokens.items()),
        variables=scopes.pop("", {}),
        inner=scopes,
        whole=added.whole,
    )


def _last_before(session: Session, instance_id: int, moment: datetime) -> HistoryStep | None:
    """The first line of the last revision until then."""
    line = select(HistoryStep).where(HistoryStep.instance_id == instance_id, HistoryStep.seq == 0)
    line = line.where(HistoryStep.at <= moment).order_by(HistoryStep.revision.desc()).limit(1)
    found = session.scalars(line).one_or_none()
    if found is None:
        found = next((one for one in reversed(_packed(session, instance_id)) if one.at <= moment), None)
    return found


def _packed(session: Session, instance_id: int) -> list[HistoryStep]:
    return [line for line in unpacked(session, instance_id) if line.seq == 0]


def _added_up(session: Session, instance_id: int, revision: int) -> Sum:
    kept = select(HistoryImage).where(HistoryImage.instance_id == instance_id, HistoryImage.revision <= revision)
    image = session.scalars(kept.order_by(HistoryImage.revision.desc()).limit(1)).one_or_none()
    added = Sum() if image is None else Sum.of(image)
    steps = _steps(session, instance_id, 0 if image is None else image.revision, revision)
    if image is None and (not steps or (steps[0] or {}).get("command") != "start_instance"):
        added.whole = False
    for details in steps:
        added.add(details)
    return added


def _steps(session: Session, instance_id: int, after: int, until: int) -> list[Any]:
    asked = select(HistoryStep.details).where(
        HistoryStep.instance_id == instance_id,
        HistoryStep.seq == 0,
        HistoryStep.revision > after,
        HistoryStep.revision <= until,
    )
    found = list(session.scalars(asked.order_by(HistoryStep.revision)))
    return found or [line.details for line in _packed(session, instance_id) if after < line.revision <= until]


def keep_image(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
    """The sum of an instance's history up to a revision, unless it does not reach back to the beginning."""
    instance_id, revision = job.payload["instance_id"], job.payload["revision"]
    if work.session.get(Instance, instance_id) is None:
        return
    added = _added_up(work.session, instance_id, revision)
    if not added.whole:
        return
    row = {
        "instance_id": instance_id,
        "revision": revision,
        "tokens": [[token, element, holder] for token, (element, holder) in added.tokens.items()],
        "variables": [[scope, name, text] for scope, of in added.variables.items() for name, text in of.items()],
    }
    put_or_change(work.session, HistoryImage, [row])


KEEPING = JobKind(KIND, act=keep_image)
