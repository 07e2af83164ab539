"""A judge from outside of the package: named in a config, asked, and in the report."""

from __future__ import annotations

import hashlib
import json
import sys
import textwrap
from typing import Any

import pytest

from polypref.evaluation import contract
from tests.evaluation import duel
from tests.extending.outside import GROUPS, TAGS, Folder, example
from tests.inference import loopback
from tests.inference.loopback import Loopback

POLITE = {"kind": "my_judges:Polite", "word": "bitte"}
#: A judge that asks a model, whose reply says which answer is better.
ASKING = """
from dataclasses import dataclass
from polypref.evaluation.contract import Verdict, settled
from polypref.inference import Request, Reply, Sampling, Served
from polypref.inference.ask import ask_all

@dataclass(frozen=True)
class Asking:
    served: Served
    sampling: Sampling = Sampling(max_tokens=7)
    name: str = "asking"
    kind = "llm"
    requests = (1,)
    prompt_name = "my-words"

    @property
    def models(self):
        return (self.served,)

    def judge(self, battles, log, again=False, quiet=False):
        texts = [f"{battle.answer}\\n{battle.other}\\n1 or 2?" for battle in battles]
        requests = [Request(self.served.model, (("user", text),), self.sampling) for text in texts]
        ask_all("judge", self.models, lambda known: [requests], log, again=again, quiet=quiet)
        return [[self.read(result)] for result in log.get_many(requests)]

    def read(self, result):
        if not isinstance(result, Reply):
            return Verdict("", None, "unanswered")
        return Verdict("", float(result.text == "1"), "", result.text)
"""
#: A class whose verdicts are what the test says.
GIVEN = """
from polypref.evaluation.contract import Verdict

class Given:
    name, kind = "given", "given"

    def judge(self, battles, log, again=False, quiet=False):
        return {}
"""


def test_the_judge_that_the_contract_shows_is_asked_and_reported(folder: Folder, capsys: Any) -> None:
    file = folder.module("my_judges", example(contract))
    folder.config(judges=[POLITE, "reference"])
    folder.evaluate()
    assert f"judge my_judges:Polite runs {file}" in capsys.readouterr().err
    own = [row for row in folder.battles() if row["judge"] == "polite"]
    assert len(own) == len(TAGS) * GROUPS
    # The good model's answers say the word once, the weak one's never.
    order = {"first": "", "score": 1.0, "reason": "", "said": "1 against 0"}
    assert [row["orders"] for row in own] == [[order]] * len(own)
    rates = {tag: row["win_rate"] for tag, row in duel.rows(folder.out).items()}
    assert rates == dict.fromkeys(TAGS, 1.0)
    assert "polite: The judge counts one word." in folder.report
    (judge,) = [one for one in duel.results(folder.out)["judges"] if one["name"] == "polite"]
    assert (judge["kind"], judge["model"], judge["orders"]) == ("count", "", 1)
    assert f"polite: count, code {judge['code']}, one order only" in folder.report.replace("\\", "")
    assert judge["code"].startswith("my_judges:Polite ")


