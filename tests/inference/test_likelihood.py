"""Log-probabilities of answers, against a plain forward pass."""

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test")
pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")

from polypref.inference import Failure, Model, Reply  # noqa: E402
from polypref.inference.likelihood import reply  # noqa: E402
from polypref.inference.transformers import Transformers  # noqa: E402
from polypref.judging.scores import score_request  # noqa: E402

from . import tiny  # noqa: E402

ANSWERS = ["так", "Дякую, все добре", "はい", "no"]


@pytest.fixture(scope="module")
def llama(tmp_path_factory) -> Model:
    return Model(tiny.llama(tmp_path_factory.mktemp("llama")))


def requests(model, answers=ANSWERS):
    return [score_request(model, (("user", "Як справи?"),), answer) for answer in answers]


def test_the_tokens_of_the_answer_count_alone_by_hand():
    """Two tokens in a vocabulary of two; log(3/4) and log(1/4) for the second and third, nothing of the first."""
    three = torch.log(torch.tensor(3.0))
    first, second = torch.stack([three, torch.tensor(0.0)]), torch.stack([torch.tensor(0.0), three])
    logits = torch.stack([first, first, second, second])
    got = reply(logits, torch.tensor([1, 0, 1, 1]), 1, 3)
    assert got.score == pytest.approx(-0.287682 - 1.386294, abs=1e-5)
    assert (got.prompt_tokens, got.completion_tokens) == (1, 2)


@pytest.mark.slow
def test_log_probabilities_are_those_of_a_plain_pass_however_they_are_batched(llama):
    from transformers import AutoModelForCausalLM

    words, model = tiny.tokenizer(), AutoModelForCausalLM.from_pretrained(llama.name)
    asked = requests(llama)
    for backend in (Transformers(batch=4), Transformers(batch=3), Transformers(batch=1)):
        got = dict(backend.likelihoods(llama, asked))
        for request, answer in zip(asked, ANSWERS, strict=True):
            before = words("<|user|>Як справи?<|end|><|assistant|>")["input_ids"]
            ids = words(f"<|user|>Як справи?<|end|><|assistant|>{answer}<|end|>", return_tensors="pt")["input_ids"]
            with torch.no_grad():
                scores = model(ids).logits[0, :-1].log_softmax(-1)
            wanted = scores.gather(1, ids[0, 1:, None])[len(before) - 1 :].sum().item()
            assert got[request].score == pytest.approx(wanted, abs=1e-3)
            assert got[request].completion_tokens == len(answer.encode()) + 1


def test_what_does_not_fit_or_cannot_be_read_is_a_failure_and_the_rest_goes_on(llama):
    asked = requests(llama, ["yes", "x" * 600, "half \ud800"])
    got = list(dict(Transformers().likelihoods(llama, asked)).items())
    results = [dict(got)[one] for one in asked]
    assert isinstance(results[0], Reply)
    assert results[1] == Failure("context_too_long", f"{600 + 4 + len('Як справи?'.encode())} tokens, 512 fit")
    assert isinstance(results[2], Failure) and results[2].reason == "lone_surrogate"


def test_a_template_that_leaves_the_answer_out_gives_no_likelihood(tmp_path):
    template = tiny.TEMPLATE.replace("{% for m in messages %}", "{% for m in messages if m['role'] != 'assistant' %}")
    model = Model(tiny.llama(tmp_path, template=template))
    ((_, result),) = Transformers().likelihoods(model, requests(model, ["yes"]))
    assert isinstance(result, Failure)
