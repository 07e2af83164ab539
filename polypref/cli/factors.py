"""The command `polypref factors`. What it needs is loaded when it runs, so that --help is quick."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import print_safely
from ..errors import UserError
from .arguments import VOCABULARY, Commands, add_asking, add_languages, keys_or_word, positive_number, whole_number

if TYPE_CHECKING:
    from ..api.datasets import Dataset
    from ..inference import Served
    from ..release.factor_results import Factors
    from ..release.group_factor_results import GroupFactors
    from ..release.principle_results import Principles

_KEYS = {"model", "at", "revision", "licence"}


def add_factors_parser(commands: Commands) -> None:
    """Adds `polypref factors`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    parser = commands.add_parser(
        "factors",
        help="what chosen answers have more of than rejected ones, by language",
        description="Weighs length, lists, bold, headings, code, digits, exclamation marks, emoji, a question back, "
        "foreign words, hedging, apology and formal address: which of them go with being chosen, by language, with "
        "intervals clustered by prompt and Holm's correction over all. A dataset that was built here keeps the weights "
        "in its card and provenance.json, where polypref inspect and its page show them.",
    )
    parser.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    add_languages(parser)
    parser.add_argument(
        "--by",
        metavar="GROUP",
        help="weigh by what the people who judged are, as by age or by the country they live in, and say in what they "
        "differ: the name of a group that the pairs state (polypref groups shows which)",
    )
    parser.add_argument("--out", metavar="FILE", help="write all of it as JSON; the dataset's folder stays as it is")
    asked = parser.add_argument_group("principles that an LLM proposes and votes on")
    asked.add_argument(
        "--principles",
        metavar="MODEL",
        help="have this model propose what is behind the choices and test it on other pairs: a name, or keys in braces "
        "as in '{model: NAME, at: http://localhost:8000/v1}'",
    )
    asked.add_argument("--at", default="vllm", metavar="WHO", help=VOCABULARY["--at WHO"])
    asked.add_argument(
        "--proposals",
        type=positive_number,
        default=20,
        metavar="N",
        help="pairs a language that principles are proposed from (default: 20)",
    )
    asked.add_argument(
        "--votes",
        type=positive_number,
        default=50,
        metavar="N",
        help="pairs a language, of other prompts, that each principle is tested on (default: 50)",
    )
    asked.add_argument("--seed", type=whole_number, default=0, metavar="N", help=VOCABULARY["--seed N"])
    add_asking(parser)
    parser.add_argument("--dry-run", action="store_true", help=VOCABULARY["--dry-run"])
    parser.add_argument("--quiet", action="store_true", help=VOCABULARY["--quiet"])
    parser.set_defaults(run=_factors)


def _factors(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..api.datasets import find_dataset
    from ..files.atomic import json_bytes
    from ..files.owned import check_new, write_new
    from ..files.records import encode
    from ..release.analysed import is_built_here

    dataset, keep = find_dataset(arguments.dataset), arguments.out is None
    tags = [tag.strip() for tag in (arguments.languages or "").split(",") if tag.strip()] or None
    if arguments.by is not None and arguments.principles is not None:
        raise UserError("--by and --principles do not go together: principles are tested on all pairs; leave one out")
    model = _served_model(arguments.principles, arguments.at) if arguments.principles else None
    if arguments.dry_run:
        asked = (arguments.proposals, arguments.votes, arguments.seed, model is not None)
        for line in dataset.plan_factors(tags, *asked, arguments.by):
            print_safely(line)
        return
    if arguments.out is not None:
        check_new(Path(arguments.out))
    written = encode(_weigh(dataset, tags, arguments.by, keep, arguments.quiet))
    if model is not None:
        pairs = {"proposals": arguments.proposals, "votes": arguments.votes, "seed": arguments.seed}
        how = {"log": arguments.log, "retry": arguments.retry, "quiet": arguments.quiet}
        principles = dataset.principles(model, tags, **pairs, **how, keep=keep)
        written |= {"principles": encode(principles)}
        if not arguments.quiet:
            _show_principles(principles)
    if arguments.out is not None:
        write_new(Path(arguments.out), json_bytes(written))
        print_safely(f"wrote {arguments.out}")
    elif is_built_here(dataset.path):
        print_safely(f"the card and provenance.json of {dataset.path} have the weights; polypref inspect shows them")
    else:
        print_safely(f"{dataset.path} was not built here and stays as it is; --out FILE keeps the weights")


def _weigh(
    dataset: "Dataset", tags: list[str] | None, by: str | None, keep: bool, quiet: bool
) -> "Factors | GroupFactors":
    """Weighs all pairs, or by a group of people, and shows what came out."""
    if by is None:
        weights = dataset.factors(tags, keep=keep)
        if not quiet:
            _show_weights(weights)
        return weights
    by_group = dataset.factors_by(by, tags, keep=keep)
    if not quiet:
        _show_group_weights(by_group)
    return by_group


def _served_model(word: str, at: str) -> "Served":
    """The model that --principles names: a name, or keys in braces."""
    from ..inference.choose import served

    given = keys_or_word(word)
    keys = {str(key): value for key, value in given.items()} if isinstance(given, Mapping) else {"model": given}
    if wrong := sorted(keys.keys() - _KEYS):
        raise UserError(f"--principles: unknown key {wrong[0][:40]!r}; it has {', '.join(sorted(_KEYS))}")
    if odd := sorted(key for key, value in keys.items() if not isinstance(value, str) or not value.strip()):
        raise UserError(f"--principles: {odd[0]} is {str(keys[odd[0]])[:40]!r}, no text; put it in quotes")
    texts = {key: str(value) for key, value in keys.items()}
    return served(texts.get("model", ""), texts.get("at", at), texts.get("revision", ""), texts.get("licence", ""))


def _show_weights(weights: "Factors") -> None:
    from ..console.terminal import console
    from ..pages.factors import factors_table
    from ..release.factor_words import factors_head

    rows = [row for one in weights.languages for row in weights.of_language(one.language)]
    console().print(factors_table(rows, "what chosen answers have more of"))
    for line in (factors_head(weights), *weights.left_out_sentences(), *weights.sentences()):
        print_safely(line)


def _show_group_weights(weights: "GroupFactors") -> None:
    from ..console.redaction import redact_text
    from ..console.terminal import console
    from ..pages.group_factors import all_tables
    from ..release.group_factor_words import group_factors_head

    for table in all_tables(weights):
        console().print(table)
    for line in (group_factors_head(weights), *weights.notes(), *weights.sentences()):
        # Values stand in it as escaped lines already, and what is written from right to left between marks.
        print(redact_text(line))


def _show_principles(principles: "Principles") -> None:
    from ..console.terminal import console
    from ..pages.factors import principles_table

    console().print(principles_table(principles))
    for line in (principles.head, *principles.sentences()):
        print_safely(line)
