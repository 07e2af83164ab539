"""Splits, ranks and mixtures: which pairs go where, the same for all mixtures and all later versions.

- A pair's split is a hash of the seed and its leak_group, so a prompt, its translations and its near-copies are in one
  split. A later version starts from the assignment that was released. A language of ten leak_groups of which the hash
  sends none to test has one there all the same (`small_languages`).
- Within language and split, pairs are ranked by a hash. A mixture is a quota a language: a prefix of that ranking, so
  larger quotas contain smaller ones. In a later version pairs that were released stand first, as they stood then
  (`later_versions`).
- The sides of a flip (`flips`) are one unit: ranked one after the other, in one tier, and in a mixture all or none.
- Where a mixture wants its prompts distinct across languages, every group belongs to one of the mixture's languages, by
  weighted rendezvous hashing; the languages of distinct mixtures are nested, so that one ranking serves them all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from ..errors import UserError
from ..files import sql
from ..files.store import Stage
from ..scripting.declared import check_fields, checked_call
from . import later_versions
from .counts import Funnel, Mixtures, NotDrawn, Quota, RankRange
from .flips import FLIPPED, LEFT_WITH_FLIP, count_left, flips_in, mark_flips, settle_quotas
from .later_versions import Taking
from .quotas import Mixture as Mixture
from .quotas import quotas
from .released import ReleasedRows
from .shares import SharedOut, cap_sources, interleave_sources, mark_sources
from .small_languages import give_test_groups

#: Says why languages (None for all) have no training pair, given what was left out when pairs were shared out. Where
#: the pairs that they have, so many, are all in test: how there come to be more.
Why = Callable[[Sequence[str] | None, int, Funnel], str]
#: Says for what reasons rows of a language were left out, given what was when pairs were shared out.
Lost = Callable[[str, Funnel], str]


@checked_call
@dataclass(frozen=True)
class Split:
    """How pairs are divided into train and test.

    Attributes:
        test: share of the leak_groups that go to test; 0 for none. A language that has ten of them or more has one
            there at least, where the earlier release does not have them all in train.
        seed: of the division and of all ranks.
        previous: an earlier release, ORG/NAME@TAG on the Hub or a local folder of it. Its rows stay in their split and
            in their mixtures, in the order of then; new rows stand behind them.
        length_balanced: leaves out training pairs, chosen by hash, until in every language the longer answer is chosen
            as often as the shorter one, so that length predicts nothing.

    """

    test: float = 0.05
    seed: int = 0
    previous: str | None = None
    length_balanced: bool = False
    version: ClassVar[int] = 2

    def __post_init__(self) -> None:
        check_fields(self)
        if not 0 <= self.test < 1:
            raise UserError(f"Split(test={self.test}): the test share must be at least 0 and under 1")
        if self.previous is not None and not self.previous.strip():
            raise UserError(
                f"Split(previous={self.previous!r}): write the folder of an earlier release, or leave it out (None)"
            )


def _left_out(funnel: Funnel) -> bool:
    return any(outcome in ("rejected", "skipped") for _, outcome, _ in funnel)


def _all_in_test(mixture: Mixture, split: Split, tags: Sequence[str], rows: int, row_name: str, why: Why | None) -> str:
    of = f"of its languages ({', '.join(tags)})"
    whole = f"the only {row_name} {of} is" if rows == 1 else f"all {rows:,} {row_name}s {of} are"
    more = why(tags, rows, Funnel()) if why else "add prompts"
    return (
        f"mixture '{mixture.name}' is empty: {whole} in the test split; lower its share (now "
        f"Split(test={split.test})), or {more}"
    )


def _lost_of(
    lost: Lost,
    mixture: Mixture,
    counts: Mapping[str, Mapping[str, int]],
    funnel: Funnel,
    row_name: str,
    tag: str,
) -> str:
    """What keeps rows of a language from a mixture: left out before, in test, or of prompts that it does not take."""
    reasons = [lost(tag, funnel)]
    if test := counts["test"][tag]:
        reasons.append(f"{test:,} {row_name}{' is' if test == 1 else 's are'} in test")
    if other := counts["train"][tag] - counts["there"][tag]:
        reasons.append(f"prompts='{mixture.prompts}' does not take {other:,} more")
    return ", and ".join(one for one in reasons if one != "nothing") or "nothing"


def _why_empty(
    mixture: Mixture, train: Mapping[str, int], funnel: Funnel, why: Why, row_name: str, tags: Sequence[str]
) -> str:
    """Why a mixture has nothing: its languages have no training row, or none of a prompt that it takes."""
    without = [tag for tag in tags if not train[tag]]
    if mixture.prompts == "parallel" and not without:
        counts = ", ".join(f"{tag} {train[tag]:,}" for tag in tags)
        return (
            f"they have training {row_name}s ({counts}), but of no prompt one in each; give the translations of a "
            "prompt one group (Fields(group=...)), or take prompts='any'"
        )
    return why(without, 0, funnel)


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


@dataclass(frozen=True)
class Balanced:
    """What became of the pairs.

    Attributes:
        mixtures: what every mixture has of each language.
        funnel: what was counted.
        ranges: of a later version which ranks are in which mixtures; None where every mixture has the first ranks.
        notes: of a later version what took the places of rows that are gone, a sentence a mixture.
        not_drawn: languages of whose leak_groups the hash draws none for test.
    """

    mixtures: Mixtures
    funnel: Funnel
    ranges: list[RankRange] | None = None
    notes: list[str] = field(default_factory=list)
    not_drawn: list[NotDrawn] = field(default_factory=list)


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
    released: ReleasedRows | None = None,
    completions: Sequence[Path] = (),
) -> Balanced:
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
        row_name: what a row is called.
        released: the rows of the earlier release, which keep their order and their mixtures; None for none.
        completions: files with the answers; without them no flips are looked for.

    Returns:
        what every mixture has of each language, and what was counted.

    Raises:
        UserError: no pair is left, or a mixture cannot be filled.

    """
    drawn = sql.unit_interval(sql.order_key(split.seed, "'split'", "i.leak_group"))
    con = sql.connect(scratch, reads=[stage.path.parent])
    funnel = Funnel()
    con.execute(
        f"""CREATE TEMP TABLE kept AS
            SELECT p.pair_id, p.pair_id AS unit, p.prompt_id, p.language, i.group_id, i.leak_group,
                   {"f.length_gap" if split.length_balanced else "NULL"} AS length_gap,
                   {drawn} < {sql.number(split.test)} AS drawn, drawn AS test
            FROM {pairs} p JOIN {filtered} f USING (pair_id) JOIN {index} i USING (prompt_id)
            WHERE f.reason IS NULL"""
    )
    if previous is not None:
        later_versions.keep_assignment(con, previous, index, funnel)
    mark_flips(con, pairs, index, completions)
    later_versions.mark_released(con, released)
    if shared is not None:
        mark_sources(con, shared, pairs)
        cap_sources(con, shared.shares, f"old_rank IS NULL, {_order(mixtures, split.seed)}", funnel)
    # Of what is left of each language, and before pairs of train alone are left out.
    not_drawn = give_test_groups(con, split.seed, later=previous is not None) if split.test else []
    if split.length_balanced:
        _balance_lengths(con, split.seed, funnel)
    languages = [row[0] for row in con.execute("SELECT DISTINCT language FROM kept ORDER BY 1").fetchall()]
    if not languages:
        reasons = why(None, 0, funnel) if why else "every one was rejected"
        raise UserError(f"no {row_name} is left to share out: {reasons}")
    wanted = sorted({tag for m in mixtures for tag in (m.languages or languages)} & set(languages))
    chain = tier_sets(mixtures, languages)
    tops = {m.name: _top(m, chain, languages) for m in mixtures}
    later_versions.mark_tiers(con, released, {name: top for name, top in tops.items() if top < len(chain)})
    _rank_pairs(con, mixtures, split.seed, languages)
    if shared is not None:
        interleave_sources(con, shared.shares, _are_parallel(mixtures))
    available = con.execute(
        "SELECT language, tier, count(*) FILTER (NOT test), count(*) FILTER (test) FROM ranked GROUP BY ALL"
    ).fetchall()
    asked: dict[str, dict[str, dict[str, int]]] = {}
    tests: dict[str, dict[str, int]] = {}
    for mixture in mixtures:
        tags = sorted(mixture.languages or languages)
        top = tops[mixture.name]
        there = {t: sum(n for tag, tier, n, _ in available if tag == t and tier <= top) for t in tags}
        test = {tag: sum(n for t, _, _, n in available if t == tag) for tag in tags}
        train = {tag: sum(n for t, _, n, _ in available if t == tag) for tag in tags}
        if sum(test.values()) and not sum(train.values()) and not _left_out(funnel):
            raise UserError(_all_in_test(mixture, split, tags, sum(test.values()), row_name, why))
        asked[mixture.name], tests[mixture.name] = (
            quotas(
                mixture,
                there,
                partial(_why_empty, mixture, train, funnel, why, row_name) if why else None,
                partial(_lost_of, lost, mixture, {"test": test, "train": train, "there": there}, funnel, row_name)
                if lost
                else None,
                later_versions.held_pairs(con, released, mixture.name, tags, top) if released else None,
                row_name,
            ),
            test,
        )
    growth = None
    if released is None:
        _settle_flips(con, asked, tops)
        limits = _most_given(asked)
        most = pa.table({"language": list(limits), "most": pa.array(limits.values(), pa.int64())})
        con.register("limits", most)
        placed = "SELECT ranked.* FROM ranked JOIN limits USING (language) WHERE test OR place <= most"
    else:
        takings = [
            Taking(m.name, tops[m.name], m.prompts, {tag: row["given"] for tag, row in asked[m.name].items()})
            for m in mixtures
        ]
        growth = later_versions.place_pairs(con, released, takings, split.seed)
        limits, placed = growth.training, "SELECT * FROM placed"
        for number, mixture in enumerate(mixtures):
            for tag, row in asked[mixture.name].items():
                row["given"] = growth.given.get((number, tag), 0)
    _refuse_torn(mixtures, asked, row_name)
    report: Mixtures = {
        name: {tag: Quota(**row, test=tests[name][tag]) for tag, row in rows.items()} for name, rows in asked.items()
    }
    rows = con.sql(
        f"""SELECT pair_id, CASE WHEN test THEN 'test' ELSE 'train' END AS split, place - 1 AS rank,
                   {sql.bucket("prompt_id", buckets)} AS bucket
            FROM ({placed}) ORDER BY bucket, pair_id"""
    ).to_arrow_reader(100_000)
    sql.write_by_bucket(rows, stage, "ranked", buckets)
    gone = {} if growth is None else count_left(con)
    for tag, test, count in con.execute("SELECT language, test, count(*) FROM ranked GROUP BY ALL").fetchall():
        kept = count if test and tag in wanted else min(count, limits.get(tag, 0)) if not test else 0
        funnel[tag, "in", ""] += count
        funnel[tag, "kept", "test" if test else "train"] = kept
        left = 0 if test or tag not in wanted else gone.get(tag, 0)
        if left:
            funnel[tag, "skipped", LEFT_WITH_FLIP] = left
        if beyond := count - kept - left:
            funnel[tag, "skipped", "beyond_every_quota" if tag in wanted else "in_no_mixture"] += beyond
    for tag, count in flips_in(con, placed).items():
        funnel[tag, FLIPPED, ""] = count
    con.close()
    if growth is None:
        return Balanced(report, funnel, not_drawn=not_drawn)
    return Balanced(report, funnel, growth.ranges, growth.notes, not_drawn)


