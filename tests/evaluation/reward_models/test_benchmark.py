"""Reward models and judges on pairs: what is read, asked, kept and reported."""

import io
import json
import math
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.cli import main
from polypref.errors import UserError
from polypref.evaluation.reward_models import benchmark as benchmark_module
from polypref.evaluation.reward_models import data as reward_data
from polypref.evaluation.reward_models.benchmark import benchmark, evaluate_rm, given, judged
from polypref.evaluation.reward_models.report import markdown, show_report
from polypref.evaluation.reward_models.results import Judging, RewardResults
from polypref.files.owned import writing
from polypref.files.records import decode
from polypref.inference import Failure, Model, Served
from polypref.inference.log import ResponseLog
from polypref.inference.openai import OpenAI
from tests.hub import LoopbackHub
from tests.hub.helpers import run
from tests.inference.loopback import MODEL, Loopback, chat

ROWS = [
    ("1", "ar", "alpacaeval-easy", "ما عاصمة فرنسا؟", "باريس هي عاصمة فرنسا.", "لا أعرف."),
    ("1", "he", "alpacaeval-easy", "מהי בירת צרפת?", "פריז היא בירת צרפת.", "איני יודע."),
    ("1", "zh", "alpacaeval-easy", "法国的首都是哪里？", "法国的首都是巴黎。", "我不知道。"),
    ("1", "en", "alpacaeval-easy", "What is the capital of France?", "It is Paris.", "I do not know."),
    ("2", "ar", "math-prm", "كم يساوي ٢ + ٢؟", "أربعة.", "خمسة."),
    ("2", "he", "math-prm", "כמה זה 2+2?", "ארבע.", "חמש."),
    ("2", "zh", "math-prm", "2+2等于几？", "四。", "五。"),
    ("2", "en", "math-prm", "What is 2+2?", "Four.", "Five."),
]
KEYS = ("id", "language", "subset", "prompt", "chosen", "rejected")


def parquet(rows) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def write(path: Path, rows=ROWS, **more) -> Path:
    lines = [json.dumps(dict(zip(KEYS, row, strict=True)) | more, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), "utf-8")
    return path


def load(path: Path, **options):
    return reward_data.load_comparisons(reward_data.source(str(path), **options))


class Counted:
    """A backend that counts what it is asked, and stops as Ctrl-C does before question `until`."""

    def __init__(self, backend, until=math.inf):
        self.backend, self.until, self.asked = backend, until, []

    def run(self, requests):
        for request in requests:
            if len(self.asked) >= self.until:
                raise KeyboardInterrupt
            self.asked.append(request)
            yield from self.backend.run([request])


# What is read.


def test_pairs_of_a_file_with_columns_of_its_own(tmp_path):
    row = {"frage": "Привіт?", "good": "Так.", "bad": "Ні.", "lang": "Ukrainian", "kind": "x"}
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    columns = {"prompt": "frage", "chosen": "good", "rejected": "bad", "language": "lang", "subset": "kind"}
    (pair,) = load(path, columns=columns).pairs
    assert (pair.language, pair.prompt, pair.chosen, pair.rejected) == ("uk", (("user", "Привіт?"),), "Так.", "Ні.")
    assert (pair.subset, pair.category) == ("x", "x")


def test_columns_are_paths_and_templates_as_in_a_build(tmp_path):
    row = {"task": "Скажи:", "input": "Привіт", "output": ["Так.", "Ні."], "meta": {"v.1": "x"}, "score": [[2], [1]]}
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(row), "utf-8")
    columns = {"prompt": "{task}\n{input}", "chosen": "output[0]", "rejected": "output.1", "language": "=uk"}
    more = {"subset": "meta.v.1", "chosen_score": "score[0][0]", "rejected_score": "score[-1][0]"}
    (pair,) = load(path, columns=columns | more).pairs
    assert (pair.language, pair.prompt, pair.chosen, pair.rejected) == (
        "uk",
        (("user", "Скажи:\nПривіт"),),
        "Так.",
        "Ні.",
    )
    assert (pair.subset, pair.scores) == ("x", (2, 1))


