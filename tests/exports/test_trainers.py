"""Exported rows through the readers of the trainers themselves, where their packages are installed.

TRL is one of the packages for development; the others are not, and want other versions of what is: a test is skipped
where its reader cannot be imported. `pip install --no-deps` of llamafactory, axolotl, openrlhf, verl and rewardbench
into a folder on PYTHONPATH, with the small packages that they import, runs them all.
"""

from types import SimpleNamespace

import datasets
import pytest
import yaml
from datasets import load_dataset

from polypref.exports.table import form_of
from polypref.exports.writing import export_files
from tests.training import tiny

from .samples import PAIRS, files_of

ROWS = list(PAIRS.values())
#: The Hebrew row and the one of several turns, by the template of `tiny`, in which every role has a mark of its own.
HEBREW, TURNS = (
    "<|user|>מה שלומך?<|end|>",
    "<|user|>Was ist ein See?<|end|><|assistant|>Ein stehendes Gewässer.<|end|><|user|>Und ein Teich?<|end|>",
)
SYSTEM = "<|system|>أجب بإيجاز.<|end|><|user|>ما عاصمة مصر؟<|end|>"


def reader(module: str):
    """The module of a trainer's reader."""
    return pytest.importorskip(module, reason=f"needs {module}", exc_type=ImportError)


@pytest.fixture(scope="module")
def tokenizer():
    pytest.importorskip("transformers", reason="needs transformers")
    return tiny.tokenizer()


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture
def exported(tmp_path):
    """Writes the rows in a form."""

    def write(name: str):
        return export_files(form_of(name), {"train": files_of(tmp_path, ROWS)}, tmp_path / name, "mine_all")

    return write


def settings_of(done) -> dict:
    return yaml.safe_load((done.folder / done.settings[-1]).read_text("utf-8"))


def test_llama_factory_keeps_every_row(exported):
    converter, parser = reader("llamafactory.data.converter"), reader("llamafactory.data.parser")
    done = exported("llama_factory")
    keys = settings_of(done)
    (about,) = parser.get_dataset_list([keys["dataset"]], keys["dataset_dir"])
    rows = load_dataset("json", data_files=str(done.folder / about.dataset_name), split=about.split)
    arguments = SimpleNamespace(streaming=True, media_dir="")
    aligned = list(converter.align_dataset(rows.to_iterable_dataset(), about, arguments, SimpleNamespace()))
    assert len(aligned) == done.lines["train"] == 7
    # Its DPO leaves out, with a line in the log, prompts of an even number of turns and rows of under two answers.
    assert all(len(one["_prompt"]) % 2 == 1 and len(one["_response"]) == 2 for one in aligned)
    by_text = {one["_prompt"][-1]["content"]: one for one in aligned}
    assert by_text["ما عاصمة مصر؟"]["_system"] == "أجب بإيجاز."
    assert [turn["content"] for turn in by_text["ما عاصمة مصر؟"]["_response"]] == ["القاهرة.", "لا أعرف."]
    called = by_text["Wie ist das Wetter in Köln?"]
    assert called["_response"][0]["role"] == "function" and '"wetter"' in called["_tools"]
    assert [turn["role"] for turn in by_text['{"grad": 21}']["_prompt"]] == ["user", "function", "observation"]


@pytest.mark.parametrize("template", ["qwen", "llama3", "gemma", "mistral"])
def test_llama_factory_trains_on_every_row_with_calls_and_tools(exported, tokenizer, template):
    """The answers' tokens that its DPO is trained on, by templates with their own ways of writing tools."""
    converter, parser = reader("llamafactory.data.converter"), reader("llamafactory.data.parser")
    pairwise, templates = reader("llamafactory.data.processor.pairwise"), reader("llamafactory.data.template").TEMPLATES
    done = exported("llama_factory")
    (about,) = parser.get_dataset_list(["mine_all_train"], str(done.folder))
    rows = load_dataset("json", data_files=str(done.folder / about.dataset_name), split="train")
    arguments = SimpleNamespace(
        streaming=False, preprocessing_num_workers=1, overwrite_cache=True, media_dir="", cutoff_len=4096
    )
    aligned = converter.align_dataset(rows, about, arguments, SimpleNamespace(local_process_index=0))
    processor = pairwise.PairwiseDatasetProcessor(templates[template], tokenizer, None, arguments)
    read = processor.preprocess_dataset(aligned[:])
    answers = ["".join(tokenizer.decode([token for token in labels if token >= 0])) for labels in read["chosen_labels"]]
    assert len(answers) == done.lines["train"]
    assert sum("שלומי טוב, תודה!" in answer for answer in answers) == 1
    assert sum("wetter" in answer for answer in answers) == 1


