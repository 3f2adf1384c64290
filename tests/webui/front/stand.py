"""A tiny server for the browser tests: the kit and the islands under the product's own strict policy."""

import json
import secrets
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import Babel
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.serving import make_server

import webui

WEBUI = Path(webui.__file__).parent
HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
MODELER_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
PEOPLE = [
    {"value": "anna", "label": "Анна Ковалёва", "hint": "Отдел качества"},
    {"value": "boris", "label": "Борис Орлов", "hint": "Начальник отдела"},
    {"value": "clara", "label": "Клара Соколова", "hint": "Клиент"},
]
# Five levels of a directory: only the last one may be chosen.
LEVELS = ["Оплата", "Касса", "Самообслуживание", "Ошибка списания", "Двойное списание"]
PLACES = [
    ("home", "home", {"ru": "Главная", "en": "Home", "fa": "خانه"}, False),
    ("inbox", "inbox", {"ru": "Задачи", "en": "Inbox", "fa": "کارها"}, False),
    ("docs", "doc", {"ru": "Документы", "en": "Documents", "fa": "اسناد"}, False),
    ("requests", "request", {"ru": "Обращения", "en": "Requests", "fa": "شکایت‌ها"}, False),
    ("orders", "order", {"ru": "Поручения", "en": "Orders", "fa": "دستورها"}, True),
    ("clients", "client", {"ru": "Клиенты", "en": "Clients", "fa": "مشتریان"}, False),
]


def frame(locale: str) -> dict[str, Any]:
    return {
        "brand": {"ru": "Канцелярия", "en": "Chancery", "fa": "دبیرخانه"}[locale],
        "home_url": "/",
        "search_url": "/search",
        "register_url": "/register",
        "notifications_url": "/news",
        "help_url": "/help",
        "signin_url": "/sign-in",
        "pulse_url": "/pulse",
        "unread": True,
        "slim": False,
        "me": {"name": "Ковалёва Марина Сергеевна", "initials": "МК", "url": "/me"},
        "places": {"h": "/?lang=ru", "i": "/went-to-inbox"},
        "rail": [
            {
                "places": [
                    {"id": name, "icon": icon, "text": text[locale], "url": f"/{name}", "wide": wide}
                    for name, icon, text, wide in PLACES
                ]
            }
        ],
    }


class Stand:
    """What the browser sent is kept in `got`; what the server should answer next is set by the test."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.settings: dict[str, Any] = {}
        self.signed_in = True
        self.token = "token-1"
        self.app = self._app()
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()

    def _page(self, template: str, **more: Any) -> str:
        locale = request.args.get("lang", "ru")
        return render_template(
            template,
            locale=locale,
            direction="rtl" if locale == "fa" else "ltr",
            theme=request.cookies.get("ch-theme") or request.args.get("theme"),
            calendar=request.args.get("calendar", "gregorian"),
            section="inbox",
            frame=frame(locale),
            kit_url="/submit",
            kit_lookup="/lookup",
            settings=self.settings,
            **more,
        )

    def _keep(self) -> dict[str, Any]:
        sent = {
            "path": request.path,
            "method": request.method,
            "headers": dict(request.headers),
            "form": request.form.to_dict(flat=False),
            "files": [file.filename for file in request.files.values()],
        }
        self.got.append(sent)
        return sent

    def _app(self) -> Flask:
        app = Flask("webui", root_path=str(WEBUI))
        app.jinja_loader = ChoiceLoader([FileSystemLoader(WEBUI / "templates"), FileSystemLoader(HERE / "templates")])
        Babel(app)
        app.jinja_env.globals["csrf_token"] = lambda: self.token

        @app.after_request
        def policy(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = MODELER_POLICY if request.path == "/modeler" else POLICY
            return response

        @app.get("/")
        def kit() -> str:
            return self._page("kit.html")

        @app.get("/islands")
        def islands() -> str:
            return self._page("islands.html")

        @app.get("/modeler")
        @app.get("/modeler-strict")
        def modeler() -> str:
            return self._page("modeler_stand.html")

        @app.get("/plain")
        def plain() -> str:
            return self._page("plain_stand.html")

        @app.get("/panes")
        def panes() -> str:
            return self._page("panes.html")

        @app.get("/pane")
        def pane() -> str:
            return '<h1 id="task-title" tabindex="-1">Decide</h1>'

        @app.get("/portal")
        def portal() -> str:
            return self._page("portal_stand.html")

        @app.get("/lookup")
        def lookup() -> Response:
            self._keep()
            q = request.args["q"].casefold()
            if request.args["kind"] != "directory":
                return jsonify([one for one in PEOPLE if q in one["label"].casefold()])
            level = int(request.args.get("parent", "0"))
            return jsonify([{"value": str(level + 1), "label": LEVELS[level], "leaf": level == len(LEVELS) - 1}])

        @app.get("/diagram.bpmn")
        def diagram() -> Response:
            return Response((HERE / "road.bpmn").read_text(), mimetype="application/xml")

        @app.get("/pulse")
        def pulse() -> Response:
            return jsonify({"counts": {"inbox": {"text": "20", "hot": True}, "orders": {"text": "6"}}, "unread": False})

        @app.post("/submit")
        def submit() -> Response:
            return jsonify(self._keep()["form"])

        @app.post("/draft")
        def draft() -> tuple[str, int]:
            self._keep()
            return "", 204

        @app.post("/answer/<int:status>")
        def answer(status: int) -> tuple[str, int]:
            self._keep()
            if not self.signed_in:
                return "", 401
            return f'<p class="ch-banner" data-st="note" data-conflict>answered {status}</p>', status

        @app.route("/sign-in", methods=["GET", "POST"])
        def sign_in() -> Response | str:
            if request.method == "GET":
                return self._page("plain_stand.html")
            self.signed_in, self.token = True, f"token-{secrets.token_hex(4)}"
            return Response(status=204, headers={"X-CSRF-Token": self.token})

        return app


def schema_of_every_field() -> dict[str, Any]:
    return json.loads((HERE / "every_field.form").read_text())