def test_a_value_that_cannot_be_read_stops_the_reading_or_is_counted(tmp_path):
    path = tmp_path / "uk.jsonl"
    path.write_text('{"prompt": "?", "chosen": "Так.", "rejected": "Ні.", "id": {"x": 1, "x": 2}}', "utf-8")
    with pytest.raises(UserError, match=r"row 1 cannot be read: key_twice \(x\); mend or remove the row$"):
        load(path, language="uk")
    path.write_text('{"prompt": "?", "chosen": {"x": 1, "x": 2}, "rejected": "Ні."}', "utf-8")
    with pytest.raises(UserError, match="key_twice 1"):
        load(path, language="uk")
    with pytest.raises(UserError, match=r"the pairs: column '\{a': the brace at character 1 is not closed"):
        load(path, language="uk", columns={"chosen": "{a"})


def test_conversations_end_in_the_answer(tmp_path):
    before = [{"role": "user", "content": "Γεια;"}, {"role": "assistant", "content": "Ναι"}]
    turns = [*before, {"role": "user", "content": "Τι;"}]
    row = {
        "chosen": [*turns, {"role": "assistant", "content": "Αυτό."}],
        "rejected": [*turns, {"role": "assistant", "content": "Άλλο."}],
    }
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps([row]), "utf-8")
    (pair,) = load(path, language="el").pairs
    assert pair.prompt == (("user", "Γεια;"), ("assistant", "Ναι"), ("user", "Τι;"))
    assert (pair.chosen, pair.rejected) == ("Αυτό.", "Άλλο.")


def test_a_prompt_column_of_another_thing_is_left_aside(tmp_path):
    asked = [{"role": "user", "content": "Τι;"}]
    sides = {name: [*asked, {"role": "assistant", "content": name}] for name in ("chosen", "rejected")}
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps([sides | {"prompt": "17"}]), "utf-8")
    with pytest.raises(UserError, match="answer_to_another_prompt 1"):
        load(path, language="el")
    (pair,) = load(path, language="el", columns={"prompt": "-"}).pairs
    assert (pair.prompt, pair.chosen) == ((("user", "Τι;"),), "chosen")


ASKED = [{"role": "system", "content": "Σύντομα."}, {"role": "user", "content": "Τι;"}]


@pytest.mark.parametrize(
    ("prompt", "chosen", "rejected"),
    [
        ("Τι;", ASKED, ASKED[1:]),
        (ASKED, ASKED, ASKED[1:]),
        (ASKED, ASKED, [ASKED[0], {"role": "user", "content": "Ποιος;"}]),
        (None, ASKED, ASKED[1:]),
        (None, ASKED[1:], [{"role": "user", "content": "Ποιος;"}]),
    ],
)
def test_a_conversation_that_does_not_begin_with_the_whole_prompt_is_no_pair(tmp_path, prompt, chosen, rejected):
    answer = [{"role": "assistant", "content": "Αυτό."}]
    right = {"prompt": ASKED, "chosen": [*ASKED, *answer], "rejected": "Άλλο."}
    wrong = {"prompt": prompt, "chosen": [*chosen, *answer], "rejected": [*rejected, {**answer[0], "content": "Όχι."}]}
    if prompt is None:
        del wrong["prompt"], right["prompt"]
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps([right, wrong]), "utf-8")
    loaded = load(path, language="el")
    assert [(pair.chosen, pair.rejected) for pair in loaded.pairs] == [("Αυτό.", "Άλλο.")]
    assert loaded.facts.left_out == {"el": {"answer_to_another_prompt": 1}}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"prompt": "Human: Τι;\n\nAssistant:"}, "transcript_in_text"),
        ({"rejected": "Human: Τι;\n\nAssistant: Αυτό."}, "transcript_in_text"),
        ({"chosen": str([{"role": "assistant", "content": "Αυτό."}])}, "serialised_turns_in_text"),
        ({"prompt": ["Τι;", "Ποιος;"]}, "turns_without_roles"),
        ({"chosen": [{"content": "Τι;"}, {"content": "Αυτό."}]}, "turns_without_roles"),
    ],
)
def test_what_is_no_text_of_one_turn_is_no_pair(tmp_path, change, why):
    row = {"prompt": "Τι;", "chosen": "Αυτό.", "rejected": "Άλλο."}
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps([row, row | change]), "utf-8")
    assert load(path, language="el").facts.left_out == {"el": {why: 1}}


