"""Public prompts: which rows of OASST2 and the Aya Dataset are taken, and when a file takes their place."""

from polypref import languages
from polypref.languages import AYA_23
from polypref.layouts.sources import Files, HubDataset
from polypref.stages.public_prompts import PromptParams, aya_dataset, oasst2


def test_of_oasst2_the_opening_turns_that_were_not_taken_back_are_read():
    source = oasst2("v1")
    assert (source.repo, source.revision, source.licence) == ("OpenAssistant/oasst2", "v1", "apache-2.0")
    assert source.where["role"] == ("prompter",)
    assert source.where["parent_id"] == (None,) and source.where["deleted"] == (False,)
    assert source.fields.group == "message_tree_id"
    assert oasst2("", ["de", "uk-UA"]).where["lang"] == ("de", "uk-UA")
    assert oasst2().revision is None


def test_the_datasets_codes_are_those_of_the_23_languages():
    assert {languages.resolve(str(code)).tag.split("-")[0] for code in oasst2().where["lang"]} == set(AYA_23)
    assert {languages.resolve(str(code)).tag for code in aya_dataset().where["language_code"]} == set(AYA_23)


def test_a_file_takes_the_place_of_both_datasets():
    both = PromptParams(oasst2_revision="one", aya_revision="two").prompt_sources
    assert both == (oasst2("one"), aya_dataset("two")) and all(isinstance(source, HubDataset) for source in both)
    (own,) = PromptParams(prompts="mine.jsonl", prompts_licence="mit").prompt_sources
    assert isinstance(own, Files) and (own.licence, own.fields.language) == ("mit", "language")
