"""An implicit reward: two chat models as one reward model."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test")
pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")

from polypref import schema  # noqa: E402
from polypref.errors import UserError  # noqa: E402
from polypref.inference import Failure, Model, Request  # noqa: E402
from polypref.inference.implicit import ImplicitReward, implicit_reward  # noqa: E402
from polypref.inference.log import ResponseLog  # noqa: E402
from polypref.inference.transformers import Transformers  # noqa: E402
from polypref.inference.weights import weights_digest  # noqa: E402
from polypref.judging.scores import score_request  # noqa: E402
from polypref.raters.reward import RewardRater  # noqa: E402
from polypref.stages.pool import Bucket  # noqa: E402

from . import tiny  # noqa: E402


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> tuple[Model, Model]:
    """A model, and one whose weights are a little louder."""
    from transformers import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("two")
    before = tiny.llama(folder / "before")
    after = shutil.copytree(before, folder / "after")
    model = AutoModelForCausalLM.from_pretrained(before)
    model.lm_head.weight.data *= 1.1
    model.save_pretrained(after)
    return Model(str(after), licence="mit"), Model(str(before))


def asked(reward, *answers):
    return [score_request(reward.model, (("user", "hi"),), answer) for answer in answers]


@pytest.mark.slow
def test_a_score_is_beta_times_the_log_ratio_and_none_for_a_model_against_itself(two):
    policy, reference = two
    reward = implicit_reward(policy, reference, 0.3, batch=2, window=3)
    requests = asked(reward, "yes", "no", "так", "はい")
    got = dict(reward.backend.run(requests))
    one, other = (dict(Transformers().likelihoods(model, requests)) for model in two)
    for request in requests:
        assert got[request].score == pytest.approx(0.3 * (one[request].score - other[request].score), abs=1e-4)
    assert len({round(reply.score, 3) for reply in got.values()}) == 4
    itself = implicit_reward(reference, reference, 0.3)
    assert [reply.score for _, reply in itself.backend.run(asked(itself, "yes", "no"))] == [0.0, 0.0]


def test_its_name_changes_with_the_reference_the_beta_and_the_weights(two):
    policy, reference = two
    reward = implicit_reward(policy, reference)
    one, other = (weights_digest(Path(model.name)) for model in two)
    assert one != other
    assert reward.model.name == f"{policy.name} over {reference.name}" and reward.model.licence == "mit"
    assert reward.model.revision == f"{one} over {other}, beta 0.1"
    others = [implicit_reward(policy, reference, 0.2), implicit_reward(policy, policy)]
    others.append(implicit_reward(Model(policy.name, "r7"), reference))
    keys = {asked(one, "yes")[0].key for one in [reward, *others]}
    assert len(keys) == 4


@pytest.mark.slow
def test_a_rater_takes_it_as_any_reward_model(two):
    reward = implicit_reward(*two, device="cpu")
    rater = RewardRater(reward, name="learned")
    prompt = {"prompt_id": "p", "group_id": "p", "language": "uk", "response_language": "uk", "origin": "native"}
    prompt |= {"prompt": [{"role": "user", "content": "hi"}], "sources": []}
    answers = [
        {"prompt_id": "p", "completion_id": name, "text": text, "route": "given"}
        | dict.fromkeys(("model", "model_revision", "model_licence"), "")
        for name, text in {"a": "так", "b": "ні"}.items()
    ]
    bucket = Bucket(
        pa.Table.from_pylist([prompt], schema.PROMPTS),
        pa.Table.from_pylist(answers, schema.COMPLETIONS),
        schema.RATINGS.empty_table(),
        schema.VERDICTS.empty_table(),
    )
    log = dict(reward.backend.run(rater.requests(bucket, lambda requests: [None] * len(requests))))
    got = rater.collect(bucket, lambda requests: [log[one] for one in requests])["ratings"].to_pylist()
    expected = dict(reward.backend.run(asked(reward, "так", "ні")))
    assert [(row["completion_id"], row["rater"], row["score"]) for row in got] == [
        (name, "learned", pytest.approx(reply.score)) for name, reply in zip("ab", expected.values(), strict=True)
    ]
    assert got[0]["rater_revision"] == reward.model.revision


@pytest.mark.slow
def test_models_with_other_tokens_and_requests_for_answers_are_refused(two, tmp_path):
    policy, _ = two
    other = Model(tiny.llama(tmp_path, template=tiny.TEMPLATE.replace("<|end|>", "<|end|><|end|>")))
    reward = implicit_reward(policy, other)
    ((_, result),) = reward.backend.run(asked(reward, "yes"))
    assert result == Failure("tokens_differ", "the two models' tokenizers or chat templates differ")
    with pytest.raises(UserError, match="gives scores, and was asked for chat"):
        list(reward.backend.run([Request(reward.model, (("user", "hi"),))]))
    with pytest.raises(UserError, match="beta"):
        implicit_reward(policy, policy, 0.0)
    with pytest.raises(UserError, match="holds no weights"):
        (tmp_path / "empty").mkdir()
        implicit_reward(Model(str(tmp_path / "empty")), policy)


@pytest.mark.slow
def test_what_is_seen_of_both_models_is_kept_in_the_log_under_the_name_that_is_asked(two, tmp_path):
    """A build's provenance has what the log has of the models that a rater asked."""
    unable = [Model(tiny.llama(tmp_path / name, template=tiny.IGNORES_SYSTEM)) for name in ("dpo", "sft")]
    served, plain = implicit_reward(*unable, device="cpu"), implicit_reward(*two, device="cpu")
    with ResponseLog(tmp_path / "log.sqlite") as log:
        for one in (served, plain):
            list(log.ask(one.backend, asked(one, "yes", "no"), served=one))
    with ResponseLog(tmp_path / "log.sqlite") as log:
        note = "its chat template has no place for a system prompt"
        assert log.model_notes(served) == [f"dpo: {note}", f"sft: {note}"]
        assert log.model_notes(plain) == []


def test_what_it_says_of_itself(two):
    backend = ImplicitReward(*two, window=7, device="cpu")
    assert (backend.page, backend.gpus) == (7, 0) and not backend.model_notes.notes
