"""What one reviewer says of one pair, or of a single answer that has a label."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

#: What a reviewer may write, as sheets say it.
AS_WRITTEN = ("A", "B", "tie", "both bad", "not my language")
#: The same in lower case, and what it means.
VERDICTS: Mapping[str, Literal["a", "b", "tie", "both_bad", "not_my_language"]] = {
    **{"a": "a", "b": "b", "tie": "tie"},
    **{"both bad": "both_bad", "not my language": "not_my_language"},
}
#: What a reviewer may write of a single answer, and what it means: the good answer is the side A, a bad one B.
WRITTEN_OF_ONE = ("good", "bad", "drop", "not my language")
VERDICTS_OF_ONE: Mapping[str, Literal["a", "b", "both_bad", "not_my_language"]] = {
    **{"good": "a", "bad": "b", "drop": "both_bad", "not my language": "not_my_language"},
}
#: Stands for the side that a single answer lacks: a good answer is chosen over nothing, and nothing over a bad one.
NO_ANSWER: Final = "0" * 32

Meaning = Literal["chosen", "rejected", "both_bad", "not_my_language", "tie"]


@dataclass(frozen=True)
class Answer:
    """One reviewer's answer to one pair, seen from the pair: who was preferred.

    Attributes:
        pair_id, language: of the pair.
        reviewer: who judged.
        meaning: which side was preferred, as the sides were when the sheet was written.
        comment: what was written beside it.
        chosen, rejected: ids of the answers that were the two sides then; empty where the sheet does not say.
        texts: of such a sheet, what it shows as chosen and as rejected.
        edited: the better answer as the reviewer corrected it; empty where nothing was corrected.
        blind: whether nothing showed the reviewer which answer is chosen.
        place: the sheet and its row, for sentences.
        unnamed: whether the sheet's name stands for the reviewer, who wrote none.
        retyped: whether the texts of its row came back typed with other letters (`review.retyped`).
    """

    pair_id: str
    language: str
    reviewer: str
    meaning: Meaning
    comment: str
    chosen: str = ""
    rejected: str = ""
    texts: tuple[str, str] = field(default=("", ""), compare=False, repr=False)
    edited: str = ""
    blind: bool = True
    place: str = field(default="", compare=False, repr=False)
    unnamed: bool = field(default=False, compare=False, repr=False)
    retyped: bool = field(default=False, compare=False, repr=False)

    def turned(self) -> "Answer":
        """The same answer, seen from the pair with its sides the other way round.

        Returns:
            Who preferred the chosen answer preferred the rejected one of that pair, and the reverse.
        """
        others: dict[Meaning, Meaning] = {"chosen": "rejected", "rejected": "chosen"}
        meaning = others.get(self.meaning, self.meaning)
        return replace(self, meaning=meaning, chosen=self.rejected, rejected=self.chosen, texts=self.texts[::-1])
