"""Models in one GGUF file: what the head says, which file it is, how much memory, and the model itself."""

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.evaluation.settings import from_config
from polypref.files.atomic import file_digest
from polypref.inference import Model, Reply, Request, Sampling, gguf
from polypref.inference.gguf import GgufFacts, check_gguf, gguf_facts, gguf_in, unpacked_bytes
from polypref.inference.weights import weights_digest

from . import tiny_gguf


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def head(
    values: Mapping[str, tuple[int, bytes]] = MappingProxyType({}),
    tensors: tuple[tuple[int, ...], ...] = ((4, 3), (5,)),
    version: int = 3,
) -> bytes:
    """The head of a GGUF file, by hand: values as (type, bytes), tensors by their sides."""
    parts = [b"GGUF", struct.pack("<IQQ", version, len(tensors), len(values))]
    parts += [text(key) + struct.pack("<I", kind) + value for key, (kind, value) in values.items()]
    for number, sides in enumerate(tensors):
        parts.append(text(f"t{number}") + struct.pack("<I", len(sides)) + struct.pack(f"<{len(sides)}Q", *sides))
        parts.append(struct.pack("<IQ", 0, 0))
    return b"".join(parts)


VALUES = {
    "general.architecture": (8, text("llama")),
    "tokenizer.ggml.tokens": (9, struct.pack("<IQ", 8, 2) + text("a") + text("б")),
    "tokenizer.ggml.scores": (9, struct.pack("<IQ", 6, 3) + struct.pack("<3f", 1, 2, 3)),
    "llama.rope.freq_base": (6, struct.pack("<f", 1e4)),
    "general.size": (10, struct.pack("<Q", 7)),
}


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_head_says_how_many_weights_there_are(tmp_path: Path) -> None:
    file = written(tmp_path / "m.gguf", head(VALUES))
    # 4 times 3, and 5.
    assert gguf_facts(file) == GgufFacts("llama", 17, 1, file.stat().st_size)
    split = written(tmp_path / "s.gguf", head({"split.count": (2, struct.pack("<H", 3))}))
    assert gguf_facts(split).parts == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04 no model", "is no GGUF file: it does not begin with GGUF"),
        (b"", "is no GGUF file"),
        (head(version=1), "is of version 1 of GGUF; versions 2 and 3 are read"),
        (head(VALUES)[:-9], "cannot be read as a GGUF file .*it may be cut off"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "counts more parts than a model has"),
        (head({"x": (8, struct.pack("<Q", 1 << 40))}), "longer than any is"),
        (head({"x": (77, b"")}), "unknown kind 77"),
        (head(tensors=((1 << 60,) * 40,)), "more sides than any has"),
        (head({"x": (9, struct.pack("<IQ", 9, 1) * 5_000)}), "cannot be read as a GGUF file"),
    ],
)
def test_what_is_no_whole_file_is_said(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(UserError, match=says):
        gguf_facts(written(tmp_path / "m.gguf", content))


@given(st.binary(max_size=60), st.integers(0, 200))
def test_damaged_heads_are_sentences(tmp_path_factory: pytest.TempPathFactory, damage: bytes, at: int) -> None:
    whole = head(VALUES)
    file = written(tmp_path_factory.mktemp("gguf") / "m.gguf", whole[:at] + damage + whole[at + len(damage) :])
    try:
        assert gguf_facts(file).weights >= 0
    except UserError as error:
        assert str(file) in str(error)


def test_a_file_and_a_folder_that_holds_one(tmp_path: Path) -> None:
    file = written(tmp_path / "small.Q4.gguf", head())
    assert gguf_in(str(file)) == gguf_in(str(tmp_path)) == gguf_in(str(tmp_path), "small.Q4.gguf") == file
    assert gguf_in("org/model") is None and gguf_in(str(tmp_path / "none.gguf")) is None
    written(tmp_path / "small.Q8.gguf", head())
    with pytest.raises(UserError, match=r"holds 2 GGUF files \(small.Q4.gguf, small.Q8.gguf\); give the path of one"):
        gguf_in(str(tmp_path))
    assert gguf_in(str(tmp_path), "small.Q8.gguf") == tmp_path / "small.Q8.gguf"
    with pytest.raises(UserError, match=r"holds no file big.gguf; it holds small.Q4.gguf, small.Q8.gguf"):
        gguf_in(str(tmp_path), "big.gguf")
    # Beside weights in safetensors they are not what the folder is for.
    written(tmp_path / "model.safetensors", b"")
    assert gguf_in(str(tmp_path)) is None


def test_the_memory_is_that_of_the_unpacked_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = written(tmp_path / "m.gguf", head(VALUES, ((1000, 1000), (2000, 1000))))
    facts = gguf_facts(file)
    assert [unpacked_bytes(facts, dtype) for dtype in ("auto", "float32", "bfloat16")] == [12_000_000] * 2 + [6_000_000]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    check_gguf(file, "lab/m", "auto")
    assert "lab/m, 0 MB as GGUF, is unpacked to 12 MB in memory (3 million weights in float32)" in caplog.text
    monkeypatch.setattr(gguf, "_memory", lambda: 10_000_000)
    with pytest.raises(UserError, match=r"12 MB in memory .*this machine has 10 MB; take half of it .*llama.cpp"):
        check_gguf(file, "lab/m", "auto")
    check_gguf(file, "lab/m", "bfloat16")


def test_what_cannot_be_loaded_is_said_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split = written(tmp_path / "s.gguf", head({"split.count": (2, struct.pack("<H", 3))}))
    with pytest.raises(UserError, match=r"split into 3 GGUF files.*llama-gguf-split --merge.*llama.cpp's server"):
        check_gguf(split, "lab/m", "auto")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="is a GGUF file; reading it needs the package gguf: pip install gguf"):
        check_gguf(written(tmp_path / "m.gguf", head()), "lab/m", "auto")


