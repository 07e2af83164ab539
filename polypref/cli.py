"""The command line. Every command loads what it needs when it runs, so that --help is quick."""

if __name__ == "__main__":  # before anything else is loaded
    from polypref.beginning import hear

    hear()

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from . import __version__, cli_evaluate, cli_evaluate_rm, threads
from .command import carry_out
from .errors import UserError
from .escaping import say
from .interrupts import run_as_process
from .params import option_names

if TYPE_CHECKING:
    from .builder import Builder
    from .stages.engine import Engine

_RETRACT = """\
Takes rows, or a version, back from the Hub: a new version without them is released, and every version that held them is
deleted. With --rows their texts go too: every row of any version that holds one, in whatever column, config or
language, and a later release that holds one is refused. polypref build --retracted ORG/NAME leaves such rows out.

A text is known again by its normal form: blanks, invisible characters, cases, Unicode's forms of the same letters,
kinds of quotation marks and dashes, and punctuation at its ends make no difference. A text under 20 characters of that
form counts only together with its prompt. Parts of a text, paraphrases and translations are not known again.

What is kept of a text is a salted hash in CHANGELOG.md. The salt stands beside it, so whoever guesses a text can
confirm the guess: short texts, and texts made by a form, are not hidden.

--squash makes one commit of main's history and erases data files that no branch or tag names. It does not reach pull
requests, other branches, the commits that versions which stay lead to (cards and changelogs; their data is erased),
duplicates of the repository, or downloads, caches and models of others. Without it, main's history keeps the rows.
"""

