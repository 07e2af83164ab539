"""What tests of splits, ranks and mixtures share: pairs made up, balanced and read back."""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from polypref import schema
from polypref.files import sql
from polypref.files.store import Stage
from polypref.stages.balance import Mixture, Split, balance_pairs
from polypref.stages.counts import Funnel, Mixtures, NotDrawn, RankRange
from polypref.stages.released import ReleasedRows
from polypref.stages.shares import BEYOND, SharedOut, SourceShares

LANGUAGES = ("ar", "el", "ja", "uk", "zh")
BUCKETS = 3


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@dataclass(frozen=True)
class Row:
    """A pair as balance sees it; `leak` is the leak_group, the group itself where not given.

    `won` and `lost` are its answers, where flips are looked for; prompts of one leak_group and language ask the same.
    """

    group: str
    language: str
    leak: str = ""
    prompt: int = 0
    pair: int = 0
    reason: str | None = None
    won: str = ""
    lost: str = ""

    @property
    def prompt_id(self) -> str:
        return md5(f"{self.group} {self.language} {self.prompt}")

    @property
    def pair_id(self) -> str:
        return md5(f"{self.prompt_id} {self.pair}")

    @property
    def leak_group(self) -> str:
        return self.leak or self.group


@dataclass(frozen=True)
class Shared:
    """What balance made of rows: pair_id -> (split, rank), its report and funnel, and the bytes of the parts."""

    rows: tuple[Row, ...]
    ranked: dict[str, tuple[str, int]]
    mixtures: Mixtures
    funnel: Funnel
    parts: list[bytes]
    ranges: list[RankRange] | None = None
    notes: Sequence[str] = ()
    not_drawn: Sequence[NotDrawn] = ()

    def split(self, row: Row) -> str | None:
        """The split a row is in; None when it is in no mixture."""
        return self.ranked.get(row.pair_id, (None, 0))[0]

    def train(self, mixture: str) -> dict[str, set[Row]]:
        """language -> the training rows of a mixture, each of which has the first ranks."""
        rows_of: dict[str, set[Row]] = {tag: set() for tag in self.mixtures[mixture]}
        for row in self.rows:
            split, rank = self.ranked.get(row.pair_id, ("", 0))
            quota = self.mixtures[mixture].get(row.language)
            if split == "train" and quota and rank < quota.given:
                rows_of[row.language].add(row)
        return rows_of


def share(
    rows: Iterable[Row],
    mixtures: Sequence[Mixture] = (Mixture("all"),),
    split: Split | None = None,
    previous: pa.Table | None = None,
    mix: int = 0,
    shares: SourceShares | None = None,
    sources: Mapping[str, Sequence[str]] | None = None,
    earlier: ReleasedRows | None = None,
) -> Shared:
    """Writes the parts of the stages before, runs balance on them and reads what it wrote.

    `sources`: group -> the sources in which its prompts stand; the builder's are all of these, in order of their names.
    """
    rows = tuple(dict.fromkeys(rows))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_parts(root, rows, mix)
        out = SharedOut(shares, write_prompts(root, rows, sources or {}), _raters(sources or {})) if shares else None
        (root / "balance").mkdir()
        stage = Stage(root / "balance", "")
        tables = (sql.parquet(root / f"{name}-*.parquet") for name in ("pairs", "filtered", "index"))
        split = split or Split(0.3)
        given = (stage, mixtures, split, *tables, BUCKETS, previous, root / "scratch")
        answers = sorted(root.glob("completions-*.parquet"))
        balanced = balance_pairs(*given, shared=out, released=earlier, completions=answers)
        ranked, prompts = {}, {row.pair_id: row.prompt_id for row in rows}
        parts = stage.parts("ranked")
        assert len(parts) == BUCKETS
        for number, part in enumerate(parts):
            for r in pq.read_table(part).to_pylist():
                assert r["pair_id"] not in ranked, "a pair is there twice"
                ranked[r["pair_id"]] = (r["split"], r["rank"])
                assert int(prompts[r["pair_id"]][:8], 16) % BUCKETS == number
        content = [part.read_bytes() for part in parts]
        own = balanced.mixtures, balanced.funnel, content, balanced.ranges, balanced.notes, balanced.not_drawn
        return Shared(rows, ranked, *own)


def write_parts(root: Path, rows: Sequence[Row], mix: int) -> None:
    rows = list(rows)
    random.Random(mix).shuffle(rows)
    for number in (0, 1):
        some = rows[number::2]
        ids = [{"pair_id": r.pair_id, "language": r.language} for r in some]
        sides = [{"chosen_id": answer_id(r, r.won), "rejected_id": answer_id(r, r.lost)} for r in some]
        pairs = [d | s | {"prompt_id": r.prompt_id, "rater": ""} for d, s, r in zip(ids, sides, some, strict=True)]
        verdicts = [d | {"flags": [], "reason": r.reason} for d, r in zip(ids, some, strict=True)]
        pq.write_table(pa.Table.from_pylist(pairs, schema.PAIRS), root / f"pairs-{number}.parquet")
        pq.write_table(pa.Table.from_pylist(verdicts, schema.FILTERED), root / f"filtered-{1 - number}.parquet")
        prompts = {r.prompt_id: r for r in rows if int(r.prompt_id, 16) % 2 == number}
        names = ("prompt_id", "language", "group_id", "leak_group", "spoken")
        prompt_rows = [(p, r.language, r.group, r.leak_group, r.leak_group) for p, r in sorted(prompts.items())]
        index = [pa.array([f[i] for f in prompt_rows], pa.string()) for i in range(5)]
        pq.write_table(pa.table(index, names=names), root / f"index-{number}.parquet")
        if answered := [(r, text) for r in some for text in (r.won, r.lost) if text]:
            texts = [{"completion_id": answer_id(r, text), "text": text} for r, text in answered]
            pq.write_table(pa.Table.from_pylist(texts), root / f"completions-{number}.parquet")


