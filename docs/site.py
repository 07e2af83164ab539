"""Lays out the pages of the site in build/pages as they lie in the repository, so that links hold in both.

Two pages are written here: the reference, from the docstrings of what `polypref` exports, and what the commands say of
themselves. A page of docs/ that the navigation of mkdocs.yml lacks is an error.
"""

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "build" / "pages"
ELSEWHERE = (
    "README.md",
    "training/README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "LICENSE",
    "CITATION.cff",
)


def main(pages: Path = PAGES) -> None:
    """Writes the folder of the pages anew."""
    beside = [
        path for folder, kind in (("docs", "*.md"), ("examples", "*.ipynb")) for path in (ROOT / folder).glob(kind)
    ]
    documents = [*ELSEWHERE, *sorted(str(path.relative_to(ROOT)) for path in beside)]
    if missing := missing_pages(documents, (ROOT / "mkdocs.yml").read_text("utf-8")):
        sys.exit(f"mkdocs.yml: the navigation lacks {', '.join(missing)}")
    shutil.rmtree(pages, ignore_errors=True)
    for name in documents:
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, pages / name)
    shutil.copytree(ROOT / "docs" / "pictures", pages / "docs" / "pictures")
    (pages / "docs" / "reference.md").write_text(reference(), "utf-8")
    (pages / "docs" / "commands.md").write_text(commands(), "utf-8")


def missing_pages(documents: Iterable[str], settings: str) -> list[str]:
    """The pages that the navigation lacks.

    Args:
        documents: files, as they lie in the repository.
        settings: the text of mkdocs.yml, whose last key is `nav`.

    Returns:
        Those with the ending .md that are no entry by themselves: `a.md` is not in the navigation by `extra.md`.
    """
    _, _, navigation = settings.partition("\nnav:\n")
    entries = {page.strip("\"'") for page in re.split(r"[\s,\[\]]+", navigation)}
    return [name for name in documents if name.endswith(".md") and name not in entries]


def reference() -> str:
    """The reference as mkdocstrings takes it: a heading a name, its docstring below."""
    sys.path.insert(0, str(ROOT))
    import polypref

    names = sorted(polypref._PLACES.items(), key=lambda item: item[0].lower())
    return "# Reference\n\nWhat `import polypref` gives.\n\n" + "".join(
        f"::: polypref.{place}.{name}\n\n" for name, place in names
    )


def commands() -> str:
    """`--help` of every command."""
    from polypref.cli.commands import command_parser

    os.environ["COLUMNS"] = "100"
    return "# Commands\n" + "".join(
        f"\n## {parser.prog}\n\n```text\n{parser.format_help().rstrip()}\n```\n" for parser in leaves(command_parser())
    )


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of the commands that have no commands of their own."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        for one in group.choices.values():
            yield from leaves(one)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
