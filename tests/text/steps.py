"""Counts what regular expressions try, so that a test of linear time needs no clock.

`with counted(module, ...)` has the patterns of modules count: each match and search is done once more by a
matcher that goes the way of Python's own, letter by letter, and counts. It ends where Python's does, or the test fails.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest

#: Goes on at a place of the text; where the match ends, or -1.
Then = Callable[[int], int]
Step = Callable[[int, Then], int]
ONE = {"LITERAL", "NOT_LITERAL", "ANY", "IN"}
REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}


def _here(at: int) -> int:
    return at


class Matcher:
    """A pattern as Python reads it, tried by backtracking.

    Attributes:
        count: letters and places that were looked at.
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        tree = _parser.parse(pattern.pattern, pattern.flags)
        self.count, self.text = 0, ""
        self.groups: dict[int, tuple[int, int]] = {}
        self.whole = self._sequence(tree, tree.state.flags)

    def end(self, text: str, at: int, then: Then = _here) -> int:
        """Where a match that begins at a place ends, or -1."""
        self.text, self.groups = text, {}
        return self.whole(at, then)

    def _sequence(self, items: Any, flags: int) -> Step:
        steps = [self._step(str(kind), value, flags) for kind, value in items]

        def run(at: int, then: Then, number: int = 0) -> int:
            if number == len(steps):
                return then(at)
            return steps[number](at, lambda end: run(end, then, number + 1))

        return run

    def _step(self, kind: str, value: Any, flags: int) -> Step:
        if kind in ONE:
            return self._letter(kind, value, flags)
        if kind in REPEATS:
            return self._repeat(kind, value, flags)
        if kind == "BRANCH":
            branches = [self._sequence(one, flags) for one in value[1]]
            return lambda at, then: next((end for one in branches if (end := one(at, then)) >= 0), -1)
        if kind == "SUBPATTERN":
            number, add, without, items = value
            return self._group(number, self._sequence(items, (flags | add) & ~without))
        if kind == "ATOMIC_GROUP":
            atomic = self._sequence(value, flags)
            return lambda at, then: then(end) if (end := atomic(at, _here)) >= 0 else -1
        if kind in ("ASSERT", "ASSERT_NOT") and value[0] > 0:
            ahead, wanted = self._sequence(value[1], flags), kind == "ASSERT"
            return lambda at, then: then(at) if (ahead(at, _here) >= 0) == wanted else -1
        if kind == "GROUPREF":
            return lambda at, then: self._again(value, at, then)
        # A place, or what stands before it, of a fixed width.
        place = _compiled(kind, value, flags)
        return lambda at, then: then(at) if self._looked(place.match(self.text, at) is not None) else -1

    def _looked(self, outcome: bool) -> bool:
        self.count += 1
        return outcome

    def _letter(self, kind: str, value: Any, flags: int) -> Step:
        pattern, known = _compiled(kind, value, flags), dict[str, bool]()

        def fits(at: int) -> bool:
            self.count += 1
            if at >= len(self.text):
                return False
            letter = self.text[at]
            if letter not in known:
                known[letter] = pattern.match(letter) is not None
            return known[letter]

        def step(at: int, then: Then) -> int:
            return then(at + 1) if fits(at) else -1

        setattr(step, "fits", fits)  # noqa: B010
        return step

    def _repeat(self, kind: str, value: Any, flags: int) -> Step:
        least, most, items = value
        most = sys.maxsize if most is _constants.MAXREPEAT else most
        body = self._sequence(items, flags)
        if len(items) == 1 and str(items[0][0]) in ONE:
            fits = getattr(self._step(str(items[0][0]), items[0][1], flags), "fits")  # noqa: B009
            return self._letters(kind, least, most, fits)

        def again(at: int, then: Then, times: int = 0, before: int = -1) -> int:
            if kind == "MIN_REPEAT" and times >= least and (end := then(at)) >= 0:
                return end
            more = times < most and (at != before or times < least)
            if more and (end := body(at, lambda stop: again(stop, then, times + 1, at))) >= 0:
                return end
            return then(at) if kind != "MIN_REPEAT" and times >= least else -1

        if kind == "POSSESSIVE_REPEAT":
            return lambda at, then: then(end) if (end := again(at, _here)) >= 0 else -1
        return again

    def _letters(self, kind: str, least: int, most: int, fits: Callable[[int], bool]) -> Step:
        """Repeats of one letter: as many as there are, then fewer (or the other way)."""

        def longest(at: int) -> int:
            stop = at
            while stop - at < most and fits(stop):
                stop += 1
            return stop

        def greedy(at: int, then: Then) -> int:
            stop = longest(at)
            ends = [stop] if kind == "POSSESSIVE_REPEAT" else range(stop, at + least - 1, -1)
            return next((end for stop in ends if stop >= at + least and (end := then(stop)) >= 0), -1)

        def lazy(at: int, then: Then) -> int:
            stop = at
            while True:
                if stop - at >= least and (end := then(stop)) >= 0:
                    return end
                if stop - at >= most or not fits(stop):
                    return -1
                stop += 1

        return lazy if kind == "MIN_REPEAT" else greedy

    def _group(self, number: int | None, body: Step) -> Step:
        def step(at: int, then: Then) -> int:
            def leave(end: int) -> int:
                if number is not None:
                    self.groups[number] = at, end
                return then(end)

            return body(at, leave)

        return step

    def _again(self, number: int, at: int, then: Then) -> int:
        if number not in self.groups:
            return -1
        begin, end = self.groups[number]
        self.count += end - begin
        return then(at + end - begin) if self.text.startswith(self.text[begin:end], at) else -1


