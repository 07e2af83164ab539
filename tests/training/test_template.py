"""A model's chat template is looked at before training: a system message refused or swallowed, tokens inside texts."""

import json
from pathlib import Path

import pytest
from datasets import Dataset

from polypref.errors import UserError
from polypref.training.template import Template, refuse_template

from . import tiny
from .test_train import words
from .tiny import TEMPLATE, turn

NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('No system role here') }}{% endif %}" + TEMPLATE
SWALLOWS = TEMPLATE.replace("{% for m in messages %}", "{% for m in messages if m['role'] != 'system' %}")
#: As some do: the system message goes before the last message, if that is the user's; so an answer takes it away.
LAST_ONLY = (
    "{% set s = messages[0]['content'] if messages[0]['role'] == 'system' else '' %}{% for m in messages %}"
    "{% if m['role'] != 'system' %}{{ '<|' + m['role'] + '|>' + (s if loop.last and m['role'] == 'user' else '') }}"
    "{{ m['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
ALTERNATES = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate') }}{% endif %}{% endfor %}" + TEMPLATE
)


def template(text):
    tokenizer = tiny.tokenizer()
    tokenizer.chat_template = text
    return Template(tokenizer, "org/model", {})


def rows(*prompts):
    tags = ["uk", "ar", "uk"]
    return Dataset.from_list(
        [
            {
                "prompt": prompt,
                "chosen": turn("assistant", "Так."),
                "rejected": turn("assistant", "Ні."),
                "language": tag,
            }
            for prompt, tag in zip(prompts, tags, strict=False)
        ]
    )


PLAIN = turn("user", "Чи це так?")
SYSTEM = turn("system", "Коротко.") + PLAIN


def look(text, dataset, answers=("chosen", "rejected"), spoken=False):
    return refuse_template(template(text), dataset, answers, "pairs", spoken)


@pytest.mark.parametrize("text", [TEMPLATE, NO_SYSTEM, SWALLOWS, LAST_ONLY, ALTERNATES])
def test_without_a_system_message_each_of_them_will_do(text):
    assert look(text, rows(PLAIN, PLAIN)) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NO_SYSTEM, r"refuses a system message, as in 2 rows of pairs \(ar 1, uk 1; first: row 1, from 0\): it says "
                    r"'No system role here'; train a model"),
        (SWALLOWS, r"leaves out the system message of 2 rows of pairs \(ar 1, uk 1; first: row 1, from 0\) without a"),
        (LAST_ONLY, "leaves out the system message of 2 rows"),
    ],
)  # fmt: skip
def test_a_system_message_without_a_place_is_one_sentence_with_its_rows(text, message):
    with pytest.raises(UserError, match=message) as caught:
        look(text, rows(PLAIN, SYSTEM, SYSTEM))
    assert "\n" not in str(caught.value)
    assert look(TEMPLATE, rows(PLAIN, SYSTEM, SYSTEM)) is None


def test_a_prompt_alone_keeps_what_an_answer_would_take_away():
    assert look(LAST_ONLY, rows(SYSTEM), answers=()) is None
    with pytest.raises(UserError, match="leaves out the system message"):
        look(LAST_ONLY, rows(SYSTEM), answers=(), spoken=True)


def test_turns_that_a_template_refuses_are_named_by_their_roles():
    with pytest.raises(UserError, match=r"refuses the turns user user, as in 1 rows .*'Roles must alternate'"):
        look(ALTERNATES, rows(PLAIN, PLAIN + PLAIN))
    # With a system message as well: that is not what it refuses.
    with pytest.raises(UserError, match="refuses the turns system user user"):
        look(ALTERNATES, rows(PLAIN, SYSTEM + PLAIN))


def test_an_earlier_answer_that_is_swallowed_is_named():
    text = TEMPLATE.replace("{% for m in messages %}", "{% for m in messages[-2:] %}")
    with pytest.raises(UserError, match="leaves out a turn of the user of 1 rows"):
        look(text, rows(PLAIN, PLAIN + turn("assistant", "Так.") + PLAIN))


def test_a_model_without_a_template_is_one_sentence():
    with pytest.raises(UserError, match="org/model has no chat template"):
        look(None, rows(PLAIN))


