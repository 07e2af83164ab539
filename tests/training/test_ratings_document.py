"""docs/training_on_ratings.md: its code, copied out, builds rows from a dataset's ratings and words, and tiny models
trained on them do what each method is for, on prompts that were held out."""

import json
import re
import shlex

import pyarrow.parquet as pq
import pytest

import polypref
from polypref import Answer, Builder, Fields, Files, Mixture, PairRule, Prompts, SourceRater, Split
from polypref.layouts.sources import Verdict
from tests.conftest import ROOT

from . import tiny

PAGE = (ROOT / "docs" / "training_on_ratings.md").read_text("utf-8")
START, BY_SCORE, CHAINS, SFT, REASONS = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
(COMMAND,) = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE)
#: What a model of random weights needs: larger steps than one that has learned.
QUICK = {
    "learning_rate": 1e-2, "per_device_train_batch_size": 16, "use_cpu": True, "bf16": False, "report_to": "none",
    "save_strategy": "no", "gradient_checkpointing": False, "logging_steps": 1000, "dataloader_pin_memory": False,
}  # fmt: skip
#: Score -> the answer to every question; the questions differ in a number.
GRADED = {5.0: "All of it.", 3.0: "Some of it.", 1.0: "None."}
#: Why the better one is better, in half of the pairs.
WHY = "The other says nothing at all."
SCORES = {text: score for score, text in GRADED.items()}


def dataset(folder, rows, fields, **declared):
    """A dataset of these rows, with all ratings, in splits by prompt."""
    folder.mkdir()
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    source = Files(str(folder / "rows.jsonl"), fields, "rows", "1", "cc0-1.0", language="en")
    declared = {
        "prompts": Prompts(near_duplicates=None),
        "filters": (),
        "ratings": True,
        "split": Split(test=0.2),
    } | declared
    builder = Builder("graded", "1.0.0", card="pool.md", sources=(source,), mixtures=(Mixture("all"),), **declared)
    return polypref.build(builder, folder / "built", quiet=True).path


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    fields = Fields("q", (Answer("t", model="m", licence="cc0-1.0", score="s"),), each="replies")
    rows = [
        {"q": f"Question {n}?", "replies": [{"t": text, "s": score} for score, text in GRADED.items()]}
        for n in range(60)
    ]
    rule = PairRule("all_pairs", per_prompt=3)
    return dataset(tmp_path_factory.mktemp("d") / "graded", rows, fields, rater=SourceRater(), pairs=rule)


@pytest.fixture(scope="module")
def with_words(tmp_path_factory):
    """In half of the pairs somebody wrote why."""
    answers = tuple(Answer(name, model=name, licence="cc0-1.0") for name in ("a", "b"))
    fields = Fields("q", answers, verdict=Verdict("people", "best", ("A",), ("B",), rationale="why"))
    rows = [
        {
            "q": f"Question {n}?",
            "a": GRADED[5.0 - n % 3 // 2 * 4],
            "b": GRADED[1.0 + n % 3 // 2 * 4],
            "best": "AAB"[n % 3],
        }
        | ({"why": WHY} if n % 2 else {})
        for n in range(60)
    ]
    return dataset(
        tmp_path_factory.mktemp("d") / "words", rows, fields, rater=SourceRater("people"), pairs=PairRule("given")
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A Llama with random weights whose tokens are the words of the page and of the datasets."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    spoken = sorted(
        {*re.findall(r"[\w.?]+", PAGE), *" ".join((*SCORES, WHY, "Question of system score 1. 3. 5.")).split()}
    )
    inner = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(["<|unknown|>", *spoken])}, unk_token="<|unknown|>")
    )
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words = PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<|end|>", pad_token="<|pad|>", unk_token="<|unknown|>"
    )
    words.add_special_tokens({"additional_special_tokens": ["<|user|>", "<|assistant|>", "<|system|>"]})
    words.chat_template = tiny.TEMPLATE
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, max_position_embeddings=512, eos_token_id=words.eos_token_id,
        bos_token_id=None, pad_token_id=words.pad_token_id,
    )  # fmt: skip
    folder = str(tmp_path_factory.mktemp("model") / "m")
    LlamaForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def page_names(dataset, model, *parts):
    """Runs parts of the page in the folder of now, with the places and settings of a test."""
    code = "".join((START, *parts))
    for old, new in (
        ('"build/mine"', repr(str(dataset))),
        ('"YOUR/MODEL"', repr(model)),
        ('SFTConfig("build/hindsight")', "SFTConfig('build/hindsight', max_steps=120, **QUICK)"),
        ('DPOConfig("build/reasons")', "DPOConfig('build/reasons', max_steps=60, **QUICK)"),
    ):
        assert code.count(old) == ("Config" not in old or old in code), old
        code = code.replace(old, new)
    names = {"QUICK": QUICK}
    exec(compile(code, "docs/training_on_ratings.md", "exec"), names)
    return names