def test_a_judge_that_asks_a_model_asks_it_once_and_names_it(folder: Folder, capsys: Any) -> None:
    def says(body: dict[str, Any], _: Any) -> Any:
        assert body["max_tokens"] == 5
        return loopback.chat("1" if duel.MARK in body["messages"][-1]["content"] else "2", body["model"])

    folder.module("my_asking", ASKING)
    with Loopback(says) as server:
        who = {"model": "lab/judge", "revision": "r3", "licence": "mit", "at": server.url}
        folder.config(judge={"kind": "my_asking:Asking", "sampling": {"max_tokens": 5}} | who)
        duel.run("evaluate", "--config", folder.path / "eval.yaml", "--out", folder.out, "--dry-run")
        assert f"asking: {len(TAGS) * GROUPS} verdicts at most\n" in capsys.readouterr().out
        assert server.bodies == []
        folder.evaluate()
        folder.evaluate()
        assert len(server.bodies) == len(TAGS) * GROUPS
    (judge,) = duel.results(folder.out)["judges"]
    facts = {"model": "lab/judge", "revision": "r3", "licence": "mit", "prompt": "my-words", "served": ["lab/judge"]}
    assert {key: judge[key] for key in facts} == facts
    assert judge["sampling"]["max_tokens"] == 5
    assert duel.results(folder.out)["comparisons"][0]["average"]["win_rate"] == 1.0
    # Its kind is that of a language model's, so the report warns as of one.
    assert "A language model judged." in folder.report


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        (POLITE | {"wrd": "x"}, "judge my_judges:Polite has no setting wrd; did you mean word?; it has word, name"),
        ("my_judges:Polit", "my_judges.py has no class Polit; did you mean Polite?"),
        ("my_juges:Polite", "judge: there is no module my_juges, neither in "),
        ("my_judges:settled", "my_judges.py is a function; name a class, which is called with the settings"),
        ("my_judges:MADE", "my_judges.py is no class; name a class"),
        ("builtins:int", "judge builtins:int has no method judge"),
        ("builtins:print", "judge builtins:print: print of module builtins is a function; name a class"),
        ("builtins:no", "judge builtins:no: module builtins has no class no"),
        ({"kind": "my_judges:Failing"}, "judge my_judges:Failing, my_judges.py line "),
        ({"kind": "my_judges:Leaving"}, "raises SystemExit: 0, which would end the program"),
        ({"kind": "my_judges:Polite", "name": "a\nb"}, "its name is 'a\\nb'; give it a text on one line"),
        ({"kind": "my_judges:Half"}, "judge half: its caution holds half a character"),
        ({"kind": "my_exit:Any"}, "judge: module my_exit, my_exit.py line 1, raises SystemExit: 0, which would end"),
        ("refrence", "judge: unknown kind refrence; did you mean reference?"),
        ({"kind": "my_judges:Polite", "name": " "}, "judge my_judges:Polite: its name is ' '; give it a text"),
        ({"kind": "my_judges:Needs"}, "judge my_judges:Needs needs the setting path"),
        ({"kind": "my_judges:Needs", "path": 3}, "judge my_judges:Needs, my_judges.py line "),
        ({"kind": "my_judges:Mute"}, "judge my_judges:Mute has no method judge"),
        (
            {"kind": "my_judges:Few"},
            ": its judge is not to be called with (battles, log, again, quiet); write def judge(self, battles, log, ",
        ),
        ({"kind": "my_judges:Own"}, "judge my_judges:Own, my_judges.py line "),
        ({"kind": "my_judges:Own"}, ": own words"),
        ({"kind": "my_judges:Counts"}, "judge counts: its requests is (-5,); give one whole number of at least 0"),
        ({"kind": "my_judges:Counts", "requests": (1, 2, 3)}, "judge counts: its requests is (1, 2, 3); give one"),
        ({"kind": "my_judges:Counts", "requests": (3, 1)}, "judge counts: its requests is (3, 1); give one"),
        (
            {"kind": "my_judges:Counts", "requests": (), "orders": 7},
            "judge counts: its orders_asked is 7; give 1, or 2 for both orders",
        ),
        ({"kind": "my_judges:Loud"}, "judge loud: its caution is 7, which is not a text"),
        ({"kind": "my_asking:Asking"}, "judge my_asking:Asking: name its model"),
        ({"kind": "my_broken:Any"}, "judge: module my_broken, my_broken.py line 2, raises ZeroDivisionError: "),
        ({"kind": "my_typo:Any"}, "judge: module my_typo, my_typo.py line 2, raises SyntaxError: "),
        ({"kind": "my_lack:Any"}, "judge: module my_lack, my_lack.py line 1, raises ModuleNotFoundError: "),
        ({"kind": "json:Any"}, "json.py is hidden by the module json of "),
    ],
)
def test_what_is_wrong_with_it_is_one_sentence(folder: Folder, capsys: Any, judge: Any, words: str) -> None:
    more = """
    class Needs:
        name, kind = "needs", "x"
        def __init__(self, path): self.path = path.strip()
        def judge(self, battles, log, again, quiet): return []

    class Mute:
        name, kind = "mute", "x"

    class Failing(Mute):
        name = property(lambda self: 1 / 0)
        def judge(self, battles, log, again, quiet): return []

    class Leaving(Failing):
        name = "leaving"
        def __init__(self): __import__("sys").exit(0)

    MADE = Mute()

    class Half(Mute):
        name, caution = "half", chr(0xD800)
        def judge(self, battles, log, again, quiet): return []

    class Loud(Needs):
        name, caution = "loud", 7
        def __init__(self): pass

    class Few(Mute):
        def judge(self, battles): return []

    class Own(Loud):
        def __init__(self):
            raise __import__("polypref").UserError("own words")

    class Counts(Loud):
        name, caution = "counts", ""
        def __init__(self, requests=(-5,), orders=1):
            self.requests, self.orders_asked = tuple(requests), orders
    """
    folder.module("my_judges", example(contract) + "\n" + textwrap.dedent(more))
    folder.module("my_asking", ASKING)
    folder.module("my_broken", "\n1 / 0\n")
    folder.module("my_typo", "\nclass :\n")
    folder.module("my_lack", "import no_such_package\n")
    folder.module("json", "")
    folder.module("my_exit", "import sys; sys.exit(0)\n")
    folder.config(judge=judge)
    assert words in folder.reports(capsys)
    assert not folder.out.exists()


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ("[]", "judge my_given:Given gives [] for 6 battles; give a list of verdicts for each"),
        ("None", "gives None for 6 battles"),
        ("[[]] * 6", "must give one verdict for each battle, or two"),
        ("[[Verdict('', 1.0)] * 2] + [[Verdict('', 1.0)]] * 5", "must give one verdict for each battle, or two"),
        ("[[Verdict('', 1.0)] * 2] * 6", "of two verdicts the first is of the order that shows the model first"),
        ("[[Verdict('A', 1.0)]] * 6", "first is 'A'; give model, other, or nothing"),
        ("[[Verdict('', 2.0)]] * 6", "the score is 2.0; give 1 for won"),
        ("[[Verdict('', float('nan'))]] * 6", "the score is nan; give 1 for won"),
        ("[[Verdict('', True)]] * 6", "the score is True; give 1 for won"),
        ("[[Verdict('', None)]] * 6", "a verdict without a score needs a reason"),
        ("[[1.0]] * 6", "1.0 is no Verdict"),
        ("[[Verdict('', 10**400)]] * 6", "give 1 for won"),
        ("[[Verdict('', 1.0, 'sure')]] * 6", "it has the score 1.0 and the reason 'sure'; a reason says why there is"),
        ("[[Verdict('', None, 'a\\nb')]] * 6", "is no word fit for counting, on one line"),
        ("[[Verdict('', None, '\\ud800')]] * 6", "is no word fit for counting, on one line"),
        ("battles.clear() or []", "gives [] for 6 battles"),
        ("__import__('sys').exit(0)", "my_given.py line 8, raises SystemExit: 0, which would end the program"),
        ("battles[0].answers", "my_given.py line 8, raises AttributeError: 'Battle' object has no attribute"),
    ],
)
def test_verdicts_that_are_none_are_named(folder: Folder, capsys: Any, verdicts: str, words: str) -> None:
    folder.module("my_given", GIVEN.format(verdicts))
    folder.config(judge="my_given:Given")
    assert words in folder.reports(capsys)
    assert not (folder.out / "battles.parquet").exists()


