"""A build whose rater reads the probabilities of two letters, from a backend of one's own."""

from __future__ import annotations

import pytest

import polypref
from polypref.stages.equation import not_conserved
from tests.extending.builds import PROMPTS, Extended

#: A model that is twice as likely to prefer the longer answer, and knows no letter for some prompts.
JUDGED = r'''
import re
from polypref.inference.letters import letter_text
from polypref.raters.letters import LogprobRater


@dataclass(frozen=True)
class Longer:
    """A model that gives probabilities."""

    def run(self, requests):
        for request in requests:
            shown = re.findall(r"<<BEGIN [AB] \w+>>\n(.*?)\n<<END", request.messages[-1][1], re.DOTALL)
            odds = 0.7 if len(shown[0]) > len(shown[1]) else 1.4
            known = "Frage 3:" not in request.messages[-1][1]
            yield request, Reply(letter_text({"A": -odds, "B": odds - 2.1} if known else {"A": None, "B": None}, "A"))


def build(params):
    return declared(rater=LogprobRater(Served(Model("small", "1", "mit"), Longer())))
'''


@pytest.mark.slow
def test_a_build_is_rated_by_letters_and_its_rows_are_conserved(extended: Extended) -> None:
    dataset = extended.build(JUDGED)
    assert len(dataset.rows) == 2 * PROMPTS - 1
    for row in dataset.rows:
        assert (row["rater"], row["chosen_model"]) == ("small", "long")
        # e^-.7 / (e^-.7 + e^-1.4) = 1 / (1 + e^-.7) = .66819.
        assert (row["chosen_score"], row["rejected_score"]) == pytest.approx((0.668188, 0.331812), abs=1e-6)
    assert not_conserved(polypref.load(dataset.out).funnel) == []
    assert "the mean probability with which a language model preferred an answer" in dataset.card
    assert dataset.record["settings"]["builder"]["rater"]["prompt_name"] == "letter-1"
