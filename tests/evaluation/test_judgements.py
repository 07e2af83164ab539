"""Verdicts that others gave, scored through the command as they are: two layouts, every figure by hand."""

import re

import pytest

from polypref.evaluation import run as evaluation_run
from tests.evaluation import duel
from tests.evaluation.duel import run

# question: language, the winner with `mine` shown first, and with `mine` shown second.
VERDICTS = {
    "q1": ("de", "mine", "mine"),
    "q2": ("de", "mine", "mine"),
    "q3": ("de", "mine", "theirs"),
    "q4": ("de", "theirs", "theirs"),
    "q5": ("el", "tie", "tie"),
    "q6": ("el", "mine", "tie"),
    "q7": ("el", "theirs", "theirs"),
    "q8": ("el", "mine", "?"),
}
# language: wins, losses, ties, scored, unparsed.
BY_HAND = {"de": (2, 1, 1, 4, 0), "el": (0, 1, 2, 3, 1)}


def as_csv(folder):
    """Both orders in a row, winners by name."""
    rows = "".join(f"{q},{tag},{one},{two}\n" for q, (tag, one, two) in VERDICTS.items())
    (folder / "verdicts.csv").write_text(f"question,lang,game 1,game 2\n{rows}", "utf-8-sig")
    layout = """
        form: winner
        columns: game 1
        swapped: game 2
        swapped_names: models
        prompt: question
        model_a: =mine
        model_b: =theirs
        language: lang
        labels: {mine: a, theirs: b, tie: tie}
    """
    (folder / "layout.yaml").write_text(layout, "utf-8")
    return folder / "verdicts.csv"


def as_jsonl(folder):
    """A row for each game; the judge's text, whose marks agree, and both answers."""
    rows = []
    for question, (tag, *winners) in VERDICTS.items():
        for shown, winner in zip((("mine", "theirs"), ("theirs", "mine")), winners, strict=True):
            mark = {"tie": "C", "?": "D"}.get(winner) or "AB"[shown.index(winner)]
            texts = {"mine": "Καλημέρα κόσμε", "theirs": "Γειά"}
            rows.append(
                {
                    "meta": {"id": question, "language": tag},
                    "a": shown[0],
                    "b": shown[1],
                    "say": f"[[{mark}]] it is. Again: [[{mark}]]",
                }
                | {"text_a": texts[shown[0]], "text_b": texts[shown[1]]}
            )
    # No mark at all; [[D]] before it is none that a judge of two answers can give.
    rows[-1]["say"] = "I cannot say."
    layout = {"form": "text", "columns": "say", "prompt": "meta.id", "model_a": "a", "model_b": "b"}
    layout |= {"language": "meta.language", "answer_a": "text_a", "answer_b": "text_b"}
    duel.config(folder / "layout.yaml", **layout)
    return duel.lines(folder / "verdicts.jsonl", rows)


@pytest.mark.parametrize("write", [as_csv, as_jsonl])
def test_both_layouts_give_the_same_table(tmp_path, capsys, write):
    path = write(tmp_path)
    words = ("evaluate", "--judgements", path, "--layout", tmp_path / "layout.yaml", "--out", tmp_path / "out")
    run(*words, "--seen", "de", "--seed", "3")
    assert "macro average" in capsys.readouterr().out
    results = duel.results(tmp_path / "out")
    (one,) = results["comparisons"]
    assert (one["model"], one["other"], one["set"], one["judge"]) == ("mine", "theirs", "verdicts", "verdicts")
    for row in one["rows"]:
        wins, losses, ties, scored, unparsed = BY_HAND[row["language"]]
        assert (row["wins"], row["losses"], row["ties"]) == (wins, losses, ties)
        assert (row["prompts"], row["scored"], row["unparsed"]) == (4, scored, unparsed)
        assert row["win_rate"] == pytest.approx((wins + ties / 2) / scored)
    assert one["average"]["win_rate"] == pytest.approx((2.5 / 4 + 1 / 3) / 2)
    # q3 and q6 differ; q8 has one order only.
    assert [row["disagreements"] for row in one["rows"]] == pytest.approx([1 / 4, 1 / 3])
    assert one["rows"][1]["reasons"] == {"unknown_label" if write is as_csv else "no_mark": 1}
    assert one["contrast"]["seen"]["languages"] == ["de"] and one["contrast"]["difference"] == pytest.approx(7 / 24)
    assert (results["settings"]["seed"], results["settings"]["seen"]) == (3, ["de"])
    assert results["judges"][0]["kind"] == "stored" and results["judges"][0]["orders"] == 2
    assert results["sets"][0]["languages"] == {"de": 4, "el": 4} and results["sets"][0]["repo"] == path.name
    assert str(tmp_path) not in (tmp_path / "out" / "results.json").read_text("utf-8")
    if write is as_jsonl:
        assert (one["rows"][1]["length"], one["rows"][1]["other_length"]) == (14, 4)
        assert "Καλημέρα κόσμε" in (tmp_path / "out" / "report.html").read_text("utf-8")
    # Again, from what the folder knows: the same bytes.
    before = duel.written(tmp_path / "out")
    run("evaluate", "--out", tmp_path / "out", "--quiet")
    assert duel.written(tmp_path / "out") == before


