"""Evaluating models prompt by prompt and language by language, scoring verdicts of others, trying reward models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..console.escaping import short_text
from ..errors import UserError
from ..scripting.calls import checked_arguments
from ..scripting.declared import checked_call
from ..scripting.own_classes import did_you_mean, names_own_class
from .arguments import check_log, check_number, check_paths, check_server, list_names, needed_path

if TYPE_CHECKING:
    from ..evaluation.results import Results
    from ..evaluation.reward_models.results import Judging, RewardResults
    from ..files.json_types import Json, JsonObject

Keys: TypeAlias = Mapping[str, object]
Settings: TypeAlias = Keys | str | Path
"""Keys and values, or the YAML file that holds them."""
Choice: TypeAlias = str | Path | Keys
"""A set, model or judge: its name, where it is, or keys."""


@checked_call
@dataclass(frozen=True)
class Evaluation:
    """An evaluation in its folder.

    Attributes:
        path: the folder: results.json, report.html, report.md, and every prompt, answer and verdict as Parquet.
        results: what results.json holds; None where nothing has been scored yet.

    Raises:
        UserError: the folder is given as neither a text nor a path.
    """

    path: Path
    results: "Results | None"

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", needed_path("Evaluation: path", self.path))

    def show(self) -> None:
        """Prints the win-rates by language.

        Raises:
            UserError: nothing has been scored yet.
        """
        from ..evaluation.report.report import show_report

        if self.results is None:
            raise UserError(f"{self.path} has no figures yet; run the step score")
        show_report(self.results)


@checked_arguments
def evaluate(
    config: Settings | None = None,
    out: str | Path = "build/evaluation",
    *,
    sets: Choice | Sequence[Choice] | None = None,
    models: Choice | Sequence[Choice] | None = None,
    judge: Choice | Sequence[Choice] | None = None,
    languages: Sequence[str] | str | None = None,
    seen: Sequence[str] | str | None = None,
    slices: Sequence[str] | str | None = None,
    against: str | None = None,
    limit: int | None = None,
    seed: int | None = None,
    sampling: Keys | None = None,
    second_detector: Literal["langdetect"] | None = None,
    judge_language: Literal["en", "own"] | None = None,
    repeat_share: float | None = None,
    judge_check: str | Path | Sequence[str | Path] | None = None,
    at: str | None = None,
    steps: Sequence[str] | str | None = None,
    log: str | Path | None = None,
    retry: bool = False,
    quiet: bool = False,
) -> Evaluation:
    """Compares models: they answer, a judge compares the answers, and a report says who wins in which language.

    Nothing is asked or judged twice. What the arguments say goes before what the config says.

    Args:
        config: the evaluation as keys and values, or a YAML file of them; docs/evaluation.md lists the
            keys. None, with no other argument: that of the run before in the folder.
        out: the folder.
        sets: what is asked: a set's name, a file, a Hub dataset, or keys; one or a list.
        models: the one asked about, then those to compare it with: names, Hub ids, folders, or keys.
        judge: reference, relevance, or keys as in {"kind": "llm", "model": NAME, "at": ADDRESS}; one or a list.
        languages: only these.
        seen: languages of the training data, to set against the others.
        slices: columns of the prompts or of stored answers whose values become rows of the report beside languages
            (`category`, `meta.country`), and `refusal` and `thought_language`, which are read off the answers.
        against: the language with which the others are compared for consistency; English where prompts have it.
        limit: at most so many prompts a language and set.
        seed: of what is drawn, and of the statistics.
        sampling: how models answer that do not say.
        second_detector: langdetect, to have it vote too on whether each answer is in its prompt's language: how often
            it disagrees, by language, is in the report, and changes no other figure.
        judge_language: own to have LLM judges asked in the language that they judge; None: in English, but for those
            that say it themselves.
        repeat_share: of the comparisons, put to each LLM judge twice, for its run-to-run spread; None: 0.05 where its
            replies are drawn, 0 where it is greedy.
        judge_check: folders that `check_judge` or polypref judge-check wrote, one or a list: the report's first page
            names the languages in which a judge is under the bar or was not checked.
        at: who serves models that do not say; None: as in the run before, else vllm.
        steps: one or some of answers, judge, score, report; None for all.
        log: the response log; None: in the folder.
        retry: ask again for what failed before.
        quiet: show no progress, print nothing.

    Returns:
        The evaluation in its folder.

    Raises:
        UserError: bad settings, a step whose input is missing, a model that cannot be reached.

    Example:
        >>> evaluation = polypref.evaluate(
        ...     sets="quickstart",
        ...     models=[{"name": "after", "model": "build/loop/dpo"}, {"name": "before", "model": "build/loop/sft"}],
        ...     judge="reference",
        ...     at="transformers",
        ... )  # doctest: +SKIP
    """
    from ..evaluation import run

    check_number("limit", limit)
    check_number("seed", seed, 0)
    needed_path("out", out)
    check_log(log)
    check_server(at)
    asked = merged(
        config, sets=sets, models=models, judge=judge, languages=languages, seen=seen, slices=slices,
        against=against, limit=limit, seed=seed, sampling=sampling, second_detector=second_detector,
        judge_language=judge_language, repeat_share=repeat_share, judge_check=judge_check,
    )  # fmt: skip
    results = run.run_evaluation(
        asked,
        Path(out),
        run.STEPS if steps is None else _known_steps(steps, run.STEPS),
        log=None if log is None else Path(log),
        again=retry,
        quiet=quiet,
        default_at=at,
    )
    return Evaluation(Path(out), results)


def _known_steps(steps: Sequence[str] | str, known: Sequence[str]) -> list[str]:
    """The names of steps.

    Raises:
        UserError: one of them is none.
    """
    names = list_names("steps", steps) or []
    for name in names:
        if name not in known:
            raise UserError(
                f"steps: there is no '{short_text(name)}'{did_you_mean(name, known)}; there are {', '.join(known)}"
            )
    return names


def merged(config: Settings | None, **given: object) -> "JsonObject":
    """A config with the arguments of `evaluate` over it, by the names that the evaluation's own settings have.

    Args:
        config: keys and values, or the YAML file that holds them.
        **given: the arguments, by their names; None for one that was not given.

    Returns:
        Keys as an evaluation's folder has them: `sample` for `limit`, `set` for `sets`.

    Raises:
        UserError: the config's file cannot be read, or is no mapping.
    """
    settings = read_settings(config)
    if "limit" in settings and "sample" not in settings:
        # `sample` is its name until 0.2, and in the folders of evaluations; both at once are refused by the evaluation.
        settings["sample"] = settings.pop("limit")
    own = {"sets": "set", "models": "model", "limit": "sample", "slices": "slice"}
    for name, value in given.items():
        if value is not None:
            key = own.get(name, name)
            settings.pop(f"{key}s", None)
            settings[key] = _as_json(name, value)
    return {key: _with_layouts(value) if key in _READ_BY_LAYOUTS else value for key, value in settings.items()}


#: Keys of a config in which a layout may be named by its file.
_READ_BY_LAYOUTS = ("judge", "judges", "judgements")


def _with_layouts(value: "Json") -> "Json":
    """The value of a config's key, in which a layout that is named by a word, or its file, stands as its keys."""
    if isinstance(value, list):
        return [_with_layouts(one) for one in value]
    if not isinstance(value, dict) or not isinstance(word := value.get("layout"), str):
        return value
    own = names_own_class(word) and not Path(word).is_file()
    return value if own else {**value, "layout": layout_settings(word)}