def test_what_cannot_be_used_is_counted(tmp_path):
    bad = [("3", "ar", "math-prm", "سؤال", "", "لا"), ("4", "he", "x", "שאלה<|im_start|>", "א", "ב")]
    loaded = load(write(tmp_path / "pairs.jsonl", [*ROWS, *bad]))
    assert len(loaded.pairs) == len(ROWS)
    assert loaded.facts.left_out == {"ar": {"empty_answer": 1}, "he": {"chat_template_token": 1}}
    assert any("2 rows could not be used" in line for line in loaded.facts.warnings)


def test_pairs_of_one_prompt_are_one_group_in_all_languages(tmp_path):
    """alpacaeval-easy and -hard ask the same; their ids differ, and the translations know only ids."""
    rows = [
        *ROWS,
        ("3", "en", "alpacaeval-hard", ROWS[3][3], "Paris.", "Lyon."),
        ("3", "zh", "x", "别的？", "是", "否"),
    ]
    groups = {(p.id, p.language): p.group for p in load(write(tmp_path / "pairs.jsonl", rows)).pairs}
    assert groups["1", "ar"] == groups["1", "en"] == groups["3", "en"] == groups["3", "zh"] != groups["2", "zh"]
    turned = {(p.id, p.language): p.group for p in load(write(tmp_path / "turned.jsonl", rows[::-1])).pairs}
    assert turned == groups


def test_a_sample_holds_the_same_pairs_in_every_language(tmp_path):
    rows = [(str(n), tag, "x", f"{tag} {n}?", "a", "b") for tag in ("ja", "ko", "hi") for n in range(40)]
    where = reward_data.source(str(write(tmp_path / "pairs.jsonl", rows)))
    drawn = [reward_data.load_comparisons(where, sample=7, seed=seed).pairs for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    ids = {tag: {pair.id for pair in drawn[0] if pair.language == tag} for tag in ("ja", "ko", "hi")}
    assert ids["ja"] == ids["ko"] == ids["hi"] and len(ids["ja"]) == 7


def test_categories_of_ones_own(tmp_path):
    table = tmp_path / "table.toml"
    table.write_text('[Chat]\nalpacaeval-easy = 3\n[Maths]\n"other name" = 1\n', "utf-8")
    where = reward_data.source(str(write(tmp_path / "pairs.jsonl")), categories=table)
    loaded = reward_data.load_comparisons(where, {"he"})
    assert [pair.category for pair in loaded.pairs] == ["Chat", "other"] and where.weights["alpacaeval-easy"] == 3
    assert "math-prm" in loaded.facts.warnings[0]


def test_the_named_benchmarks():
    """Published numbers of pairs: M-RewardBench's Table 1 (2,869 in four categories), RewardBench's 2,985."""
    bench = reward_data.named("m-rewardbench")
    assert len(bench.configs) == 23 and bench.english.configs == {"en": ""}
    totals = dict.fromkeys(bench.categories.values(), 0.0)
    for subset, category in bench.categories.items():
        # math-prm has 447 pairs and weighs as many as code.
        totals[category] += 447 if subset == "math-prm" else bench.weights[subset]
    assert totals == {"Chat": 296, "Chat Hard": 407, "Safety": 736, "Reasoning": 1430}
    english = bench.english.weights
    assert sum(english.values()) - english["math-prm"] + 447 == 2985
    assert bench.weights["math-prm"] == sum(n for name, n in bench.weights.items() if name.startswith("hep-"))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"columns": {"chosen": "good"}}, "no column 'good' for chosen; the row has id, language"),
        ({"columns": {"answer": "good"}}, "no column for 'answer'"),
        ({"config": "x"}, "are for Hub datasets"),
        ({"language": "klingonisch"}, "Unknown language"),
    ],
)
def test_what_is_wrong_with_data_is_said(tmp_path, options, says):
    with pytest.raises(UserError, match=re.escape(says)):
        load(write(tmp_path / "pairs.jsonl"), **options)


