"""Sentences of the first page on judges that were checked."""

from typing import Any

import pyarrow as pa
import pytest

from polypref.evaluation.report import judge_checks
from tests.evaluation.samples import JUDGE, read

CHECKED = {"judge": JUDGE, "polypref": "0.3.0", "bar": 0.85, "level": 0.9}
SOURCE = f"(Checked by polypref judge-check: model people/judge, revision {'c' * 12}, polypref 0.3.0, at 90%.)"


@pytest.mark.parametrize(
    ("where", "doubt", "assurance"),
    [
        ({"below": ["de"]}, f"Do not rely on the judge {JUDGE} in German (de): there it is under the bar of 0.85.", ""),
        ({"unchecked": ["de"]}, f"The judge {JUDGE} was never checked against the bar of 0.85 in German (de).", ""),
        (
            {"too_few": ["de"]},
            f"The judge {JUDGE} was checked with too few prompts to reach the bar of 0.85 in German (de).",
            "",
        ),
        ({"passes": ["de", "he"]}, "", f"The judge {JUDGE} reaches the bar of 0.85 in German (de), Hebrew (he)."),
    ],
)
def test_each_state(
    full: dict[str, Any], table: pa.Table, where: dict[str, list[str]], doubt: str, assurance: str
) -> None:
    empty: dict[str, list[str]] = {"below": [], "unchecked": [], "too_few": [], "passes": []}
    results = read(full | {"judge_checks": [CHECKED | empty | where]})
    assert list(judge_checks.doubts(results)) == ([f"{doubt} {SOURCE}"] if doubt else [])
    assert list(judge_checks.assurances(results)) == ([f"{assurance} {SOURCE}"] if assurance else [])


def test_nothing_where_no_check_was_given(full: dict[str, Any]) -> None:
    assert list(judge_checks.doubts(read(full))) == list(judge_checks.assurances(read(full))) == []
