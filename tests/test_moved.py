"""Import paths of earlier versions: they work until 1.0, and say where the names are now."""

import importlib
import subprocess
import sys
import warnings

import pytest

import polypref
from polypref import _moved
from tests.conftest import ROOT, environment

#: What README, CONTRIBUTING, docs, builders and benchmarks of 0.2.0 import, and people's scripts besides.
BEFORE = {
    "polypref.beginning": "hear",
    "polypref.builder": "Builder",
    "polypref.bundled_questions": "lines split_groups",
    "polypref.command": "carry_out",
    "polypref.errors": "UserError",
    "polypref.evaluation.bradley_terry": "bradley_terry",
    "polypref.evaluation.judges": "Judge",
    "polypref.evaluation.length_control": "length_controlled",
    "polypref.evaluation.report": "show write_report",
    "polypref.evaluation.run": "evaluate write",
    "polypref.evaluation.sets": "find load",
    "polypref.evaluation.statistics": "t_quantile",
    "polypref.evaluation.win_rates": "Battles prompt_scores summarise",
    "polypref.inference": "Failure Model Reply Request Sampling Served",
    "polypref.inference.choose": "from_params licence place revision served",
    "polypref.inference.judging": "read_verdict read_object Unusable",
    "polypref.inference.log": "ResponseLog",
    "polypref.inference.openai": "OpenAI",
    "polypref.inference.protocol": "same_model",
    "polypref.inference.transformers": "Transformers",
    "polypref.inference.vllm": "VLLM",
    "polypref.interrupts": "run_as_process",
    "polypref.language_id": "Identifier",
    "polypref.languages": "AYA_23",
    "polypref.loop.__main__": "run",
    "polypref.loop.steps": "Settings build compare",
    "polypref.masking": "mask restore verify",
    "polypref.params": "describe option parse",
    "polypref.readers": "read_file read_yaml look_up",
    "polypref.redact": "redact",
    "polypref.release.folder": "_seal write_folder",
    "polypref.review": "Answer apply bring_back decide export read_decisions read_sheet swapped",
    "polypref.schema": "MESSAGES",
    "polypref.stages.asking": "AskingRater ask",
    "polypref.stages.balance": "Mixture Split",
    "polypref.stages.complete": "Complete Route",
    "polypref.stages.engine": "Local",
    "polypref.stages.filters": "Batch Filter Flag Outcome Reject run_chain",
    "polypref.stages.filters.common": "without_code",
    "polypref.stages.filters.damage": "EncodingDamage HtmlRemnants LeakedPlaceholders "
    "TemplateTokens html_remnant template_token",
    "polypref.stages.filters.defaults": "default_chain",
    "polypref.stages.filters.duplicates": "ExactDuplicates",
    "polypref.stages.filters.information": "LowInformation compressed_bytes",
    "polypref.stages.filters.language": "Language",
    "polypref.stages.filters.length": "LengthBounds LengthRatio",
    "polypref.stages.filters.line_fidelity": "LineFidelity",
    "polypref.stages.filters.near_identical": "IdenticalAnswers NearIdenticalAnswers",
    "polypref.stages.filters.repetition": "RepetitionLoops",
    "polypref.stages.filters.scores": "RaterSpread ScoreSanity SmallMargin",
    "polypref.stages.filters.translation": "TranslationArtefacts",
    "polypref.stages.filters.truncation": "NoSentenceEnd TruncatedAnswers",
    "polypref.stages.filters.untranslated": "Untranslated",
    "polypref.stages.index": "Prompts",
    "polypref.stages.judge": "JudgeRater",
    "polypref.stages.near_duplicates": "NearDuplicates components near_duplicate_edges",
    "polypref.stages.open_prompts": "PromptParams oasst2",
    "polypref.stages.pair": "PairRule",
    "polypref.stages.pool": "Bucket TABLES",
    "polypref.stages.rate": "ReferenceRater RelevanceRater SourceRater",
    "polypref.stages.reward": "RewardRater",
    "polypref.stages.sources": "Answer ArenaFolder Fields Files HubDataset Source Verdict",
    "polypref.stages.translate": "CrossLingual Translate Translator",
    "polypref.store": "Store write_table",
    "polypref.text": "Uncleanable clean",
    "polypref.threads": "limit",
    "polypref.training.arguments": "METHODS",
    "polypref.training.data": "check columns_for",
    "polypref.walk": "run",
}