@pytest.mark.parametrize("token", ["<|pad|>", "<|assistant|>", "<end-of-turn>"])
def test_tokens_of_this_tokenizer_and_marks_of_this_template_are_refused_in_texts(token):
    text = TEMPLATE.replace("'<|end|>'", "'<end-of-turn>'")
    with pytest.raises(UserError, match=r"1 rows of pairs \(ar 1\) hold tokens that org/model takes") as caught:
        look(text, rows(PLAIN, turn("user", f"Чи {token} це?")))
    assert f"{token!r} in column prompt of row 1, counted from 0" in str(caught.value)
    assert look(text, rows(PLAIN, turn("user", "Чи <b>це</b> [так] <end>?"))) is None


@pytest.mark.parametrize(
    ("prompt_row", "chosen_row", "says"),
    [(2, 1, "column chosen of row 1"), (1, 2, "column prompt of row 1"), (1, 1, "column prompt of row 1")],
)
def test_of_tokens_in_several_columns_the_first_row_is_named(prompt_row, chosen_row, says):
    table = rows(PLAIN, PLAIN, PLAIN).to_list()
    table[prompt_row]["prompt"] = turn("user", "Чи <|pad|> це?")
    table[chosen_row]["chosen"] = turn("assistant", "Так <|pad|>.")
    with pytest.raises(
        UserError, match=f"{len({prompt_row, chosen_row})} rows of pairs .* '<.pad.>' in {says}, counted"
    ):
        look(TEMPLATE, Dataset.from_list(table))


@pytest.mark.parametrize("pad", ["!", "###", "▁", "deu_Latn"])
def test_a_special_token_that_is_ordinary_text_is_no_mark(pad):
    custom = template(TEMPLATE)
    custom.tokenizer.pad_token = pad
    assert pad in custom.tokenizer.all_special_tokens
    assert refuse_template(custom, rows(turn("user", f"Привіт {pad} Чи так?")), ("chosen", "rejected"), "pairs") is None


def test_a_template_that_changes_texts_is_warned_of_and_one_that_trims_is_not():
    assert look(TEMPLATE.replace("m['content']", "m['content'] | trim"), rows(turn("user", " Чи так? "))) is None
    warning = look(TEMPLATE.replace("m['content']", "m['content'] | lower"), rows(PLAIN, turn("user", "так?")))
    # The answers begin with capitals too.
    assert "changes the text of 2 of 2 rows looked at (ar 1, uk 1; first: row 0" in warning


@pytest.mark.parametrize("method", ["dpo", "rloo"])
def test_train_stops_before_the_first_step(method, train, models, tmp_path):
    folder = tmp_path / "model"
    tiny.model(folder, "Llama")
    edit_template(folder, NO_SYSTEM)
    data = tiny.dataset(tmp_path / "d", {"uk": 2, "ar": 1}, edit=lambda r: r | {"prompt": SYSTEM})
    more = ["--method", method, *(["--reward_funcs", "length", "--num_generations", "2"] if method == "rloo" else [])]
    with pytest.raises(UserError, match=r"refuses a system message, as in 3 rows .* \(ar 1, uk 2"):
        train.main(words(str(folder), data, tmp_path / "out", *more))
    assert not list(tmp_path.rglob("out/*.safetensors"))


def test_a_reward_model_that_takes_no_system_message_stops_rloo(train, models, tmp_path):
    folder = tmp_path / "reward"
    tiny.model(folder, "Llama", score=True)
    edit_template(folder, SWALLOWS)
    data = tiny.dataset(tmp_path / "d", {"uk": 2}, edit=lambda r: r | {"prompt": SYSTEM})
    more = ["--method", "rloo", "--reward_model", folder, "--num_generations", "2", "--max_completion_length", "4"]
    with pytest.raises(UserError, match="of reward model reward leaves out the system message of 2 rows"):
        train.main(words(models["Llama"], data, tmp_path / "out", *more))


def edit_template(folder: Path, text: str) -> None:
    """Another template in a saved tokenizer, wherever the library keeps it."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        file.write_text(text, "utf-8")
    else:
        config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
        (folder / "tokenizer_config.json").write_text(json.dumps(config | {"chat_template": text}), "utf-8")