def test_what_is_wrong_with_places_is_said(tmp_path):
    path = write(tmp_path / "pairs.jsonl", [(*ROWS[0][:1], "xx-klingon", *ROWS[0][2:])])
    with pytest.raises(UserError, match=r"pairs.jsonl, row 1: Unknown language 'xx-klingon'"):
        load(path)
    with pytest.raises(UserError, match=r"no file or folder .*missing.jsonl, and no benchmark of that name"):
        load(tmp_path / "missing.jsonl")
    with pytest.raises(UserError, match="holds no usable pair in these languages"):
        reward_data.load_comparisons(reward_data.source(str(write(tmp_path / "pairs.jsonl"))), {"uk"})
    with pytest.raises(UserError, match="is a benchmark whose config"):
        reward_data.source("rewardbench", split="raw")


def test_a_language_for_all_rows_is_that_of_rows_that_say_none(tmp_path):
    path = write(tmp_path / "pairs.jsonl", [ROWS[0], (*ROWS[0][:1], None, *ROWS[0][2:])])
    own = ROWS[0][1]
    assert own != "ja"
    assert [pair.language for pair in load(path, language="ja").pairs] == sorted((own, "ja"))


def test_the_names_of_a_folders_files_and_their_rows_say_one_language(tmp_path):
    write(tmp_path / "train.jsonl", ROWS[:3])
    assert {pair.language for pair in load(tmp_path).pairs} == {row[1] for row in ROWS[:3]}
    (tmp_path / "train.jsonl").rename(tmp_path / "th.jsonl")
    with pytest.raises(
        UserError, match=rf"th.jsonl, row 1: its own language is '{ROWS[0][1]}', and by .* 'th'; rename"
    ):
        load(tmp_path)


CODE = """
import json
from polypref.errors import UserError
from polypref.evaluation.reward_models import data as reward_data
from polypref.files.records import encode
def told(where, tags, **options):
    try:
        found = reward_data.load_comparisons(reward_data.source(where, **options), tags)
    except UserError as error:
        return str(error)
    return [encode(found.facts), [[p.id, p.language, p.subset, p.category, p.chosen] for p in found.pairs]]
print(json.dumps({
    "zh": told("m-rewardbench", {"zh", "en"}),
    "he": told("m-rewardbench", {"he"}),
    "own": told("org/pairs", None, language="uk", split="test", columns={"subset": "kind"}),
    "none": told("org/nothing", None),
}))
"""