def test_llama_factory_trains_kto_on_every_answer_with_its_label(exported, tokenizer):
    converter, parser = reader("llamafactory.data.converter"), reader("llamafactory.data.parser")
    feedback, templates = reader("llamafactory.data.processor.feedback"), reader("llamafactory.data.template").TEMPLATES
    done = exported("llama_factory_kto")
    (about,) = parser.get_dataset_list(["mine_all_train"], str(done.folder))
    rows = load_dataset("json", data_files=str(done.folder / about.dataset_name), split="train")
    arguments = SimpleNamespace(
        streaming=False, preprocessing_num_workers=1, overwrite_cache=True, media_dir="", cutoff_len=4096
    )
    aligned = converter.align_dataset(rows, about, arguments, SimpleNamespace(local_process_index=0))
    read = feedback.FeedbackDatasetProcessor(templates["qwen"], tokenizer, None, arguments).preprocess_dataset(
        aligned[:]
    )
    answers = [tokenizer.decode([token for token in labels if token >= 0]) for labels in read["labels"]]
    compared = [tokenizer.decode([token for token in labels if token >= 0]) for labels in read["kl_labels"]]
    assert len(answers) == done.lines["train"] == 2 * 7
    labels = dict(zip(answers, read["kto_tags"], strict=True))
    assert sum(read["kto_tags"]) == 7
    assert {labels[one] for one in answers if "שלומי טוב, תודה!" in one} == {True}
    assert {labels[one] for one in answers if "לא יודע." in one} == {False}
    # The answer that each prompt is compared with is the one before it.
    assert compared == [answers[-1], *answers[:-1]] and all(
        one != own for one, own in zip(compared, answers, strict=True)
    )


def test_llama_factory_drops_the_published_rows_as_they_are(tmp_path):
    """Why the export is needed: an answer that is a list is none to its converter, which takes the prompt apart."""
    converter, parser = reader("llamafactory.data.converter"), reader("llamafactory.data.parser")
    about = parser.DatasetAttr("file", dataset_name="x", formatting="sharegpt", ranking=True)
    about.messages, about.chosen, about.rejected = "prompt", "chosen", "rejected"
    about.role_tag, about.content_tag, about.user_tag, about.assistant_tag = "role", "content", "user", "assistant"
    convert = converter.SharegptDatasetConverter(about, SimpleNamespace())
    row = PAIRS["hebrew"]
    one = convert({"prompt": list(row.prompt), **{side: list(turns) for side, turns in row.answers.items()}})
    assert one["_prompt"] == [] and len(one["_response"]) == 1


def test_axolotl_finds_prompt_and_answers(exported, tokenizer):
    strategy = reader("axolotl.prompt_strategies.dpo.chat_template")
    done = exported("axolotl")
    (about,) = settings_of(done)["datasets"]
    config = {"datasets": [about], "chat_template": "tokenizer_default"}
    transform, _ = strategy.default(reader("axolotl.utils.dict").DictDefault(config))
    lines = load_dataset(about["ds_type"], data_files=about["path"], split=about["split"])
    read = {one["prompt"]: one for one in (transform(line, tokenizer=tokenizer) for line in lines)}
    assert len(read) == done.lines["train"] == 5
    assert read[f"{HEBREW}<|assistant|>"] == {
        "prompt": f"{HEBREW}<|assistant|>",
        "chosen": "שלומי טוב, תודה!<|end|>",
        "rejected": "לא יודע.<|end|>",
    }
    assert {f"{TURNS}<|assistant|>", f"{SYSTEM}<|assistant|>"} <= set(read)


