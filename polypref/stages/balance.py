"""Splits, ranks and mixtures: which pairs go where, the same for all mixtures and all later versions.

- A pair's split is a hash of the seed and its leak_group, so a prompt, its translations and its near-copies are in one
  split. A later version starts from the assignment that was released.
- Within language and split, pairs are ranked by a hash. A mixture is a quota a language: a prefix of that ranking, so
  larger quotas contain smaller ones.
- Where a mixture wants its prompts distinct across languages, every group belongs to one of the mixture's languages, by
  weighted rendezvous hashing; the languages of distinct mixtures are nested, so that one ranking serves them all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa

from ..errors import UserError
from ..files import sql
from ..files.store import Stage
from ..scripting.declared import check_fields, checked_call
from .counts import Funnel, Mixtures, Quota
from .shares import SharedOut, cap_sources, interleave_sources, mark_sources

Shortage = Literal["error", "accept", "redistribute"]
#: Says why languages (None for all) have no training pair, given what was left out when pairs were shared out. Where
#: the pairs that they have, so many, are all in test: how there come to be more.
Why = Callable[[Sequence[str] | None, int, Funnel], str]
#: Says for what reasons rows of a language were left out, given what was when pairs were shared out.
Lost = Callable[[str, Funnel], str]
# Of how many languages that have too few pairs a sentence says what they lost.
_EXPLAINED = 3


@checked_call
@dataclass(frozen=True)
class Mixture:
    """A named selection of training pairs: so many of each language. Its test split is all test pairs of its languages.

    Give one of `per_language`, `total`, or neither (everything there is).

    Attributes:
        name: config name in the release.
        languages: tags; None for those of `weights`, or without weights for all languages of the build.
        per_language: pairs of each language.
        total: pairs over all languages, in equal shares, or shared by `weights` or `alpha`.
        weights: language -> share of the total (any positive numbers).
        alpha: shares of the total proportional to (pairs available)^alpha: 1 natural, 0 equal (Conneau and Lample 2019,
            arXiv 1901.07291, section 3.1, there with the exponent 0.5).
        shortage: what happens when a language has too few: error, accept (smaller, reported), or redistribute (other
            languages make up the total).
        prompts: distinct (each prompt in one language only), parallel (the same prompts in all), or any.

    """

    name: str
    languages: tuple[str, ...] | None = None
    per_language: int | None = None
    total: int | None = None
    weights: Mapping[str, float] | None = None
    alpha: float | None = None
    shortage: Shortage = "accept"
    prompts: Literal["distinct", "parallel", "any"] = "any"

    def __post_init__(self) -> None:
        check_fields(self)
        if self.weights is not None and self.languages is None:
            object.__setattr__(self, "languages", tuple(self.weights))
        if self.languages is not None and (not self.languages or len(set(self.languages)) < len(self.languages)):
            raise UserError(f"mixture '{self.name}': languages must name at least one language, and each once")
        if self.per_language is not None and self.total is not None:
            raise UserError(f"mixture '{self.name}': give per_language or total, not both")
        if (self.weights is not None or self.alpha is not None) and self.total is None:
            raise UserError(f"mixture '{self.name}': weights and alpha share out a total; give total")
        if self.weights is not None and self.alpha is not None:
            raise UserError(f"mixture '{self.name}': give weights or alpha, not both")
        for name, number in (("per_language", self.per_language), ("total", self.total)):
            if number is not None and number < 1:
                raise UserError(f"mixture '{self.name}': {name} is {number}; give 1 or more, or leave it out for all")
        for tag, weight in (self.weights or {}).items():
            if not 0 < weight < float("inf"):
                raise UserError(f"mixture '{self.name}': the weight of {tag} is {weight}; give a number above 0")
        if self.weights is not None and set(self.weights) != set(self.languages or ()):
            odd = ", ".join(sorted(set(self.weights) ^ set(self.languages or ())))
            raise UserError(f"mixture '{self.name}': weights and languages differ ({odd}); name the same in both")
        if self.alpha is not None and not 0 <= self.alpha < float("inf"):
            raise UserError(f"mixture '{self.name}': alpha is {self.alpha}; give a number of at least 0")


@checked_call
@dataclass(frozen=True)
class Split:
    """How pairs are divided into train and test.

    Attributes:
        test: share of the leak_groups that go to test.
        seed: of the division and of all ranks.
        previous: an earlier release (its local folder), whose assignment stays.
        length_balanced: leaves out training pairs, chosen by hash, until in every language the longer answer is chosen
            as often as the shorter one, so that length predicts nothing.

    """

    test: float = 0.05
    seed: int = 0
    previous: str | None = None
    length_balanced: bool = False
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_fields(self)
        if not 0 <= self.test < 1:
            raise UserError(f"Split(test={self.test}): the test share must be at least 0 and under 1")
        if self.previous is not None and not self.previous.strip():
            raise UserError(
                f"Split(previous={self.previous!r}): write the folder of an earlier release, or leave it out (None)"
            )


def share_out(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Divides a total by weights into whole numbers (largest remainder; equal remainders in order of the tags).

    Args:
        total: what is divided, 0 or more.
        weights: numbers of 0 or more by tag, not all 0.

    Returns:
        tag -> its share, in order of the tags; together the total.

    Example:
        >>> share_out(10, {"de": 1.0, "el": 1.0, "ja": 1.0})
        {'de': 4, 'el': 3, 'ja': 3}
    """
    most = max(weights.values(), default=1.0)
    scale = sum(weight / most for weight in weights.values())
    exact = {tag: total * (weight / most / scale) for tag, weight in sorted(weights.items())}
    shares = {tag: int(value) for tag, value in exact.items()}
    left = total - sum(shares.values())
    for tag in sorted(exact, key=lambda t: (-round(exact[t] - shares[t], 9), t))[:left]:
        shares[tag] += 1
    return shares


