"""The one table of forms: what each holds, and the reader that it was read from."""

from . import forms, misfits, settings
from .contract import Form, Reader

_LLAMA_FACTORY = misfits.first_misfit(
    misfits.several_turns,
    misfits.thoughts,
    misfits.names,
    misfits.words_beside_calls,
    misfits.later_system_turn,
    misfits.no_alternation,
)
#: Every form, in the order of `exports.NAMES`.
FORMS = (
    Form(
        "llama_factory",
        "LLaMA-Factory",
        Reader(
            "hiyouga/LlamaFactory",
            "src/llamafactory/data/converter.py",
            "f816ae466b4e10720dfdece31be4c4c11719b765",
            "llamafactory 0.9.5",
        ),
        misfit=_LLAMA_FACTORY,
        rows=forms.llama_factory_row,
        settings=settings.llama_factory_settings,
        note="add the template of the model and the keys of the training",
    ),
    Form(
        "axolotl",
        "axolotl",
        Reader(
            "axolotl-ai-cloud/axolotl",
            "src/axolotl/prompt_strategies/dpo/chat_template.py",
            "1377ccc3e46bdc1c8b01a9c23da57446b85aa1d5",
            "axolotl 0.19.0",
        ),
        misfit=misfits.first_misfit(misfits.plain_turns, misfits.hard_to_place),
        rows=forms.axolotl_row,
        settings=settings.axolotl_settings,
        note="add base_model and the keys of the training",
    ),
    Form(
        "openrlhf",
        "OpenRLHF",
        Reader(
            "OpenRLHF/OpenRLHF",
            "openrlhf/datasets/reward_dataset.py",
            "365daa76d2b5520991cb31ef751b9149acf499f8",
            "openrlhf 0.11.2",
        ),
        misfit=misfits.plain_turns,
        rows=forms.openrlhf_row,
        settings=settings.openrlhf_settings,
        refused=",@",
        note="add the model and the options of the training; train_rm takes the same ones",
    ),
    Form(
        "nemo_rl",
        "NeMo RL",
        Reader(
            "NVIDIA-NeMo/RL",
            "nemo_rl/data/datasets/preference_datasets/preference_dataset.py",
            "566c178e85a0efc697c1f10ab3c2a4cd12f6f37f",
        ),
        misfit=misfits.plain_turns,
        rows=forms.nemo_rl_row,
        settings=settings.nemo_rl_settings,
        note="in place of data.train and data.validation of the config of examples/run_dpo.py",
    ),
    Form(
        "open_instruct",
        "open-instruct",
        Reader(
            "allenai/open-instruct",
            "open_instruct/dataset_transformation.py",
            "29e5ad10525ff5df6c161520aa973be5f695359c",
        ),
        misfit=misfits.plain_turns,
        rows=forms.open_instruct_row,
        settings=settings.open_instruct_settings,
        note="add the model and the options of the training; its DPO evaluates on nothing",
    ),
    Form(
        "verl",
        "verl",
        Reader(
            "verl-project/verl",
            "verl/utils/dataset/rl_dataset.py",
            "3e846df17b2855ddc86f6bc641364546b888e686",
            "verl 0.9.1",
        ),
        misfit=misfits.plain_turns,
        rows=forms.verl_row,
        settings=settings.verl_settings,
        columns=forms.verl_columns,
        refused="$",
        note="add a reward model or function of your own; verl leaves out prompts over data.max_prompt_length",
    ),
    Form(
        "trl_kto",
        "TRL's KTO",
        Reader(
            "huggingface/trl",
            "trl/trainer/kto_trainer.py",
            "b12c2cf006effb32a3408d0ad61dbc8ef7d75119",
            "trl 1.16.0",
        ),
        misfit=misfits.has_nothing_against,
        rows=forms.kto_rows,
        settings=settings.trl_kto_settings,
        single=forms.kto_single,
        arrange=forms.kto_order,
        columns=forms.kto_columns,
        note="trl kto --config trl_kto.yaml --model_name_or_path ...",
    ),
    Form(
        "llama_factory_kto",
        "LLaMA-Factory's KTO",
        Reader(
            "hiyouga/LlamaFactory",
            "src/llamafactory/data/converter.py",
            "f816ae466b4e10720dfdece31be4c4c11719b765",
            "llamafactory 0.9.5",
        ),
        misfit=_LLAMA_FACTORY,
        rows=forms.llama_factory_kto_rows,
        settings=settings.llama_factory_kto_settings,
        single=forms.llama_factory_kto_rows,
        arrange=forms.kto_order,
        note="add the template of the model and the keys of the training",
    ),
    Form(
        "axolotl_kto",
        "axolotl's KTO",
        Reader(
            "axolotl-ai-cloud/axolotl",
            "src/axolotl/prompt_strategies/kto/chatml.py",
            "2320973d4e9271a647892c11959dd50b0d88e36d",
            "axolotl 0.19.0",
        ),
        misfit=misfits.first_misfit(misfits.plain_turns, misfits.more_than_a_question),
        rows=forms.axolotl_kto_rows,
        settings=settings.axolotl_kto_settings,
        single=forms.axolotl_kto_rows,
        arrange=forms.kto_order,
        note="for models of ChatML, or with type llama3.ultra of Llama 3: axolotl's KTO knows no other templates",
    ),
    Form(
        "rewardbench",
        "RewardBench",
        Reader(
            "allenai/reward-bench",
            "rewardbench/utils.py",
            "a0096928eb1d54edd3f6361374708cc68e738b79",
            "rewardbench 0.1.4",
        ),
        misfit=misfits.first_misfit(misfits.plain_turns, misfits.system_turn, misfits.no_alternation),
        rows=forms.rewardbench_row,
        settings=settings.rewardbench_settings,
        note="add --model=NAME",
    ),
    Form(
        "jsonl",
        "any reader",
        Reader(),
        misfit=misfits.has_nothing_against,
        rows=forms.whole_row,
        settings=settings.no_settings,
        single=forms.whole_row,
    ),
)


def form_of(name: str) -> Form | None:
    """A form by its name.

    Args:
        name: one of `exports.NAMES`.

    Returns:
        The form; None where there is none of that name.
    """
    return next((form for form in FORMS if form.name == name), None)
