"""What judges share: prompt texts, answers set apart by markers that they cannot imitate, a code for the verdict.

A judge's prompt is a text file of sections (`=== system ===`, `=== user ===`, `=== aspect NAME ===`) with slots in
double braces; polypref's own are in polypref/data/judges, and a released one is never edited. How replies are read is
in `verdicts`.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from .. import languages
from ..errors import UserError
from ..files.json_types import Json, JsonObject
from ..files.packaged import packaged, packaged_text
from ..inference import Model, Reply, Request, Sampling
from .criteria import asked_by_criterion
from .verdicts import Kind, Side, Unusable, half_width, read_object, read_verdict

__all__ = ["Kind", "Side", "Unusable", "read_object", "read_verdict"]

_SECTION = re.compile(r"^=== (.+?) ===[ \t]*$", re.MULTILINE)

_SLOT = re.compile(r"\{\{(\w+)\}\}")

_NEEDED = frozenset({"code", "conversation", "answers"})

_SLOTS = _NEEDED | {"language", "response_language", "aspects", "aspect_names", "labels", "lowest", "highest"}
#: How a prompt asks for its verdict, with and without the code.
_ASKS: Mapping[Kind, re.Pattern[str]] = {
    "mark": re.compile(r"\[\[[ABC](?:[ ]\{\{code\}\})?\]\]"),
    "object": re.compile(r'"verdict"\s*:'),
    "line": re.compile(r"\bPreferred:"),
}

_ASKS_CODE: Mapping[Kind, re.Pattern[str]] = {
    "mark": re.compile(r"\[\[[ABC][ ]\{\{code\}\}\]\]"),
    "object": re.compile(r'"code"\s*:\s*"\{\{code\}\}"'),
}


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

    @property
    def kinds(self) -> list[Kind]:
        """The forms in which it asks for a verdict; none where it says it in other words."""
        return [kind for kind, asks in _ASKS.items() if any(map(asks.search, self.sections.values()))]

    def coded(self, kind: Kind = "object") -> bool:
        """Whether a reply must bear the code.

        Args:
            kind: the form of its verdict; a judge of scores is asked for an object.

        Returns:
            False also for forms that have no place for a code.
        """
        asks = _ASKS_CODE.get(kind)
        return asks is not None and any(map(asks.search, self.sections.values()))

    def messages(self, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The conversation with every slot filled; what is filled in is not looked through for slots again.

        Args:
            values: slot -> text, for each slot that the sections have.

        Returns:
            (role, content) of each turn: the system's where there is a section for it, then the user's.
        """
        roles = [role for role in ("system", "user") if role in self.sections]
        return tuple((role, fill_slots(self.sections[role], values)) for role in roles)


@lru_cache(maxsize=32)
def template(name: str) -> Template:
    """Reads a judge's prompt.

    Args:
        name: of a file in polypref/data/judges, without `.txt`; or the path of a file, with it.

    Returns:
        Its sections; the same object where it is asked for again.

    Raises:
        UserError: there is no such prompt, or a section or slot is missing or unknown.
    """
    own = name.endswith(".txt")
    known = sorted(p.name.removesuffix(".txt") for p in packaged("judges").iterdir() if p.name.endswith(".txt"))
    if not own and name not in known:
        raise UserError(
            f"there is no judge prompt '{name}'; choose one of {', '.join(known)}, or a path to a .txt file"
        )
    try:
        read = Path(name).read_text("utf-8-sig") if own else packaged_text("judges", f"{name}.txt")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the judge prompt {name}: {error}; give a text file in UTF-8") from None
    return replace(read_template(name, read), name=Path(name).stem if own else name)


