"""
Who does the jobs: a thread of the web process, or worker processes. The database is the truth: a wake-up may be lost,
a sweep finds what is due anyway.

    with working(engine, poll=1.0): …            # the default: one thread, woken after each commit
    with announcing(engine, redis_url): …        # web process when Redis is set: ids go to Redis
    work_forever(engine, redis_url="", …)        # `chancery worker`
"""

from services.worker.announcing import announcing
from services.worker.draining import Drainer, working
from services.worker.process import work_forever

__all__ = ["Drainer", "announcing", "work_forever", "working"]