@pytest.mark.slow
def test_benchmarks_on_the_hub(tmp_path):
    """The real client on repositories laid out as the real ones."""

    def table(rows):
        return parquet([{"id": n, "prompt": f"{x}?", "chosen": x, "rejected": "-"} | more for n, x, more in rows])

    tags = {"zho_Hans": "巴黎", "zho_Hant": "巴黎市", "heb_Hebr": "פריז"}
    configs = [f"- config_name: {c}\n  data_files: [{{split: test, path: {c}/test-0.parquet}}]\n" for c in tags]
    files = {
        f"{config}/test-0.parquet": table([(7, text, {"source": "hep-go", "language": "x"})])
        for config, text in tags.items()
    }
    card = "---\nconfigs:\n- config_name: default\n  data_files: [{split: SPLIT, path: data.parquet}]\n---\n"
    with LoopbackHub() as hub:
        many = hub.create("datasets", "CohereLabsCommunity/multilingual-reward-bench")
        many.commit({"README.md": f"---\nconfigs:\n{''.join(configs)}---\n".encode()} | files)
        english = hub.create("datasets", "allenai/reward-bench")
        own = table([(7, "Paris", {"subset": "hep-go"}), (8, "Rome", {"subset": "donotanswer"})])
        english.commit({"README.md": card.replace("SPLIT", "filtered").encode(), "data.parquet": own})
        pairs = hub.create("datasets", "org/pairs")
        pairs.commit(
            {"README.md": card.replace("SPLIT", "test").encode(), "data.parquet": table([(1, "так", {"kind": "k"})])}
        )
        answers = json.loads(run(hub, None, tmp_path, CODE).strip().splitlines()[-1])
        assert hub.unknown == []
    facts, rows = answers["zh"]
    assert rows == [
        ["7", "en", "hep-go", "Reasoning", "Paris"],
        ["8", "en", "donotanswer", "Safety", "Rome"],
        ["7", "zh", "hep-go", "Reasoning", "巴黎"],
        ["7", "zh-Hant", "hep-go", "Reasoning", "巴黎市"],
    ]
    heads = {one["repo"]: one["revision"] for one in facts["sources"]}
    assert heads["allenai/reward-bench"] == english.branches["main"] and facts["licence"] == "ODC-BY"
    assert [row[1] for row in answers["he"][1]] == ["he"] and len(answers["he"][0]["sources"]) == 1
    assert answers["own"][1] == [["1", "uk", "k", "k", "так"]]
    assert "cannot look up org/nothing" in answers["none"]


# Reward models.


@pytest.fixture(scope="module")
def reward(tmp_path_factory) -> Model:
    pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test")
    from tests.inference import tiny

    return Model(tiny.llama(tmp_path_factory.mktemp("reward"), score=True))


@pytest.mark.slow
def test_a_reward_model_from_data_to_report(tmp_path, reward, capsys):
    from transformers import AutoModelForSequenceClassification

    from polypref.inference.transformers import Transformers
    from tests.inference import tiny

    where = reward_data.source(str(write(tmp_path / "pairs.jsonl")))
    loaded = reward_data.load_comparisons(where)
    stopped = Counted(Transformers(), until=5)
    with pytest.raises(KeyboardInterrupt):
        evaluate_rm(loaded, where.weights, Served(reward, stopped), tmp_path / "out", quiet=True)
    assert not (tmp_path / "out" / "reward_results.json").exists()
    rest = Counted(Transformers())
    results = evaluate_rm(loaded, where.weights, Served(reward, rest), tmp_path / "out", quiet=True)
    assert len(rest.asked) == 16 - 5, "what was answered before is not asked again"

    words, network = tiny.tokenizer(), AutoModelForSequenceClassification.from_pretrained(reward.name)

    def score(prompt, answer):
        text = f"<|user|>{prompt}<|end|><|assistant|>{answer}<|end|>"
        return network(words(text, return_tensors="pt")["input_ids"]).logits.item()

    expected = {(r[0], r[1]): (score(r[3], r[4]), score(r[3], r[5])) for r in ROWS}
    rows = pq.read_table(tmp_path / "out" / "rewards.parquet").to_pylist()
    for row in rows:
        both = row["chosen_score"], row["rejected_score"]
        assert both == pytest.approx(expected[row["id"], row["language"]], abs=1e-4)
        assert row["outcome"] == (both[0] > both[1])
    for row in results.languages:
        own = [one > two for (_, tag), (one, two) in expected.items() if tag == row.language]
        assert row.by_prompts.value == pytest.approx(sum(own) / 2)
        assert row.calibration.pairs == 2
    assert results.average.languages == ("ar", "he", "zh") and results.average.gap.pairs == 2

    files = [path for path in (tmp_path / "out").iterdir() if path.is_file() and path.suffix != ".sqlite"]
    written = {path.name: path.read_bytes() for path in files}
    none = Counted(Transformers(), until=0)
    again = evaluate_rm(loaded, where.weights, Served(reward, none), tmp_path / "out", quiet=True)
    assert none.asked == [] and again == results
    assert all((tmp_path / "out" / name).read_bytes() == data for name, data in written.items() if "sqlite" not in name)
    stored = json.loads(written["reward_results.json"])
    assert stored["schema_version"] == 2 and decode(RewardResults, stored, "stored results") == results
    text = written["reward_report.md"].decode()
    assert "Hebrew" in text and "nan" not in text.lower().split() and "None" not in text
    show_report(results)
    assert "by categories" in capsys.readouterr().out


