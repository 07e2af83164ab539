"""Pairs that a reward model is tried on: benchmarks by name, local files and Hub datasets with named columns."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from ... import languages
from ...errors import UserError
from ...files.cells import Bad, Cell, Row, has_column, is_missing, look_up
from ...files.delimited import check_separator
from ...files.hub_reader import hub_revision
from ...files.json_types import JsonObject, number_of
from ...files.packaged import packaged_text
from ...files.packed import stem_of
from ...files.readers import ENDINGS, files_in
from ...files.records import decode
from ...languages.own import adopt_beside
from ...layouts.columns import check_columns
from ...layouts.compared_rows import decided_by_verdicts
from ...layouts.criteria import criterion_of
from ...layouts.named import NamedLayout
from ...layouts.named import layout as named_layout
from ...layouts.strict_rows import is_hub_name, read_hub, read_rows, refuse_other_language, tag_of, unread
from ...layouts.tools import OFFERS_TOOLS
from .by_layout import pairs_by_layout
from .pairs import Pair as Pair
from .pairs import drawn, grouped, pair_of_several
from .published import Ties
from .results import HubSplit, PairsFacts
from .sides import Turns, in_conversations, several_sides, sides_of, target_language

#: What a column is for, and the name it goes by where none is given.
COLUMNS: Mapping[str, str] = {
    **{"prompt": "prompt", "chosen": "chosen", "rejected": "rejected", "id": "id", "language": "language"},
    **{"subset": "subset", "category": "category", "chosen_score": "chosen_score"},
    **{"rejected_score": "rejected_score", "criterion": "criterion"},
}
_BY_LAYOUT = (
    "what else says which answer is better (labels, a scale, columns of 1 and 0, rankings, two scores) is declared in "
    "a file for --layout LAYOUT.toml, which docs/layouts.md shows"
)
_NEEDED = ("prompt", "chosen", "rejected")


@dataclass(frozen=True)
class Source:
    """Where pairs are.

    Attributes:
        name: for the report.
        path: a file, or a folder of files LANGUAGE.jsonl; empty for a Hub dataset.
        repo, split, revision: a Hub dataset.
        configs: language -> config of the Hub dataset; empty: one config, whose rows name their language.
        language: of all rows, where no column says it.
        columns: what a column is for (COLUMNS) -> its name in the data.
        layout: what the columns hold, in place of `columns`; None where those say it.
        records, separator: of files: the path of the list of rows, what separates columns; empty where nobody says it.
        categories: subset -> category.
        weights: subset -> its weight inside its category.
        licence, note: for the report.
        english: another source for the English rows.
        ties: what a pair with equal scores counts in the benchmark's own code; half a point where there is none.
        language_of_subset: whether subsets are called by two languages, of which the second is that of the answers.
    """

    name: str
    path: Path | None = None
    repo: str = ""
    split: str = "train"
    revision: str = ""
    configs: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    layout: NamedLayout | None = None
    records: str = ""
    separator: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    licence: str = "unknown"
    note: str = ""
    english: "Source | None" = None
    ties: Ties = "half"
    language_of_subset: bool = False


@dataclass(frozen=True)
class Loaded:
    """Pairs and what is known of them.

    Attributes:
        pairs: by language and place.
        facts: for results.
    """

    pairs: tuple[Pair, ...]
    facts: PairsFacts


def names() -> list[str]:
    """The benchmarks that go by name.

    Returns:
        In alphabetical order.
    """
    return sorted(_benchmarks())


def named(name: str, revision: str = "") -> Source:
    """A benchmark by name.

    Args:
        name: one of `names()`.
        revision: another than the one written down.

    Returns:
        Where its pairs are, how they are read and averaged.

    Raises:
        UserError: there is none of that name.
    """
    entry = _benchmarks().get(name)
    if entry is None:
        raise UserError(f"there is no reward benchmark '{name}'; choose {', '.join(names())}, a file, or a Hub dataset")
    categories, weights = _sections(entry.categories)
    return Source(
        name=name,
        repo=entry.repo,
        split=entry.split,
        revision=revision or entry.revision,
        configs=entry.configs,
        columns=entry.columns,
        categories=categories,
        weights=weights,
        licence=entry.licence,
        note=entry.note,
        english=named(entry.english) if entry.english else None,
        ties=entry.ties,
        language_of_subset=entry.language_of_subset,
    )


def _sections(tables: JsonObject) -> tuple[dict[str, str], dict[str, float]]:
    """Tables of [CATEGORY] with SUBSET = WEIGHT: the category of each subset, and its weight.

    Raises:
        ValueError: they are something else.
    """
    categories, weights = {}, {}
    for name, subsets in tables.items():
        if not isinstance(subsets, dict):
            raise ValueError(f"{name} is no table")
        for subset, value in subsets.items():
            weight = number_of(value)
            if weight is None or not weight > 0:
                raise ValueError("a weight is not above 0")
            categories[subset], weights[subset] = name, float(weight)
    return categories, weights


@dataclass(frozen=True, kw_only=True)
class _Benchmark:
    """A benchmark in the file of those that go by name; what it says of them is explained there."""

    repo: str
    revision: str
    licence: str
    split: str
    note: str
    configs: Mapping[str, str]
    categories: JsonObject
    columns: Mapping[str, str] = field(default_factory=dict)
    english: str = ""
    ties: Ties = "half"
    language_of_subset: bool = False


def _benchmarks() -> dict[str, _Benchmark]:
    whole: JsonObject = tomllib.loads(packaged_text("evaluation", "reward_benchmarks.toml"))
    problem = "polypref's reward_benchmarks.toml is damaged"
    return {name: decode(_Benchmark, one, f"{problem}, [{name}]") for name, one in whole.items()}


def source(
    where: str,
    *,
    config: str = "",
    split: str = "",
    revision: str = "",
    language: str = "",
    columns: Mapping[str, str] | None = None,
    categories: Path | None = None,
    layout: str = "",
    records: str = "",
    separator: str = "",
) -> Source:
    """The source that a word on the command line means.

    Args:
        where: a benchmark's name, a file, a folder of files LANGUAGE.jsonl, or ORG/NAME on the Hub.
        config, split, revision: of a Hub dataset.
        language: of all rows.
        columns: what a column is for -> its name in the data.
        categories: a TOML file of [CATEGORY] tables with SUBSET = WEIGHT.
        layout: in place of columns the name of a layout, or a file LAYOUT.toml.
        records, separator: of files: the path of the list of rows, what separates columns.

    Returns:
        The source; nothing is read yet.

    Raises:
        UserError: it is none of these, or an option does not go with it.
    """
    if unknown := sorted(set(columns or {}) - set(COLUMNS)):
        raise UserError(f"there is no column for {unknown[0]!r}; columns are for {', '.join(COLUMNS)}; {_BY_LAYOUT}")
    if separator:
        check_separator(separator, "separator (--separator)")
    check_columns("the pairs", (columns or {}).values())
    if where in names():
        if config or split or language or columns or categories or layout or records or separator:
            raise UserError(f"{where} is a benchmark whose config, split, columns and categories are known; leave them")
        return named(where, revision)
    if layout and (columns or categories):
        what = "columns" if columns else "categories"
        raise UserError(f"a layout says what all columns hold, and {what} are given too; leave one of the two out")
    declared = named_layout(layout) if layout else None
    by_subset, weights = _categories(categories) if categories else ({}, {})
    path = Path(where).expanduser()
    if path.exists():
        adopt_beside(path)
    tag = languages.resolve(language).tag if language else ""
    # A name with one slash and no such file is a Hub dataset.
    if path.exists():
        if config or split or revision:
            raise UserError(f"{where} is a local file or folder; config, split and revision are for Hub datasets")
        return Source(
            path.name, path=path, language=tag, columns=columns or {}, layout=declared, categories=by_subset,
            weights=weights, records=records, separator=separator,
        )  # fmt: skip
    if records or separator:
        raise UserError(f"records and separator are for local files, and there is no file {where}; leave them out")
    if not is_hub_name(where):
        raise UserError(
            f"there is no file or folder {where}, and no benchmark of that name ({', '.join(names())}); "
            "a Hub dataset is ORG/NAME"
        )
    return Source(
        where, repo=where, split=split or "train", revision=revision, configs={"": config}, language=tag,
        columns=columns or {}, layout=declared, categories=by_subset, weights=weights,
    )  # fmt: skip


def _categories(path: Path) -> tuple[dict[str, str], dict[str, float]]:
    try:
        return _sections(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        problem = f"cannot read categories from {path} ({error})"
        raise UserError(f"{problem}; give TOML tables [CATEGORY] with SUBSET = WEIGHT") from None


def refuse_scores_alone(where: Source) -> None:
    """Refuses data that are to be tried by their own scores, and whose scores are what says which answer is better.

    Args:
        where: the source, without a model that is asked.

    Raises:
        UserError: every pair would be right.
    """
    if where.layout is not None and not decided_by_verdicts(where.layout):
        raise UserError(
            f"no model is named, and the scores of layout {where.layout.name} are what says which answer is better, so "
            "there is nothing to try them on; name a MODEL, or declare verdicts or sides beside the scores"
        )


def load_comparisons(
    where: Source, tags: Collection[str] | None = None, sample: int | None = None, seed: int = 0
) -> Loaded:
    """Reads pairs; what cannot be used is counted.

    Args:
        where: the source.
        tags: only these languages; None for all.
        sample: at most so many pairs a language, the same ids in all of them.
        seed: of that choice.

    Returns:
        The pairs, and what a report says of the data.

    Raises:
        UserError: it cannot be read, a column or language is missing, or nothing is left.
    """
    left: dict[str, Counter[str]] = defaultdict(Counter)
    pairs: list[Pair] = []
    sources: list[HubSplit] = []
    for one in (where, where.english):
        if one is None or (one is where.english and tags is not None and "en" not in tags):
            continue
        one, rows = _opened(one, tags)
        if one.path is None:
            sources.append(HubSplit(repo=one.repo, revision=one.revision, split=one.split))
        if one.layout is None:
            pairs += _read_rows(one, rows, tags, left)
        else:
            pairs += pairs_by_layout(one.layout, rows, one.name, one.language, tags, left)
    if not pairs:
        gone = ", ".join(f"{reason} {n}" for reason, n in sum(left.values(), Counter()).items())
        raise UserError(f"{where.name} holds no usable pair" + (f" ({gone})" if gone else " in these languages"))
    if sample is not None:
        pairs = drawn(pairs, sample, seed)
    counts = Counter(pair.language for pair in pairs)
    facts = PairsFacts(
        name=where.name,
        licence=where.licence,
        note=where.note,
        sources=tuple(sources),
        languages=dict(sorted(counts.items())),
        left_out={tag: dict(sorted(reasons.items())) for tag, reasons in sorted(left.items())},
        warnings=tuple(_warnings(where, pairs, left)),
    )
    ordered = sorted(grouped(pairs), key=lambda pair: pair.language)
    return Loaded(tuple(ordered), facts)


def _opened(one: Source, tags: Collection[str] | None) -> tuple[Source, Iterator[tuple[str, str, Row]]]:
    """The source with its commit, and its rows: (language where it is known from outside, place, row)."""
    if one.path is not None:
        return one, _files(one, one.path)
    one = replace(one, revision=hub_revision(one.repo, one.revision))
    wanted = {tag: config for tag, config in one.configs.items() if not tag or tags is None or _tag(tag) in tags}

    def rows() -> Iterator[tuple[str, str, Row]]:
        for tag, config in wanted.items():
            for number, row in enumerate(read_hub(one.repo, config, one.split, one.revision)):
                yield tag, f"{one.repo} ({config or 'default'}) row {number}", row

    return one, rows()


def _files(one: Source, path: Path) -> Iterator[tuple[str, str, Row]]:
    records = one.records or (one.layout.records if one.layout else None) or ""
    if not path.is_dir():
        paths = [("", path)]
    else:
        paths = [("" if one.language else tag_of(stem_of(entry)) and stem_of(entry), entry) for entry in files_in(path)]
        if not paths:
            raise UserError(f"{path} holds no file of rows ({', '.join(ENDINGS)})")
    for tag, file in paths:
        for number, row in enumerate(read_rows(file, records, one.separator), 1):
            yield tag, f"{file}, row {number}", row


def _tag(label: str) -> str:
    """The tag of a language or of a variant of it."""
    return languages.resolve(label).tag


def _read_rows(
    one: Source,
    rows: Iterable[tuple[str, str, Row]],
    tags: Collection[str] | None,
    left: dict[str, Counter[str]],
) -> Iterator[Pair]:
    places: Counter[str] = Counter()
    for known, where, row in rows:
        columns = _columns(one, row, where)
        try:
            label = _language(one, known, row, columns, where)
            if tags is not None and _tag(label) not in tags:
                continue
            places[label] += 1
            try:
                several = several_sides(row, columns)
                sides = None if several else sides_of(row, columns)
                by = criterion_of(row, columns.get("criterion")) or ""
            except Bad as bad:
                left[label][bad.reason] += 1
                continue
            if sides is not None:
                yield _pair(one, label, places[label], row, columns, sides, where, by)
            for own, place, both in several:
                yield pair_of_several(_pair(one, label, places[label], own, columns, both, where, by), *place)
        except Bad as bad:
            raise unread(where, bad, row, "name the columns as the data do") from None


def _pair(
    one: Source,
    label: str,
    place: int,
    row: Row,
    columns: Mapping[str, str],
    sides: tuple[Turns, str, str],
    where: str,
    by: str,
) -> Pair:
    subset = str(look_up(row, columns["subset"])) if "subset" in columns else "all"
    category = str(look_up(row, columns["category"])) if "category" in columns else ""
    # Without ids, rows of one place in different languages need not be the same prompt.
    name = str(look_up(row, columns["id"])) if "id" in columns else f"{label} {place}"
    scores = _scores(row, columns, where)
    return Pair(name, name, label, subset, category or _category(one, subset), *sides, scores, criterion=by)


def _category(one: Source, subset: str) -> str:
    return one.categories.get(subset, "other") if one.categories else subset


def _columns(one: Source, row: Row, where: str) -> dict[str, str]:
    """The columns that this row has; those that were named must be there."""
    columns: dict[str, str] = {}
    answers = [one.columns.get(role, COLUMNS[role]) for role in ("chosen", "rejected")]
    for role, usual in COLUMNS.items():
        name = one.columns.get(role, usual)
        if role == "prompt" and name == "-":
            continue  # the answers are whole conversations
        if has_column(row, name):
            columns[role] = name
        else:
            # Where chosen and rejected hold whole conversations, the prompt is in them.
            implicit = role == "prompt" and role not in one.columns and in_conversations(row, answers)
            if role in one.columns or (role in _NEEDED and not implicit):
                has = ", ".join(map(str, list(row)[:12]))
                advice = f"name it (--column {role}=NAME); {_BY_LAYOUT}"
                raise UserError(f"{where}: no column '{name}' for {role}; the row has {has}: {advice}")
    if one.categories:
        columns.pop("category", None)
    return columns


def _language(one: Source, known: str, row: Row, columns: Mapping[str, str], where: str) -> str:
    if one.language_of_subset:
        return target_language(str(look_up(row, columns["subset"])), where)
    value = look_up(row, columns["language"]) if "language" in columns else None
    stated = "" if is_missing(value) else str(value)
    if known:
        # The names of a benchmark's configs are known for what they are; those of files are whatever somebody chose.
        if one.path is not None:
            advice = "rename the file, take the column out, or give the file by itself, whose rows count"
            refuse_other_language(stated, known, where, advice)
        return known
    if not stated and one.language:
        return one.language
    if "language" not in columns:
        advice = "give one for all rows (--language TAG), or name the column that does (--column language=NAME)"
        raise UserError(f"{where}: nothing says its language; {advice}")
    label = stated or str(value)
    try:
        return _tag(label)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _number(value: Cell) -> float:
    """A score; NaN for none. True is no score, and 1_0 is Python's ten alone."""
    if value is None or value == "":
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError
    if isinstance(value, str) and "_" in value:
        raise ValueError
    return float(value)


