"""The samples that ship hold the prompts that they were made of, in every language and as people change them."""

import json

import pytest

from polypref.languages import AYA_23
from polypref.stages.prompts.known_sets import KNOWN_SETS, known_index


@pytest.mark.parametrize("tag", AYA_23)
def test_prompts_of_m_arena_hard_are_known_in_another_frame_and_spelling(real_data, tag):
    lines = (real_data / "m_arena_hard" / "questions" / f"{tag}.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["turns"][0]["content"] for line in lines][::7]
    index = known_index(KNOWN_SETS)
    assert index.find(texts, [tag] * len(texts)) == ["m-arena-hard"] * len(texts)
    long = [text for text in texts if len(text.split()) > 15 or (tag in ("ja", "zh") and len(text) > 40)]
    framed = [f"1. {text.upper()} !!\n\n2. …" for text in long]
    names = index.find(framed, [tag] * len(framed))
    assert len(long) > 20 and names.count("m-arena-hard") >= 0.98 * len(long)
