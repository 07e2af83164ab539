"""The vLLM backend in process, on tiny random models; skipped where vLLM is not installed."""

import importlib.util

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Sampling
from polypref.inference.vllm import VLLM

from . import tiny

TEXTS = ["مرحبا", "שלום", "سلام", "नमस्ते", "你好", "こんにちは", "안녕하세요", "Γειά", "Привіт", "hi"]
MISSING = importlib.util.find_spec("vllm") is None
needs_vllm = pytest.mark.skipif(MISSING, reason="needs vLLM: make test-vllm")


@pytest.fixture(scope="module")
def backend() -> VLLM:
    return VLLM(max_length=256, memory=0.3, ahead=4, eager=True)


def ask(model, text, temperature=0.0, max_tokens=8, seed=0, **more):
    return Request(model, (("user", text),), Sampling(temperature, 1.0, max_tokens, seed), **more)


@pytest.mark.skipif(not MISSING, reason="vLLM is installed")
def test_a_missing_vllm_is_said():
    with pytest.raises(UserError, match="needs vLLM; run: pip install"):
        list(VLLM().run([ask(Model("m"), "a")]))


@needs_vllm
def test_answers_scores_schemas_and_failures(backend, tmp_path):
    chat = Model(tiny.llama(tmp_path / "chat"))
    plain = [ask(chat, text, 1.0, 3 + i, seed=i) for i, text in enumerate(TEXTS)]
    shaped = ask(chat, "number", 1.0, 100, schema='{"type": "integer", "minimum": 0, "maximum": 9}')
    long, greedy = ask(chat, "a" * 250), ask(chat, "Привіт")
    got = dict(backend.run(iter([*plain, long, shaped, greedy])))
    assert len(got) == len(TEXTS) + 3
    assert got[long] == Failure("context_too_long", "253 tokens and 8 for the answer, 256 fit")
    for request in plain:
        reply = got[request]
        assert isinstance(reply, Reply | Failure) and getattr(reply, "reason", "empty_answer") == "empty_answer"
        if isinstance(reply, Reply):
            assert reply.completion_tokens <= request.sampling.max_tokens
            assert reply.prompt_tokens == len(request.messages[0][1].encode()) + 3
    assert got[shaped].text.strip() in set("0123456789")
    # The same seeds give the same answers.
    assert dict(backend.run(iter(plain))) == {request: got[request] for request in plain}

    from polypref.inference.transformers import Transformers

    ((_, expected),) = Transformers(dtype="float32").run([greedy])
    ((_, found),) = VLLM(max_length=256, memory=0.3, eager=True, dtype="float32").run([greedy])
    # What is left of a character cut in two is shown by neither in the same way.
    assert found.text.rstrip("\ufffd") == expected.text.rstrip("\ufffd")


@needs_vllm
def test_scores_are_those_of_transformers(tmp_path):
    reward = Model(tiny.llama(tmp_path / "reward", score=True))
    requests = [Request(reward, (("user", text), ("assistant", text * 2)), kind="score") for text in TEXTS]
    from polypref.inference.transformers import Transformers

    expected = dict(Transformers(dtype="float32").run(requests))
    found = dict(VLLM(max_length=256, memory=0.3, eager=True, dtype="float32").run(requests))
    for request in requests:
        assert found[request].score == pytest.approx(expected[request].score, abs=2e-2)
    # Raw scores: a sigmoid would leave nothing below 0 or above 1.
    assert any(not 0 <= reply.score <= 1 for reply in found.values())
