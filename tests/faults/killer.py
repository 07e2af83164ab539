"""A process that has loaded the libraries, forks a child for every command, and kills it after a while.

Reads a job a line: {"argv", "env", "out", "err", "after": seconds or null, "victim": all | first | worker, "draw": n};
answers {"code": exit code, "killed": whether anything was killed, "group": process group}. A child begins in
milliseconds, not seconds, so that most of its time is spent in what is to be disturbed.
"""

import gc
import json
import os
import signal
import sys
import time
import traceback
from typing import Any

import datasets
import duckdb
import huggingface_hub
import pyarrow.parquet
import sacrebleu

import polypref.cli.commands
import polypref.inference.openai
import polypref.pages.tables
import polypref.pipeline.run
import polypref.release.publish
import polypref.release.retract
from tests.processes import workers_of

LOADED = (datasets, duckdb, pyarrow.parquet, sacrebleu, huggingface_hub.HfApi)
Job = dict[str, Any]


def child(job: Job) -> int:
    """Runs the command line."""
    os.setsid()
    for stream, path in ((1, job["out"]), (2, job["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    os.environ.update(job["env"])
    try:
        return polypref.cli.main(job["argv"])
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1


def waited(pid: int, seconds: float) -> int | None:
    """The exit code, or None when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    return None


def run(job: Job) -> Job:
    """Runs a job; kills all processes of it, the first one alone, or a worker alone."""
    pid = os.fork()
    if pid == 0:
        code = child(job)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    code = waited(pid, 600 if job["after"] is None else job["after"])
    if code is not None:
        return {"code": code, "killed": False, "group": pid}
    workers = workers_of(pid)
    if job["victim"] == "worker" and workers:
        os.kill(workers[job["draw"] % len(workers)], signal.SIGKILL)
        code = waited(pid, 120)
        assert code is not None, "a build without one of its workers hangs"
        return {"code": code, "killed": True, "group": pid}
    if job["victim"] == "all":
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:  # it has no group of its own yet
            os.kill(pid, signal.SIGKILL)
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status), "killed": True, "group": pid}


def main() -> None:
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