def test_what_a_model_cannot_score_is_counted(tmp_path, reward):
    from polypref.inference.transformers import Transformers

    long = ("3", "ko", "x", "가" * 400, "네", "아니요")
    loaded = load(write(tmp_path / "pairs.jsonl", [*ROWS, long]))
    results = evaluate_rm(loaded, {}, Served(reward, Transformers()), tmp_path / "out", quiet=True)
    (korean,) = (row for row in results.languages if row.language == "ko")
    assert results.reasons == {"ko": {"context_too_long": 1}}
    assert (korean.pairs, korean.scored, korean.unparsed) == (1, 0, 1)
    assert korean.by_prompts.value is None and results.average.languages == ("ar", "he", "zh")
    assert results.other_reading.missing == "half"
    report = (tmp_path / "out" / "reward_report.md").read_text("utf-8")
    assert "Without a verdict: 1 of the pairs; they are left out" in report and "context\\_too\\_long" in report


def test_scores_that_the_data_hold(tmp_path):
    rows = [dict(zip(KEYS, row, strict=True)) for row in ROWS]
    for row, (one, two) in zip(rows, [(2, 1), (1, 1), (0, 1), (1, 0)] * 2, strict=True):
        row["chosen_score"], row["rejected_score"] = one, two
    rows[7]["chosen_score"] = None
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    results = evaluate_rm(load(path), {}, None, tmp_path / "out")
    values = {row.language: row.by_prompts.value for row in results.languages}
    assert values == {"ar": 1, "he": 0.5, "zh": 0, "en": 1}
    assert [row.ties for row in results.languages if row.language == "he"] == [2]
    assert results.reasons == {"en": {"no_score": 1}} and results.model.kind == "given"
    with pytest.raises(UserError, match="hold no scores"):
        given(load(write(tmp_path / "bare.jsonl")).pairs)


def with_scores(path: Path) -> Path:
    return write(path, chosen_score=2, rejected_score=1)


def test_a_run_that_ended_meanwhile_is_written_over_and_not_refused(tmp_path, monkeypatch):
    """Another run begins and ends while this one waits for the folder."""
    loaded, real = load(with_scores(tmp_path / "pairs.jsonl")), benchmark_module.writing
    other = load(write(tmp_path / "others.jsonl", ROWS[:3], chosen_score=1, rejected_score=2))

    def waited(folder):
        monkeypatch.setattr(benchmark_module, "writing", real)
        evaluate_rm(other, {}, None, folder)
        return real(folder)

    monkeypatch.setattr(benchmark_module, "writing", waited)
    assert len(evaluate_rm(loaded, {}, None, tmp_path / "out").languages) == 4
    assert pq.read_table(tmp_path / "out" / "rewards.parquet").num_rows == len(ROWS)


def test_a_folder_that_is_written_by_another_is_in_use(tmp_path):
    loaded = load(with_scores(tmp_path / "pairs.jsonl"))
    with writing(tmp_path / "out"), pytest.raises(UserError, match="out is in use by another polypref process"):
        evaluate_rm(loaded, {}, None, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".polypref"]


def test_a_folder_with_others_results_is_left_as_it_is(tmp_path):
    (tmp_path / "reward_report.md").write_text("mine")
    loaded = load(with_scores(tmp_path / "pairs.jsonl"))
    with pytest.raises(UserError, match=r"reward_report\.md is no file that polypref wrote"):
        evaluate_rm(loaded, {}, None, tmp_path)
    assert not (tmp_path / ".polypref").exists()


