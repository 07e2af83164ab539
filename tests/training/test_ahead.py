"""Mistakes that are refused before TRL and torch are loaded."""

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.training import ahead
from tests.conftest import environment

from . import tiny

ALONE = """
import sys
from polypref.errors import UserError
from polypref.training.ahead import refuse_early

for words in (%r, %r):
    try:
        refuse_early(words, {})
    except UserError as error:
        print(error)
print("loaded", sorted({"torch", "trl"} & sys.modules.keys()))
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("model")
    (folder / "config.json").write_text("{}")
    return str(folder)


def words(model, data, out, *more):
    return ["--model_name_or_path", model, "--dataset_name", str(data), "--output_dir", str(out), *map(str, more)]


@pytest.mark.slow
def test_settings_and_languages_are_looked_at_without_torch(model, pairs, tmp_path):
    wrong = (["--loss_type", "sigmoid", "sft", "--loss_weights", "1"], ["--languages", "de"])
    script = ALONE % tuple(words(model, pairs, tmp_path, *more) for more in wrong)
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    weights, language, loaded = done.stdout.splitlines()
    assert weights == "loss_weights has 1 numbers and loss_type 2 losses (sigmoid, sft); give one number for each loss"
    assert language.endswith("has no rows in language de; it has ar, ja, uk") and loaded == "loaded []"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--loss_weights", "1", "2"], r"loss_weights has 2 numbers and loss_type 1 losses \(sigmoid\)"),
        (["--flip_rates", "ja=0.1"], "flip rates are of the loss robust, and loss_type is sigmoid"),
        (["--loss_type", "robust", "--flip_rates", "de=0.1"], "flip_rates names de, not trained on"),
        (["--loss_type", "robust", "--flip_rates_from", "r.json"], r"flip_rates_from"),
        (["--label_smoothing", "0.5"], "label_smoothing is 0.5; it is the share of labels"),
        (["--method", "rloo"], "rloo needs a reward"),
        (["--train_rows", "many"], "^train_rows: invalid int value: 'many'; "),
        (["--resume_from_checkpoint", "true"], "has no checkpoint to go on from"),
        (["--dataset_config", "other"], "has no config 'other'; it has default"),
        (["--dataset_train_split", "dev"], "has no split 'dev'; it has train, test"),
        (["--dataset_revision", "v1"], "dataset_revision 'v1' means nothing for the folder"),
        (["--eval_strategy", "steps", "--dataset_test_split", "dev"], r"has no split 'dev'; .*--test 0\.1 of polypref"),
        (["--held_out_languages", "ar", "ja", "uk"], "no language is left to train on"),
        (["--eval_strategy", "steps", "--held_out_languages", "he"], "has no rows of he, held out to be evaluated"),
        (["--language_weights", "ja=1,uk=1"], "language_weights has no weight for ar"),
        (["--train_rows", "2"], "leave no row of"),
        (["--language_objective", "maxmin"], "weighs languages after every evaluation, and eval_strategy is no"),
        (
            ["--language_objective", "maxmin", "--language_objective_metric", "runtime"],
            "metric is 'runtime'; of method",
        ),
        (["--streaming", "true"], "streaming: .* max_steps has to be given"),
        (["--streaming", "true", "--max_steps", "3", "--dataset_train_split", "dev"], "has no split 'dev'"),
        (["--reference_log_probs", "."], "reference_log_probs is ., a folder"),
        (["--learning_rat", "1"], "has no key learning_rat; did you mean learning_rate"),
        (["--model_revision", "v1"], "model_revision 'v1' means nothing for the folder"),
        (["--output_dir", "."], "output_dir . has weights.bin of an earlier run, which this one would write over"),
        (["--model_name_or_path", "./none"], "no model ./none: no folder here"),
        (["--dataset_name", "build/no/pairs"], "no dataset build/no/pairs: no folder here"),
    ],
)
def test_what_cannot_be_is_one_sentence(more, message, model, pairs, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "weights.bin").touch()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UserError, match=message) as caught:
        ahead.refuse_early(words(model, pairs, tmp_path / "out", *more), {})
    assert "\n" not in str(caught.value) and not (tmp_path / "out").exists()


def test_a_recipe_is_looked_at_with_the_words_that_win_over_it(model, pairs, tmp_path):
    recipe = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0], "languages": ["de"], "learning_rate": 1e-3}
    more = ["--languages", "ja", "--learning_rate", "1e-4"]
    with pytest.raises(UserError, match=r"loss_weights has 1 numbers and loss_type 2 losses \(sigmoid, sft\)"):
        ahead.refuse_early(words(model, pairs, tmp_path, *more), recipe)
    ahead.refuse_early(words(model, pairs, tmp_path, *more, "--loss_weights", "1", "0.5"), recipe)


@pytest.mark.parametrize("inside", [False, True])
def test_a_file_where_the_model_is_to_go_is_named(inside, model, pairs, tmp_path):
    file = tmp_path / "out"
    file.write_text("")
    out = file / "model" if inside else file
    what = rf"in {file}, a file" if inside else "a file"
    with pytest.raises(UserError, match=f"^output_dir is {out}, {what}; name a folder for the model$"):
        ahead.refuse_early(words(model, pairs, out), {})


def test_a_recipe_with_weights_in_4_bits_says_what_it_needs(model, pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(ahead, "find_spec", lambda name: None if name == "bitsandbytes" else object())
    more = ["--load_in_4bit", "true"]
    with pytest.raises(UserError, match=r"^load_in_4bit needs a GPU and bitsandbytes, .*: --load_in_4bit false"):
        ahead.refuse_early(words(model, pairs, tmp_path, *more), {})
    ahead.refuse_early(words(model, pairs, tmp_path, *more, "--load_in_4bit", "false"), {})


def test_a_language_without_test_rows_is_refused_where_its_figure_is_needed(model, tmp_path):
    folder = Path(tiny.dataset(tmp_path / "d", {"ja": 4, "uk": 4}, test=1))
    file = folder / "data" / "test-0.parquet"
    pq.write_table(pq.read_table(file).slice(0, 1), file)
    more = ["--eval_strategy", "steps"]
    ahead.refuse_early(words(model, folder, tmp_path, *more), {})
    with pytest.raises(UserError, match="maxmin: uk is trained on and has no rows to evaluate on"):
        ahead.refuse_early(words(model, folder, tmp_path, *more, "--language_objective", "maxmin"), {})


def test_rows_of_small_files_are_looked_at_and_those_of_large_ones_later(model, tmp_path, monkeypatch):
    """Of both splits, where the second one is used."""

    def edit(row):
        return row | {"rejected": row["chosen"]} if row["pair_id"] == "uk5" else row

    folder = tiny.dataset(tmp_path / "d", {"uk": 4}, test=6, edit=edit)
    ahead.refuse_early(words(model, folder, tmp_path), {})
    more = ["--eval_strategy", "steps"]
    with pytest.raises(UserError, match=r"split test: chosen and rejected are the same text .* first: row 5"):
        ahead.refuse_early(words(model, folder, tmp_path, *more), {})
    monkeypatch.setattr(ahead, "_SMALL", 10)
    ahead.refuse_early(words(model, folder, tmp_path, *more), {})


def test_rows_without_a_language_are_refused_before_languages_are_counted(model, tmp_path, monkeypatch):
    folder = tiny.dataset(tmp_path / "d", {"uk": 4}, edit=lambda row: row | {"language": None})
    with pytest.raises(UserError, match="split train: no language in 4 rows"):
        ahead.refuse_early(words(model, folder, tmp_path, "--languages", "de"), {})
    monkeypatch.setattr(ahead, "_SMALL", 10)
    ahead.refuse_early(words(model, folder, tmp_path, "--languages", "de"), {})
