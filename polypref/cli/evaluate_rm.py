"""The command `polypref evaluate-rm`. What it needs is loaded when it runs, so that --help is quick."""

import argparse
from pathlib import Path
from typing import Any

from ..console import threads
from ..console.escaping import say
from ..errors import UserError


def add_parser(commands: Any) -> None:
    """Adds `evaluate-rm` to the subcommands of the command line."""
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
        help="m-rewardbench, rewardbench, a file, a folder of LANGUAGE.jsonl, or ORG/NAME on the Hub",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the results")
    parser.add_argument(
        "--at", default="transformers", metavar="WHO", help="who serves it: transformers, vllm, or addresses of servers"
    )
    parser.add_argument("--revision", default="", metavar="REV", help="revision of the model")
    parser.add_argument("--languages", metavar="TAGS", help="only these languages, as in ar,de (default: all)")
    parser.add_argument("--sample", type=int, metavar="N", help="at most N pairs a language, the same in all of them")
    parser.add_argument("--seed", type=int, default=0, help="of the sample and of a judge's single order (default 0)")
    judge = parser.add_argument_group("LLM judges")
    judge.add_argument("--judge", action="store_true", help="the model is an LLM judge, asked which answer is better")
    judge.add_argument("--prompt", metavar="NAME", help="the judge's prompt, or a .txt file (default: pairwise-2)")
    judge.add_argument("--one-order", action="store_true", help="ask in one order, drawn by the seed: half the cost")
    judge.add_argument("--max-tokens", type=int, metavar="N", help="of a reply (default 1024)")
    data = parser.add_argument_group("data")
    data.add_argument("--config", default="", metavar="NAME", help="of a Hub dataset")
    data.add_argument("--split", default="", metavar="NAME", help="of a Hub dataset (default: train)")
    data.add_argument("--data-revision", default="", metavar="REV", help="of a Hub dataset (default: main)")
    data.add_argument("--language", default="", metavar="TAG", help="of all rows, where no column says it")
    data.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="WHAT=NAME",
        help="a column's name: prompt, chosen, rejected, id, language, subset, category, chosen_score, rejected_score",
    )
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
    count.add_argument("--bins", type=int, default=10, metavar="N", help="of the calibration error (default 10)")
    parser.add_argument("--log", metavar="FILE", help="the response log (default: in --out)")
    parser.add_argument("--retry-failed", action="store_true", help="ask again for what failed before")
    threads.add_option(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, _: list[str]) -> None:
    """Runs the command.

    Raises:
        UserError: an option does not go with the others, or as in `reward_benchmark.evaluate_rm`.
    """
    for name in ("sample", "bins", "max_tokens"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            raise UserError(f"--{name.replace('_', '-')} is {value}; give a number of at least 1")
    if not arguments.judge and (arguments.prompt or arguments.one_order or arguments.max_tokens):
        raise UserError("--prompt, --one-order and --max-tokens are for LLM judges; add --judge")
    if arguments.judge and not arguments.model:
        raise UserError("--judge needs a model; name it before the options")
    from .. import languages
    from ..evaluation.reward_models import data as reward_data
    from ..evaluation.reward_models.benchmark import Judging, evaluate_rm
    from ..evaluation.reward_models.report import show
    from ..inference import Sampling
    from ..inference.choose import served

    where = reward_data.source(
        arguments.data,
        config=arguments.config,
        split=arguments.split,
        revision=arguments.data_revision,
        language=arguments.language,
        columns=dict(_named(one) for one in arguments.column),
        categories=Path(arguments.categories) if arguments.categories else None,
    )
    tags = None
    if arguments.languages:
        tags = {languages.resolve(tag.strip()).tag for tag in arguments.languages.split(",") if tag.strip()}
    judge = None
    if arguments.judge:
        judge = Judging(
            prompt=arguments.prompt or Judging.prompt,
            orders=1 if arguments.one_order else 2,
            seed=arguments.seed,
            sampling=Sampling(max_tokens=arguments.max_tokens or Judging.sampling.max_tokens),
        )
    model = served(arguments.model, arguments.at, arguments.revision) if arguments.model else None
    out = Path(arguments.out)
    results = evaluate_rm(
        reward_data.load(where, tags, arguments.sample, arguments.seed),
        where.weights,
        model,
        out,
        Path(arguments.log) if arguments.log else None,
        judge=judge,
        missing=arguments.unparsed,
        ties=arguments.ties or ("half" if judge else where.ties),
        against=arguments.against,
        bins=arguments.bins,
        again=arguments.retry_failed,
        quiet=arguments.quiet,
    )
    show(results)
    say(f"wrote {out / 'reward_report.md'}, reward_results.json and rewards.parquet")


def _named(text: str) -> tuple[str, str]:
    role, found, name = text.partition("=")
    if not found or not name:
        raise UserError(f"--column {text} is not WHAT=NAME, as in --column prompt=question")
    return role, name