def _scores(row: Row, columns: Mapping[str, str], where: str) -> tuple[float, float] | None:
    if not {"chosen_score", "rejected_score"} <= columns.keys():
        return None
    given = [look_up(row, columns[role]) for role in ("chosen_score", "rejected_score")]
    try:
        one, two = map(_number, given)
    except (TypeError, ValueError, OverflowError):
        raise UserError(
            f"{where}: a score is no number ({given[0]!r:.40}, {given[1]!r:.40}); give numbers, or leave both empty"
        ) from None
    return one, two


def _warnings(where: Source, pairs: Sequence[Pair], left: Mapping[str, Counter[str]]) -> list[str]:
    warnings = []
    if other := sorted({pair.subset for pair in pairs if where.categories and pair.subset not in where.categories}):
        warnings.append(f"Subsets that no category is known of count as category 'other': {', '.join(other[:8])}.")
    if gone := sum(left.values(), Counter[str]()):
        reasons = sorted(gone.items(), key=lambda one: (-one[1], one[0]))
        named = ", ".join(f"{reason} {rows:,}" for reason, rows in reasons)
        warnings.append(f"{gone.total():,} rows could not be used: {named}.")
        if gone[OFFERS_TOOLS]:
            warnings.append(
                f"{gone[OFFERS_TOOLS]:,} prompts offer tools, and rows are read as texts here: a layout with "
                'tools = "read" and tool_schemas = "tools" in its fields (--layout LAYOUT.toml) has them scored with '
                "their tools."
            )
    sets = {tag: {pair.category for pair in pairs if pair.language == tag} for tag in {p.language for p in pairs}}
    if len({frozenset(own) for own in sets.values()}) > 1:
        warnings.append("Languages differ in their categories, so averages over categories are not of the same things.")
    return warnings
