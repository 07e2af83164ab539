"""What recipes say that they take is the arithmetic, and the arithmetic counts as transformers, peft and torch do."""

import re

import pytest

from polypref.errors import UserError
from polypref.training.estimates import SHAPES, Shape, estimate
from polypref.training.recipes import FOLDER, names, read_recipe
from tests.conftest import ROOT

#: Recipes for GPUs; those of tiny models run on a CPU in a minute.
ON_GPUS = [name for name in names() if not name.startswith("tiny_")]
SMALL = Shape(2, 256, 896, 8, 2, 32, 500, tied=False)
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def config(shape, family):
    import transformers

    return getattr(transformers, f"{family}Config")(
        hidden_size=shape.hidden, intermediate_size=shape.intermediate, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, num_key_value_heads=shape.key_value_heads, head_dim=shape.head_size,
        vocab_size=shape.vocabulary, tie_word_embeddings=shape.tied, num_labels=1, pad_token_id=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("model", "family", "kind"),
    [
        ("CohereLabs/aya-23-8B", "Cohere", "ForCausalLM"),
        ("Qwen/Qwen3-1.7B", "Qwen3", "ForCausalLM"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "Llama", "ForCausalLM"),
        ("Skywork/Skywork-Reward-V2-Qwen3-8B", "Qwen3", "ForSequenceClassification"),
    ],
)
def test_a_shape_has_the_weights_that_transformers_makes_of_it(model, family, kind):
    import torch
    import transformers

    with torch.device("meta"):
        network = getattr(transformers, f"{family}{kind}")(config(SHAPES[model], family))
    # But for norms, and the head of one score.
    assert SHAPES[model].weights == pytest.approx(network.num_parameters(), rel=2e-4)


def test_published_numbers_of_weights():
    """Of the models' pages: 8.03B (Llama 3, Aya 23), 1.7B of which 1.4B without embeddings (Qwen3)."""
    assert SHAPES["meta-llama/Meta-Llama-3-8B-Instruct"].weights == pytest.approx(8.03e9, rel=1e-3)
    assert SHAPES["CohereLabs/aya-23-8B"].weights == pytest.approx(8.03e9, rel=1e-3)
    small = SHAPES["Qwen/Qwen3-1.7B"]
    assert (round(small.weights / 1e9, 1), round(small.in_blocks / 1e9, 1)) == (1.7, 1.4)


def test_an_adapter_has_the_weights_that_peft_trains():
    import peft
    import torch
    import transformers

    with torch.device("meta"):
        network = transformers.LlamaForCausalLM(config(SMALL, "Llama"))
        adapted = peft.get_peft_model(network, peft.LoraConfig(r=16, target_modules="all-linear"))
    assert SMALL.adapter(16) == adapted.get_nb_trainable_parameters()[0]


@pytest.mark.parametrize(
    ("dtype", "lora", "vectors"), [("bfloat16", False, 10), ("bfloat16", True, 10), ("float32", False, 15)]
)
def test_a_block_keeps_what_torch_keeps(dtype, lora, vectors):
    import torch
    from peft import LoraConfig, inject_adapter_in_model
    from transformers.models.llama.modeling_llama import LlamaDecoderLayer, LlamaRotaryEmbedding

    settings = config(SMALL, "Llama")
    settings._attn_implementation = "sdpa"
    block = LlamaDecoderLayer(settings, 0).to(getattr(torch, dtype))
    if lora:
        block = inject_adapter_in_model(LoraConfig(r=4, target_modules=LINEAR), block.requires_grad_(False))
    rows, length = 2, 96
    inputs = torch.randn(rows, length, SMALL.hidden, dtype=getattr(torch, dtype), requires_grad=True)
    places = LlamaRotaryEmbedding(settings)(inputs, torch.arange(length)[None].expand(rows, -1))
    kept = {}

    def note(tensor):
        if tensor.shape and tensor.shape[0] in (rows, rows * length):  # no weights, nor copies of them
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    cast = torch.autocast("cpu", torch.bfloat16, enabled=lora or dtype == "float32")
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor), cast:
        block(inputs, position_embeddings=places, attention_mask=None)
    assert SMALL.kept_by_a_block(vectors) == pytest.approx(sum(kept.values()) / (rows * length), rel=0.08)