def quotas(
    mixture: Mixture,
    available: Mapping[str, int],
    why: Callable[[list[str]], str] | None = None,
    lost: Callable[[str], str] | None = None,
) -> dict[str, dict[str, int]]:
    """How many training pairs a mixture asks of each language, and how many it gets.

    Args:
        mixture: the mixture.
        available: language -> pairs it may take; a language of the mixture that is missing has none.
        why: says why none of some languages has any.
        lost: says for what reasons rows of a language were left out.

    Returns:
        language -> {asked, available, given}.

    Raises:
        UserError: a language is short and the policy is `error`, or nothing at all can be given.

    """
    tags = sorted(mixture.languages or available)
    there = {tag: available.get(tag, 0) for tag in tags}
    asked = _asked(mixture, there)
    if not sum(there.values()):
        lack = "prompt is in all" if mixture.prompts == "parallel" else "pair is in any"
        reasons = f": {why(tags)}" if why else "; see the funnel for where they were lost"
        raise UserError(
            f"mixture '{mixture.name}' is empty: no training {lack} of its languages ({', '.join(tags)}){reasons}"
        )
    short = {tag: asked[tag] - there[tag] for tag in tags if there[tag] < asked[tag]}
    if short and mixture.shortage == "error":
        lacking = ", ".join(f"{tag} {there[tag]:,} of {asked[tag]:,}" for tag in short)
        most = sorted(short, key=lambda tag: (-short[tag], tag))[:_EXPLAINED] if lost else []
        reasons = "".join(f"; what was left out in {tag}: {lost(tag)}" for tag in most if lost)
        raise UserError(
            f"mixture '{mixture.name}' cannot be filled: {lacking} training pairs{reasons}; ask for less, add prompts, "
            "or set shortage to accept or redistribute"
        )
    given = {tag: min(asked[tag], there[tag]) for tag in tags}
    while mixture.shortage == "redistribute":
        missing = sum(asked.values()) - sum(given.values())
        room = {tag: there[tag] - given[tag] for tag in tags if there[tag] > given[tag]}
        if not missing or not room:
            break
        for tag, more in share_out(missing, dict.fromkeys(room, 1.0)).items():
            given[tag] += min(more, room[tag])
    if not sum(given.values()):
        shared = ", ".join(f"{tag} {number:,}" for tag, number in asked.items() if number)
        raise UserError(
            f"mixture '{mixture.name}' is empty: its total of {mixture.total:,} is asked of languages without a "
            f"training pair ({shared}); raise total, or set shortage to redistribute"
        )
    return {tag: {"asked": asked[tag], "available": there[tag], "given": given[tag]} for tag in tags}


