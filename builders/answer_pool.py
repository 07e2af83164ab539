"""Any pool of several models' answers to the same prompts: a folder, files, or a dataset on the Hub.

A folder in the layout of m-ArenaHard (`questions/LANG.jsonl`, `answers/LANG/MODEL.jsonl`, joined by question_id), or
rows of one answer each with its prompt, model and language. Where a column `score` is there, the higher is better; else
the rater is the relevance baseline, which tries out the path: for data to train on, use scores that judge.
"""

import json
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from polypref import (
    Answer,
    Builder,
    Fields,
    Files,
    Mixture,
    PairRule,
    RelevanceRater,
    SentenceRelevanceRater,
    Source,
    SourceRater,
    Split,
    UserError,
    languages,
    layouts,
    models,
    option,
)

#: Columns that are taken where none is named, of the first that is there.
GROUPS, SCORES = ("question_id", "id"), ("score",)
#: Options of columns, and the fields of `Params` that hold them.
COLUMNS = {f"--{name}-column": f"{name}_column" for name in ("prompt", "answer", "model", "language", "score", "group")}
COLUMNS["--annotator"] = "annotator"
#: What each of them is for, as `layouts.columns_for` looks for it.
USES: dict[str, Any] = {name: field.removesuffix("_column") for name, field in COLUMNS.items()}
#: What else may be said where a column is not there.
OTHERWISE = {
    "--group-column": "--group-column '' for none",
    "--language-column": "--language TAG for all rows",
    "--model-column": "--model-column =NAME for all rows (=unknown where nobody knows)",
}
#: A number with one comma, in the digits of any script.
WITH_COMMA = r"([+\u2212-]?\d{1,15}),(\d{1,15})"
#: Columns that a sentence names.
_NAMED = 6
FIVE = ("de", "pt", "tr", "vi", "zh")


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    source: str = option("", "folder, file (or pattern), or ORG/NAME on the Hub (required)")
    name: str = option("", "name of the source (default: m-arena-hard for a folder, the file's or dataset's own name)")
    revision: str = option("unknown", "revision of the source; on the Hub a commit or tag")
    licence: str = option("unknown", "licence of the prompts; a public release wants it known")
    licences: str = option("", "JSON file: model name -> licence of its answers; a public release wants them known")
    translated_from: str = option("en", "language of a folder's original questions; empty where none is translated")
    translator: str = option("machine translation", "who translated the others")
    config: str = option("", "config of a Hub dataset")
    split: str = option("train", "split of a Hub dataset")
    prompt_column: str = option("prompt", "column of the prompt (files and Hub)")
    answer_column: str = option("answer", "column of the answer (files and Hub)")
    model_column: str = option("model", "column of the model (files and Hub)")
    language_column: str = option("language", "column of the language (files and Hub)")
    language: str = option("", "language of every row, where no column says it")
    group_column: str = option(
        "auto", "column that joins translations; auto: question_id, or of files id; empty for none"
    )
    score_column: str = option(
        "auto", "column of a rating of the answer, the higher is better; auto: of files score; empty for the baseline"
    )
    relevance_model: str = option(
        "", "without a rating: a sentence model that says how relevant an answer is (a folder, or ORG/NAME on the Hub)"
    )
    decimal_comma: bool = option(False, "a comma stands before the decimals of the ratings, as in 4,5")
    annotator: str = option(
        "", "column that names who rated, where several people did; only ratings of one person are compared"
    )
    rule: str = option("best_vs_worst", "pair rule")
    per_prompt: int = option(0, "at most so many pairs of a prompt, with --annotator by each person's ratings; 0: one")
    five: str = option("auto", "languages of mixture 'five'; auto: of a folder de,pt,tr,vi,zh; empty for no such")
    per_language: int = option(40, "training pairs of each language in mixture 'five'")
    test: float = option(0.1, "share of the prompts that go to test")
    length_balanced: bool = option(False, "leave out pairs until length predicts nothing")
    seed: int = option(0, "seed of splits, ranks and random choices")
    evaluation_set: bool = option(
        False, "the prompts are an evaluation set: never release; those of a folder are, but for --own-prompts"
    )
    own_prompts: bool = option(False, "the prompts of the folder are your own and no evaluation set")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.

    Raises:
        UserError: the options contradict each other, or there is nothing at the source.
    """
    if not params.source:
        raise UserError("answer_pool needs --source: a folder, a file, or ORG/NAME on the Hub")
    if params.evaluation_set and params.own_prompts:
        raise UserError("--evaluation-set and --own-prompts contradict each other; give one of them")
    if params.language:
        languages.resolve_at("--language", params.language)
    params, notes = _with_columns(replace(params, name=params.name or _name(params.source)))
    for note in notes:
        print(f"answer_pool: {note}", file=sys.stderr)
    source, answered = _source(params)
    five = FIVE if params.five == "auto" else tuple(tag.strip() for tag in params.five.split(",") if tag.strip())
    five = tuple(languages.resolve_at("--five", tag).tag for tag in five)
    five = tuple(tag for tag in five if (params.five != "auto" if answered is None else tag in answered))
    mixtures = [Mixture("all", languages=answered)]
    if five:
        mixtures.append(Mixture("five", languages=five, per_language=params.per_language))
    return Builder(
        name=f"{params.name}-preferences",
        version="0.1.0",
        card="answer_pool.md",
        sources=(source,),
        rater=_rater(params),
        pairs=PairRule(params.rule, per_prompt=params.per_prompt or None, seed=params.seed),  # type: ignore[arg-type]
        split=Split(test=params.test, seed=params.seed, length_balanced=params.length_balanced),
        languages=answered,
        mixtures=tuple(mixtures),
        licences=_licences(params.licences) if params.licences else {},
        notes=notes,
        evaluation_set=params.evaluation_set or (answered is not None and not params.own_prompts),
    )


def _rater(params: Params) -> SourceRater | RelevanceRater | SentenceRelevanceRater:
    """Ratings of the source; without any, relevance by a sentence model or by the baseline.

    Raises:
        UserError: there are ratings, and a sentence model is named too.
    """
    if params.score_column and params.relevance_model:
        raise UserError(
            f"--relevance-model stands for ratings, and the column {params.score_column!r} has some; give "
            "--score-column '' to have answers rated by the model"
        )
    if params.relevance_model:
        return SentenceRelevanceRater(models.sentence_relevance(params.relevance_model))
    return SourceRater() if params.score_column else RelevanceRater()


def _licences(path: str) -> Mapping[str, str]:
    """The licences of models' answers that a file names.

    Raises:
        UserError: it cannot be read, or holds something else.
    """
    wanted = 'write a JSON object of models and licences, as in {"org/model": "apache-2.0"}'
    try:
        read = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"--licences {path} cannot be read ({' '.join(str(error).split())[:200]}); {wanted}") from None
    if not isinstance(read, dict):
        raise UserError(f"--licences {path} holds {str(read)[:60]!r} and no object; {wanted}")
    for model, licence in read.items():
        if not isinstance(licence, str) or not licence.strip():
            raise UserError(f"--licences {path}: the licence of {model[:80]!r} is {str(licence)[:60]!r}; {wanted}")
    return read


def _name(source: str) -> str:
    """What a source is called that nobody named."""
    if (Path(source) / "questions").is_dir():
        return "m-arena-hard"
    # A pattern is no name; nor can a dataset's have all that a file's may.
    return re.sub(r"[^\w.-]+", "-", Path(source).stem).strip("-._") or "answers"


def _source(params: Params) -> tuple[Source, tuple[str, ...] | None]:
    """The source, and for a folder its languages with answers of two models or more."""
    if (Path(params.source) / "questions").is_dir():
        folder = layouts.ArenaFolder(
            params.source,
            name=params.name,
            revision=params.revision,
            licence=params.licence,
            translated_from=params.translated_from or None,
            translator=params.translator,
        )
        answered = tuple(path.stem for path in folder.files() if len(folder.answer_files(path)) >= 2)
        if not answered:
            raise UserError(f"no language of {params.source} has answers of two models (answers/LANG/MODEL.jsonl)")
        return folder, answered
    answer = Answer(
        params.answer_column,
        model_column=params.model_column,
        score=params.score_column or None,
        decimal="," if params.decimal_comma else ".",
    )
    fields = Fields(
        prompt=params.prompt_column,
        answers=(answer,),
        language=None if params.language else params.language_column,
        group=params.group_column or None,
        occasion=params.annotator or None,
    )
    if Path(params.source).is_dir():
        raise UserError(f"{params.source} has no questions/ folder; give such a folder, a file, or ORG/NAME on the Hub")
    revision = "" if params.revision == "unknown" else params.revision
    rows = layouts.NamedLayout(fields).at(
        params.source,
        params.name,
        params.licence,
        revision,
        params.language or None,
        split=params.split,
        config=params.config,
    )
    return rows, None


def _with_columns(params: Params) -> tuple[Params, tuple[str, ...]]:
    """The options with the columns that are taken where none was named; nothing is taken that no row has.

    Returns:
        the options, and a sentence on a column that might join translations and does not.

    Raises:
        UserError: a file has not the column that was named.
    """
    rows, asked = _first_rows(params), params.score_column
    there = list(dict.fromkeys(str(column) for row in rows for column in row))
    groups = [name for name in GROUPS if name in there and _names_prompts(rows, name, params)]
    group = next(iter(groups if there else GROUPS), "")
    passed_over = [name for name in GROUPS if name in there][:1] if params.group_column == "auto" else []
    notes = tuple(_why_no_group(rows, name, params) for name in passed_over if name != group)
    score = next((name for name in SCORES if name in there), "")
    params = replace(
        params,
        group_column=group if params.group_column == "auto" else params.group_column,
        score_column=score if params.score_column == "auto" else params.score_column,
    )
    _check_columns(rows, there, params)
    known = {*GROUPS, *(str(getattr(params, name)) for name in COLUMNS.values())}
    numbers = layouts.columns_for("score", rows, [name for name in there if name not in known])
    if asked == "auto" and not score and numbers:
        comma = " --decimal-comma" if _by_comma(rows, numbers[0]) and not params.decimal_comma else ""
        listed = ", ".join(f"'{name}'" for name in numbers[:_NAMED])
        raise UserError(
            f"{params.source} has no column 'score', but numbers in {listed}: give --score-column "
            f"{shlex.quote(numbers[0])}{comma} if they rate the answers, or --score-column '' for the relevance "
            f"baseline, which judges no quality{_several_raters(numbers)}"
        )
    _check_ratings(rows, params)
    return params, notes


def _several_raters(numbers: Sequence[str]) -> str:
    """What to write where several columns hold what several people gave; empty where there is one."""
    if len(numbers) < 2:
        return ""
    return (
        "; if each is what one person gave, write a row for each number, with the columns 'rater' (who gave it: "
        f"{', '.join(numbers[:_NAMED])}) and 'score' (the number), and give --score-column score --annotator rater"
    )


def _check_ratings(rows: list[Mapping[str, Any]], params: Params) -> None:
    """Sees that what is said of ratings goes with ratings that are read, and how they are written.

    Raises:
        UserError: there are none, or they have a comma before the decimals and nothing says so.
    """
    options = {"--annotator": params.annotator, "--decimal-comma": params.decimal_comma}
    given = " and ".join(name for name, value in options.items() if value)
    if given and Path(params.source).is_dir():
        raise UserError(f"{given} speaks of ratings, and those of a folder are not read; leave it out")
    if given and not params.score_column:
        raise UserError(f"{given} speaks of ratings, and none are read; name theirs with --score-column")
    if not params.decimal_comma and (value := _by_comma(rows, params.score_column)):
        raise UserError(
            f"{params.source} has {value!r} in '{params.score_column}': give --decimal-comma if a comma stands before "
            "the decimals there, or write numbers with a point and nothing between thousands"
        )


def _by_comma(rows: list[Mapping[str, Any]], column: str) -> str:
    """The first value of a column that is a number with a comma in it; empty where there is none."""
    values = (str(row.get(column)).strip() for row in rows)
    return next((value for value in values if re.fullmatch(WITH_COMMA, value)), "")


def _first_rows(params: Params) -> list[Mapping[str, Any]]:
    """Rows at the beginning of a file; none of a folder or of the Hub."""
    if Path(params.source).is_dir():
        return []
    rows = layouts.NamedLayout(Fields("prompt", (Answer("answer"),))).at(params.source, params.name, "unknown", "")
    if not isinstance(rows, Files):
        return []
    return [line.row for line in islice(rows.lines(rows.files()[0]), 100) if isinstance(line.row, Mapping)]


def _names_prompts(rows: list[Mapping[str, Any]], column: str, params: Params) -> bool:
    """Whether a value of a column goes with one prompt of a language, and that with one value: no number of the row."""
    keys = [tuple(_cell(row, one) for one in (column, params.language_column, params.prompt_column)) for row in rows]
    prompts = len({(tag, prompt) for _, tag, prompt in keys})
    return len(set(keys)) == prompts == len({(value, tag) for value, tag, _ in keys})


def _why_no_group(rows: list[Mapping[str, Any]], column: str, params: Params) -> str:
    """How many prompts a column does not name by one value of their own, so that it joins no translations."""
    values: dict[tuple[str, str], set[str]] = {}
    prompts: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        value, tag, prompt = (_cell(row, one) for one in (column, params.language_column, params.prompt_column))
        values.setdefault((tag, prompt), set()).add(value)
        prompts.setdefault((tag, value), set()).add(prompt)
    shared = sum(len(own) > 1 or any(len(prompts[tag, value]) > 1 for value in own) for (tag, _), own in values.items())
    return (
        f"column '{column}' of {params.source} joins no translations: of {len(values):,} prompts in its first "
        f"{len(rows):,} rows {shared:,} have several values of it, or share one with another prompt of their language; "
        f"--group-column {column} joins them all the same"
    )


def _cell(row: Mapping[str, Any], column: str) -> str:
    """What a column, a path or a template reads of a row, as far as cells are to be told apart."""
    if column in row:
        return str(row[column])
    return str([_at(row, re.findall(r'[^.\[\]"]+', path)) for path in _paths(column)])


def _paths(column: str) -> list[str]:
    """The paths of a template; of anything else the whole."""
    return re.findall(r"{([^{}]+)}", column) or [column]


def _at(value: object, steps: list[str]) -> object:
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and re.fullmatch(r"-?\d{1,9}", step) and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _check_columns(rows: list[Mapping[str, Any]], there: list[str], params: Params) -> None:
    """Names the option of a column that no row at the beginning has, and a column whose values may be meant.

    Raises:
        UserError: there is one.
    """
    named = {name: str(getattr(params, field)) for name, field in COLUMNS.items()}
    if params.language:
        del named["--language-column"]
    for name, column in named.items():
        if not there or not column or column in there or set(_begun(column)) <= set(there):
            continue
        taken = {one for other in named.values() for one in (other, *_begun(other))}
        likely = layouts.columns_for(USES[name], rows, [one for one in there if one not in taken])
        more = OTHERWISE.get(name, "")
        several = [one.strip() for one in column.split(",")]
        if name == "--score-column" and len(several) > 1 and set(several) <= set(there):
            raise UserError(
                f"--score-column takes one column, and {column!r} names {len(several)}{_several_raters(several)}"
            )
        raise UserError(
            f"{params.source} has no column '{column}' (it has {', '.join(there)}); say which it is"
            + (f", as in {name} {shlex.quote(likely[0])}" if likely else f", with {name}")
            + (f", or {more}" if more else "")
        )


def _begun(column: str) -> list[str]:
    """The columns of a row that an option reads: a path into a cell begins with one, a template has several."""
    return [] if column.startswith("=") else [re.split(r"[.\[]", path)[0] for path in _paths(column)]