def read_template(name: str, text: str, more: Collection[str] = ()) -> Template:
    """Reads the text of a judge's prompt.

    Args:
        name: what the prompt is called.
        text: of its file; what stands before the first section is for people.
        more: slots that it may have besides those of every judge.

    Returns:
        Its sections.

    Raises:
        UserError: a section or slot is missing or unknown.
    """
    _, *parts = _SECTION.split(text)
    sections = {parts[at].strip(): parts[at + 1].strip() for at in range(0, len(parts), 2)}
    if len(sections) * 2 != len(parts) or "user" not in sections:
        raise UserError(f"judge prompt {name} needs one section '=== user ===', and no section twice")
    used = {slot for section in sections.values() for slot in _SLOT.findall(section)}
    if wrong := sorted(used - _SLOTS - {*more}):
        raise UserError(f"judge prompt {name}: unknown slot {{{{{wrong[0]}}}}}; known are {', '.join(sorted(_SLOTS))}")
    if lacking := sorted(_NEEDED - used):
        raise UserError(f"judge prompt {name} lacks the slot {{{{{lacking[0]}}}}}; see polypref/data/judges for how")
    return Template(name, hashlib.sha256(text.encode()).hexdigest(), sections)


def template_of_two(name: str) -> Template:
    """Reads the prompt of a judge of two answers.

    Args:
        name: as in `template`.

    Returns:
        Its sections.

    Raises:
        UserError: as `template`; also where it asks for a verdict in several forms.
    """
    read = template(name)
    if len(read.kinds) > 1:
        raise UserError(
            f"judge prompt {name} asks for its verdict in {len(read.kinds)} forms; ask for one: marks "
            '[[A {{code}}]], [[B {{code}}]], [[C {{code}}]], or a JSON object with "code": "{{code}}" and '
            '"verdict": "A", "B" or "TIE"'
        )
    return read


def fill_slots(section: str, values: Mapping[str, str]) -> str:
    """A text with its slots filled.

    Args:
        section: a text with slots, `{{name}}`.
        values: slot -> text, for each slot in it.

    Returns:
        The text; what is filled in is not looked through for slots again.

    Example:
        >>> fill_slots("From {{lowest}} to {{highest}}", {"lowest": "1", "highest": "{{lowest}}"})
        'From 1 to {{lowest}}'
    """
    return _SLOT.sub(lambda slot: values[slot[1]], section)


@dataclass(frozen=True)
class Group:
    """A prompt and its different answers.

    Attributes:
        prompt_id, language, response_language: of the prompt.
        turns: its messages, as (role, content).
        answers: (text, ids of the completions with this text), by the first id. Equal texts are judged once.
        criterion: by what they are judged; empty where nothing says so.
    """

    prompt_id: str
    language: str
    response_language: str
    turns: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, tuple[str, ...]], ...]
    criterion: str = ""


@dataclass(frozen=True)
class Query:
    """What a judge is asked once, and what its reply must be like.

    Attributes:
        request: what is sent.
        kind: the form of the verdict; a judge of scores is asked for an object.
        code: what the verdict must bear; empty where the prompt asks for none.
        texts: the answers shown.
    """

    request: Request
    kind: Kind
    code: str
    texts: tuple[str, ...]

    def side(self, reply: Reply) -> Side:
        """The label that a reply prefers.

        Args:
            reply: what came of the request; one that ended at its last token (`length`) counts only as
                `verdicts.read_verdict` says.

        Returns:
            `a`, `b` or `tie`, as the answers were shown.

        Raises:
            Unusable: see `verdicts.read_verdict`.
        """
        return read_verdict(reply.text, reply.finish_reason != "length", self.kind, self.code, self.texts)


def query_of(
    model: Model,
    prompt: Template,
    group: Group,
    shown: Sequence[tuple[str, str]],
    sampling: Sampling,
    schema: str | None,
    attempt: int,
    more: Mapping[str, str] | None = None,
    kind: Kind = "object",
) -> Query:
    """What a judge is asked.

    Args:
        model: the judge.
        prompt: its prompt text.
        group: whose answers.
        shown: (label, text) of the answers, in the order in which they are shown.
        sampling: how the judge is drawn; a second attempt has another seed.
        schema: JSON schema of the reply; None for free text.
        attempt: 0 for the first.
        more: values of further slots.
        kind: the form of its verdict.

    Returns:
        The request, and what its reply must be like.
    """
    texts = [*(content for _, content in group.turns), *(answer for _, answer in shown)]
    mark = verdict_code(attempt, group.prompt_id, [*texts, group.criterion] if group.criterion else texts)
    turns = [(f"turn {number} ({role})", content) for number, (role, content) in enumerate(group.turns, 1)]
    values = {
        "code": mark,
        "conversation": "\n\n".join(marked_text(label, content, mark) for label, content in turns),
        "answers": "\n\n".join(marked_text(label, answer, mark) for label, answer in shown),
        "language": language_label(group.language),
        "response_language": language_label(group.response_language),
        "labels": ", ".join(f'"{label}"' for label, _ in shown),
    }
    aspects = dict.fromkeys(("aspects", "aspect_names", "lowest", "highest"), "")
    messages = prompt.messages(aspects | dict(more or {}) | values)
    if group.criterion:
        messages = asked_by_criterion(messages, marked_text("criterion", group.criterion, mark))
    sent = Request(model, messages, replace(sampling, seed=sampling.seed + attempt), schema)
    return Query(sent, kind, mark if prompt.coded(kind) else "", tuple(answer for _, answer in shown))