def _left_out(funnel: Funnel) -> bool:
    return any(outcome in ("rejected", "skipped") for _, outcome, _ in funnel)


def _all_in_test(mixture: Mixture, split: Split, tags: Sequence[str], pairs: int, why: Why | None) -> str:
    of = f"of its languages ({', '.join(tags)})"
    whole = f"the only pair {of} is" if pairs == 1 else f"all {pairs:,} pairs {of} are"
    more = why(tags, pairs, Funnel()) if why else "add prompts"
    return (
        f"mixture '{mixture.name}' is empty: {whole} in the test split; lower its share (now "
        f"Split(test={split.test})), or {more}"
    )


def _lost_of(lost: Lost, mixture: Mixture, counts: Mapping[str, Mapping[str, int]], funnel: Funnel, tag: str) -> str:
    """What keeps pairs of a language from a mixture: left out before, in test, or of prompts that it does not take."""
    reasons = [lost(tag, funnel)]
    if test := counts["test"][tag]:
        reasons.append(f"{test:,} {'pair is' if test == 1 else 'pairs are'} in test")
    if other := counts["train"][tag] - counts["there"][tag]:
        reasons.append(f"prompts='{mixture.prompts}' does not take {other:,} more")
    return ", and ".join(one for one in reasons if one != "nothing") or "nothing"


def _why_empty(mixture: Mixture, train: Mapping[str, int], funnel: Funnel, why: Why, tags: Sequence[str]) -> str:
    """Why a mixture has nothing: its languages have no training pair, or none of a prompt that it takes."""
    without = [tag for tag in tags if not train[tag]]
    if mixture.prompts == "parallel" and not without:
        counts = ", ".join(f"{tag} {train[tag]:,}" for tag in tags)
        return (
            f"they have training pairs ({counts}), but of no prompt one in each; give the translations of a prompt one "
            "group (Fields(group=...)), or take prompts='any'"
        )
    return why(without, 0, funnel)


def _asked(mixture: Mixture, there: Mapping[str, int]) -> dict[str, int]:
    if mixture.per_language is not None:
        return dict.fromkeys(there, mixture.per_language)
    if mixture.total is None:
        return dict(there)
    weights: Mapping[str, float] = dict.fromkeys(there, 1.0)
    if mixture.weights is not None:
        weights = mixture.weights
    elif mixture.alpha is not None:
        # A language without pairs gets no share even at alpha 0, unless no language has any.
        most = max(there.values(), default=0)
        weights = {tag: (n / most) ** mixture.alpha if n else 0.0 for tag, n in there.items()} if most else weights
    return share_out(mixture.total, weights)


def tier_sets(mixtures: Sequence[Mixture], languages: Sequence[str]) -> list[tuple[str, ...]]:
    """The language sets of the distinct (or parallel) mixtures, largest first.

    Args:
        mixtures: all of the build.
        languages: tags of the languages that have a pair.

    Returns:
        sets of tags, each sorted; a set holds or has nothing in common with those after it.

    Raises:
        UserError: two of them overlap without one holding the other, or a build mixes distinct and parallel.
    """
    kinds = {m.prompts: m.name for m in mixtures if m.prompts != "any"}
    if len(kinds) > 1:
        raise UserError(
            f"mixture '{kinds['parallel']}' wants parallel prompts and '{kinds['distinct']}' distinct ones; one build "
            "can do either"
        )
    sets = {_present(m, languages) for m in mixtures if m.prompts != "any"} - {()}
    chain = sorted(sets, key=lambda s: (-len(s), s))
    for i, larger in enumerate(chain):
        for smaller in chain[i + 1 :]:
            if set(smaller) & set(larger) and not set(smaller) <= set(larger):
                raise UserError(
                    f"mixtures with distinct or parallel prompts need nested languages, but {'+'.join(larger)} and "
                    f"{'+'.join(smaller)} overlap; make one contain the other"
                )
    return chain


