"""The HTTP server: waitress, which keeps a connection after an answer without a body too."""

from __future__ import annotations

import gc
from typing import Any

import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from services.settings import Settings


class _KeepingTask(WSGITask):
    """
    Waitress closes the connection after every answer that says no length, and 204 and 304 must not say one: each completed
    task of a program and each unchanged file of a page would cost a new connection.
    """

    def set_close_on_finish(self) -> None:
        asked = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked or self.version != "1.1":
            super().set_close_on_finish()


def serve(site: Flask, settings: Settings) -> None:
    """Answer requests until the process is told to end."""
    _spare_the_collector()
    HTTPChannel.task_class = _KeepingTask
    waitress.serve(
        site,
        host=settings.host,
        port=settings.port,
        threads=settings.web_threads,
        ident=None,
        max_request_body_size=settings.request_limit_bytes,
        **_behind_proxies(settings.proxies),
    )


def _spare_the_collector() -> None:
    """What the site is made of stays: looking through it again and again is a fiftieth of a request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _behind_proxies(count: int) -> dict[str, Any]:
    """What waitress keeps of the forwarding headers: `create_app` reads as many of them as there are proxies."""
    return {"clear_untrusted_proxy_headers": False} if count else {}
