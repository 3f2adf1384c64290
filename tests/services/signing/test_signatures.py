"""Sergei signs with his password again; whoever changes what he signed is seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from engine.clock import ManualClock
from engine.errors import Invalid, NotAllowed
from engine.store.models import Audit
from services.accounts.sign_in import sign_in
from services.bootstrap import Office
from services.files.models import Attachment, AttachmentVersion, Blob
from services.signing.models import Signature
from services.signing.queries import SignatureRow, signatures
from services.signing.sign import check_signer, sign
from tests.services.stage import PASSWORD, a_card, acting, an_instance, cast

REPLY = "<p>Деньги вернём.</p>"


@pytest.fixture
def card(office: Office) -> int:
    cast(office)
    card_id = a_card(office)
    an_instance(office, card_id)
    return card_id


def upload(
    office: Office, clock: ManualClock, card_id: int, sha: str, *, attachment: int | None = None, by: int | None = 1
) -> int:
    def put(work: object) -> int:
        session = work.session  # type: ignore[attr-defined]
        session.merge(Blob(sha256=sha * 64, size=1, stored_at=clock.now()))
        row = session.get(Attachment, attachment) if attachment else None
        if row is None:
            row = Attachment(card_id=card_id, file_class="answer", name="a.docx", created_at=clock.now())
            session.add(row)
            session.flush()
        row.versions += 1
        session.add(
            AttachmentVersion(
                attachment_id=row.id,
                version=row.versions,
                blob_sha256=sha * 64,
                name="a.docx",
                content_type="x",
                size=1,
                at=clock.now(),
                by_id=by,
            )
        )
        return row.id  # type: ignore[no-any-return]

    return office.database.run(put)


def signs(office: Office, clock: ManualClock, card_id: int, outcome: str = "sign", remark: str = "") -> None:
    actor = acting(office, "sergei")
    office.database.run(
        lambda work: sign(
            office,
            work,
            actor,
            clock.now(),
            card_id=card_id,
            account_id=actor.account_id or 0,
            task_id=None,
            outcome=outcome,
            remark=remark,
            text=REPLY,
        )
    )
    clock.move(timedelta(minutes=1))


def seen(office: Office, card_id: int, text: str = REPLY) -> SignatureRow:
    with office.database.reading() as session:
        return signatures(office, session, card_id, text)[0]


def test_a_signature_holds_and_covers_what_was_signed(office: Office, card: int, clock: ManualClock) -> None:
    upload(office, clock, card, "a")
    signs(office, clock, card)
    row = seen(office, card)
    assert (row.signer, row.post, row.decision, row.holds, row.covers) == ("Сергей", "Директор", "signed", True, True)
    assert len(row.mark) == 16


def test_a_changed_reply_is_seen(office: Office, card: int, clock: ManualClock) -> None:
    signs(office, clock, card)
    row = seen(office, card, REPLY + "<p>Не вернём.</p>")
    assert (row.holds, row.covers) == (True, False)


def test_a_new_version_of_a_signed_file_is_seen_and_a_new_file_or_our_own_print_is_not(
    office: Office, card: int, clock: ManualClock
) -> None:
    file = upload(office, clock, card, "a")
    signs(office, clock, card)
    upload(office, clock, card, "b")
    upload(office, clock, card, "c", attachment=file, by=None)
    assert seen(office, card).covers
    upload(office, clock, card, "d", attachment=file)
    assert not seen(office, card).covers


def test_a_row_that_was_tampered_with_no_longer_holds(office: Office, card: int, clock: ManualClock) -> None:
    signs(office, clock, card, "refuse", "Нет")
    office.database.run(lambda work: work.session.execute(update(Signature).values(decision="signed")))
    assert not seen(office, card).holds


def test_a_refusal_says_why(office: Office, card: int, clock: ManualClock) -> None:
    with pytest.raises(Invalid) as refused:
        signs(office, clock, card, "refuse")
    assert refused.value.fields == {"remark": ("remark-required", {})}


def test_a_wrong_password_signs_nothing_and_is_counted(office: Office, card: int) -> None:
    sergei = acting(office, "sergei")
    check_signer(office, sergei, PASSWORD)
    for wrong in ("", "wrong password"):
        with pytest.raises(Invalid) as refused:
            check_signer(office, sergei, wrong)
        assert refused.value.fields == {"password": ("password-wrong", {})}
    with office.database.reading() as session:
        counted = select(func.count()).where(Audit.action == "signature.password-wrong")
        assert session.scalar(counted) == 2


def test_guessing_the_signers_password_has_to_wait(office: Office, clock: ManualClock, card: int) -> None:
    sergei = acting(office, "sergei")

    def problem(password: str) -> str:
        with pytest.raises(Invalid) as refused:
            check_signer(office, sergei, password)
        return refused.value.fields["password"][0]

    assert [problem("wrong password") for _ in range(3)] == ["password-wrong"] * 3
    assert problem(PASSWORD) == "sign-in-delayed", "even the right one, until the time is over"
    with pytest.raises(NotAllowed, match="sign-in-delayed"):
        sign_in(office, "sergei", PASSWORD)
    clock.move(timedelta(seconds=3))
    check_signer(office, sergei, PASSWORD)
    assert problem("wrong password") == "password-wrong", "a good one starts the count anew"
