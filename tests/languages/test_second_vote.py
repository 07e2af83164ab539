"""The vote of a second detector: when it counts, and what the real langdetect says of plain texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from polypref.languages.identifier import Check, Identifier
from polypref.languages.second_vote import disagreements, votes_on

GERMAN = "Der Zug nach München fährt heute leider zwanzig Minuten später ab, weil ein Signal gestört ist."
GALICIAN = "A biblioteca da vila está pechada os luns, pero o resto da semana abre dende as nove da mañá."


@dataclass(frozen=True)
class Stated(Identifier):
    """What each text states in one of its words: ok, a tag of another language, ?? where it cannot be told."""

    word: int = 0

    def check_many(
        self, texts: Sequence[str], expected: Sequence[str], proses: Sequence[str] | None = None
    ) -> list[Check]:
        words = [text.split()[self.word] for text in texts]
        kinds = {"ok": "ok", "??": "undetermined"}
        return [Check(kinds.get(word, "other"), word) for word in words]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stated", "differ"),
    [
        ("ok ok", False),
        ("ok nl", True),
        ("nl ok", True),
        ("nl da", False),
        ("?? nl", None),
        ("ok ??", None),
        ("ok und", None),
        ("nl und", None),
    ],
)
def test_two_verdicts_disagree_where_one_takes_the_text_for_the_language_and_the_other_does_not(stated, differ):
    assert disagreements([stated], ["de"], Stated(word=0), Stated(detector="langdetect", word=1)) == [differ]


def test_a_detector_without_a_label_has_no_vote():
    second = Identifier(detector="langdetect")
    assert votes_on("de", second) and not votes_on("gl", second)
    assert disagreements([GALICIAN, GERMAN], ["gl", "de"], Identifier(), second) == [None, False]


def test_langdetect_takes_galician_for_portuguese_and_says_so_each_time_alike():
    first, second = Identifier(), Identifier(detector="langdetect")
    assert first.check(GALICIAN, "pt").status == "other"
    texts, tags = [GALICIAN, GERMAN, GALICIAN], ["pt", "de", "es"]
    votes = disagreements(texts, tags, first, second)
    assert votes[1] is False and True in votes
    assert all(disagreements(texts, tags, first, second) == votes for _ in range(3))


def test_nothing_is_asked_of_no_texts():
    assert disagreements([], [], Identifier(), Identifier(detector="langdetect")) == []
