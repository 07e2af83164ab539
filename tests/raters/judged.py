"""What tests of judges share: prompts with answers, what a request shows, scripted replies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from polypref import schema
from polypref.inference import Known, Model, Reply, Request, Result, Served
from polypref.raters.aspects import ASPECTS, JudgeRater
from polypref.raters.pairwise import PairwiseJudge
from polypref.stages.pool import Bucket

Answers = dict[str, str]
"""Completion id -> text."""

SERVED = Served(Model("richter", "r7"), backend=None)  # type: ignore[arg-type]
TEXTS = {
    "ar": "نجم",
    "he": "כוכב גדול",
    "fa": "ستاره‌ای در آسمان شب",
    "ja": "星がとてもきれいです",
    "zh": "天上的星星非常明亮，像眼睛一样",
    "uk": "Зірка — це розжарена куля газу",
}


def bucket(*prompts: tuple[str, Answers], language: str = "he", response_language: str = "", ask: str = "?") -> Bucket:
    """A bucket of (prompt id, answers)."""
    asked = [
        {
            "prompt_id": key,
            "group_id": key,
            "language": language,
            "response_language": response_language or language,
            "prompt": [{"role": "system", "content": "קצר"}, {"role": "user", "content": ask}],
            "sources": [],
            "origin": "native",
        }
        for key, _ in prompts
    ]
    answered = [
        {"prompt_id": key, "completion_id": name, "text": text, "route": "given"}
        | dict.fromkeys(("model", "model_revision", "model_licence"), "")
        for key, answers in prompts
        for name, text in answers.items()
    ]
    return Bucket(
        pa.Table.from_pylist(asked, schema.PROMPTS),
        pa.Table.from_pylist(answered, schema.COMPLETIONS),
        schema.RATINGS.empty_table(),
        schema.VERDICTS.empty_table(),
    )


def shown(request: Request) -> dict[str, str]:
    """Label -> text, read out of a request as somebody would who trusts the code in the system prompt alone."""
    system, user = (content for _, content in request.messages)
    code = re.findall(r"lacks the code ([0-9a-f]{8})", system)[-1]
    form = rf"^<<BEGIN ([^\n]*) {code}>>\n(.*?)\n<<END \1 {code}>>$"
    marked = re.findall(form, user, re.MULTILINE | re.DOTALL)
    assert user.count(code) == 2 * len(marked) and len(dict(marked)) == len(marked)
    return dict(marked)


def code_of(request: Request) -> str:
    """The code of a request's markers, which its verdict must bear."""
    return re.findall(r"<<BEGIN [^\n]* ([0-9a-f]{8})>>", request.messages[-1][1])[0]


def answers_shown(request: Request) -> dict[str, str]:
    return {label: text for label, text in shown(request).items() if not label.startswith("turn ")}


def verdict_on(scores: dict[str, int], code: str = "") -> str:
    """A reply that gives every label this score in every aspect."""
    one: dict[str, Any] = {"code": code} if code else {}
    one |= {label: {a: {"rationale": f"so {s}", "score": s} for a in ASPECTS} for label, s in scores.items()}
    return json.dumps(one)


def known_by(says: Callable[[Request], Result | str | None]) -> Known:
    """A log in which a scripted judge has answered everything."""

    def known(requests: Sequence[Request]) -> list[Result | None]:
        replies = [says(request) for request in requests]
        return [Reply(one) if isinstance(one, str) else one for one in replies]

    return known


def by_length(request: Request) -> str:
    """A judge whose score of a text depends on that text alone."""
    return verdict_on({label: 1 + len(text) % 5 for label, text in answers_shown(request).items()}, code_of(request))


def nobody(requests: Sequence[Request]) -> list[Result | None]:
    return [None] * len(requests)


def one_of(rater: JudgeRater | PairwiseJudge, answered: Bucket) -> Request:
    return next(iter(rater.requests(answered, nobody)))
