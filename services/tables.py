"""Imports every module with tables, so that `Base.metadata` is whole: for migrations, tests and bootstrap."""

from engine.store import models as engine_models
from engine.store.base import Base
from services.access import models as access
from services.accounts import models as accounts
from services.approval import models as approval
from services.cards import models as cards
from services.directories import models as directories
from services.discussion import models as discussion
from services.files import models as files
from services.notifications import models as notifications
from services.organisation import models as organisation
from services.parties import models as parties
from services.policies import models as policies
from services.portal import models as portal
from services.privacy import models as privacy
from services.registration import models as registration
from services.signing import models as signing
from services.upkeep import models as upkeep

__all__ = [
    "Base",
    "access",
    "accounts",
    "approval",
    "cards",
    "directories",
    "discussion",
    "engine_models",
    "files",
    "notifications",
    "organisation",
    "parties",
    "policies",
    "portal",
    "privacy",
    "registration",
    "signing",
    "upkeep",
]
