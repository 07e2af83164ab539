"""Builder: a declared dataset, and the walk through the stages that turns it into ranked pairs.

A builder script defines `Params`, a frozen dataclass whose fields become command-line options (`field(metadata={"help":
...})`), and `build(params) -> Builder`. Nothing runs when a script is loaded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version as package_version
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from . import __version__, languages, progress, sql
from . import review as reviewing
from .errors import UserError
from .script import place
from .stages import balance as balancing
from .stages import parts, pool
from .stages.balance import Mixture, Split
from .stages.engine import Local
from .stages.filters import Filter
from .stages.filters.defaults import default_chain
from .stages.index import Prompts, build_index
from .stages.pair import PairRule, language_units
from .stages.pool import Funnel, funnel_rows
from .stages.rate import Rater, RelevanceRater, SourceRater
from .stages.sources import Source
from .store import Stage, Store, plain

#: Raised when what a stage computes changes.
VERSIONS = {"read": 2, "index": 1, "rate": 1, "pair": 1, "review": 1, "filter": 2, "balance": 1}
_PROMPTS_FOR_WEIGHTS = 1_000


@dataclass(frozen=True)
class Builder:
    """A dataset, declared.

    Attributes:
        name: the dataset's name.
        version: its semantic version.
        card: file name of its card's prose in dataset_cards/.
        sources: where prompts and answers come from.
        mixtures: the configs of the release; the first is the default one.
        prompts: how near-copies of prompts and contaminated prompts are found.
        rater: whose scores or verdicts decide.
        pairs: how chosen and rejected are picked.
        filters: the chain, in order.
        split: train and test.
        languages: tags; None for every language of the sources.
        evaluation_set: the data is an evaluation set: nothing of it may be released for training.
        review: a decisions file of `polypref review import`: pairs that people relabelled or removed.
        licences: model or translator -> licence, where the source does not say.
        notes: sentences for the card that a reader must see (machine-written parts, known limits).
        max_bad: share of a source's rows that may be unusable before the build stops.

    """

    name: str
    version: str
    card: str
    sources: tuple[Source, ...]
    mixtures: tuple[Mixture, ...]
    prompts: Prompts = field(default_factory=Prompts)
    rater: Rater = field(default_factory=SourceRater)
    pairs: PairRule = field(default_factory=PairRule)
    filters: tuple[Filter, ...] = field(default_factory=default_chain)
    split: Split = field(default_factory=Split)
    languages: tuple[str, ...] | None = None
    evaluation_set: bool = False
    review: str | None = None
    licences: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    max_bad: float = 0.05

    def __post_init__(self) -> None:
        names = [m.name for m in self.mixtures]
        if not names or len(set(names)) < len(names):
            raise UserError(f"builder '{self.name}' needs mixtures, each with a name of its own; it has {names}")
        numbers = self.version.split(".")
        if len(numbers) != 3 or not all(n.isdecimal() for n in numbers):
            raise UserError(f"builder '{self.name}': version '{self.version}' is not of the form 1.2.3")
        named = [mixture for mixture in self.mixtures if mixture.languages]
        balancing.tier_sets(named, sorted({tag for mixture in named for tag in mixture.languages or ()}))
        for tag in {*(self.languages or ()), *(t for m in self.mixtures for t in m.languages or ())}:
            languages.get(tag)

    def narrowed(self, tags: Sequence[str] | None, mixtures: Sequence[str]) -> "Builder":
        """The same builder for some of its languages or mixtures.

        Raises:
            UserError: an unknown language or mixture, or a mixture that has none of the languages.

        """
        known = {m.name: m for m in self.mixtures}
        for name in mixtures:
            if name not in known:
                raise UserError(f"builder '{self.name}' has no mixture '{name}'; it has {', '.join(known)}")
        kept = [known[name] for name in mixtures] or list(self.mixtures)
        if tags is None:
            return replace(self, mixtures=tuple(kept))
        wanted = tuple(sorted(languages.get(tag).tag for tag in tags))
        cut = []
        for mixture in kept:
            inside = None if mixture.languages is None else tuple(t for t in mixture.languages if t in wanted)
            if inside != ():
                weights = mixture.weights and {t: w for t, w in mixture.weights.items() if t in wanted}
                cut.append(replace(mixture, languages=inside, weights=weights))
        if not cut:
            raise UserError(f"no mixture has any of the languages {', '.join(wanted)}; choose others")
        return replace(self, languages=wanted, mixtures=tuple(cut))


@dataclass(frozen=True)
class Built:
    """A finished walk: where the pairs are and what is known of them.

    Attributes:
        builder: what was built.
        buckets: number of buckets.
        read, index, pair, filtered, ranked: the stages' folders.
        funnel: rows of {stage, unit, language, outcome, reason, rows}.
        mixtures: name -> language -> {asked, available, given, test}.
        settings: everything that steered the build, for provenance.

    """

    builder: Builder
    buckets: int
    read: Stage
    index: Stage
    pair: Stage
    filtered: Stage
    ranked: Stage
    funnel: list[dict[str, Any]]
    mixtures: dict[str, dict[str, dict[str, int]]]
    settings: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """Stands for all that went into the pairs."""
        return self.ranked.fingerprint


def run(
    builder: Builder, store: Store, engine: Local | None = None, limit: int | None = None, quiet: bool = False
) -> Built:
    """Walks a builder through its stages, making only what is not made yet.

    Args:
        builder: the declared dataset.
        store: its working folder.
        engine: what runs the parts of row-wise stages.
        limit: at most so many prompts a language.
        quiet: show no progress.

    Raises:
        UserError: bad input, a mixture that cannot be filled, a disk that is full.

    """
    walk = _Walk(builder, store, engine or Local(), limit, quiet)
    with sql.disk_errors(store.root):
        read, buckets = walk.read()
        index = walk.index(read, buckets)
        rated = walk.rate(read, index, buckets)
        pair = walk.review(walk.pair(read, index, rated, buckets), buckets)
        filtered = walk.filter(read, index, pair, buckets)
        ranked, mixtures = walk.balance(index, pair, filtered, buckets)
    return Built(builder, buckets, read, index, pair, filtered, ranked, walk.funnel, mixtures, walk.settings())


def portable(value: Any) -> Any:
    """Settings as plain values, with paths of local files cut to their last part: a copy elsewhere is equal."""

    def short(one: Any) -> Any:
        if isinstance(one, dict):
            return {
                k: Path(v).name if k in ("path", "previous") and isinstance(v, str) else short(v)
                for k, v in one.items()
            }
        return [short(v) for v in one] if isinstance(one, list) else one

    return short(plain(value))


class _Walk:
    """The stages of one run, each a method; what they share is the builder, the store and the funnel so far."""

    def __init__(self, builder: Builder, store: Store, engine: Local, limit: int | None, quiet: bool) -> None:
        self.builder, self.store, self.engine, self.limit, self.quiet = builder, store, engine, limit, quiet
        self.funnel: list[dict[str, Any]] = []
        self.scratch = store.root / "scratch"

    def settings(self) -> dict[str, Any]:
        """What steered the run."""
        return {"builder": self.builder, "limit": self.limit, "versions": VERSIONS}

    def _stage(self, name: str, settings: Any, inputs: Any) -> Stage:
        return self.store.stage(name, VERSIONS[name], portable(settings), portable(inputs))

    def _close(self, stage: Stage, name: str, unit: str, funnel: Funnel, **more: Any) -> None:
        stage.finish({"funnel": [{"stage": name, "unit": unit, **row} for row in funnel_rows(funnel)], **more})

    def _done(self, stage: Stage) -> Stage:
        self.funnel += (stage.done or {})["funnel"]
        return stage

    def _parts(
        self,
        name: str,
        stage: Stage,
        table: str,
        function: Callable[..., int],
        jobs: list[tuple[Any, ...]],
        reads: tuple[Stage, str],
    ) -> None:
        """Runs the jobs whose part is missing; `reads` says whose rows the progress bar counts."""
        todo = [job for job in jobs if not stage.part(table, job[-1]).exists()]
        total = sum(rows_of_bucket(*reads, job[-1]) for job in todo)
        with progress.stage(name, total, quiet=self.quiet) as advance:
            for rows in self.engine.run(function, todo):
                advance(rows)

    def read(self) -> tuple[Stage, int]:
        jobs = pool.read_jobs(self.builder.sources, self.store)
        buckets = pool.bucket_count(jobs)
        wanted = None if self.builder.languages is None else frozenset(self.builder.languages)
        inputs = [(job.source, [p.name for p in job.files], job.digest) for job in jobs]
        stage = self._stage("read", (buckets, None if wanted is None else sorted(wanted)), inputs)
        if stage.done is None:
            todo = [
                (stage, number, job, buckets, wanted, self.builder.max_bad)
                for number, job in enumerate(jobs)
                if not (stage.path / f"job-{number:05d}.json").exists()
            ]
            with progress.stage("read", None, quiet=self.quiet) as advance:
                for rows in self.engine.run(pool.read_job, todo):
                    advance(rows)
            self._close(stage, "read", "rows", pool.check_bad_share(stage, jobs, self.builder.max_bad))
        elif self.builder.max_bad < 1:
            pool.check_bad_share(stage, jobs, self.builder.max_bad)
        return self._done(stage), buckets

    def index(self, read: Stage, buckets: int) -> Stage:
        prompts = self.builder.prompts
        settings = (self.builder.split.seed, self.limit, prompts, prompts.version)
        stage = self._stage("index", settings, [read.fingerprint, *prompts.digests(self.store)])
        if stage.done is None:
            if not list(read.path.glob("prompts-*.parquet")):
                tags = ", ".join(self.builder.languages or ()) or "any language"
                raise UserError(f"no source has a usable prompt in {tags}; check --languages and the language columns")
            with progress.stage("index", None, quiet=self.quiet) as advance:
                seed = self.builder.split.seed
                funnel = build_index(stage, read, buckets, seed, self.limit, prompts, self.scratch)
                advance(sum(rows for (_, outcome, _), rows in funnel.items() if outcome == "in"))
            self._close(stage, "index", "prompts", funnel)
        return self._done(stage)

    def rate(self, read: Stage, index: Stage, buckets: int) -> Stage | None:
        rater = self.builder.rater
        if isinstance(rater, SourceRater):
            return None
        stage = self._stage("rate", (rater, rater.version), [read.fingerprint, index.fingerprint])
        if stage.done is None:
            weights = self._weights(rater, read) if isinstance(rater, RelevanceRater) else None
            jobs = [(stage, read, index, rater, weights, number) for number in range(buckets)]
            self._parts("rate", stage, "ratings", parts.rate_part, jobs, (read, "completions"))
            self._close(stage, "rate", "answers", Funnel())
        return self._done(stage)

    def _weights(self, rater: RelevanceRater, read: Stage) -> dict[str, Any]:
        con = sql.connect(self.scratch)
        rows = con.execute(
            f"""SELECT language, list_aggregate(list_transform(prompt, lambda m: m.content), 'string_agg', ' ')
                FROM {sql.parquet(read.path / "prompts-*.parquet")}
                QUALIFY row_number() OVER (PARTITION BY language ORDER BY prompt_id) <= {_PROMPTS_FOR_WEIGHTS}"""
        ).fetchall()
        texts: dict[str, list[str]] = {}
        for language, text in rows:
            texts.setdefault(language, []).append(text)
        return {language: rater.fit(found) for language, found in texts.items()}

    def pair(self, read: Stage, index: Stage, rated: Stage | None, buckets: int) -> Stage:
        rule, rater = self.builder.pairs, self.builder.rater.name
        inputs = [read.fingerprint, index.fingerprint, rated and rated.fingerprint]
        stage = self._stage("pair", (rule, rule.version, rater), inputs)
        if stage.done is None:
            units = self._units(rule, rater, read, rated)
            jobs = [(stage, read, index, rated, rule, rater, units, number) for number in range(buckets)]
            self._parts("pair", stage, "pairs", parts.pair_part, jobs, (index, "index"))
            self._close(stage, "pair", "prompts", parts.pair_funnel(stage, index))
        return self._done(stage)

    def _units(self, rule: PairRule, rater: str, read: Stage, rated: Stage | None) -> pa.Table | None:
        if rule.margin_unit == "score":
            return None
        parts = [*read.path.glob("ratings-*.parquet"), *(rated.parts("ratings") if rated else [])]
        if not parts:
            raise UserError(f"a margin in standard deviations needs scores, and rater '{rater}' gave none")
        con = sql.connect(self.scratch)
        prompts = sql.parquet(read.path / "prompts-*.parquet")
        return con.sql(language_units(sql.parquet(*parts), prompts, rater)).to_arrow_table()

    def review(self, pair: Stage, buckets: int) -> Stage:
        """Pairs after people's decisions; the pair stage itself when there are none."""
        if self.builder.review is None:
            return pair
        path = Path(self.builder.review)
        decisions = reviewing.read_decisions(path)["decisions"]
        stage = self._stage("review", (), [pair.fingerprint, self.store.digest(path)])
        if stage.done is None:
            if not reviewing.count_known(decisions, pair.parts("pairs")):
                raise UserError(f"no pair of {path} is in this build; give the decisions of a review of this dataset")
            jobs = [(stage, pair, decisions, number) for number in range(buckets)]
            self._parts("review", stage, "pairs", parts.review_part, jobs, (pair, "pairs"))
            self._close(stage, "review", "pairs", parts.review_funnel(stage))
        return self._done(stage)

    def filter(self, read: Stage, index: Stage, pair: Stage, buckets: int) -> Stage:
        filters = self.builder.filters
        settings = [(one.name, one.version, one) for one in filters]
        stage = self._stage("filter", settings, [read.fingerprint, index.fingerprint, pair.fingerprint])
        if stage.done is None:
            jobs = [(stage, read, index, pair, filters, number) for number in range(buckets)]
            self._parts("filter", stage, "filtered", parts.filter_part, jobs, (pair, "pairs"))
            self._close(stage, "filter", "pairs", parts.filter_funnel(stage))
        return self._done(stage)

    def balance(self, index: Stage, pair: Stage, filtered: Stage, buckets: int) -> tuple[Stage, dict[str, Any]]:
        builder = self.builder
        released = released_files(Path(builder.split.previous)) if builder.split.previous else []
        settings = (builder.mixtures, builder.split, builder.split.version)
        inputs = [index.fingerprint, pair.fingerprint, filtered.fingerprint]
        inputs += [self.store.digest(path) for path in released]
        stage = self._stage("balance", settings, inputs)
        if stage.done is None:
            with progress.stage("balance", None, quiet=self.quiet) as advance:
                report, funnel = balancing.balance(
                    stage,
                    builder.mixtures,
                    builder.split,
                    sql.parquet(pair.path / "pairs-*.parquet"),
                    sql.parquet(filtered.path / "filtered-*.parquet"),
                    sql.parquet(index.path / "index-*.parquet"),
                    buckets,
                    released_assignment(released) if released else None,
                    self.scratch,
                )
                advance(sum(rows for (_, outcome, _), rows in funnel.items() if outcome == "in"))
            self._close(stage, "balance", "pairs", funnel, **report)
        report = (stage.done or {})["mixtures"]
        return self._done(stage), {mixture.name: report[mixture.name] for mixture in builder.mixtures}


