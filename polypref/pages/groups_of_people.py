"""What is printed of the groups of people who judged: how many there are, what they prefer, how far they agree."""

from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table

from ..console.terminal import safe
from ..people.agreement import AgreedShare
from ..people.groups import GroupFigures
from ..release.facts import GroupPeople


def group_tables(
    people: Sequence[GroupPeople], figures: Sequence[GroupFigures], models: bool = False
) -> Iterator[Table]:
    """What a dataset says of the groups of who judged.

    Args:
        people: of its provenance.
        figures: of its facts.
        models: whether the models are shown by value too, a row each.

    Yields:
        Tables of people, of values, of agreement where several judged the same answers, and of models; none where no
        groups are published.
    """
    if people:
        yield people_table(people)
    if figures:
        yield values_table(figures)
    if any(one.agreement for one in figures):
        yield agreement_table(figures)
    if models and any(one.models for one in figures):
        yield models_table(figures)


def people_table(rows: Iterable[GroupPeople]) -> Table:
    """How many people the groups are of.

    Args:
        rows: of a provenance.

    Returns:
        A row for each language and group.
    """
    table = Table("language", "group", title="groups of who judged")
    for name in ("people", "of these other", "values"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*map(safe, (row.language, row.group, row.people, row.others, str(row.values))))
    return table


def values_table(figures: Iterable[GroupFigures]) -> Table:
    """The rows of each value, and what tests say.

    Args:
        figures: of a dataset's facts.

    Returns:
        A row for each language and group.
    """
    table = Table("language", "group", "rows by value", title="what groups prefer, against chance (p after Holm)")
    for name in ("models", "pairs on which they differ"):
        table.add_column(name, justify="right")
    for one in figures:
        values = ", ".join(f"{row.value} {row.rows:,}" for row in one.values)
        table.add_row(*map(safe, (one.language, one.group, values, p_in_words(one.models_p_holm), _differ(one))))
    return table


def models_table(figures: Iterable[GroupFigures]) -> Table:
    """How often the answers of each model are chosen, by value.

    Args:
        figures: of a dataset's facts.

    Returns:
        A row for each language, group, value and model.
    """
    table = Table("language", "group", "value", "model", title="chosen by group, against other models")
    for name in ("rows", "chosen", "95% interval"):
        table.add_column(name, justify="right")
    for one in figures:
        for row in one.models:
            ends = f"[{row.low:.0%}, {row.high:.0%}]"
            cells = (one.language, one.group, row.value, row.model, f"{row.rows:,}", f"{row.share:.0%}", ends)
            table.add_row(*map(safe, cells))
    return table


def agreement_table(figures: Iterable[GroupFigures]) -> Table:
    """How far people of one value and of different ones agree on the same two answers.

    Args:
        figures: of a dataset's facts.

    Returns:
        A row for each language and group in which several judged the same answers.
    """
    table = Table("language", "group", title="agreement of twos of people on the same answers")
    for name in ("of one value", "of two values", "pairs", "groups differ", "by chance", "p after Holm"):
        table.add_column(name, justify="right")
    for one in figures:
        if (of := one.agreement) is None:
            continue
        share = f"{of.differ / of.pairs:.0%}" if of.pairs else ""
        chance = "" if of.by_chance is None else f"{of.by_chance:.0%}"
        cells = (agreed_in_words(of.within), agreed_in_words(of.across), f"{of.pairs:,}", share, chance)
        table.add_row(*map(safe, (one.language, one.group, *cells, p_in_words(of.p_holm))))
    return table


def agreed_in_words(share: AgreedShare | None) -> str:
    """A share with its interval.

    Args:
        share: of twos of people; None for none.

    Returns:
        As in `60% [50%, 70%] of 1,200`; empty for none.
    """
    if share is None:
        return ""
    return f"{share.share:.0%} [{share.low:.0%}, {share.high:.0%}] of {share.twos:,}"


def p_in_words(p: float | None) -> str:
    """A p-value.

    Args:
        p: the value; None where there was no test.

    Returns:
        Three decimals; empty for no test.
    """
    return "" if p is None else f"{p:.3f}"


def _differ(one: GroupFigures) -> str:
    return p_in_words(one.agreement.p_holm if one.agreement else None)
