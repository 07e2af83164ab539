"""A backend from outside of the package: named in a config or on the command line, asked, and in the report."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, backend, backend_traits
from polypref.inference.backend import shared
from polypref.inference.choose import served
from polypref.scripting.own_classes import modules_from
from tests.evaluation import duel
from tests.extending.builds import Extended
from tests.extending.outside import GROUPS, TAGS, Folder, example
from tests.extending.test_rater import ECHO

#: Answers with a mark, and counts; what it was asked stands in a file beside it.
MARKING = """
from pathlib import Path
from polypref.inference import Reply, Usage

class Marking:
    kind, price_in, price_out, cost = "marking", 1.0, 2.0, 0.5

    def __init__(self, mark=""):
        self.mark, self.usage = mark, Usage()

    def run(self, requests):
        for request in requests:
            self.usage.add((3, 4), True)
            with Path(__file__).with_suffix(".asked").open("a", encoding="utf-8") as file:
                file.write(request.messages[-1][1] + "\\n")
            text = request.messages[-1][1] + self.mark if request.kind == "chat" else ""
            yield request, Reply(text, score=float(len(request.messages[-1][1])))
"""
ONE = Request(Model("m"), (("user", "hallo"),))
TWO = Request(Model("m"), (("user", "wie geht es"),))


def backend_of(folder: Folder, text: str, **options: Any) -> Any:
    """The backend Own of a module with this text."""
    folder.module("my_own", text)
    with modules_from(folder.path):
        return served("m", "my_own:Own", **options).backend


def test_a_backend_that_says_nothing_of_tools_is_asked_nothing_with_tools(folder: Folder) -> None:
    tools = Request(Model("m"), ONE.messages, tools='[{"type": "function", "function": {"name": "zeit"}}]')
    turns = Request(Model("m"), ONE.messages, turns='[{"role": "user", "content": "hallo"}]')
    text = """
from polypref.inference import Reply

class Own:
    def run(self, requests):
        for request in requests:
            yield request, Reply(" ".join(request.tool_names) or "none")
