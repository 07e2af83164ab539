"""Every row looked at before training: roles, texts, languages, chat-template tokens; in Arrow, not row by row."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from ..console.escaping import as_written
from ..errors import UserError
from ..files.json_types import Json
from ..text.cleaning import template_token
from ..text.messages import message_problem, message_text

if TYPE_CHECKING:
    from datasets import Dataset

_ROLES = pa.array(["system", "user", "assistant"])
_JSON = pa.json_()
# White space, control and format characters: what a reader sees nothing of.
_BLANK = r"^[\s\p{Z}\p{C}]*$"
_BATCH = 20_000
_ANSWER = "keep the assistant's answer alone, the prompt has a column of its own"
_FILTER = "filter such rows out, or rebuild the dataset with polypref build"
# Mask of the rows that have a fault, by what the fault is and what to do about it.
_Faults = Iterator[tuple[str, str, np.ndarray]]


@dataclass
class _Seen:
    """Rows with one fault: how many in each language, and the first of them."""

    column: str
    what: str
    advice: str
    row: int
    value: Json
    counts: dict[str, int] = field(default_factory=dict)


def refuse_faults(dataset: "Dataset", columns: Sequence[str], name: str) -> None:
    """Stops at rows that a trainer would take for something else, or fail on much later.

    Args:
        dataset: with the columns and `language`.
        columns: prompt, and which of chosen and rejected are trained on.
        name: of the dataset, for the sentence.

    Raises:
        UserError: a column is of another type, or a row has a fault: the one that comes first, with its counts.
    """
    seen: dict[tuple[str, str], _Seen] = {}
    start = 0
    for table in dataset.with_format("arrow").iter(batch_size=_BATCH):
        for column in columns:
            _refuse_type(table, column, name)
        _refuse_language_type(table, name)
        tags = table["language"].cast(pa.string()).fill_null("null").to_pylist()
        for column, what, advice, mask in _faults(table, columns):
            for row in np.flatnonzero(mask).tolist():
                value = None
                if (column, what) not in seen:
                    value = table[column][row].as_py()
                one = seen.setdefault((column, what), _Seen(column, what, advice, start + row, value))
                one.counts[tags[row]] = one.counts.get(tags[row], 0) + 1
        start += table.num_rows
    if seen:
        first = min(seen.values(), key=lambda one: one.row)
        raise UserError(
            f"{name}: {first.what} in {sum(first.counts.values())} rows ({by_language(first.counts)}; "
            f"first: row {first.row}, counted from 0, with {first.column} {shown(first.value)}); {first.advice}"
        )


def shown(value: Json, most: int = 120) -> str:
    """A value for a sentence: on one line, short, harmless in a terminal.

    Args:
        value: of a row.
        most: characters of it.

    Returns:
        The text; `...` behind it where it was cut.
    """
    text = as_written(value)
    return text if len(text) <= most else text[:most] + "..."


def is_conversation(kind: pa.DataType) -> bool:
    """Whether a column's type is a list of turns with role and content, both texts.

    Args:
        kind: the column's type in Arrow.

    Returns:
        True for lists and large lists of such structs, and of JSON, as turns with tools and thoughts are published.
    """
    if holds_json(kind):
        return True
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)) or not pa.types.is_struct(kind.value_type):
        return False
    turn = kind.value_type
    return all(turn.get_field_index(name) >= 0 and _is_text(turn.field(name).type) for name in ("role", "content"))


def holds_json(kind: pa.DataType) -> bool:
    """Whether a column's type is a list of JSON.

    Args:
        kind: the column's type in Arrow.

    Returns:
        True for lists and large lists of it.
    """
    return bool((pa.types.is_list(kind) or pa.types.is_large_list(kind)) and kind.value_type == _JSON)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _refuse_type(table: pa.Table, column: str, name: str) -> None:
    kind = table.schema.field(column).type
    if not is_conversation(kind):
        raise UserError(
            f"{name}: column {column} holds no conversations (lists of role and content, both texts) but {kind}, in "
            f"row 0 {shown(table[column][0].as_py())}; rebuild it in the form that polypref build writes, texts only"
        )
    if holds_json(kind):
        for texts in table[column].to_pylist():
            if problem := next((why for text in texts or () if (why := message_problem(text or ""))), ""):
                raise UserError(f"{name}: a message of column {column} {problem}: {shown(texts)}; {_FILTER}")


def _refuse_language_type(table: pa.Table, name: str) -> None:
    kind = table.schema.field("language").type
    if not (_is_text(kind) or pa.types.is_null(kind)):
        raise UserError(
            f"{name}: column language holds {kind} and no texts, in row 0 {shown(table['language'][0].as_py())}; "
            "give each row the tag of its language, as in de"
        )


def _faults(table: pa.Table, columns: Sequence[str]) -> Iterator[tuple[str, str, str, np.ndarray]]:
    tags = table["language"].cast(pa.string())
    missing = compute.fill_null(compute.match_substring_regex(tags, _BLANK), True)
    yield "language", "no language", "give each row the tag of its language, as in de", _mask_tokens(missing)
    whole, answers = True, []
    for column in columns:
        turns = Turns.of(table[column])
        for what, advice, mask in _conversation_faults(turns, column):
            whole = whole and (column == "prompt" or not mask.any())
            yield column, what, advice, mask
        if column != "prompt":
            answers.append(turns.content)
    if len(answers) == 2 and whole:  # so one turn a row on both sides
        same = compute.equal(*(_bare(one) for one in answers))
        what = "chosen and rejected are the same text (but for white space at the ends)"
        yield "chosen", what, "filter them out, they teach nothing", _mask_tokens(same)


def _bare(texts: pa.Array) -> pa.Array:
    return compute.utf8_normalize(compute.utf8_trim_whitespace(texts), form="NFC")


def _mask_tokens(values: pa.Array) -> np.ndarray:
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


@dataclass(frozen=True)
class Turns:
    """The turns of a column of conversations, laid end to end.

    Attributes:
        sizes: turns of each row; 0 for null.
        row: of each turn.
        role, content: of each turn; null where the turn is. The content of a turn with a thought or calls is all of
            them.
        json: whether the turns are JSON, and may be those of tools.
    """

    sizes: np.ndarray
    row: np.ndarray
    role: pa.Array
    content: pa.Array
    json: bool = False

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> "Turns":
        """From a column of a type that `is_conversation` accepts.

        Args:
            column: its rows are lists of turns.

        Returns:
            Its turns, in order.
        """
        whole = column.combine_chunks()
        turns = whole.flatten()
        sizes = compute.list_value_length(whole).fill_null(0).to_numpy(zero_copy_only=False)
        row = np.repeat(np.arange(len(sizes)), sizes)
        if holds_json(whole.type):
            messages = [json.loads(text) for text in turns.to_pylist()]
            texts = ["\n\n".join(filter(None, (one.get("thinking"), message_text(one)))) for one in messages]
            roles = pa.array([one["role"] for one in messages], pa.string())
            return cls(sizes, row, roles, pa.array(texts, pa.string()), json=True)
        role, content = (compute.struct_field(turns, name).cast(pa.string()) for name in ("role", "content"))
        return cls(sizes, row, role, content)

    def rows(self, mask: pa.Array) -> np.ndarray:
        """A mask of the rows with a turn that the mask of turns marks.

        Args:
            mask: booleans, one a turn; null marks nothing.

        Returns:
            Booleans, one a row.
        """
        marked = np.zeros(len(self.sizes), dtype=bool)
        marked[self.row[_mask_tokens(mask)]] = True
        return marked

    def forms(self) -> pa.Array:
        """The roles of each row, with blanks between them.

        Returns:
            A text a row, as in `user assistant user`.
        """
        offsets = np.concatenate([[0], np.cumsum(self.sizes)])
        roles = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), self.role)
        return compute.binary_join(roles, " ")


def without_empty_keys(dataset: "Dataset", columns: Sequence[str]) -> "Dataset":
    """Conversations without the keys of turns under which no turn has anything.

    Templates ask whether a turn has `tool_calls`, and take it for a call where the key is there and holds nothing.

    Args:
        dataset: rows that `refuse_faults` has nothing against.
        columns: those that hold conversations.

    Returns:
        The same rows; the dataset itself where every key is used.
    """
    columns = [one for one in columns if not holds_json(dataset.features.arrow_schema.field(one).type)]
    used: dict[str, set[str]] = {column: {"role", "content"} for column in columns}
    keys = {column: _keys(dataset.features.arrow_schema.field(column).type) for column in columns}
    if all(set(names) == used[column] for column, names in keys.items()):
        return dataset
    for table in dataset.select_columns(list(columns)).with_format("arrow").iter(batch_size=_BATCH):
        for column, names in keys.items():
            turns = table[column].combine_chunks().flatten()
            used[column] |= {name for name in names if compute.struct_field(turns, name).null_count < len(turns)}
    features = dataset.features.copy()
    for column, names in keys.items():
        kind = features[column]
        features[column] = type(kind)({name: kind.feature[name] for name in names if name in used[column]})

    def narrowed(table: pa.Table) -> pa.Table:
        for column in columns:
            whole = table[column].combine_chunks()
            sizes = compute.list_value_length(whole).fill_null(0).to_numpy(zero_copy_only=False)
            offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int64())
            turns, names = whole.flatten(), [name for name in keys[column] if name in used[column]]
            fields = pa.StructArray.from_arrays([compute.struct_field(turns, name) for name in names], names)
            column_of_lists = pa.LargeListArray.from_arrays(offsets, fields)
            table = table.set_column(table.schema.get_field_index(column), column, column_of_lists)
        return table.cast(features.arrow_schema)

    rows = dataset.with_format("arrow").map(narrowed, batched=True, batch_size=_BATCH, features=features)
    return rows.with_format(None)


def _keys(kind: pa.DataType) -> list[str]:
    return [kind.value_type.field(number).name for number in range(kind.value_type.num_fields)]


def _conversation_faults(turns: Turns, column: str) -> _Faults:
    yield f"column {column} holds no turn", _FILTER, turns.sizes == 0
    roles = pa.concat_arrays([_ROLES, pa.array(["tool"])]) if turns.json else _ROLES
    unknown = compute.invert(compute.is_in(turns.role, value_set=roles))
    yield f"column {column} has a role that is none of {', '.join(roles.to_pylist())}", _FILTER, turns.rows(unknown)
    blank = compute.fill_null(compute.match_substring_regex(turns.content, _BLANK), True)
    # A tool may answer nothing.
    blank = compute.and_(blank, compute.not_equal(turns.role, "tool")) if turns.json else blank
    yield f"column {column} has a turn without text", _FILTER, turns.rows(blank)
    if column == "prompt":
        last = np.cumsum(turns.sizes)[turns.sizes > 0] - 1
        wrong = np.zeros(len(turns.sizes), dtype=bool)
        asking = compute.is_in(turns.role, value_set=pa.array(["user", "tool"] if turns.json else ["user"]))
        wrong[turns.sizes > 0] = ~_mask_tokens(asking)[last]
        yield "column prompt does not end with the user's turn", "move what the assistant says to the answers", wrong
    else:
        others = turns.rows(compute.not_equal(turns.role, "assistant")) | (turns.sizes > 1)
        yield f"column {column} is not one turn of the assistant", _ANSWER, others
    token = with_tokens(turns.content, template_token)
    advice = "a model would read it as a turn of its own; filter such rows out, or take it out of the text"
    yield f"column {column} holds a token of a chat template", advice, turns.rows(token)


def with_tokens(texts: pa.Array, find: Callable[[str], object], heads: Sequence[str] = ("<", "[")) -> pa.Array:
    """Which texts `find` has something in; it is asked for those with a character that such tokens begin with.

    Args:
        texts: null has nothing in it.
        find: gives something true where a text holds a token.
        heads: the characters with which tokens begin.

    Returns:
        Booleans, one a text.
    """
    likely = _mask_tokens(compute.match_substring_regex(texts, "|".join(map(re.escape, heads))))
    marked = np.zeros(len(texts), dtype=bool)
    for at in np.flatnonzero(likely).tolist():
        marked[at] = bool(find(texts[at].as_py()))
    return pa.array(marked)


def by_language(counts: Mapping[str, int]) -> str:
    """Counts as text: `de 3, tr 4`.

    Args:
        counts: language -> number.

    Returns:
        The text, in order of the tags.
    """
    return ", ".join(f"{tag} {count}" for tag, count in sorted(counts.items()))
