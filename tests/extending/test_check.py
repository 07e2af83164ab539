"""Checks of somebody's own, as CONTRIBUTING says: run in workers, and their verdicts in the dataset."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.extending.builds import IN_WORKERS_TOO, PROMPTS, Extended

CHECK = '''
@dataclass(frozen=True)
class Threes:
    """Rejects and flags by the number that an answer begins with."""

    reject: int = 3
    name: ClassVar[str] = "threes"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "numbers that can be divided"
    thresholds: ClassVar[dict[str, str]] = {"reject": "as in the book"}

    def __call__(self, batch):
        for row, text in enumerate(batch.texts("chosen")):
            number = int(text.split()[0])
            if number % self.reject == 0:
                yield row, Reject("divided", str(number))
            elif number % 2 == 0:
                yield row, Flag("even")


def build(params):
    return declared(filters=(Threes(),))
'''


@pytest.mark.slow
def test_a_check_rejects_and_flags_with_two_workers_as_with_one(
    extended: Extended, contents: Callable[[Path], dict[str, str]]
) -> None:
    dataset = extended.build(CHECK, workers=2)
    kept = [n for n in range(PROMPTS) if n % 3]
    assert dataset.funnel("filter", "rejected") == {"threes: divided": 2 * (PROMPTS - len(kept))}
    assert len(dataset.rows) == 2 * len(kept)
    for row in dataset.rows:
        assert row["flags"] == ([] if int(row["chosen"][0]["content"].split()[0]) % 2 else ["even"])
    assert dataset.record["settings"]["builder"]["filters"] == [{"class": "Threes", "reject": 3}]
    assert dataset.record["checks"] == [{"name": "threes", "version": 1, "summary": "numbers that can be divided"}]
    assert "threes: divided" in dataset.card and "threes (numbers that can be divided)." in dataset.card
    # And in this process the same bytes.
    assert len(list(dataset.out.glob(".polypref/filter-*/filtered-*.parquet"))) > 1, "the test needs several buckets"
    several = contents(dataset.out)
    shutil.rmtree(dataset.out)
    assert contents(extended.build(CHECK).out) == several


@pytest.mark.slow
@IN_WORKERS_TOO
def test_a_check_that_raises_is_named_with_the_pair_that_it_raised_at(extended: Extended, workers: int) -> None:
    broken = CHECK.replace("int(text.split()[0])", "(int(text.split()[0]) if not text.startswith('7 ') else None)")
    sentence = extended.refused(broken) if workers == 1 else extended.ended(broken)
    assert sentence.startswith("check 'threes', pair ")
    assert "raises TypeError: unsupported operand" in sentence
    pair, _, rest = sentence.removeprefix("check 'threes', pair ").partition(" ")
    assert rest.startswith("(Threes, extended.py line ")
    whole = extended.build(CHECK)
    answers = {row["pair_id"]: row["chosen"][0]["content"] for row in whole.rows}
    assert answers[pair] == "7 short"


ONE_LINE = """
LIMIT = 15

def odd(text):
    return int(text.split()[0]) % 2

def build(params):
    lowest = 4
    return declared(filters=(
        FunctionCheck(lambda row: "low" if int(row["chosen"].split()[0]) < lowest else None),
        FunctionCheck(lambda row: int(row["chosen"].split()[0]) > LIMIT, name="high"),
        FunctionCheck(lambda row: row["language"] == "de" and odd(row["chosen"]) and "odd_german", "odd", "flag"),
        RegexCheck("tens", r"^1[0-5] ", reason="begins_with_ten"),
    ))
"""


@pytest.mark.slow
@IN_WORKERS_TOO
def test_checks_of_one_line_run_and_again_when_they_change(extended: Extended, workers: int) -> None:
    dataset = extended.build(ONE_LINE, workers)
    low, high, tens = 4, PROMPTS - 16, 6
    assert dataset.funnel("filter", "rejected") == {
        "function_check: low": 2 * low,
        "high: high": 2 * high,
    }
    # A pattern is looked for in answers, before there are pairs: in both of each prompt.
    assert dataset.funnel("check", "rejected_only") == {"tens: begins_with_ten": 4 * tens}
    assert dataset.funnel("filter", "flagged") == {"odd_german": 3}
    assert {row["chosen"][0]["content"][0] for row in dataset.rows} == set("456789")
    # Another value outside, another function that is called: the same text of the lambdas, other verdicts.
    assert extended.build(ONE_LINE.replace("LIMIT = 15", "LIMIT = 17")).funnel("filter", "rejected")["high: high"] == 4
    fewer = extended.build(ONE_LINE.replace("% 2", "% 5 == 0"))
    assert fewer.funnel("filter", "flagged") == {"odd_german": 1}


@pytest.mark.slow  # tests/scripting/test_functions.py does it without a build
def test_what_a_function_cannot_take_to_workers_is_said(extended: Extended) -> None:
    sentence = extended.ended(
        """
