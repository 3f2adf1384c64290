"""
One definition shared by 160 threads and by 4 processes: nobody changes it, and nobody's case differs from a quiet one.

Each of many instances plays its own way through a drawing with loops, joins, several instances, guarded and event
sub-processes; then all are played again in 160 threads at once, and again in 4 processes with 40 threads each. Prints the
digest of everything the definition holds before and after, and how many traces were the same; exits 1 on any difference.
usage: engine_shared.py [threads] [processes]
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.engine.runtime.shared import WAYS, digest, play_in_threads, play_one, shared_definition

THREADS = 160
PROCESSES = 4


def elsewhere(threads: int) -> tuple[str, str, dict[int, str]]:
    """A process of its own: digest before, digest after, trace of each way."""
    definition = shared_definition()
    before = digest(definition)
    traces, errors = play_in_threads(definition, threads)
    if errors:
        raise RuntimeError(errors[0])
    return before, digest(definition), traces


def main() -> int:
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else THREADS
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else PROCESSES
    definition = shared_definition()
    before = digest(definition)
    quiet = {way: play_one(definition, way) for way in range(WAYS)}
    begun = time.monotonic()
    traces, errors = play_in_threads(definition, threads)
    took = time.monotonic() - begun
    after = digest(definition)
    same = sum(traces.get(way) == trace for way, trace in quiet.items())
    print(f"digest of the definition {before[:16]} before, {after[:16]} after {threads} threads")
    print(f"{WAYS} instances, {len(set(quiet.values()))} different ways: {same} traces as alone, in {took:.1f} s")
    wrong = [*errors, *(["the definition was changed"] if before != after else [])]
    if same < WAYS:
        wrong.append(f"{WAYS - same} traces differ")
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        found = pool.map(elsewhere, [threads // processes] * processes)
    digests = Counter(each for first, last, _ in found for each in (first, last))
    agreed = sum(other.get(way) == trace for _, _, other in found for way, trace in quiet.items())
    unchanged = set(digests) == {before}
    print(
        f"{processes} processes of {threads // processes} threads each: digests before and after the same: {unchanged}"
    )
    print(f"{processes * WAYS} instances there: {agreed} traces as alone here")
    if not unchanged or agreed < processes * WAYS:
        wrong.append("a process saw another definition or played otherwise")
    for each in wrong[:10]:
        print("short: " + each)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
