"""The command `polypref evaluate-rm`. What it needs is loaded when it runs, so that --help is quick."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..api.evaluating import evaluate_reward_model
from ..console import threads
from ..console.escaping import print_safely, short_text
from ..errors import UserError
from ..scripting.declared import nearest
from .arguments import (
    VOCABULARY,
    Commands,
    add_asking,
    add_language_name,
    add_languages,
    add_limit,
    keys_or_word,
    named_languages,
    names,
    positive_number,
)

if TYPE_CHECKING:
    from ..evaluation.reward_models.results import Judging


def add_parser(commands: Commands) -> None:
    """Adds `evaluate-rm` to the subcommands of the command line.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    parser = commands.add_parser(
        "evaluate-rm",
        help="how often a reward model or judge prefers the answer that people preferred, by language",
        description="Tries a reward model, or an LLM judge, on pairs of a chosen and a rejected answer.",
    )
    parser.add_argument("model", nargs="?", help="Hub id, path, or name at its server (none: scores in the data)")
    parser.add_argument(
        "--data",
        required=True,
        metavar="WHERE",
        help="m-rewardbench, m-rewardbench-translation, rewardbench, rewardbench-2, a file, a folder of "
        "LANGUAGE.jsonl, or ORG/NAME on the Hub",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the results")
    parser.add_argument("--at", default="vllm", metavar="WHO", help=VOCABULARY["--at WHO"])
    parser.add_argument("--revision", default="", metavar="REV", help="revision of the model")
    add_languages(parser)
    add_limit(parser, "pairs, the same in all languages,", "--sample")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the pairs taken and of a judge's single order (default 0)"
    )
    judge = parser.add_argument_group("LLM judges")
    judge.add_argument(
        "--judge",
        nargs="?",
        const=True,
        metavar="JUDGE",
        help="in place of a reward model an LLM judge, asked which answer is better: its name, or keys as in "
        "'{model: NAME, at: http://localhost:8000/v1}'",
    )
    judge.add_argument("--prompt", metavar="NAME", help="the judge's prompt, or a .txt file (default: pairwise-2)")
    judge.add_argument("--one-order", action="store_true", help="ask in one order, drawn by the seed: half the cost")
    judge.add_argument("--max-tokens", type=positive_number, metavar="N", help="of a reply (default 1024)")
    data = parser.add_argument_group("data")
    data.add_argument("--config", default="", metavar="NAME", help="of a Hub dataset")
    data.add_argument("--split", default="", metavar="NAME", help="of a Hub dataset (default: train)")
    data.add_argument("--data-revision", default="", metavar="REV", help="of a Hub dataset (default: main)")
    data.add_argument("--language", default="", metavar="TAG", help="of all rows, where no column says it")
    add_language_name(data)
    data.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="WHAT=NAME",
        help="a column's name: prompt (- for none: conversations hold it), chosen, rejected, id, language, subset, "
        "category, chosen_score, rejected_score, criterion",
    )
    data.add_argument(
        "--layout",
        metavar="NAME",
        help="in place of --column: a name of polypref layouts, or LAYOUT.toml; of sides, verdicts or scores",
    )
    data.add_argument("--records", default="", metavar="PATH", help="of a .json file: the path of the list of rows")
    data.add_argument("--separator", default="", metavar="SIGN", help="of a .csv or .tsv file: what separates columns")
    data.add_argument("--categories", metavar="FILE", help="TOML tables [CATEGORY] with SUBSET = WEIGHT")
    count = parser.add_argument_group("counting")
    count.add_argument(
        "--unparsed",
        choices=("exclude", "half"),
        default="exclude",
        help="pairs without a verdict: left out, or half a point as in M-RewardBench's code",
    )
    count.add_argument(
        "--ties",
        choices=("lost", "half", "chance"),
        help="equal scores, or a judge's tie: lost, half a point, or by chance (default: of scores as the benchmark "
        "named counts them, lost in rewardbench and m-rewardbench; half of your own data and of a judge)",
    )
    count.add_argument("--against", default="en", metavar="TAG", help="the language gaps are measured to (default en)")
    count.add_argument(
        "--bins", type=positive_number, default=10, metavar="N", help="of the calibration error (default 10)"
    )
    add_asking(parser, "--retry-failed")
    threads.add_option(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run_evaluate_rm)


