"""What a process keeps between requests: only things that never change under their name (a digest)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """The last *size* values by name. A value is made once even when several threads ask together."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def get(self, name: str, make: Callable[[], T]) -> T:
        """The value kept under *name*, or what *make* gives."""
        with self._lock:
            if name in self._values:
                self._values.move_to_end(name)
                return self._values[name]
            turn = self._making.setdefault(name, threading.Lock())
        with turn:
            return self._made(name, make)

    def _made(self, name: str, make: Callable[[], T]) -> T:
        with self._lock:
            if name in self._values:
                return self._values[name]
        value = make()
        with self._lock:
            self._values[name] = value
            self._making.pop(name, None)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value


class Caches:
    """
    `definitions` by id of the definition, `solutions` (slugs) by id of the deployment, `models` (decisions) by sha256 of
    their file.
    """

    def __init__(self) -> None:
        self.definitions: Cache[Any] = Cache(200)
        self.solutions: Cache[str] = Cache(1000)
        self.models: Cache[Any] = Cache(200)
