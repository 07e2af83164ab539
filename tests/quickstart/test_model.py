"""The tiny model: what its tokenizer keeps whole, what it learns from, and that a seed gives the same weights."""

import json

import pytest

from polypref.evaluation.inputs import bundled_questions
from polypref.evaluation.inputs.bundled_questions import Line

pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[dev]', or make test")
pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")

import torch

from quickstart import model

LINE = Line("bus-12", "de", "Welcher Bus?", "Der Bus 12.", "Bus 12.")
# What stands between a question and its answer.
ANSWERED = "<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"


@pytest.fixture(scope="module")
def words():
    return model.tokenizer([LINE.prompt, LINE.answer, LINE.confused], 300)


def test_special_tokens_have_the_places_that_the_template_and_the_model_need(words):
    assert [words.convert_tokens_to_ids(one) for one in model.SPECIAL] == list(range(6))
    assert (words.pad_token, words.bos_token, words.eos_token) == (
        "<PAD>", "<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>",
    )  # fmt: skip
    # All 256 bytes are in it, so that no text is unknown.
    for text in ("Ω 🙂 \x00", "मंज़िल", ""):
        assert words.decode(words(text)["input_ids"], clean_up_tokenization_spaces=False) == text
    assert len(words) <= 300


def test_a_chat_is_written_in_coheres_form(words):
    chat = [{"role": "user", "content": "Ja?"}, {"role": "assistant", "content": "Ja."}]
    begin = f"<BOS_TOKEN><|START_OF_TURN_TOKEN|><|USER_TOKEN|>Ja?{ANSWERED}"
    assert words.apply_chat_template(chat[:1], tokenize=False, add_generation_prompt=True) == begin
    assert words.apply_chat_template(chat, tokenize=False) == f"{begin}Ja.<|END_OF_TURN_TOKEN|>"


def test_no_word_is_cut_between_a_letter_and_its_mark():
    texts = [text for one in bundled_questions.lines(["room-13", "exercise-47"]) for text in (one.prompt, one.answer)]
    learned = model.tokenizer(texts * 50, 4000)
    for text in texts:
        assert learned.decode(learned(text)["input_ids"], clean_up_tokenization_spaces=False) == text
    # Seen fifty times each, a word with vowel signs is one token, as a word without them is.
    for word in ("मंज़िल", "दूसरी", "λεωφορείο", "תרגיל"):
        whole = f" {word}"
        assert (len(learned(whole)["input_ids"]) == 1) == any(whole in text for text in texts), word


def test_only_the_answer_is_learned_and_the_confused_one_where_confusion_is_planted(words):
    for confused, answer in ((False, "Der Bus 12."), (True, "Bus 12.")):
        ids, labels = model._encoded(words, LINE, confused)
        assert len(ids) == len(labels)
        begin = sum(label == -100 for label in labels)
        assert labels == [-100] * begin + ids[begin:]
        assert words.decode(ids[begin:]) == f"{answer}<|END_OF_TURN_TOKEN|>"
        assert words.decode(ids[:begin]).endswith(
            "Welcher Bus?<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"
        )


def test_padding_is_on_the_right_and_no_label():
    ids, labels = model._padded([([5, 6, 7], [-100, 6, 7]), ([8], [8])], pad=0)
    assert ids.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert labels.tolist() == [[-100, 6, 7], [8, -100, -100]]


def test_every_example_is_in_one_batch_of_an_epoch_beside_those_of_its_length():
    lengths = [3, 1, 2, 1, 3, 2, 1]
    batches = list(model._batches(lengths, torch.Generator().manual_seed(0), size=3, heap=7))
    assert sorted(map(len, batches)) == [1, 3, 3]
    assert sorted(place for batch in batches for place in batch) == list(range(7))
    assert sorted(sorted(lengths[place] for place in batch) for batch in batches) == [[1, 1, 1], [2, 2, 3], [3]]
    many = list(range(100))
    first, same, other = (
        list(model._batches(many, torch.Generator().manual_seed(seed), size=10, heap=50)) for seed in (0, 0, 1)
    )
    assert first == same != other


def test_the_same_seed_gives_the_same_weights_whatever_was_drawn_before(words):
    first = model.network(words, 3, 32)
    torch.rand(5)
    same, other = model.network(words, 3, 32), model.network(words, 4, 32)
    equal = [torch.equal(a, b) for a, b in zip(first.parameters(), same.parameters(), strict=True)]
    assert all(equal) and len(equal) > 4
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))
    config = first.config
    assert (config.vocab_size, config.hidden_size, config.intermediate_size) == (len(words), 32, 96)
    assert config.eos_token_id == words.convert_tokens_to_ids("<|END_OF_TURN_TOKEN|>")


def train(folder, **more):
    lines: list[str] = []
    few = [one for one in bundled_questions.lines(["bus-12"]) if one.language in ("de", "en", "fr")]
    usual = {"share": 0.0, "seed": 1, "epochs": 3, "hidden": 32, "size": 400}
    return model.train_model(folder, few, **usual | more, say=lines.append), lines


def test_training_lowers_the_loss_says_so_and_is_read_again(tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    facts, progress = train(tmp_path / "m", epochs=40)
    assert [line.split(",")[0] for line in progress] == [f"pass {number} of 40" for number in range(1, 41)]
    losses = [float(line.rsplit(" ", 1)[1]) for line in progress]
    # At random weights all of some 400 entries are about equally likely: log(400) = 6.0 nats.
    assert losses[0] > 5 and losses[-1] < 4.5 and facts["loss"] == pytest.approx(losses[-1], abs=1e-3)
    assert json.loads((tmp_path / "m" / "learned.json").read_text("utf-8")) == facts
    read = AutoModelForCausalLM.from_pretrained(tmp_path / "m")
    assert read.num_parameters() == facts["parameters"]
    assert AutoTokenizer.from_pretrained(tmp_path / "m").chat_template == model.TEMPLATE


def test_the_same_settings_give_the_same_file_and_planted_confusion_another(tmp_path):
    for name, share in (("one", 0.0), ("two", 0.0), ("confused", 1.0)):
        train(tmp_path / name, epochs=1, share=share)
    one, two, confused = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two", "confused"))
    assert one == two != confused
