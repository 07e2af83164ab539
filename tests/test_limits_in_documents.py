"""The limits that SECURITY.md promises are those of the code."""

import re
from dataclasses import fields

import pytest

from polypref.files import encodings, hub_limits, published
from polypref.inference import bodies
from polypref.inference.openai import OpenAI
from polypref.stages import pool

from .conftest import ROOT

TEXT = " ".join((ROOT / "SECURITY.md").read_text("utf-8").split())
ANSWER = {one.name: one.default for one in fields(OpenAI)}["max_answer_bytes"]


@pytest.mark.parametrize(
    ("sentence", "limit"),
    [
        (r"the footer \(at most (\d+) MiB\)", published.MOST_FOOTER / 2**20),
        (r"a line or field has at most (\d+) MiB", encodings.MAX_LINE / 2**20),
        (r"at most (\d+) MiB after unpacking \(`max_answer_bytes`\)", ANSWER / 2**20),
        (r"`max_answer_bytes`\), errors (\d+) KiB", bodies.ERROR_BYTES / 2**10),
        (
            r"the answers to one prompt, which are in memory together, have at most (\d+) MiB",
            pool.MOST_OF_A_PROMPT / 2**20,
        ),
        (r"answers held in memory have at most (\d+) MiB after unpacking", hub_limits.MAX_ANSWER / 2**20),
    ],
)
def test_a_limit_is_what_is_promised(sentence, limit):
    (promised,) = re.findall(sentence, TEXT)
    assert float(promised) == limit
