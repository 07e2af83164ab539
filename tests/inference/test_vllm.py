"""vLLM in process and over HTTP, on tiny random Llama and Cohere models; skipped where vLLM is not installed."""

import importlib.util
import math
import os
import socket
import subprocess
import sys
import time
import urllib.request
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Sampling, templates
from polypref.inference.letters import read_letters
from polypref.inference.log import ResponseLog
from polypref.inference.openai import OpenAI
from polypref.inference.transformers import Transformers
from polypref.inference.vllm import VLLM

from . import tiny, vllm_stand_in

TEXTS = ["مرحبا", "שלום", "سلام", "नमस्ते", "你好", "こんにちは", "안녕하세요", "Γειά", "Привіт", "hi"]
FAMILIES = ("llama", "cohere")
DIGIT = '{"type": "integer", "minimum": 0, "maximum": 9}'
MISSING = importlib.util.find_spec("vllm") is None


def needs_vllm(test):
    return pytest.mark.vllm(pytest.mark.skipif(MISSING, reason="needs vLLM: make test-vllm")(test))


@pytest.fixture(scope="module", autouse=True)
def quiet_and_small():
    """One GB for the cache of keys and values; nothing is asked of or told to anyone outside."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("VLLM_CPU_KVCACHE_SPACE", "VLLM_NO_USAGE_STATS", "HF_HUB_OFFLINE"):
            patch.setenv(name, "1")
        yield


@pytest.fixture(scope="module")
def backend() -> Iterator[VLLM]:
    engine = VLLM(max_length=256, memory=0.3, ahead=4, eager=True, dtype="float32")
    yield engine
    # Left to the end of the process, the engine would write to a log that pytest has closed.
    engine.let_go()


@pytest.fixture(scope="module")
def chat_models(tmp_path_factory) -> dict[str, Model]:
    folder = tmp_path_factory.mktemp("chat")
    return {"llama": Model(tiny.llama(folder / "llama")), "cohere": Model(cohere(folder / "cohere"))}


@pytest.fixture(scope="module")
def reward_models(tmp_path_factory) -> dict[str, Model]:
    folder = tmp_path_factory.mktemp("reward")
    return {
        "llama": Model(tiny.llama(folder / "llama", score=True)),
        "cohere": Model(cohere(folder / "cohere", score=True)),
    }


def cohere(folder: Path, score: bool = False) -> str:
    """Writes a Cohere model of two layers with random weights, the same every time.

    To score: as the Llamas' reward models are stored, a vector `score.weight` in place of the language model's head;
    transformers has no class for that.
    """
    import torch
    from safetensors.torch import save_file
    from transformers import CohereConfig, CohereForCausalLM

    words = tiny.tokenizer()
    torch.manual_seed(0)
    config = CohereConfig(
        vocab_size=len(words), hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=512, eos_token_id=words.eos_token_id, bos_token_id=None,
        pad_token_id=words.pad_token_id, initializer_range=0.5, logit_scale=1.0,
    )  # fmt: skip
    network = CohereForCausalLM(config)
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    if score:
        weights = {f"model.{name}": weight for name, weight in network.model.state_dict().items()}
        save_file(weights | {"score.weight": torch.randn(1, 64)}, folder / "model.safetensors", {"format": "pt"})
        config.architectures, config.num_labels = ["CohereForSequenceClassification"], 1
        config.save_pretrained(folder)
    return str(folder)


def ask(model, text, temperature=0.0, max_tokens=8, seed=0, **more):
    return Request(model, (("user", text),), Sampling(temperature, 1.0, max_tokens, seed), **more)


def to_score(model):
    return [Request(model, (("user", text), ("assistant", text * 2)), kind="score") for text in TEXTS]


def greedy_answers(requests):
    """What transformers says, all but what is left of a character cut in two: engines do not show it in the same way.

    A random model's bytes are seldom characters, so all answers are compared, not each.
    """
    from polypref.inference.transformers import Transformers

    return shown(Transformers(dtype="float32").run(requests))


def shown(results):
    return {request.messages: getattr(result, "text", "").rstrip("\ufffd") for request, result in results}


def expected_scores(requests, family):
    """Scores by transformers; a Cohere model's are its last state times the stored vector."""
    if family == "llama":
        from polypref.inference.transformers import Transformers

        return {request: result.score for request, result in Transformers(dtype="float32").run(requests)}
    import torch
    from safetensors.torch import load_file
    from transformers import CohereConfig, CohereModel

    folder = requests[0].model.name
    weights = load_file(Path(folder) / "model.safetensors")
    network = CohereModel(CohereConfig.from_pretrained(folder)).eval()
    network.load_state_dict({n.removeprefix("model."): w for n, w in weights.items() if n.startswith("model.")})
    words, scores = tiny.tokenizer(), {}
    for request in requests:
        ids = torch.tensor([templates.tokens(words, request.conversation, folder, "error", answering=False)])
        with torch.inference_mode():
            scores[request] = float(network(ids).last_hidden_state[0, -1] @ weights["score.weight"][0])
    return scores


