"""Work for the machine: claimed once, tried again later and later, given up as an incident, harmless when done twice."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from engine import Engine
from engine.clock import ManualClock
from engine.errors import OutsideError
from engine.jobs import JobKind, JobView, drain, enqueue, post, run_job, sweep
from engine.jobs.leases import LostLease, claim, heartbeat, settle
from engine.store.models import Incident, Job, Outbox
from engine.store.unit_of_work import Database, UnitOfWork


@pytest.fixture
def engine(database: Database, clock: ManualClock) -> Engine:
    return Engine(database, clock)


def put(engine: Engine, kind: str, **more: Any) -> int:
    with engine.database.unit_of_work() as work:
        made = enqueue(work, engine.clock, kind, **more)
    assert made is not None
    return made


def job(engine: Engine, job_id: int) -> Job:
    with engine.database.reading() as session:
        return session.scalars(select(Job).where(Job.id == job_id)).one()


def incidents(engine: Engine) -> list[Incident]:
    with engine.database.reading() as session:
        return list(session.scalars(select(Incident)))


def let_leases_run_out(engine: Engine) -> None:
    with engine.database.unit_of_work() as work:
        work.session.execute(text("UPDATE job SET lease_until = '2020-01-01 00:00:00.000000' WHERE state = 'leased'"))


def test_a_job_is_done_once_and_its_rows_are_written_with_it(engine: Engine) -> None:
    def act(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
        post(work, engine.clock, "note", f"note:{job.id}", job.payload)

    engine.job_kinds.register(JobKind("note", act=act), JobKind("send-note"))
    job_id = put(engine, "note", payload={"text": "да"})
    assert run_job(engine, job_id) == "done"
    assert run_job(engine, job_id) is None
    with engine.database.reading() as session:
        assert session.scalars(select(Outbox.payload)).all() == [{"text": "да"}]


def test_a_once_key_makes_one_job(engine: Engine) -> None:
    with engine.database.unit_of_work() as work:
        first = enqueue(work, engine.clock, "note", once_key="note:1")
        again = enqueue(work, engine.clock, "note", once_key="note:1")
    assert first is not None and again is None


def test_whoever_listens_hears_of_due_jobs_after_the_commit(engine: Engine) -> None:
    heard: list[int] = []
    engine.database.announce = heard.extend
    now = put(engine, "note")
    put(engine, "note", run_at=engine.clock.now() + timedelta(hours=1))
    assert heard == [now]


def test_a_failing_job_comes_back_later_and_later_and_ends_as_an_incident(engine: Engine, clock: ManualClock) -> None:
    def outside(engine: Engine, job: JobView) -> Any:
        raise OutsideError("mail-server-silent", host="mail.example")

    engine.job_kinds.register(JobKind("mail", outside=outside))
    job_id = put(engine, "mail")
    waits = []
    for _ in range(4):
        assert drain(engine) == 1
        waits.append((job(engine, job_id).run_at - clock.now()).total_seconds())
        clock.move(timedelta(seconds=waits[-1]))
    assert [round(wait / 10 / 2**n, 1) for n, wait in enumerate(waits)] == pytest.approx([1, 1, 1, 1], abs=0.11)
    assert incidents(engine) == []
    drain(engine)
    (incident,) = incidents(engine)
    assert (incident.code, incident.job_id, incident.params["host"]) == ("mail-server-silent", job_id, "mail.example")
    assert job(engine, job_id).state == "failed"
    assert "OutsideError" in (incident.trace or "")
    clock.move(timedelta(days=1))
    assert drain(engine) == 0


def test_what_cannot_get_better_is_not_tried_again(engine: Engine) -> None:
    def outside(engine: Engine, job: JobView) -> Any:
        raise OutsideError("address-refused", permanent=True)

    engine.job_kinds.register(JobKind("mail", outside=outside))
    put(engine, "mail")
    drain(engine)
    assert [incident.code for incident in incidents(engine)] == ["address-refused"]


def test_a_job_of_an_unknown_kind_is_an_incident(engine: Engine) -> None:
    put(engine, "telepathy")
    drain(engine)
    assert [(i.code, i.params["kind"]) for i in incidents(engine)] == [("job-kind-unknown", "telepathy")]


def test_a_poison_job_delays_nobody(engine: Engine) -> None:
    def act(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
        raise ZeroDivisionError("poison")

    engine.job_kinds.register(JobKind("poison", act=act), JobKind("note"))
    put(engine, "poison")
    good = [put(engine, "note") for _ in range(3)]
    drain(engine)
    assert {job(engine, each).state for each in good} == {"done"}


def test_the_outside_part_is_not_repeated_when_only_the_rows_failed(engine: Engine, clock: ManualClock) -> None:
    outside_calls: list[int] = []
    rows: list[Any] = []

    def outside(engine: Engine, job: JobView) -> Any:
        outside_calls.append(job.attempt)
        return {"file": "reply.docx"}

    def act(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
        rows.append(result)
        if len(rows) == 1:
            raise ValueError("not yet")

    engine.job_kinds.register(JobKind("print", outside=outside, act=act))
    put(engine, "print")
    drain(engine)
    clock.move(timedelta(minutes=1))
    drain(engine)
    assert outside_calls == [1]
    assert rows == [{"file": "reply.docx"}] * 2


def test_two_workers_never_claim_the_same_job(engine: Engine) -> None:
    wanted = {put(engine, "note") for _ in range(40)}
    claimed: list[int] = []

    def work_on() -> None:
        while (taken := claim(engine.database, engine.clock)) is not None:
            claimed.append(taken.id)

    threads = [threading.Thread(target=work_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 40 and set(claimed) == wanted


def test_a_worker_killed_between_claim_and_finish_loses_the_job_to_another(engine: Engine) -> None:
    engine.job_kinds.register(JobKind("note"))
    job_id = put(engine, "note")
    dead = claim(engine.database, engine.clock)
    assert dead is not None and sweep(engine) == []
    let_leases_run_out(engine)
    assert sweep(engine) == [job_id]
    assert run_job(engine, job_id) == "done"
    with pytest.raises(LostLease), engine.database.unit_of_work() as work:
        settle(work.session, dead, state="done")
    assert job(engine, job_id).fence == 2


def test_what_a_late_worker_wrote_does_not_count(engine: Engine) -> None:
    def act(engine: Engine, work: UnitOfWork, job: JobView, result: Any) -> None:
        post(work, engine.clock, "note", f"{job.id}/{job.fence}", {})

    def outside(engine: Engine, job: JobView) -> Any:
        if job.fence == 1:  # it hung: meanwhile the lease ran out and another worker took over
            let_leases_run_out(engine)
            sweep(engine)
            assert run_job(engine, job.id) == "done"
        return {}

    engine.job_kinds.register(JobKind("slow", outside=outside, act=act), JobKind("send-note"))
    job_id = put(engine, "slow")
    assert run_job(engine, job_id) == "lost"
    with engine.database.reading() as session:
        assert session.scalars(select(Outbox.once_key)).all() == [f"{job_id}/2"]


def test_a_job_that_kills_its_worker_every_time_becomes_an_incident(engine: Engine) -> None:
    put(engine, "bomb", max_attempts=3)
    for _ in range(3):
        assert claim(engine.database, engine.clock) is not None
        let_leases_run_out(engine)
        sweep(engine)
    assert claim(engine.database, engine.clock) is None
    assert [incident.code for incident in incidents(engine)] == ["worker-died"]


def test_a_lease_is_prolonged_while_the_work_goes_on(engine: Engine) -> None:
    job_id = put(engine, "slow")
    mine = claim(engine.database, engine.clock, lease=1.5)
    assert mine is not None
    before = job(engine, job_id).lease_until
    with heartbeat(engine.database, mine, lease=1.5):
        threading.Event().wait(0.8)
    after = job(engine, job_id).lease_until
    assert before is not None and after is not None and after > before


def test_work_that_hangs_loses_its_lease(engine: Engine) -> None:
    job_id = put(engine, "slow")
    mine = claim(engine.database, engine.clock, lease=0.6)
    assert mine is not None
    with heartbeat(engine.database, mine, lease=0.6, longest=0.1):
        until = time.monotonic() + 20
        while sweep(engine) != [job_id] and time.monotonic() < until:
            threading.Event().wait(0.2)
        assert sweep(engine) == [job_id], "another worker may take it while the first still hangs"


def test_an_outbox_row_whose_job_is_gone_gets_another(engine: Engine) -> None:
    engine.job_kinds.register(JobKind("send-mail"))
    with engine.database.unit_of_work() as work:
        post(work, engine.clock, "mail", "mail:1", {"to": "clara@example.org"})
    drain(engine, budget=1)  # done, yet the row still waits: the office held it and let it go again
    before = len(sweep(engine))
    assert before == 1
    with engine.database.unit_of_work() as work:
        work.session.execute(text("UPDATE outbox SET state = 'sent'"))
    drain(engine)
    assert sweep(engine) == []


def test_an_effect_decided_twice_is_one_outbox_row(engine: Engine) -> None:
    with engine.database.unit_of_work() as work:
        first = post(work, engine.clock, "mail", "mail:1", {})
        assert post(work, engine.clock, "mail", "mail:1", {}) is first


def test_an_idle_sweep_never_becomes_a_writer(engine: Engine) -> None:
    with engine.database.unit_of_work():  # somebody writes: on SQLite nobody else could
        assert sweep(engine) == []