def _settle_flips(con: sql.Connection, asked: Mapping[str, dict[str, dict[str, int]]], tops: Mapping[str, int]) -> None:
    """Has no quota end between the sides of a flip, and says what each gives then."""
    reach: dict[str, dict[int, int]] = {}
    for rows in asked.values():
        for tag, row in rows.items():
            mixtures = [(own[tag]["given"], tops[name]) for name, own in asked.items() if tag in own]
            reach.setdefault(tag, {})[row["given"]] = min(top for most, top in mixtures if most >= row["given"])
    settled = settle_quotas(con, reach)
    for rows in asked.values():
        for tag, row in rows.items():
            row["given"] = settled.get((tag, row["given"]), row["given"])


def _refuse_torn(
    mixtures: Sequence[Mixture], asked: Mapping[str, Mapping[str, Mapping[str, int]]], row_name: str
) -> None:
    """Refuses what cannot be filled since the sides of a flip go together.

    Raises:
        UserError: a mixture has room for a part of a flip alone, or is to have no fewer than it asks for and has.
    """
    for mixture in mixtures:
        rows = asked[mixture.name]
        if not any(row["given"] for row in rows.values()):
            raise UserError(
                f"mixture '{mixture.name}' is empty: it asks for fewer {row_name}s than the same two answers have, of "
                "which criteria prefer now one and now the other, and these go together; ask for more of each language"
            )
        short = [
            f"{tag} {row['given']:,} of {row['asked']:,}" for tag, row in rows.items() if row["given"] < row["asked"]
        ]
        if short and mixture.shortage == "error":
            raise UserError(
                f"mixture '{mixture.name}' cannot be filled: {', '.join(short)} training {row_name}s, as what is left "
                "are more sides of the same two answers than it has room for, of which criteria prefer now one and now "
                "the other, and these go together; ask for another number, or set shortage to accept"
            )