#: Prompts a language of `polypref build --sample`.
SAMPLE = 10
Command = Callable[[argparse.Namespace, list[str]], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command.

    Returns:
        0; 2 for bad input (one sentence on standard error); 130 after Ctrl-C.

    """
    return carry_out(lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> None:
    arguments, rest = _parser().parse_known_args(argv)
    if rest and arguments.command != "build":
        raise UserError(
            f"polypref {arguments.command} has no {option_names(rest)}; see polypref {arguments.command} -h"
        )
    threads.limit(getattr(arguments, "threads", None))
    run: Command = arguments.run
    run(arguments, rest)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence; options are not guessed from their first letters."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="polypref", description="Multilingual preference datasets, from prompts to a published version."
    )
    parser.add_argument("--version", action="version", version=f"polypref {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    _add_build(commands)
    _add_inspect(commands)
    _add_release(commands)
    _add_diff(commands)
    _add_retract(commands)
    _add_review(commands)
    cli_evaluate.add_parsers(commands)
    cli_evaluate_rm.add_parser(commands)
    filters = commands.add_parser("filters", help="the filters of the default chain, their settings and why")
    filters.set_defaults(run=_filters)
    tags = commands.add_parser("languages", help="the languages polypref knows by itself")
    tags.add_argument("--check", metavar="TAG", help="what is known of one language, what is not, and what that means")
    tags.set_defaults(run=_languages)
    return parser


def _add_build(commands: "argparse._SubParsersAction[_Parser]") -> None:
    build = commands.add_parser(
        "build",
        help="run a builder script and write the dataset folder",
        description="Runs a builder script; polypref build SCRIPT --help lists the script's own parameters too.",
        add_help=False,
    )
    build.add_argument("-h", "--help", action="store_true", help="show this message and the script's parameters")
    build.add_argument("script", nargs="?", help="the builder script, a .py file")
    build.add_argument("--out", metavar="DIR", help="folder of the dataset (default: build/NAME)")
    build.add_argument("--languages", metavar="TAGS", help="only these languages, as in de,fr")
    build.add_argument("--mixture", action="append", default=[], metavar="NAME", help="only this mixture (repeatable)")
    build.add_argument("--limit", type=_positive, metavar="N", help="at most N prompts a language")
    build.add_argument("--max-bad", type=_share, metavar="SHARE", help="share of unusable rows that stops the build")
    build.add_argument("--review", metavar="FILE", help="decisions of reviewers, from polypref review import")
    build.add_argument(
        "--retracted",
        metavar="WHERE",
        help="leave out, and count, what was taken back: a CHANGELOG.md, a dataset folder, or ORG/NAME (that of the "
        "builder's previous release is read by itself)",
    )
    build.add_argument("--sample", action="store_true", help="10 prompts a language through everything, and a page")
    build.add_argument("--dry-run", action="store_true", help="count what models would be asked; ask none")
    build.add_argument("--log", metavar="FILE", help="the response log, to share it between builds (default: in --out)")
    build.add_argument("--retry-rejected", action="store_true", help="ask models again for what failed before")
    build.add_argument("--workers", type=_positive, metavar="N", help="processes (default: one a core)")
    build.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="what runs parts and models (default: local)"
    )
    build.add_argument(
        "--ray-address", metavar="HOST:PORT", help="with --engine ray: a cluster's head node, or auto (default: none)"
    )
    threads.add_option(build)
    build.add_argument("--quiet", action="store_true", help="no progress")
    build.set_defaults(run=_build, parser=build)


def _add_inspect(commands: "argparse._SubParsersAction[_Parser]") -> None:
    inspect = commands.add_parser("inspect", help="funnel, balance, warnings and sample pairs of a dataset folder")
    inspect.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    inspect.add_argument(
        "--samples",
        type=int,
        metavar="N",
        help="pairs to show a language (default 1; with --html at most 100 of each language and reason)",
    )
    inspect.add_argument(
        "--languages", metavar="TAGS", help="languages to show pairs of (default: four scripts; with --html all)"
    )
    inspect.add_argument("--html", metavar="FILE", help="write a page to read the pairs in, one file without network")
    inspect.set_defaults(run=_inspect)


def _add_release(commands: "argparse._SubParsersAction[_Parser]") -> None:
    release = commands.add_parser("release", help="publish a dataset folder on the Hub: one commit, verified, tagged")
    release.add_argument("dataset", help="the folder that polypref build wrote")
    release.add_argument("--repo", required=True, metavar="ORG/NAME", help="the dataset repository")
    release.add_argument("--dry-run", action="store_true", help="print the plan, send nothing")
    release.add_argument("--create-pr", action="store_true", help="propose the commit as a pull request")
    release.add_argument("--keep-pii", action="store_true", help="do not mask personal data in a public release")
    seen = release.add_mutually_exclusive_group()
    seen.add_argument("--private", action="store_true", help="a private repository (the default)")
    seen.add_argument("--public", action="store_true", help="a public repository; the licences must allow it")
    release.set_defaults(run=_release)


def _add_diff(commands: "argparse._SubParsersAction[_Parser]") -> None:
    diff = commands.add_parser("diff", help="what differs between two versions, by language, config and cause")
    diff.add_argument("old", help="a folder, or ORG/NAME[@TAG]")
    diff.add_argument("new", help="a folder, or ORG/NAME[@TAG]")
    diff.set_defaults(run=_diff)


def _add_retract(commands: "argparse._SubParsersAction[_Parser]") -> None:
    retract = commands.add_parser(
        "retract",
        help="take rows and their texts, or a version, back from the Hub",
        description=_RETRACT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    retract.add_argument("repo", help="ORG/NAME")
    what = retract.add_mutually_exclusive_group(required=True)
    what.add_argument("--rows", metavar="FILE", help="pair_ids, prompt_ids or group_ids, one a line")
    what.add_argument("--tag", metavar="TAG", help="a whole version, as in v1.1.0")
    retract.add_argument("--reason", required=True, metavar="TEXT", help="one line for the changelog")
    retract.add_argument(
        "--of",
        choices=("prompt", "chosen", "rejected", "all"),
        help="with --rows: which of their texts no row may hold any more (default: all)",
    )
    retract.add_argument(
        "--squash", action="store_true", help="also erase main's history and every file that no branch or tag holds"
    )
    retract.add_argument("--dry-run", action="store_true", help="with --rows: say what would go, change nothing")
    retract.set_defaults(run=_retract)


def _add_review(commands: "argparse._SubParsersAction[_Parser]") -> None:
    review = commands.add_parser("review", help="have native speakers judge pairs").add_subparsers(
        dest="step", required=True, metavar="STEP"
    )
    give = review.add_parser("export", help="write a sheet a language for reviewers to fill in")
    give.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    give.add_argument("--languages", required=True, metavar="TAGS", help="languages, as in he,fa")
    give.add_argument("--sample", type=_positive, default=50, metavar="N", help="pairs a language (default 50)")
    give.add_argument("--seed", type=int, default=0, help="seed of the sample and of the blind order (default 0)")
    give.add_argument("--out", default="review", metavar="DIR", help="folder of the sheets (default: review)")
    give.set_defaults(run=_review_export)
    back = review.add_parser("import", help="read filled sheets: agreement, and decisions for polypref build --review")
    back.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    back.add_argument("sheets", nargs="+", help="filled sheets; one file a reviewer, or the column 'reviewer'")
    back.add_argument("--out", default="review.json", metavar="FILE", help="the decisions (default: review.json)")
    back.set_defaults(run=_review_import)


def _positive(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 1")
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share between 0 and 1")
    return value


def _tags(text: str | None) -> list[str] | None:
    from . import languages

    if text is None:
        return None
    tags = [languages.resolve(tag.strip()).tag for tag in text.split(",") if tag.strip()]
    if not tags:
        raise UserError("--languages names no language; give tags, as in --languages de,fr")
    return tags


def _build(arguments: argparse.Namespace, rest: list[str]) -> None:
    from . import params

    if arguments.script is None:
        arguments.parser.print_help()
        if not arguments.help:
            raise UserError("polypref build needs a builder script, as in polypref build builders/quickstart.py")
        return
    from .builder import declare
    from .release.card import read_prose
    from .release.contaminated import of_build
    from .release.folder import check_folder, write_folder
    from .script import load_script
    from .store import Store
    from .walk import Asked, run

    module = load_script(arguments.script)
    if arguments.help:
        arguments.parser.print_help()
        say(params.describe(module.Params, arguments.script))
        return
    taken = vars(arguments).keys() - {"script", "command", "run", "parser"}
    values = params.parse(module.Params, rest, arguments.script, taken)
    builder = declare(module, values).narrowed(_tags(arguments.languages), arguments.mixture)
    if arguments.max_bad is not None:
        builder = replace(builder, max_bad=arguments.max_bad)
    prose = read_prose(Path(arguments.script).resolve().parent.parent / "dataset_cards" / builder.card)
    if arguments.review is not None:
        builder = replace(builder, review=arguments.review)
    if arguments.retracted is not None:
        from .release.hub import resolve_log

        changes = resolve_log(arguments.retracted)
        builder = replace(builder, retracted=None if changes is None else str(changes))
    if arguments.ray_address and arguments.engine != "ray":
        raise UserError("--ray-address says where a Ray cluster is; give --engine ray with it")
    out = Path(arguments.out or f"build/{builder.name}")
    if _foreign(out):
        raise UserError(f"{out} is there and holds no polypref build; choose another --out")
    limit = arguments.limit or (SAMPLE if arguments.sample else None)
    log = Path(arguments.log or out / ".polypref" / "responses.sqlite")
    if arguments.dry_run:
        _rehearse(builder, limit, log)
        return
    with _engine(arguments, out / ".polypref") as engine, Store(out / ".polypref", builder.name) as store:
        check_folder(out, builder, store)
        asked = Asked(log, arguments.retry_rejected)
        built = run(builder, store, engine, limit, arguments.quiet, asked)
        wrote = write_folder(built, out, prose, params.as_dict(values), arguments.quiet)
    rows = {name: sum(row["given"] for row in quotas.values()) for name, quotas in built.mixtures.items()}
    say(f"{'wrote' if wrote else 'nothing to do for'} {out}: " + ", ".join(f"{n} {c:,} pairs" for n, c in rows.items()))
    say(of_build(built))
    if arguments.sample:
        from .page import write_page

        page = out.with_name(f"{out.name}-sample.html")
        write_page(out, page, None, None)
        say(f"wrote {page}: read it, then run the same command without --sample; no answer is asked for again")


@contextmanager
def _engine(arguments: argparse.Namespace, folder: Path) -> "Iterator[Engine]":
    """What --engine asks for; a Ray that was started for it ends after."""
    if arguments.engine == "ray":
        from .cluster import Cluster
        from .stages.on_ray import Ray

        with Cluster(folder, arguments.ray_address, arguments.workers, arguments.script) as cluster:
            yield Ray(cluster, arguments.workers)
        return
    from .stages.engine import Local

    yield Local(arguments.workers, arguments.script)


def _rehearse(builder: "Builder", limit: int | None, log: Path) -> None:
    import tempfile

    from .inspection import rehearsal_table
    from .store import Store
    from .terminal import console
    from .walk import rehearse

    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / ".polypref", builder.name) as store:
        rows = rehearse(builder, store, limit, log)
    if not rows:
        say(f"builder '{builder.name}' asks no model")
        return
    console().print(rehearsal_table(rows))
    say("tokens are estimates: 400 an answer, a translation as long as its source; nothing was sent")
    say("requests are about so many: long answers are translated in parts, unusable replies are asked for again")


def _foreign(out: Path) -> bool:
    """Whether there is something that no build made; a build killed at its very start left only .polypref."""
    if not out.is_dir():
        return out.exists() or out.is_symlink()
    return not (out / ".polypref").is_dir() and any(out.iterdir())


def _inspect(arguments: argparse.Namespace, _: list[str]) -> None:
    from .release.hub import resolve

    # Not _tags: a builder script may have made languages of its own known.
    tags = [tag.strip() for tag in (arguments.languages or "").split(",") if tag.strip()] or None
    folder = resolve(arguments.dataset)
    if arguments.html is None:
        from .inspection import show

        show(folder, 1 if arguments.samples is None else arguments.samples, tags)
        return
    from .page import write_page

    sample = write_page(folder, Path(arguments.html), tags, arguments.samples)
    say(f"wrote {arguments.html}: {sample.held.total():,} of {sample.totals.total():,} rows to read")


def _release(arguments: argparse.Namespace, _: list[str]) -> None:
    from .release.publish import release

    release(
        Path(arguments.dataset),
        arguments.repo,
        public=arguments.public,
        create_pr=arguments.create_pr,
        dry_run=arguments.dry_run,
        keep_pii=arguments.keep_pii,
    )


def _diff(arguments: argparse.Namespace, _: list[str]) -> None:
    from .inspection import show_difference
    from .release.diff import difference
    from .release.hub import resolve

    show_difference(difference(resolve(arguments.old), resolve(arguments.new)))


def _retract(arguments: argparse.Namespace, _: list[str]) -> None:
    from .release import retract

    if arguments.rows:
        ids = retract.read_ids(Path(arguments.rows))
        retract.retract_rows(
            arguments.repo,
            ids,
            arguments.reason,
            squash=arguments.squash,
            of=arguments.of or "all",
            dry_run=arguments.dry_run,
        )
    elif arguments.of or arguments.dry_run:
        raise UserError("--of and --dry-run go with --rows, not with --tag; leave them out")
    else:
        retract.retract_version(arguments.repo, arguments.tag, arguments.reason, arguments.squash)


def _review_export(arguments: argparse.Namespace, _: list[str]) -> None:
    from . import review
    from .locks import reading
    from .release.folder import read_provenance
    from .release.hub import resolve

    folder = resolve(arguments.dataset)
    tags = _tags(arguments.languages) or []
    with reading(folder, "review"):
        sheets = review.export(
            folder, read_provenance(folder), tags, arguments.sample, abs(arguments.seed), Path(arguments.out)
        )
    say("\n".join(str(sheet) for sheet in sheets))
    say("in the column 'verdict', reviewers write A, B, both bad or not my language; then polypref review import")


def _review_import(arguments: argparse.Namespace, _: list[str]) -> None:
    from . import review
    from .inspection import review_table
    from .locks import reading
    from .release.folder import read_provenance
    from .release.hub import resolve
    from .terminal import console

    folder = resolve(arguments.dataset)
    with reading(folder, "review"):
        record = read_provenance(folder)
    found = review.bring_back(record, [Path(sheet) for sheet in arguments.sheets], Path(arguments.out))
    console().print(review_table(found["agreement"]))
    say(f"wrote {arguments.out}; polypref build ... --review {arguments.out} takes the decisions up")


def _filters(_: argparse.Namespace, __: list[str]) -> None:
    from .inspection import filters_table
    from .stages.filters.defaults import default_chain
    from .terminal import console

    console().print(filters_table(default_chain()))


def _languages(arguments: argparse.Namespace, _: list[str]) -> None:
    from . import languages
    from .inspection import language_table, languages_table
    from .terminal import console

    if arguments.check is None:
        console().print(languages_table(languages.known()))
    else:
        console().print(language_table(languages.resolve(arguments.check)))


def as_script() -> int:
    """Runs a command in a process of its own."""
    threads.wait_calmly()
    return main()


if __name__ == "__main__":
    run_as_process(as_script)
