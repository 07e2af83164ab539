"""The tables that stages exchange: one fixed Arrow schema each, and the ids that tie them together."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from json.encoder import encode_basestring

import pyarrow as pa

MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])
MESSAGES = pa.list_(MESSAGE)
SOURCE = pa.struct([("name", pa.string()), ("revision", pa.string()), ("licence", pa.string())])


def _schema(required: dict[str, pa.DataType], optional: dict[str, pa.DataType] | None = None) -> pa.Schema:
    fields = [pa.field(name, kind, nullable=False) for name, kind in required.items()]
    return pa.schema(fields + [pa.field(name, kind) for name, kind in (optional or {}).items()])


#: A prompt in one language. `group_id` is the same for its translations; `reference` is a model answer to rate against;
#: `source_prompt` what a translated prompt was translated from, `source_language` the language of that, and
#: `translation_score` how well the translation read back into it matches (chrF, 0 to 100), where that was asked for.
#: `messages`: where a turn is more than a role and a text, the whole of all turns as a JSON list (see text.messages);
#: `prompt` then holds what they say. `tools`: the schemas of the tools that it offers, as a JSON list. `criterion`: by
#: what its answers were judged; null where no source says so.
PROMPTS = _schema(
    {
        "prompt_id": pa.string(),
        "group_id": pa.string(),
        "language": pa.string(),
        "response_language": pa.string(),
        "prompt": MESSAGES,
        "sources": pa.list_(SOURCE),
        "origin": pa.string(),
    },
    {
        "translator": pa.string(),
        "reference": pa.string(),
        "labels": pa.list_(pa.string()),
        "source_prompt": MESSAGES,
        "source_language": pa.string(),
        "translation_score": pa.float64(),
        "messages": pa.string(),
        "tools": pa.string(),
        "criterion": pa.string(),
    },
)

#: One answer to a prompt. `route`: direct | translated | on_policy | given; `source_text` is what a translated one was
#: translated from, by `translator`; `system` a system prompt that only the model saw. `message`: where the answer is
#: more than a text, the whole of its turn as JSON; `text` then holds what it says, and its calls of tools.
COMPLETIONS = _schema(
    {
        "completion_id": pa.string(),
        "prompt_id": pa.string(),
        "model": pa.string(),
        "model_revision": pa.string(),
        "model_licence": pa.string(),
        "route": pa.string(),
        "text": pa.string(),
    },
    {
        "source_text": pa.string(),
        "translator": pa.string(),
        "system": pa.string(),
        "finish_reason": pa.string(),
        "tokens": pa.int64(),
        "sampling": pa.struct(
            [
                ("temperature", pa.float64()),
                ("top_p", pa.float64()),
                ("max_tokens", pa.int64()),
                ("seed", pa.int64()),
            ]
        ),
        "message": pa.string(),
    },
)

#: The beginning of an occasion that is a row of a source and names nobody, behind the name of the source; what stands
#: for a person or a session is hexadecimal digits.
ROW = "row "

#: One score of one completion by one rater; every completion's raw score is kept. `occasion`: one person comparing
#: answers at one time, by a pseudonym; scores of two occasions are not compared. Null where the source names none.
RATINGS = _schema(
    {
        "prompt_id": pa.string(),
        "completion_id": pa.string(),
        "rater": pa.string(),
        "rater_revision": pa.string(),
        "score": pa.float64(),
    },
    {"aspects": pa.map_(pa.string(), pa.float64()), "rationale": pa.string(), "occasion": pa.string()},
)

#: Which of two completions somebody preferred: `preferred` is a | b | tie | disagreement (two orders, two winners).
#: `annotator`: who it was among those that count as one rater, by a pseudonym; null where the source names nobody.
#: `vote`: of nobody by name, a digest of the row it stands in, and after a blank its place there where rows hold the
#: votes of several; null where no source gave it. `rationale`: why, in the words of who judged.
VERDICTS = _schema(
    {
        "prompt_id": pa.string(),
        "completion_a": pa.string(),
        "completion_b": pa.string(),
        "preferred": pa.string(),
        "rater": pa.string(),
    },
    {name: pa.string() for name in ("occasion", "annotator", "vote", "rationale")},
)

#: The groups of a person as somebody states them, such as their age or country.
GROUPS = pa.list_(pa.struct([("group", pa.string()), ("value", pa.string())]))
#: What a source states of who judged the answers to a prompt, where it does: `person` by a pseudonym, and what ratings
#: and verdicts of theirs go by, `annotator` or `occasion` as there.
PEOPLE_OF_PROMPTS = _schema(
    {"prompt_id": pa.string(), "person": pa.string(), "groups": GROUPS},
    {"annotator": pa.string(), "occasion": pa.string()},
)

#: A chosen pair, ids and scores only; the text is joined in at the end. `review`: what people said of it. `by_check`:
#: for what reason its rejected answer is the worse one, whatever the scores; null where the scores say so. `annotator`:
#: whose vote it is, where each of several is a pair, and `vote_number` which of those on its two answers, from 1 on;
#: `occasion`: the one on which its answers were compared. `rationale`: why the chosen answer is the better one, in the
#: words of who judged.
PAIRS = _schema(
    {
        "pair_id": pa.string(),
        "prompt_id": pa.string(),
        "chosen_id": pa.string(),
        "rejected_id": pa.string(),
        "language": pa.string(),
        "rater": pa.string(),
    },
    {
        "chosen_score": pa.float64(),
        "rejected_score": pa.float64(),
        "score_margin": pa.float64(),
        "review": pa.string(),
        "by_check": pa.string(),
        "annotator": pa.string(),
        "occasion": pa.string(),
        "vote_number": pa.int64(),
        "rationale": pa.string(),
    },
)

#: What a check of prompts or answers found: `outcome` is reject | flag; `completion_id` is null where it is of the
#: prompt. `chosen` and `rejected`: what an answer that is rejected may not be; where an answer's flag counts.
FINDINGS = _schema(
    {
        **{name: pa.string() for name in ("prompt_id", "language", "check", "outcome", "reason")},
        **{name: pa.bool_() for name in ("chosen", "rejected")},
    },
    {"completion_id": pa.string(), "detail": pa.string()},
)

#: What the filter chain says of a pair: `reason` is null for a kept one. `length_gap`: characters of the chosen answer
#: less those of the rejected one.
FILTERED = _schema(
    {"pair_id": pa.string(), "language": pa.string(), "flags": pa.list_(pa.string())},
    {"filter": pa.string(), "reason": pa.string(), "detail": pa.string(), "length_gap": pa.int64()},
)

#: Something left out before there was a pair. `where` names file and row, or the id.
REJECTED = _schema({"language": pa.string(), "where": pa.string(), "reason": pa.string()}, {"detail": pa.string()})

#: What is published: the form that TRL's DPO, KTO, Reward and RLOO trainers take as it is.
PREFERENCES = _schema(
    {
        "pair_id": pa.string(),
        "prompt_id": pa.string(),
        "group_id": pa.string(),
        "language": pa.string(),
        "response_language": pa.string(),
        "prompt": MESSAGES,
        "chosen": MESSAGES,
        "rejected": MESSAGES,
        "chosen_id": pa.string(),
        "rejected_id": pa.string(),
        "chosen_model": pa.string(),
        "rejected_model": pa.string(),
        "chosen_route": pa.string(),
        "rejected_route": pa.string(),
    },
    {"chosen_score": pa.float64(), "rejected_score": pa.float64(), "score_margin": pa.float64()},
)
for _name, _kind in {"rater": pa.string(), "origin": pa.string()}.items():
    PREFERENCES = PREFERENCES.append(pa.field(_name, _kind, nullable=False))
PREFERENCES = PREFERENCES.append(pa.field("translator", pa.string()))
for _name, _kind in {"source": pa.string(), "licence": pa.string(), "flags": pa.list_(pa.string())}.items():
    PREFERENCES = PREFERENCES.append(pa.field(_name, _kind, nullable=False))

#: A message, or the schema of a tool, as JSON: readers give it as a mapping with the keys that it has, and no others.
JSON = pa.json_()
#: What is published where a source reads tools, or cuts thoughts out of answers: a turn may have `thinking`,
#: `tool_calls`, `name` and `tool_call_id` too, and `tools` holds the schemas that the prompt offers, null for none. In
#: a struct every turn would have all keys, and chat templates ask whether a turn has one.
PREFERENCES_WITH_TURNS = pa.schema(
    [
        pa.field(one.name, pa.list_(JSON), nullable=False) if one.name in ("prompt", "chosen", "rejected") else one
        for one in PREFERENCES
    ]
    + [pa.field("tools", pa.list_(JSON))]
)

#: What is published where labels of single answers are kept unpaired, in these two forms too: TRL's KTO trainer takes
#: it as it is. `label`: whether the completion is good. A row is one completion to one prompt.
UNPAIRED = pa.schema(
    [
        pa.field("completion_id", pa.string(), nullable=False),
        *(PREFERENCES.field(name) for name in ("prompt_id", "group_id", "language", "response_language", "prompt")),
        PREFERENCES.field("chosen").with_name("completion"),
        pa.field("label", pa.bool_(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("route", pa.string(), nullable=False),
        *(PREFERENCES.field(name) for name in ("rater", "origin", "translator", "source", "licence", "flags")),
    ]
)
UNPAIRED_WITH_TURNS = pa.schema(
    [
        pa.field(one.name, pa.list_(JSON), nullable=False) if one.name in ("prompt", "completion") else one
        for one in UNPAIRED
    ]
    + [pa.field("tools", pa.list_(JSON))]
)

#: What is published of what raters gave, in these two forms too. A row is what one rater says of one answer that may be
#: in a pair: a score, or how it did in a verdict on it and another (`compared_with`, its id), which is thus two rows:
#: `verdict` is better | worse | tie | disagreement. `aspects`: what the score is made of. `not_chosen`, `not_rejected`:
#: the check and reason for which the answer could not be that.
RELEASED_RATINGS = pa.schema(
    [
        UNPAIRED.field("completion_id"),
        *(PREFERENCES.field(name) for name in ("prompt_id", "group_id", "language", "response_language", "prompt")),
        *(UNPAIRED.field(name) for name in ("completion", "model", "route", "rater")),
        pa.field("rater_revision", pa.string()),
        pa.field("score", pa.float64()),
        pa.field("aspects", pa.list_(pa.struct([("aspect", pa.string()), ("score", pa.float64())]))),
        *(pa.field(name, pa.string()) for name in ("rationale", "verdict", "compared_with")),
        *(pa.field(name, pa.string()) for name in ("not_chosen", "not_rejected")),
        *(PREFERENCES.field(name) for name in ("source", "licence")),
    ]
)
RELEASED_RATINGS_WITH_TURNS = pa.schema(
    [
        pa.field(one.name, pa.list_(JSON), nullable=False) if one.name in ("prompt", "completion") else one
        for one in RELEASED_RATINGS
    ]
    + [pa.field("tools", pa.list_(JSON))]
)

#: Columns that a dataset has besides, after all others, where its sources name people: pseudonyms of whose vote a row
#: is, and of the occasion on which the answers to its prompt were compared; null for rows of which nobody says so.
PEOPLE = ("annotator", "occasion")
#: The column behind these of a dataset where somebody wrote why the chosen answer of a pair is the better one.
RATIONALE = "rationale"
#: The column behind these of a dataset whose sources state groups of who judged: those of the row's person; `other` for
#: groups of under five people; null for rows of nobody by name.
ANNOTATOR_GROUPS = "annotator_groups"
#: What stands for everybody who is not told apart, and for values of groups that too few people share.
OTHER = "other"
#: The last column of a dataset where a source says by which criterion answers were judged; null for other rows.
CRITERION = "criterion"

Message = Mapping[str, str]


def with_people(form: pa.Schema, columns: Collection[str]) -> pa.Schema:
    """The schema of a published dataset with columns of who judged, why, and by what.

    Args:
        form: without these columns.
        columns: which of PEOPLE it has, RATIONALE, ANNOTATOR_GROUPS and CRITERION.

    Returns:
        The schema with these columns last, in this order.
    """
    for name in (*PEOPLE, RATIONALE, ANNOTATOR_GROUPS, CRITERION):
        kind = GROUPS if name == ANNOTATOR_GROUPS else pa.string()
        form = form.append(pa.field(name, kind)) if name in columns else form
    return form


def make_id(*parts: str | int) -> str:
    """An id that depends on every part and on where one part ends and the next begins.

    Args:
        *parts: texts and whole numbers.

    Returns:
        32 hexadecimal digits (MD5 of the parts as JSON).

    Example:
        >>> make_id("a", "bc") == make_id("ab", "c")
        False
    """
    # As json.dumps(parts, ensure_ascii=False), which makes an encoder each time.
    written = ", ".join([encode_basestring(part) if isinstance(part, str) else json.dumps(part) for part in parts])
    return hashlib.md5(f"[{written}]".encode(), usedforsecurity=False).hexdigest()


def prompt_id(
    language: str, messages: Iterable[Message], response_language: str | None = None, *more: str | None
) -> str:
    """Id of a prompt: the same for the same language, roles and contents, wherever they came from.

    A prompt to be answered in another language than its own is another prompt.

    Args:
        language: tag of the prompt's language.
        messages: its turns, each with role and content.
        response_language: tag of the language to be answered in; None for the prompt's own.
        *more: what belongs to it besides: `messages`, `tools` and a `criterion` that no turn says, of PROMPTS; None
            for what it has not.

    Returns:
        32 hexadecimal digits.
    """
    asked = language if response_language in (None, language) else f"{language}>{response_language}"
    names = ("messages", "tools", "criterion")
    named = [part for name, text in zip(names, more, strict=False) if text for part in (name, text)]
    return make_id("prompt", asked, *(part for m in messages for part in (m["role"], m["content"])), *named)


def completion_id(prompt: str, model: str, revision: str, route: str, text: str, message: str | None = None) -> str:
    """Id of an answer: the same answer of the same model to the same prompt counts once.

    Args:
        prompt: id of the prompt.
        model: the model's name.
        revision: its revision.
        route: as in COMPLETIONS.
        text: the answer.
        message: the whole of its turn, where that is more than a text.

    Returns:
        32 hexadecimal digits.
    """
    return make_id("completion", prompt, model, revision, route, text, *([message] if message else ()))


def pair_id(prompt: str, one: str, other: str, further: int | None = None) -> str:
    """Id of a pair: the same whichever side is chosen, so that a changed label shows as a change.

    Args:
        prompt: id of the prompt.
        one: id of an answer; of the chosen one for a further pair.
        other: id of the other.
        further: where several verdicts on the same two answers are a pair each, and this is not the first of them: the
            how many-th it is that prefers `one`.

    Returns:
        32 hexadecimal digits.

    Example:
        >>> pair_id("p", "a", "b") == pair_id("p", "b", "a")
        True
    """
    if further is not None:
        return make_id("pair", prompt, one, other, further)
    return make_id("pair", prompt, *sorted((one, other)))


def prompt_text(messages: Sequence[Message]) -> str:
    """The user's words of a prompt: the contents of its user turns, joined by blank lines.

    Args:
        messages: the turns of a prompt.

    Returns:
        one text; empty where the user has no turn.

    Example:
        >>> prompt_text([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi!"}])
        'Hi!'
    """
    return "\n\n".join(m["content"] for m in messages if m["role"] == "user")
