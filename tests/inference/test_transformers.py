"""The transformers backend on tiny random models."""

import math
import shutil
import subprocess
import sys
from collections import Counter

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test")
pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")

from polypref.errors import UserError  # noqa: E402
from polypref.inference import Failure, Model, Reply, Request, Sampling, letters, templates  # noqa: E402
from polypref.inference.letters import read_letters  # noqa: E402
from polypref.inference.seq2seq import Seq2Seq  # noqa: E402
from polypref.inference.transformers import Transformers, _drawn  # noqa: E402

from . import tiny  # noqa: E402

TEXTS = ["مرحبا", "שלום עולם", "سلام", "नमस्ते", "你好", "こんにちは世界", "안녕하세요", "Γειά σου Κόσμε", "Привіт", "hi"]


@pytest.fixture(scope="module")
def llama(tmp_path_factory) -> Model:
    return Model(tiny.llama(tmp_path_factory.mktemp("llama")))


@pytest.fixture(scope="module")
def reward(tmp_path_factory) -> Model:
    return Model(tiny.llama(tmp_path_factory.mktemp("reward"), score=True))


def ask(model, text, temperature=0.0, max_tokens=12, seed=0, **more):
    return Request(model, (("user", text),), Sampling(temperature, 0.9, max_tokens, seed), **more)


def test_every_request_is_answered_within_its_length(llama):
    requests = [ask(llama, text, 1.0, 3 + i) for i, text in enumerate(TEXTS)]
    got = dict(Transformers(batch=4).run(requests))
    assert set(got) == set(requests)
    for request in requests:
        assert isinstance(got[request], Reply), got[request]
        assert got[request].completion_tokens <= request.sampling.max_tokens
        # Byte tokens: two or three for a letter, one for each of the three turn marks.
        assert got[request].prompt_tokens == len(request.messages[0][1].encode()) + 3
    assert any(reply.finish_reason == "length" for reply in got.values())


def test_greedy_answers_are_those_of_plain_generate(llama):
    from transformers import AutoModelForCausalLM

    words, model = tiny.tokenizer(), AutoModelForCausalLM.from_pretrained(llama.name)
    request = ask(llama, "Привіт")
    ids = words("<|user|>Привіт<|end|><|assistant|>", return_tensors="pt")["input_ids"]
    drawn = model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.shape[1] :]
    ((_, reply),) = Transformers().run([request])
    assert reply.text == words.decode(drawn, skip_special_tokens=True).rstrip("\ufffd")


@pytest.mark.slow
def test_an_answer_hangs_on_its_request_alone(llama):
    requests = [ask(llama, text, temperature=1.0, seed=5) for text in TEXTS]
    alone = {request: result for request in requests for _, result in Transformers().run([request])}
    assert dict(Transformers(batch=3).run(requests)) == alone
    assert dict(Transformers(batch=16, window=4).run(reversed(requests))) == alone
    other = dict(Transformers().run([ask(llama, text, temperature=1.0, seed=6) for text in TEXTS]))
    assert {r.messages: v.text for r, v in alone.items()} != {r.messages: v.text for r, v in other.items()}


@pytest.mark.slow
def test_a_named_model_answers_the_same_wherever_its_folder_is(llama, tmp_path):
    named = Model("org/mine", "r1")
    requests = [ask(named, text, temperature=1.0) for text in TEXTS]
    copy = shutil.copytree(llama.name, tmp_path / "copy")
    here, there = (dict(Transformers(folder=str(folder)).run(requests)) for folder in (llama.name, copy))
    assert here == there and all(isinstance(reply, Reply) for reply in here.values())
    with pytest.raises(UserError, match=r"no folder .*gone to load model org/mine from"):
        list(Transformers(folder=str(tmp_path / "gone")).run(requests))


def test_tokens_are_drawn_with_their_probabilities():
    # Probabilities .5, .3, .15, .05; top_p .8 keeps the first two: .625 and .375 of what is left.
    scores = torch.tensor([[0.15, 0.5, 0.05, 0.3]]).log()

    def share(temperature, top_p, count=4_000):
        requests = [ask(Model("m"), "a", temperature)] * count
        requests = [Request(Model("m"), r.messages, Sampling(temperature, top_p)) for r in requests]
        chances = (torch.arange(count, dtype=torch.float64) + 0.5) / count
        tokens = _drawn(torch, scores.expand(count, 4), requests, chances).argmax(-1).tolist()
        return {token: n / count for token, n in Counter(tokens).items()}

    assert share(1.0, 1.0) == pytest.approx({1: 0.5, 3: 0.3, 0: 0.15, 2: 0.05}, abs=0.002)
    assert share(1.0, 0.75) == pytest.approx({1: 0.625, 3: 0.375}, abs=0.002)
    assert share(0.0, 1.0) == {1: 1.0} and share(1.0, 0.0) == {1: 1.0}
    # At temperature 2 probabilities go by their square roots: 0.5 ** .5 / sum.
    total = sum(p**0.5 for p in (0.5, 0.3, 0.15, 0.05))
    assert share(2.0, 1.0)[2] == pytest.approx(0.05**0.5 / total, abs=0.002)


