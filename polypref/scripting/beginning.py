"""What `polypref new` writes: a builder script, its card's prose, and rows to try it on."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from ..errors import UserError

_LANGUAGES = ("de", "en", "he")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")


def write_beginning(path: Path) -> tuple[Path, Path, Path]:
    """Writes a builder script that builds at once, to be changed into one's own.

    Args:
        path: its name, with or without `.py`; a folder before it is made where it is not there.

    Returns:
        The script, its card, and the rows that it reads.

    Raises:
        UserError: the name cannot be one, or one of the files is there already.
    """
    stem = path.name.removesuffix(".py")
    if not _NAME.fullmatch(stem):
        raise UserError(
            f"'{stem[:60]}' cannot be the name of a builder script; take small letters, digits and '_', a letter first"
        )
    data = files("polypref") / "data"
    names = {"STEM": stem, "DATASET": stem.replace("_", "-"), "NAME": stem, "FILE": f"{stem}.py"}
    script = (data / "new" / "builder.py.txt").read_text("utf-8")
    texts = {
        path.with_name(f"{stem}.py"): re.sub(r"\b(STEM|DATASET|NAME|FILE)\b", lambda word: names[word[0]], script),
        path.with_name(f"{stem}.md"): (data / "new" / "card.md").read_text("utf-8"),
        path.with_name(f"{stem}.jsonl"): "".join(_rows(data / "languages")),
    }
    for file in texts:
        if file.exists() or file.is_symlink():
            raise _taken(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        try:
            with file.open("x", encoding="utf-8") as opened:
                opened.write(text)
        except FileExistsError:  # made by another command meanwhile
            raise _taken(file) from None
    script_path, card, rows = texts
    return script_path, card, rows


def _taken(file: Path) -> UserError:
    return UserError(f"{file} is there already; give another name, or move it away")


def _rows(folder: Traversable) -> Iterator[str]:
    """The bundled prompts in a few languages, as rows of one answer each."""
    for tag in _LANGUAGES:
        text = (folder / f"{tag}.jsonl").read_text("utf-8")
        for row in map(json.loads, text.splitlines()):
            for model, score in (("full", 4), ("weak", 2)):
                shared = {"id": row["id"], "language": tag, "prompt": row["prompt"]}
                yield json.dumps(
                    shared | {"model": f"bundled-{model}", "answer": row["answers"][model], "score": score},
                    ensure_ascii=False,
                ) + "\n"  # fmt: skip
