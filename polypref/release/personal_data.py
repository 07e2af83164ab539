"""Masking of personal data for a public release: prompts, answers, rationales, criteria and what is said of people."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from .. import schema
from ..engines.local import Local
from ..files import published
from ..files.atomic import file_digest, write_released
from ..files.json_types import Json
from ..files.turns import TURNS, has_whole_turns, json_lists
from ..text.messages import compact_json
from ..text.personal_data import find_pii, mask_pii
from .facts import measure_facts
from .provenance import Provenance
from .verified import read_table

_SMALL = 16_000_000  # bytes


def mask_folder(folder: Path, record: Provenance, target: Path) -> tuple[dict[str, Path], Provenance]:
    """Masks every text of a dataset.

    Args:
        folder: the dataset.
        record: its provenance.
        target: where changed files go; a file without personal data stays where it is.

    Returns:
        Path in the dataset -> local file, and the provenance with new digests and what was masked, by kind.
    """
    jobs = [(folder / name, target / name, facts.sha256) for name, facts in record.all_files.items()]
    total: Counter[str] = Counter()
    files, facts = {}, record.all_files
    # A few files are masked before worker processes would have started.
    small = sum(facts.bytes for facts in record.all_files.values()) < _SMALL
    for path, finds in Local(1 if small else None).run(_mask_file, jobs):
        name = str(path.relative_to(folder))
        total.update(finds)
        files[name] = target / name if finds else path
        if finds:
            changed = files[name]
            facts[name] = replace(facts[name], sha256=file_digest(changed), bytes=changed.stat().st_size)
    note = (
        "Personal data (e-mail and IP addresses, phone, card and account numbers, keys of services) found by pattern "
        "was masked."
    )
    ordered = {name: files[name] for name in record.all_files}
    # Masks have other lengths.
    measured = measure_facts([files[name] for name in record.files]) if total else record.facts
    masked = dict(sorted(total.items()))
    rated = record.ratings and replace(record.ratings, files={name: facts[name] for name in record.ratings.files})
    pairs = {name: facts[name] for name in record.files}
    notes = [*record.notes, note]
    record = _with_masked_words(record)
    return ordered, replace(record, files=pairs, masked=masked, notes=notes, facts=measured, ratings=rated)


def _with_masked_words(record: Provenance) -> Provenance:
    """The provenance with masked words on who marked or decided: builds of before took them as they were given."""
    marks = record.marks and replace(record.marks, by=mask_pii(record.marks.by))
    used = record.decisions_used and {
        tag: replace(one, by=mask_pii(one.by)) for tag, one in record.decisions_used.items()
    }
    return replace(record, marks=marks, decisions_used=used)


def _mask_file(path: Path, target: Path, digest: str) -> tuple[Path, Counter[str]]:
    table, finds = read_table(path, digest), Counter[str]()
    published.check_rows([path])
    if has_whole_turns(table.schema):
        table = _with_masked_json(table, finds)
    for column in _texts(table) if not has_whole_turns(table.schema) else ():
        rows = table[column].to_pylist()
        before = finds.total()
        for messages in rows:
            for message in messages:
                spans = find_pii(message["content"])
                if spans:
                    finds.update(span.kind for span in spans)
                    message["content"] = mask_pii(message["content"])
        if finds.total() > before:
            at = table.schema.get_field_index(column)
            table = table.set_column(at, table.schema.field(column), pa.array(rows, schema.MESSAGES))
    for name in (schema.RATIONALE, schema.CRITERION):
        table = _with_masked_column(table, name, finds)
    table = _with_masked_groups(table, finds)
    if finds:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_released(target, table)
    return path, finds


def _texts(table: pa.Table) -> list[str]:
    return [name for name in TURNS if name in table.schema.names]


def _with_masked_column(table: pa.Table, name: str, finds: Counter[str]) -> pa.Table:
    at = table.schema.get_field_index(name)
    if at < 0:
        return table
    words = [text and _masked_text(text, finds) for text in table[name].to_pylist()]
    return table.set_column(at, table.schema.field(at), pa.array(words, pa.string()))


def _with_masked_groups(table: pa.Table, finds: Counter[str]) -> pa.Table:
    """The table with the values of people's groups masked: builds of before took whatever several people share."""
    at = table.schema.get_field_index(schema.ANNOTATOR_GROUPS)
    if at < 0:
        return table
    rows = [
        stated and [one | {"value": one["value"] and _masked_text(one["value"], finds)} for one in stated]
        for stated in table[schema.ANNOTATOR_GROUPS].to_pylist()
    ]
    return table.set_column(at, table.schema.field(at), pa.array(rows, schema.GROUPS))


def _with_masked_json(table: pa.Table, finds: Counter[str]) -> pa.Table:
    """The table with every text of its messages masked: what is said, thought, given to tools, and answered by them."""
    for column in _texts(table):
        rows = [
            [compact_json(_masked(json.loads(text), finds)) for text in texts] for texts in table[column].to_pylist()
        ]
        at = table.schema.get_field_index(column)
        table = table.set_column(at, table.schema.field(column), json_lists(rows))
    return table


def _masked(value: Json, finds: Counter[str]) -> Json:
    if isinstance(value, str):
        return _masked_text(value, finds)
    if isinstance(value, list):
        return [_masked(one, finds) for one in value]
    return _masked_object(value, finds) if isinstance(value, dict) else value


def _masked_text(text: str, finds: Counter[str]) -> str:
    spans = find_pii(text)
    finds.update(span.kind for span in spans)
    return mask_pii(text) if spans else text


def _masked_object(value: Mapping[str, Json], finds: Counter[str]) -> dict[str, Json]:
    """An object with its keys masked too; two that are masked alike are told apart by a number."""
    masked: dict[str, Json] = {}
    alike = Counter[str]()
    for key, one in value.items():
        plain = name = _masked_text(key, finds)
        while name in masked:
            alike[plain] += 1
            name = f"{plain} {alike[plain] + 1}"
        masked[name] = _masked(one, finds)
    return masked
