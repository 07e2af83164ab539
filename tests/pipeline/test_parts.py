"""What the functions that an engine runs do beyond calling the stages."""

from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.pipeline import parts


@pytest.mark.parametrize(
    ("prompts", "most", "sizes"),
    [
        ("", 2, [0]),
        ("a", 2, [1]),
        ("abcd", 2, [2, 2]),
        ("aab", 1, [2, 1]),
        ("abbbcd", 2, [4, 2]),
        ("aaaa", 3, [4]),
    ],
)
def test_all_pairs_of_a_prompt_come_to_the_filters_together(prompts, most, sizes):
    pairs = pa.table({"prompt_id": pa.array(list(prompts), pa.string())})
    cuts = list(parts._whole_prompts(pairs, most))
    assert [len(cut) for cut in cuts] == sizes
    assert pa.concat_tables(cuts).equals(pairs)


def write(folder: Path, name: str, rows: list[dict[str, object]], form: pa.Schema | None = None) -> SimpleNamespace:
    """Rows as two parts of a stage."""
    for number in range(2):
        pq.write_table(pa.Table.from_pylist(rows[number::2], form), folder / f"{name}-{number}.parquet")
    return SimpleNamespace(path=folder)


def test_what_filters_kept_rejected_and_flagged_is_counted_by_language_and_check(tmp_path):
    form = pa.schema(
        {"language": pa.string(), "filter": pa.string(), "reason": pa.string(), "flags": pa.list_(pa.string())}
    )
    rows = [
        ("he", None, None, ["chosen_cut", "short"]),
        ("he", None, None, ["short"]),
        ("he", "length", "too_long", ["short"]),  # what is rejected is counted by that alone
        ("he", "length", "too_short", []),
        ("he", "repetition", "too_long", []),
        ("ja", None, None, []),
        ("ja", "length", "too_long", []),
        ("ja", "length", "too_long", []),
    ]
    stage = write(tmp_path, "filtered", [dict(zip(form.names, row, strict=True)) for row in rows], form)
    assert parts.filter_funnel(stage) == {
        ("he", "in", ""): 5,
        ("he", "kept", ""): 2,
        ("he", "rejected", "length: too_long"): 1,
        ("he", "rejected", "length: too_short"): 1,
        ("he", "rejected", "repetition: too_long"): 1,
        ("he", "flagged", "chosen_cut"): 1,
        ("he", "flagged", "short"): 2,
        ("ja", "in", ""): 3,
        ("ja", "kept", ""): 1,
        ("ja", "rejected", "length: too_long"): 2,
    }


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), -float("inf"), -1e100])
def test_scores_that_are_no_numbers_are_counted_by_language_where_there_are_any(tmp_path, broken):
    (tmp_path / "rate").mkdir(), (tmp_path / "index").mkdir()
    index = write(
        tmp_path / "index", "index", [{"prompt_id": "p", "language": "he"}, {"prompt_id": "q", "language": "ja"}]
    )
    scores = [("p", 1.0), ("p", broken), ("p", 0.0), ("q", 2.0)]
    stage = write(tmp_path / "rate", "ratings", [{"prompt_id": prompt, "score": score} for prompt, score in scores])
    assert parts.rate_funnel(stage, index) == {
        ("he", "in", ""): 3,
        ("he", "kept", ""): 2,
        ("he", "rejected", "score_not_finite"): 1,
        ("ja", "in", ""): 1,
        ("ja", "kept", ""): 1,
    }
    sound = [{"prompt_id": prompt, "score": 9e99} for prompt, _ in scores]
    assert parts.rate_funnel(write(tmp_path / "rate", "ratings", sound), index) == {}
