"""What a config says wrongly: one sentence each."""

import pytest

from tests.evaluation import duel

GOOD = {"name": "good", "stored": "good.jsonl"}


WEAK = {"name": "weak", "stored": "weak.jsonl"}


BASE = {"set": "prompts.jsonl", "models": [GOOD, WEAK], "judge": "relevance", "languages": "de,he", "resamples": 100}


LAYOUT = {"form": "winner", "columns": "w", "prompt": "id", "model_a": "=x", "model_b": "=y"} | {
    "labels": {"A": "a", "B": "b"}
}


GAMES = {"path": "games.jsonl", "layout": LAYOUT}


LLM = {"kind": "llm", "model": "j", "at": "http://127.0.0.1:9/v1"}


KEY = "hf_" + "qRzVtLbNcWkXjHsDmFgPyQaTeUoKiZxBvL"


# What differs from BASE -> words of the sentence.
CONFIGS = [
    ({"readng": "tie"}, "unknown key readng; did you mean 'reading'? There are against"),
    ({"limt": 3}, "unknown key limt; did you mean 'limit'?"),
    ({"limit": 3, "sample": 3}, "sample is the old name of limit; give limit alone"),
    ({"against": ["de", "he"]}, "against: de, he are 2 languages; consistency is measured against one, name that one"),
    ({"against": "de,he"}, "against: de, he are 2 languages"),
    ({"name": 5}, "evaluation: name is 5; give a text, in quotes where it looks like a number"),
    ({"remarks": ["a", 5]}, "remarks is 5; give a text"),
    ({"slices": [["a", "b"]]}, "slices (--slice) is ['a', 'b']; give one text"),
    ({"models": [GOOD | {"revision": 0.10}, WEAK]}, "model: revision is 0.1; give a text, in quotes"),
    ({"models": [GOOD | {"licence": ["mit", "cc0"]}, WEAK]}, "model: licence is ['mit', 'cc0']; give one text"),
    ({"models": [GOOD | {"name": 7}, WEAK]}, "model: name is 7; give a text, in quotes"),
    ({"models": [GOOD | {"stored": ["good.jsonl"]}, WEAK]}, "model: stored is ['good.jsonl']; give one text"),
    (
        {"models": [GOOD | {"columns": {"answer": ["a", "b"]}}, WEAK]},
        "columns of model good: answer is ['a', 'b']; give",
    ),
    ({"judge": LLM | {"prompt": 5}}, "judge of the kind llm: prompt is 5; give a text"),
    ({"judge": LLM | {"at": ["http://a/v1", "http://b/v1"]}}, "at is ['http://a/v1', 'http://b/v1']; give one text"),
    ({"judge": LLM | {"options": {"price_in": -1}}}, "price_in=-1): write a number of at least 0"),
    ({"judge": LLM | {"options": {"served_as": 5}}}, "served_as is 5; give the name by which the server serves"),
    (
        {"name": "one\ntwo"},
        "the name of the evaluation stands in what is published and holds a sign",
    ),
    (
        {"models": [GOOD | {"name": "a \u202eb"}, WEAK]},
        "the name of a model stands in what is published",
    ),
    ({"models": [GOOD | {"name": KEY}, WEAK]}, "must not be published (secret)"),
    ({"models": [GOOD | {"name": "x" * 301}, WEAK]}, "has 301 characters; write at most 300"),
    ({"limit": 0}, "limit: 0 is no number of prompts; give 1 or more"),
    ({"set": None}, "needs a set"),
    ({"models": None}, "two models"),
    ({"judge": None}, "and a judge"),
    ({"models": [GOOD]}, "two models"),
    ({"sets": ["prompts.jsonl"]}, "set or sets, not both"),
    ({"models": [GOOD, WEAK | {"name": "good"}]}, "two models are called 'good'"),
    ({"judge": ["relevance", "relevance"]}, "two judges are called 'relevance-baseline'"),
    ({"set": ["prompts.jsonl", "prompts.jsonl"]}, "two sets are called 'prompts'"),
    ({"pairs": [["good", "bad"]]}, "no model is called 'bad'"),
    ({"pairs": [["good", "good"]]}, "compared with itself"),
    ({"pairs": [["good", "weak"], ["weak", "good"]]}, "compared twice"),
    ({"pairs": "some"}, "or the word all"),
    ({"pairs": [["good", "weak", "good"]]}, "pairs: ['good', 'weak', 'good']; give lists of two"),
    ({"pairs": "x"}, "pairs: 'x'; give lists of two"),
    ({"sample": 0}, "limit: 0"),
    ({"sample": -2}, "limit: -2"),
    ({"sample": "few"}, "limit: 'few'"),
    ({"sample": True}, "limit: True"),
    ({"seed": -1}, "seed"),
    ({"seed": "x"}, "seed: 'x'"),
    ({"level": 95}, "level: 95 is no share between 0 and 1; write it as in 0.95"),
    ({"level": 0.9, "resamples": 0}, "resamples: 0 is too few; give 100 or more"),
    ({"resamples": "x"}, "resamples: 'x' is no whole number"),
    ({"level": 1.5}, "level: 1.5"),
    ({"resamples": 3}, "resamples"),
    ({"reading": "both"}, "reading is tie or mean, not both"),
    ({"reading": ["tie"]}, "reading is tie or mean"),
    ({"missing": "lost"}, "missing is exclude"),
    ({"languages": "de,xx-nonsense"}, "xx-nonsense"),
    ({"languages": 3}, "languages: 3"),
    ({"languages": []}, "languages: []"),
    ({"seen": "Klingon"}, "Klingon"),
    ({"seen": {"de": 1}}, "seen"),
    ({"languages": "ja"}, "no usable prompt in ja"),
    ({"set": "nowhere.jsonl"}, "no evaluation set 'nowhere.jsonl'"),
    ({"set": "m-arenahard"}, "did you mean"),
    ({"set": {"path": "nowhere.jsonl"}}, "there is no nowhere.jsonl"),
    ({"set": {"path": "prompts.jsonl", "prompt": "text"}}, "no column 'text'"),
    ({"set": {"path": "prompts.jsonl", "promt": "text"}}, "unknown key promt"),
    ({"set": 5}, "set"),
    ({"set": "broken.jsonl"}, "broken.jsonl:1 cannot be read: not_json"),
    ({"set": "empty.jsonl"}, "is empty: empty.jsonl holds no row"),
    ({"models": [GOOD, {"name": "weak", "stored": "nowhere.jsonl"}]}, "no stored answers at nowhere.jsonl"),
    ({"models": [GOOD, WEAK | {"columns": {"answer": "said"}}]}, "no column 'said'"),
    ({"models": [GOOD, WEAK | {"columns": {"answers": "said"}}]}, "unknown key answers"),
    ({"models": [GOOD, WEAK | {"columns": {"answer": 3}}]}, "columns of model weak: answer is 3; give a text"),
    ({"models": [GOOD, WEAK | {"columns": "answer"}]}, "columns"),
    ({"models": [GOOD, WEAK | {"at": "vllm"}]}, "at says nothing where answers are stored"),
    ({"models": [GOOD, WEAK | {"temprature": 1}]}, "unknown key temprature"),
    ({"models": [GOOD, {"model": "x", "columns": {}}]}, "belongs to stored answers"),
    ({"models": [GOOD, {}]}, "name"),
    ({"models": [GOOD, {"name": "x", "stored": ""}]}, "stored"),
    ({"models": [GOOD, 7]}, "model"),
    (
        {"models": [GOOD, {"model": "x", "at": "localhost:8000"}]},
        "model x: 'localhost:8000' is no way to serve a model",
    ),
    ({"judge": LLM | {"at": "localhost:8000"}}, "judge of the kind llm: model "),
    ({"models": [GOOD, {"model": "weightless", "at": "transformers"}]}, "weightless holds no weights"),
    ({"models": [GOOD, {"model": "x", "at": LLM["at"], "options": {"patients": 3}}]}, "no setting patients"),
    ({"models": [GOOD, {"model": "x", "at": LLM["at"], "options": ["patience"]}]}, "options"),
    ({"models": [GOOD, {"model": "x", "at": LLM["at"], "options": {"patience": [3]}}]}, "patience has several values"),
    ({"models": [GOOD, {"model": "x", "at": LLM["at"], "options": {"timeout": "long"}}]}, "timeout"),
    (
        {"models": [GOOD, {"model": "x", "at": LLM["at"], "sampling": {"temperature": "hot"}}]},
        "temperature is 'hot', no number",
    ),
    ({"models": [GOOD, {"model": "x", "at": LLM["at"], "sampling": {"top_k": 3}}]}, "unknown key top_k"),
    ({"models": [GOOD, {"model": "x", "at": LLM["at"], "sampling": {"max_tokens": 0}}]}, "max_tokens"),
    ({"judge": "rewrd"}, "unknown kind rewrd"),
    (
        {"judge": "org/small"},
        "no kind of judge; a model that judges is given by keys, as in {kind: llm, model: org/small,",
    ),
    ({"judge": {"kind": "llm"}}, "name its model"),
    ({"judge": {"kind": "reference", "model": "x"}}, "unknown key model"),
    ({"judge": LLM | {"prompt": "aya-9"}}, "no judge prompt 'aya-9'"),
    ({"judge": LLM | {"prompt": 9}}, "judge of the kind llm: prompt is 9; give a text"),
    ({"judge": LLM | {"prompt": "nowhere.txt"}}, "cannot read the judge prompt"),
    ({"judge": LLM | {"prompt": "bare.txt"}}, "lacks the slot"),
    ({"judge": LLM | {"orders": "three"}}, "both orders or one"),
    ({"judge": LLM | {"orders": ["one"]}}, "both orders or one"),
    ({"judge": LLM | {"attempts": 0}}, "at least once"),
    ({"judge": LLM | {"attempts": "two"}}, "attempts"),
    ({"judge": {"kind": "reward", "model": "x", "at": LLM["at"], "tie_within": "near"}}, "tie_within"),
    ({"judge": {"kind": "stored", "path": "games.jsonl"}}, "its columns as layout"),
    ({"judge": {"kind": "stored", "path": "games.jsonl", "layout": ["x"]}}, "layout"),
    ({"judge": {"kind": "stored", "path": "nowhere.jsonl", "layout": LAYOUT}}, "there is no file nowhere.jsonl"),
    ({"judge": {"kind": "stored", "path": "games.jsonl", "layout": LAYOUT}}, "no game of good against weak"),
]