def test_an_evaluation_takes_a_file_by_its_path(tmp_path: Path) -> None:
    file = written(tmp_path / "small.gguf", head())
    assert weights_digest(file) == weights_digest(tmp_path) == file_digest(file)[:12]
    models: list[Any] = [{"model": str(file), "at": "transformers"}, {"name": "b", "stored": "b.jsonl"}]
    judge = {"kind": "logprob", "model": str(tmp_path), "at": "transformers", "name": "j"}
    declared = from_config({"set": "quickstart", "models": models, "judge": judge})
    contender = declared.contenders[0]
    # By its content: a copy elsewhere is the same model.
    assert contender.model == Model("small.gguf", file_digest(file)[:12])
    assert contender.served is not None and getattr(contender.served.backend, "folder") == str(file)  # noqa: B009


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same tiny model as a GGUF file and as a folder."""
    for name in ("torch", "transformers", "gguf"):
        pytest.importorskip(name, reason="needs gguf and transformers: make test-models")
    folder = tmp_path_factory.mktemp("models")
    return Path(tiny_gguf.llama(folder / "tiny.gguf", folder / "tiny")), folder / "tiny"


def results(name: str, **settings: Any) -> list[Any]:
    from polypref.inference.transformers import Transformers

    model = Model(name)
    asked = [Request(model, (("user", one),), Sampling(max_tokens=8)) for one in ("hi", "שלום", "Привіт")]
    asked.append(Request(model, (("user", "A or B?"),), kind="letter", letters=("A", "B")))
    given = dict(Transformers(**settings).run(asked))
    assert all(isinstance(one, Reply) for one in given.values())
    return [given[one] for one in asked]


def test_a_model_answers_from_gguf_as_from_its_folder(both: tuple[Path, Path]) -> None:
    file, folder = both
    whole = results(str(folder))
    assert results(str(file)) == whole
    assert results("org/mine", folder=str(file)) == results("org/mine", folder=str(file.parent)) == whole
    assert results(str(file.parent), gguf_file=file.name) == whole


def test_a_reward_model_is_none(both: tuple[Path, Path]) -> None:
    from polypref.inference.transformers import Transformers

    asked = Request(Model(str(both[0])), (("user", "a"), ("assistant", "b")), kind="score")
    with pytest.raises(UserError, match="is a GGUF file, which holds a model that writes; reward models are loaded"):
        list(Transformers().run([asked]))


def test_a_model_of_an_architecture_that_transformers_has_not(both: tuple[Path, Path], tmp_path: Path) -> None:
    from polypref.inference.transformers import Transformers

    content = both[0].read_bytes().replace(text("llama"), text("lluma"), 1)
    file = written(tmp_path / "m.gguf", content)
    with pytest.raises(UserError, match=r"cannot load model .* from GGUF \(.*llama.cpp's server serves it"):
        list(Transformers().run([Request(Model(str(file)), (("user", "a"),))]))


def test_a_file_without_a_chat_template(tmp_path: Path, both: tuple[Path, Path]) -> None:
    from polypref.inference.transformers import Transformers

    bare = tiny_gguf.llama(tmp_path / "bare.gguf", tmp_path / "bare", template=None)
    with pytest.raises(UserError, match="has no chat template; choose its instruction-tuned version"):
        list(Transformers().run([Request(Model(bare), (("user", "a"),))]))