def _as_json(name: str, value: object) -> "Json":
    from ..files.atomic import plain

    _refuse_objects(name, value)
    try:
        return plain(value)
    except TypeError as error:
        raise UserError(f"{name}: {error}; give names, or keys with texts and numbers") from None


def _refuse_objects(name: str, value: object) -> None:
    """Says what to give in place of an object for builder scripts; `Sampling` goes as its keys.

    Raises:
        UserError: there is one, or what is asked about is no text, list or mapping.
    """
    from ..inference import Sampling

    for one in value if isinstance(value, list | tuple) else (value,):
        for each in one.values() if isinstance(one, Mapping) else (one,):
            if is_dataclass(each) and not isinstance(each, Sampling):
                kind = each.__name__ if isinstance(each, type) else type(each).__name__
                raise UserError(
                    f"{name}: a {kind} is for builder scripts; give names here, or keys as in "
                    "{'model': 'ORG/NAME', 'at': 'transformers'}"
                )


def read_settings(settings: Settings | None) -> "JsonObject":
    """Settings as keys and values.

    Args:
        settings: a mapping, or a YAML file; None for none.

    Returns:
        Keys and values, as YAML reads them; nothing in them is checked.

    Raises:
        UserError: the file cannot be read, or is no mapping.
    """
    from ..files.yaml_reader import read_yaml

    if settings is None or isinstance(settings, Mapping):
        return {str(key): _as_json(str(key), value) for key, value in (settings or {}).items()}
    if not isinstance(settings, str | PathLike):
        raise UserError(f"{settings!r:.80} is neither keys and values nor the path of a YAML file of them")
    try:
        text = Path(settings).read_text("utf-8-sig")
    except FileNotFoundError:
        raise UserError(
            f"cannot read {settings}: there is no such file; check the path, or write one as docs/evaluation.md shows"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {settings}: {' '.join(str(error).split())[:300]}") from None
    keys = read_yaml(text, str(settings))
    if not isinstance(keys, dict):
        raise UserError(f"{settings} is no mapping of keys to values; see docs/evaluation.md")
    return keys


def layout_settings(layout: Settings) -> "JsonObject":
    """Settings of what reads a file of judgements.

    Args:
        layout: keys and values, a YAML file of them, a file LAYOUT.toml, or the name of a layout.

    Returns:
        Keys and values; those of a LAYOUT.toml are checked.

    Raises:
        UserError: there is neither a file nor a layout of that name.
    """
    from ..evaluation.inputs.layouts import layout_keys

    if isinstance(layout, str | PathLike):
        if (keys := layout_keys(layout)) is not None:
            return keys
        if not Path(layout).exists():
            raise UserError(
                f"there is no file and no layout {layout}; name one of `polypref layouts`, or a file that says which "
                "column holds what: LAYOUT.toml, or YAML as in docs/evaluation.md"
            )
    return read_settings(layout)


def _check_choice(name: str, value: object, choices: Sequence[str | None]) -> None:
    """Sees that an argument is one of a few words.

    Raises:
        UserError: it is none of them.
    """
    if value not in choices:
        words = [one for one in choices if one is not None]
        raise UserError(
            f"{name}={short_text(repr(value))} is none of {', '.join(words)}{did_you_mean(str(value), words)}"
        )


@checked_arguments
def score(
    verdicts: str | Path,
    layout: Settings | None = None,
    out: str | Path | None = None,
    *,
    seen: Sequence[str] | None = None,
    seed: int | None = None,
    quiet: bool = False,
) -> Evaluation:
    """Win-rates of verdicts that are there already; nobody is asked.

    Args:
        verdicts: the folder of an evaluation, whose figures and report are made again; or a file of verdicts that
            others gave.
        layout: which column of the file says what: the name of a layout (`polypref layouts`), a file LAYOUT.toml, keys
            and values, or a YAML file of them; for a file only.
        out: the folder of the figures; build/evaluation when left out; for a file only.
        seen: languages of the training data, to set against the others; for a file only.
        seed: of the statistics; for a file only.
        quiet: print nothing.

    Returns:
        The evaluation in its folder.

    Raises:
        UserError: the folder has no verdicts, the layout is missing or does not fit the file.

    Example:
        >>> evaluation = polypref.score(tmp / "verdicts.csv", LAYOUT, tmp / "scored", quiet=True)
        >>> evaluation.results.comparisons[0].model, evaluation.results.comparisons[0].other
        ('mine', 'theirs')
    """
    check_number("seed", seed, 0)
    needed_path("verdicts", verdicts)
    check_paths(out=out)
    if Path(verdicts).is_dir():
        if layout is not None or out is not None or seen is not None or seed is not None:
            raise UserError(f"{verdicts} is an evaluation's folder, with its own settings; give the folder alone")
        if not (Path(verdicts) / "evaluation.json").is_file():
            raise UserError(
                f"{verdicts} holds no evaluation; give the folder that evaluate() or polypref evaluate wrote, or a "
                "file of verdicts and its layout"
            )
        return evaluate(None, verdicts, steps=("score", "report"), quiet=quiet)
    if not Path(verdicts).exists():
        raise UserError(f"there is no file {verdicts}; check the path of the verdicts")
    if layout is None:
        raise UserError(f"{verdicts}: which of its columns says what? give a layout, as docs/evaluation.md shows one")
    config = {"judgements": {"path": str(verdicts), "layout": layout_settings(layout)}}
    return evaluate(config, out or "build/evaluation", seen=seen, seed=seed, quiet=quiet)


@checked_arguments
def evaluate_reward_model(
    model: str | None,
    data: str,
    out: str | Path,
    *,
    at: str = "vllm",
    revision: str = "",
    judge: "Judging | None" = None,
    languages: Sequence[str] | str | None = None,
    limit: int | None = None,
    seed: int = 0,
    config: str = "",
    split: str = "",
    data_revision: str = "",
    language: str = "",
    columns: Mapping[str, str] | None = None,
    layout: str | Path | None = None,
    records: str = "",
    separator: str = "",
    categories: str | Path | None = None,
    unparsed: Literal["exclude", "half"] = "exclude",
    ties: Literal["lost", "half", "chance"] | None = None,
    against: str = "en",
    bins: int = 10,
    log: str | Path | None = None,
    retry: bool = False,
    quiet: bool = False,
) -> "RewardResults":
    """How often a reward model, or an LLM judge, prefers the answer that people preferred, language by language.

    Args:
        model: Hub id, path, or name at its server; None for scores that the data hold.
        data: m-rewardbench, m-rewardbench-translation, rewardbench, rewardbench-2, a file, a folder of LANGUAGE.jsonl,
            or ORG/NAME on the Hub.
        out: the folder of the results.
        at: who serves the model: vllm, transformers, addresses of servers, or module:Class, a class of your own.
        revision: of the model.
        judge: the model is an LLM judge, asked like this; None for a reward model.
        languages: only these.
        limit: at most so many pairs a language, the same in all of them.
        seed: of the pairs that are taken.
        config: of a Hub dataset, as are the next two.
        split: its split.
        data_revision: its commit or tag.
        language: of all rows, where no column says it.
        columns: what a column holds (prompt, chosen, rejected, id, language, subset, category, chosen_score,
            rejected_score, criterion) -> its name.
        layout: in place of columns the name of a layout (`polypref layouts`) or a file LAYOUT.toml: sides, verdicts or
            scores; every two answers of which one is preferred are a pair.
        records: of .json files, the path of the list of rows.
        separator: of .csv and .tsv files, what separates the columns; empty to look for it.
        categories: a TOML file of tables [CATEGORY] with SUBSET = WEIGHT.
        unparsed: what becomes of pairs without a verdict: left out, or half a point.
        ties: what equal scores, or a judge's tie, count; None: as the benchmark has it, half in data of your own.
        against: the language that gaps are measured to.
        bins: of the calibration error.
        log: the response log; None: in the folder.
        retry: ask again for what failed before.
        quiet: show no progress.

    Returns:
        What reward_results.json holds.

    Raises:
        UserError: the data or the model cannot be found or asked, or do not fit.
    """
    from ..evaluation.reward_models import data as reward_data
    from ..evaluation.reward_models.benchmark import evaluate_rm
    from ..inference.choose import served
    from ..inference.names import refuse_missing_folder
    from ..languages import resolve_at

    check_number("limit", limit)
    check_number("bins", bins)
    check_number("seed", seed, 0)
    needed_path("out", out)
    needed_path("data", data)
    check_log(log)
    check_paths(categories=categories)
    check_server(at)
    if at.strip() == "transformers" and model:
        refuse_missing_folder(model)
    _check_choice("unparsed", unparsed, ("exclude", "half"))
    _check_choice("ties", ties, ("lost", "half", "chance", None))
    where = reward_data.source(
        data,
        config=config,
        split=split,
        revision=data_revision,
        language=language,
        columns=dict(columns or {}),
        categories=None if categories is None else Path(categories),
        layout=str(layout or ""),
        records=records,
        separator=separator,
    )
    named = list_names("languages", languages)
    tags = None if named is None else {resolve_at("languages (--languages)", name).tag for name in named}
    if not model:
        reward_data.refuse_scores_alone(where)
    return evaluate_rm(
        reward_data.load_comparisons(where, tags, limit, seed),
        where.weights,
        served(model, at, revision) if model else None,
        Path(out),
        None if log is None else Path(log),
        judge=judge,
        missing=unparsed,
        ties=ties or ("half" if judge else where.ties),
        against=against,
        bins=bins,
        again=retry,
        quiet=quiet,
    )
