"""An engine of somebody's own, as CONTRIBUTING says: it runs the parts, serves the models, and changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.inference import Backend
from polypref.pipeline.builder import declare_builder
from polypref.pipeline.run import run_builder
from polypref.release.card import read_prose
from polypref.release.folder import write_folder
from polypref.scripting.loading import load_script
from tests.extending.builds import BuiltDataset, Extended
from tests.extending.test_rater import ECHO


@dataclass
class Backwards:
    """Runs the last job first, in this process."""

    ran: list[str] = field(default_factory=list)
    served: list[Backend] = field(default_factory=list)

    def run(self, function: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        for job in reversed(jobs):
            self.ran.append(function.__name__)
            yield function(*job)

    def serving(self, backend: Backend) -> Backend:
        self.served.append(backend)
        return backend

    @property
    def here(self) -> "Backwards":
        return self


def built(extended: Extended, engine: Any, name: str) -> BuiltDataset:
    script = extended.write(ECHO + "\ndef build(params):\n    return declared(rater=COUNTER)\n")
    module = load_script(str(script))
    out = extended.folder / name
    with Store(out / ".polypref", "extended") as store:
        result = run_builder(declare_builder(module, module.Params()), store, engine, quiet=True)
        write_folder(result, out, read_prose(extended.folder / "dataset_cards" / "extended.md"), quiet=True)
    return BuiltDataset(out)


@pytest.mark.slow
def test_an_engine_runs_every_part_and_serves_every_model(extended: Extended) -> None:
    engine = Backwards()
    dataset = built(extended, engine, "backwards")
    parts = {"read_job", "check_part", "collect_part", "rated_part", "pair_part", "filter_part"}
    assert set(engine.ran) == parts and engine.ran.count("pair_part") > 1
    assert [type(one).__name__ for one in engine.served] == ["Lengths"]
    # The workers of the engine of this machine load the script that defines the rater, without being told.
    usual = built(extended, Local(2), "local")
    digests = [{n: f["sha256"] for n, f in one.record["files"].items()} for one in (dataset, usual)]
    assert digests[0] == digests[1] != {}


@dataclass
class Forgetful(Backwards):
    """Leaves out the last part of one stage."""

    stage: str = ""

    def run(self, function: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        left_out = function.__name__ == self.stage
        yield from super().run(function, jobs[:-1] if left_out else jobs)


@pytest.mark.slow
def test_a_part_that_an_engine_leaves_out_ends_the_build_and_is_made_by_the_next(extended: Extended) -> None:
    usual = built(extended, Local(1), "usual")
    for function, stage in [("read_job", "read"), ("collect_part", "rate"), ("filter_part", "filter")]:
        with pytest.raises(UserError, match=rf"engine Forgetful gave \d results? for \d jobs? of stage '{stage}'"):
            built(extended, Forgetful(stage=function), function)
        (folder,) = (extended.folder / function / ".polypref").glob(f"{stage}-*/")
        assert not (folder / "done.json").exists()
        assert built(extended, Local(1), function).record["files"] == usual.record["files"]


def test_what_an_engine_raises_is_said_before_anything_is_done(extended: Extended) -> None:
    class Odd(Backwards):
        here = property(lambda self: 1 / 0)  # type: ignore[assignment]

    with pytest.raises(
        UserError, match=r"engine Odd \(test_engine.py line \d+\) raises ZeroDivisionError: division by zero"
    ):
        built(extended, Odd(), "odd")
    with pytest.raises(UserError, match="engine Nowhere: here is a NoneType, which is no engine"):
        built(extended, type("Nowhere", (Backwards,), {"here": None})(), "nowhere")
    assert not list(extended.folder.glob("*/.polypref/read-*"))


def test_an_engine_that_is_empty_is_an_engine(extended: Extended) -> None:
    engine = type("Empty", (Backwards,), {"__len__": lambda self: 0})()
    built(extended, engine, "empty")
    assert engine.ran


def test_what_is_no_engine_is_said_before_anything_is_done(extended: Extended, tmp_path: Path) -> None:
    script = extended.write("\ndef build(params):\n    return declared()\n")
    module = load_script(str(script))
    builder = declare_builder(module, module.Params())
    with Store(tmp_path / "store", "extended") as store:
        with pytest.raises(UserError, match=r"engine list lacks `run`|is no engine"):
            run_builder(replace(builder), store, [])  # type: ignore[arg-type]

        class Half:
            def run(self, function: Any, jobs: Any) -> Any: ...

        with pytest.raises(UserError, match="engine Half lacks `serving`: Returns who answers in a backend's place"):
            run_builder(builder, store, Half())  # type: ignore[arg-type]
