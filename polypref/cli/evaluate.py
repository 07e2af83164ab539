"""The commands `polypref evaluate` and `polypref report`. What they need is loaded when they run."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..api.evaluating import evaluate, layout_settings, merged
from ..console import threads
from ..console.escaping import print_safely
from ..errors import UserError
from ..scripting.own_classes import modules_from, names_own_class
from .arguments import (
    VOCABULARY,
    Commands,
    add_asking,
    add_language_name,
    add_languages,
    add_limit,
    keys_or_word,
    named_languages,
    share,
)

if TYPE_CHECKING:
    from ..files.json_types import Json, JsonObject

_ANSWERS = "a baseline's name, a Hub id, a folder, or keys as in '{name: mine, model: build/dpo, at: transformers}'"


def add_parsers(commands: Commands) -> None:
    """Adds both commands.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    parser = commands.add_parser(
        "evaluate",
        help="answers, verdicts, win-rates by language, report",
        description="Compares models prompt by prompt and language by language. What a config says and what flags say "
        "is the same; flags go first. Every step can be run alone, and nothing is asked or judged twice.",
    )
    parser.add_argument("--config", metavar="FILE", help="the evaluation, in YAML")
    parser.add_argument("--out", metavar="DIR", help="folder of the evaluation (default: build/evaluation)")
    parser.add_argument(
        "--set", action="append", metavar="SET", help="a set's name, a file, a Hub dataset (repeatable)"
    )
    parser.add_argument(
        "--model",
        action="append",
        metavar="MODEL",
        help=f"the model asked about, then those to compare with: {_ANSWERS}",
    )
    parser.add_argument(
        "--judge",
        action="append",
        metavar="JUDGE",
        help="reference, relevance, or keys as in '{kind: llm, model: NAME, at: http://localhost:8000/v1}'; kind "
        "logprob has a model that is small, or follows no form, judge by the probabilities of two letters; a kind "
        "module:Name is a class of your own, which is imported and run; repeatable",
    )
    parser.add_argument("--at", metavar="WHO", help=VOCABULARY["--at WHO"])
    parser.add_argument(
        "--sampling",
        metavar="KEYS",
        help="how models answer that do not say, as in '{temperature: 0.7, max_tokens: 256}' (default 0 and 1024)",
    )
    parser.add_argument(
        "--second-detector",
        choices=("langdetect",),
        help="have it vote too on the language of every answer: how often it disagrees, by language, is in the report",
    )
    parser.add_argument(
        "--judge-language",
        choices=("en", "own"),
        help="in which language LLM judges are asked: own for that of the answers (default: en)",
    )
    parser.add_argument(
        "--repeat-share",
        type=share,
        metavar="SHARE",
        help="of the comparisons, put to each LLM judge twice: its run-to-run spread is in the report (default: 0.05, "
        "0 for a greedy judge)",
    )
    parser.add_argument(
        "--judge-check",
        action="append",
        metavar="FOLDER",
        help="what polypref judge-check wrote of a judge: the report's first page names the languages in which it is "
        "under the bar or was not checked; repeatable",
    )
    add_languages(parser)
    add_language_name(parser)
    parser.add_argument("--seen", metavar="TAGS", help="languages of the training data, to set against the others")
    parser.add_argument(
        "--slice",
        action="append",
        metavar="COLUMN",
        help="rows of the report by the values of a column of the prompts or of stored answers (category, country), or "
        "by refusal or thought_language, beside those by language; repeatable",
    )
    parser.add_argument(
        "--against", metavar="TAG", help="the language with which others are compared for consistency (default: en)"
    )
    add_limit(parser, "prompts of a set", "--sample")
    parser.add_argument("--seed", type=int, metavar="N", help="of the sample and the statistics (default 0)")
    parser.add_argument(
        "--judgements",
        metavar="FILE",
        help="score verdicts that others gave, instead of asking; --model says whose win-rate (and against whom), "
        "--set and --judge what they are called",
    )
    parser.add_argument(
        "--layout",
        metavar="NAME",
        help="what the columns of --judgements hold: a name of polypref layouts, LAYOUT.toml, YAML, or module:Name",
    )
    parser.add_argument(
        "--bad-rows",
        choices=("error", "left_out"),
        help="of --judgements by a layout's name or LAYOUT.toml: rows that cannot be read stop it, or are counted by "
        "reason (default: error)",
    )
    parser.add_argument(
        "--keep",
        choices=("first", "last", "mean"),
        help="of --judgements: which of several verdicts on the same two answers, shown in the same order, counts",
    )
    parser.add_argument(
        "--records",
        metavar="PATH",
        help="of a .json file of --judgements by a layout's name or LAYOUT.toml: the path of the list of rows in it",
    )
    parser.add_argument(
        "--gamed",
        metavar="FILE",
        help="with --judgements: AlpacaEval's df_gamed.csv, for its own length control (its authors publish it)",
    )
    parser.add_argument(
        "--difficulty", metavar="FILE", help="with --gamed: instruction_difficulty.csv (default: those in --gamed)"
    )
    parser.add_argument(
        "--step", action="append", choices=("answers", "judge", "score", "report"), help="only this step"
    )
    add_asking(parser, "--retry-failed")
    parser.add_argument("--dry-run", action="store_true", help="count what would be asked; ask nothing")
    parser.add_argument(
        "--plan", type=float, metavar="D", help="how many prompts show a win-rate of 0.5 + D; evaluates nothing"
    )
    threads.add_option(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress, no table")
    parser.set_defaults(run=_run_evaluate)

    report = commands.add_parser("report", help="write the report of an evaluation again, add to it, publish it")
    report.add_argument("evaluation", help="the folder of polypref evaluate")
    report.add_argument(
        "--lm-eval",
        nargs=2,
        metavar=("BEFORE", "AFTER"),
        help="result files of lm-evaluation-harness to set side by side",
    )
    report.add_argument(
        "--slice",
        action="append",
        metavar="COLUMN",
        help="with --lm-eval: its scores by this column of the questions too (run it with --log_samples)",
    )
    report.add_argument("--push", metavar="ORG/NAME", help="add the results to this model's card on the Hub")
    report.add_argument(
        "--every-eval-ever", metavar="FILE", help="also write a record for every_eval_ever, a collection of results"
    )
    report.add_argument("--battles", metavar="ORG/NAME", help="with --public: publish the battles as a dataset")
    report.add_argument("--public", action="store_true", help="the battles may be seen by everybody")
    report.set_defaults(run=_report)


def _config(arguments: argparse.Namespace) -> "JsonObject":
    """What the config says, and over it what the options say."""
    words = {name: getattr(arguments, name) for name in ("set", "model", "judge", "languages", "seen", "sampling")}
    values = {
        name: [keys_or_word(one) for one in word] if isinstance(word, list) else word and keys_or_word(word)
        for name, word in words.items()
    }
    named = named_languages(arguments)
    config = merged(
        arguments.config, sets=values.pop("set"), models=values.pop("model"), **values, limit=arguments.limit,
        seed=arguments.seed, second_detector=arguments.second_detector, judge_language=arguments.judge_language,
        repeat_share=arguments.repeat_share, slices=arguments.slice, against=arguments.against,
        judge_check=arguments.judge_check,
    )  # fmt: skip
    if named:
        from ..languages.own import KEY as OWN_LANGUAGES

        written = config.get(OWN_LANGUAGES) or {}
        config[OWN_LANGUAGES] = {**written, **named} if isinstance(written, dict) else written
    judgements = _judgements(arguments, config.get("judgements"))
    if judgements and arguments.languages:
        config.pop("languages", None)  # it is the layout's now
    return config | judgements


def _judgements(arguments: argparse.Namespace, given: object) -> "JsonObject":
    """What the options say of verdicts that others gave; empty where they say nothing."""
    own = names_own_class(arguments.layout or "") and not Path(arguments.layout).is_file()
    layout = arguments.layout if own or not arguments.layout else layout_settings(arguments.layout)
    reading = {"bad_rows": arguments.bad_rows, "records": arguments.records}
    if any(reading.values()):
        layout = _with_reading(layout, given, {key: value for key, value in reading.items() if value})
    if (language := _one_language(arguments)) or arguments.keep:
        layout = _with_keys(layout, given, language, arguments.keep)
    options = {"path": arguments.judgements, "layout": layout}
    options |= {"gamed": arguments.gamed, "difficulty": arguments.difficulty}
    options = {key: value for key, value in options.items() if value is not None}
    known = {**(given if isinstance(given, dict) else {}), **options}
    if not known or not options:
        return {}
    if "path" not in known or "layout" not in known:
        raise UserError("--judgements and --layout go together: the file, and which of its columns says what")
    useless = ("limit", "sampling", "second_detector", "judge_language", "judge_check")
    if wrong := [key.replace("_", "-") for key in useless if getattr(arguments, key) is not None]:
        raise UserError(f"--judgements scores what others judged; --{wrong[0]} says nothing about it, leave it out")
    return {"judgements": known}


def _one_language(arguments: argparse.Namespace) -> str:
    """The language of all verdicts, where --languages beside --judgements names it; empty for none."""
    if not arguments.judgements or not arguments.languages:
        return ""
    tags: list[str] = [tag.strip() for tag in arguments.languages.split(",") if tag.strip()]
    if len(tags) != 1:
        raise UserError(
            f"--judgements scores what others judged, in whatever languages that is; --languages {arguments.languages} "
            "names several: give the one that all verdicts are in, or leave it out and name the column of languages in "
            "the layout"
        )
    return tags[0]


def _with_keys(layout: "Json", given: object, language: str, keep: str | None) -> "JsonObject":
    """The layout of the options, or of the config, with the language of all rows and what is kept of several verdicts.

    Raises:
        UserError: the layout is no keys, or has a column of languages already.
    """
    known = layout or (given.get("layout") if isinstance(given, dict) else None)
    option = "--languages" if language else "--keep"
    if not isinstance(known, dict) or known.get("form") == "single":
        raise UserError(
            f"{option} beside --judgements is for a layout of columns, by name or of LAYOUT.toml; say it there"
        )
    keys = dict(known)
    if keep:
        keys["keep"] = keep
    if language:
        fields = keys.get("fields")
        stated = keys.get("language") or (fields.get("language") if isinstance(fields, dict) else None)
        if stated and stated not in (language, f"={language}"):
            raise UserError(
                f"--languages {language}: the layout says of the language {stated!r}; take one of them out, and give "
                "--languages only where no column has the language"
            )
        keys["language"] = language if keys.keys() & {"name", "fields"} else f"={language}"
    return keys


def _with_reading(layout: "Json", given: object, reading: "JsonObject") -> "JsonObject":
    """The layout of the options, or of the config, with what the options say of how the file is read."""
    known = layout or (given.get("layout") if isinstance(given, dict) else None)
    if not isinstance(known, dict) or not known.keys() & {"name", "fields"} or "form" in known:
        option = next(iter(reading)).replace("_", "-")
        raise UserError(
            f"--{option} is for --judgements that a layout by name or a LAYOUT.toml reads; name one in --layout"
        )
    return {**known, **reading}


def _run_evaluate(arguments: argparse.Namespace, _: list[str]) -> None:
    if arguments.plan is not None:
        _run_plan(arguments)
        return
    files = [Path(one) for one in (arguments.config, arguments.layout) if one]
    from ..layouts.door_words import in_toml, reworded

    with modules_from(*(file.parent for file in files if file.is_file())), reworded(in_toml):
        _run_steps(arguments)


def _run_steps(arguments: argparse.Namespace) -> None:
    config, out = _config(arguments), arguments.out or "build/evaluation"
    if arguments.dry_run:
        from ..evaluation.run import rehearse

        log = Path(arguments.log) if arguments.log else None
        rehearsal = rehearse(config, Path(out), log, arguments.at)
        for line in rehearsal.notes:
            print_safely(line)
        for name, number, what in rehearsal.asked:
            print_safely(f"{name}: {number:,} {what}")
        print_safely("nothing was asked; what a server fails to answer is sent again, which is not counted here")
        return
    evaluate(
        config,
        out,
        at=arguments.at,
        steps=arguments.step,
        log=arguments.log,
        retry=arguments.retry,
        quiet=arguments.quiet,
    )


def _run_plan(arguments: argparse.Namespace) -> None:
    from ..evaluation.figures.power import plan_prompts, spread

    number = len((arguments.languages or "").split(",")) if arguments.languages else 23
    several = f"{number} language{'s' * (number != 1)}"
    # A fifth ties and a fifth of the rest disagrees between orders: about what LLM judges do.
    plan = plan_prompts(arguments.plan, number, spread(ties=0.2, agreement=0.8))
    print_safely(
        f"to show a win-rate of {0.5 + arguments.plan:.3f} (power 0.8, level 0.95, a fifth of ties, a fifth of the "
        f"orders disagreeing, translations of a prompt correlated by 0.3):\n"
        f"  {plan.one_language:,} prompts for one language looked at alone\n"
        f"  {plan.each_language:,} prompts a language for each of {several} at once\n"
        f"  {plan.all_languages:,} prompts a language for the average over {several}"
    )


def _report(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..evaluation import run
    from ..evaluation.report import report

    out = Path(arguments.evaluation)
    if arguments.battles and not arguments.public:
        raise UserError("battles are published with --public only: they hold prompts and answers")
    if arguments.public and not arguments.battles:
        raise UserError("--public publishes the battles; name their dataset with --battles ORG/NAME")
    if arguments.slice and not arguments.lm_eval:
        raise UserError("--slice of a report is of --lm-eval BEFORE AFTER; battles are sliced by polypref evaluate")
    academic = None
    if arguments.lm_eval:
        from ..evaluation.inputs.lm_eval import merge_results
        from ..evaluation.inputs.traits import check_slices

        before, after = arguments.lm_eval
        academic = merge_results(Path(before), Path(after), check_slices(arguments.slice or ()))
    results = run.write_results(out, academic=academic)
    if arguments.every_eval_ever:
        from ..evaluation.every_eval_ever import write_record

        write_record(Path(arguments.every_eval_ever), results, int(time.time()))
        print_safely(f"wrote {arguments.every_eval_ever}")
    if arguments.push or arguments.battles:
        from ..evaluation import publish

        for sentence in publish.push_evaluation(out, results, arguments.push, arguments.battles):
            print_safely(sentence)
        return
    report.show_report(results)
    print_safely(f"wrote {out / 'report.html'}")
