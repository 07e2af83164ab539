import importlib.util
from types import ModuleType

import pytest

from . import tiny

pytest.importorskip("trl", reason="needs TRL: pip install -e '.[dev]', or make test")


@pytest.fixture(scope="session")
def train(root) -> ModuleType:
    """training/train.py as a module."""
    spec = importlib.util.spec_from_file_location("polypref_train", root / "training" / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    folders = {family: tiny.model(folder / family, family) for family in ("Cohere2", "Llama")}
    return folders | {"reward": tiny.model(folder / "reward", "Llama", score=True)}


@pytest.fixture(scope="session")
def pairs(tmp_path_factory) -> str:
    return tiny.dataset(tmp_path_factory.mktemp("pairs") / "d")


@pytest.fixture(autouse=True)
def quiet(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    # Read when the library is loaded, which may be long ago; it would ask for minutes where there is no network.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    # The library waits five seconds at the end of every pass over a shuffled stream, for a process that then ends.
    monkeypatch.setattr(datasets.config, "SLEEP_TIME_ON_THREADS_SHUTDOWN", 0, raising=False)
