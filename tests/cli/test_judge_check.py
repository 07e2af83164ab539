"""The command `polypref judge-check`: options that it refuses."""

from __future__ import annotations

import pytest

from tests.evaluation import duel


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--answers", "a.jsonl"), "the following arguments are required: --judge"),
        (("--judge", "relevance"), "nothing to check a judge with: give good answers (--answers)"),
        (("--judge", "relevance", "--answers", "a.jsonl", "--column", "answer"), "--column answer is not WHAT=NAME"),
        (("--judge", "relevance", "--answers", "a.jsonl", "--bar", "80"), "80 is not a share between 0 and 1"),
        (("--judge", "nobody", "--answers", "a.jsonl"), "judge: unknown kind nobody"),
        (
            ("--judge", "{kind: llm, model: m, prompt: pairwise-2}", "--judge-language", "own", "--votes", "v"),
            "no texts",
        ),
        (("--judge", "relevance", "--votes", "v.jsonl", "--votes-layout", "nolayout"), "no layout nolayout"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert says in duel.refused(capsys, "judge-check", *words)
