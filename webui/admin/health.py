"""The health page: each thing the office needs with a light, in plain words, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l

from services.upkeep.health import facts
from services.upkeep.health_rules import Colour, Light, lights, worst
from webui.admin.area import area, at
from webui.api.health import redis_answers
from webui.presentation import reader
from webui.reading import office, reading

WORDS: Mapping[Colour, Any] = {"ok": _l("In order"), "note": _l("Look at it"), "no": _l("Act now"), "idle": ""}
WHOLE: Mapping[Colour, Any] = {
    "ok": _l("Everything is in order"),
    "note": _l("Something wants to be looked at"),
    "no": _l("Something has to be done now"),
}
NAMES: Mapping[str, Any] = {
    "backup": _l("Backup"),
    "workers": _l("Workers"),
    "queue": _l("Work for the machine"),
    "mail": _l("Outgoing mail"),
    "incidents": _l("Incidents"),
    "disk": _l("Disk"),
    "verify": _l("Check of the data"),
    "files": _l("Attached files"),
    "audit": _l("Audit"),
    "door": _l("Encryption"),
    "redis": "Redis",
}
SAYS: Mapping[str, tuple[Any, Any]] = {
    "backup-never": (
        _l("There is no backup. If this machine breaks, everything is lost."),
        _l("Let the system run chancery backup every night and carry the file elsewhere."),
    ),
    "backup-incomplete": (
        _l("The backup of %(at)s lacks files that are missing or changed in the store."),
        _l("Run chancery scrub: it names them. Put them back from an older backup."),
    ),
    "backup-old": (
        _l("The last backup is of %(at)s. What was done since would be lost."),
        _l("See why chancery backup did not run: the disk it writes to, the timer that starts it."),
    ),
    "backup-fresh": (_l("The last backup is of %(at)s."), ""),
    "workers-alive": (_l("At work: %(count)s."), ""),
    "workers-never": (
        _l("No worker has ever been seen: nothing is sent, printed or reminded of."),
        _l("Start chancery run, or chancery worker beside chancery web."),
    ),
    "workers-gone": (
        _l("No worker since %(at)s: nothing is sent, printed or reminded of."),
        _l("Start the worker again and look into its log."),
    ),
    "queue-empty": (_l("Nothing waits."), ""),
    "queue-moves": (_l("Waiting: %(count)s, the oldest since %(since)s."), ""),
    "queue-stands": (
        _l("Waiting: %(count)s, the oldest since %(since)s."),
        _l("See that the workers live; with much to do start one more."),
    ),
    "mail-leaves": (_l("It leaves. Waiting for their turn: %(count)s."), ""),
    "mail-is-held": (
        _l("An administrator, or a restore, holds all mail. Waiting: %(count)s."),
        _l(
            "When it may leave, take off the hold in the organisation's settings, then try again on the page Outgoing mail."
        ),
    ),
    "mail-no-server": (
        _l("No mail server is set. Messages kept: %(count)s."),
        _l("Set CHANCERY_MAIL_URL and CHANCERY_MAIL_FROM and start again."),
    ),
    "mail-failed": (
        _l("Messages that could not be delivered: %(count)s."),
        _l("Open the page Outgoing mail: it says why. Mend the address or the server, then try again."),
    ),
    "mail-late": (
        _l("The mail server does not take it. Waiting: %(count)s, the oldest since %(since)s."),
        _l("See that the mail server answers. Nothing is lost: each message is tried for three days."),
    ),
    "mail-some-held": (
        _l("Messages held: %(count)s."),
        _l("Open the page Outgoing mail: it says why. Some may only lack an address."),
    ),
    "incidents-none": (_l("None are open."), ""),
    "incidents-open": (
        _l("Open: %(count)s, the oldest since %(since)s. What they belong to does not go on."),
        _l("Open the page Incidents, read the reason, mend it and try again."),
    ),
    "disk-unknown": (_l("The disk of the data folder does not say how much room it has."), ""),
    "disk-room": (_l("%(free)s free (%(percent)s %%)."), ""),
    "disk-filling": (
        _l("%(free)s free (%(percent)s %%)."),
        _l("Make room: older backups, logs, other programs' files."),
    ),
    "disk-full": (
        _l("Only %(free)s free (%(percent)s %%). Soon nothing can be saved any more."),
        _l("Make room now. Nothing saved is lost; work goes on by itself as soon as there is room."),
    ),
    "verify-never": (
        _l("The data was never checked."),
        _l("Let the system run chancery verify once a week."),
    ),
    "verify-old": (
        _l("The data was last checked on %(at)s; all was well."),
        _l("Let the system run chancery verify once a week."),
    ),
    "verify-found": (
        _l("The check of %(at)s found what must not be: %(count)s."),
        _l("Run chancery verify: it names each and says what to do."),
    ),
    "verify-clean": (_l("Checked on %(at)s; all is well."), ""),
    "files-never": (_l("The files were not read again since they were stored."), ""),
    "files-whole": (_l("All were read on %(at)s and are as they were stored."), ""),
    "files-lost": (
        _l("On %(at)s some were missing or changed."),
        _l("Run chancery scrub: it names them. Put them back from a backup, then look at the disk."),
    ),
    "audit-never": (
        _l("The audit was never sealed: what is written in it could be changed unseen."),
        _l("See that a worker lives: it seals every minute."),
    ),
    "audit-late": (
        _l("The audit was last sealed at %(at)s: what is newer could be changed unseen."),
        _l("See that a worker lives and look into its log for chore-failed."),
    ),
    "audit-sealed": (_l("Sealed at %(at)s."), ""),
    "door-local": (_l("Only this machine reaches the office."), ""),
    "door-open": (
        _l("People reach the office without encryption: passwords and letters can be read on the way."),
        _l("Put a server that ends TLS before it and let CHANCERY_PUBLIC_URL begin with https://."),
    ),
    "door-secure": (_l("People reach the office by https."), ""),
    "door-certificate-ends": (
        _l("People reach the office by https; the certificate is valid until %(until)s."),
        _l("See that the server before the office renews it."),
    ),
    "door-certificate-bad": (
        _l("Browsers warn people of the certificate (%(reason)s)."),
        _l("Renew the certificate of the server before the office."),
    ),
    "redis-answers": (_l("It answers."), ""),
    "redis-silent": (
        _l("It does not answer. Nothing is lost: workers look for work by themselves, a few seconds later."),
        _l("Start Redis again when it suits."),
    ),
}


@area.get("/health", action="health.read")
def health() -> str:
    """Every light, the reddest first."""
    at("health")
    answers = redis_answers() if office().settings.redis_url else None
    found = lights(replace(facts(office(), reading()), redis=answers))
    return render_template(
        "admin/health.html",
        whole={"st": worst(found), "word": str(WHOLE[worst(found)])},
        rows=[_row(light) for light in found],
    )


def _row(light: Light) -> dict[str, Any]:
    what, remedy = SAYS[light.says]
    shown = {name: _shown(name, value) for name, value in light.params.items()}
    return {
        "st": light.colour,
        "word": str(WORDS[light.colour]) if light.colour != "idle" else "",
        "name": str(NAMES[light.name]),
        "what": str(what) % shown if shown else str(what),
        "remedy": str(remedy) if light.colour in ("note", "no") else "",
        "url": _urls().get(light.name, ""),
    }


def _shown(name: str, value: Any) -> str:
    if name in ("at", "since"):
        return reader().stamp(value)
    if name == "until":
        return reader().short_day(value.date())
    if name == "free":
        return reader().size(value)
    return str(value) if isinstance(value, str) else reader().number(value)


def _urls() -> Mapping[str, str]:
    return {
        "mail": url_for("admin.mail"),
        "incidents": url_for("admin.incidents_page"),
        "backup": url_for("help.page", name="operating"),
    }
