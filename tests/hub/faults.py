"""Faults on demand: which request fails, and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

KINDS = ("drop", "drop_mid_upload", "drop_response", "drop_mid_response", "slow")


@dataclass
class Fault:
    """One planned fault; `fired` counts how often it struck.

    Attributes:
        kind: an HTTP status in digits ("500", "429", "503"...): answered, the request is not carried out;
            "drop": connection closed, nothing read; "drop_mid_upload": closed after half of the body, not carried out;
            "drop_response": carried out, then closed unanswered; "drop_mid_response": carried out, closed after half
            of the answer's body; "slow": `delay` seconds later, carried out; or a function, called before the
            request is carried out.
        nth: the first matching request to strike, counted from 1 since reset_counter(); None: any.
        times: how many requests to strike; None: without end.
        method, path: regular expressions, searched in the request's method and path (without query).
    """

    kind: str | Callable[[], object]
    nth: int | None
    times: int | None
    method: str
    path: str
    delay: float
    retry_after: int
    fired: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.kind, str) and self.kind not in KINDS and not re.fullmatch(r"[45]\d\d", self.kind):
            raise ValueError(f"unknown kind of fault: {self.kind!r}; known: an HTTP status, {', '.join(KINDS)}")

    def matches(self, method: str, path: str) -> bool:
        return bool(re.search(self.method, method) and re.search(self.path, path))

    def strikes(self, seen: list[tuple[str, str]]) -> bool:
        """Whether it strikes the last of the requests seen since reset_counter(); counts it if so."""
        if not self.matches(*seen[-1]) or (self.times is not None and self.fired >= self.times):
            return False
        if self.nth is not None and sum(self.matches(*request) for request in seen) < self.nth:
            return False
        self.fired += 1
        return True
