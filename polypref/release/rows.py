"""The rows of a dataset as they are published: pairs, or single labelled answers; with people and whole turns."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..files.turns import json_lists
from ..pipeline.builder import Builder
from ..pipeline.run import Built
from ..pipeline.unpaired_ways import checks_without_pairs
from ..stages.checks.contract import Check
from ..text.messages import compact_json, message_json
from .people import People, people_of

#: What is released of an answer, by what it is in its row.
_OF_AN_ANSWER = ("", "_message", "_model", "_route")


@dataclass(frozen=True)
class Form:
    """Which columns a dataset has.

    Attributes:
        whole: whether turns may have thoughts and calls of tools.
        people: what is published of people.
        unpaired: whether a row is a single answer with a label.
        criterion: whether rows say by what answers were judged.
    """

    whole: bool = False
    people: People = field(default_factory=People)
    unpaired: bool = False
    criterion: bool = False

    @property
    def beside(self) -> tuple[str, ...]:
        """The columns that it has besides: of schema.PEOPLE, schema.RATIONALE and schema.CRITERION."""
        return (*self.people.columns, *([schema.CRITERION] if self.criterion else []))

    @property
    def schema(self) -> pa.Schema:
        """One of schema.PREFERENCES, schema.UNPAIRED and their kin with whole turns, and the columns beside."""
        paired = schema.PREFERENCES_WITH_TURNS if self.whole else schema.PREFERENCES
        single = schema.UNPAIRED_WITH_TURNS if self.whole else schema.UNPAIRED
        return schema.with_people(single if self.unpaired else paired, self.beside)

    @property
    def answers(self) -> tuple[str, ...]:
        """The columns of answers."""
        return ("completion",) if self.unpaired else ("chosen", "rejected")

    def rows(self, table: pa.Table) -> pa.Table:
        """The published columns of released rows.

        Args:
            table: as `folder.released_rows` gives it.

        Returns:
            The same rows with the columns of `schema`.
        """
        form, table = self.schema, _single_answers(table) if self.unpaired else table
        columns = {name: table[name] for name in form.names if name in table.column_names} | self.people.values(table)
        columns |= whole_turns(table, self.answers) if self.whole else texts_as_turns(table, self.answers)
        columns |= sources_and_licences(table)
        return pa.table([columns[name] for name in form.names], names=form.names).cast(form)


def form_of(built: Built) -> Form:
    """Which columns a build's dataset has.

    Args:
        built: the finished run.

    Returns:
        The form.
    """
    by_criterion = any(source.fields.criterion is not None for source in built.builder.sources)
    return Form(built.builder.has_whole_turns, people_of(built), built.builder.unpaired, by_criterion)


def checks_of(builder: Builder) -> Sequence[Check]:
    """The checks that a build's rows went through.

    Args:
        builder: the declared dataset.

    Returns:
        Its chain, without those of pairs where there are none.
    """
    return checks_without_pairs(builder.filters) if builder.unpaired else builder.filters


def _single_answers(table: pa.Table) -> pa.Table:
    """Rows of which one side is missing, as answers with a label."""
    good = pc.not_equal(table["chosen_id"], "")
    table = table.append_column("label", good).append_column("completion_id", table["pair_id"])
    for what in _OF_AN_ANSWER:
        name = f"completion{what}" if what in ("", "_message") else what.removeprefix("_")
        table = table.append_column(name, pc.if_else(good, table[f"chosen{what}"], table[f"rejected{what}"]))
    return table


def sources_and_licences(table: pa.Table) -> dict[str, pa.Array]:
    """From where prompts are, and under which licences.

    Args:
        table: rows with the column `sources` of prompts.

    Returns:
        The columns `source` and `licence`, several of which are joined.
    """
    sources = table["sources"].to_pylist()
    names = ["; ".join(f"{s['name']}@{s['revision']}" for s in row) for row in sources]
    licences = [" AND ".join(sorted({s["licence"] for s in row})) for row in sources]
    return {"source": pa.array(names, pa.string()), "licence": pa.array(licences, pa.string())}


def texts_as_turns(table: pa.Table, roles: Sequence[str]) -> dict[str, pa.Array]:
    """The texts of answers as lists of one message.

    Args:
        table: rows with a column of texts for each role.
        roles: names of these columns.

    Returns:
        Name -> lists of a message.
    """
    columns = {}
    for role in roles:
        text = table[role].combine_chunks()
        n = len(text)
        message = pa.StructArray.from_arrays(
            [pa.array(["assistant"] * n, pa.string()), text], fields=list(schema.MESSAGE)
        )
        columns[role] = pa.ListArray.from_arrays(pa.array(np.arange(n + 1), pa.int32()), message)
    return columns


def whole_turns(table: pa.Table, roles: Sequence[str]) -> dict[str, pa.Array]:
    """The messages of prompts and answers as JSON, and the schemas of tools.

    Args:
        table: rows with the columns of prompts, and for each role `ROLE` and `ROLE_message`.
        roles: names of the columns of answers.

    Returns:
        Name -> lists of JSON, for `prompt`, each role, and `tools`.
    """
    prompts = zip(table["messages"].to_pylist(), table["prompt"].to_pylist(), strict=True)
    columns = {"prompt": json_lists(map(_messages_of_prompt, *zip(*prompts, strict=True)) if len(table) else ())}
    for role in roles:
        answers = zip(table[f"{role}_message"].to_pylist(), table[role].to_pylist(), strict=True)
        columns[role] = json_lists(
            [whole or message_json({"role": "assistant", "content": text})] for whole, text in answers
        )
    tools = table["tools"].to_pylist()
    columns["tools"] = json_lists(
        None if one is None else [compact_json(tool) for tool in json.loads(one)] for one in tools
    )
    return columns


def _messages_of_prompt(whole: str | None, prompt: list[schema.Message]) -> list[str]:
    return [message_json(one) for one in (prompt if whole is None else json.loads(whole))]
