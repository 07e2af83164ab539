"""`python -m quickstart --out build/loop`: the full loop, offline, on two CPU cores."""

if __name__ == "__main__":  # before anything else is loaded
    from polypref.console.beginning import watch_for_interrupt

    watch_for_interrupt()

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from polypref.console import threads
from polypref.console.command import carry_out
from polypref.console.interrupts import run_as_process

if TYPE_CHECKING:
    from polypref.evaluation.results import Results
    from quickstart.steps import Settings


def main(words: list[str] | None = None) -> int:
    """Runs what is missing of the loop and shows what it did.

    Args:
        words: the command line's; those of this process when left out.

    Returns:
        As every command: `polypref.console.command.carry_out`.
    """
    parser = argparse.ArgumentParser(
        prog="python -m quickstart", description="A tiny model, its own preference data, DPO, win-rates: offline."
    )
    parser.add_argument("--out", type=Path, default=Path("build/loop"), help="folder (default build/loop)")
    parser.add_argument("--seed", type=int, default=0, help="of everything (default 0)")
    parser.add_argument("--threads", type=int, help="threads of torch on the CPU (default: one a core)")
    given = parser.parse_args(words)

    def command() -> None:
        from quickstart.steps import Settings

        threads.limit_threads(given.threads)
        run_loop(given.out, Settings(seed=given.seed))

    return carry_out(command)


def run_loop(out: Path, settings: "Settings", show: bool = True) -> "Results":
    """The whole loop in a folder.

    Args:
        out: the folder; what is there already is not done again.
        settings: what the run is.
        show: whether to print anything.

    Returns:
        What the evaluation's results.json holds.

    Raises:
        UserError: a step fails, or the folder holds a run with other settings.
    """
    # Before anything reads them: nothing here is on the Hub, so nobody shall be asked.
    os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_VERBOSITY": "error"}
    from transformers.utils import logging

    from quickstart import steps

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]

    def say(text: str) -> None:
        if show:
            print(text, flush=True)

    def progress(text: str) -> None:
        say(f"        {text}")

    steps.claim_folder(out, settings)
    say("1 of 4  a tiny Cohere2 model learns six questions in 23 languages, half of the answers in English")
    model = steps.learn_answers(out, settings, progress)
    say("2 of 4  its own answers become a preference dataset (builders/loop.py)")
    dataset = steps.build_dataset(out, settings, show)
    say("3 of 4  DPO with training/train.py")
    trained = steps.train_preferences(dataset, out, out / "dpo", settings, progress)
    say(f"4 of 4  both models answer {settings.held_out} questions in 23 languages that neither has seen")
    results = steps.compare_models(model, trained, out, out / "evaluation", settings, show)
    for sentence in steps.loop_summary(out / "evaluation", results):
        say(sentence)
    return results


if __name__ == "__main__":
    threads.wait_calmly()
    run_as_process(main)