def test_axolotl_takes_every_answer_with_its_label(exported):
    load = reader("axolotl.prompt_strategies.kto").load
    done = exported("axolotl_kto")
    (about,) = settings_of(done)["datasets"]
    transform = load(about["type"], {"datasets": [about]}, dataset_idx=0)
    lines = load_dataset(about["ds_type"], data_files=about["path"], split=about["split"])
    read = [transform(dict(line)) for line in lines]
    assert len(read) == done.lines["train"] == 2 * 4
    texts = {one["prompt"] + one["completion"]: one["label"] for one in read}
    hebrew = "<|im_start|>user\nמה שלומך?<|im_end|>\n<|im_start|>assistant\n"
    assert texts[f"{hebrew}שלומי טוב, תודה!<|im_end|>"] is True and texts[f"{hebrew}לא יודע.<|im_end|>"] is False
    capital = f"<|im_start|>system\nأجب بإيجاز.<|im_end|>\n{hebrew.replace('מה שלומך?', 'ما عاصمة مصر؟')}"
    assert texts[f"{capital}القاهرة.<|im_end|>"] is True


def test_openrlhf_reads_prompt_answers_and_margin(exported, tokenizer):
    module = reader("openrlhf.datasets.reward_dataset")
    done = exported("openrlhf")
    lines = load_dataset("json", data_files=str(done.folder / "train.jsonl"), split="train")
    keys = {"prompt_key": "prompt", "apply_chat_template": tokenizer.apply_chat_template, "is_dpo": True}
    read = [module.preprocess_data(line, **keys) for line in lines]
    assert len(read) == done.lines["train"] == 7
    assert (f"{HEBREW}<|assistant|>", "שלומי טוב, תודה!<|end|>", "לא יודע.<|end|>", 1.5) in read
    assert (f"{SYSTEM}<|assistant|>", 0) in [(prompt, margin) for prompt, _, _, margin in read]


def test_verl_asks_every_prompt(exported, tokenizer):
    module, omegaconf = reader("verl.utils.dataset.rl_dataset"), reader("omegaconf")
    done = exported("verl")
    data = omegaconf.OmegaConf.create(settings_of(done)["data"] | {"filter_overlong_prompts_workers": 1})
    asked = module.RLHFDataset(data.train_files, tokenizer, data)
    assert len(asked) == done.lines["train"] == 7
    batch = module.collate_fn([asked[number] for number in range(len(asked))])
    at = [extra["language"] for extra in batch["extra_info"]].index("he")
    assert batch["raw_prompt"][at] == [{"role": "user", "content": "מה שלומך?"}]
    assert batch["reward_model"][at]["ground_truth"] == "שלומי טוב, תודה!"
    assert set(batch["data_source"]) == {"polypref"} and batch["extra_info"][at]["score_margin"] == 1.5


def test_rewardbench_reads_both_conversations(exported, tokenizer):
    module = reader("rewardbench.utils")
    done = exported("rewardbench")
    read = module.load_and_process_dataset(str(done.folder / "train.jsonl"), json=True, tokenizer=tokenizer)
    assert len(read) == done.lines["train"] == 4
    texts = list(zip(read["text_chosen"], read["text_rejected"], strict=True))
    hebrew = f"{HEBREW}<|assistant|>"
    assert (f"{hebrew}שלומי טוב, תודה!<|end|>", f"{hebrew}לא יודע.<|end|>") in texts
    assert f"{TURNS}<|assistant|>Ein kleiner, flacher See.<|end|>" in read["text_chosen"]


@pytest.mark.slow
def test_trl_takes_every_answer_with_its_label(exported, tmp_path):
    trl = pytest.importorskip("trl", reason="needs TRL")
    model = tiny.model(tmp_path / "model", "Qwen2")
    done = exported("trl_kto")
    keys = settings_of(done)
    rows = load_dataset(keys["dataset_name"], split=keys["dataset_train_split"])
    assert len(rows) == 2 * len(ROWS) == done.lines["train"]
    arguments = trl.KTOConfig(
        str(tmp_path / "run"),
        report_to="none",
        per_device_train_batch_size=2,
        max_length=None,
        use_cpu=True,
        bf16=False,
    )
    trainer = trl.KTOTrainer(model, args=arguments, train_dataset=rows, processing_class=tiny.tokenizer())
    read = trainer.train_dataset
    assert len(read) == len(rows) and read["label"] == rows["label"]
    words = tiny.tokenizer()
    texts = [words.decode([*row["prompt_ids"], *row["completion_ids"]]) for row in read]
    assert f"{HEBREW}<|assistant|>שלומי טוב, תודה!<|end|>" in texts
    # The answer that each prompt is compared with is the one before it.
    assert all(row["KL_completion_ids"] != row["completion_ids"] for row in read)


def test_readers_that_were_not_run_are_said_to_be_read():
    assert {name for name in ("nemo_rl", "open_instruct") if form_of(name).reader.package} == set()
