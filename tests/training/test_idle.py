"""Settings that would do nothing are refused, unless who gave them has turned off what they are of."""

from dataclasses import dataclass, field

import pytest

from polypref.errors import UserError
from polypref.training import arguments
from polypref.training.idle import refuse_idle

BASE = ["--dataset_name", "d", "--model_name_or_path", "m", "--use_cpu", "true", "--bf16", "false"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--lora_r", "8"], "^lora_r does nothing without use_peft; write use_peft: true, or leave lora_r out$"),
        (["--lora_target_modules", "q_proj"], "^lora_target_modules does nothing without use_peft"),
        (["--use_dora", "true"], "^use_dora does nothing without use_peft"),
        (["--bnb_4bit_quant_type", "fp4"], "^bnb_4bit_quant_type does nothing without load_in_4bit"),
        (["--ref_model_sync_steps", "8"], "^ref_model_sync_steps does nothing without sync_ref_model"),
        (["--hub_model_id", "org/m"], "^hub_model_id does nothing without push_to_hub"),
        (["--eval_rows_per_language", "8"], "^eval_rows_per_language does nothing without eval_strategy; write eval_s"),
        (
            ["--label_smoothing", "0.1"],
            "^label_smoothing does nothing where loss_type is sigmoid; it goes with robust, exo_pair, aot, aot_",
        ),
        (["--discopop_tau", "0.1"], "^discopop_tau does nothing where loss_type is sigmoid; it goes with discopop:"),
        (["--f_alpha_divergence_coef", "0.4"], "^f_alpha_divergence_coef .* f_divergence_type is reverse_kl; "),
        (["--reward_combine", "minimum"], "^reward_combine does nothing where method is dpo; it goes with rloo:"),
        (
            ["--label_smoothing_factor", "0.1"],
            "^label_smoothing_factor does nothing where method is dpo; it goes with s",
        ),
        (["--hub_strategy", "end"], "^hub_strategy does nothing without push_to_hub"),
        (["--eval_on_start", "true"], "^eval_on_start does nothing without eval_strategy"),
        (["--dataset_test_split", "dev"], "^dataset_test_split does nothing without eval_strategy"),
        (["--dataloader_persistent_workers", "true"], "^dataloader_persistent_workers .* without dataloader_num_work"),
        (["--config", "tiny_dpo", "--eval_steps", "5"], "^eval_steps .* eval_strategy is epoch; it goes with steps: "),
        (["--config", "tiny_dpo", "--save_steps", "5"], "^save_steps does nothing without save_strategy; write save_"),
        (
            ["--use_peft", "true", "--lora_dropout", "0.1"],
            "^lora_dropout does nothing where disable_dropout is True; it goes with False: leave it out, or change",
        ),
        (["--method", "kto", "--data_seed", "5"], "^data_seed does nothing where method is kto; it goes with dpo, rew"),
        (
            ["--method", "rloo", "--reward_funcs", "length", "--train_sampling_strategy", "sequential"],
            "^train_sampling_strategy does nothing where method is rloo",
        ),
        (["--method", "sft", "--packing_strategy", "wrapped"], "^packing_strategy does nothing without packing"),
        (
            ["--method", "sft", "--reference_tolerance", "1"],
            "^reference_tolerance .* method is sft; it goes with dpo, k",
        ),
        (
            ["--method", "rloo", "--reward_funcs", "language_fidelity", "--reward_length_target", "9"],
            "^reward_length_target does nothing where reward_funcs is language_fidelity; it goes with length",
        ),
        (
            ["--method", "rloo", "--reward_funcs", "length", "--vllm_server_port", "1"],
            "^vllm_server_port .* use_vllm; ",
        ),
    ],
)
def test_a_setting_that_does_nothing_is_one_sentence_before_anything_is_loaded(more, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        arguments.parse_words([*BASE, *more])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "more",
    [
        ["--lora_r", "16"],  # as it is by default
        ["--lora_r", "8", "--use_peft", "true"],
        ["--lora_r", "8", "--use_peft", "false"],
        ["--bnb_4bit_quant_type", "fp4", "--load_in_4bit", "true"],
        ["--label_smoothing", "0.1", "--loss_type", "sigmoid", "robust"],
        ["--eval_rows_per_language", "8", "--eval_strategy", "epoch"],
        ["--method", "sft", "--label_smoothing_factor", "0.1"],
        ["--use_peft", "true", "--lora_dropout", "0"],
        ["--use_peft", "true", "--lora_dropout", "0.1", "--disable_dropout", "false"],
        ["--method", "sft", "--use_peft", "true", "--lora_dropout", "0.1"],
        ["--data_seed", "5", "--train_sampling_strategy", "sequential", "--save_steps", "5"],
        ["--eval_strategy", "steps", "--eval_steps", "5", "--eval_delay", "1", "--dataset_test_split", "dev"],
        ["--config", "small_dpo", "--save_strategy", "no", "--eval_strategy", "epoch"],
        ["--method", "rloo", "--reward_funcs", "length", "--reward_length_target", "9", "--reward_combine", "minimum"],
    ],
)
def test_what_does_something_or_was_turned_off_beside_it_passes(more):
    arguments.parse_words([*BASE, *more])


@dataclass
class Settings:
    use_peft: bool = False
    lora_r: int = 16
    loss_type: list[str] = field(default_factory=lambda: ["sigmoid"])
    label_smoothing: float = 0.0


@pytest.mark.parametrize(
    ("words", "recipe", "passes"),
    [
        ([], {"lora_r": 8}, False),
        ([], {"lora_r": 8, "use_peft": False}, True),  # over a base, say
        (["--use_peft", "false"], {"lora_r": 8, "use_peft": True}, True),
        (["--lora-r", "8"], {"use_peft": False}, False),
        (["--no_use_peft"], {"lora_r": 8, "use_peft": True}, True),
        (["--loss_type", "sigmoid"], {"label_smoothing": 0.1, "loss_type": ["robust"]}, True),
        ([], {"label_smoothing": 0.1, "loss_type": ["sigmoid"]}, False),
        (["--loss_type", "sigmoid", "--label_smoothing", "0.1"], {}, False),
    ],
)
def test_a_recipe_may_keep_what_the_command_line_turns_off(words, recipe, passes):
    given = {**recipe, **({"lora_r": 8} if "--lora-r" in words else {})}
    smoothing = 0.1 if "--label_smoothing" in words else given.get("label_smoothing", 0.0)
    settings = Settings(lora_r=given.get("lora_r", 16), label_smoothing=smoothing)
    if passes:
        refuse_idle(words, recipe, settings)
        return
    with pytest.raises(UserError, match="does nothing"):
        refuse_idle(words, recipe, settings)