def _compiled(kind: str, value: Any, flags: int) -> re.Pattern[str]:
    """One part of a pattern, by itself."""
    state = _parser.State()
    state.flags = flags
    pattern: re.Pattern[str] = _compiler.compile(_parser.SubPattern(state, [(getattr(_constants, kind), value)]))
    return pattern


class CountedPattern:
    """Does what a pattern does, and counts what it tries."""

    def __init__(self, pattern: re.Pattern[str], matcher: Matcher) -> None:
        self.pattern, self.matcher = pattern, matcher

    def _same(self, match: re.Match[str] | None, text: str, starts: Sequence[int], then: Then = _here) -> None:
        tried = ((at, end) for at in starts if (end := self.matcher.end(text, at, then)) >= 0)
        span = next(tried, None)
        assert span == (match.span() if match else None), (self.pattern.pattern, text[:200], span)

    def search(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> re.Match[str] | None:
        text, match = text[:endpos], self.pattern.search(text, pos, endpos)
        self._same(match, text, range(pos, len(text) + 1))
        return match

    def match(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> re.Match[str] | None:
        text, match = text[:endpos], self.pattern.match(text, pos, endpos)
        self._same(match, text, [pos])
        return match

    def fullmatch(self, text: str) -> re.Match[str] | None:
        match = self.pattern.fullmatch(text)
        self._same(match, text, [0], lambda at: at if at == len(text) else -1)
        return match

    def finditer(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> Iterator[re.Match[str]]:
        text, at = text[:endpos], pos
        for match in self.pattern.finditer(text, pos):
            self._same(match, text, range(at, len(text) + 1))
            yield match
            at = match.end() + (match.start() == match.end())
        self._same(None, text, range(at, len(text) + 1))

    def findall(self, text: str) -> list[Any]:
        list(self.finditer(text))
        return self.pattern.findall(text)

    def sub(self, by: Any, text: str, count: int = 0) -> str:
        list(self.finditer(text))
        return self.pattern.sub(by, text, count)


@contextmanager
def counted(*modules: ModuleType) -> Iterator[Callable[[], int]]:
    """Has the patterns of modules count, for a while.

    Args:
        modules: whose patterns.

    Yields:
        Says how many steps there were since it was asked before.
    """
    matchers: dict[re.Pattern[str], Matcher] = {}

    def steps_since() -> int:
        count = sum(matcher.count for matcher in matchers.values())
        for matcher in matchers.values():
            matcher.count = 0
        return count

    limit = sys.getrecursionlimit()
    # What repeats a group goes some calls deeper each time.
    sys.setrecursionlimit(1_000_000)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for module, (name, value) in ((one, item) for one in modules for item in list(vars(one).items())):
                if isinstance(value, re.Pattern):
                    matcher = matchers.setdefault(value, Matcher(value))
                    patch.setattr(module, name, CountedPattern(value, matcher))
            yield steps_since
    finally:
        sys.setrecursionlimit(limit)