def by_score_rows(split):
    return pq.read_table(f"build/by_score/data/{split}-0.parquet").to_pylist()


def log_probabilities(folder, rows):
    """Of completions to their prompts: (prompt, completion) -> the sum over its tokens, by the model in a folder."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    network, tokens = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    sums = []
    for prompt, completion in rows:
        start = tokens.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False)
        ids = torch.tensor([tokens.apply_chat_template([*prompt, *completion], return_dict=False)])
        with torch.no_grad():
            scores = network(ids).logits[0, :-1].log_softmax(-1)
        sums.append(scores.gather(1, ids[0, 1:, None])[len(start) - 1 :].sum().item())
    return sums


def loss_of_words(folder, rows):
    """The mean loss of a token of rows with labels."""
    import torch
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(folder).eval()
    with torch.no_grad():
        losses = [network(**{name: torch.tensor([own]) for name, own in row.items()}).loss.item() for row in rows]
    return sum(losses) / len(losses)


def accuracy(trained, before, rows):
    """The share of pairs whose chosen answer became likelier than the rejected one, by the implicit reward."""
    answers = [(row["prompt"], row[side]) for row in rows for side in ("chosen", "rejected")]
    after, start = (log_probabilities(folder, answers) for folder in (trained, before))
    rewards = [one - other for one, other in zip(after, start, strict=True)]
    right = [chosen > rejected for chosen, rejected in zip(rewards[::2], rewards[1::2], strict=True)]
    return sum(right) / len(right)


def trained_by_the_command(model, out, **instead):
    words = shlex.split(COMMAND)
    assert words[:2] == ["polypref", "train"]
    given = dict(zip((word.removeprefix("--") for word in words[2::2]), words[3::2], strict=True))
    recipe = given.pop("config")
    given |= QUICK | {"model_name_or_path": model, "use_peft": False, "dtype": "float32", "max_steps": 60,
                      "gradient_accumulation_steps": 1, "warmup_steps": 0, "eval_strategy": "no"}  # fmt: skip
    given.pop("dataloader_pin_memory")
    return polypref.train(recipe, **(given | {"output_dir": str(out)} | instead))


@pytest.mark.slow
def test_a_model_trained_by_score_prefers_the_answer_that_is_asked_for(graded, model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page_names(graded, model, BY_SCORE)
    printed = capsys.readouterr().out
    rows = {split: by_score_rows(split) for split in ("train", "test")}
    pairs = {split: len(own) // 2 for split, own in rows.items()}
    assert sum(pairs.values()) == 180 and pairs["test"] > 20
    for split, own in pairs.items():
        assert f"{split}: {own} of {own} pairs have two scores in the order of the pair" in printed
    for row in [*rows["train"], *rows["test"]]:
        system, question = row["prompt"]
        chosen, rejected = (SCORES[row[side][0]["content"]] for side in ("chosen", "rejected"))
        assert (system["role"], question["role"]) == ("system", "user")
        assert system["content"] == f"Give an answer of score {chosen:g}." and chosen != rejected
    asked = trained_by_the_command(model, tmp_path / "asked")
    # Each pair is there both ways, so whoever does not read the score is right in half of the rows.
    assert accuracy(asked, model, rows["test"]) > 0.9


@pytest.mark.slow
def test_a_model_trained_without_scores_is_right_in_half_of_the_rows(graded, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page_names(graded, model, BY_SCORE)
    plain = trained_by_the_command(model, tmp_path / "plain", dataset_name=str(graded), dataset_config="all")
    held_out = [row for file in graded.glob("data/en/test-*") for row in pq.read_table(file).to_pylist()]
    assert accuracy(plain, model, held_out) > 0.9
    assert 0.4 < accuracy(plain, model, by_score_rows("test")) < 0.6


@pytest.mark.slow
def test_a_model_trained_on_chains_gives_a_good_or_a_bad_answer_as_it_is_asked(graded, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = page_names(graded, model, BY_SCORE, CHAINS, SFT)
    (first, *_) = names["hindsight"]("test")
    assert first["prompt"][-1]["content"].endswith("?\nGive a bad answer.")
    chains = [row for row in names["hindsight"]("test") if len(row["prompt"]) == 5]
    for row in chains:
        order = [
            SCORES[turn["content"]] for turn in [*row["prompt"], *row["completion"]] if turn["role"] == "assistant"
        ]
        assert order == ([1, 3, 5] if row["prompt"][-1]["content"] == "Give a better one." else [5, 3, 1])
    prompts = [row["prompt"] for row in names["hindsight"]("test") if len(row["prompt"]) == 1]
    assert len(prompts) == len(chains) > 10
    rows = [(prompt, tiny.turn("assistant", GRADED[score])) for prompt in prompts for score in (5.0, 1.0)]
    after = log_probabilities("build/hindsight", rows)
    for prompt, good, bad in zip(prompts, after[::2], after[1::2], strict=True):
        assert (good > bad) == prompt[0]["content"].endswith("Give a good answer."), prompt


@pytest.mark.parametrize("gamma", [pytest.param(0.0, marks=pytest.mark.slow), 0.1])
def test_reasons_are_learned_beside_the_pairs_and_not_without_them(
    gamma, with_words, model, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert REASONS.count("GAMMA = 0.1\n") == 1
    names = page_names(with_words, model, REASONS.replace("GAMMA = 0.1", f"GAMMA = {gamma}"))
    held_out = list(names["pairs"]["test"])
    assert f"{len(names['reasons'])} of {len(names['pairs']['train'])} pairs have words" in capsys.readouterr().out
    assert 0 < len(names["reasons"]) < len(names["pairs"]["train"])
    assert accuracy("build/reasons", model, held_out) > 0.9
    asked = [names["reason_of"](pair) for pair in held_out if pair["rationale"]]
    assert all(
        names["tokenizer"].decode([n for n in one["labels"] if n >= 0]).replace(" <", "<") == f"{WHY}<|end|>"
        for one in asked
    )
    loss = loss_of_words("build/reasons", asked)
    assert loss < 1 if gamma else loss > 4, loss


def test_an_answer_that_may_not_be_chosen_is_the_worst_of_its_chain_and_equal_scores_are_one(
    graded, model, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    names = page_names(graded, model, BY_SCORE, CHAINS)
    row = {"prompt_id": "p", "prompt": tiny.turn("user", "Hm?"), "rater": "source", "not_chosen": None}
    answers = (("a", 2.0, None), ("b", 9.0, "language: other"), ("c", 3.0, None), ("d", 3.0, None), ("e", None, None))
    rated = [
        row | {"completion": tiny.turn("assistant", text), "score": score, "not_chosen": check}
        for text, score, check in answers
    ]
    other = row | {"completion": tiny.turn("assistant", "f"), "score": 7.0, "rater": "another"}
    names["ratings"] = {"train": [*rated, other, other | {"prompt_id": "alone", "rater": "source"}]}
    rows = names["hindsight"]("train")
    assert [one["completion"][0]["content"] for one in rows] == ["b", "a", "d", "d", "a", "b"]
    assert [turn["content"] for turn in rows[2]["prompt"]] == [
        "Hm?\nGive a bad answer.", "b", "Give a better one.", "a", "Give a better one.",
    ]  # fmt: skip
