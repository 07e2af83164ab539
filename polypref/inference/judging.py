"""What judges share: prompt texts, answers set apart by markers that they cannot imitate, replies read strictly.

A judge's prompt is a text file of sections (`=== system ===`, `=== user ===`, `=== aspect NAME ===`) with slots in
double braces; polypref's own are in polypref/data/judges, and a released one is never edited.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar

from .. import languages
from ..errors import UserError
from . import REHEARSED, Failure, Known, Model, Reply, Request, Sampling
from .protocol import detail

Item = TypeVar("Item")
Value = TypeVar("Value")
Side = Literal["a", "b", "tie"]

_MARK = re.compile(r"\[\[([ABC])\]\]")
# A line such as "Preferred: Answer (A)", whatever Markdown is around its words. What stands before them must not run
# over a line's end: over a reply of blank lines that would take quadratic time.
_PREFERRED = re.compile(
    r"^(?:[^\S\n]|[*_>#-])*Preferred[\s*_]*[:：][\s*_<]*(?:Answer\s*)?[(\[]{0,2}(A|B|TIE)[)\]]{0,2}[\s*_.>]*$",
    re.MULTILINE | re.IGNORECASE,
)
SIDES: Mapping[str, Side] = {"A": "a", "B": "b", "C": "tie", "TIE": "tie"}
_SECTION = re.compile(r"^=== (.+?) ===[ \t]*$", re.MULTILINE)
_SLOT = re.compile(r"\{\{(\w+)\}\}")
_NEEDED = frozenset({"code", "conversation", "answers"})
_SLOTS = _NEEDED | {"language", "response_language", "aspects", "aspect_names", "labels", "lowest", "highest"}


class Unusable(Exception):
    """A judge's reply that cannot count; `reason` is a word fit for counting."""

    def __init__(self, reason: str, found: str = "") -> None:
        super().__init__(reason, found)
        self.reason, self.found = reason, found


