"""Prompts and answers typed on two keyboards: counted with an example, whatever else is the same; texts stay."""

import pytest

from polypref.layouts.sources import Answer, Fields, Verdict
from polypref.stages import typed_twins
from polypref.stages.pair import PairRule
from tests.stages.builds import built

FIELDS = Fields("q", (Answer("a"), Answer("b")), language="l", verdict=Verdict("source", "w", ("a",)))
RULE = PairRule("given")
FA = {"l": "fa", "q": "چرا کتاب می‌خوانیم؟", "a": "چون یاد می‌گیریم.", "b": "نمی‌دانم.", "w": "a"}
RO = {"l": "ro", "q": "Care este capitala țării?", "a": "București.", "b": "Nu știu.", "w": "a"}
PLAIN = {"l": "en", "q": "Which lake is the deepest?", "a": "Baikal.", "b": "No idea.", "w": "a"}


def notes(rows: list[dict[str, str]], capsys: pytest.CaptureFixture[str]) -> list[str]:
    built(rows, FIELDS, RULE)
    return [line for line in capsys.readouterr().err.splitlines() if "typed with other letters" in line]


def test_a_prompt_of_two_keyboards_is_counted_with_both_rows(capsys: pytest.CaptureFixture[str]) -> None:
    again = FA | {"q": FA["q"].replace("ک", "ك").replace("ی", "ي")}
    (line,) = notes([FA, PLAIN, again, again | {"q": FA["q"].replace("ک", "ك")}, RO], capsys)
    assert line.startswith("Persian (fa): 2 prompts are another one typed with other letters or signs, as ")
    assert "(ك (U+0643) for ک (U+06A9)" in line and line.endswith("write them alike in the source")
    first, second = line.split(", as ")[1].split(" (")[0].split(" and ")
    assert int(first[-1]) < int(second[-1])


def test_an_answer_of_two_keyboards_is_counted_within_its_prompt(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = notes([RO, RO | {"a": "Bucureşti."}, RO | {"q": "Alta?", "a": "Bucureşti."}], capsys)
    assert line.startswith("Romanian (ro): 1 answer is another one to the same prompt typed with other letters")
    assert "ş (U+015F) for ș (U+0219)" in line


def test_letters_that_nothing_repeats_are_no_matter(capsys: pytest.CaptureFixture[str]) -> None:
    assert notes([FA, FA, RO, PLAIN, FA | {"q": "چرا باران می‌بارد؟"}], capsys) == []


def test_data_without_such_letters_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_twins, "_places", None)
    assert built([PLAIN, PLAIN | {"a": "Tanganyika."}], FIELDS, RULE).pairs


@pytest.mark.slow
def test_texts_are_published_as_they_are_written() -> None:
    again = FA | {"a": FA["a"].replace("ی", "ي")}
    chosen = {pair[1] for pair in built([FA, again], FIELDS, RULE).pairs}
    assert chosen == {FA["a"], again["a"]}