@contextmanager
def served(model: Model, folder: Path, *arguments: str) -> Iterator[str]:
    """vLLM's own server of a model, a process of its own, until the block ends; gives its address.

    The module is run, not `vllm serve`: that command crashed with vLLM for CPUs.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", model.name, "--port", str(port)]
    words += ["--host", "127.0.0.1", "--dtype", "float32", "--max-model-len", "256", "--enforce-eager", *arguments]
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(words, env=os.environ, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 240
            while time.monotonic() < deadline and child.poll() is None:
                with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                    break
                time.sleep(0.5)
            else:
                pytest.fail("vLLM's server did not start: " + (folder / "log").read_text()[-3000:])
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            child.terminate()
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()


@pytest.mark.skipif(not MISSING, reason="shows what is said where vLLM is missing: make test runs it without vLLM")
def test_a_missing_vllm_is_said():
    says = r"^model m is to be served by vllm, which `at` is where nothing is given .* needs vLLM; run: pip install"
    with pytest.raises(UserError, match=says):
        list(VLLM().run([ask(Model("m"), "a")]))


# With a stand-in for vLLM: what is around the engine.


def words(*texts: str, model: Model = Model("lab/m", "r1"), **more) -> list[Request]:  # noqa: B008
    return [ask(model, text, **more) for text in texts]


def test_the_engine_holds_no_more_than_it_may_and_answers_come_as_they_end(monkeypatch):
    (loaded, requests) = vllm_stand_in.install(monkeypatch), words("one two three", "one", "one two", "four")
    results = list(VLLM(ahead=2).run(requests))
    assert [result.text for _, result in results] == ["one", "one two three", "one two", "four"]
    assert all(request.messages[0][1] == result.text for request, result in results)
    (llm,) = loaded
    assert llm.llm_engine.most == 2
    assert results[0][1] == Reply("one", "stop", len("user:one"), 2)


@pytest.mark.slow
def test_another_model_is_loaded_when_the_one_before_has_answered_all(monkeypatch):
    loaded = vllm_stand_in.install(monkeypatch)
    other = Model("lab/other")
    requests = [*words("a b c"), *words("d", model=other), *words("e", model=other, kind="score")]
    results = VLLM(tensor_parallel=2, memory=0.5).run(iter(requests))
    assert next(results)[1].text == "a b c" and len(loaded) == 1
    assert next(results)[1].text == "d" and loaded[0].llm_engine.ended and not loaded[1].llm_engine.left
    assert next(results)[1] == Reply(score=len("user:e") / 2, prompt_tokens=len("user:e"))
    assert list(results) == []
    first, second, third = (llm.settings for llm in loaded)
    assert (first["model"], first["revision"], first["tensor_parallel_size"]) == ("lab/m", "r1", 2)
    assert "revision" not in second and "runner" not in second
    assert (third["runner"], third["convert"]) == ("pooling", "classify")


@pytest.mark.slow
def test_what_a_request_asks_for_is_what_the_engine_is_told(monkeypatch):
    loaded = vllm_stand_in.install(monkeypatch)
    drawn = words("a", temperature=0.5, max_tokens=9, seed=3, schema=DIGIT)
    list(VLLM(lora="lab/adapter", lora_rank=8).run([*drawn, *words("b", kind="score")]))
    (answering,), (scoring,) = (llm.llm_engine.parameters.values() for llm in loaded)
    assert (answering.temperature, answering.max_tokens, answering.seed) == (0.5, 9, 3)
    assert answering.structured_outputs.json == {"type": "integer", "minimum": 0, "maximum": 9}
    assert scoring.use_activation is False
    assert (loaded[0].settings["enable_lora"], loaded[0].settings["max_lora_rank"]) == (True, 8)
    assert [llm.llm_engine.adapters for llm in loaded] == [[("adapter", 1, "lab/adapter")]] * 2
    list(VLLM().run(drawn))
    assert loaded[-1].llm_engine.adapters == [None]


def test_what_the_engine_would_refuse_is_that_rows_failure(monkeypatch):
    vllm_stand_in.install(monkeypatch)
    results = list(VLLM().run(words("a" * 60, "no!", "?", "fine")))
    assert [result for _, result in results if isinstance(result, Failure)] == [
        Failure("context_too_long", "65 tokens and 8 for the answer, 64 fit"),
        Failure("bad_request", "it will have none of it"),
        Failure("empty_answer", "2 tokens"),
    ]
    assert results[-1][1].text == "fine"


@pytest.mark.slow
def test_a_score_needs_no_room_for_an_answer(monkeypatch):
    vllm_stand_in.install(monkeypatch)
    fits, longer = "a" * 59, "a" * 60  # after `user:`, of 64 tokens
    assert [result for _, result in VLLM().run(words(fits, longer, kind="score"))] == [
        Failure("context_too_long", "65 tokens and 0 for the answer, 64 fit"),
        Reply(score=32.0, prompt_tokens=64),
    ]
    (result,) = (result for _, result in VLLM().run(words("a" * 51)))
    assert result.text == "a" * 51
    (result,) = (result for _, result in VLLM().run(words("a" * 52)))
    assert result == Failure("context_too_long", "57 tokens and 8 for the answer, 64 fit")


def test_letters_are_read_from_the_likeliest_tokens(monkeypatch):
    loaded = vllm_stand_in.install(monkeypatch)
    asked = words("which?", "a" * 60, kind="letter", letters=("A", "B"))
    (_, reply), (_, long) = sorted(VLLM().run(asked), key=lambda one: isinstance(one[1], Failure))
    logprobs, likeliest = read_letters(reply.text, ("A", "B"))
    # .5 and .1 of A's two tokens; what was drawn and is not among the twenty likeliest counts for nobody.
    assert {letter: math.exp(value) for letter, value in logprobs.items()} == pytest.approx({"A": 0.6, "B": 0.2})
    assert likeliest == " A" and reply.completion_tokens == 1
    assert long == Failure("context_too_long", "65 tokens and 1 for the answer, 64 fit")
    (parameters,) = loaded[0].llm_engine.parameters.values()
    assert (parameters.logprobs, parameters.max_tokens, parameters.temperature) == (20, 1, 1.0)


def test_marks_of_thoughts_that_are_special_tokens_stay_in_the_answer(monkeypatch):
    vllm_stand_in.install(monkeypatch)
    ((_, plain),) = VLLM().run(words("hi"))
    # The engine's text has no special tokens; the answer's tokens are 1 and 2.
    monkeypatch.setattr(vllm_stand_in.Tokenizer, "all_special_ids", (1, 2))
    ((_, marked),) = VLLM().run(words("hi"))
    assert (plain.text, marked.text) == ("hi", "<think></think>")


@pytest.mark.slow
def test_a_thought_that_the_template_begins_stands_before_no_answer_under_a_schema(monkeypatch):
    vllm_stand_in.install(monkeypatch)
    plain = vllm_stand_in.Tokenizer.apply_chat_template
    monkeypatch.setattr(
        vllm_stand_in.Tokenizer, "apply_chat_template", lambda *turns, **more: f"{plain(*turns, **more)}\n<think>"
    )
    ((_, free),) = VLLM().run(words("hi"))
    # The engine holds what is written to the schema from the first token on: it is JSON and no thought.
    ((_, shaped),) = VLLM().run(words("7", schema='{"type": "integer"}'))
    assert (free.text, shaped.text) == ("<think>hi", "7")


@pytest.mark.slow
def test_a_model_that_is_loaded_again_is_noted_once(monkeypatch):
    vllm_stand_in.install(monkeypatch)
    monkeypatch.setattr("polypref.inference.vllm.revision_note", lambda _: ["it was loaded at revision abc"])
    backend = VLLM()
    for _ in range(2):
        list(backend.run(words("a", kind="score")))
        backend.let_go()
    assert list(backend.model_notes.notes.values()) == [["it was loaded at revision abc"]]


def test_answers_and_letters_are_of_one_engine(monkeypatch):
    loaded = vllm_stand_in.install(monkeypatch)
    list(VLLM().run([*words("a"), *words("a", kind="letter", letters=("A", "B"))]))
    assert len(loaded) == 1


def test_who_stops_early_leaves_nothing_in_the_engine(monkeypatch):
    (loaded, requests) = vllm_stand_in.install(monkeypatch), words("a", "b c", "d e f")
    results = VLLM().run(requests)
    assert next(results)[1].text == "a"
    results.close()
    engine = loaded[0].llm_engine
    assert len(engine.aborted) == 2 and not engine.left and not engine.ended


@pytest.mark.slow
def test_a_dead_engine_and_a_model_that_cannot_be_run_are_sentences(monkeypatch):
    loaded = vllm_stand_in.install(monkeypatch, labels=3)
    results = VLLM().run(words("a", "b c d"))
    assert next(results)[1].text == "a"
    loaded[0].llm_engine.dead = True
    with pytest.raises(UserError, match=r"vLLM's engine died \(a core died of hunger\); see its log above"):
        list(results)
    with pytest.raises(UserError, match=r"vLLM 0\.31\.0 cannot run model lab/none \(there is no such model\)"):
        list(VLLM().run(words("a", model=Model("lab/none"))))
    with pytest.raises(UserError, match="model lab/m has 3 labels, not one score; choose a reward model"):
        list(VLLM().run(words("a", kind="score")))


@needs_vllm
@pytest.mark.parametrize("family", FAMILIES)
def test_chat_in_process(family, backend, chat_models):
    model = chat_models[family]
    drawn = [ask(model, text, 1.0, 3 + i, seed=i) for i, text in enumerate(TEXTS)]
    greedy = [ask(model, text) for text in TEXTS]
    shaped, long = ask(model, "number", 1.0, 100, schema=DIGIT), ask(model, "a" * 250)
    got = dict(backend.run(iter([*drawn, long, shaped, *greedy])))
    assert len(got) == 2 * len(TEXTS) + 2
    assert got[long] == Failure("context_too_long", "253 tokens and 8 for the answer, 256 fit")
    assert got[shaped].text.strip() in set("0123456789")
    assert shown((request, got[request]) for request in greedy) == greedy_answers(greedy)
    for request in drawn:
        reply = got[request]
        assert isinstance(reply, Reply) or reply.reason == "empty_answer"
        if isinstance(reply, Reply):
            assert reply.completion_tokens <= request.sampling.max_tokens
            assert reply.prompt_tokens == len(request.messages[0][1].encode()) + 3
    # The same seeds give the same answers, other seeds others.
    assert dict(backend.run(iter(drawn))) == {request: got[request] for request in drawn}
    others = [ask(model, "hi", 1.0, 8, seed=seed) for seed in range(8)]
    assert len(set(dict(backend.run(others)).values())) > 1


@needs_vllm
@pytest.mark.parametrize("family", FAMILIES)
def test_scores_in_process(family, backend, reward_models):
    requests = to_score(reward_models[family])
    scored, expected = dict(backend.run(requests)), expected_scores(requests, family)
    for request in requests:
        assert scored[request].score == pytest.approx(expected[request], abs=1e-3)
    # Raw scores: a sigmoid would leave nothing below 0 or above 1.
    assert any(not 0 <= reply.score <= 1 for reply in scored.values())


@needs_vllm
@pytest.mark.parametrize("family", FAMILIES)
def test_letters_in_process(family, backend, chat_models):
    """As transformers has them, but for what is not among the twenty likeliest tokens."""
    requests = [Request(chat_models[family], (("user", t),), kind="letter", letters=("A", "B")) for t in TEXTS]
    got = dict(backend.run(requests))
    for request, exact in Transformers(dtype="float32").run(requests):
        (own, first), (whole, likeliest) = (read_letters(one.text, ("A", "B")) for one in (got[request], exact))
        assert first.strip() == likeliest.strip()
        for letter, value in own.items():
            assert value is None or value == pytest.approx(whole[letter], abs=1e-2)


@needs_vllm
def test_a_model_of_transformers_makes_room_for_the_engine(backend, chat_models):
    other, request = Transformers(device="cpu"), ask(chat_models["llama"], "hi")
    list(other.run([request]))
    held = weakref.ref(other._loaded(request.model, "chat")[1])
    assert len(list(backend.run([request]))) == 1
    assert held() is None


@needs_vllm
@pytest.mark.parametrize("family", FAMILIES)
def test_chat_over_http(family, chat_models, tmp_path):
    model = chat_models[family]
    drawn = [ask(model, text, 1.0, 3 + i, seed=i) for i, text in enumerate(TEXTS)]
    greedy = [ask(model, text) for text in TEXTS]
    # The server cuts max_tokens to what fits; only a prompt that alone is too long is refused.
    shaped, long = ask(model, "number", 1.0, 100, schema=DIGIT), ask(model, "a" * 300)
    with served(model, tmp_path, "--generation-config", "vllm") as url, ResponseLog(tmp_path / "log.sqlite") as log:
        backend = OpenAI((url,), concurrency=4, attempts=1)
        asked = [*drawn, long, shaped, *greedy]
        got = dict(log.ask(backend, asked))
        sent = backend.usage.requests
        assert len(got) == sent == len(asked)
        assert got[long].reason == "context_too_long"
        assert got[shaped].text.strip() in set("0123456789")
        assert shown((request, got[request]) for request in greedy) == greedy_answers(greedy)
        for request in drawn:
            reply = got[request]
            assert isinstance(reply, Reply) or reply.reason == "empty_answer"
            if isinstance(reply, Reply):
                assert reply.completion_tokens <= request.sampling.max_tokens
                assert reply.prompt_tokens == len(request.messages[0][1].encode()) + 3
        assert list(log.ask(backend, asked)) == [] and backend.usage.requests == sent
        assert dict(backend.run(drawn)) == {request: got[request] for request in drawn}
        with pytest.raises(UserError, match="serves model"):
            list(backend.run([ask(Model("another"), "hi")]))
        with pytest.raises(UserError, match="as a reward model"):
            list(backend.run(to_score(model)))


@needs_vllm
@pytest.mark.parametrize("family", FAMILIES)
def test_scores_over_http(family, reward_models, tmp_path):
    model = reward_models[family]
    requests = to_score(model)
    with served(model, tmp_path, "--runner", "pooling", "--convert", "classify") as url:
        scored = dict(OpenAI((url,), concurrency=4, attempts=1).run(requests))
        with pytest.raises(UserError, match="does not know what was asked for"):
            list(OpenAI((url,), attempts=1).run([ask(model, "hi")]))
    expected = expected_scores(requests, family)
    for request in requests:
        assert scored[request].score == pytest.approx(expected[request], abs=1e-3)
    assert any(not 0 <= reply.score <= 1 for reply in scored.values())
