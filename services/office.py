"""
The office: everything a use case needs, made once by `services.bootstrap` and handed down; there are no globals.

`Parts` is the office without the engine: what operations are made with, because the engine is made with them. Use cases
that start or move a process take `Office`, all others `Parts` (an `Office` is one).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from engine import Engine
from engine.clock import Clock
from engine.store.unit_of_work import Database
from services.cards.set_sizes import SetSizes
from services.privacy.note_read import SeenLately
from services.secrets import Secrets
from services.settings import Settings

if TYPE_CHECKING:
    from services.accounts.people import AccountPeople
    from services.files.store import FileStore
    from services.mail.patience import PatientMailer
    from services.sandbox.sandbox import Sandbox
    from services.solutions.shelf import Shelf


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What services are built from. `shelf` knows the deployed card types and texts; policies are read per session;
    `set_sizes` how much a list's filters leave; `seen_lately` which readings of personal data were noted."""

    settings: Settings
    database: Database
    clock: Clock
    secrets: Secrets
    files: FileStore
    people: AccountPeople
    shelf: Shelf
    mailer: PatientMailer
    sandbox: Sandbox
    set_sizes: SetSizes = field(default_factory=SetSizes)
    seen_lately: SeenLately = field(default_factory=SeenLately)


@dataclass(frozen=True, kw_only=True)
class Office(Parts):
    """The whole office."""

    engine: Engine

    @classmethod
    def of(cls, parts: Parts, engine: Engine) -> Office:
        """The parts and the engine that was made with them."""
        return cls(**{part.name: getattr(parts, part.name) for part in fields(Parts)}, engine=engine)

    def close(self) -> None:
        """Let go of connections and of the sandbox's child."""
        self.sandbox.close()
        self.database.close()