def run_evaluate_rm(arguments: argparse.Namespace, _: list[str]) -> None:
    """Runs the command.

    Args:
        arguments: the options, as `add_parser` declares them.

    Raises:
        UserError: an option does not go with the others, or as in `evaluate_reward_model`.
    """
    from ..layouts.door_words import in_toml, reworded

    named_languages(arguments)
    with reworded(in_toml):
        _evaluate_model(arguments)


def _evaluate_model(arguments: argparse.Namespace) -> None:
    who = _asked(arguments)
    from ..evaluation.reward_models.report import show_report

    results = evaluate_reward_model(
        who["model"],
        arguments.data,
        arguments.out,
        at=who["at"],
        revision=who["revision"],
        judge=_judging(arguments, who["prompt"]) if arguments.judge else None,
        languages=names(arguments.languages),
        limit=arguments.limit,
        seed=arguments.seed,
        config=arguments.config,
        split=arguments.split,
        data_revision=arguments.data_revision,
        language=arguments.language,
        columns=dict(_named(one) for one in arguments.column),
        layout=arguments.layout,
        records=arguments.records,
        separator=arguments.separator,
        categories=arguments.categories,
        unparsed=arguments.unparsed,
        ties=arguments.ties,
        against=arguments.against,
        bins=arguments.bins,
        log=arguments.log,
        retry=arguments.retry,
        quiet=arguments.quiet,
    )
    show_report(results)
    print_safely(f"wrote {Path(arguments.out) / 'reward_report.md'}, reward_results.json and rewards.parquet")


def _asked(arguments: argparse.Namespace) -> dict[str, str]:
    """The model, who serves it, its revision and a judge's prompt, as the words before and after --judge say."""
    who = {"model": arguments.model, "at": arguments.at, "revision": arguments.revision, "prompt": arguments.prompt}
    judge = arguments.judge
    if not judge and (arguments.prompt or arguments.one_order or arguments.max_tokens):
        raise UserError("--prompt, --one-order and --max-tokens are for LLM judges; add --judge")
    if judge is True:
        # Until 0.2 a judge was a word of its own, and --judge said that it is one.
        if not arguments.model:
            raise UserError("--judge needs a model; name it, as in --judge NAME")
        return who
    if judge and arguments.model:
        raise UserError(f"both a reward model ({arguments.model}) and a judge are named; name one of them")
    given = keys_or_word(judge) if judge else {}
    given = dict(given) if isinstance(given, dict) else {"model": given}
    if judge and given.pop("kind", "llm") != "llm":
        raise UserError("--judge: a judge tried here is of the kind llm; a reward model is named without --judge")
    if wrong := sorted(given.keys() - who.keys()):
        raise UserError(f"--judge: unknown key {short_text(wrong[0])}; {nearest(wrong[0], ['kind', *who])}")
    if judge and not given.get("model"):
        raise UserError("--judge needs a model; name it, as in --judge NAME")
    return who | {key: str(value) for key, value in given.items()}


def _judging(arguments: argparse.Namespace, prompt: str | None) -> "Judging":
    from ..evaluation.reward_models.results import Judging
    from ..inference import Sampling

    return Judging(
        prompt=prompt or Judging.prompt,
        orders=1 if arguments.one_order else 2,
        seed=arguments.seed,
        sampling=Sampling(max_tokens=arguments.max_tokens or Judging.sampling.max_tokens),
    )


def _named(text: str) -> tuple[str, str]:
    role, equals, name = text.partition("=")
    if not equals or not name:
        raise UserError(f"--column {text} is not WHAT=NAME, as in --column prompt=question")
    return role, name
