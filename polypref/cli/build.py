"""`polypref build`: runs a builder script."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..console import threads
from ..console.escaping import say
from ..errors import UserError

if TYPE_CHECKING:
    from ..engines.contract import Engine
    from ..pipeline.builder import Builder
from .arguments import Commands, language_tags, positive_number, share

#: Prompts a language of `polypref build --sample`.
SAMPLE = 10


def add_build_parser(commands: Commands) -> None:
    """Adds `polypref build`."""
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
    build.add_argument("--limit", type=positive_number, metavar="N", help="at most N prompts a language")
    build.add_argument("--max-bad", type=share, metavar="SHARE", help="share of unusable rows that stops the build")
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
    build.add_argument("--workers", type=positive_number, metavar="N", help="processes (default: one a core)")
    build.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="what runs parts and models (default: local)"
    )
    build.add_argument(
        "--ray-address", metavar="HOST:PORT", help="with --engine ray: a cluster's head node, or auto (default: none)"
    )
    threads.add_option(build)
    build.add_argument("--quiet", action="store_true", help="no progress")
    build.set_defaults(run=_build, parser=build)


def _build(arguments: argparse.Namespace, rest: list[str]) -> None:
    from ..scripting import params

    if arguments.script is None:
        arguments.parser.print_help()
        if not arguments.help:
            raise UserError("polypref build needs a builder script, as in polypref build builders/quickstart.py")
        return
    from ..files.store import Store
    from ..pipeline.builder import declare
    from ..pipeline.run import Asked, run
    from ..release import language_notes
    from ..release.card import read_prose
    from ..release.contaminated import of_build
    from ..release.folder import check_folder, write_folder
    from ..scripting.loading import load_script

    module = load_script(arguments.script)
    if arguments.help:
        arguments.parser.print_help()
        say(params.describe(module.Params, arguments.script))
        return
    taken = vars(arguments).keys() - {"script", "command", "run", "parser"}
    values = params.parse(module.Params, rest, arguments.script, taken)
    builder = declare(module, values).narrowed(language_tags(arguments.languages), arguments.mixture)
    if arguments.max_bad is not None:
        builder = replace(builder, max_bad=arguments.max_bad)
    prose = read_prose(Path(arguments.script).resolve().parent.parent / "dataset_cards" / builder.card)
    if arguments.review is not None:
        builder = replace(builder, review=arguments.review)
    if arguments.retracted is not None:
        from ..release.hub import resolve_log

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
    rows = {name: sum(row.given for row in quotas.values()) for name, quotas in built.mixtures.items()}
    say(f"{'wrote' if wrote else 'nothing to do for'} {out}: " + ", ".join(f"{n} {c:,} pairs" for n, c in rows.items()))
    say(of_build(built))
    if sentence := language_notes.sentence(language_notes.of_build(built)):
        say(sentence)
    if arguments.sample:
        from ..pages.dataset import write_page

        page = out.with_name(f"{out.name}-sample.html")
        write_page(out, page, None, None)
        say(f"wrote {page}: read it, then run the same command without --sample; no answer is asked for again")


@contextmanager
def _engine(arguments: argparse.Namespace, folder: Path) -> "Iterator[Engine]":
    """What --engine asks for; a Ray that was started for it ends after."""
    if arguments.engine == "ray":
        from ..engines.cluster import Cluster
        from ..engines.ray import Ray

        with Cluster(folder, arguments.ray_address, arguments.workers, arguments.script) as cluster:
            yield Ray(cluster, arguments.workers)
        return
    from ..engines.local import Local

    yield Local(arguments.workers, arguments.script)


def _rehearse(builder: "Builder", limit: int | None, log: Path) -> None:
    import tempfile

    from ..console.terminal import console
    from ..files.store import Store
    from ..pipeline.run import rehearse
    from .tables import rehearsal_table

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
