"""Translations of a model's answers into one language, by which its consistency across languages is measured.

Somebody translates the answers in every language into one of them, most often English; the file is read as any file of
stored answers is, each row naming the prompt and the language of the answer that it translates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import pyarrow as pa

from .. import languages
from ..errors import UserError
from ..files.json_types import Json
from ..scripting.declared import nearest
from .figures.consistency import translation_chrf
from .inputs import stored as stored_answers
from .inputs.stored import Columns
from .inputs.tables import PromptRow
from .inputs.traits import CHRF, CHRF_BY_CHANCE, Trait, trait_row

#: Columns that are looked for under their usual names.
_USUAL = Columns()


@dataclass(frozen=True)
class TranslatedAt:
    """Where translations of a model's answers are.

    Attributes:
        stored: a file, a folder or a dataset on the Hub, as of stored answers.
        into: the language of the translations.
        stored_model, config, split: see `stored.read_stored`.
        columns: which columns hold what; the language is that of the answer, not of its translation.
    """

    stored: str
    into: str = "en"
    stored_model: str = ""
    config: str = ""
    split: str = "train"
    columns: Columns = _USUAL


def translated_at(given: Json, name: str) -> TranslatedAt | None:
    """What a config says of a model's translations.

    Args:
        given: a file, or keys of `TranslatedAt`; None for none.
        name: of the model.

    Returns:
        Where they are; None for none. Nothing is read yet.

    Raises:
        UserError: an unknown or missing key, or a value that does not fit.
    """
    if given is None:
        return None
    what, keys = f"translations of model {name}", {"stored": given} if isinstance(given, str) else given
    known = [one.name for one in fields(TranslatedAt)]
    if not isinstance(keys, Mapping):
        raise UserError(f"{what}: give a file, or keys of {', '.join(known)}")
    if unknown := sorted(set(map(str, keys)) - set(known)):
        raise UserError(f"{what}: unknown key {unknown[0]}; {nearest(unknown[0], known)}")
    texts = {key: value for key, value in keys.items() if key != "columns" and value is not None}
    if wrong := [key for key, value in texts.items() if not isinstance(value, str) or not value.strip()]:
        raise UserError(f"{what}: {wrong[0]} is {texts[wrong[0]]!r:.60}; give a text")
    if "stored" not in texts:
        raise UserError(f"{what}: say where they are stored, as in stored: FILE")
    columns = keys.get("columns") or {}
    if not isinstance(columns, Mapping):
        raise UserError(f"{what}: columns are names by what they hold, not {columns!r:.60}")
    named = stored_answers.columns({key: str(column) for key, column in columns.items()})
    into = languages.resolve_at(f"{what}: into", str(texts.pop("into", "en"))).tag
    return TranslatedAt(**{key: str(value) for key, value in texts.items()}, into=into, columns=named)


def compare_translations(where: TranslatedAt, name: str, prompts: pa.Table, answers: pa.Table) -> list[Trait]:
    """Compares a model's translated answers, by chrF, with those that it gave in the language of the translations.

    Args:
        where: the translations.
        name: of the model in the evaluation.
        prompts: `tables.PROMPTS`.
        answers: `tables.ANSWERS` of this model, in the order of the prompts.

    Returns:
        Rows of `traits.TRAITS`; the value is the language of the translations.

    Raises:
        UserError: they cannot be read, or none of them translates an answer to a prompt that the model also answered
            in the language of the translations.
    """
    tags = sorted(set(prompts.column("language").to_pylist()))
    read = stored_answers.read_stored(
        where.stored, where.columns, where.stored_model, config=where.config, split=where.split, tags=tags
    )
    translated = stored_answers.answers(read, prompts, name).column("text").to_pylist()
    rows: list[PromptRow] = prompts.to_pylist()
    every = list(zip(rows, translated, answers.column("text").to_pylist(), strict=True))
    traits: list[Trait] = []
    for of_set in dict.fromkeys(row["set"] for row in rows):
        inside = [one for one in every if one[0]["set"] == of_set]
        given = {row["group_id"]: answer for row, _, answer in inside if row["language"] == where.into and answer}
        # An answer that is missing says nothing, and its translation is of something else.
        texts = {
            (row["language"], row["group_id"]): text
            for row, text, answer in inside
            if row["language"] != where.into and text and answer
        }
        by_key = {(row["language"], row["group_id"]): row["prompt_id"] for row, _, _ in inside}
        for key, (same, chance) in translation_chrf(texts, given).items():
            of = of_set, by_key[key], key[0]
            traits.append(trait_row(of, name, CHRF, where.into, same))
            if chance is not None:
                traits.append(trait_row(of, name, CHRF_BY_CHANCE, where.into, chance))
    if not traits:
        raise UserError(
            f"translations of model {name}: none of {where.stored} translates an answer to a prompt that the model "
            f"answered in {where.into} too; prompts are known by id, or by language and group, as stored answers' are, "
            "and the language is that of the answer before its translation"
        )
    return traits
