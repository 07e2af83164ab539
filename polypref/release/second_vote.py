"""How often a second language detector disagreed, by language: what the card and `polypref inspect` say of it."""

from collections import Counter
from dataclasses import dataclass

from ..files.json_types import list_of, mapping_of, text_of
from ..stages.checks.second_detector import FLAGS, NAME, SecondDetector
from .provenance import Provenance


@dataclass(frozen=True)
class Disagreement:
    """Rows of one language, and in how many of them the second detector disagrees.

    Attributes:
        language: the tag.
        rows: published rows.
        prompts, chosen, rejected: of these, rows on whose text the detectors disagree.
    """

    language: str
    rows: int
    prompts: int
    chosen: int
    rejected: int

    def shares(self) -> tuple[str, str, str]:
        """The three as shares of the rows.

        Returns:
            texts for a table, as in `1.5%`.
        """
        one, other, third = (f"{count / self.rows:.1%}" for count in (self.prompts, self.chosen, self.rejected))
        return one, other, third


def disagreement_by_language(record: Provenance) -> list[Disagreement]:
    """How often the second detector disagreed.

    Args:
        record: a dataset's provenance.

    Returns:
        a row for each language with rows, in order; none where no second detector was asked.
    """
    if all(one.name != NAME for one in record.checks):
        return []
    counts = Counter({(one.language, one.flag): one.rows for one in record.facts.flags})
    return [
        Disagreement(tag, facts.train + facts.test, *(counts[tag, flag] for flag in FLAGS.values()))
        for tag, facts in sorted(record.facts.languages.items())
        if facts.train + facts.test
    ]


def voting_detector(record: Provenance) -> str:
    """Who voted.

    Args:
        record: a dataset's provenance.

    Returns:
        the name of the second detector; empty where none was asked.
    """
    filters = map(mapping_of, list_of(mapping_of(record.settings.get("builder")).get("filters")))
    voting = [one for one in filters if one.get("class") == SecondDetector.__name__]
    return text_of(mapping_of(voting[0].get("identifier")).get("detector")) if voting else ""
