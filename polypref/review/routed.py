"""Which rows of sheets were routed and which drawn at random, and what the routing was worth when they came back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ..errors import UserError
from ..files.atomic import json_bytes, read_text
from ..files.owned import write_new
from ..files.records import Tag, decode, encode
from ..shares import share_difference, wilson
from .agreement import Judgements
from .decisions import PairId, decision_of

FORMAT: Final = "polypref-routes/1"
#: The file beside the sheets that says it; no reviewer needs it.
NAME: Final = "routes.json"


@dataclass(frozen=True)
class Ways:
    """How the rows of one sheet came into it.

    Attributes:
        routed, drawn: ids of the pairs.
    """

    routed: list[PairId]
    drawn: list[PairId]


@dataclass(frozen=True)
class Routes:
    """How the rows of sheets came into them.

    Attributes:
        format: the schema.
        languages: of each sheet.
    """

    format: Literal["polypref-routes/1"]
    languages: dict[Tag, Ways]


@dataclass(frozen=True)
class Gain:
    """How often reviewers contradict labels, of pairs that were routed and of such that were drawn at random.

    Attributes:
        language: the tag; `all` for all languages together.
        routed, drawn: how many pairs of each were judged.
        routed_hits, drawn_hits: those of them whose label reviewers do not confirm: most prefer the other answer, find
            both bad or equally good, or are of two minds.
    """

    language: str
    routed: int
    routed_hits: int
    drawn: int
    drawn_hits: int

    def sentence(self) -> str:
        """The two shares and their difference.

        Returns:
            A line without a full stop.
        """
        line = (
            f"{self.language}: reviewers do not confirm {_share(self.routed_hits, self.routed)} of the routed pairs, "
            f"{_share(self.drawn_hits, self.drawn)} of those drawn at random"
        )
        if not (self.routed and self.drawn):
            return line
        value, low, high = share_difference(self.routed_hits, self.routed, self.drawn_hits, self.drawn)
        return line + f"; {100 * value:+z.0f} points [{100 * low:+z.0f}, {100 * high:+z.0f}]"


def _share(hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    if low is None or high is None:
        return "none (0 judged)"
    return f"{hits / n:.0%} [{low:.0%}, {high:.0%}] ({hits:,} of {n:,})"


def write_routes(languages: Mapping[str, Ways], out: Path) -> None:
    """Writes down how the rows of sheets came into them.

    Args:
        languages: of each sheet.
        out: the file.

    Raises:
        UserError: `out` is there and holds something else.
    """
    write_new(out, json_bytes(encode(Routes(FORMAT, dict(languages)))))


def read_routes(path: Path) -> Routes:
    """Reads that.

    Args:
        path: the file.

    Returns:
        How the rows of sheets came into them.

    Raises:
        UserError: there is no such file, or it is none of these.
    """
    advice = f"give the {NAME} that polypref review export --route wrote beside the sheets"
    text = read_text(path, advice)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError(f"{path} is no JSON; {advice}") from None
    return decode(Routes, values, f"{path} does not say which pairs were routed", advice)


def gains(routes: Routes, judged: Mapping[str, Judgements]) -> list[Gain]:
    """What the routing was worth, language by language.

    Args:
        routes: how the rows of the sheets came into them.
        judged: pair_id -> what reviewers said; a pair that nobody who can read it judged does not count.

    Returns:
        A row for each language with a judged pair; of several another one for all together.
    """
    rows = []
    for tag, ways in sorted(routes.languages.items()):
        routed, drawn = (_hits(ids, judged) for ids in (ways.routed, ways.drawn))
        if routed or drawn:
            rows.append(Gain(tag, len(routed), sum(routed), len(drawn), sum(drawn)))
    if len(rows) > 1:
        totals = (sum(getattr(one, name) for one in rows) for name in ("routed", "routed_hits", "drawn", "drawn_hits"))
        rows.append(Gain("all", *totals))
    return rows


def _hits(ids: Sequence[str], judged: Mapping[str, Judgements]) -> list[bool]:
    """Of each judged pair, whether its label is not confirmed."""
    return [decision_of(judged[one]) != "agreed" for one in ids if one in judged and judged[one].judged]
