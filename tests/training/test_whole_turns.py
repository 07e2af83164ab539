"""Rows with calls of tools, with thoughts and with neither, together, through TRL's own trainers."""

import json

import pytest

from polypref.errors import UserError
from polypref.files.json_types import mapping_of
from tests import whole_turns

from . import tiny
from .test_train import build_trainer, words

# As chat templates ask: whether a key is there, and then for what it holds.
ASKING = (
    "{% if tools %}{{ '<tools>' + tools[0].function.name }}{% endif %}"
    "{% for m in messages %}{{ '<|' + m.role + '|>' }}"
    "{% if m.thinking is defined %}{{ '(' + m.thinking + ')' }}{% endif %}{{ m.content }}"
    "{% if 'tool_calls' in m %}{% for call in m.tool_calls %}{{ call.function.name }}"
    "{% for key, value in call.function.arguments.items() %}{{ '[' + key + '=' + value + ']' }}{% endfor %}"
    "{% endfor %}{% endif %}{{ '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
CALLED = "<|assistant|>wetter[ort=Köln am Rhein]<|end|>"
WRITTEN = {
    ("<tools>wetter<|user|>Wie ist das Wetter heute in Köln?<|end|><|assistant|>", "wetter[ort=Köln am Rhein]<|end|>"),
    (f"<tools>wetter<|user|>Wie ist das Wetter heute in Köln?<|end|>{CALLED}<|tool|>"
     '{"grad": 21}<|end|><|assistant|>',
     "(Das Werkzeug sagt 21 Grad, also ist es warm.)In Köln sind es heute angenehme 21 Grad.<|end|>"),
    ("<|user|>Nenne bitte einen tiefen See in Sibirien.<|end|><|assistant|>",
     "Der Baikalsee ist der tiefste See der Erde.<|end|>"),
}  # fmt: skip


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> str:
    return str(whole_turns.dataset(tmp_path_factory.mktemp("both")))


@pytest.fixture
def asking(models, monkeypatch):
    """Both tiny models with a template that asks `'tool_calls' in message`."""
    from transformers import AutoTokenizer

    load = AutoTokenizer.from_pretrained

    def with_template(*arguments, **settings):
        tokens = load(*arguments, **settings)
        tokens.chat_template = ASKING
        return tokens

    monkeypatch.setattr(AutoTokenizer, "from_pretrained", with_template)
    return models


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "kto", "reward", "sft"])
def test_rows_of_both_forms_train_together(method, train, asking, rows, tmp_path):
    model = asking["reward" if method == "reward" else "Llama"]
    trainer = build_trainer(train, words(model, rows, tmp_path / "out", "--method", method))
    tokens, written = tiny.tokenizer(), set()
    for row in trainer.train_dataset:
        if method == "dpo":
            written.add((tokens.decode(row["prompt_ids"]), tokens.decode(row["chosen_ids"])))
        elif method == "kto" and row["label"]:
            written.add((tokens.decode(row["prompt_ids"]), tokens.decode(row["completion_ids"])))
        elif method in ("reward", "sft"):
            written.add(tokens.decode(row["chosen_ids" if method == "reward" else "input_ids"]))
    assert written == (WRITTEN if method in ("dpo", "kto") else {prompt + answer for prompt, answer in WRITTEN})
    trainer.train()
    assert trainer.state.global_step == 2


def test_trl_alone_takes_the_rows_as_load_dataset_gives_them(asking, rows, tmp_path):
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    tokens = AutoTokenizer.from_pretrained(asking["Llama"])
    settings = DPOConfig(str(tmp_path / "out"), max_steps=1, report_to="none", gradient_checkpointing=False, bf16=False)
    network = AutoModelForCausalLM.from_pretrained(asking["Llama"])
    dataset = load_dataset(rows, split="train")
    trainer = DPOTrainer(model=network, args=settings, train_dataset=dataset, processing_class=tokens)
    written = {(tokens.decode(row["prompt_ids"]), tokens.decode(row["chosen_ids"])) for row in trainer.train_dataset}
    assert written == WRITTEN
    trainer.train()


def test_a_template_that_leaves_out_calls_is_refused(train, models, rows, tmp_path):
    with pytest.raises(UserError, match="leaves out a call of the tool 'wetter' in row"):
        build_trainer(train, words(models["Llama"], rows, tmp_path / "out"))


def test_rloo_says_that_it_offers_no_tools(rows):
    from datasets import load_dataset

    from polypref.training.data import columns_for, left_out

    dataset = load_dataset(rows, split="train")
    offering = sum(row["tools"] is not None for row in dataset)
    assert str(left_out(dataset, "rloo")).startswith(
        f"left out: the tools that {offering} of {len(dataset)} prompts offer (de {offering}), as TRL's RLOO gives"
    )
    assert left_out(dataset, "dpo") is None and left_out(dataset.filter(lambda row: not row["tools"]), "rloo") is None
    assert "tools" not in columns_for(dataset, "rloo").column_names
    assert mapping_of(columns_for(dataset, "dpo")[0]).keys() >= {"tools", "prompt", "chosen", "rejected"}


def test_a_message_that_is_none_is_refused_with_its_text(train, asking, rows, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    from polypref.files.turns import json_lists

    (path,) = (whole_turns.Path(rows) / "data").rglob("*.parquet")
    table = pq.read_table(path)
    broken = [[json.dumps({"role": "assistant", "content": 7})]] * len(table)
    folder = tmp_path / "broken" / "data"
    folder.mkdir(parents=True)
    at, field = table.schema.get_field_index("chosen"), pa.field("chosen", pa.list_(pa.json_()))
    pq.write_table(table.set_column(at, field, json_lists(broken)), folder / "train.parquet")
    with pytest.raises(UserError, match="a message of column chosen has a content that is no text"):
        build_trainer(train, words(asking["Llama"], str(folder.parent), tmp_path / "out"))
