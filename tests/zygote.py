"""
A process that has loaded the libraries and forks a child for every command: a fresh process in 0.2 s instead of 3 s.

Reads one JSON object a line ({"argv": [...]} for the command line or {"code": "..."}, with "env", "cwd", "out", "err")
and answers with the exit code. Before the fork there are only imports, and what is read of the package and never
changes. What libraries read of the environment while they are imported (the Hub's address, HF_HOME) is what the process
was started with. Builds run without workers where they ask for none.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import sys
import threading
import traceback

# What the commands import lazily.
import datasets
import duckdb
import huggingface_hub
import pyarrow.dataset
import pyarrow.parquet
import yaml

import polypref.api.building
import polypref.cli.commands
import polypref.kernels.prose
import polypref.kernels.words
import polypref.languages.close_languages
import polypref.languages.likelihoods
import polypref.languages.phrases
import polypref.languages.registry
import polypref.languages.scripts
import polypref.languages.tasks
import polypref.pages.dataset
import polypref.pages.tables
import polypref.pipeline.run
import polypref.release.card
import polypref.release.publish
import polypref.release.retract
import polypref.stages.prompts.known_sets
import polypref.stages.prompts.shingles
from tests.disks import write_without_waiting

LOADED = (datasets, duckdb, huggingface_hub, pyarrow.dataset, pyarrow.parquet, yaml, huggingface_hub.HfApi)
write_without_waiting()
# Tables that never change, each of which takes a command longer than most tests.
polypref.languages.registry.by_name()
for table in (
    polypref.release.card._template,
    polypref.languages.likelihoods.tables,
    polypref.languages.phrases._decomposed,
    polypref.languages.phrases._table,
    polypref.languages.scripts._table,
    polypref.kernels.words.characters,
    polypref.kernels.prose._table,
    polypref.stages.prompts.shingles._table,
):
    table()
for tag in ("ar", "de", "en", "he", "ja", "uk"):  # those of most tests
    polypref.languages.tasks.may_name_languages(["."], tag)
polypref.stages.prompts.known_sets.known_index(polypref.stages.prompts.known_sets.KNOWN_SETS)

# One a core by default, each of which would load the libraries anew at every stage: who wants some asks for them.
os.cpu_count = lambda: 1

#: What a command may take.
MOST_SECONDS = 600


def run_job(job: dict) -> int:
    """Does what a job says, in a child; its exit code."""
    # One that hangs would hold up every test after it.
    signal.alarm(MOST_SECONDS)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, path in ((1, job["out"]), (2, job["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    try:
        if "code" in job:
            exec(compile(job["code"], "snippet", "exec"), {"__name__": "snippet"})
        else:
            sys.argv = ["polypref", *job["argv"]]
            # As `python -m polypref.cli`, so that worker processes import that and not this file.
            runpy.run_module("polypref.cli", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def end_child(code: int) -> None:
    """Ends a child as Python ends a process."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Forks a child for each line, and waits for it."""
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            end_child(run_job(json.loads(line)))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