def rows_of_bucket(stage: Stage, table: str, number: int) -> int:
    """How many rows a stage's table has in one bucket, from the files' footers."""
    return sum(pq.read_metadata(path).num_rows for path in stage.path.glob(f"{table}-{number:05d}*.parquet"))


def released_files(folder: Path) -> list[Path]:
    """The Parquet files of an earlier release's folder.

    Raises:
        UserError: the folder is not a release.
    """
    files = sorted(folder.glob("data/*/*.parquet"))
    if not files:
        raise UserError(f"{folder} holds no release (data/LANGUAGE/*.parquet); check Split(previous=...)")
    return files


def released_assignment(files: Sequence[Path]) -> pa.Table:
    """Which split each prompt of a release is in: columns prompt_id, group_id, split."""
    split = "regexp_extract(filename, '([a-z]+)-[0-9]+-[0-9]+[.]parquet$', 1) AS split"
    query = f"SELECT DISTINCT prompt_id, group_id, {split} FROM {sql.parquet(*files, filename=True)} ORDER BY ALL"
    return sql.connect().sql(query).to_arrow_table()


def declare(module: ModuleType, params: Any) -> Builder:
    """Calls a script's build().

    Raises:
        UserError: it raises, or returns something else than a Builder.

    """
    file = Path(str(module.__file__))
    try:
        built = module.build(params)
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        raise UserError(f"build() of {file}{place(error, file)} raises {type(error).__name__}: {error}") from error
    if not isinstance(built, Builder):
        raise UserError(f"build() of {file} returns {type(built).__name__}, not a polypref.builder.Builder")
    return built


def packages() -> dict[str, str]:
    """Versions of the packages that had a part in a build."""
    names = ("pyarrow", "duckdb", "numpy", "py3langid", "sacrebleu", "rensa")
    found = {"polypref": __version__}
    for name in names:
        try:
            found[name] = package_version(name)
        except Exception:
            continue
    return found