JUDGEMENTS = [
    (GAMES | {"path": "nowhere.jsonl"}, "nowhere.jsonl"),
    (GAMES | {"path": "here.txt"}, "here.txt ends in none of the known ways"),
    ({"path": "games.jsonl"}, "path, and layout"),
    (GAMES | {"layout": "winner"}, "there is no file and no layout winner; name one of"),
    (GAMES | {"lang": "de"}, "unknown key lang"),
    ("games.jsonl", "judgements"),
    (GAMES | {"pairs": [["x", "z"]]}, "no game of x against z"),
    (GAMES | {"pairs": ["x"]}, "lists of two"),
    (GAMES | {"pairs": "all"}, "lists of two"),
    (GAMES | {"layout": LAYOUT | {"columns": "winner"}}, "no column 'winner'"),
    (GAMES | {"layout": LAYOUT | {"colums": "w"}}, "unknown key colums"),
    (GAMES | {"layout": {"form": "winner"}}, "columns is missing; name the column as the file does"),
    (GAMES | {"layout": {"columns": "w"}}, "form is missing; one of winner, text, scores, ranking, preference"),
    (GAMES | {"layout": LAYOUT | {"form": "verdict"}}, "unknown form verdict"),
    (GAMES | {"layout": LAYOUT | {"form": "scores"}}, "two scores in one column"),
    (GAMES | {"layout": LAYOUT | {"columns": ["w", "v"]}}, "names 2 columns"),
    (GAMES | {"layout": LAYOUT | {"columns": 3}}, "no column '3'"),
    (GAMES | {"layout": LAYOUT | {"prompt": []}}, "name the columns"),
    (GAMES | {"layout": LAYOUT | {"labels": ["A"]}}, "labels"),
    (GAMES | {"layout": LAYOUT | {"pattern": "("}}, "no regular expression"),
    (GAMES | {"layout": LAYOUT | {"labels": {}}}, "labels mean nothing by themselves"),
    (GAMES | {"layout": LAYOUT | {"weights": {"A": 3}}}, "weights of games"),
    (GAMES | {"layout": LAYOUT | {"range": [1]}}, "layout: range: [1]; give two values"),
    (GAMES | {"layout": LAYOUT | {"keep": "best"}}, "keep"),
]


