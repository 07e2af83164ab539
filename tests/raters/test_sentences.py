"""The rater by a sentence model: relevance times length and repetition, where n-grams are misled."""

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test")
pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")

import pyarrow as pa  # noqa: E402

from polypref import SentenceRelevanceRater, schema  # noqa: E402
from polypref.errors import UserError  # noqa: E402
from polypref.inference import Failure, Model, Reply, Served  # noqa: E402
from polypref.inference.sentences import sentence_relevance  # noqa: E402
from polypref.raters.contract import way_of  # noqa: E402
from polypref.raters.given import RelevanceRater  # noqa: E402
from polypref.stages.pool import Bucket  # noqa: E402
from tests.inference import tiny_sentences  # noqa: E402


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Served:
    return sentence_relevance(tiny_sentences.encoder(tmp_path_factory.mktemp("sentences") / "encoder"), device="cpu")


def bucket(language: str = "en", **answers: str) -> Bucket:
    prompt = {"prompt_id": "p", "group_id": "p", "language": "en", "response_language": language, "origin": "native"}
    prompt |= {"prompt": [{"role": "user", "content": "capital"}], "sources": []}
    own = {"prompt_id": "p", "route": "given"} | dict.fromkeys(("model", "model_revision", "model_licence"), "")
    rows = [own | {"completion_id": name, "text": text} for name, text in sorted(answers.items())]
    none = [schema.RATINGS.empty_table(), schema.VERDICTS.empty_table()]
    return Bucket(pa.Table.from_pylist([prompt], schema.PROMPTS), pa.Table.from_pylist(rows, schema.COMPLETIONS), *none)


def collected(rater: SentenceRelevanceRater, of: Bucket) -> tuple[dict[str, float], list[str]]:
    known = dict(rater.served.backend.run(rater.requests(of, lambda requests: [None] * len(requests))))
    tables = rater.collect(of, lambda requests: [known.get(one) for one in requests])
    scores = {row["completion_id"]: row["score"] for row in tables["ratings"].to_pylist()}
    return scores, [row["reason"] for row in tables["rejected"].to_pylist()]


def test_the_right_answer_is_nearer_though_it_shares_no_letter_with_the_prompt(served):
    # In meaning, and not in letters: the prompt's word again with a wrong ending is no word of the model.
    of = bucket(right="राजधानी עיר", wrong="capitals capitalise bread")
    scores, _ = collected(SentenceRelevanceRater(served, full_length=5), of)
    assert scores["right"] == pytest.approx(1, abs=1e-5) and scores["wrong"] < 0.6
    grams = RelevanceRater(full_length=5)
    rated = grams.rate(of.prompts, of.completions, {"en": grams.fit([])})
    by_letters = dict(zip(rated["completion_id"].to_pylist(), rated["score"].to_pylist(), strict=True))
    assert by_letters["wrong"] > by_letters["right"] == 0


def test_length_and_repetition_count_as_in_the_baseline(served):
    rater = SentenceRelevanceRater(served, full_length=24)
    scores, _ = collected(rater, bucket(short="עיר", again="עיר עיר עיר עיר עיר עיר"))
    assert scores["short"] == pytest.approx(3 / 24, abs=1e-5)
    assert scores["again"] == pytest.approx(23 / 24 * 1 / 4, abs=1e-5)  # one of four trigrams
    unspaced, _ = collected(rater, bucket("ja", short="עיר"))
    assert unspaced["short"] == pytest.approx(3 / 8, abs=1e-5)


def test_equal_texts_are_asked_once_and_empty_ones_not_at_all(served):
    rater, of = SentenceRelevanceRater(served), bucket(a="עיר", b="עיר", c=" ")
    assert len(list(rater.requests(of, lambda requests: [None] * len(requests)))) == 1
    scores, reasons = collected(rater, of)
    assert scores["a"] == scores["b"] and reasons == ["empty_answer"]


def test_what_has_no_score_is_counted_and_no_score_is_below_nought(served):
    rater, of = SentenceRelevanceRater(served), bucket(a="one", b="two")
    tables = rater.collect(of, lambda requests: [Failure("out_of_memory"), Reply(score=-0.5)])
    assert tables["rejected"]["reason"].to_pylist() == ["out_of_memory"]
    assert tables["ratings"]["score"].to_pylist() == [0.0]


def test_it_says_what_it_is_and_the_baseline_what_it_is_not(served):
    assert way_of(SentenceRelevanceRater(served)) == "ask"
    assert "not the Regularized Relevance Reward (R3)" in RelevanceRater.caution
    assert "do not say whether an answer is right" in SentenceRelevanceRater.caution
    with pytest.raises(UserError, match="full_length must be at least 1"):
        SentenceRelevanceRater(Served(Model("m"), served.backend), full_length=0)
