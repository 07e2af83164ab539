"""A model's chat template looked at before training: does it take every conversation, and lose nothing of it?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ..errors import UserError
from ..files.json_types import Json, list_of, mapping_of
from .library_types import Tokenizer, Turn
from .rows import Turns, by_language, shown, with_tokens

if TYPE_CHECKING:
    from datasets import Dataset

# What a template writes between turns that looks like a token; other words of it (`user`) are ordinary text.
_LITERAL = re.compile(r"<[^<>\s]{1,60}>|\[/?[A-Z_]{2,20}\]")
_BATCH = 20_000
#: Rows whose texts are compared with what the template makes of them.
LOOKED_AT = 200


@dataclass(frozen=True)
class Template:
    """A tokenizer's chat template, as a trainer uses it.

    Attributes:
        tokenizer: of transformers; its `chat_template` may be missing.
        model: its name, for sentences.
        settings: what the trainer gives to the template beside the turns.
    """

    tokenizer: Tokenizer
    model: str
    settings: Mapping[str, Json]

    def text(self, turns: Sequence[Turn], tools: Json = None) -> str:
        """The conversation as the template writes it; where the user spoke last, up to where the answer begins.

        Args:
            turns: the conversation, at least one turn.
            tools: the schemas of the tools that it offers; None for none.

        Returns:
            The text.
        """
        asked = turns[-1]["role"] in ("user", "tool")
        more = {**self.settings, **({"tools": tools} if tools else {})}
        return str(self.tokenizer.apply_chat_template(list(turns), tokenize=False, add_generation_prompt=asked, **more))

    def refusal(self, turns: Sequence[Turn], tools: Json = None) -> str | None:
        """What the template says against a conversation; None where it takes it.

        Args:
            turns: the conversation, at least one turn.
            tools: as for `text`.

        Returns:
            One sentence, or None.
        """
        try:
            self.text(turns, tools)
        # A template is a program of its author: it raises Jinja's errors, and whatever its expressions run into.
        except Exception as error:
            return one_sentence(error)
        return None

    def lost(self, roles: Sequence[str]) -> list[str]:
        """The roles of the turns that it leaves out, of a conversation with these roles.

        Args:
            roles: of the turns, in order.

        Returns:
            Roles in order; empty where every turn is kept.
        """
        turns: list[Turn] = [{"role": role, "content": f"turn{at}polypref"} for at, role in enumerate(roles)]
        text = self.text(turns)
        return [turn["role"] for turn in turns if turn["content"] not in text]

    def tokens(self) -> frozenset[str]:
        """What this tokenizer and this template take for more than text: special tokens, and marks between turns.

        Returns:
            Their texts.
        """
        added = getattr(self.tokenizer, "added_tokens_decoder", None) or {}
        special = {token.content for token in added.values() if token.special}
        special |= set(getattr(self.tokenizer, "all_special_tokens", None) or ())
        turns: list[Turn] = [{"role": role, "content": "turn"} for role in ("user", "assistant", "user")]
        written = "" if self.refusal(turns) else self.text(turns)
        # Some tokenizers pad with `!` or `###`: marks alone are ordinary text, as words alone are (`deu_Latn`).
        marked = {one for one in special if re.search(r"[^\w\s]", one) and re.search(r"\w", one)}
        return frozenset(marked | {hit.group() for hit in _LITERAL.finditer(written)})


def one_sentence(error: Exception) -> str:
    """What an error says, on one line, at most 200 characters.

    Args:
        error: any.

    Returns:
        The sentence; the error's name where it says nothing.
    """
    return shown(str(error) or type(error).__name__, 200)


def refuse_template(
    template: Template, dataset: "Dataset", answers: Sequence[str], name: str, spoken: bool = False
) -> str | None:
    """Looks at a chat template with the conversations that are to go through it.

    Args:
        template: of the model that is trained, or of a reward model.
        dataset: rows that `rows.refuse_faults` has nothing against.
        answers: the columns of answers that follow the prompt; none where the model answers itself.
        name: of the dataset, for sentences.
        spoken: whether an answer follows the prompt that is not in the dataset: a reward model reads what was drawn.

    Returns:
        A warning where the template changes texts; None where it does not.

    Raises:
        UserError: no chat template; one that refuses or leaves out a turn; or texts with tokens of the tokenizer.
    """
    if not getattr(template.tokenizer, "chat_template", None):
        raise UserError(
            f"{template.model} has no chat template, so it cannot read conversations; take its instruction-tuned "
            "version, or save a tokenizer with a template in the model's folder"
        )
    columns = ["prompt", *answers]
    for form in _forms(dataset, columns):
        row = dataset[form.row]
        ways = [row[column] for column in answers] + ([[{"role": "assistant", "content": "turn"}]] if spoken else [])
        _refuse_form(template, form, row["prompt"], ways, name, row.get("tools"))
    _refuse_tokens(template, dataset, columns, name)
    return _changes(template, dataset, answers, name)


@dataclass(frozen=True)
class _Form:
    """Prompts with the same roles: the first of them, and how many of each language."""

    roles: tuple[str, ...]
    row: int
    counts: Mapping[str, int]


def _batches(dataset: "Dataset", columns: Sequence[str]) -> Iterator[tuple[int, pa.Table]]:
    start = 0
    for table in dataset.select_columns([*columns, "language"]).with_format("arrow").iter(batch_size=_BATCH):
        yield start, table
        start += table.num_rows


def _forms(dataset: "Dataset", columns: Sequence[str]) -> list[_Form]:
    parts = [
        pa.table(
            {
                "form": Turns.of(table["prompt"]).forms(),
                "language": table["language"].cast(pa.string()).combine_chunks(),
                "row": pa.array(np.arange(start, start + table.num_rows)),
            }
        )
        for start, table in _batches(dataset, columns)
    ]
    whole = pa.concat_tables(parts).group_by(["form", "language"]).aggregate([("row", "min"), ("row", "count")])
    seen: dict[str, tuple[int, dict[str, int]]] = {}
    for one in whole.sort_by("row_min").to_pylist():
        _, counts = seen.setdefault(one["form"], (one["row_min"], {}))
        counts[one["language"]] = one["row_count"]
    return [_Form(tuple(form.split(" ")), row, counts) for form, (row, counts) in seen.items()]


def _refuse_form(
    template: Template, form: _Form, prompt: list[Turn], answers: Sequence[list[Turn]], name: str, tools: Json = None
) -> None:
    many = f"{sum(form.counts.values())} rows of {name} ({by_language(form.counts)}; first: row {form.row}, from 0)"
    system = "system" in form.roles
    what = "a system message" if system else f"the turns {' '.join(form.roles)}"
    mend = (
        "train a model whose template takes system messages, filter these rows out, or put the system message before "
        "the user's first turn in the data"
        if system
        else "train a model whose template takes them, or filter these rows out"
    )
    for turns in [prompt, *(prompt + answer for answer in answers)]:
        reason = template.refusal(turns, tools)
        if reason is None:
            continue
        # A form that is refused without its system message too has another fault than that.
        without = [turn for turn in turns if turn["role"] != "system"]
        if system and template.refusal(without) is not None:
            what, mend = f"the turns {' '.join(form.roles)}", "train another model, or filter these rows out"
        raise UserError(f"the chat template of {template.model} refuses {what}, as in {many}: it says {reason}; {mend}")
    if "tool" in form.roles:
        return  # what is left out of such turns is looked for in the rows themselves
    for roles in [form.roles, *([(*form.roles, "assistant")] if answers else [])]:
        if lost := template.lost(roles):
            left = "the system message" if "system" in lost else f"a turn of the {lost[0]}"
            raise UserError(
                f"the chat template of {template.model} leaves out {left} of {many} without a word; "
                f"{mend if 'system' in lost else 'train another model, or filter these rows out'}"
            )


def _refuse_tokens(template: Template, dataset: "Dataset", columns: Sequence[str], name: str) -> None:
    tokens = template.tokens()
    if not tokens:
        return
    pattern = re.compile("|".join(re.escape(one) for one in sorted(tokens, key=len, reverse=True)))
    heads = sorted({one[0] for one in tokens})
    counts: dict[str, int] = {}
    first: tuple[int, str, str] | None = None
    for start, table in _batches(dataset, columns):
        tags = table["language"].to_pylist()
        marked = np.zeros(table.num_rows, dtype=bool)
        for column in columns:
            turns = Turns.of(table[column])
            own = turns.rows(with_tokens(turns.content, pattern.search, heads))
            marked |= own
            if own.any() and (first is None or start + int(own.argmax()) < first[0]):
                row = int(own.argmax())
                text = "\n".join(turn["content"] for turn in table[column][row].as_py())
                hit = pattern.search(text)
                first = (start + row, column, hit.group() if hit else "")
        for row in np.flatnonzero(marked).tolist():
            counts[tags[row]] = counts.get(tags[row], 0) + 1
    if first:
        raise UserError(
            f"{sum(counts.values())} rows of {name} ({by_language(counts)}) hold tokens that {template.model} takes "
            f"for more than text: the first is {shown(first[2])} in column {first[1]} of row {first[0]}, counted from "
            "0; a model would read a turn or an end there: filter such rows out, or take it out of the text"
        )


def _called(turn: Mapping[str, Json]) -> Iterator[str]:
    """The names of the tools that a turn calls."""
    for call in list_of(turn.get("tool_calls")):
        yield str(mapping_of(mapping_of(call).get("function")).get("name"))


def _changes(template: Template, dataset: "Dataset", answers: Sequence[str], name: str) -> str | None:
    """A warning where texts do not come out as they went in, white space at their ends apart.

    Raises:
        UserError: calls of tools do not come out at all.
    """
    counts: dict[str, int] = {}
    first, looked = -1, min(LOOKED_AT, len(dataset))
    step = len(dataset) / max(looked, 1)
    for at in (int(number * step) for number in range(looked)):
        row = dataset[at]
        ways = [row["prompt"], *(row["prompt"] + row[column] for column in answers)]
        for turns in ways:
            text = template.text(turns, row.get("tools"))
            if called := next((one for turn in turns for one in _called(turn) if one not in text), None):
                raise UserError(
                    f"the chat template of {template.model} leaves out a call of the tool {shown(called)} in row {at} "
                    f"of {name}, counted from 0, without a word; train a model whose template takes calls of tools"
                )
            # Of thoughts, templates keep the last one.
            thought = str(turns[-1].get("thinking") or "")
            if thought.strip() not in text or any(turn["content"].strip() not in text for turn in turns):
                counts[row["language"]] = counts.get(row["language"], 0) + 1
                first = at if first < 0 else first
                break
    if not counts:
        return None
    return (
        f"warning: the chat template of {template.model} changes the text of {sum(counts.values())} of {looked} rows "
        f"looked at ({by_language(counts)}; first: row {first}, counted from 0); it is what is trained on"
    )