def _most_given(asked: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, int]:
    most: dict[str, int] = {}
    for rows in asked.values():
        for tag, row in rows.items():
            most[tag] = max(most.get(tag, 0), row["given"])
    return most


def _top(mixture: Mixture, chain: Sequence[tuple[str, ...]], languages: Sequence[str]) -> int:
    """The last tier that a mixture takes pairs of: that of its own languages, or the last of all."""
    present = _present(mixture, languages)
    return chain.index(present) if mixture.prompts != "any" and present else len(chain)


def _balance_lengths(con: sql.Connection, seed: int, funnel: Funnel) -> None:
    """Leaves out training pairs of the commoner kind (chosen longer, or shorter) until there are as many of each.

    Sides of flips stay: they are as many of the one kind as of the other, mostly, and others make up for the rest.
    """
    key = sql.order_key(seed, "'length'", "pair_id")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS
            SELECT k.*, NOT test AND length_gap <> 0 AND unit = pair_id
                        AND row_number() OVER (PARTITION BY language, test, sign(length_gap)
                                               ORDER BY unit = pair_id, old_rank IS NULL, {key}, pair_id)
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
    """By what new pairs are ranked: where prompts are parallel, all languages have their groups in one order."""
    key = sql.order_key(seed, "unit")
    return f"{sql.order_key(seed, 'group_id')}, {key}" if _are_parallel(mixtures) else key