def query_of_two(
    model: Model,
    prompt: Template,
    group: Group,
    texts: Sequence[str],
    sampling: Sampling,
    attempt: int,
    schema: bool,
) -> Query:
    """What a judge of two answers, A and B, is asked.

    Args:
        model, prompt, group, sampling, attempt: as in `query_of`.
        texts: the two answers, A before B.
        schema: whether a JSON schema goes with a prompt that asks for JSON. It then goes with prompts of other forms
            without a code as well, as it always has, so that what was answered is not asked again; their replies may
            be of either form.

    Returns:
        The request, and what its reply must be like.
    """
    kind, form = prompt.kinds[0] if prompt.kinds else "any", None
    if schema and (kind == "object" or not prompt.coded(kind)):
        form = verdict_schema(prompt.coded(kind))
        kind = kind if kind == "object" else "any"
    shown = list(zip("AB", texts, strict=True))
    return query_of(model, prompt, group, shown, sampling, form, attempt, kind=kind)


@lru_cache
def verdict_schema(coded: bool) -> str:
    """JSON schema of a verdict, the rationale before it.

    Args:
        coded: whether the code comes between them.

    Returns:
        The schema as text, the same bytes each time: it is part of the request's key.
    """
    verdict: JsonObject = {"type": "string", "enum": ["A", "B", "TIE"]}
    code: JsonObject = {"code": {"type": "string"}} if coded else {}
    return object_schema({"rationale": {"type": "string"}, **code, "verdict": verdict})


def object_schema(properties: Mapping[str, Json]) -> str:
    """JSON schema of an object with these properties, all of them and no other.

    Args:
        properties: name -> its schema, in the order in which a judge shall write them.

    Returns:
        The schema as text.
    """
    return json.dumps(closed_object(properties))


def closed_object(properties: Mapping[str, Json]) -> JsonObject:
    """The same as a mapping, for schemas inside of schemas.

    Args:
        properties: name -> its schema.

    Returns:
        The schema.
    """
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def verdict_code(attempt: int, prompt_id: str, texts: Sequence[str]) -> str:
    """Eight hexadecimal digits that stand in none of the texts, so that no text can imitate a marker with them.

    Args:
        attempt: 0 for the first.
        prompt_id: of the prompt.
        texts: all that is shown: the prompt's turns and the answers.

    Returns:
        The code, the same for the same arguments.

    Raises:
        AssertionError: the texts hold all 2**32 codes, which none can.
    """
    seen = half_width("\n".join(texts)).casefold()
    for number in range(2**32):
        parts = json.dumps([attempt, prompt_id, number, *texts], ensure_ascii=False)
        code = hashlib.md5(parts.encode(), usedforsecurity=False).hexdigest()[:8]
        if code not in seen:
            return code
    raise AssertionError("a text that holds every code")


def marked_text(label: str, content: str, mark: str) -> str:
    """A text between markers that it cannot imitate.

    Args:
        label: what it is.
        content: the text.
        mark: the code of the markers, which stands in none of the texts.

    Returns:
        The text with a line before and behind it.
    """
    return f"<<BEGIN {label} {mark}>>\n{content}\n<<END {label} {mark}>>"


def language_label(tag: str) -> str:
    """A language as a judge's prompt names it.

    Args:
        tag: BCP-47, of a language that is known.

    Returns:
        Its English name and its tag.

    Example:
        >>> language_label("fa")
        'Persian (fa)'
    """
    return f"{languages.get(tag).name} ({tag})"