def answer_id(row: Row, text: str) -> str:
    """The id of an answer; empty for none."""
    return md5(f"{row.prompt_id} {text}") if text else ""


def write_prompts(root: Path, rows: Sequence[Row], sources: Mapping[str, Sequence[str]]) -> list[Path]:
    """A row for each time that a prompt stands in a source, as it was read."""
    every = sorted({(r.prompt_id, name) for r in rows for name in sources[r.group]})
    blank = {"revision": "", "licence": ""}
    of_prompts = [{"prompt_id": prompt, "sources": [blank | {"name": name}]} for prompt, name in every]
    form = pa.schema([("prompt_id", pa.string()), ("sources", pa.list_(schema.SOURCE))])
    for number in (0, 1):
        pq.write_table(pa.Table.from_pylist(of_prompts[number::2], form), root / f"prompts-{number}.parquet")
    return sorted(root.glob("prompts-*.parquet"))


def _raters(sources: Mapping[str, Sequence[str]]) -> dict[str, str]:
    # As `write_parts` calls them.
    return dict.fromkeys(sorted({name for names in sources.values() for name in names}), "")


def complete(groups: int, languages: Sequence[str] = LANGUAGES) -> list[Row]:
    """So many groups, each with a pair in every language."""
    return [Row(f"g{n:04}", tag) for n in range(groups) for tag in languages]


@st.composite
def worlds(draw: st.DrawFn, languages: Sequence[str] = LANGUAGES) -> list[Row]:
    """Groups in some languages, some with several prompts and pairs, some leaking into others, some pairs rejected."""
    group = st.tuples(st.integers(0, 9), st.sets(st.sampled_from(languages), min_size=1), st.integers(0, 7))
    rows = [Row("anchor", languages[0])]
    for n, (leak, tags, more) in enumerate(draw(st.lists(group, min_size=5, max_size=25))):
        for tag in sorted(tags):
            base = Row(f"g{n:02}", tag, f"leak{leak}" if leak < 5 else "")
            rows.append(base)
            rows += [replace(base, pair=1)] if more & 1 else []
            rows += [replace(base, prompt=1)] if more & 2 else []
            rows += [replace(base, prompt=2, reason="repetition")] if more & 4 else []
    return rows


def is_drawn(leak_group: str, split: Split) -> bool:
    """Whether the hash sends a leak_group to test."""
    return int(md5(f"{split.seed}:split:{leak_group}")[:13], 16) / 2**52 < split.test


def groups_in_test(rows: Iterable[Row], split: Split) -> set[str]:
    """The leak_groups in test by the rule as docs/concepts.md has it, of pairs that no earlier version released."""
    groups: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.reason is None:
            groups[row.language].add(row.leak_group)
    test = {one for own in groups.values() for one in own if is_drawn(one, split)}
    while split.test:
        last = {one for own in groups.values() if len(own - test) == 1 for one in own - test}
        untested = [own - last for own in groups.values() if len(own) >= 10 and not own & test and own - last]
        if not untested:
            break
        test.add(max(min((md5(f"{split.seed}:split:{one}"), one) for one in own) for own in untested)[1])
    return test


def check(shared: Shared, split: Split) -> None:
    """What holds for every result, whatever the mixtures."""
    kept = [row for row in shared.rows if row.reason is None]
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    sides: dict[str, set[str]] = defaultdict(set)
    in_test = groups_in_test(shared.rows, split)
    capped = any(reason == BEYOND for _, _, reason in shared.funnel)  # the rule goes by what is left then
    for row in shared.rows:
        if row.pair_id in shared.ranked:
            assert row.reason is None
            name, rank = shared.ranked[row.pair_id]
            places[row.language, name].append(rank)
            sides[row.leak_group].add(name)
            assert capped or name == ("test" if row.leak_group in in_test else "train")
            assert name == "test" or not is_drawn(row.leak_group, split)
    assert all(len(names) == 1 for names in sides.values()), "a leak_group is in two splits"
    assert all(sorted(ranks) == list(range(len(ranks))) for ranks in places.values())
    for quota in shared.mixtures.values():
        for tag, row in quota.items():
            assert 0 <= row.given <= row.available
            assert row.given <= len(places[tag, "train"]) and row.test == len(places[tag, "test"])
    for (tag, name), ranks in places.items():
        most = max((q[tag].given for q in shared.mixtures.values() if tag in q), default=0)
        assert name == "test" or len(ranks) == most, "a row of no mixture is written"
    check_funnel(shared, Counter(row.language for row in kept))


def check_funnel(shared: Shared, kept: Mapping[str, int]) -> None:
    """In is kept and rejected and skipped, for every language."""
    for tag, count in kept.items():
        by_outcome = Counter[str]()
        for (language, outcome, _), rows in shared.funnel.items():
            by_outcome[outcome] += rows if language == tag else 0
        assert by_outcome["in"] == count == sum(by_outcome[o] for o in ("kept", "rejected", "skipped"))
        for name in ("train", "test"):
            written = sum(shared.split(row) == name for row in shared.rows if row.language == tag)
            assert shared.funnel[tag, "kept", name] == written
    assert {language for language, _, _ in shared.funnel} == {tag for tag, count in kept.items() if count}
