"""Settings by what they mean, however they are written."""

import pytest

from polypref.training.meanings import is_same_warm_up, meaning_of, rows_of


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("languages", ["ja", "ar"], ["ar", "ja"]),
        ("held_out_languages", [], None),
        ("language_weights", "de=2,tr=1", {"tr": 3, "de": 6.0}),
        ("language_weights", "Hebrew=1", "he=2"),
        ("language_temperature", 1.0, None),
        ("flip_rates", "ja=0.1,uk=0.30", {"uk": 0.3, "ja": "0.1"}),
        ("loss_type", "robust", ["robust"]),
        ("loss_weights", [1.0, 1], None),
        ("reward_weights", ["1", "0.5"], [1.0, 0.5]),
        ("reward_model_revision", "main", None),
        ("reward_model", "./build/rm/", "build/rm"),
        ("lr_scheduler_kwargs", {}, None),
        ("seed", 3, 3.0),
        ("data_seed", 42, None),
        ("optim", "adamw_torch", None),
        ("optim", "adamw_torch_fused", None),
        ("model_init_kwargs", {"attn_implementation": "eager"}, None),
        ("lora_target_modules", ["q_proj", "v_proj"], ["v_proj", "q_proj"]),
        ("lora_target_modules", "q_proj", ["q_proj"]),
        ("lora_target_modules", [], None),
        ("generation_kwargs", {}, None),
    ],
)
def test_ways_to_write_one_thing_mean_the_same(key, one, other):
    assert meaning_of(key, {key: one}, "dpo") == meaning_of(key, {key: other} if other is not None else {}, "dpo")


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("languages", ["ja"], None),
        ("language_weights", "de=2,tr=1", "de=1,tr=1"),
        ("language_temperature", 2.0, None),
        ("flip_rates", "ja=0.1", None),
        ("loss_type", ["robust"], ["robust", "sft"]),
        ("loss_weights", [1.0, 0.5], None),
        ("reward_model_revision", "v1", None),
        ("seed", 3, None),
        ("data_seed", 3, None),
        ("optim", "sgd", None),
        ("model_init_kwargs", {"rope_theta": 2, "dtype": "auto"}, None),
        ("lora_target_modules", "q_proj", "v_proj"),
        ("lora_target_modules", ["q_proj"], None),
    ],
)
def test_what_differs_still_differs(key, one, other):
    assert meaning_of(key, {key: one}, "dpo") != meaning_of(key, {key: other} if other is not None else {}, "dpo")


def test_a_metric_that_is_left_out_is_that_of_the_method():
    maxmin = {"language_objective": "maxmin"}
    for method, metric in (("dpo", "loss"), ("rloo", "reward")):
        named = meaning_of("language_objective_metric", maxmin | {"language_objective_metric": metric}, method)
        assert meaning_of("language_objective_metric", maxmin, method) == named == metric
    assert meaning_of("language_objective_metric", {}, "dpo") is None


def test_rows_are_known_of_records_that_count_them_and_not_of_streams():
    counts = {"ja": {"rows": 8, "taken": 4}}
    assert rows_of({"languages": counts, "polypref": {}}) == {"ja": (8, 4)}
    for other in ({"polypref": {}}, {"languages": {}}, {"languages": counts, "polypref": {"streaming": True}},
                  {"languages": {"ja": 8}}):  # fmt: skip
        assert rows_of(other) is None


def test_the_order_of_rows_goes_by_one_seed_unless_another_is_given():
    assert meaning_of("data_seed", {"seed": 3, "data_seed": 3}, "dpo") == meaning_of("data_seed", {"seed": 3}, "dpo")
    assert meaning_of("data_seed", {"seed": 3, "data_seed": 42}, "dpo") == 42
    for method in ("kto", "rloo"):  # which do not look at it
        assert meaning_of("data_seed", {"data_seed": 3}, method) is None


def test_a_share_of_unknown_steps_is_the_same_as_no_number_of_them():
    assert is_same_warm_up({"warmup_steps": 0.1}, {"warmup_steps": 1}, 10)
    assert not is_same_warm_up({"warmup_steps": 0.1}, {"warmup_steps": 1}, 0)
    assert not is_same_warm_up({"warmup_steps": 0.1}, {"warmup_steps": 0.1}, 0)
