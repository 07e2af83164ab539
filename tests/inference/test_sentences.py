"""Relevance by a sentence model: a tiny encoder whose embeddings were planted, by real transformers."""

import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test")
pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")

from polypref.errors import UserError  # noqa: E402
from polypref.inference import Failure, Model, Request  # noqa: E402
from polypref.inference.sentences import SentenceRelevance, sentence_relevance  # noqa: E402
from polypref.judging.scores import score_request  # noqa: E402

from . import tiny_sentences  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    return tiny_sentences.encoder(tmp_path_factory.mktemp("sentences") / "encoder")


def scored(served, *answers: str, question: str = "capital") -> list[float | str]:
    requests = [score_request(served.model, (("user", question),), answer) for answer in answers]
    got = dict(served.backend.run(requests))
    return [one.reason if isinstance(one := got[request], Failure) else round(one.score, 4) for request in requests]


def test_what_means_the_same_is_near_in_any_language(folder):
    # capital, עיר and राजधानी were planted on one axis, bread and לחם on another.
    served = sentence_relevance(folder, device="cpu")
    assert scored(served, "עיר", "राजधानी", "לחם") == [1, 1, 0]
    # The mean of two tokens at right angles is at 45 degrees to each.
    assert scored(served, "עיר לחם", "עיר לחם לחם")[0] == pytest.approx(2**-0.5, abs=1e-3)


@pytest.mark.slow
def test_padding_and_batches_change_nothing(folder):
    answers = ["עיר", "עיר לחם לחם לחם", "לחם", "bread capital", "capital capital bread"]
    whole = scored(sentence_relevance(folder, device="cpu"), *answers)
    assert whole == scored(sentence_relevance(folder, device="cpu", batch=1), *answers)
    assert whole == [scored(sentence_relevance(folder, device="cpu"), one)[0] for one in answers]


@pytest.mark.slow
def test_the_first_tokens_are_read_and_it_is_said(folder):
    served = sentence_relevance(folder, max_tokens=2, device="cpu")
    assert scored(served, "עיר עיר לחם לחם") == [1]
    assert served.backend.model_notes.notes[served.model] == [
        "it reads the first 2 tokens of a prompt and of an answer"
    ]
    long = sentence_relevance(folder, device="cpu")
    assert scored(long, "עיר " * 16 + "לחם " * 99) == [1]  # the model has 16 positions
    assert "first 16 tokens" in long.backend.model_notes.notes[long.model][0]


def test_the_prompt_is_what_the_user_says(folder):
    served = sentence_relevance(folder, device="cpu")
    turns = (("system", "bread"), ("user", "capital"), ("assistant", "bread"), ("user", "capital"))
    request = score_request(served.model, turns, "עיר")
    assert dict(served.backend.run([request]))[request].score == pytest.approx(1, abs=1e-5)
    silent = score_request(served.model, (("system", "bread"),), "עיר")
    assert dict(served.backend.run([silent]))[silent].reason == "empty_prompt"


@pytest.mark.slow
def test_an_answer_that_says_nothing_has_no_score(folder):
    for prefix in ("", "x "):
        served = sentence_relevance(folder, answer_prefix=prefix, device="cpu")
        assert scored(served, "", " \n", "עיר")[:2] == ["empty_answer", "empty_answer"]


@pytest.mark.slow
def test_a_model_with_a_decoder_is_refused_and_one_without_positions_reads_what_it_is_asked_to(folder, tmp_path):
    from transformers import T5Config, T5Model, XLNetConfig, XLNetModel

    for name, model in (
        ("t5", T5Model(T5Config(vocab_size=32, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2))),
        ("xlnet", XLNetModel(XLNetConfig(vocab_size=32, d_model=8, n_layer=1, n_head=2, d_inner=8))),
    ):
        shutil.copytree(folder, tmp_path / name)
        model.save_pretrained(tmp_path / name)
    with pytest.raises(UserError, match="has a decoder behind its encoder; choose"):
        scored(sentence_relevance(str(tmp_path / "t5"), device="cpu"), "a")
    served = sentence_relevance(str(tmp_path / "xlnet"), max_tokens=40, device="cpu")
    assert isinstance(scored(served, "עיר " * 50)[0], float)
    assert "first 40 tokens" in served.backend.model_notes.notes[served.model][0]


def test_prefixes_are_read_and_part_of_who_it_is(folder):
    plain = sentence_relevance(folder)
    prefixed = sentence_relevance(folder, prompt_prefix="bread ", device="cpu")
    assert scored(prefixed, "לחם")[0] == pytest.approx(2**-0.5, abs=1e-3)
    others = [prefixed, sentence_relevance(folder, answer_prefix="bread "), sentence_relevance(folder, max_tokens=9)]
    others.append(sentence_relevance(folder, "r7"))
    assert len({one.model.revision for one in [plain, *others]}) == 5
    assert plain.model.name == folder and plain.model.revision.endswith(", 512 tokens")


def test_other_weights_are_another_model(folder, tmp_path):
    other = tiny_sentences.encoder(tmp_path / "other", loud=2.0)
    assert sentence_relevance(other).model.revision != sentence_relevance(folder).model.revision


@pytest.mark.slow
def test_a_model_that_pools_otherwise_is_refused(folder, tmp_path):
    cls = Path(shutil.copytree(folder, tmp_path / "cls"))
    (cls / "1_Pooling").mkdir()
    pooling = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (cls / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    with pytest.raises(UserError, match="in another way than by the mean of its tokens"):
        scored(sentence_relevance(str(cls), device="cpu"), "a")
    dense = Path(shutil.copytree(folder, tmp_path / "dense"))
    (dense / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.Dense"}]))
    with pytest.raises(UserError, match="has a layer behind its pooling"):
        scored(sentence_relevance(str(dense), device="cpu"), "a")


def test_bad_input_is_one_sentence(folder, tmp_path):
    with pytest.raises(UserError, match="has no name"):
        sentence_relevance(" ")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no weights"):
        sentence_relevance(str(tmp_path / "empty"))
    backend = SentenceRelevance(Model(folder), device="cpu")
    with pytest.raises(UserError, match="gives scores, and was asked for chat"):
        list(backend.run([Request(Model(folder), (("user", "hi"),))]))
    lost = SentenceRelevance(Model(str(tmp_path / "lost")), device="cpu")
    with pytest.raises(UserError, match=r"cannot load model .*lost"):
        list(lost.run([score_request(Model("m"), (("user", "hi"),), "x")]))