def test_parts_of_a_small_model_by_hand():
    """Blocks: 2 x (256 x 256 x 2 + 256 x 64 x 2 + 256 x 896 x 3) = 1,703,936; embeddings and head 2 x 500 x 256."""
    recipe = {"method": "dpo", "dtype": "float32", "max_length": 100, "per_device_train_batch_size": 3,
              "gradient_accumulation_steps": 5, "gradient_checkpointing": True, "num_train_epochs": 2}  # fmt: skip
    one = estimate(recipe, 1, 24, SMALL, rows=1000)
    weights = 1_703_936 + 256_000
    # 600 tokens; 2 blocks' inputs in float32; 2 x (15 x 256 + 2 x 64 + 4 x 896) bytes of a block.
    parts = {"weights": 4 * weights, "gradients": 4 * weights, "moments": 8 * weights, "reference": 4 * weights,
             "activations": 600 * (2 * 256 * 4 + 15_104)}  # fmt: skip
    assert {name: round(value * 1e9) for name, value in one.memory.items()} == parts
    assert one.batch == 15 and one.gigabytes == pytest.approx(sum(parts.values()) / 1e9)
    # 1,000 pairs x 2 answers x 500 tokens x 2 epochs, 2 + 2 + 4 + 2 operations.
    assert one.hours == pytest.approx(weights * 2e6 * 10 / 6e13 / 3600)
    for key, value in (("reference_log_probs", "f.parquet"), ("precompute_ref_log_probs", True)):
        assert estimate(recipe | {key: value}, 1, 24, SMALL, rows=1000).memory.keys() == parts.keys() - {"reference"}
    four = estimate(recipe, 4, 24, SMALL, rows=1000)
    shared = {name: value / 4 for name, value in parts.items() if name != "activations"}
    shared |= {"gathered": 2 * (851_968 + 256_000), "activations": 600 * (2 * 256 * 2 + 12_544)}
    assert {name: value * 1e9 for name, value in four.memory.items()} == pytest.approx(shared)
    assert four.batch == 60 and four.hours == pytest.approx(one.hours / 4)


def test_half_an_epoch_is_half_the_time_and_without_checkpoints_all_blocks_are_kept():
    recipe = {"method": "dpo", "dtype": "float32", "max_length": 100, "per_device_train_batch_size": 3,
              "num_train_epochs": 1}  # fmt: skip
    one = estimate(recipe, 1, 24, SMALL, rows=1000)
    for epochs in (0.5, 2.0):
        other = estimate(recipe | {"num_train_epochs": epochs}, 1, 24, SMALL, rows=1000)
        assert other.hours == pytest.approx(epochs * one.hours)
    # TRL's default is to checkpoint; without it 2 blocks keep all, and the second forward pass falls away.
    assert one == estimate(recipe | {"gradient_checkpointing": True}, 1, 24, SMALL, rows=1000)
    kept = estimate(recipe | {"gradient_checkpointing": False}, 1, 24, SMALL, rows=1000)
    assert kept.memory["activations"] * 1e9 == pytest.approx(600 * 2 * 15_104)
    assert kept.hours == pytest.approx(one.hours * 8 / 10)


@pytest.mark.parametrize(
    ("more", "evaluations"),
    [
        ({}, 0),
        ({"eval_strategy": "epoch"}, 2),
        ({"eval_strategy": "steps", "eval_steps": 100}, 5),
        ({"eval_strategy": "steps", "eval_steps": 120}, 5),
        ({"eval_strategy": "steps", "eval_steps": 0.25}, 4),
        ({"eval_strategy": "steps"}, 50),
    ],
)
def test_evaluations_of_rloo_are_those_that_are_asked_for(more, evaluations):
    """1,000 prompts, 2 epochs, 2 answers, 8 a step: 500 steps, and a batch a language in an evaluation."""
    recipe = {"method": "rloo", "num_generations": 2, "num_train_epochs": 2, "per_device_train_batch_size": 8}
    trained = SMALL.weights * 2e6 * 10 / 6e13
    drawn = (500 + evaluations * 23) * 512 * 0.04
    one = estimate(recipe | {"max_completion_length": 512} | more, 1, 24, SMALL, rows=1000)
    assert one.hours == pytest.approx((trained + drawn) / 3600)


def test_max_steps_say_how_long_it_takes_whatever_the_rows():
    recipe = {"method": "dpo", "per_device_train_batch_size": 2, "gradient_accumulation_steps": 5, "max_steps": 300}
    one = estimate(recipe, 1, 24, SMALL, rows=1000)
    # 300 steps of 10 pairs are three times 1,000.
    assert one.hours == pytest.approx(estimate(recipe | {"max_steps": -1}, 1, 24, SMALL, rows=1000).hours)
    assert one.hours == pytest.approx(estimate(recipe, 1, 24, SMALL, rows=7).hours)
    assert one.line().endswith(" h for 300 steps, by arithmetic.")
    drawing = {"method": "rloo", "num_generations": 2, "per_device_train_batch_size": 8, "max_completion_length": 512}
    by_rows = estimate(drawing | {"num_train_epochs": 2}, 1, 24, SMALL, rows=1000)
    assert estimate(drawing | {"max_steps": 500}, 1, 24, SMALL, rows=9).hours == pytest.approx(by_rows.hours)