def test_scores_that_are_not_finite_are_counted_by_language(tmp_path):
    rows = [dict(zip(KEYS, row, strict=True)) for row in ROWS]
    given_scores = [(2, 1), ("inf", 1), (0, "nan"), (1.7e308, -1.7e308), ("-inf", "inf"), (1, 0), (3, 2), (1e300, 1)]
    for row, (one, two) in zip(rows, given_scores, strict=True):
        row["chosen_score"], row["rejected_score"] = one, two
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    loaded = load(path)
    results = evaluate_rm(loaded, {}, None, tmp_path / "out")
    counted = sum((Counter(reasons) for reasons in results.reasons.values()), Counter())
    assert counted == {"score_not_finite": 3, "no_score": 1}
    assert sum(row.scored for row in results.languages) == 4
    table = pq.read_table(tmp_path / "out" / "rewards.parquet").to_pylist()
    assert all(row["outcome"] is None for row in table if row["reason"])
    assert all(math.isfinite(row["chosen_score"] - row["rejected_score"]) for row in table if not row["reason"])


@pytest.mark.parametrize(("ties", "he"), [((), 0.5), (("--ties", "lost"), 0.0), (("--ties", "half"), 0.5)])
def test_equal_scores_by_option(tmp_path, capsys, ties, he):
    rows = [dict(zip(KEYS, row, strict=True)) | {"chosen_score": 1, "rejected_score": 1} for row in ROWS]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    words = ["evaluate-rm", "--data", str(path), "--out", str(tmp_path / "out"), "--quiet", *ties]
    assert main(words) == 0
    results = json.loads((tmp_path / "out" / "reward_results.json").read_text("utf-8"))
    values = {row["language"]: (row["by_prompts"]["value"], row["ties"]) for row in results["languages"]}
    assert values["he"] == (he, 2)
    how = "count as lost" if he == 0 else "count half a point"
    report = (tmp_path / "out" / "reward_report.md").read_text("utf-8")
    assert f"of 8 pairs {how}" in report and "Hebrew (he) 2" in report.replace("\\", "")
    assert how in " ".join(capsys.readouterr().out.split())


def test_the_named_benchmarks_count_equal_scores_as_lost():
    assert {name: reward_data.named(name).ties for name in reward_data.names()} == {
        "m-rewardbench": "lost",
        "m-rewardbench-translation": "lost",
        "rewardbench": "lost",
        "rewardbench-2": "half",
    }
    assert reward_data.Source("mine").ties == "half"


# LLM judges.


def shown(body) -> tuple[str, str]:
    """The two answers as the judge sees them."""
    text = body["messages"][-1]["content"]
    return tuple(re.search(rf"<<BEGIN {x} \w+>>\n(.*?)\n<<END", text, re.DOTALL)[1] for x in "AB")


def verdict(reply: str, body, model: str = "tiny"):
    code = re.search(r"<<BEGIN A (\w+)>>", body["messages"][-1]["content"])[1]
    return chat(json.dumps({"rationale": "x", "code": code, "verdict": reply}), model)


def longer(body, _):
    """A judge who likes length, says A to one question, and to another what cannot be read."""
    one, two = shown(body)
    text, model = body["messages"][-1]["content"], body["model"]
    if "כמה זה" in text:
        return verdict("NEITHER", body, model)
    if "等于几" in text:
        return verdict("A", body, model)
    return verdict("A" if len(one) > len(two) else "TIE" if len(one) == len(two) else "B", body, model)


