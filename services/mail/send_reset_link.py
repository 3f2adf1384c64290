"""A link to set a new password goes out by mail; whoever asks learns nothing about who has an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.store.unit_of_work import UnitOfWork
from services.accounts.set_password import ResetLink, ask_password_reset_in
from services.mail.post_mail import post_mail

if TYPE_CHECKING:
    from services.office import Parts

Words = Callable[[ResetLink], tuple[str, str]]
"""Subject and text in the receiver's language; `{link}` in the text is where the link goes."""


def send_reset_link(office: Parts, login_or_mail: str, words: Words) -> None:
    """Write the mail if there is such an account with an address; the link itself is wiped from the row once it left."""
    office.database.run(lambda work: _write(office, work, login_or_mail, words))


def _write(office: Parts, work: UnitOfWork, login_or_mail: str, words: Words) -> None:
    reset = ask_password_reset_in(office, work, login_or_mail)
    if reset is None:
        return
    subject, text = words(reset)
    link = f"{office.settings.base_url}/password/reset?token={reset.token}"
    once = f"reset:{office.secrets.mac('reset-mail', reset.token)}"
    post_mail(
        office, work, to=f"account:{reset.account_id}", subject=subject, text=text, once=once, secrets={"link": link}
    )
