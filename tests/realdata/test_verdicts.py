"""Replies of a real judge, in Japanese: each is read, as its authors read it."""

import json

from polypref.judging.prompts import read_verdict

LABELS = {"[[A]]": "a", "[[B]]": "b", "[[C]]": "tie"}


def test_all_replies_of_ja_vicuna_qa_keep_their_verdict(real_data):
    read = 0
    for path in sorted((real_data / "ja_vicuna_qa" / "pairwise_gpt4").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            for game, first, second in (("g1", "a", "b"), ("g2", "b", "a")):
                judgement = row[f"{game}_judgment"]
                winner = {"model_1": first, "model_2": second, "tie": "tie"}[row[f"{game}_winner"]]
                # By any form, which is what verdicts of others are read by, and by the mark that the prompt asked for.
                assert read_verdict(judgement) == read_verdict(judgement, kind="mark") == winner, judgement[-80:]
                assert LABELS[next(mark for mark in LABELS if mark in judgement)] == winner
                read += 1
    assert read == 960
