"""One request and what comes of it: the same for every model, whoever serves it."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Literal

from ..files.json_types import Json, JsonObject, mapping_of
from ..scripting.bounds import AtLeastZero, Count, Share
from ..scripting.declared import check_fields, checked_call

#: What a request asks for: an answer, a reward model's score, or which of a few letters a model would write next.
Kind = Literal["chat", "score", "letter"]
#: Raised when letters come to be summed or read in another way: it is part of the key of requests for letters.
LETTERS_VERSION = 1


@checked_call
@dataclass(frozen=True)
class Model:
    """A model, by name, with the revision and licence that go into every row it wrote.

    Attributes:
        name: Hub id, path, or the name that a server knows it by.
        revision: commit, tag or date; `unknown` where a server does not say.
        licence: licence of its output.
    """

    name: str
    revision: str = "unknown"
    licence: str = "unknown"

    def __post_init__(self) -> None:
        check_fields(self)


@checked_call
@dataclass(frozen=True)
class Sampling:
    """How an answer is drawn. A request asks for one answer; k samples are k requests with k seeds.

    Attributes:
        temperature: 0 for the likeliest answer.
        top_p: share of the likeliest words that are drawn from.
        max_tokens: of the answer, at most.
        seed: of the draw.
    """

    temperature: AtLeastZero = 0.0
    top_p: Share = 1.0
    max_tokens: Count = 1024
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Request:
    """One conversation to be answered, to be scored by a reward model, or to be gone on with by a letter.

    Attributes:
        model: who is asked.
        messages: (role, content) of every turn.
        sampling: how the answer is drawn; ignored when scoring, and where letters are asked for.
        schema: JSON schema that the answer must follow, as text; None for free text.
        kind: chat, score or letter.
        task: tags of the language translated from and to, for translation models; None for all others.
        turns: where a turn is more than a role and a text, the whole of all turns as a JSON list, as chat templates
            take them; `messages` then holds what they say, calls included. None where they are no more.
        tools: the schemas of the tools that the model may call, as a JSON list; None for none.
        letters: of the kind `letter`, those whose log-probabilities as the next token are asked for; see `letters`.
    """

    model: Model
    messages: tuple[tuple[str, str], ...]
    sampling: Sampling = Sampling()
    schema: str | None = None
    kind: Kind = "chat"
    task: tuple[str, str] | None = None
    turns: str | None = None
    tools: str | None = None
    letters: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """Stands for everything that can change the answer: model, revision, messages, sampling, schema, tools, ..."""
        content: list[object] = [self.kind, self.model.name, self.model.revision, self.messages, self.schema]
        content.append(asdict(self.sampling) if self.kind == "chat" else None)
        if self.task:
            content.append(self.task)
        if self.turns or self.tools:
            content.append({"turns": self.turns, "tools": self.tools})
        if self.letters:
            content.append({"letters": self.letters, "version": LETTERS_VERSION})
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        # A lone surrogate must not stop a run here; the backend makes it that row's failure.
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def conversation(self) -> list[JsonObject]:
        """The messages as chat templates take them."""
        if self.turns is None:
            return [{"role": role, "content": content} for role, content in self.messages]
        whole: list[JsonObject] = json.loads(self.turns)
        return whole

    @property
    def offered(self) -> list[Json]:
        """The schemas of the tools that the model may call."""
        schemas: list[Json] = json.loads(self.tools) if self.tools else []
        return schemas

    @property
    def tool_names(self) -> frozenset[str]:
        """The names of these tools."""
        functions = (mapping_of(mapping_of(one).get("function")) for one in self.offered)
        return frozenset(str(one["name"]) for one in functions if "name" in one)


@dataclass(frozen=True)
class Reply:
    """An answer, or a score.

    Attributes:
        text: what the model said; empty for a score.
        finish_reason: stop, length, or what the server says.
        prompt_tokens, completion_tokens: as counted by whoever served it; None where not said.
        score: of a reward model.
        served: by which name the server said that it serves the model; no part of the answer.
        thinking: what a server gave apart as the model's thought (`reasoning_content`); no part of the answer, and its
            tokens are among `completion_tokens`.
    """

    text: str = ""
    finish_reason: str = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    score: float | None = None
    served: str | None = field(default=None, compare=False)
    thinking: str = field(default="", compare=False)


@dataclass(frozen=True)
class Failure:
    """A request that cannot be answered: a reason fit for counting, and what was found."""

    reason: str
    detail: str = ""


Result = Reply | Failure
#: Why an answer ended that nobody gave: made up to count what would be asked.
REHEARSED = "rehearsed"


Known = Callable[[Sequence[Request]], "list[Result | None]"]
"""What is known of requests, in order: the response log's get_many."""


def messages(conversation: Sequence[Mapping[str, object]]) -> tuple[tuple[str, str], ...]:
    """A conversation as a request holds it.

    Args:
        conversation: {role, content} of every turn; other keys are left out.

    Returns:
        (role, content) of every turn.
    """
    return tuple((str(turn["role"]), str(turn["content"])) for turn in conversation)
