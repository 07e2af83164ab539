"""What is measured on data files: by hand, on few rows."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from polypref import schema
from polypref.release.facts import (
    FlagFacts,
    LanguageFacts,
    ModelFacts,
    OriginFacts,
    RaterFacts,
    SourceFacts,
    measure_facts,
)


def write(folder: Path, name: str, *rows: dict[str, object]) -> Path:
    """A data file whose rows have these values, and `x` where nothing is given."""
    path = folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    usual = {one.name: [] if pa.types.is_list(one.type) else "x" for one in schema.PREFERENCES if not one.nullable}
    table = pa.Table.from_pylist([usual | row for row in rows], schema.PREFERENCES)
    pq.write_table(table, path)
    return path


def pair(tag: str, chosen: str, rejected: str, **more: object) -> dict[str, object]:
    turn = {"prompt": [{"role": "user", "content": "?"}]}
    turn |= {"chosen": [{"role": "assistant", "content": chosen}]}
    return {"language": tag, **turn, "rejected": [{"role": "assistant", "content": rejected}], **more}


def test_facts_are_counted_by_hand(tmp_path: Path) -> None:
    first = {"chosen_model": "m", "rejected_model": "n", "chosen_route": "direct", "rejected_route": "direct"}
    other = {"chosen_model": "n", "rejected_model": "m", "chosen_route": "direct", "rejected_route": "translated"}
    files = [
        write(
            tmp_path,
            "de/train-00000000-00000002.parquet",
            pair("de", "abcd", "ab", **first, flags=["short"], origin="native"),
            pair("de", "a", "abc", **first, flags=["short", "odd"], origin="native"),
            pair("de", "ab", "ab", **other, origin="translated", translator="nllb"),
        ),
        write(tmp_path, "he/test-00000000-00000000.parquet", pair("he", "שלום", "לא", **first, rater="people")),
    ]
    facts = measure_facts(files)
    # German: one longer, one shorter, one equal (half): 1.5 of 3; medians of 4, 1, 2 and of 2, 3, 2 characters.
    assert facts.languages == {
        "de": LanguageFacts(train=3, test=0, chosen_characters=2, rejected_characters=2, chosen_longer=0.5),
        "he": LanguageFacts(train=0, test=1, chosen_characters=4, rejected_characters=2, chosen_longer=1.0),
    }
    assert facts.models == [
        ModelFacts("m", "direct", chosen=3, rejected=0),
        ModelFacts("m", "translated", chosen=0, rejected=1),
        ModelFacts("n", "direct", chosen=1, rejected=3),
    ]
    assert facts.flags == [FlagFacts("de", "odd", 1), FlagFacts("de", "short", 2)]
    assert facts.origins == [
        OriginFacts("native", None, 2),
        OriginFacts("translated", "nllb", 1),
        OriginFacts("x", None, 1),
    ]
    assert facts.raters == [RaterFacts("people", 1), RaterFacts("x", 3)]
    assert facts.sources == [] and facts.source_names() == [] and facts.by_source() == []


def test_rows_of_several_sources_are_counted_by_language(tmp_path: Path) -> None:
    files = [
        write(
            tmp_path,
            "de/train-00000000-00000002.parquet",
            *(pair("de", "a", "b", source=name) for name in ("a@1", "b@2", "a@1; b@2")),
        ),
        write(tmp_path, "de/test-00000000-00000000.parquet", pair("de", "a", "b", source="b@2")),
        write(tmp_path, "he/test-00000000-00000000.parquet", pair("he", "a", "b", source="a@1")),
    ]
    facts = measure_facts(files)
    assert facts.sources == [
        SourceFacts("de", "a@1", 1, 0),
        SourceFacts("he", "a@1", 0, 1),
        SourceFacts("de", "a@1; b@2", 1, 0),
        SourceFacts("de", "b@2", 1, 1),
    ]
    assert facts.source_names() == ["a@1", "b@2", "a@1; b@2"]
    assert facts.by_source() == [("de", [1, 2, 1]), ("he", [1, 0, 0])]
