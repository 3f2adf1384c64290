"""The server itself: a connection is kept whatever the answer was."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from pathlib import Path

from flask import Flask

from services.settings import Settings
from tests.acceptance._server import free_port
from webui.server import serve


def test_an_answer_without_a_body_does_not_cost_the_connection(tmp_path: Path) -> None:
    site, port = Flask("site"), free_port()
    site.add_url_rule("/nothing", "nothing", lambda: ("", 204))
    site.add_url_rule("/unchanged", "unchanged", lambda: ("", 304))
    settings = Settings.for_folder(tmp_path, port=str(port))
    threading.Thread(target=serve, args=(site, settings), daemon=True).start()
    _wait_for(port)
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.connect()
    line = client.sock
    for path, status in (("/nothing", 204), ("/unchanged", 304), ("/nothing", 204)):
        client.request("GET", path)
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (status, b"")
        assert client.sock is line
    client.request("GET", "/nothing", headers={"Connection": "close"})
    assert client.getresponse().getheader("Connection") == "close"


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not answer within 20 s")
