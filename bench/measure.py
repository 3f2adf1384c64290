"""Clocks and ratios: what processes used, medians of interleaved rounds, goals beside what was reached."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pids: Iterable[int]) -> float:
    """Processor seconds (user and system) these processes have used."""
    used = 0
    for pid in pids:
        with suppress(OSError):  # a backend that has ended meanwhile
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used += int(fields[11]) + int(fields[12])
    return used / TICK


def family(pid: int) -> list[int]:
    """A process and its children: PostgreSQL with its backends."""
    found = [pid]
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


def memory_of(pid: int) -> float:
    """Resident megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Batch:
    """One round: seconds of each action, and processor seconds of all of them (ours, the database's)."""

    seconds: list[float]
    cpu: float = 0.0
    database: float = 0.0


@dataclass
class Timed:
    """All rounds of one contender."""

    batches: list[Batch] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Actions a second, of the middle round."""
        return statistics.median(len(one.seconds) / sum(one.seconds) for one in self.batches)

    @property
    def p50(self) -> float:
        return statistics.median(each for one in self.batches for each in one.seconds) * 1000

    @property
    def cpu(self) -> float:
        """Milliseconds an action, of all rounds together: clocks of processes are coarse."""
        return sum(one.cpu for one in self.batches) / self._count * 1000

    @property
    def database(self) -> float:
        return sum(one.database for one in self.batches) / self._count * 1000

    @property
    def _count(self) -> int:
        return sum(len(one.seconds) for one in self.batches)


@contextmanager
def counting(batch: Batch, server: list[int] | None, database: int | None) -> Iterator[None]:
    """Processor time of a block: of this process or of servers, and of PostgreSQL."""
    backends = family(database) if database else []
    before = (cpu_of(server) if server else time.process_time(), cpu_of(backends))
    yield
    batch.cpu += (cpu_of(server) if server else time.process_time()) - before[0]
    batch.database += cpu_of(backends) - before[1]


def clocked(act: Callable[[], object], seconds: list[float]) -> None:
    began = time.perf_counter()
    act()
    seconds.append(time.perf_counter() - began)


@dataclass
class Goals:
    """What was asked for and what came of it; `missed` decides the exit code."""

    missed: list[str] = field(default_factory=list)

    def least(self, what: str, reached: float, goal: float, stretch: float | None = None) -> None:
        self._say(what, reached, f">= {goal}" + (f" (stretch {stretch})" if stretch else ""), reached >= goal)

    def most(self, what: str, reached: float, goal: float, stretch: float | None = None) -> None:
        self._say(what, reached, f"<= {goal}" + (f" (stretch {stretch})" if stretch else ""), reached <= goal)

    def _say(self, what: str, reached: float, goal: str, well: bool) -> None:
        print(f"    {what:<58} {reached:>8.2f}   {goal:<24} {'ok' if well else 'MISSED'}", flush=True)
        if not well:
            self.missed.append(f"{what}: {reached:.2f}, asked for {goal}")