def refuse(here, capsys, config, words):
    message = duel.refused(capsys, "evaluate", "--config", config, "--out", here / "out", "--quiet")
    assert words in message
    assert not [name for name in duel.FILES if (here / "out" / name).exists()]
    return message


@pytest.mark.slow
@pytest.mark.parametrize(("more", "words"), CONFIGS)
def test_configs(here, capsys, more, words):
    keys = {key: value for key, value in (BASE | more).items() if value is not None}
    refuse(here, capsys, duel.config(here / "c.yaml", **keys), words)


@pytest.mark.parametrize(("given", "words"), JUDGEMENTS)
def test_judgements(here, capsys, given, words):
    refuse(here, capsys, duel.config(here / "c.yaml", judgements=given), words)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"readng": 1}, "unknown key readng"),
        ({"reading": "both"}, "reading is"),
        ({"models": [{"at": "x"}]}, "judgements: model is a name here, as the file or the report has it, not {'at'"),
        ({"limit": 3}, "limit says what models or judges are asked, and the verdicts are there; leave limit out, or"),
        ({"sample": 3}, "limit says what models or judges are asked, and the verdicts are there; leave limit out, or"),
    ],
)
def test_settings_beside_judgements(here, capsys, more, words):
    refuse(here, capsys, duel.config(here / "c.yaml", judgements=GAMES, **more), words)


def test_what_cannot_be_understood_leaves_no_folder(here, capsys):
    refuse(here, capsys, duel.config(here / "c.yaml", **BASE | {"seed": -1}), "seed")
    assert not (here / "out").exists()
