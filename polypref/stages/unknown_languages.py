"""Names in the sources that no language goes by, for whoever reads the report: how many rows, and what is nearest."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import languages
from ..files.cells import Bad
from ..files.store import Stage
from ..languages.suggestions import option_for
from ..layouts.rows import NO_LANGUAGE, UNKNOWN_LANGUAGE
from .counts import Funnel, UnknownLanguage

# Names that are each listed by themselves.
_MOST_NAMES = 50
# Names that a sentence lists.
_LISTED = 5


def unknown_languages(stage: Stage, funnel: Funnel) -> list[UnknownLanguage]:
    """The names of languages in the sources that nothing here goes by, each with its rows and the nearest known one.

    Args:
        stage: where the jobs wrote what they left out.
        funnel: what they counted.

    Returns:
        most rows first; the names after the first 50 are one.
    """
    if not any(reason == UNKNOWN_LANGUAGE for _, _, reason in funnel):
        return []
    names: Counter[str] = Counter()
    for path in sorted(stage.path.glob("rejected-*.parquet")):
        table = pq.read_table(path, columns=["reason", "detail"])
        names.update(table.filter(pc.equal(table["reason"], UNKNOWN_LANGUAGE))["detail"].to_pylist())
    return unknown_names(names)


def names_unknown_language(bad: Bad) -> bool:
    """Whether a row cannot be used for the language that it is in, which it names by a name that is not known.

    Args:
        bad: why it cannot be used.

    Returns:
        false for a row that names no language, and for one in a known language whose answers are in an unknown one.
    """
    return bad.reason == UNKNOWN_LANGUAGE and bad.detail != NO_LANGUAGE and not bad.language


def unknown_names(names: Counter[str], most: int = _MOST_NAMES) -> list[UnknownLanguage]:
    """Names that no language goes by, each with the nearest that one does.

    Args:
        names: how many rows have each.
        most: how many names are listed each by itself.

    Returns:
        most rows first; the names after the first `most` are one.
    """
    order = sorted(names.items(), key=lambda item: (-item[1], item[0]))
    unknown = [UnknownLanguage(name, rows, _nearest(name)) for name, rows in order[:most]]
    if rest := order[most:]:
        unknown.append(
            UnknownLanguage(f"{len(rest):,} other name{'s' * (len(rest) > 1)}", sum(rows for _, rows in rest), "")
        )
    return unknown


def _nearest(name: str) -> str:
    language = languages.nearest(name)
    return f"{language.name} ({language.tag})" if language else ""


def named_languages(unknown: Iterable[UnknownLanguage]) -> str:
    """Unknown names for a reader.

    Args:
        unknown: names with their rows and the nearest known one.

    Returns:
        one text, names separated by commas.

    Example:
        >>> named_languages([UnknownLanguage("Elbonian", 12, "Albanian (sq)")])
        'Elbonian (12 rows; nearest: Albanian (sq))'
    """
    return ", ".join(
        f"{one.name} ({one.rows:,} row{'s' * (one.rows > 1)}" + (f"; nearest: {one.nearest})" if one.nearest else ")")
        for one in unknown
    )


def left_out_by_name(unknown: Sequence[UnknownLanguage]) -> str:
    """What is said of rows that are left out for the name of their language.

    Args:
        unknown: names with their rows and the nearest known one; at least one.

    Returns:
        a sentence without a full stop.
    """
    rows = sum(one.rows for one in unknown)
    more = " ..." * (len(unknown) > _LISTED)
    return (
        f"{rows:,} row{'s' * (rows > 1)} left out, as no known language goes by the name that they give: "
        f"{named_languages(unknown[:_LISTED])}{more}; {option_for(unknown[0].name)} of polypref "
        "build, or polypref.register(Language(...)) in the script, keeps rows of one"
    )
