"""Answers: several models and routes for each prompt."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, TypedDict

import pyarrow as pa

from .. import schema
from ..console.escaping import short_text
from ..errors import UserError
from ..files.cells import Bad, Cell
from ..inference import Failure, Known, Reply, Request, Sampling, Served, messages
from ..inference.tool_calls import CALLED
from ..layouts.tables import PromptRow
from ..layouts.tools import Call, calls_of
from ..scripting.bounds import Count
from ..scripting.declared import check_fields, checked_call
from ..text.cleaning import Uncleanable, clean_text
from ..text.messages import call_lines, message_json, text_with_calls, turns_to_send, without_calls
from ..text.thoughts import THOUGHT, thought_in
from .asking import drawn, rejections
from .pool import Bucket
from .translate import WHOLE_TURNS, Translator, check_named, has_whole_turns


@checked_call
@dataclass(frozen=True)
class Route:
    """One way to an answer.

    Attributes:
        served: the model that answers.
        route: `direct` (in the language asked for), `translated` (the prompt's source is answered, in its language, and
            the answer translated), `on_policy` (as direct, by the model that is to be trained).
        translator: of the answers, for `translated`.
        sampling: how an answer is drawn; sample k has the seed plus k.
        samples: answers a prompt.
        systems: system prompts of which one is drawn for each prompt, seen by the model only; empty for none.

    """

    served: Served
    route: Literal["direct", "translated", "on_policy"] = "direct"
    translator: Translator | None = None
    sampling: Sampling = field(default_factory=lambda: Sampling(temperature=0.7, top_p=0.95))
    samples: Count = 1
    systems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        if (self.route == "translated") != (self.translator is not None):
            raise UserError("the route translated needs a translator, and no other route takes one")
        if any(not system.strip() for system in self.systems):
            raise UserError(
                f"Route(systems={short_text(repr(self.systems))}): a system prompt is empty; "
                "write a text, or systems=()"
            )
        if self.samples > 1 and not self.sampling.temperature:
            raise UserError("several samples at temperature 0 are all the same; give sampling a temperature")


@checked_call
@dataclass(frozen=True)
class Complete:
    """Answers to all prompts, or to those of some sources.

    Attributes:
        routes: the ways.
        per_prompt: so many of the routes are drawn for each prompt, as UltraFeedback draws 4 of 17 models; None: all.
        seed: of that draw and of the system prompts.
        thoughts: what becomes of an answer in which a thought of the model stands, between marks such as <think> and
            </think>: `refused` (`answer_thought_in_text`), or `kept` with its marks. Servers take thoughts out of
            answers themselves where they are told how the model writes them (vLLM: --reasoning-parser).
        sources: names of the sources whose prompts are answered, wherever else these stand; None for all.

    """

    routes: tuple[Route, ...]
    per_prompt: Count | None = None
    seed: int = 0
    thoughts: Literal["refused", "kept"] = "refused"
    sources: tuple[str, ...] | None = None
    version: ClassVar[int] = 3

    def __post_init__(self) -> None:
        check_fields(self)
        check_named(self, self.sources)
        if not self.routes or (self.per_prompt or 1) > len(self.routes):
            raise UserError(f"cannot take {self.per_prompt or 'all'} of {len(self.routes)} routes for a prompt")

    @property
    def models(self) -> tuple[Served, ...]:
        """All that answer, then all that translate answers."""
        translators = [route.translator.served for route in self.routes if route.translator]
        return tuple(dict.fromkeys([*(route.served for route in self.routes), *translators]))

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """The answers; and the translations of those that are there.

        Args:
            bucket: whose prompts are answered.
            known: gives what was answered so far.

        Yields:
            every request that can be put now, answered already or not.
        """
        for prompt in bucket.prompts.to_pylist():
            for route in self._drawn(prompt):
                requests = [] if _refuses(route, prompt) else self._requests(route, prompt)
                yield from requests
                if _translates(route, prompt) and route.translator:
                    for reply in known(requests):
                        if isinstance(answer := self._answer_of(reply), Answered):
                            yield from route.translator.requests(answer.text, *_languages(prompt), known)

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """The answers of all routes to all prompts.

        Args:
            bucket: whose prompts were answered.
            known: gives the answers; one that is missing is rejected as `not_asked`.

        Returns:
            `completions` (schema.COMPLETIONS) and `rejected` (schema.REJECTED).
        """
        completions, rejected = [], []
        for prompt in bucket.prompts.to_pylist():
            for route in self._drawn(prompt):
                requests = [] if (refused := _refuses(route, prompt)) else self._requests(route, prompt)
                if refused:
                    rejected += [self._rejected(prompt, route, WHOLE_TURNS)] * route.samples
                for request, reply in zip(requests, known(requests), strict=True):
                    completion = self._completion(route, prompt, request, reply, known)
                    if isinstance(completion, Failure):
                        rejected.append(self._rejected(prompt, route, completion))
                    else:
                        completions.append(completion)
        return {"completions": pa.Table.from_pylist(completions, schema.COMPLETIONS), "rejected": rejections(rejected)}

    def _answer_of(self, reply: Reply | Failure | None) -> "Answered | Failure":
        if not isinstance(reply, Reply):
            return reply or Failure("not_asked")
        called = reply.finish_reason == CALLED
        answer = without_calls(reply.text) if called else reply.text
        if self.thoughts == "refused" and (thought := thought_in(answer)):
            return Failure(f"answer_{THOUGHT}", thought.mark)
        try:
            text = clean_text(answer, trim_end_tokens=True)
            calls = _calls_in(reply.text) if called else ()
        except Uncleanable as error:
            return Failure(f"answer_{error}")
        except Bad as bad:
            return Failure(f"answer_{bad.reason}", bad.detail)
        if not calls:
            return Answered(text) if text.strip() else Failure("empty_answer")
        message = message_json({"role": "assistant", "content": text.strip(), "tool_calls": calls})
        return Answered(text_with_calls(text.strip(), calls), message)

    def _rejected(self, prompt: PromptRow, route: Route, why: Failure) -> tuple[str, str, str, str]:
        detail = f"{route.served.model.name} {route.route} {why.detail}".strip()
        return prompt["language"], prompt["prompt_id"], why.reason, detail

    def _drawn(self, prompt: PromptRow) -> list[Route]:
        if self.per_prompt is None:
            return list(self.routes)
        places = range(len(self.routes))
        order = sorted(places, key=lambda i: drawn(self.seed, "route", prompt["prompt_id"], i))
        return [self.routes[i] for i in sorted(order[: self.per_prompt])]

    def _system(self, route: Route, prompt: PromptRow) -> str | None:
        if not route.systems:
            return None
        place = drawn(self.seed, "system", prompt["prompt_id"], route.served.model.name) % len(route.systems)
        return route.systems[place]

    def _requests(self, route: Route, prompt: PromptRow) -> list[Request]:
        asked = prompt["source_prompt"] if route.route == "translated" else None
        turns = messages(prompt["prompt"] if asked is None else asked)
        if system := self._system(route, prompt):
            # A system prompt of the row itself comes first: it is part of what was asked.
            own, rest = (turns[0][1] + "\n\n", turns[1:]) if turns[0][0] == "system" else ("", turns)
            turns = (("system", own + system), *rest)
        seeds = range(route.sampling.seed, route.sampling.seed + route.samples)
        whole = _whole_turns(prompt, turns)
        return [Request(route.served.model, turns, replace(route.sampling, seed=seed), **whole) for seed in seeds]

    def _completion(
        self, route: Route, prompt: PromptRow, request: Request, reply: Reply | Failure | None, known: Known
    ) -> dict[str, object] | Failure:
        answer = self._answer_of(reply)
        if isinstance(answer, Failure):
            return answer
        assert isinstance(reply, Reply)
        text, name = answer.text, route.route
        if route.route == "translated" and not _translates(route, prompt):
            name = "direct"
        elif route.translator:
            translated = route.translator.translated(answer.text, *_languages(prompt), known)
            if not isinstance(translated, str):
                return translated or Failure("not_asked")
            text = translated
        model, sampling = route.served.model, request.sampling
        of_model = model.name, model.revision, name
        return {
            "completion_id": schema.completion_id(prompt["prompt_id"], *of_model, text, answer.message),
            "prompt_id": prompt["prompt_id"],
            "model": model.name,
            "model_revision": model.revision,
            "model_licence": model.licence,
            "route": name,
            "text": text,
            "message": answer.message,
            "source_text": answer.text if name == "translated" else None,
            "translator": route.translator.served.model.name if route.translator and name == "translated" else None,
            "system": self._system(route, prompt),
            "finish_reason": reply.finish_reason,
            "tokens": reply.completion_tokens,
            "sampling": {
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "max_tokens": sampling.max_tokens,
                "seed": sampling.seed,
            },
        }


@dataclass(frozen=True)
class Answered:
    """What a model answered.

    Attributes:
        text: what it says, its calls of tools behind it.
        message: the whole of its turn as JSON, where it calls tools; None where it is a text.
    """

    text: str
    message: str | None = None


def _calls_in(text: str) -> tuple[Call, ...]:
    """The calls that a reply makes, cleaned as those of files are at the door.

    Raises:
        Bad: as `calls_of`.
    """
    calls: list[Cell] = [json.loads(line) for line in call_lines(text)]
    return calls_of(calls)


class _Whole(TypedDict, total=False):
    turns: str | None
    tools: str | None


def _whole_turns(prompt: PromptRow, turns: Sequence[tuple[str, str]]) -> _Whole:
    """What a request holds besides texts.

    Args:
        prompt: a row of schema.PROMPTS.
        turns: (role, text) of what is asked, with a system prompt that the row itself has not.
    """
    if not has_whole_turns(prompt):
        return {}
    if prompt["messages"] is None:
        return {"turns": None, "tools": prompt["tools"]}
    whole: list[dict[str, object]] = json.loads(prompt["messages"])
    if turns[0][0] == "system":
        own = whole[1:] if whole[0]["role"] == "system" else whole
        whole = [{"role": "system", "content": turns[0][1]}, *own]
    return {"turns": turns_to_send(whole), "tools": prompt["tools"]}


def _refuses(route: Route, prompt: PromptRow) -> bool:
    """Whether a route cannot answer a prompt: calls and what tools answer are not translated."""
    return has_whole_turns(prompt) and _translates(route, prompt)


def _translates(route: Route, prompt: PromptRow) -> bool:
    """Whether the answer is translated: a prompt that was not translated itself is answered as it is."""
    return route.route == "translated" and prompt["source_prompt"] is not None


def _languages(prompt: PromptRow) -> tuple[str, str]:
    return prompt["source_language"] or "en", prompt["response_language"]
