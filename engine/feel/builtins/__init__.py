"""FEEL's built-in functions, a module a family. Importing this package registers them all."""

from engine.feel.builtins import booleans, contexts, conversion, dates, lists, numbers, ranges, strings
from engine.feel.builtins.registry import BUILTINS, Form, apply, choose

__all__ = [
    "BUILTINS",
    "Form",
    "apply",
    "booleans",
    "choose",
    "contexts",
    "conversion",
    "dates",
    "lists",
    "numbers",
    "ranges",
    "strings",
]
