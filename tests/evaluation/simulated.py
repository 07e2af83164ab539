"""Judges whose mind is known: backends that read what an LLM judge is shown and answer by a rule."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from polypref.evaluation.judges import LLMJudge
from polypref.inference import Model, Reply, Request, Result, Sampling, Served

_SHOWN = re.compile(r"<<BEGIN (.+?) (\w{8})>>\n(.*?)\n<<END \1 \2>>", re.DOTALL)
#: (what was asked, answer A, answer B, request) -> A, B or C.
Rule = Callable[[str, str, str, Request], str]


@dataclass(frozen=True)
class Simulated:
    """A backend that judges by a rule."""

    rule: Rule
    asked: list[Request]

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        for request in requests:
            self.asked.append(request)
            parts = {label: (code, text) for label, code, text in _SHOWN.findall(request.messages[-1][1])}
            code = parts["A"][0]
            question = next(text for label, (_, text) in parts.items() if label.startswith("turn"))
            verdict = self.rule(question, parts["A"][1], parts["B"][1], request)
            yield request, Reply(f"Comparison: one is better.\n[[{verdict} {code}]]", "stop", 100, 10)


def judge_by(rule: Rule, temperature: float = 0.0, asked: list[Request] | None = None) -> LLMJudge:
    """An LLM judge whose model answers by a rule."""
    served = Served(Model("simulated"), Simulated(rule, [] if asked is None else asked))
    return LLMJudge(served, sampling=Sampling(temperature, 1.0, 256))


def first_place(question: str, a: str, b: str, request: Request) -> str:
    return "A"


def longer(question: str, a: str, b: str, request: Request) -> str:
    return "C" if len(a) == len(b) else "A" if len(a) > len(b) else "B"


def by_chance(question: str, a: str, b: str, request: Request) -> str:
    return "ABC"[int(hashlib.md5(request.key.encode()).hexdigest(), 16) % 3]


def perfect(good: dict[str, str]) -> Rule:
    """Knows the good answer to every question."""

    def rule(question: str, a: str, b: str, request: Request) -> str:
        return "A" if good[question] == a else "B" if good[question] == b else "C"

    return rule