@pytest.fixture(autouse=True)
def modules_as_before():
    """Else the classes of a module that stays where it was would be two for all tests from here on."""
    before = {name: module for name, module in sys.modules.items() if name.startswith("polypref.")}
    yield
    for name, module in before.items():
        if sys.modules.get(name) is not module:
            sys.modules[name] = module
            parent, _, leaf = name.rpartition(".")
            setattr(sys.modules[parent], leaf, module)


def _imported(module):
    """A module of 0.2 as if for the first time, with the warnings of all its names."""
    if module.removeprefix("polypref.") in _moved._MOVED:  # a second copy of one that stays would be other classes
        sys.modules.pop(module, None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FutureWarning)
        old = importlib.import_module(module)
        values = {name: getattr(old, name) for name in BEFORE[module].split()}
    return values, [str(one.message) for one in caught if one.category is FutureWarning]


@pytest.mark.parametrize("module", BEFORE)
def test_a_name_is_the_one_at_the_new_place(module):
    values, messages = _imported(module)
    old = module.removeprefix("polypref.")
    places = [_moved._full(name) for name in _moved._MOVED.get(old, old).split()]
    for name, value in values.items():
        place, _, now = _moved._full(_moved._RENAMED.get(old, {}).get(name, f"{old}.{name}")).rpartition(".")
        looked = [place] if name in _moved._RENAMED.get(old, {}) else places
        assert any(value is getattr(importlib.import_module(one), now, None) for one in looked), name
        if name in _moved._RENAMED.get(old, {}):
            assert f"{module}.{name} is {place}.{now} now; the old one works until polypref 1.0" in messages
    if old in _moved._MOVED:
        where = " and ".join(places)
        sentence = f"{module} has moved: import from polypref, or from {where}; the old path works until polypref 1.0"
        assert sentence in messages


@pytest.mark.parametrize("module", _moved._RENAMED)
def test_every_name_that_changed_is_there_under_both(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        old = importlib.import_module(f"polypref.{module}")
        for name, place in _moved._RENAMED[module].items():
            path, _, now = _moved._full(place).rpartition(".")
            assert getattr(old, name) is getattr(importlib.import_module(path), now), name


@pytest.mark.parametrize("name", sorted(_moved.LEFT))
def test_a_name_that_left_the_face_is_still_there_and_says_where_it_is(name):
    module = importlib.import_module(f"polypref.{_moved.LEFT[name]}")
    sentence = rf"^polypref\.{name} is {module.__name__}\.{name} now; the old one works until polypref 1\.0$"
    with pytest.warns(FutureWarning, match=sentence) as caught:
        assert getattr(polypref, name) is getattr(module, name)
    assert [one.filename for one in caught] == [__file__]
    assert name in module.__all__ and name not in dir(polypref)


def test_a_module_that_stays_says_nothing_of_itself_and_has_no_other_names():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from polypref.text import clean_text

        assert clean_text
    with pytest.raises(ImportError, match=r"cannot import name 'cleanse' from 'polypref\.text'"):
        from polypref.text import cleanse  # noqa: F401


def test_a_module_that_has_moved_is_not_run_as_a_program():
    command = [sys.executable, "-m", "polypref.walk"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.returncode == 1
    sentence = "polypref.walk has moved, and is not run as a program; polypref --help lists the commands\n"
    assert done.stderr.endswith(sentence) and done.stderr.count("\n") == 1


@pytest.mark.parametrize("module", sorted(_moved._MOVED))
def test_every_place_that_is_named_is_there(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        assert vars(importlib.import_module(f"polypref.{module}"))


def test_the_warning_names_the_line_of_the_script(tmp_path):
    script = tmp_path / "old.py"
    script.write_text(
        "\nfrom polypref.stages.rate import SourceRater\nfrom polypref.stages.sources import *\nFields\n"
        "from polypref import Scale\n",
        "utf-8",
    )
    done = subprocess.run([sys.executable, script], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0
    assert f"{script}:2: FutureWarning: polypref.stages.rate has moved" in done.stderr
    assert done.stderr.count(f"{script}:5: FutureWarning: polypref.Scale is polypref.layouts.Scale now") == 1


def test_what_never_was_is_no_module():
    with pytest.raises(ModuleNotFoundError, match=r"polypref\.stages\.nothing"):
        importlib.import_module("polypref.stages.nothing")
