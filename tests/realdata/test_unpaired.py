"""LLaMA-Factory's KTO file, kept unpaired: every row of it is a row, or is counted; compared with the raw file."""

import gzip
import json
import re
from collections import Counter

import pyarrow.parquet as pq

import polypref
from polypref import Builder, PairRule, Prompts, SourceRater, Split, layout
from polypref.stages.equation import not_conserved


def test_the_thumbs_of_llama_factory(real_data, tmp_path):
    raw = json.loads(gzip.decompress((real_data / "preference_layouts/llamafactory_kto_en_demo.json.gz").read_bytes()))
    how, path = layout("llamafactory_kto"), tmp_path / "kto.json"
    path.write_text(json.dumps(raw), "utf-8")
    builder = Builder(
        "kto", "0.1.0", sources=(how.files(str(path), "kto", "1", "apache-2.0", "en"),), rater=SourceRater(how.rater),
        pairs=PairRule("unpaired"), filters=(), prompts=Prompts(near_duplicates=None), split=Split(test=0.1),
    )  # fmt: skip
    done = polypref.build(builder, tmp_path / "built", quiet=True)
    rows = [row for file in done.path.glob("data/*/*.parquet") for row in pq.read_table(file).to_pylist()]
    assert not_conserved(done.funnel) == []

    def texts(messages):
        """One text holds control characters, which are cleaned away."""
        return tuple((one["role"], re.sub(r"[\x80-\x9f]", "", one["content"]).strip()) for one in messages)

    wanted = {}
    for one in raw:
        wanted.setdefault(texts(one["messages"]), set()).add(one["label"])
    assert len(raw) == 300 and Counter(one["label"] for one in raw) == {True: 150, False: 150}
    # One answer holds a token of a chat template, and is left out with its reason.
    assert len(rows) == len(wanted) - 1 == 299
    for row in rows:
        assert wanted[texts([*row["prompt"], *row["completion"]])] == {row["label"]}
    reasons = {row.reason: row.rows for row in done.funnel if row.outcome == "rejected"}
    assert reasons == {"answer_chat_template_token": 1, "no_label": 1}
