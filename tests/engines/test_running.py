"""Jobs given to an engine: each done once, and an engine of somebody's own named in what it does wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from polypref.engines.local import Local
from polypref.engines.running import here_of, run_jobs, serving_of
from polypref.errors import UserError
from polypref.inference import Backend

Jobs = Sequence[tuple[object, ...]]
Function = Callable[..., int]


class Mine:
    """An engine as it should be; its subclasses are not."""

    def run(self, function: Function, jobs: Jobs) -> Iterator[int]:
        yield from (function(*job) for job in jobs)

    def serving(self, backend: Backend) -> Backend:
        return backend

    @property
    def here(self) -> Mine:
        return self


def write(folder: Path, number: int) -> int:
    """A job: writes its part, and has ten times its number of rows."""
    (folder / f"{number}.part").write_text("rows")
    return 10 * number


def broken(folder: Path, number: int) -> int:
    raise ZeroDivisionError(f"job {number}")


def done(engine: object, folder: Path, function: Function = write, jobs: int = 5) -> list[int]:
    every = [(folder, number) for number in range(jobs)]
    return list(run_jobs(engine, "rate", function, every, lambda job: folder / f"{job[1]}.part"))  # type: ignore[arg-type]


def mine(**members: object) -> object:
    return type("Mine", (Mine,), members)()


def test_every_job_is_done_and_its_rows_are_given(tmp_path: Path) -> None:
    assert done(Mine(), tmp_path) == [0, 10, 20, 30, 40]
    assert done(mine(run=lambda self, function, jobs: [function(*job) for job in jobs]), tmp_path) == [
        0,
        10,
        20,
        30,
        40,
    ]


def test_without_jobs_no_engine_is_called(tmp_path: Path) -> None:
    assert done(mine(run=None), tmp_path, jobs=0) == []


def leaves_out(self: object, function: Function, jobs: Jobs) -> Iterator[int]:
    yield from (function(*job) for job in jobs[:-1])


def twice(self: object, function: Function, jobs: Jobs) -> Iterator[int]:
    for job in jobs:
        yield function(*job)
        yield function(*job)


def one_for_another(self: object, function: Function, jobs: Jobs) -> Iterator[int]:
    yield from (function(*job) for job in [*jobs[:-1], jobs[0]])


def exits(self: object, function: Function, jobs: Jobs) -> Iterator[int]:
    sys.exit(0)


def clears(self: object, function: Function, jobs: Jobs) -> Iterator[int]:
    jobs.clear()  # type: ignore[attr-defined]
    return iter(())


def stops_halfway(self: object, function: Function, jobs: Jobs) -> Iterator[int]:
    yield function(*jobs[0])
    raise KeyError("half")


def closes(self: object, function: Function, jobs: Jobs) -> Iterator[int]:
    yield function(*jobs[0])
    raise GeneratorExit


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (leaves_out, "engine Mine gave 4 results for 5 jobs of stage 'rate'; call function(*job) for every job"),
        (twice, "engine Mine gave more than 5 results for 5 jobs of stage 'rate'; call"),
        (one_for_another, "engine Mine left out 1 of 5 jobs of stage 'rate': there is no 4.part; call"),
        (lambda self, function, jobs: iter(()), "engine Mine gave 0 results for 5 jobs of stage 'rate'"),
        (lambda self, function, jobs: None, "engine Mine: run() in stage 'rate' returns NoneType; yield what"),
        (lambda self, function, jobs: "abc", "engine Mine: run() in stage 'rate' returns str; yield what"),
        (
            lambda self, function, jobs: iter([None]),
            "run() in stage 'rate' yields NoneType; yield what function(*job)",
        ),
        (lambda self, function, jobs: iter("x"), "run() in stage 'rate' yields str; yield what function(*job)"),
        (clears, "engine Mine gave 0 results for 5 jobs of stage 'rate'"),
        (exits, ") raises SystemExit: 0, which would end the program; raise an error that says why"),
        (stops_halfway, ") raises KeyError: 'half'"),
        (closes, ") raises GeneratorExit: "),
    ],
)
def test_what_an_engine_does_wrong_is_one_sentence_that_names_it(run: object, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        done(mine(run=run), tmp_path)
    assert sentence in str(caught.value) and str(caught.value).startswith("engine Mine")


def test_what_a_job_raises_stays_what_it_is_in_this_process_and_in_others(tmp_path: Path) -> None:
    def elsewhere(self: object, function: Function, jobs: Jobs) -> Iterator[int]:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            yield from (pool.submit(function, *job).result() for job in jobs)

    for engine in (Mine(), Local(1), mine(run=elsewhere)):
        with pytest.raises(ZeroDivisionError, match="job 0"):
            done(engine, tmp_path, broken)


def test_a_lost_worker_names_the_stage_and_whose_code_ran(tmp_path: Path) -> None:
    import os

    jobs = [(9,)] * 3
    running = run_jobs(Local(2), "read", os._exit, jobs, lambda job: tmp_path, (Mine(), Local(1)))
    with pytest.raises(UserError) as caught:
        list(running)
    assert str(caught.value) == (
        "stage 'read': a worker process ended without a word, with exit code 9 (os._exit?), where code of Mine runs; "
        "run the same command again to go on, with workers=1 (--workers 1) if it happens again"
    )


def raises(*_: object) -> object:
    raise RuntimeError("no")


def test_what_serving_gives_is_a_backend() -> None:
    server: Backend = mine(run=None.__init__)  # type: ignore[assignment, misc]
    assert serving_of(Mine())(server) is server
    for serving, sentence in [
        (
            lambda self, backend: None,
            "engine Mine: serving() returns NoneType, which has no run; write `return backend`",
        ),
        (lambda self, backend: 5, "engine Mine: serving() returns int, which has no run"),
        (raises, "engine Mine: serving() (test_running.py line "),
    ]:
        with pytest.raises(UserError) as caught:
            serving_of(mine(serving=serving))(server)  # type: ignore[arg-type]
        assert str(caught.value).startswith(sentence)


def test_here_is_an_engine() -> None:
    engine = Mine()
    assert here_of(engine) is engine and here_of(Local(2)) == Local(2)
    assert here_of(mine(here=Local(3))) == Local(3)  # type: ignore[arg-type]
    with pytest.raises(
        UserError, match="engine Mine: here is a NoneType, which is no engine and lacks run, serving, here"
    ):
        here_of(mine(here=None))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"engine Mine: here \(test_running.py line \d+\) raises RuntimeError: no"):
        here_of(mine(here=property(raises)))  # type: ignore[arg-type]