def test_verdicts_in_both_orders_and_those_without_a_score_count(folder: Folder) -> None:
    both = "[Verdict('model', 1.0), Verdict('other', 0.5)]"
    none = "[Verdict('model', None, 'asleep'), Verdict('other', None, 'asleep')]"
    folder.module("my_given", GIVEN.format(f"[{both}] * 3 + [{none}] * 3"))
    folder.config(judge="my_given:Given", reading="mean")
    folder.evaluate()
    (comparison,) = duel.results(folder.out)["comparisons"]
    # The three prompts of one language are won by 0.75 each, those of the other have no verdict.
    assert [(row["win_rate"], row["scored"]) for row in comparison["rows"]] == [(0.75, 3), (None, 0)]
    assert comparison["reasons"] == {"asleep": 6}


@pytest.mark.parametrize(("given", "claimed", "orders"), [(1, 2, 1), (2, 1, 2)])
def test_the_report_says_in_how_many_orders_verdicts_were_given(
    folder: Folder, given: int, claimed: int, orders: int
) -> None:
    verdicts = "[Verdict('model', 1.0), Verdict('other', 1.0)]" if given == 2 else "[Verdict('', 1.0)]"
    text = GIVEN.replace("{}", f"[{verdicts}] * len(battles)")
    folder.module("my_given", text.replace("    name,", f"    orders_asked = {claimed}\n    name,"))
    folder.config(judge="my_given:Given")
    folder.evaluate()
    assert [one["orders"] for one in duel.results(folder.out)["judges"]] == [orders]
    words = ["one order only", "both orders"]
    assert words[orders - 1] in folder.report and words[2 - orders] not in folder.report


