"""How the prompts of each source are rated and paired: one way for all, or several in one build."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass

from ..console.escaping import as_written
from ..errors import UserError
from ..layouts.fields import OF_ROW, Fields
from ..layouts.readings import Join
from ..layouts.source import Source
from ..raters.contract import Rater, is_given, way_of, with_combined
from ..raters.given import ReferenceRater
from ..scripting.declared import nearest
from ..scripting.own_code import of_class, own_code
from ..stages.pair import PairRule


@dataclass(frozen=True)
class SourceWay:
    """One way to rate and to pair.

    Attributes:
        rater: whose scores or verdicts count.
        pairs: how chosen and rejected are picked.
        sources: names of the sources whose prompts go this way.
        join: how several verdicts of the rater on the same two answers are one, as the sources declare it.
    """

    rater: Rater
    pairs: PairRule
    sources: tuple[str, ...]
    join: Join = "unanimous"

    def unrated(self, sources: Sequence[Source]) -> str:
        """What keeps the sources' own ratings or references from being used, and what to declare.

        Args:
            sources: those of this way.

        Returns:
            A clause for the end of a message; empty where they are used, or ratings are made otherwise.
        """
        declared = [source.fields for source in sources]
        for rater in with_combined(self.rater):
            if isinstance(rater, ReferenceRater) and (why := rater.unreferenced(declared)):
                return why
        return self.rater.unrated(declared, self.pairs.rule == "given") if is_given(self.rater) else ""


def ways_of(sources: Sequence[Source], rater: Rater, pairs: PairRule) -> tuple[SourceWay, ...]:
    """The different ways of a build.

    Args:
        sources: those of the build, each of which may say how it is rated and paired.
        rater, pairs: the builder's, for sources that do not.

    Returns:
        The ways, that of the builder first where a source goes it, then in the order of the sources.

    Raises:
        UserError: a source's rater is none, or its `pairs` is no pair rule.
    """
    ways: list[tuple[Rater, PairRule, list[str]]] = [(rater, pairs, [])]
    for source in sources:
        own_rater, own_pairs = _declared(source)
        one = (rater if own_rater is None else own_rater, pairs if own_pairs is None else own_pairs)
        names = next((names for rated_by, paired_by, names in ways if (rated_by, paired_by) == one), None)
        if names is None:
            ways.append((*one, names := []))
        if source.name not in names:
            names.append(source.name)
    joins = {rater: join for source in sources for rater, join in source.fields.joins.items()}
    return tuple(
        SourceWay(rated_by, paired_by, tuple(names), joins.get(rated_by.name, "unanimous"))
        for rated_by, paired_by, names in ways
        if names
    )


def _declared(source: Source) -> tuple[Rater | None, PairRule | None]:
    what = f"source '{source.name}'"
    with own_code(source, what):
        rater: object = getattr(source, "rater", None)
        pairs: object = getattr(source, "pairs", None)
    if pairs is not None and not isinstance(pairs, PairRule):
        raise UserError(f"{what}{of_class(source)}: its pairs is {pairs!r:.80}; write PairRule(...)")
    return None if rater is None else _rater(rater, what), pairs


def _rater(rater: object, what: str) -> Rater:
    try:
        way_of(rater)  # type: ignore[arg-type]
    except UserError as error:
        raise UserError(f"{what}: {error}") from None
    return rater  # type: ignore[return-value]


def raters_of(ways: Iterable[SourceWay]) -> list[tuple[Rater, tuple[str, ...]]]:
    """The different raters of a build, each with the names of the sources whose prompts it rates.

    Args:
        ways: those of the build.

    Returns:
        The raters in the order of the ways.
    """
    raters: list[tuple[Rater, list[str]]] = []
    for way in ways:
        names = next((names for rater, names in raters if rater == way.rater), None)
        if names is None:
            raters.append((way.rater, names := []))
        names += [name for name in way.sources if name not in names]
    return [(rater, tuple(names)) for rater, names in raters]


def raters_by_source(ways: Iterable[SourceWay], sources: Iterable[Source]) -> dict[str, str]:
    """Who rates the prompts of each source.

    Args:
        ways: those of the build.
        sources: its sources.

    Returns:
        Name of the source -> name of the rater, in the order of the sources.
    """
    raters = {name: way.rater.name for way in ways for name in way.sources}
    return {source.name: raters[source.name] for source in sources}


def names_of(ways: Iterable[SourceWay]) -> str:
    """The names of all who rate, as they are shown.

    Args:
        ways: those of the build.

    Returns:
        One name, or several with commas between them.
    """
    return ", ".join(rater.name for rater, _ in raters_of(ways))


def check_ways(builder: str, ways: Sequence[SourceWay], sources: Sequence[Source], routes: Iterable[str]) -> None:
    """Sees that every way can lead to pairs.

    Args:
        builder: the builder's name.
        ways: its ways.
        sources: its sources.
        routes: those by which models answer.

    Raises:
        UserError: a rater of verdicts goes with another rule than `given`, or a rule names a route by which no answer
            comes, or pools scores of rows that are not compared with others; of several ways, one for whose sources
            there are no ratings, or two whose raters have one name.
    """
    for way in ways:
        given = {answer.route for source in sources if source.name in way.sources for answer in source.fields.answers}
        way.pairs.check_routes(given | set(routes))
        if getattr(way.rater, "table", "") == "verdicts" and way.pairs.rule != "given":
            raise UserError(f"builder '{builder}': rater '{way.rater.name}' gives verdicts; use PairRule('given')")
        _refuse_pooled_rows(builder, way, sources)
    if len(ways) == 1:
        return
    by_name: dict[str, Rater] = {}
    for whole, _ in raters_of(ways):
        for rater in with_combined(whole):
            if by_name.setdefault(rater.name, rater) != rater:
                raise UserError(
                    f"builder '{builder}' has two raters called '{rater.name}' with other settings, whose scores would "
                    "be taken for one rater's; give one of them another name"
                )
    # Where the others have pairs, a source that can have none would hardly be missed.
    for way in ways:
        for name in way.sources:
            if why := way.unrated([source for source in sources if source.name == name]):
                raise UserError(f"source '{name}': {why}")


def _refuse_pooled_rows(builder: str, way: SourceWay, sources: Sequence[Source]) -> None:
    """Refuses a rule that would pool the scores of rows, each of which is compared within itself only.

    Raises:
        UserError: it would.
    """
    names = {rater.name for rater in with_combined(way.rater)}
    for source in sources if way.pairs.pool == "group" else ():
        scored = any(answer.score and answer.rater in names for answer in source.fields.answers)
        if scored and source.name in way.sources and source.fields.occasion == OF_ROW:
            raise UserError(
                f"builder '{builder}': PairRule(pool='group') takes the point of a prompt's scores in all its "
                f"languages, and the scores of source '{source.name}' are compared within a row only "
                f"(occasion='{OF_ROW}'); leave pool out"
            )


def check_taken(stage: object, ways: Sequence[SourceWay]) -> None:
    """Sees that what makes answers or prompts of prompts takes those of sources that there are, and can be rated.

    Args:
        stage: Complete, Translate or CrossLingual; None for nothing.
        ways: those of the build.

    Raises:
        UserError: it names a source that there is none of; or, where sources are rated in several ways, it takes the
            prompts of one whose scores or verdicts are given, so that nobody would rate what is made.
    """
    if stage is None:
        return
    taken: tuple[str, ...] | None = getattr(stage, "sources", None)
    names, kind = [name for way in ways for name in way.sources], type(stage).__name__
    for name in taken or ():
        if name not in names:
            raise UserError(
                f"{kind}(sources=...) names {as_written(name)}, and no source is called so; {nearest(name, names)}"
            )
    if len(ways) == 1:
        return
    for way in ways:
        given = [name for name in way.sources if is_given(way.rater) and (taken is None or name in taken)]
        if given:
            others = [name for other in ways if not is_given(other.rater) for name in other.sources]
            example = f", as in {kind}(sources=({', '.join(map(repr, others))},))" if others else ""
            raise UserError(
                f"{kind} takes the prompts of source '{given[0]}', which are rated by what the source itself says "
                f"('{way.rater.name}'): nobody would rate what is made of them; name the sources that it is to take"
                f"{example}, or give '{given[0]}' a rater that scores answers"
            )


def check_own_names(builder: str, sources: Sequence[Source], raters: Iterable[Rater]) -> None:
    """Sees that no two sources, and no two who rate, go by one name: their rows and scores would be taken for one's.

    Args:
        builder: the builder's name.
        sources: its sources.
        raters: all who rate.

    Raises:
        UserError: two do.
    """
    _check_names_of_sources(builder, sources)
    declared = [source.fields for source in sources]
    _check_joins(builder, declared)
    in_sources = {answer.rater for one in declared for answer in one.answers if answer.score}
    in_sources |= {rater for one in declared for rater in one.joins}
    for whole in raters:
        _refuse_mixed_occasions(builder, declared, whole)
        for rater in with_combined(whole):
            if not is_given(rater) and rater.name in in_sources:
                raise UserError(
                    f"rater {type(rater).__name__} is called '{rater.name}', and so is who rated in a source: their "
                    "scores would be taken for one rater's; give one of them another name"
                )


def _check_names_of_sources(builder: str, sources: Sequence[Source]) -> None:
    """Sees that sources of one name are parts of one dataset, and rated and paired alike.

    Raises:
        UserError: they are not.
    """
    by_name: dict[str, list[Source]] = {}
    for source in sources:
        others = by_name.setdefault(source.name, [])
        if source in others:
            raise UserError(f"builder '{builder}' has the source '{source.name}' twice; leave one out")
        if not all(_parts_of_one(other, source) for other in others):
            raise UserError(
                f"builder '{builder}' has two sources called '{source.name}', whose rows cannot be told apart; "
                "give each a name of its own (parts of one dataset, of one class, revision and licence, may share it)"
            )
        if not all(_declared(other) == _declared(source) for other in others):
            raise UserError(
                f"builder '{builder}': parts of source '{source.name}' are rated or paired differently; give all "
                "of them the same rater= and pairs="
            )
        others.append(source)


def _check_joins(builder: str, declared: Sequence[Fields]) -> None:
    """Sees that the verdicts of one who judged are joined in one way.

    Raises:
        UserError: they are not.
    """
    joins: dict[str, str] = {}
    for judge, join in (joined for one in declared for joined in one.joins.items()):
        if joins.setdefault(judge, join) != join:
            raise UserError(
                f"builder '{builder}' has verdicts by '{judge}' joined by {joins[judge]} in one source "
                f"and by {join} in another; declare one join, or give the raters names of their own"
            )


def _refuse_mixed_occasions(builder: str, declared: Sequence[Fields], whole: Rater) -> None:
    """Refuses a combined rater that would take scores of several occasions for one's.

    Raises:
        UserError: it would.
    """
    names = {rater.name for rater in getattr(whole, "raters", ())}
    for one in declared:
        mixed = names & {answer.rater for answer in one.answers if answer.score}
        if mixed and one.names_occasions:
            raise UserError(
                f"builder '{builder}': the scores by '{min(mixed)}' are of several occasions ({one.occasion}), and "
                f"'{whole.name}' takes the mean of each rater's scores over all prompts; take '{min(mixed)}' by itself"
            )


def _parts_of_one(one: Source, other: Source) -> bool:
    if type(one) is not type(other):
        return False
    # A dataset of the Hub goes by its own name, whatever its configs' licences.
    named = is_dataclass(one) and "name" in {field.name for field in fields(one)}
    return not named or (one.revision, one.licence) == (other.revision, other.licence)
