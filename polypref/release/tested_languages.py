"""What is said of the test split by language: where it is there by no draw, where it is one pair, where it lacks."""

from collections.abc import Sequence
from math import ceil

from ..files.json_types import Json, mapping_of
from ..shares import Z_95, wilson_ends
from ..stages.counts import NotDrawn
from ..stages.small_languages import LEAST_GROUPS
from .provenance import Provenance

# Of fewer test pairs an interval of a share is wider than 17 points either way: a win-rate of 60% may be one of 43%.
_ENOUGH = 30
_LARGER = (
    "a larger share goes to test with --test 0.2 on the command line, where the builder comes with polypref, or "
    "Split(test=0.2) in a script of your own; prompts that are nearly the same go to one split together, however "
    "large the share"
)


def has_test_share(record: Provenance) -> bool:
    """Whether pairs were to go to test; where none were, that none did is no news.

    Args:
        record: a dataset's provenance.

    Returns:
        False where its builder says so.
    """
    return _share(record) != 0


def pairs_in_test(record: Provenance) -> str:
    """The test pairs of each mixture, the languages that have theirs by no draw, and those that have none.

    Args:
        record: a dataset's provenance.

    Returns:
        Part of a sentence, without a full stop.
    """
    mixtures = record.ordered_mixtures()
    sizes = {name: sum(row.test for row in rows.values()) for name, rows in mixtures.items()}
    counts = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
    if sizes in ({"all": 0}, {"all": 1}):  # the name reads as a word
        counts = "one" if sizes["all"] else "none"
    if not has_test_share(record):
        return counts
    every = [(tag, row) for rows in mixtures.values() for tag, row in rows.items()]
    tested = {tag for tag, row in every if row.test}
    # Of builds of before 0.3 no groups are known: there ten pairs count.
    known = {one.language for one in record.not_drawn}
    without = {tag for tag, row in every if tag in known or row.given >= LEAST_GROUPS if row.given} - tested
    there = [one for one in record.not_drawn if one.language in tested and one.test]
    return "; ".join([counts, *_moved(there), *_without(record.not_drawn, without)])


def few_in_test(record: Provenance) -> str:
    """That a test split is so small that no win-rate can be read from it, how wide its interval is, and what to set.

    Args:
        record: a dataset's provenance.

    Returns:
        A sentence without a full stop; empty where the mixture with the most test pairs has enough, or nobody has any.
    """
    sizes = {
        name: (sum(row.test for row in rows.values()), sum(row.given for row in rows.values()))
        for name, rows in record.ordered_mixtures().items()
    }
    name, (test, train) = max(sizes.items(), key=lambda one: one[1][0], default=("", (0, 0)))
    if not has_test_share(record) or not 0 < test < _ENOUGH:
        return ""
    one = ("row" if record.unpaired else "pair") + "s" * (test > 1)
    share, asked = min(0.5, ceil(10_000 / (test + train)) / 100), _share(record)
    more = round(share * (test + train))
    larger = (
        f"--test {share:g} on the command line, where the builder comes with polypref, or Split(test={share:g}) in a "
        f"script of your own gives about {more:,} (±{_points(more)})"
    )
    known = isinstance(asked, int | float) and asked >= share
    return (
        f"config {name} has {test:,} test {one}, of at most as many leak groups: a share measured on them, as a "
        f"win-rate or an accuracy, is known to ±{_points(test)} points at best (95% interval of a half); "
        + ("add prompts" if known or more <= test else larger)
    )


def _points(number: int) -> str:
    """Half the width of Wilson's interval of a share of one half, in points."""
    low, high = wilson_ends(0.5, number, Z_95)
    return f"{50 * float(high - low):.0f}"


def _moved(there: Sequence[NotDrawn]) -> list[str]:
    if not there:
        return []
    groups = ", ".join(f"{one.language} {one.test:,} of {one.groups:,}" for one in there)
    tags = ", ".join(one.language for one in there)
    return [f"no leak group of {tags} was drawn for test, so the next was put there: {groups}"]


def _without(not_drawn: Sequence[NotDrawn], without: set[str]) -> list[str]:
    """Sentences on languages without a test pair, by why they have none."""
    own = [one for one in not_drawn if one.language in without]
    few = [one for one in own if one.groups < LEAST_GROUPS]
    enough = [one for one in own if one.groups >= LEAST_GROUPS and not one.test]
    released, last = [one for one in enough if not one.free], [one for one in enough if one.free]
    other = sorted(without - {one.language for one in (*few, *enough)})
    reasons = (
        (_named(few), len(few), f"from {LEAST_GROUPS} leak groups on there is one; {_LARGER}"),
        (_named(released), len(released), "an earlier version has them all in train, where they stay; add prompts"),
        (_named(last), len(last), "each of them is the last that another language has in train; add prompts"),
        (", ".join(other), len(other), _LARGER),
    )
    return [f"{tags} {'has' if number == 1 else 'have'} none: {why}" for tags, number, why in reasons if number]


def _named(languages: Sequence[NotDrawn]) -> str:
    """Tags with their number of leak groups, the first with the word."""
    unit = [" leak group" if one.groups == 1 else " leak groups" for one in languages[:1]]
    words = [*unit, *("" for _ in languages[1:])]
    return ", ".join(f"{one.language} ({one.groups:,}{word})" for one, word in zip(languages, words, strict=True))


def untested_tag(record: Provenance, tag: str) -> str:
    """A language without test pairs, with its number of leak groups where that is known.

    Args:
        record: a dataset's provenance.
        tag: the language.

    Returns:
        As in `ja (7 leak groups)`.
    """
    return next((_named([one]) for one in record.not_drawn if one.language == tag), tag)


def limits_of_test(record: Provenance) -> list[str]:
    """What the card says of test splits that are no sample of the size asked for, or one pair.

    Args:
        record: a dataset's provenance.

    Returns:
        Sentences.
    """
    limits, facts = [], record.facts.languages
    there = [one for one in record.not_drawn if one.test and one.language in facts and facts[one.language].test]
    share = _share(record)
    if there:
        groups = ", ".join(f"{one.language} {one.test:,} of {one.groups:,}" for one in there)
        asked = f"the {100 * share:g}% that are asked for" if isinstance(share, int | float) else "that of the others"
        limits.append(
            "Where no leak group (prompts with their translations and near-copies) of a language was drawn for test, "
            f"the next was put there: {groups}. Their share is not {asked}."
        )
    if one_row := [tag for tag, row in facts.items() if row.test == 1]:
        row_name = "row" if record.unpaired else "pair"
        limits.append(
            f"The test split of {', '.join(one_row)} is one {row_name}: a figure measured on it is of that {row_name}, "
            "and says nothing of the language."
        )
    return limits


def _share(record: Provenance) -> Json:
    return mapping_of(mapping_of(record.settings.get("builder")).get("split")).get("test")
