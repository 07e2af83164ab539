"""The rewards that come with polypref."""

import pytest

from polypref.errors import UserError
from polypref.training import rewards


def test_a_model_that_writes_is_no_reward_model(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "cohere2", "architectures": ["Cohere2ForCausalLM"]}')
    with pytest.raises(UserError, match="is no reward model: it is a Cohere2ForCausalLM"):
        rewards.local(str(tmp_path), None)


def test_rewards_by_hand():
    good = "Дякую, у мене все добре, а як справи у вас сьогодні?"
    texts = [good, "Thank you, I am fine, and how are you doing today?", "", "12"]
    answers = [[{"role": "assistant", "content": text}] for text in texts]
    assert rewards.language_fidelity(answers, ["uk"] * 4) == [1.0, 0.0, 0.0, None]
    assert rewards.language_fidelity(answers[1:2], ["uk"], response_language=["en"]) == [1.0]
    assert rewards.language_fidelity(answers[1:3], ["en"] * 2, response_language=[None, "uk"]) == [1.0, 0.0]
    asked = ["Переклади на англійську: " + good, [{"role": "user", "content": "Як справи?"}]]
    assert rewards.language_fidelity([answers[1]] * 2, ["uk"] * 2, prompts=asked) == [1.0, 0.0]
    assert rewards.language_fidelity(answers[:1], ["uk"], prompts=asked[:1]) == [0.0], "a copy is no translation"
    unnamed = ["Переклади, будь ласка: " + good]
    assert rewards.language_fidelity(answers[1:2], ["uk"], prompts=unnamed) == [None]
    stated = ["uk"]
    assert rewards.language_fidelity(answers[:1], ["en"], stated, prompts=["Translate into French: hi"]) == [1.0]
    assert rewards.length(10)(["x" * 10, "x" * 15, "x" * 99]) == [0, -0.5, -1]