@dataclass(frozen=True)
class Template:
    """A judge's prompt text.

    Attributes:
        name: the file's name without ending.
        sha256: of the file's text, in hexadecimal.
        sections: `system` (may be missing), `user`, and `aspect NAME` for each aspect.
    """

    name: str
    sha256: str
    sections: Mapping[str, str]

    @property
    def revision(self) -> str:
        """Name and content in short, for the rows that the judge writes."""
        return f"{self.name}-{self.sha256[:8]}"

    def messages(self, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The conversation with every slot filled; what is filled in is not looked through for slots again."""
        roles = [role for role in ("system", "user") if role in self.sections]
        return tuple((role, fill(self.sections[role], values)) for role in roles)


@lru_cache(maxsize=32)
def template(name: str) -> Template:
    """Reads a judge's prompt.

    Args:
        name: of a file in polypref/data/judges, without `.txt`; or the path of a file, with it.

    Raises:
        UserError: there is no such prompt, or a section or slot is missing or unknown.
    """
    packaged = files("polypref") / "data" / "judges"
    own = name.endswith(".txt")
    known = sorted(p.name.removesuffix(".txt") for p in packaged.iterdir() if p.name.endswith(".txt"))
    if not own and name not in known:
        raise UserError(
            f"there is no judge prompt '{name}'; choose one of {', '.join(known)}, or a path to a .txt file"
        )
    try:
        read = Path(name).read_text("utf-8-sig") if own else (packaged / f"{name}.txt").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the judge prompt {name}: {error}; give a text file in UTF-8") from None
    _, *parts = _SECTION.split(read)
    sections = {parts[at].strip(): parts[at + 1].strip() for at in range(0, len(parts), 2)}
    if len(sections) * 2 != len(parts) or "user" not in sections:
        raise UserError(f"judge prompt {name} needs one section '=== user ===', and no section twice")
    used = {slot for section in sections.values() for slot in _SLOT.findall(section)}
    if wrong := sorted(used - _SLOTS):
        raise UserError(f"judge prompt {name}: unknown slot {{{{{wrong[0]}}}}}; known are {', '.join(sorted(_SLOTS))}")
    if lacking := sorted(_NEEDED - used):
        raise UserError(f"judge prompt {name} lacks the slot {{{{{lacking[0]}}}}}; see polypref/data/judges for how")
    return Template(Path(name).stem if own else name, hashlib.sha256(read.encode()).hexdigest(), sections)


def fill(section: str, values: Mapping[str, str]) -> str:
    """A text with its slots filled."""
    return _SLOT.sub(lambda slot: values[slot[1]], section)


@dataclass(frozen=True)
class Group:
    """A prompt and its different answers.

    Attributes:
        prompt_id, language, response_language: of the prompt.
        turns: its messages, as (role, content).
        answers: (text, ids of the completions with this text), by the first id. Equal texts are judged once.
    """

    prompt_id: str
    language: str
    response_language: str
    turns: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, tuple[str, ...]], ...]


def request(
    model: Model,
    prompt: Template,
    group: Group,
    shown: Sequence[tuple[str, str]],
    sampling: Sampling,
    schema: str | None,
    attempt: int,
    more: Mapping[str, str] | None = None,
) -> Request:
    """A judge's request.

    Args:
        model: the judge.
        prompt: its prompt text.
        group: whose answers.
        shown: (label, text) of the answers, in the order in which they are shown.
        sampling: how the judge is drawn; a second attempt has another seed.
        schema: JSON schema of the reply; None for free text.
        attempt: 0 for the first.
        more: values of further slots.
    """
    mark = code(attempt, group.prompt_id, [*(content for _, content in group.turns), *(answer for _, answer in shown)])
    turns = [(f"turn {number} ({role})", content) for number, (role, content) in enumerate(group.turns, 1)]
    values = {
        "code": mark,
        "conversation": "\n\n".join(_marked(label, content, mark) for label, content in turns),
        "answers": "\n\n".join(_marked(label, answer, mark) for label, answer in shown),
        "language": named(group.language),
        "response_language": named(group.response_language),
        "labels": ", ".join(f'"{label}"' for label, _ in shown),
    }
    aspects = dict.fromkeys(("aspects", "aspect_names", "lowest", "highest"), "")
    messages = prompt.messages(aspects | dict(more or {}) | values)
    return Request(model, messages, replace(sampling, seed=sampling.seed + attempt), schema)


def code(attempt: int, prompt_id: str, texts: Sequence[str]) -> str:
    """Eight hexadecimal digits that stand in none of the texts, so that no text can imitate a marker with them."""
    seen = "\n".join(texts).casefold()
    for number in range(2**32):
        parts = json.dumps([attempt, prompt_id, number, *texts], ensure_ascii=False)
        found = hashlib.md5(parts.encode(), usedforsecurity=False).hexdigest()[:8]
        if found not in seen:
            return found
    raise AssertionError("a text that holds every code")


def _marked(label: str, content: str, mark: str) -> str:
    return f"<<BEGIN {label} {mark}>>\n{content}\n<<END {label} {mark}>>"


def named(tag: str) -> str:
    """A language as a judge's prompt names it: `Persian (fa)`."""
    return f"{languages.get(tag).name} ({tag})"


def asked(
    items: Sequence[Item],
    attempts: int,
    form: Callable[[Item, int], Request],
    read: Callable[[Item, int, Reply], Value],
    known: Known,
) -> Iterator[tuple[int, Request, Value | Failure | None]]:
    """All requests that can be formed now, and what came of each: None for what nobody answered yet.

    A reply that cannot be used is asked for again, in another form, up to `attempts` times; the last outcome that is
    yielded for an item is the one that counts.

    Args:
        items: what is to be judged.
        attempts: how often at most.
        form: the request for an item and attempt.
        read: what a reply says; raises Unusable.
        known: the response log.

    Yields:
        the item's position, its request, and the value, or the failure, or None.
    """
    open_ = list(range(len(items)))
    for attempt in range(attempts):
        requests = [form(items[at], attempt) for at in open_]
        again = []
        for at, sent, result in zip(open_, requests, known(requests), strict=True):
            outcome: Value | Failure | None
            if isinstance(result, Reply):
                try:
                    outcome = read(items[at], attempt, result)
                except Unusable as error:
                    cut = error.reason == "judge_unparsable" and result.finish_reason == "length"
                    outcome = Failure("judge_cut_off" if cut else error.reason, detail(error.found or result.text))
                    if result.finish_reason != REHEARSED:
                        again.append(at)
            else:
                outcome = result
            yield at, sent, outcome
        open_ = again


def outcomes(found: Iterator[tuple[int, Request, Value | Failure | None]]) -> list[Value | Failure]:
    """The outcome that counts of every item, in order; what nobody answered is a failure, `unanswered`."""
    last = {at: outcome for at, _, outcome in found}
    return [Failure("unanswered") if last[at] is None else last[at] for at in sorted(last)]  # type: ignore[misc]


def read_object(said: str) -> dict[str, Any]:
    """The one JSON object of a reply; fences, text around it and a reasoning block before it are passed over.

    Raises:
        Unusable: `judge_unparsable` (none, or more than one), `judge_doubled_key`.
    """
    said = said.rpartition("</think>")[2]
    try:
        found = json.loads(said[said.find("{") : said.rfind("}") + 1], object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unusable("judge_unparsable") from None
    if not isinstance(found, dict):
        raise Unusable("judge_unparsable")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unusable("judge_doubled_key", key)
        found[key] = value
    return found


def read_verdict(said: str, whole: bool = True) -> Side:
    """The label that a reply prefers.

    A JSON object's `verdict` (A, B, C or TIE), else the last of [[A]], [[B]], [[C]], else lines of the form
    `Preferred: Answer (A)`, which must not contradict each other.

    Args:
        said: the reply.
        whole: whether the judge came to its end; of a reply that was cut off only a whole JSON object counts.

    Raises:
        Unusable: `judge_unparsable`, `judge_doubled_key`, `judge_unknown_verdict`, `judge_two_verdicts`.
    """
    try:
        found = read_object(said)
    except Unusable as error:
        if error.reason != "judge_unparsable":
            raise
        found = {}
    if "verdict" in found:
        value = found["verdict"]
        if not isinstance(value, str) or value.strip().upper() not in SIDES:
            raise Unusable("judge_unknown_verdict", str(value)[:40])
        return SIDES[value.strip().upper()]
    said = said.rpartition("</think>")[2]
    marks = _MARK.findall(said) or [label.upper() for label in _PREFERRED.findall(said)]
    if not marks or not whole:
        raise Unusable("judge_unparsable")
    if not _MARK.search(said) and len(set(marks)) > 1:
        raise Unusable("judge_two_verdicts", " ".join(marks))
    return SIDES[marks[-1]]
