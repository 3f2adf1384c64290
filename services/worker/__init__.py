"""
Who does the jobs: a thread of the web process, or worker processes. The database is the truth: a wake-up may be lost,
a sweep finds what is due anyway.

    draining.working(engine, poll=1.0): …              # the default: one thread, woken after each commit
    announcing.announcing(engine, redis_url): …        # web process when Redis is set: ids go to Redis
    process.work_forever(engine, redis_url="", …)      # `chancery worker`

Import them from where they are: without Redis its client (35 MB) is never loaded.
"""
