"""Who serves a model, from a word on the command line."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.inference import Model, Served
from polypref.inference.batch import Batches
from polypref.inference.choose import backend, from_params, licence, place, revision, served
from polypref.inference.openai import OpenAI
from polypref.inference.seq2seq import Seq2Seq
from polypref.inference.transformers import Transformers
from polypref.inference.vllm import VLLM
from tests.conftest import environment

APACHE = Model("org/groß-模型", "r1", "apache-2.0")


def test_each_word_gives_its_backend() -> None:
    assert backend("transformers") == Transformers()
    assert backend("transformers:my models/a:b", batch=2) == Transformers(batch=2, folder="my models/a:b")
    assert backend(" vllm ", memory=0.5) == VLLM(memory=0.5)
    assert backend("seq2seq", model=APACHE, batch=3) == Seq2Seq(APACHE, batch=3)


def test_addresses_are_servers_side_by_side() -> None:
    assert backend("http://localhost:8000/v1", timeout=5.0) == OpenAI(("http://localhost:8000/v1",), timeout=5.0)
    assert backend("http://a:1, HTTPS://b.example/v1,") == OpenAI(("http://a:1", "HTTPS://b.example/v1"))


@pytest.mark.parametrize(
    "at",
    [
        "",
        " , ",
        "vlm",
        "OpenAI",
        "localhost:8000",
        "ftp://a/v1",
        "http://a:1,vllm",
        "http://a:1,b:1",
        "/models/gemma",
        "transformers:",
        "vllm:/models/gemma",
    ],
)
def test_anything_else_is_refused_with_what_there_is(at: str) -> None:
    with pytest.raises(
        UserError, match=r"transformers \(or transformers:FOLDER\), vllm, seq2seq, or addresses of servers"
    ):
        backend(at)


def test_what_is_no_way_to_serve_a_model_is_said_with_its_place() -> None:
    with pytest.raises(UserError, match=r"^'localhost:8000' is no way to serve a model; give "):
        backend("localhost:8000")
    for given, shown in (
        ("10.0.0.1:9/sk-abc", r"10\.0\.0\.1:9/\*\*\*"),
        ("htp://me:pw@host/v1?key=abc", r"\*\*\*@host/\*\*\*"),
    ):
        with pytest.raises(UserError, match=f"^'{shown}' is no way to serve a model"):
            backend(given)
    with pytest.raises(UserError, match=r"^model org/m: 'htp://localhost' is no way to serve a model; give "):
        served("org/m", "htp://localhost")
    params = SimpleNamespace(big_model="", big_model_revision="", big_model_licence="", big_model_at="localhost:8001")
    with pytest.raises(
        UserError, match=r"^big_model_at \(--big-model-at\): model .*: 'localhost:8001' is no way to serve"
    ):
        from_params(params, "big_model", APACHE)


def test_an_argument_that_there_is_none_of_is_named() -> None:
    for call, name in ((place, "defualt"), (revision, "defualt"), (licence, "defualt")):
        with pytest.raises(UserError, match=rf"^{call.__name__}\(...\) has no argument {name}; did you mean 'default'"):
            call(**{name: APACHE})
    with pytest.raises(UserError, match=r"^backend\(...\): missing a required argument: 'at'"):
        backend()  # type: ignore[call-arg]
    with pytest.raises(UserError, match=r"^served\(...\): missing a required argument: 'at'"):
        served("m")  # type: ignore[call-arg]
    with pytest.raises(UserError, match=r"^from_params\(...\): missing a required argument: 'role'"):
        from_params(None)  # type: ignore[call-arg]


def test_a_mistyped_address_is_said_without_its_password() -> None:
    for at in ("user:hunter2@host:8000/v1", "http//user:hunter2@host", "http://user:hunter2@host/v1"):
        with pytest.raises(UserError) as error:
            backend(at)
        assert "hunter2" not in str(error.value) and "host" in str(error.value)


def test_a_setting_that_a_backend_does_not_have_is_named() -> None:
    with pytest.raises(UserError, match="vllm has no setting concurrency; it has tensor_parallel, "):
        backend("vllm", concurrency=3)
    with pytest.raises(UserError, match=r"vllm has no setting memroy; did you mean memory\?"):
        backend("vllm", memroy=0.5)
    with pytest.raises(UserError, match="openai has no setting urls"):
        backend("http://a:1", urls=("http://b:1",))
    with pytest.raises(UserError, match="seq2seq must be told its model"):
        backend("seq2seq")


def test_models_served_in_the_same_way_share_one_backend() -> None:
    # Two engines that each take nine tenths of a GPU do not fit on it.
    assert served("a", "vllm").backend is served("b", "vllm").backend
    assert served("a", "http://x:1,http://y:1").backend is served("b", "http://x:1, http://y:1").backend
    assert served("a", "vllm").backend is not served("a", "vllm", memory=0.5).backend
    assert served("a", "seq2seq").backend is not served("b", "seq2seq").backend


def test_a_translation_model_is_known_to_its_backend() -> None:
    model = served("org/mt", "seq2seq", "r2", "mit")
    assert isinstance(model.backend, Seq2Seq)
    assert model.backend.model == model.model == Model("org/mt", "r2", "mit")


def test_what_is_left_empty_is_the_defaults() -> None:
    assert served("", "vllm", default=APACHE).model == APACHE
    assert served(APACHE.name, "vllm", "r9", default=APACHE).model == Model(APACHE.name, "r9", "apache-2.0")
    assert served("", "vllm", "", "mit", default=APACHE).model == Model(APACHE.name, "r1", "mit")


def test_another_model_has_neither_the_revision_nor_the_licence_of_the_default() -> None:
    assert served("org/other", "vllm", default=APACHE).model == Model("org/other", "unknown", "unknown")
    assert served("org/other", "vllm", "r3", "mit", default=APACHE).model == Model("org/other", "r3", "mit")
    assert served("org/other", "vllm") == Served(Model("org/other"), backend("vllm"))


def test_a_model_needs_a_name() -> None:
    with pytest.raises(UserError, match="a model has no name"):
        served("", "vllm")


def test_nothing_heavy_is_imported_for_a_choice() -> None:
    code = """