def _present(mixture: Mixture, languages: Sequence[str]) -> tuple[str, ...]:
    """The languages of a mixture that have a pair: one without any has no say in who gets a prompt."""
    return tuple(tag for tag in sorted(languages) if mixture.languages is None or tag in mixture.languages)


def balance_pairs(
    stage: Stage,
    mixtures: Sequence[Mixture],
    split: Split,
    pairs: str,
    filtered: str,
    index: str,
    buckets: int,
    previous: pa.Table | None,
    scratch: Path,
    why: Why | None = None,
    lost: Lost | None = None,
    shared: SharedOut | None = None,
    row_name: str = "pair",
) -> tuple[Mixtures, Funnel]:
    """Splits, ranks and shares out the kept pairs; writes a part a bucket: pair_id, split, rank (those in a mixture).

    Args:
        stage: where to write.
        mixtures, split: the settings.
        pairs, filtered, index: table expressions of the earlier stages' parts.
        buckets: how many there are.
        previous: released assignment (group_id, split, and prompt_id where known), or None.
        scratch: folder for what does not fit in memory.
        why: says why there is no pair, where none is left.
        lost: says what was left out of a language that has too few.
        shared: how sources share the pairs; None for pairs in the order of their ranks alone.
        row_name: what a row is called where none is left.

    Returns:
        what every mixture has of each language, and the funnel.

    Raises:
        UserError: no pair is left, or a mixture cannot be filled.

    """
    drawn = sql.unit_interval(sql.order_key(split.seed, "'split'", "i.leak_group"))
    con = sql.connect(scratch, reads=[stage.path.parent])
    funnel = Funnel()
    con.execute(
        f"""CREATE TEMP TABLE kept AS
            SELECT p.pair_id, p.prompt_id, p.language, i.group_id, i.leak_group,
                   {"f.length_gap" if split.length_balanced else "NULL"} AS length_gap,
                   {drawn} < {sql.number(split.test)} AS test
            FROM {pairs} p JOIN {filtered} f USING (pair_id) JOIN {index} i USING (prompt_id)
            WHERE f.reason IS NULL"""
    )
    if previous is not None:
        _keep_assignment(con, previous, index, funnel)
    if shared is not None:
        mark_sources(con, shared, pairs)
        cap_sources(con, shared.shares, _order(mixtures, split.seed), funnel)
    if split.length_balanced:
        _balance_lengths(con, split.seed, funnel)
    languages = [row[0] for row in con.execute("SELECT DISTINCT language FROM kept ORDER BY 1").fetchall()]
    if not languages:
        reasons = why(None, 0, funnel) if why else "every one was rejected"
        raise UserError(f"no {row_name} is left to share out: {reasons}")
    wanted = sorted({tag for m in mixtures for tag in (m.languages or languages)} & set(languages))
    _rank_pairs(con, mixtures, split.seed, languages)
    if shared is not None:
        interleave_sources(con, shared.shares, _are_parallel(mixtures))
    available = con.execute(
        "SELECT language, tier, count(*) FILTER (NOT test), count(*) FILTER (test) FROM ranked GROUP BY ALL"
    ).fetchall()
    chain = tier_sets(mixtures, languages)
    report: Mixtures = {}
    limits: dict[str, int] = {}
    for mixture in mixtures:
        tags = sorted(mixture.languages or languages)
        present = _present(mixture, languages)
        top = chain.index(present) if mixture.prompts != "any" and present else len(chain)
        there = {t: sum(n for tag, tier, n, _ in available if tag == t and tier <= top) for t in tags}
        test = {tag: sum(n for t, _, _, n in available if t == tag) for tag in tags}
        train = {tag: sum(n for t, _, n, _ in available if t == tag) for tag in tags}
        if sum(test.values()) and not sum(train.values()) and not _left_out(funnel):
            raise UserError(_all_in_test(mixture, split, tags, sum(test.values()), why))
        rows = quotas(
            mixture,
            there,
            partial(_why_empty, mixture, train, funnel, why) if why else None,
            partial(_lost_of, lost, mixture, {"test": test, "train": train, "there": there}, funnel) if lost else None,
        )
        report[mixture.name] = {tag: Quota(**row, test=test[tag]) for tag, row in rows.items()}
        for tag, row in rows.items():
            limits[tag] = max(limits.get(tag, 0), row["given"])
    con.register("limits", pa.table({"language": list(limits), "most": pa.array(limits.values(), pa.int64())}))
    rows = con.sql(
        f"""SELECT pair_id, CASE WHEN test THEN 'test' ELSE 'train' END AS split, place - 1 AS rank,
                   {sql.bucket("prompt_id", buckets)} AS bucket
            FROM ranked JOIN limits USING (language) WHERE test OR place <= most
            ORDER BY bucket, pair_id"""
    ).to_arrow_reader(100_000)
    sql.write_by_bucket(rows, stage, "ranked", buckets)
    for tag, test, count in con.execute("SELECT language, test, count(*) FROM ranked GROUP BY ALL").fetchall():
        kept = count if test and tag in wanted else min(count, limits.get(tag, 0)) if not test else 0
        funnel[tag, "in", ""] += count
        funnel[tag, "kept", "test" if test else "train"] = kept
        if kept < count:
            funnel[tag, "skipped", "beyond_every_quota" if tag in wanted else "in_no_mixture"] += count - kept
    con.close()
    return report, funnel