"""
    own = backend_of(folder, text)
    results = dict(own.run([ONE, tools, TWO, turns]))
    assert results[ONE] == results[TWO] == Reply("none")
    assert (
        results[tools]
        == results[turns]
        == Failure("tools_not_offered", "backend my_own:Own gives models no tools: it has no tools = True")
    )
    assert len(dict(own.run([tools, turns]))) == 2
    own.inner.tools = True
    assert dict(own.run([tools])) == {tools: Reply("zeit")}


def test_the_backend_that_the_contract_shows_answers(folder: Folder, capsys: Any) -> None:
    file = folder.module("my_backend", example(backend))
    with modules_from(folder.path):
        echo = served("m", "my_backend:Echo").backend
        assert served("m", "my_backend:Echo").backend is echo
    assert dict(echo.run([ONE, TWO])) == {ONE: Reply("hallo"), TWO: Reply("wie geht es")}
    assert f"backend my_backend:Echo runs {file}" in capsys.readouterr().err
    traits = backend_traits(echo)
    assert (traits.kind, traits.page, traits.gpus, traits.at_once, traits.usage) == ("echo", 256, 1, None, None)
    assert shared(echo, 3) is echo


def test_it_answers_and_scores_in_an_evaluation(folder: Folder, capsys: Any) -> None:
    folder.module("my_backend", MARKING)
    asked = {"model": "lab/echo", "revision": "r1", "licence": "mit", "at": "my_backend:Marking"}
    models = [asked | {"name": "marked", "options": {"mark": "!!!"}}, asked | {"name": "bare", "revision": "r2"}]
    folder.config(models=models, judge={"kind": "reward", "model": "lab/length", "at": "my_backend:Marking"})
    duel.run("evaluate", "--config", folder.path / "eval.yaml", "--out", folder.out)
    # Answers of two models, and a score for each of them; usage and cost are told where progress is.
    prompts = len(TAGS) * GROUPS
    assert len((folder.path / "my_backend.asked").read_text("utf-8").splitlines()) == 4 * prompts
    assert "tokens through this server so far, cost 0.50" in capsys.readouterr().err
    results = duel.results(folder.out)
    assert [(one["name"], one["how"], one["answers"]) for one in results["models"]] == [
        (name, "marking", dict.fromkeys(TAGS, GROUPS)) for name in ("marked", "bare")
    ]
    # The longer answer has the higher score.
    assert results["comparisons"][0]["average"]["win_rate"] == 1.0
    assert "marking" in folder.report


def test_it_serves_models_that_do_not_say_and_those_of_a_benchmark(folder: Folder, monkeypatch: Any) -> None:
    folder.module("my_backend", MARKING)
    monkeypatch.chdir(folder.path)
    duel.run(
        *("evaluate", "--set", "prompts.jsonl", "--model", "one", "--model", "{name: weak, stored: weak.jsonl}"),
        *("--at", "my_backend:Marking", "--judge", "relevance", "--languages", "de", "--out", "out", "--quiet"),
    )
    assert len((folder.path / "my_backend.asked").read_text("utf-8").splitlines()) == GROUPS
    duel.lines(
        folder.path / "pairs.jsonl",
        [{"id": n, "language": "de", "prompt": "was?", "chosen": "lang" * 3, "rejected": "kurz"} for n in range(3)],
    )
    duel.run(
        *("evaluate-rm", "lab/length", "--data", "pairs.jsonl", "--at", "my_backend:Marking"),
        *("--out", "benchmark", "--quiet"),
    )
    rewards = pq.read_table(folder.path / "benchmark" / "rewards.parquet")
    assert (
        rewards.select(["chosen_score", "rejected_score"]).to_pylist()
        == [{"chosen_score": 12.0, "rejected_score": 4.0}] * 3
    )


def test_at_of_a_stored_folder_imports_nothing(folder: Folder, capsys: Any) -> None:
    folder.module("my_backend", MARKING)
    folder.config(models=["one", {"name": "weak", "stored": str(folder.path / "weak.jsonl")}], judge="relevance")
    folder.evaluate("--at", "my_backend:Marking")
    del sys.modules["my_backend"]
    sentence = folder.refused(capsys)
    assert "name code, my_backend:Marking, as backend; nothing that stored settings name is run" in sentence
    assert "my_backend" not in sys.modules


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("yield 3", "backend my_own:Own yields 3; let it yield a request and its result"),
        ("yield from ((r, 'text') for r in requests)", "yields 'text' as a result; let it yield a Reply or a Failure"),
        (
            "r = next(requests); yield r, Reply('a'); yield r, Reply('a')",
            "a result for what it was not asked, or twice",
        ),
        (
            "yield Request(Model('x'), ()), Reply('a')",
            "or twice: Request(model=Model(name='x'",
        ),
        ("yield next(requests), Reply('a')", "ended before it gave a result for each request"),
        ("list(requests); yield from ()", "ended before it gave a result for each request"),
        ("yield from ()", "ended before it gave a result for each request"),
        ("yield 1 / 0", "backend my_own:Own, my_own.py line 5, raises ZeroDivisionError: division by zero"),
        ("return None", "backend my_own:Own, my_own.py line 4: run() returns None; yield each request with"),
        ("return 'text'", "run() returns 'text'; yield each request with its Reply or Failure"),
        ("__import__('sys').exit(0)", "my_own.py line 5, raises SystemExit: 0, which would end the program"),
        ("yield from ((r, None) for r in requests)", "yields None as a result; let it yield a Reply or a Failure"),
        ("yield from (({}, Reply('a')) for r in requests)", "a result for what it was not asked, or twice: {}"),
        ("yield from ((r, Reply(3)) for r in requests)", "the text and the finish_reason of a Reply are texts"),
        ("yield from ((r, Reply('a', None)) for r in requests)", "the text and the finish_reason of a Reply are texts"),
        ("yield from ((r, Reply('a', served=3)) for r in requests)", "served of a Reply is a name or None"),
        ("yield from ((r, Reply('a', score=float('nan'))) for r in requests)", "score of a Reply is a finite"),
        ("yield from ((r, Reply('a', score='1')) for r in requests)", "score of a Reply is a finite"),
        (
            "yield from ((r, Reply('a', prompt_tokens=-1)) for r in requests)",
            "prompt_tokens of a Reply is",
        ),
        (
            "yield from ((r, Reply('a', completion_tokens=.5)) for r in requests)",
            "completion_tokens of a Reply is",
        ),
        (
            "yield from ((r, Reply('a', completion_tokens=2**63)) for r in requests)",
            "completion_tokens of a Reply is",
        ),
        ("yield from ((r, Reply('a', finish_reason='\\ud800')) for r in requests)", "are of whole characters"),
        ("yield from ((r, Reply('a', served='\\ud800')) for r in requests)", "are of whole characters"),
        ("yield from ((r, Reply('a', score=10**400)) for r in requests)", "score of a Reply is a finite"),
        (
            "raise __import__('polypref').UserError('own words')",
            "backend my_own:Own, my_own.py line 5: own words",
        ),
        ("yield from ((r, Failure(3)) for r in requests)", "the reason and the detail of a Failure are texts"),
        ("yield from ((r, Failure('a', 3)) for r in requests)", "the reason and the detail of a Failure are texts"),
        ("yield from ((r, Failure(' ')) for r in requests)", "the reason of a Failure is a word fit for counting"),
    ],
)
def test_what_it_does_wrong_is_one_sentence(folder: Folder, body: str, words: str) -> None:
    head = "from polypref.inference import Failure, Model, Reply, Request"
    text = f"{head}\n\nclass Own:\n    def run(self, requests):\n        {body}\n"
    with pytest.raises(UserError) as error:
        list(backend_of(folder, text).run([ONE, TWO]))
    assert words in str(error.value)


def test_an_answer_with_half_a_character_is_that_rows_failure(folder: Folder) -> None:
    text = "from polypref.inference import Reply\n\nclass Own:\n    def run(self, requests):\n"
    own = backend_of(folder, text + "        yield from ((r, Reply('a\\ud800')) for r in requests)\n")
    assert [result.reason for _, result in own.run([ONE, TWO])] == ["lone_surrogate"] * 2


def test_a_request_to_be_scored_needs_a_score(folder: Folder) -> None:
    text = "from polypref.inference import Reply\n\nclass Own:\n    def run(self, requests):\n"
    own = backend_of(folder, text + "        yield from ((r, Reply('good')) for r in requests)\n")
    with pytest.raises(UserError, match="it was to be scored: give the Reply a score"):
        list(own.run([replace(ONE, kind="score")]))


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("raise ValueError('no')", "backend Own, extended.py line "),
        ("__import__('sys').exit(0)", "raises SystemExit: 0, which would end the program"),
        ("yield from ((r, Reply(3)) for r in requests)", "backend Own yields Reply(text=3"),
        ("yield from ()", "backend Own ended before it gave a result for each request"),
    ],
)
def test_a_backend_of_a_builder_script_is_looked_at_as_well(extended: Extended, run: str, words: str) -> None:
    backend = f"class Own:\n    def run(self, requests):\n        {run}\n"
    rater = ECHO.replace("Lengths())", "Own())")
    assert words in extended.refused(backend + rater + "\ndef build(params):\n    return declared(rater=COUNTER)\n")


@pytest.mark.parametrize(
    ("served", "words"),
    [
        ("Served('m', Lengths())", "Served(model='m'): write a Model, as in Model(...)"),
        ("Served(Model('m'), Lengths)", "backend Lengths is a class; write Lengths(...)"),
        ("Served(Model('m'), 3)", "is no backend; it lacks run"),
    ],
)
def test_what_serves_a_model_is_looked_at_where_it_is_declared(extended: Extended, served: str, words: str) -> None:
    rater = ECHO.replace('Served(Model("counting-model", "3", "mit"), Lengths())', served)
    assert rater != ECHO
    assert words in extended.refused(rater + "\ndef build(params):\n    return declared(rater=COUNTER)\n")


def test_what_goes_wrong_where_requests_come_from_is_not_its_fault(folder: Folder) -> None:
    def requests() -> Any:
        yield ONE
        raise OSError("the disk is full")

    folder.module("my_backend", example(backend))
    with modules_from(folder.path), pytest.raises(OSError, match="the disk is full"):
        list(served("m", "my_backend:Echo").backend.run(requests()))


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("class Own: pass", {}, "backend my_own:Own has no method run"),
        ("class Own:\n    async def run(self, r): ...", {}, "my_own.py line 2: its run is async, and nobody awaits it"),
        ("class Other: pass", {}, "my_own.py has no class Own"),
        ("class Own:\n    def run(self, r): ...", {"sped": 1}, "backend my_own:Own has no setting sped; it has none"),
        (
            "class Own:\n    def __init__(self, speed): ...\n    def run(self, r): ...",
            {},
            "backend my_own:Own needs the setting speed",
        ),
    ],
)
def test_what_is_no_backend_is_refused(folder: Folder, text: str, options: Any, words: str) -> None:
    with pytest.raises(UserError) as error:
        backend_of(folder, text, **options)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("attribute", "words"),
    [
        ("page = 'many'", "its page is 'many', which is not a whole number"),
        ("gpus = True", "its gpus is True, which is not a whole number"),
        ("price_in = '1'", "its price_in is '1', which is not a number or None"),
        ("usage = {}", "its usage is {}, which is not a Usage or None"),
        ("at_once = 4", "has at_once but no shared(actors)"),
        ("at_once = 0", "its at_once is 0; give a number of at least 1"),
        ("kind = 5", "its kind is 5, which is not a text"),
        ("kind = 'a\\nb'", "its kind is 'a\\nb'; give it a word, on one line"),
        ("page = 0", "its page is 0; give a number of at least 1"),
        ("price_out = -1", "its price_out is -1; give a number of at least 0"),
        ("cost = float('nan')", "its cost is nan, which is no finite number"),
    ],
)
def test_what_it_says_of_itself_is_looked_at_where_it_is_declared(folder: Folder, attribute: str, words: str) -> None:
    with pytest.raises(UserError) as error:
        backend_of(folder, f"class Own:\n    {attribute}\n    def run(self, requests): ...")
    assert words in str(error.value) and str(error.value).startswith("backend my_own:Own")


def test_what_actors_need_of_it_goes_with_it(folder: Folder) -> None:
    text = """
    class Own:
        page, gpus, at_once = 5, 0, 8
        def __init__(self, most=8): self.most = most
        def shared(self, actors): return Own(self.most // actors)
        def run(self, requests): yield from ()
    """
    own = backend_of(folder, text)
    traits = backend_traits(own)
    assert (traits.page, traits.gpus, traits.at_once) == (5, 0, 8)
    part: Any = shared(own, 4)
    assert part.most == 2
    again = pickle.loads(pickle.dumps(own))
    assert (again.most, again.called, list(again.run([]))) == (8, "backend my_own:Own", [])


@pytest.mark.parametrize(
    ("shared_as", "words"),
    [
        ("shared(self, actors): return actors / 0", "my_own.py line 5, raises ZeroDivisionError: "),
        ("shared(self, actors): __import__('sys').exit(0)", "raises SystemExit: 0, which would end the program"),
    ],
)
def test_what_it_does_wrong_in_its_share_is_one_sentence(folder: Folder, shared_as: str, words: str) -> None:
    text = f"""
    class Own:
        at_once = 8
        def run(self, requests): yield from ()
        def {shared_as}
    """
    with pytest.raises(UserError) as error:
        shared(backend_of(folder, text), 4)
    assert str(error.value).startswith("backend my_own:Own, ") and words in str(error.value)


def test_a_share_that_cannot_be_asked_for_is_refused_where_it_is_declared(folder: Folder) -> None:
    text = """
    class Own:
        at_once = 8
        def run(self, requests): yield from ()
        def shared(self): return self
    """
    with pytest.raises(
        UserError, match=r": its shared is not to be called with \(actors\); write def shared\(self, ac"
    ):
        backend_traits(backend_of(folder, text))


def test_a_backend_that_takes_all_requests_first_is_not_kept_waiting_for_those_with_tools(folder: Folder) -> None:
    text = """
from polypref.inference import Reply

class Own:
    runs = []

    def run(self, requests):
        asked = list(requests)
        self.runs.append(len(asked))
        for request in asked:
            yield request, Reply("yes")
"""
    own = backend_of(folder, text)
    taken = 0

    def requests() -> Iterator[Request]:
        nonlocal taken
        for number in range(2_501):
            taken += 1
            tools = f'[{{"type": "function", "function": {{"name": "zeit_{number}"}}}}]'
            yield Request(Model("m"), ONE.messages, tools=tools)
        yield ONE

    results = own.run(requests())
    assert isinstance(next(results)[1], Failure) and taken == 1_000
    rest = dict(results)
    assert len(rest) == 2_501 and rest.pop(ONE) == Reply("yes")
    assert {one.reason for one in rest.values() if isinstance(one, Failure)} == {"tools_not_offered"}
    assert own.inner.runs == [0, 0, 1]