def test_null_is_none_and_no_default(folder: Folder) -> None:
    text = GIVEN.replace("{}", "[[Verdict('', None, self.word)]] * len(battles)")
    init = "    def __init__(self, word='default'): self.word = repr(word)\n\n    def judge"
    folder.module("my_given", text.replace("    def judge", init))
    folder.config(judge={"kind": "my_given:Given", "word": None})
    folder.evaluate()
    assert duel.results(folder.out)["comparisons"][0]["reasons"] == {"None": len(TAGS) * GROUPS}


def test_settings_of_a_folder_import_nothing(folder: Folder, capsys: Any, monkeypatch: Any) -> None:
    mark = folder.path / "was-imported"
    imports = f"from pathlib import Path\nPath({str(mark)!r}).touch()\n"
    folder.module("my_judges", imports + example(contract))
    config = folder.config(judge=POLITE)
    folder.evaluate()
    stored = json.loads((folder.out / "evaluation.json").read_text("utf-8"))["config"]
    assert stored["judge"] == POLITE
    monkeypatch.chdir(folder.path)
    for words in ((), ("--step", "report"), ("--dry-run",)):
        mark.unlink(missing_ok=True)
        sys.modules.pop("my_judges", None)
        sentence = folder.refused(capsys, *words)
        assert "name code, my_judges:Polite, as judge; nothing that stored settings name is run" in sentence
        assert "--config" in sentence and not mark.exists()
    duel.run("evaluate", "--config", config, "--out", folder.out, "--quiet")
    assert mark.exists()
    # Words of the command line are the user's own.
    mark.unlink()
    sys.modules.pop("my_judges", None)
    models = [f"{{name: {name}, stored: {name}.jsonl}}" for name in ("good", "weak")]
    flags = ("--set", "prompts.jsonl", "--model", models[0], "--model", models[1], "--judge", "my_judges:Polite")
    duel.run("evaluate", *flags, "--out", folder.path / "other", "--quiet")
    assert mark.exists()


def test_modules_of_the_configs_folder_are_found_while_they_load_and_not_after(folder: Folder) -> None:
    (folder.path / "lab").mkdir()
    (folder.path / "lab" / "__init__.py").touch()
    (folder.path / "lab" / "words.py").write_text("WORD = 'bitte'\n", "utf-8")
    text = example(contract).replace('word: str = "please"', "word: str = WORD")
    (folder.path / "lab" / "judges.py").write_text("from .words import WORD\n" + text, "utf-8")
    folder.config(judge="lab.judges:Polite")
    before = list(sys.path)
    folder.evaluate()
    assert sys.path == before
    assert {row["orders"][0]["said"] for row in folder.battles()} == {"1 against 0"}


def test_a_prompt_of_ones_own(folder: Folder) -> None:
    path = folder.path / "kurz-1.txt"
    path.write_text(
        "Written by somebody, CC0.\n=== user ===\nWelche Antwort ist besser?\n{{conversation}}\n{{answers}}\n"
        "Schreibe [[A {{code}}]], [[B {{code}}]] oder [[C {{code}}]].\n",
        "utf-8",
    )
    judge = duel.Judge()
    with Loopback(judge) as server:
        folder.config(judge=duel.judged_by(server.url, prompt=str(path)))
        folder.evaluate()
        asked = [loopback.last_turn(body) for body in server.bodies]
    assert len(asked) == 2 * len(TAGS) * GROUPS and all("Welche Antwort ist besser?" in text for text in asked)
    (facts,) = duel.results(folder.out)["judges"]
    assert (facts["prompt"], facts["prompt_sha256"]) == ("kurz-1", hashlib.sha256(path.read_bytes()).hexdigest())
    assert "prompt kurz-1" in folder.report.replace("\\", "")
    assert duel.results(folder.out)["comparisons"][0]["average"]["win_rate"] == 1.0


def test_half_a_character_in_what_a_judge_wrote_is_written_out(folder: Folder) -> None:
    folder.module("my_given", GIVEN.replace("{}", "[[Verdict('', 1.0, '', 'good\\ud800')]] * 6"))
    folder.config(judge="my_given:Given")
    folder.evaluate()
    assert {row["orders"][0]["said"] for row in folder.battles()} == {"good\\ud800"}
