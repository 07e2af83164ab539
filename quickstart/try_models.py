"""`make try-models`: your own prompts, two small models, a judge that reads letters, and a page at the end."""

if __name__ == "__main__":  # before anything else is loaded
    from polypref.console.beginning import watch_for_interrupt

    watch_for_interrupt()

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from polypref.console import threads
from polypref.console.command import carry_out
from polypref.console.escaping import print_safely, short_text
from polypref.console.interrupts import run_as_process
from polypref.errors import UserError

if TYPE_CHECKING:
    from polypref.evaluation.results import Results
    from polypref.files.json_types import Json, JsonObject

#: Asked where nobody gives prompts.
BUNDLED = Path(__file__).resolve().parent / "prompts.jsonl"
#: How one model answers twice: the likeliest words, and words that are drawn.
DRAWN = 0.8
REMARK = (
    "A small model judges here, by the letter that it is likelier to write. polypref judge-check says what that is "
    "worth in a language; until it has said so, read the answers and leave the win-rates."
)


def main(words: list[str] | None = None) -> int:
    """Asks two models and writes the page.

    Args:
        words: the command line's; those of this process when left out.

    Returns:
        As every command: `polypref.console.command.carry_out`.
    """
    parser = argparse.ArgumentParser(
        prog="python -m quickstart.try_models", description="Your own prompts, two small models, a page at the end."
    )
    parser.add_argument(
        "--prompts", type=Path, default=BUNDLED, metavar="FILE",
        help="a table with the columns prompt and language, or a .txt with a prompt a line (default: six bundled ones)",
    )  # fmt: skip
    parser.add_argument(
        "--language", default="", metavar="TAG", help="of the lines of a .txt that do not begin with theirs and a tab"
    )
    parser.add_argument(
        "--models", nargs="+", default=[], metavar="MODEL",
        help="folders, GGUF files or names on the Hub; one alone answers twice (default: SmolLM2-135M-Instruct)",
    )  # fmt: skip
    parser.add_argument("--judge", default="", metavar="MODEL", help="who compares the answers (default: the first)")
    parser.add_argument("--max-tokens", type=int, default=96, metavar="N", help="of an answer (default: 96)")
    parser.add_argument("--out", type=Path, default=Path("build/try"), metavar="DIR", help="folder (default build/try)")
    threads.add_option(parser)
    given = parser.parse_args(words)

    def command() -> None:
        threads.limit_threads(given.threads)
        models = given.models
        if not models:
            from quickstart.smollm2 import model_folder

            models = [str(model_folder())]
        compare_models(given.prompts, models, given.out, given.judge, given.language, given.max_tokens)

    return carry_out(command)


def compare_models(
    prompts: Path, models: Sequence[str], out: Path, judge: str = "", language: str = "", max_tokens: int = 96
) -> "Results":
    """Has models answer, a judge compare the answers, and writes the page; what is done already is not done again.

    Args:
        prompts: a table with the columns prompt and language, or a .txt.
        models: one or several.
        out: the folder.
        judge: who compares; empty for the first of them.
        language: see `read_lines`.
        max_tokens: of an answer.

    Returns:
        What results.json of the folder holds.

    Raises:
        UserError: the prompts cannot be read, or as in `polypref.evaluate`.
    """
    # Before transformers reads it: bars of loading between the lines help nobody.
    os.environ |= {"TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_VERBOSITY": "error"}
    from transformers.utils import logging

    import polypref
    from polypref.files.atomic import write_bytes

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if not prompts.exists():
        raise UserError(f"there is no file {prompts}; give prompts as PROMPTS=FILE (--prompts FILE)")
    asked = prompts
    if prompts.suffix == ".txt":
        rows = read_lines(prompts, language)
        out.mkdir(parents=True, exist_ok=True)
        asked = out / "prompts.jsonl"
        write_bytes(asked, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
    config: JsonObject = {
        "set": {"name": prompts.stem, "path": str(asked)},
        "models": contenders(models, max_tokens),
        "judge": {"kind": "logprob", "model": judge or models[0], "at": "transformers"},
        "remarks": [REMARK],
    }
    results = polypref.evaluate(config, out / "evaluation").results
    assert results is not None  # all steps were run
    print_safely(f"all answers side by side: {out / 'evaluation' / 'report.html'}")
    return results


def read_lines(path: Path, language: str = "") -> list[dict[str, str]]:
    """The prompts of a text file, one a line: `TAG`, a tab and the prompt, or the prompt alone.

    Args:
        path: the file; empty lines count for nothing.
        language: of the lines that say none.

    Returns:
        {language, prompt} of each.

    Raises:
        UserError: the file cannot be read or holds no prompt, or a line's language is said nowhere.
    """
    from polypref.languages import resolve_at

    tag = resolve_at("language (LANGUAGE=, --language)", language).tag if language else ""
    try:
        # Not splitlines: a prompt may hold other signs that end a line, as U+2028.
        lines = path.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise UserError(f"cannot read {path}: it is not UTF-8; save it as that") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from None
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        own, tab, prompt = line.partition("\t")
        if not tab and not tag:
            raise UserError(
                f"{path}, line {number}: in which language is '{short_text(line.strip())}'? begin the line with its "
                "tag and a tab (de, tab, prompt), or give one for all (LANGUAGE=de, --language de)"
            )
        asked = (prompt if tab else line).strip()
        if not asked:
            raise UserError(f"{path}, line {number} has no prompt behind its tab; write one, or take the line out")
        where = f"{path}, line {number}, before the tab"
        rows.append({"language": resolve_at(where, own.strip()).tag if tab else tag, "prompt": asked})
    if not rows:
        raise UserError(f"{path} holds no prompt; write one a line")
    return rows


def contenders(models: Sequence[str], max_tokens: int) -> "list[Json]":
    """The models as an evaluation's config has them; one alone is there twice, greedy and drawn.

    Args:
        models: folders, files or names on the Hub.
        max_tokens: of an answer.

    Returns:
        A mapping each, with names that differ.
    """
    names = [Path(one).name for one in models]
    if len(set(names)) < len(names):
        names = [f"{name} ({number})" for number, name in enumerate(names, 1)]
    heats = [0.0] * len(models)
    if len(models) == 1:
        models, names = [*models, *models], [f"{names[0]}, likeliest words", f"{names[0]}, words drawn"]
        heats = [0.0, DRAWN]
    given: list[Json] = []
    for name, model, heat in zip(names, models, heats, strict=True):
        sampling: JsonObject = {"temperature": heat, "max_tokens": max_tokens}
        given.append({"name": name, "model": model, "at": "transformers", "sampling": sampling})
    return given


if __name__ == "__main__":
    threads.wait_calmly()
    run_as_process(main)
