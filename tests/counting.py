"""
Counts the passed tests on each database, with Redis and in the browser, and prints the four figures at the end.

With CI=true a whole run fails when a figure is 0, when a test was skipped or when the databases did not run equally many.
Tests run in several processes: a report carries its test's figures to the one that counts.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

FIGURES = ("sqlite", "postgres", "redis", "browser")
_DATABASES = ("database_url", "database")


class Counting:
    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.skipped: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            item.user_properties += [("figure", figure) for figure in figures_of(item)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)
        if report.when == "call" and report.passed:
            self.passed.update(str(figure) for name, figure in report.user_properties if name == "figure")

    def complaints(self) -> list[str]:
        """What forbids calling this a whole run."""
        found = [f"no test ran with {name}" for name in FIGURES if not self.passed[name]]
        if self.skipped:
            found.append(f"{len(self.skipped)} skipped: {', '.join(self.skipped[:5])}")
        if self.passed["sqlite"] != self.passed["postgres"]:
            found.append("SQLite and PostgreSQL did not run equally many tests")
        return found


def figures_of(item: pytest.Item) -> list[str]:
    """Which of the four figures a test counts for."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    figures = [str(parameters[name]) for name in _DATABASES if name in parameters]
    used = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("redis") or used & {"redis_url", "redis_server"}:
        figures.append("redis")
    if item.get_closest_marker("browser") or used & {"browser", "page"}:
        figures.append("browser")
    return figures


def _whole(config: pytest.Config) -> bool:
    selected = config.option.keyword or config.option.markexpr
    return config.args_source == pytest.Config.ArgsSource.TESTPATHS and not selected


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Counting(), "chancery-counting")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    counting = session.config.pluginmanager.get_plugin("chancery-counting")
    if hasattr(session.config, "workerinput"):
        return  # a worker has seen only a part
    if os.environ.get("CI") == "true" and _whole(session.config) and counting.complaints():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counting = config.pluginmanager.get_plugin("chancery-counting")
    terminalreporter.write_line("  ".join(f"{name} {counting.passed[name]}" for name in FIGURES))
    if os.environ.get("CI") == "true" and _whole(config):
        for complaint in counting.complaints():
            terminalreporter.write_line(f"not a whole run: {complaint}", red=True)
