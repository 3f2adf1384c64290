"""
What an error's code says to the person who meets it. English is the message id; parameters by name.

A code raised anywhere in the product has its sentence here (`tests/contracts/test_words.py`).
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

MESSAGES: dict[str, Any] = {
    "signed-out": _("Your session has ended. What you typed is kept."),
    "page-not-found": _(
        "It may have been removed, or it is not open to you. Check the address or go back to the list."
    ),
    "passwords-differ": _("The two are not the same. Type the new password once more."),
    "sign-in-refused": _("Name and password do not go together. Check the keyboard layout and Caps Lock."),
    "sign-in-delayed": _("Too many wrong tries. The next one is possible %(until)s."),
}