def build(params):
    lock = __import__("threading").Lock()
    return declared(filters=(FunctionCheck(lambda row: lock and None, name="locked"),))
"""
    )
    assert sentence.startswith("FunctionCheck 'locked': its function takes 'lock' from the function around it")
    assert "at the top of the builder script, or build with workers=1 (--workers 1)" in sentence


#: What a check does with its batch, and what is said of it.
BODY = """
@dataclass(frozen=True)
class Mine:
    name: ClassVar[str] = "mine"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "for a test"
    thresholds: ClassVar[dict[str, str]] = {}

    def __call__(self, batch):
        BODY


def build(params):
    return declared(filters=(Mine(), FunctionCheck(lambda row: row["chosen"] == "changed", name="after")))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("batch.column('chosen')[1] = 'changed'; return []", "changes column chosen of the batch"),
        ("batch.texts('rejected').pop(); return []", "changes column rejected of the batch"),
        ("batch.column('prompt')[0][0]['content'] = 'x'; return []", "changes column prompt of the batch"),
        ("batch.column('pair_id')[0] = 3; return []", "changes column pair_id of the batch"),
        ("batch.texts('prompt')[1] = 'changed'; return []", "changes column prompt of the batch"),
        ("batch.prompts.clear(); return []", "changes column prompt of the batch"),
        ("batch.proses('chosen')[0] = 'x'; return []", "changes column chosen of the batch"),
        ("batch.proses('prompt')[0] = 'x'; return []", "changes column prompt of the batch"),
        ("import polypref; raise polypref.UserError('own words')", "(Mine, extended.py line "),
        ("import polypref; raise polypref.UserError('own words')", "): own words"),
        ("return None", "returns NoneType; yield (row, Reject(reason)) or (row, Flag(name))"),
        ("return {0: Reject('x')}", "returns dict; yield (row, Reject(reason))"),
        ("return [(True, Reject('x'))]", "with a row of the batch, 0 to "),
        ("return [(len(batch), Reject('x'))]", "with a row of the batch, 0 to "),
        ("return [(0, Reject('x', 3))]", "its detail is int, write a text or None"),
        ("return [(0, Reject('x\\ny'))]", "its reason is counted by: write a text of 1 to 200 characters on one line"),
        ("return [(0, Reject('\\ud800'))]", "its reason is counted by"),
        ("return [(0, Reject('x' * 201))]", "its reason is counted by"),
        ("return [(0, Flag(' '))]", "its name is counted by"),
        ("import sys; sys.exit(0)", "raises SystemExit: 0, which would end the program; raise an error"),
        ("raise type('Own', (BaseException,), {})('over')", "raises Own: over"),
    ],
)
def test_what_is_wrong_with_what_a_check_does_is_one_sentence(extended: Extended, body: str, words: str) -> None:
    sentence = extended.refused(BODY.replace("BODY", body))
    assert sentence.startswith("check 'mine'") and words in sentence


@pytest.mark.slow  # tests/engines/test_local.py does it without a build
def test_a_check_that_ends_the_program_in_a_worker_does_not_look_like_success(extended: Extended) -> None:
    assert "check 'mine'" in extended.ended(BODY.replace("BODY", "import sys; sys.exit(0)"))


def test_half_a_character_in_a_detail_is_written_out(extended: Extended) -> None:
    dataset = extended.build(BODY.replace("BODY", "return [(0, Reject('cut', 'a\\ud800'))]"))
    assert set(dataset.funnel("filter", "rejected")) == {"mine: cut"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("row['prompt'].clear()", "changes column prompt of the batch"),
        ("__import__('sys').exit()", "raises SystemExit: None, which would end the program"),
        ("__import__('numpy').ones(2)", "raises ValueError: The truth"),
        ("(_ for _ in ()).throw(__import__('polypref').UserError('own words'))", "(extended.py line "),
        ("(_ for _ in ()).throw(__import__('polypref').UserError('own words'))", "): own words"),
        ("Reject(3)", "its reason is counted by"),
    ],
)
def test_what_is_wrong_with_a_checks_function_is_one_sentence(extended: Extended, function: str, words: str) -> None:
    body = f"\ndef build(params):\n    return declared(filters=(FunctionCheck(lambda row: {function}, name='mine'),))\n"
    sentence = extended.refused(body)
    assert sentence.startswith("check 'mine'") and words in sentence
