"""Verdicts that somebody gave elsewhere, people or a model, read from a file."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..errors import UserError
from ..inference.log import ResponseLog
from ..layouts.contract import Layout, kept_of_several
from .contract import Battle, Verdict, settled
from .inputs.judged import Judged, judged


@dataclass(frozen=True)
class StoredJudge:
    """Verdicts that somebody gave elsewhere: read from a file whose columns a layout names.

    Attributes:
        path: the file; its prompts go by the evaluation's group ids, or prompt ids.
        layout: what reads it.
        name: the judge's name.
    """

    path: str
    layout: Layout
    name: str
    kind: ClassVar[str] = "stored"

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> list[list[Verdict]]:
        """The verdicts of battles, matched by language and group id or prompt id; none is `no_stored_verdict`.

        Args:
            battles, log, again, quiet: as in `Judge.judge`.

        Returns:
            For each battle as many verdicts as the file has orders.

        Raises:
            UserError: the file cannot be read, or none of its verdicts belongs to a battle.
        """
        if not battles:
            return []
        one, other = battles[0].model, battles[0].other_model
        games = list(self.layout.read_games(Path(self.path)))
        stored = judged(games, one, other, kept_of_several(self.layout))
        tags = [str(tag) for tag in stored.battles.languages]
        known = dict(zip(zip(tags, stored.prompts, strict=True), verdicts_of(stored), strict=True))
        firsts = firsts_of(stored)
        verdicts = []
        for battle in battles:
            names = [battle.group_id, battle.group_id.removeprefix(f"{battle.language}:"), battle.prompt_id]
            keys = [(tag, name) for name in names for tag in (battle.language, "und")]
            given = next((known[key] for key in keys if key in known), None)
            lacking = [Verdict(first, None, "no_stored_verdict") for first in firsts]
            verdicts.append(given or settled(battle, firsts) or lacking)
        if not any(verdict.score is not None for several in verdicts for verdict in several):
            self._refuse(battles[0], verdicts, stored)
        return verdicts

    def _refuse(self, battle: Battle, verdicts: Sequence[Sequence[Verdict]], stored: Judged) -> None:
        what = f"{self.path}: no verdict on {battle.model} and {battle.other_model}"
        unread = Counter(verdict.reason for several in verdicts for verdict in several)
        if set(unread) - {"no_stored_verdict"}:
            seen = ", ".join(f"{reason} {number:,}" for reason, number in unread.most_common(3))
            raise UserError(f"{what} can be read ({seen}); mend the file, or form and labels of its layout")
        there = f"{stored.battles.languages[0]} {stored.prompts[0][:60]!r}"
        raise UserError(
            f"{what} belongs to a prompt of this evaluation: they are matched by language and id; there they are as "
            f"{there}, here as {battle.language} {battle.group_id[:60]!r}; let the layout's `prompt` and `language` "
            "name the columns of the set's ids and languages"
        )


def firsts_of(stored: Judged) -> tuple[str, ...]:
    """Whose answer is shown first, by order.

    Args:
        stored: the judgements of one pair of models.

    Returns:
        `model` and `other` where games of both orders are there, else one empty word.
    """
    return ("model", "other") if stored.battles.orders.shape[1] == 2 else ("",)


def verdicts_of(stored: Judged) -> list[list[Verdict]]:
    """The verdicts of stored judgements.

    Args:
        stored: the judgements of one pair of models.

    Returns:
        (n, orders) for each prompt a verdict for each order, without a score where none is stored.
    """
    return [
        [
            Verdict(first, None if math.isnan(score) else float(score), reason, label)
            for first, score, reason, label in zip(firsts_of(stored), scores, why, labels, strict=True)
        ]
        for scores, why, labels in zip(stored.battles.orders, stored.why, stored.labels, strict=True)
    ]