def _keep_assignment(con: sql.Connection, previous: pa.Table, index: str, funnel: Funnel) -> None:
    """Gives leak_groups the split that any of their prompts was released with, were that prompt kept again or not.

    Where prompts of both splits have come together, those that were released stay where they are and new ones go: new
    are those whose prompt_id is not in `previous`, or whose group_id is not where it names no prompts.
    """
    con.register("previous", previous)
    known = "prompt_id" if "prompt_id" in previous.column_names else "group_id"
    # A prompt may have come to another group since, a group to another leak_group.
    released_splits = " UNION ALL ".join(
        f"SELECT leak_group, split = 'test' AS test FROM {index} JOIN previous USING ({key})"
        for key in dict.fromkeys((known, "group_id"))
    )
    con.execute(
        f"""CREATE TEMP TABLE assigned AS
            SELECT leak_group, bool_or(test) AS test, bool_or(test) AND NOT bool_and(test) AS torn
            FROM ({released_splits}) GROUP BY leak_group"""
    )
    con.execute(
        f"""CREATE TEMP TABLE settled AS
            SELECT {known}, bool_or(split = 'test') AS test FROM previous GROUP BY {known}"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS
            SELECT k.* REPLACE (coalesce(s.test, a.test, k.test) AS test),
                   coalesce(a.torn, false) AND s.{known} IS NULL AS lost
            FROM kept k LEFT JOIN assigned a USING (leak_group) LEFT JOIN settled s USING ({known})"""
    )
    for tag, count in con.execute("SELECT language, count(*) FROM kept WHERE lost GROUP BY ALL").fetchall():
        funnel[tag, "in", ""] += count
        funnel[tag, "rejected", "joins_groups_of_different_splits"] = count
    con.execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT * EXCLUDE (lost) FROM kept WHERE NOT lost")


