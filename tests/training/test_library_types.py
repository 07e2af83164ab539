"""What is asked of TRL and transformers is what their classes have."""

import inspect

import pytest

from polypref.training import evaluation, library_types
from polypref.training.keys import METHODS


def members(protocol):
    return {name for name in (*protocol.__annotations__, *vars(protocol)) if not name.startswith("__")} - {
        "_is_protocol", "_is_runtime_protocol", "_abc_impl"
    }  # fmt: skip


def fields(kind):
    return set(kind.__dataclass_fields__)


def test_settings_of_trl_have_the_keys_that_are_read():
    import trl

    # What is reckoned from settings (rows of a device's step, processes) is a property and no field.
    kinds = {method: getattr(trl, names[1]) for method, names in METHODS.items()}
    properties = {
        method: {name for name in dir(kind) if isinstance(inspect.getattr_static(kind, name), property)}
        for method, kind in kinds.items()
    }
    configs = {method: fields(kind) | properties[method] for method, kind in kinds.items()}
    of_rloo = {"reward_weights", "generation_batch_size", "num_generations"}
    for method, keys in configs.items():
        missing = members(library_types.Config) - keys
        # RLOO has no max_length, and the others none of its keys; only some have a reference.
        lacking = {"max_length"} if method == "rloo" else of_rloo
        assert missing <= lacking | (set() if method == "dpo" else {"precompute_ref_log_probs"}), method
    assert members(library_types.ModelConfig) <= fields(trl.ModelConfig)


@pytest.mark.parametrize("method", METHODS)
def test_trainers_of_trl_have_the_methods_that_are_called(method):
    import trl

    trainer = getattr(trl, METHODS[method][0])
    called = {name for name, value in vars(library_types.Trainer).items() if inspect.isfunction(value)}
    # What polypref.training.evaluation adds to each of them is no method of TRL's.
    called = {name for name in called if not name.startswith("__")} - {"metrics_of_end"}
    assert hasattr(evaluation.LanguageEvaluation, "metrics_of_end")
    assert len(called) > 10 and called <= set(dir(trainer))