@pytest.mark.slow
def test_letters_are_those_of_the_softmax_over_the_next_token(llama):
    from transformers import AutoModelForCausalLM

    words, network = tiny.tokenizer(), AutoModelForCausalLM.from_pretrained(llama.name)
    requests = [Request(llama, (("user", text),), kind="letter", letters=("A", "B")) for text in TEXTS]
    got = dict(Transformers(batch=4).run([*requests, ask(llama, "hi")]))
    for request in requests:
        ids = words(f"<|user|>{request.messages[0][1]}<|end|><|assistant|>", return_tensors="pt")["input_ids"]
        chances = network(ids).logits[0, -1].softmax(-1)
        # Of this tokenizer one token is a letter: its byte.
        own = [chances[words.convert_tokens_to_ids(letter)].item() for letter in "AB"]
        logprobs, likeliest = read_letters(got[request].text, ("A", "B"))
        assert [math.exp(logprobs[letter]) for letter in "AB"] == pytest.approx(own, rel=1e-4)
        assert likeliest == words.decode([int(chances.argmax())])
        assert (got[request].prompt_tokens, got[request].completion_tokens) == (ids.shape[1], 1)
    lacking = Request(llama, (("user", "a"),), kind="letter", letters=("A", "Я"))
    assert dict(Transformers().run([lacking]))[lacking] == Failure("no_letter_token", "no token of the model is Я")


def test_a_thought_that_the_template_begins_is_in_the_answer_from_its_mark_on(tmp_path, caplog):
    begun = tiny.TEMPLATE.replace("<|assistant|>' }}", "<|assistant|><think>' }}")
    model = Model(tiny.llama(tmp_path, template=begun))
    backend = Transformers()
    ((_, reply),) = backend.run([ask(model, "hi")])
    assert reply.text.startswith("<think>") and len(reply.text) > len("<think>")
    assert "begins a thought (<think>)" in caplog.text and "begins a thought" in backend.model_notes.notes[model][0]
    # Asked for a letter, it is past its thought.
    ((_, letters),) = backend.run([Request(model, (("user", "hi"),), kind="letter", letters=("A", "B"))])
    assert letters.prompt_tokens == reply.prompt_tokens + len("\n\n</think>\n\n")


def test_a_model_without_a_template_is_refused_before_its_weights_are_loaded(tmp_path, monkeypatch):
    import transformers

    def fail(*_, **__):
        raise AssertionError("the weights were loaded")

    bare = Model(tiny.llama(tmp_path, template=None))
    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", fail)
    with pytest.raises(UserError, match="has no chat template"):
        list(Transformers().run([ask(bare, "a")]))


def test_a_vocabulary_is_looked_through_once_for_all_requests(llama, monkeypatch):
    looked = []
    letter_tokens = letters.letter_tokens
    monkeypatch.setattr(letters, "letter_tokens", lambda *words: looked.append(words) or letter_tokens(*words))
    requests = [Request(llama, (("user", text),), kind="letter", letters=("A", "B")) for text in TEXTS]
    assert len(list(Transformers(batch=2).run(requests))) == len(TEXTS) and len(looked) == 1


def test_answers_and_letters_are_of_one_loaded_model(llama, monkeypatch):
    loaded = []
    load = Transformers._load
    monkeypatch.setattr(Transformers, "_load", lambda self, *words: loaded.append(words) or load(self, *words))
    backend = Transformers()
    list(backend.run([ask(llama, "a"), Request(llama, (("user", "a"),), kind="letter", letters=("A", "B"))]))
    assert len(loaded) == 1