import sys
from polypref.inference.batch import Batches
from polypref.inference.choose import served
before = set(sys.modules)
for at in ("vllm", "transformers", "seq2seq", "http://localhost:1/v1"):
    served("m", at)
print(sorted({"vllm", "torch", "transformers", "aiohttp", "datasets", "pandas"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("at", ["http://a/v1", "batch:http://a/v1"])
@pytest.mark.parametrize(
    "given", [5, ["tiny", "other"], {"lab/tiny": 5}, {5: "tiny"}, True, (("a", "b", "c"),), {"m": ""}]
)
def test_a_name_at_a_server_that_is_no_text_is_refused_in_one_sentence(at, given):
    with pytest.raises(UserError, match=r"served_as is .*; give the name by which the server serves the model, a text"):
        served("lab/tiny", at, served_as=given)


@pytest.mark.parametrize(
    "kind", [lambda **settings: OpenAI(("http://a/v1",), **settings), lambda **s: Batches("b", **s)]
)
@pytest.mark.parametrize("name", ["price_in", "price_out", "price_cached"])
def test_a_price_is_nothing_below_zero(kind, name):
    assert getattr(kind(**{name: 0}), name) == 0 and getattr(kind(**{name: None}), name) is None
    for wrong in (-0.01, float("nan"), float("inf"), "2"):
        with pytest.raises(UserError, match=rf"{name}=.*: write a"):
            kind(**{name: wrong})
    with pytest.raises(UserError, match=r"served_as is 5; give the name"):
        kind(served_as=5)


@pytest.mark.parametrize(
    ("at", "name", "wrong"),
    [
        ("transformers", "batch", 0),
        ("transformers", "window", -1),
        ("transformers", "max_length", "512"),
        ("transformers", "device", 0),
        ("transformers", "gguf_file", 5),
        ("vllm", "memory", 1.5),
        ("vllm", "memory", 0),
        ("vllm", "tensor_parallel", 0),
        ("vllm", "lora_rank", 2.5),
        ("vllm", "ahead", 0),
        ("seq2seq", "beams", 0),
        ("seq2seq", "no_repeat", -1),
        ("seq2seq", "longest", 0),
        ("http://a/v1", "concurrency", 0),
        ("http://a/v1", "timeout", 0),
        ("http://a/v1", "backoff", -1),
        ("http://a/v1", "key_env", 5),
    ],
)
def test_settings_that_no_backend_can_have_are_refused(at, name, wrong):
    with pytest.raises(UserError, match=rf"model m: \w+\({name}=.*\): write a"):
        served("m", at, **{name: wrong})


def test_several_values_of_a_setting_that_has_one_are_refused():
    for at in ("transformers", "http://a/v1", "batch:b"):
        with pytest.raises(UserError, match="model m: its setting dtype has several values; give one value"):
            served("m", at, dtype=["a", "b"])


def test_another_name_of_a_served_model_is_said_in_one_line():
    message = served("lab/tiny", "http://a/v1, http://b/v1 as tiny-Q4.gguf")
    assert message.backend == OpenAI(("http://a/v1", "http://b/v1"), served_as={"lab/tiny": "tiny-Q4.gguf"})
    assert served("lab/tiny", "http://a/v1,http://b/v1", served_as="tiny-Q4.gguf").backend is message.backend
    with pytest.raises(UserError, match="transformers has no setting served_as"):
        served("lab/tiny", "transformers as tiny-Q4.gguf")
    with pytest.raises(UserError, match="no server's address"):
        OpenAI(("http://a/v1 as tiny",))


@pytest.mark.parametrize(
    ("name", "revision", "seen"),
    [
        ("org/m", "my branch", "my branch"),
        ("org/m", "v1..2", "v1..2"),
        ("org/m@two words", "", "two words"),
        ("org/m@", "", ""),
        ("m", "a^", "a^"),
        ("m", "x" * 201, "x" * 80),
    ],
)
def test_what_can_be_no_revision_is_refused(name: str, revision: str, seen: str) -> None:
    with pytest.raises(UserError) as refused:
        served(name, "vllm", revision)
    assert str(refused.value) == (
        f"model {name}: '{seen}' is no revision; give a commit, a tag or a date, without spaces"
    )


def test_revisions_of_models_as_people_write_them() -> None:
    for pin in ("", "unknown", "main", "2024-08-06", "2024-08-06T10:00:00Z", "v0.2", "refs/pr/3", "a" * 40):
        assert served("m", "vllm", pin).model.revision == (pin or "unknown")
    for name in ("org/m@0123abc", "/home/me@work/my models/m", "gpt-4o@2024-08-06", "Qwen2.5-7B (local)"):
        assert served(name, "vllm").model.name == name