def test_a_judge_in_both_orders(tmp_path):
    loaded = load(write(tmp_path / "pairs.jsonl"))
    with Loopback(longer) as server, ResponseLog(tmp_path / "log.sqlite") as log:
        served = Served(MODEL, OpenAI((server.url,)))
        verdicts = benchmark(loaded.pairs, served, log, judge=Judging(), quiet=True)
        # 8 pairs, two orders, and a second attempt at each order of what could not be read.
        assert len(server.bodies) == 18
        again = benchmark(loaded.pairs, served, log, judge=Judging(), quiet=True)
        assert len(server.bodies) == 18 and again.reasons == verdicts.reasons
    outcomes = {
        (p.id, p.language): (x, why)
        for p, x, why in zip(loaded.pairs, verdicts.outcomes, verdicts.reasons, strict=True)
    }
    assert outcomes["1", "ar"] == (1, "") and outcomes["1", "en"] == (0, ""), "the longer one"
    assert outcomes["2", "en"] == (0.5, ""), "a tie in both orders"
    assert outcomes["2", "zh"] == (0.5, ""), "orders that disagree are a tie"
    assert math.isnan(outcomes["2", "he"][0]) and outcomes["2", "he"][1] == "judge_unknown_verdict"
    differ = dict(
        zip(((p.id, p.language) for p in loaded.pairs), judged(loaded.pairs, verdicts).disagreements, strict=True)
    )
    assert differ["2", "zh"] == 1 and differ["1", "ar"] == 0 and math.isnan(differ["2", "he"])


def test_a_judge_in_one_order_sees_each_place_by_the_texts(tmp_path):
    rows = [(str(n), "ja", "x", f"質問 {n}", f"良い {n}", f"悪い {n}") for n in range(60)]
    turned = [(*row[:4], row[5], row[4]) for row in rows]
    pairs = [load(write(tmp_path / name, own)).pairs for name, own in (("a.jsonl", rows), ("b.jsonl", turned))]

    def first(body, _):
        return verdict("A", body)

    with Loopback(first) as server, ResponseLog(tmp_path / "log.sqlite") as log:
        served = Served(MODEL, OpenAI((server.url,)))
        one, two = (benchmark(own, served, log, judge=Judging(orders=1), quiet=True) for own in pairs)
        # Which answer comes first must not hang on which of them was chosen.
        assert len(server.bodies) == 60
    assert 15 < one.outcomes.sum() < 45
    assert (one.outcomes + two.outcomes == 1).all()


def test_a_judges_report_names_prompt_and_orders(tmp_path):
    loaded = load(write(tmp_path / "pairs.jsonl", [*ROWS, ("9", "zh", "x", "<script>？", "a|b", "a|b")]))
    with Loopback(longer) as server:
        served = Served(Model("org/judge<b>"), OpenAI((server.url,)))
        results = evaluate_rm(loaded, {}, served, tmp_path / "out", judge=Judging(), quiet=True)
    assert results.model.prompt == "pairwise-2" and results.model.orders == 2
    assert len(results.model.prompt_sha256) == 64 and results.same_texts == 1
    text = markdown(results)
    assert "judge&lt;b&gt;" in text and "<b>" not in text and "same text twice" in text
    assert "Calibration" not in text
    (row,) = (
        r
        for r in pq.read_table(tmp_path / "out" / "rewards.parquet").to_pylist()
        if r["id"] == "2" and r["language"] == "zh"
    )
    assert [(one["first"], one["score"]) for one in row["orders"]] == [("chosen", 1.0), ("rejected", 0.0)]
    assert json.loads(row["orders"][0]["said"])["verdict"] == "A"


def test_a_failure_is_asked_again_only_when_wished(tmp_path):
    (pair, *_) = load(write(tmp_path / "pairs.jsonl")).pairs

    class Failing:
        asked = 0

        def run(self, requests):
            for request in requests:
                Failing.asked += 1
                yield request, Failure("out_of_memory")

    with ResponseLog(tmp_path / "log.sqlite") as log:
        served = Served(Model("m"), Failing())
        for again, asked in ((False, 2), (False, 2), (True, 4)):
            verdicts = benchmark([pair], served, log, again=again, quiet=True)
            assert Failing.asked == asked and verdicts.reasons == ("out_of_memory",)
