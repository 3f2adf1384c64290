"""
Settings: what the operator says in the environment, read once at the start and frozen.

`TABLE` is the one list of them: the help page and the tests read it. What admins change while the office runs are
policies (`services/policies/rules.py`).
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from engine.errors import Invalid

PREFIX = "CHANCERY_"


@dataclass(frozen=True)
class Setting:
    """One variable: `name` is the field of `Settings`; `unit` is empty for text."""

    name: str
    kind: str
    unit: str
    default: str
    help: str

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


TABLE: tuple[Setting, ...] = (
    Setting("data_dir", "path", "", "data", "Folder of the database, the files and the secret key."),
    Setting(
        "database_url",
        "url",
        "",
        "",
        "Database; empty means SQLite in the data folder. PostgreSQL: postgresql://user:password@host/name.",
    ),
    Setting("redis_url", "url", "", "", "Redis or valkey for waking workers; empty means a thread of the web process."),
    Setting(
        "secret_key",
        "secret",
        "",
        "",
        "At least 32 characters; empty means a key is made once in the data folder, readable by its owner only.",
    ),
    Setting("host", "text", "", "127.0.0.1", "Address the server listens on."),
    Setting("port", "integer", "", "8000", "Port the server listens on."),
    Setting(
        "public_url",
        "url",
        "",
        "",
        "The address people type, with https://; links in mail begin with it. Required when the host is not loopback.",
    ),
    Setting(
        "solutions_dir", "path", "", "", "Folder holding processes, forms and templates_docx; empty: the product's."
    ),
    Setting("upload_limit_bytes", "integer", "bytes", "52428800", "Largest file that is taken."),
    Setting(
        "request_limit_bytes", "integer", "bytes", "67108864", "Largest request that is taken, all files together."
    ),
    Setting("web_threads", "integer", "threads", "8", "Threads answering requests in one web process."),
    Setting("worker_poll_seconds", "number", "seconds", "1", "How often an idle worker looks for due work."),
    Setting(
        "mail_url", "url", "", "", "smtp://user:password@host:587 or smtps://…; empty: mail is kept, marked unsent."
    ),
    Setting("mail_from", "text", "", "", "Sender of outgoing mail, as in «Chancery <office@example.org>»."),
    Setting("mail_timeout_seconds", "number", "seconds", "30", "How long the mail server may think."),
    Setting("sandbox_seconds", "number", "seconds", "20", "Processor time one untrusted document may take."),
    Setting("sandbox_memory_bytes", "integer", "bytes", "536870912", "Memory one untrusted document may take."),
    Setting("log_level", "text", "", "info", "debug, info, warning or error."),
    Setting("log_format", "text", "", "text", "text for people, json for machines."),
    Setting(
        "metrics_token",
        "secret",
        "",
        "",
        "What a monitor sends to read /metrics, as Authorization: Bearer; empty: only programs on this machine read it.",
    ),
    Setting(
        "proxies", "integer", "proxies", "0", "How many trusted proxies stand before the server (X-Forwarded-For)."
    ),
)


@dataclass(frozen=True)
class Settings:
    """Everything the operator decided. Make it with `from_environment`, or in a test with `for_folder`."""

    data_dir: Path
    database_url: str
    redis_url: str
    secret_key: str
    host: str
    port: int
    public_url: str
    solutions_dir: Path
    upload_limit_bytes: int
    request_limit_bytes: int
    web_threads: int
    worker_poll_seconds: float
    mail_url: str
    mail_from: str
    mail_timeout_seconds: float
    sandbox_seconds: float
    sandbox_memory_bytes: int
    log_level: str
    log_format: str
    metrics_token: str
    proxies: int

    @staticmethod
    def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
        """
        Read every `CHANCERY_*`; makes the data folder and, when none is given, its secret key.

        Raises Invalid("settings-refused") whose `fields` names each variable that cannot be taken, all at once.
        """
        given = os.environ if environ is None else environ
        wrong: dict[str, tuple[str, dict[str, Any]]] = {}
        values = {setting.name: _read(setting, given, wrong) for setting in TABLE}
        _unknown(given, wrong)
        if not wrong:
            _complete(values, wrong)
        if wrong:
            raise Invalid("settings-refused", wrong)
        return Settings(**values)

    @staticmethod
    def for_folder(folder: Path, **variables: str) -> Settings:
        """Settings of a data folder with everything else at its default; *variables* by field name."""
        environ = {PREFIX + name.upper(): value for name, value in variables.items()}
        return Settings.from_environment({PREFIX + "DATA_DIR": str(folder), **environ})

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.host)

    @property
    def base_url(self) -> str:
        """The address links begin with, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


_READERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "secret": str,
    "url": str,
    "path": str,
    "integer": int,
    "number": float,
}


def _read(setting: Setting, given: Mapping[str, str], wrong: dict[str, tuple[str, dict[str, Any]]]) -> Any:
    text = given.get(setting.variable, "").strip() or setting.default
    try:
        value = _READERS[setting.kind](text)
    except ValueError:
        wrong[setting.variable] = ("setting-not-a-number", {"value": text})
        return None
    if setting.kind in {"integer", "number"} and value < 0:
        wrong[setting.variable] = ("setting-negative", {"value": text})
    return value


def _unknown(given: Mapping[str, str], wrong: dict[str, tuple[str, dict[str, Any]]]) -> None:
    known = {setting.variable for setting in TABLE} | {PREFIX + "CORPUS"}
    for variable in given:
        if variable.startswith(PREFIX) and variable not in known:
            wrong[variable] = ("setting-unknown", {})


def _complete(values: dict[str, Any], wrong: dict[str, tuple[str, dict[str, Any]]]) -> None:
    folder = values["data_dir"] = Path(values["data_dir"]).expanduser().resolve()
    values["solutions_dir"] = Path(values["solutions_dir"] or Path(__file__).parent.parent).expanduser().resolve()
    _check_network(values, wrong)
    _check_words(values, wrong)
    _check_urls(values, wrong)
    if values["metrics_token"] and len(values["metrics_token"]) < 16:
        wrong[PREFIX + "METRICS_TOKEN"] = ("metrics-token-short", {"least": 16})
    if values["secret_key"] and len(values["secret_key"]) < 32:
        wrong[PREFIX + "SECRET_KEY"] = ("secret-key-short", {"least": 32})
    if wrong:
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    values["database_url"] = values["database_url"] or f"sqlite:///{folder / 'chancery.db'}"
    values["secret_key"] = values["secret_key"] or _own_key(folder / "secret.key", wrong)


def _check_network(values: dict[str, Any], wrong: dict[str, tuple[str, dict[str, Any]]]) -> None:
    if not 0 < values["port"] < 65536:
        wrong[PREFIX + "PORT"] = ("port-out-of-range", {"value": values["port"]})
    public = values["public_url"]
    if not _is_loopback(values["host"]) and not public:
        wrong[PREFIX + "PUBLIC_URL"] = ("public-url-required", {"host": values["host"]})
    if public and not public.startswith(("https://", "http://127.0.0.1", "http://localhost", "http://[::1]")):
        wrong[PREFIX + "PUBLIC_URL"] = ("public-url-not-https", {"value": public})


def _check_words(values: dict[str, Any], wrong: dict[str, tuple[str, dict[str, Any]]]) -> None:
    if values["log_level"] not in {"debug", "info", "warning", "error"}:
        wrong[PREFIX + "LOG_LEVEL"] = ("setting-not-a-choice", {"choices": "debug, info, warning, error"})
    if values["log_format"] not in {"text", "json"}:
        wrong[PREFIX + "LOG_FORMAT"] = ("setting-not-a-choice", {"choices": "text, json"})
    for name in ("upload_limit_bytes", "request_limit_bytes", "web_threads", "sandbox_seconds", "sandbox_memory_bytes"):
        if values[name] == 0:
            wrong[PREFIX + name.upper()] = ("setting-zero", {})


def _check_urls(values: dict[str, Any], wrong: dict[str, tuple[str, dict[str, Any]]]) -> None:
    schemes = {"redis_url": ("redis://", "rediss://", "unix://"), "mail_url": ("smtp://", "smtps://")}
    for name, allowed in schemes.items():
        if values[name] and not values[name].startswith(allowed):
            wrong[PREFIX + name.upper()] = ("setting-not-a-choice", {"choices": ", ".join(allowed)})
    if values["database_url"]:
        try:
            backend = make_url(values["database_url"]).get_backend_name()
        except ArgumentError:
            backend = ""
        if backend not in {"sqlite", "postgresql"}:
            wrong[PREFIX + "DATABASE_URL"] = ("setting-not-a-choice", {"choices": "sqlite:///, postgresql://"})
    if values["mail_url"] and not values["mail_from"]:
        wrong[PREFIX + "MAIL_FROM"] = ("mail-from-required", {})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own_key(path: Path, wrong: dict[str, tuple[str, dict[str, Any]]]) -> str:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            wrong[PREFIX + "SECRET_KEY"] = ("secret-key-readable", {"path": str(path)})
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key