def test_labels_of_which_nothing_says_what_they_mean_are_shown(tmp_path):
    rows = [{"id": n, "better": "x" if n % 2 else ("a", "a", "b")[n // 2 % 3]} for n in range(12)]
    duel.config(
        tmp_path / "layout.yaml", form="winner", columns="better", prompt="id", model_a="=x", model_b="=y",
        language="=hi", labels={"tie": "tie"},
    )  # fmt: skip
    path = duel.lines(tmp_path / "games.jsonl", rows)
    run("evaluate", "--judgements", path, "--layout", tmp_path / "layout.yaml", "--out", tmp_path / "out", "--quiet")
    (one,) = duel.results(tmp_path / "out")["comparisons"]
    assert one["reasons"] == {"unknown_label": 6} and one["labels"] == {"a": 4, "b": 2}
    sentence = "Labels of which the layout does not say what they mean: 'a' 4, 'b' 2; add them to its labels."
    assert sentence in (tmp_path / "out" / "report.md").read_text("utf-8").replace("\\", "")


def test_from_a_config_with_names_pairs_and_a_reading(tmp_path):
    import yaml

    path = as_csv(tmp_path)
    layout = yaml.safe_load((tmp_path / "layout.yaml").read_text("utf-8"))
    given = {"path": str(path), "layout": layout, "pairs": [["theirs", "mine"]], "name": "people"}
    config = duel.config(tmp_path / "c.yaml", judgements=given, reading="mean", missing="one_order", name="Ours")
    run("evaluate", "--config", config, "--out", tmp_path / "out", "--quiet")
    results = duel.results(tmp_path / "out")
    (one,) = results["comparisons"]
    assert (results["name"], one["model"], one["set"], one["judge"]) == ("Ours", "theirs", "people", "people")
    by_tag = {row["language"]: row for row in one["rows"]}
    assert by_tag["de"]["win_rate"] == pytest.approx((0 + 0 + 0.5 + 1) / 4)
    # q6: tied and lost, a quarter; q8: the one order that is there was lost.
    assert by_tag["el"]["win_rate"] == pytest.approx((0.5 + 0.25 + 1 + 0) / 4)
    run("evaluate", "--config", config, "--out", tmp_path / "out", "--quiet", "--dry-run")
    # Other settings, by the same flags as ever.
    words = ("--judgements", path, "--layout", tmp_path / "layout.yaml", "--out", tmp_path / "out", "--quiet")
    run("evaluate", *words)
    assert duel.results(tmp_path / "out")["comparisons"][0]["model"] == "mine"


def test_three_models_of_a_file_that_all_met(tmp_path):
    rows = [
        {"id": n, "a": one, "b": two, "better": one}
        for n in range(30)
        for one, two in (("x", "y"), ("z", "y"), ("x", "z") if n % 3 else ("z", "x"))
    ]
    duel.config(
        tmp_path / "layout.yaml", form="winner", columns="better", prompt="id", model_a="a", model_b="b", language="=hi"
    )
    path = duel.lines(tmp_path / "games.jsonl", rows)
    run("evaluate", "--judgements", path, "--layout", tmp_path / "layout.yaml", "--out", tmp_path / "out", "--quiet")
    results = duel.results(tmp_path / "out")
    rates = {(one["model"], one["other"]): one["average"]["win_rate"] for one in results["comparisons"]}
    assert rates == pytest.approx({("x", "y"): 1, ("x", "z"): 2 / 3, ("y", "z"): 0})
    assert [one["model"] for one in results["leaderboards"][0]["overall"]["models"]] == ["x", "z", "y"]


#: What people say of an answer of `mine` and one of `theirs`; the language, the votes, and what most of them say.
VOTES = [
    ("Wo liegt Kiel?", "de", "AAC", "win"),
    ("Wer baut Orgeln?", "de", "BBB", "loss"),
    ("Was ist Torf?", "de", "ACC", "tie"),
    ("Πού είναι η Πάτρα;", "el", "AAA", "win"),
    ("Τι είναι η ελιά;", "el", "ABC", ""),
    ("Ποιος έγραψε την Οδύσσεια;", "el", "ACA", "win"),
]
DECLARED = """
[fields]
prompt = "asked"
language = "lang"

[[fields.answers]]
text = "one"
model = "mine"

[[fields.answers]]
text = "two"
model = "theirs"

[fields.verdict]
rater = "people"
column = ["first", "second", "third"]
first = ["A"]
second = ["B"]
tie = ["C"]
join = "majority"
"""


def voted(folder):
    rows = []
    for number, (asked, tag, votes, _) in enumerate(VOTES):
        names = dict(zip(("first", "second", "third"), votes, strict=True))
        rows.append({"asked": asked, "lang": tag, "one": f"Ja {number}.", "two": "Nein."} | names)
    return duel.lines(folder / "votes.jsonl", rows)


def figures(folder):
    (one,) = duel.results(folder)["comparisons"]
    assert (one["model"], one["other"]) == ("mine", "theirs")
    return {row["language"]: tuple(row[key] for key in ("wins", "losses", "ties", "unparsed")) for row in one["rows"]}


def test_votes_are_read_by_a_layout_of_fields_and_again_when_its_file_is_gone(tmp_path, capsys):
    (tmp_path / "mine.toml").write_text(DECLARED, "utf-8")
    path = voted(tmp_path)
    run("evaluate", "--judgements", path, "--layout", tmp_path / "mine.toml", "--out", tmp_path / "out")
    by_hand = {"de": (1, 1, 1, 0), "el": (2, 0, 0, 1)}
    assert figures(tmp_path / "out") == by_hand
    assert "no majority 1" in capsys.readouterr().out
    (tmp_path / "mine.toml").unlink()
    run("evaluate", "--out", tmp_path / "out")
    assert figures(tmp_path / "out") == by_hand


def test_several_people_s_votes_and_their_answers_are_counted_and_explained(tmp_path, capsys):
    """Three votes a prompt: (1 + 1 + 0) / 3, twice (1 + 0 + 0) / 3, one of a single vote; one answer is not there."""
    (tmp_path / "each.toml").write_text(DECLARED.replace('"majority"', '"each"'), "utf-8")
    votes = [("A", "A", "B"), ("A", "B", "B"), ("B", "B", "A"), ("A", "", "")]
    rows = [
        {"asked": f"Nummer {n}?", "lang": "de" if n < 3 else "el", "one": f"Ja {n}.", "two": f"Nein {n}."}
        | dict(zip(("first", "second", "third"), given, strict=True))
        for n, given in enumerate(votes)
    ]
    path = duel.lines(tmp_path / "votes.jsonl", rows)
    run("evaluate", "--judgements", path, "--layout", tmp_path / "each.toml", "--out", tmp_path / "out")
    results = duel.results(tmp_path / "out")
    (one,) = results["comparisons"]
    assert {row["language"]: row["win_rate"] for row in one["rows"]} == pytest.approx({"de": 4 / 9, "el": 1.0})
    assert figures(tmp_path / "out") == {"de": (1, 2, 0, 0), "el": (1, 0, 0, 0)}
    assert (one["judge"], results["judges"][0]["joined"]) == ("people", 3)
    assert {model["name"]: model["answers"] for model in results["models"]} == {
        "mine": {"de": 3, "el": 1}, "theirs": {"de": 3, "el": 1}
    }  # fmt: skip
    shown = " ".join(capsys.readouterr().out.split())
    assert (
        "In 3 of this evaluation's battles there are several verdicts by people, and the score is their mean" in shown
    )
    text = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert "The languages of these answers were not looked at" in text
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "The languages of these answers were not looked at" in page and 'aria-labelledby="c0-fidelity"' not in page


def test_several_answers_of_a_model_to_a_prompt_are_battles_of_their_own_and_a_prompt_is_one_unit(tmp_path, capsys):
    """Three prompts with 2, 1 and 2 pairs of answers, of which mine wins 1, 1 and 2: 4 of 5 battles.

    The sums of the prompts lie (1 - 2 * 0.8) = -0.6, 0.2 and 0.4 off what the mean expects, each counts a fifth; the
    variance clustered by three prompts is 3/2 * (0.12 ** 2 + 0.04 ** 2 + 0.08 ** 2) = 0.0336.
    """
    (tmp_path / "mine.toml").write_text(DECLARED, "utf-8")
    samples = [(0, "A"), (0, "B"), (1, "A"), (2, "A"), (2, "A")]
    rows = [
        {"asked": f"Nummer {prompt}?", "lang": "de", "one": f"Ja {n}.", "two": f"Nein {n}."}
        | dict.fromkeys(("first", "second", "third"), vote)
        for n, (prompt, vote) in enumerate(samples)
    ]
    path = duel.lines(tmp_path / "votes.jsonl", rows)
    run("evaluate", "--judgements", path, "--layout", tmp_path / "mine.toml", "--out", tmp_path / "out")
    results = duel.results(tmp_path / "out")
    (row,) = results["comparisons"][0]["rows"]
    assert (row["wins"], row["losses"], row["ties"], row["scored"], row["groups"]) == (4, 1, 0, 5, 3)
    assert row["win_rate"] == pytest.approx(0.8) and row["error"] == pytest.approx(0.0336**0.5)
    # What the sample could have shown goes by the same error: as if battles were prompts, it would be 0.2.
    assert row["smallest_difference"] == pytest.approx((1.959964 + 0.841621) * 0.0336**0.5, rel=1e-5)
    assert results["judges"][0]["several"] == 2 and "joined" not in results["judges"][0]
    assert results["models"][0]["answers"] == {"de": 3}
    shown = " ".join(capsys.readouterr().out.split())
    assert "2 prompts have several pairs of answers by the same two models" in shown and "several verdicts" not in shown
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert all(f"Ja {n}." in page and f"Nein {n}." in page for n in range(5))
    drawn = re.findall(r'"id": ?"([0-9a-f]{32})"', page)
    assert len(drawn) == len(set(drawn)) == 5


def test_one_verdict_a_prompt_is_no_mean(tmp_path):
    (tmp_path / "mine.toml").write_text(DECLARED, "utf-8")
    words = ("evaluate", "--judgements", voted(tmp_path), "--layout", tmp_path / "mine.toml", "--out", tmp_path / "out")
    run(*words, "--quiet")
    results = duel.results(tmp_path / "out")
    assert "joined" not in results["judges"][0]
    assert not any("several verdicts" in line for one in results["comparisons"] for line in one["warnings"])


def test_a_config_names_a_layout_and_the_language(tmp_path):
    rows = [
        {"prompt": f"Nummer {n}?", "response 1": "Ja.", "response 2": "Nein.", "label": label}
        for n, label in enumerate((0, 0, 1, 2))
    ]
    path = duel.lines(tmp_path / "pairs.jsonl", rows)
    given = {"path": str(path), "layout": {"name": "auto_j", "language": "German"}}
    duel.config(tmp_path / "evaluation.yaml", judgements=given)
    run("evaluate", "--config", tmp_path / "evaluation.yaml", "--out", tmp_path / "out")
    (one,) = duel.results(tmp_path / "out")["comparisons"]
    (row,) = one["rows"]
    assert (one["model"], one["other"]) == ("response 1", "response 2")
    assert (row["language"], row["wins"], row["ties"], row["losses"]) == ("de", 2, 1, 1)


def test_rows_that_the_layout_leaves_out_are_in_the_results(tmp_path):
    (tmp_path / "mine.toml").write_text('where = {lang = ["de"]}\n' + DECLARED, "utf-8")
    words = ("evaluate", "--judgements", voted(tmp_path), "--layout", tmp_path / "mine.toml", "--out", tmp_path / "out")
    run(*words)
    assert duel.results(tmp_path / "out")["sets"][0]["left_out"] == {"el": {"where_lang": 3}}


def test_a_layout_that_is_nowhere_is_said_so(tmp_path, capsys):
    run("evaluate", "--judgements", voted(tmp_path), "--layout", "pandalmm", "--out", tmp_path / "out", expect=2)
    assert "there is no file and no layout pandalmm; name one of `polypref layouts`" in capsys.readouterr().err


def test_an_evaluation_that_ended_meanwhile_is_written_over_and_not_refused(tmp_path, monkeypatch):
    """Another one begins and ends in the folder while this one waits for it."""
    path, real = as_csv(tmp_path), evaluation_run.Store
    words = ("evaluate", "--judgements", path, "--layout", tmp_path / "layout.yaml", "--out", tmp_path / "out")

    def waited(*place):
        monkeypatch.setattr(evaluation_run, "Store", real)
        run(*words, "--seed", "1", "--quiet")
        return real(*place)

    monkeypatch.setattr(evaluation_run, "Store", waited)
    run(*words, "--seed", "2", "--quiet")
    assert duel.results(tmp_path / "out")["settings"]["seed"] == 2


def several(folder):
    """Single scores of three models on four prompts in two languages; a category stands beside."""
    scores = {"x": (9, 8, 7, 6), "y": (9, 4, 7, 2), "z": (1, 8, 3, 5)}
    rows = [
        {"id": f"q{n}", "lang": tag, "who": model, "rating": value, "category": "math" if n % 2 else "code"}
        for tag in ("de", "el")
        for model, values in scores.items()
        for n, value in enumerate(values)
    ]
    duel.config(folder / "layout.yaml", form="single", columns="rating", prompt="id", model="who", language="lang")
    return duel.lines(folder / "ratings.jsonl", rows)


def test_single_scores_have_means_ranks_and_slices(tmp_path):
    words = ("evaluate", "--judgements", several(tmp_path), "--layout", tmp_path / "layout.yaml", "--quiet")
    run(*words, "--out", tmp_path / "out", "--slice", "category", "--set", "exam", "--judge", "teacher")
    figures = duel.results(tmp_path / "out")
    assert [(one["model"], one["other"]) for one in figures["comparisons"]] == [("x", "y"), ("x", "z"), ("y", "z")]
    assert {(one["set"], one["judge"]) for one in figures["comparisons"]} == {("exam", "teacher")}
    assert figures["sets"][0]["name"] == "exam" and figures["judges"][0]["name"] == "teacher"
    means = {one["model"]: one["scores"]["average"]["mean"] for one in figures["breakdowns"]["scores"]}
    assert means == pytest.approx({"x": 7.5, "y": 5.5, "z": 4.25})
    (ranks,) = figures["breakdowns"]["ranks"]
    # x shares places 1 and 2 three times and is first; y shares and is third twice; z is third, shares, third, second.
    by_model = {one["model"]: one["ranks"]["average"]["mean"] for one in ranks["ranks"]["models"]}
    assert by_model == pytest.approx({"x": (1.5 * 3 + 1) / 4, "y": (1.5 + 3 + 1.5 + 3) / 4, "z": (3 + 1.5 + 3 + 2) / 4})
    (part,) = figures["comparisons"][0]["breakdowns"]["slices"]
    # code: a tie and a tie; math: two wins, in both languages alike.
    assert {row["value"]: (row["prompts"], row["win_rate"]) for row in part["rows"]} == {
        "code": (4, 0.5), "math": (4, 1.0)
    }  # fmt: skip
    text = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert "### Single scores" in text and "### Mean ranks on exam, judged by teacher" in text


def test_whose_win_rate_it_is(tmp_path, capsys):
    words = ("evaluate", "--judgements", several(tmp_path), "--layout", tmp_path / "layout.yaml", "--quiet")
    run(*words, "--out", tmp_path / "z", "--model", "z")
    assert [(one["model"], one["other"]) for one in duel.results(tmp_path / "z")["comparisons"]] == [
        ("z", "x"), ("z", "y")
    ]  # fmt: skip
    run(*words, "--out", tmp_path / "yx", "--model", "y", "--model", "x")
    (one,) = duel.results(tmp_path / "yx")["comparisons"]
    assert (one["model"], one["other"], one["average"]["win_rate"]) == ("y", "x", 0.25)
    # The four scores of z in each language are in no battle, and in no mean.
    known = duel.results(tmp_path / "yx")["breakdowns"]
    assert sorted(one["model"] for one in known["scores"]) == ["x", "y"]
    assert known["scores_of_no_battle"] == [{"set": "ratings", "model": "z", "languages": {"de": 4, "el": 4}}]
    report = (tmp_path / "yx" / "report.md").read_text("utf-8")
    assert "scores of answers that are in no battle (z de 4, el 4)" in re.sub(r"\\(.)", r"\1", report)
    assert "scores_of_no_battle" not in duel.results(tmp_path / "z")["breakdowns"]
    message = duel.refused(capsys, *words, "--out", tmp_path / "no", "--model", "w")
    assert message.endswith("has no game of the model 'w'; it has x, y, z")
    message = duel.refused(capsys, *words, "--out", tmp_path / "no", "--set", "a", "--set", "b")
    assert message == "judgements: a, b are several names of one set; give one"
    message = duel.refused(capsys, *words, "--out", tmp_path / "no", "--slice", "topic")
    assert "says anything under 'topic'" in message


def test_standard_errors_by_hand(tmp_path):
    words = ("evaluate", "--judgements", several(tmp_path), "--layout", tmp_path / "layout.yaml", "--quiet")
    run(*words, "--out", tmp_path / "out", "--model", "x", "--model", "y")
    (one,) = duel.results(tmp_path / "out")["comparisons"]
    # 1/2, 1, 1/2, 1 of four prompts: sqrt(4 x 1/16 / (4 x 3)).
    assert [row["error"] for row in one["rows"]] == pytest.approx([(1 / 48) ** 0.5] * 2)
    # Both languages say the same of the same prompts, so that the second tells nothing new; few groups add to it.
    assert (1 / 48) ** 0.5 < one["average"]["error"] < 0.2


def test_stated_columns_of_a_declared_layout_and_of_fields(tmp_path):
    rows = [
        {"q": f"Frage {n}?", "a": "ja, das ist so", "b": "nein, so nicht", "better": "aaab"[n], "topic": "xy"[n % 2]}
        for n in range(4)
    ]  # fmt: skip
    path = duel.lines(tmp_path / "votes.jsonl", rows)
    fields = """
[fields]
prompt = "q"
language = "=de"
[[fields.answers]]
text = "a"
model = "one"
[[fields.answers]]
text = "b"
model = "two"
[fields.verdict]
rater = "people"
column = "better"
first = ["a"]
second = ["b"]
"""
    (tmp_path / "votes.toml").write_text(fields, "utf-8")
    duel.config(
        tmp_path / "layout.yaml", form="winner", columns="better", prompt="q", model_a="=one", model_b="=two",
        language="=de", labels={"a": "a", "b": "b"},
    )  # fmt: skip
    for layout in ("votes.toml", "layout.yaml"):
        out = tmp_path / layout.partition(".")[0]
        run(
            "evaluate", "--judgements", path, "--layout", tmp_path / layout, "--out", out, "--slice", "topic", "--quiet"
        )
        (part,) = duel.results(out)["comparisons"][0]["breakdowns"]["slices"]
        assert {row["value"]: row["win_rate"] for row in part["rows"]} == {"x": 1.0, "y": 0.5}
