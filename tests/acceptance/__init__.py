"""Acceptance programs: each runs on a fresh clone, prints its figures and exits non-zero when short. See `make show`."""