@pytest.mark.slow
@pytest.mark.parametrize("pad", [True, False])
def test_scores_are_those_of_each_conversation_alone(tmp_path, pad):
    from transformers import AutoModelForSequenceClassification

    model = Model(tiny.llama(tmp_path, score=True, pad=pad))
    words, network = tiny.tokenizer(), AutoModelForSequenceClassification.from_pretrained(model.name)
    requests = [Request(model, (("user", text), ("assistant", text * 3)), kind="score") for text in TEXTS]
    got = dict(Transformers(batch=4).run(requests))
    for request in requests:
        (_, user), (_, answer) = request.messages
        ids = words(f"<|user|>{user}<|end|><|assistant|>{answer}<|end|>", return_tensors="pt")["input_ids"]
        assert got[request].score == pytest.approx(network(ids).logits.item(), abs=1e-4)
        assert got[request].prompt_tokens == ids.shape[1]
    assert len({round(reply.score, 3) for reply in got.values()}) > 5


@pytest.mark.slow
def test_too_long_a_conversation_is_that_rows_failure(llama, reward):
    got = dict(Transformers().run([ask(llama, "a" * 600), ask(llama, "b"), ask(reward, "a" * 511, kind="score")]))
    reasons = {request.messages[0][1][0] + request.kind: result for request, result in got.items()}
    assert reasons["achat"] == Failure("context_too_long", "603 tokens and 12 for the answer, 512 fit")
    assert reasons["ascore"].reason == "context_too_long" and isinstance(reasons["bchat"], Reply)


@pytest.mark.slow
@pytest.mark.parametrize("template", [tiny.NO_SYSTEM, tiny.IGNORES_SYSTEM])
def test_a_system_prompt_without_a_place(tmp_path, template):
    model = Model(tiny.llama(tmp_path, template=template))
    request = Request(model, (("system", "Réponds en français"), ("user", "salut")), Sampling(max_tokens=4))
    with pytest.raises(UserError, match="no place for a system prompt"):
        list(Transformers().run([request]))
    ((_, reply),) = Transformers(system="prepend").run([request])
    assert reply.prompt_tokens == len("Réponds en français\n\nsalut".encode()) + 3
    with_place = tiny.tokenizer()
    for system in ("error", "prepend"):
        assert len(templates.tokens(with_place, request.conversation, "m", system, True)) == reply.prompt_tokens


@pytest.mark.slow
def test_models_that_will_not_do_are_named(tmp_path, llama):
    bare, labels = tiny.llama(tmp_path / "a", template=None), tiny.llama(tmp_path / "b", score=True, labels=3)
    for request, says in (
        (ask(Model(bare), "a"), "has no chat template"),
        (ask(Model(labels), "a", kind="score"), "has 3 labels"),
        (ask(Model(llama.name), "a", kind="score"), "is no reward model: it is a LlamaForCausalLM"),
        (ask(Model(labels), "a"), "is a reward model: it is a LlamaForSequenceClassification"),
        (ask(Model(str(tmp_path / "none")), "a"), "cannot load model"),
    ):
        with pytest.raises(UserError, match=says):
            list(Transformers().run([request]))


@pytest.mark.slow
def test_a_hub_that_is_silent_is_asked_once(monkeypatch):
    """The tokenizer would ask for the configuration twice, and each time is half a minute."""
    import transformers

    asked = []
    for name in ("AutoConfig", "AutoTokenizer"):

        def silent(*_, _name=name, **__):
            asked.append(_name)
            raise OSError("We couldn't connect")

        monkeypatch.setattr(getattr(transformers, name), "from_pretrained", silent)
    with pytest.raises(UserError, match="check its name and revision, and that you are online"):
        list(Transformers().run([ask(Model("org/nothing"), "a")]))
    with pytest.raises(UserError, match="cannot load the translation model org/nothing"):
        _ = Seq2Seq(Model("org/nothing"))._loaded
    assert asked == ["AutoConfig", "AutoConfig"]


def test_half_the_batch_where_memory_runs_out(llama, monkeypatch):
    sizes = []
    real = Transformers._chat

    def small(self, batch, *rest):
        sizes.append(len(batch))
        if len(batch) > 2 or any(len(tokens) > 400 for _, tokens in batch):
            raise torch.OutOfMemoryError
        return real(self, batch, *rest)

    monkeypatch.setattr(Transformers, "_chat", small)
    got = dict(Transformers(batch=8).run([*(ask(llama, text) for text in TEXTS[:7]), ask(llama, "a" * 450)]))
    assert sizes[:2] == [8, 4] and Counter(type(one) for one in got.values()) == {Reply: 7, Failure: 1}
    assert got[ask(llama, "a" * 450)].reason == "out_of_memory"


def test_importing_the_backends_loads_no_library():
    code = "import sys, polypref.inference.transformers, polypref.inference.openai, polypref.inference.log; "
    code += "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'aiohttp', 'vllm')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