def _balance_lengths(con: sql.Connection, seed: int, funnel: Funnel) -> None:
    """Leaves out training pairs of the commoner kind (chosen longer, or shorter) until there are as many of each."""
    key = sql.order_key(seed, "'length'", "pair_id")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS
            SELECT k.*, NOT test AND length_gap <> 0
                        AND row_number() OVER (PARTITION BY language, test, sign(length_gap) ORDER BY {key}, pair_id)
                            > least(count(*) FILTER (length_gap > 0) OVER (PARTITION BY language, test),
                                    count(*) FILTER (length_gap < 0) OVER (PARTITION BY language, test)) AS lost
            FROM kept k"""
    )
    for tag, count in con.execute("SELECT language, count(*) FROM kept WHERE lost GROUP BY ALL").fetchall():
        funnel[tag, "in", ""] += count
        funnel[tag, "skipped", "beyond_length_balance"] = count
    con.execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT * EXCLUDE (lost) FROM kept WHERE NOT lost")


def _are_parallel(mixtures: Sequence[Mixture]) -> bool:
    return any(m.prompts == "parallel" for m in mixtures)


def _order(mixtures: Sequence[Mixture], seed: int) -> str:
    """By what pairs are ranked: where prompts are parallel, all languages have their groups in one order."""
    key = sql.order_key(seed, "pair_id")
    return f"{sql.order_key(seed, 'group_id')}, {key}" if _are_parallel(mixtures) else key


def _rank_pairs(con: sql.Connection, mixtures: Sequence[Mixture], seed: int, languages: Sequence[str]) -> None:
    """Makes the table `ranked`: kept, with its tier and its place (from 1) within language and split.

    The tier is the first set of languages (largest first) in which the pair's group belongs to the pair's language
    (distinct) or has a pair in every language (parallel); pairs of no such set come last. Only one pair of a group and
    language is in a tier.
    """
    chain = tier_sets(mixtures, languages)
    parallel = _are_parallel(mixtures)
    weights = dict.fromkeys(languages, 1.0)
    for mixture in mixtures:
        if mixture.prompts == "distinct" and mixture.weights:
            weights |= mixture.weights
    con.register("weights", pa.table({"language": list(weights), "weight": list(weights.values())}))
    # Weighted rendezvous hashing: the language with the least -ln(u)/w has the group. Leaving languages out changes
    # nothing for the groups of those that stay, which is what makes the tiers nested.
    draw = sql.unit_interval(sql.order_key(seed, "'language'", "group_id", "language"))
    con.execute(
        f"""CREATE TEMP TABLE draws AS SELECT group_id, language, -ln(1 - {draw}) / weight AS draw
            FROM (SELECT DISTINCT group_id, language FROM kept) JOIN weights USING (language)"""
    )
    con.execute("CREATE TEMP TABLE tiers (group_id VARCHAR, language VARCHAR, tier INTEGER)")
    for tier, tags in enumerate(chain):
        inside = f"language IN ({', '.join(sql.quote(tag) for tag in tags)})"
        members = f"SELECT group_id, arg_min(language, (draw, language)) FROM draws WHERE {inside} GROUP BY group_id"
        if parallel:
            members = f"""SELECT group_id, language FROM draws WHERE {inside}
                          QUALIFY count(*) OVER (PARTITION BY group_id) = {sql.number(len(tags))}"""
        con.execute(f"INSERT INTO tiers SELECT *, {sql.number(tier)} FROM ({members})")
    key, order = sql.order_key(seed, "pair_id"), _order(mixtures, seed)
    last = sql.number(len(chain))
    con.execute(
        f"""CREATE TEMP TABLE ranked AS
            SELECT *, row_number() OVER (PARTITION BY language, test ORDER BY tier, {order}, pair_id) AS place
            FROM (SELECT k.*, CASE WHEN row_number() OVER (PARTITION BY k.group_id, k.language ORDER BY {key}) = 1
                                   THEN coalesce(t.tier, {last}) ELSE {last} END AS tier
                  FROM kept k LEFT JOIN (SELECT group_id, language, min(tier) AS tier FROM tiers GROUP BY ALL) t
                    USING (group_id, language))"""
    )