@pytest.mark.parametrize(
    ("more", "size", "message"),
    [
        ({}, 40, "GPUs of 40 GB are not known; size is one of 80, 48, 24"),
        (
            {"model_name_or_path": "org/mine"},
            24,
            "the shape of model_name_or_path 'org/mine' is not known; give one of",
        ),
    ],
)
def test_what_is_not_known_is_a_sentence(more, size, message):
    with pytest.raises(UserError, match=message):
        estimate({"method": "dpo"} | more, 1, size, None if more else SMALL, rows=10)


def test_adapters_by_hand():
    """Inputs and outputs of a block's linear layers: 512 x 2 + 320 x 2 + 1,152 x 3 = 5,120."""
    recipe = {"method": "kto", "use_peft": True, "lora_r": 8, "dtype": "bfloat16", "gradient_checkpointing": True}
    plain, fourbit = (estimate(recipe | more, 1, 24, SMALL, rows=1000) for more in ({}, {"load_in_4bit": True}))
    assert plain.memory["weights"] * 1e9 == pytest.approx(2 * 1_959_936)
    assert fourbit.memory["weights"] * 1e9 == pytest.approx(1_703_936 * 4.127 / 8 + 2 * 256_000)
    assert plain.memory["adapter"] * 1e9 == pytest.approx(16 * 2 * 8 * 5_120)
    assert fourbit.memory["adapter"] * 1e9 == pytest.approx(8 * 2 * 8 * 5_120)
    # Forward, again, backward, reference, and the mismatched answers in both models: 2 + 2 + 2 + 2 + 4.
    assert plain.hours == pytest.approx(1_959_936 * 1000 * 500 * 3 * 12 / 6e13 / 3600)


def test_rloo_draws_its_answers_token_by_token():
    """50,000 prompts, 2 epochs, 2 answers, 128 a step: 1,562 steps, and 4 evaluations of 23 batches; 512 tokens."""
    drawn = (1_562 + 4 * 23) * 512 * 0.04
    trained = SHAPES["CohereLabs/aya-23-8B"].weights * 1e8 * 10 / (8 * 4e14)
    assert estimate(read_recipe("dang_rloo"), 8, 80).hours == pytest.approx((drawn + trained) / 3600)


def hardware(name):
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    line = re.search(r"^# (Batch \d+ on (\d+) GPUs? of (\d+) GB.*)$", text, re.MULTILINE)
    assert line, f"{name}.yaml says nothing of batch, GPUs, memory and time"
    return line[1], int(line[2]), int(line[3])


@pytest.mark.parametrize("name", ON_GPUS)
def test_what_a_recipe_says_that_it_takes_is_the_arithmetic(name):
    line, gpus, size = hardware(name)
    one = estimate(read_recipe(name), gpus, size)
    assert line == one.line()
    # Another fifth for what is not counted.
    assert one.gigabytes * 1.2 < size
    row = next(row for row in table() if f"`{name}`" in row[0])
    many = f"{gpus} x {size} GB"
    assert (row[4], row[5]) == (str(one.batch), many) and row[6] == one.parts()
    assert row[7].split("; 230K: ")[0] == f"{one.hours:.1f} h"
    if "230K" in row[7]:
        assert row[7].split("; 230K: ")[1] == f"{estimate(read_recipe(name), gpus, size, rows=230_000).hours:.1f} h"


def table() -> list[list[str]]:
    """The rows of the table of recipes in training/README.md."""
    text = (ROOT / "training/README.md").read_text("utf-8").split("\n| recipe | base |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def test_every_recipe_has_a_row_and_a_model_of_known_shape():
    named = {name for row in table() for name in re.findall(r"`(\w+)`", row[0])}
    assert named == set(names())
    assert {read_recipe(name)["model_name_or_path"] for name in ON_GPUS} <= set(SHAPES)


def test_the_lines_of_the_page_for_a_recipe_of_your_own(capsys):
    page = (ROOT / "training/README.md").read_text("utf-8")
    lines = re.search(r"For a recipe of your own:\n\n```python\n(.*?)```", page, re.DOTALL)[1]
    exec(compile(lines, "training/README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed == "weights 5.7 + adapter 0.3 + activations 3.8 = 9.8 GB\n"