def _rank_pairs(con: sql.Connection, mixtures: Sequence[Mixture], seed: int, languages: Sequence[str]) -> None:
    """Makes the table `ranked`: kept, with its tier and its place (from 1) within language and split.

    The tier is the first set of languages (largest first) in which the pair's group belongs to the pair's language
    (distinct) or has a pair in every language (parallel); pairs of no such set come last. Only one pair of a group and
    language is in a tier, or one flip: for parallel prompts one that has as many sides in every language.
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
        f"""CREATE TEMP TABLE draws AS SELECT group_id, language, -ln(1 - {draw}) / weight AS draw, held
            FROM (SELECT group_id, language, min(coalesce(tier, 1000)) AS held
                  FROM kept LEFT JOIN held_tiers ON file = old_file GROUP BY ALL) JOIN weights USING (language)"""
    )
    key, order = sql.order_key(seed, "unit"), _order(mixtures, seed)
    if parallel:
        con.execute(
            f"""CREATE TEMP TABLE sizes AS
                SELECT group_id, language, arg_min(size, (coalesce(tier, 1000), key)) AS size
                FROM (SELECT group_id, language, tier, {key} AS key, count(*) OVER (PARTITION BY unit) AS size
                      FROM kept LEFT JOIN held_tiers ON file = old_file) GROUP BY ALL"""
        )
    con.execute("CREATE TEMP TABLE tiers (group_id VARCHAR, language VARCHAR, tier INTEGER)")
    for tier, tags in enumerate(chain):
        inside = f"language IN ({', '.join(sql.quote(tag) for tag in tags)})"
        members = (
            f"SELECT group_id, arg_min(language, (held, draw, language)) FROM draws WHERE {inside} GROUP BY group_id"
        )
        if parallel:
            members = f"""SELECT group_id, language FROM draws JOIN sizes USING (group_id, language) WHERE {inside}
                          QUALIFY count(*) OVER (PARTITION BY group_id) = {sql.number(len(tags))}
                                  AND min(size) OVER (PARTITION BY group_id) = max(size) OVER (PARTITION BY group_id)"""
        con.execute(f"INSERT INTO tiers SELECT *, {sql.number(tier)} FROM ({members})")
    last = sql.number(len(chain))
    con.execute(
        f"""CREATE TEMP TABLE ranked AS
            SELECT *, row_number() OVER (PARTITION BY language, test
                                         ORDER BY old_rank NULLS LAST, tier, {order}, pair_id) AS place
            FROM (SELECT k.*, CASE WHEN k.unit = first_value(k.unit) OVER (PARTITION BY k.group_id, k.language
                                                                           ORDER BY coalesce(h.tier, 1000), {key})
                                   THEN coalesce(t.tier, {last}) ELSE {last} END AS tier
                  FROM kept k LEFT JOIN held_tiers h ON h.file = k.old_file
                  LEFT JOIN (SELECT group_id, language, min(tier) AS tier FROM tiers GROUP BY ALL) t
                    USING (group_id, language))"""
    )
