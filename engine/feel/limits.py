"""
How much one expression may ask for.

All limits are counters: the same expression with the same data stops at the same place on every machine.
"""

TEXT_LENGTH = 50_000
"""Characters of one expression."""

NESTING = 64
"""Brackets, operators and keywords one inside the other in one text."""

CHAIN = 250
"""Operators, or steps of a path, one after the other: a + b + c + …"""

CALL_DEPTH = 48
"""Functions of the expression calling one another."""

STEPS = 1_000_000
"""Rounds of all loops, filters and calls of one evaluation, together."""

LIST_SIZE = 200_000
"""Elements of one list or range that is walked."""

VALUE_SIZE = 1_000_000
"""Parts of one value that is stored or shown."""

STRING_LENGTH = 1_000_000
"""Characters of one string made by an expression."""

REGEX_STEPS = 2_000_000
"""Steps one regular expression may take on one string."""

REGEX_LENGTH = 1_000
"""Characters of one regular expression."""
