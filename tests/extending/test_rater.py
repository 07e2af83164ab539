"""Raters of somebody's own, as CONTRIBUTING says: asked in workers, and their scores and cautions in the dataset."""

import statistics

import pytest

from polypref.cli import main
from tests.extending.builds import IN_WORKERS_TOO, PROMPTS, Extended

#: Prefers the longer answer; the sources' own scores prefer the shorter one.
LENGTH = '''
@dataclass(frozen=True)
class Longer:
    """A rater without a model."""

    scale: float = 1.0
    name: ClassVar[str] = "longer"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = "Only length counts in these scores."

    def rate(self, prompts, completions):
        columns = (completions[c].to_pylist() for c in ("prompt_id", "completion_id", "text"))
        return ratings(self.name, ((p, c, self.scale * len(text)) for p, c, text in zip(*columns)))
'''
FITTED = (
    LENGTH.replace("def rate(self, prompts, completions):", "def rate(self, prompts, completions, fitted):")
    .replace("self.scale * len(text)) for", "len(text) / fitted[tags[p]]) for")
    .replace(
        "        columns =",
        '        tags = {row["prompt_id"]: row["language"] for row in prompts.to_pylist()}\n        columns =',
    )
    + """
    def fit(self, texts):
        return max(map(len, texts))
"""
)
ECHO = '''
@dataclass(frozen=True)
class Lengths:
    """A model that answers with the number of characters of what it is asked."""

    def run(self, requests):
        for request in requests:
            yield request, Reply(str(len(request.messages[-1][1])))


@dataclass(frozen=True)
class Asking:
    """A rater that asks a model."""

    served: Served
    version: ClassVar[int] = 1
    table: ClassVar[str] = "ratings"
    caution: ClassVar[str] = "A model counted the characters."

    @property
    def name(self):
        return "counter"

    @property
    def models(self):
        return (self.served,)

    def _asked(self, bucket):
        for row in bucket.completions.to_pylist():
            yield row, Request(self.served.model, (("user", row["text"]),))

    def requests(self, bucket, known):
        for _, request in self._asked(bucket):
            yield request

    def collect(self, bucket, known):
        rated, rejected = [], []
        tags = dict(zip(bucket.prompts["prompt_id"].to_pylist(), bucket.prompts["language"].to_pylist()))
        for row, request in self._asked(bucket):
            (result,) = known([request])
            if isinstance(result, Reply):
                rated.append((row["prompt_id"], row["completion_id"], float(result.text)))
            else:
                rejected.append((tags[row["prompt_id"]], row["completion_id"], "unanswered", ""))
        return {"ratings": ratings(self.name, rated), "rejected": rejections(rejected)}


COUNTER = Asking(Served(Model("counting-model", "3", "mit"), Lengths()))
'''


@pytest.mark.slow
@IN_WORKERS_TOO
def test_a_rater_without_a_model(extended: Extended, workers: int) -> None:
    dataset = extended.build(LENGTH + "\ndef build(params):\n    return declared(rater=Longer(2.0))\n", workers)
    assert len(dataset.rows) == 2 * PROMPTS
    for row in dataset.rows:
        assert (row["rater"], row["chosen_model"]) == ("longer", "long")
        assert row["chosen_score"] == 2 * len(row["chosen"][0]["content"])
    assert dataset.record["rater"] == "longer"
    assert "Only length counts in these scores." in dataset.record["notes"]
    assert "Only length counts in these scores." in dataset.card


@pytest.mark.slow
def test_a_rater_that_is_fitted_to_each_languages_prompts(extended: Extended) -> None:
    dataset = extended.build(FITTED + "\ndef build(params):\n    return declared(rater=Longer())\n")
    for tag in ("de", "el"):
        mine = [row for row in dataset.rows if row["language"] == tag]
        longest = max(len(row["prompt"][0]["content"]) for row in mine)
        assert len(mine) == PROMPTS
        for row in mine:
            assert row["chosen_score"] == pytest.approx(len(row["chosen"][0]["content"]) / longest)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("lambda: 1", "<locals>.<lambda>"),
        ("__import__('threading').Lock()", "it raises TypeError: cannot pickle '_thread.lock' object"),
        ("(one for one in texts)", "it raises TypeError: cannot pickle 'generator' object"),
    ],
)
def test_what_it_learns_can_be_sent_to_workers_also_where_there_is_but_one_part(
    extended: Extended, returned: str, words: str
) -> None:
    body = FITTED.replace("max(map(len, texts))", returned) + "\npool.BUCKET_BYTES = 1 << 30\n" + REPORTED
    sentence = extended.refused(body)
    assert sentence.startswith("rater 'longer' (Longer, extended.py): what fit() returned for de cannot be sent to ")
    assert words in sentence and sentence.endswith("or what else can be pickled and read again")


@pytest.mark.slow
def test_a_rater_that_asks_a_model(extended: Extended) -> None:
    dataset = extended.build(ECHO + "\ndef build(params):\n    return declared(rater=COUNTER)\n")
    assert len(dataset.rows) == 2 * PROMPTS
    for row in dataset.rows:
        assert (row["rater"], row["chosen_score"]) == ("counter", len(row["chosen"][0]["content"]))
    assert "A model counted the characters." in dataset.card
    assert dataset.record["settings"]["builder"]["rater"]["served"]["model"]["name"] == "counting-model"
    # Asked once and for all: a backend that is gone changes nothing.
    gone = ECHO.replace("yield request, Reply(", "raise SystemError(request) or (")
    assert extended.build(gone + "\ndef build(params):\n    return declared(rater=COUNTER)\n").rows == dataset.rows


@pytest.mark.slow
@pytest.mark.parametrize("how", ["mean_z", "agree"])
def test_raters_inside_combined_are_asked_too(extended: Extended, how: str) -> None:
    rule = ", pairs=PairRule('given')" if how == "agree" else ""
    body = f"\ndef build(params):\n    return declared(rater=Combined((Longer(), COUNTER), {how!r}){rule})\n"
    dataset = extended.build(LENGTH + ECHO + body)
    assert len(dataset.rows) == 2 * PROMPTS
    assert {(row["rater"], row["chosen_model"]) for row in dataset.rows} == {("combined", "long")}
    assert {"Only length counts in these scores. A model counted the characters."} <= set(dataset.record["notes"])
    for tag in ("de", "el"):
        pairs = [row for row in dataset.rows if row["language"] == tag]
        lengths = [len(row[role][0]["content"]) for row in pairs for role in ("chosen", "rejected")]
        mean, sd = statistics.fmean(lengths), statistics.pstdev(lengths)
        for row in pairs:
            assert row["chosen_score"] == pytest.approx((len(row["chosen"][0]["content"]) - mean) / sd)
    if how == "agree":
        # The sources' own scores prefer the short answers: nobody agrees.
        sentence = extended.refused(LENGTH + ECHO + body.replace("COUNTER", "SourceRater()"))
        assert f"{2 * PROMPTS} verdicts disagreement" in sentence


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("rater=Longer()", "rater Longer is called 'source', and so is who rated in a source"),
        ("rater=Combined((Longer(), COUNTER))", "rater Longer is called 'source', and so is who rated in a source"),
        (
            "rater=Combined((Longer(), Longer(2.0)))",
            "two raters, with different names; not ['source', 'source']",
        ),
    ],
)
def test_raters_of_one_name_are_refused(extended: Extended, declared: str, words: str) -> None:
    named = LENGTH.replace('"longer"', '"source"')
    assert words in extended.refused(named + ECHO + f"\ndef build(params):\n    return declared({declared})\n")


ODD = LENGTH.replace(
    "self.scale * len(text))", "float('nan') if '1 long' in text else 1e200 if '3 long' in text else len(text))"
)


@pytest.mark.slow
def test_scores_that_are_no_numbers_are_counted(extended: Extended) -> None:
    dataset = extended.build(ODD + REPORTED)
    # Numbers 1, 3, 11 and 13 in each of two languages; one answer alone makes no pair.
    assert dataset.funnel("rate", "rejected") == {"score_not_finite": 2 * 4}
    assert dataset.funnel("rate", "in") == {"": 2 * 2 * PROMPTS}
    assert dataset.funnel("rate", "kept") == {"": 2 * 2 * PROMPTS - 2 * 4}
    assert dataset.funnel("pair", "rejected") == {"score_not_finite": 2 * 4}
    # Of a combined rater's raters each has a line of its own, and what one of them lacks is missing where they combine.
    combined = ODD + ECHO + "\ndef build(params):\n    return declared(rater=Combined((Longer(), COUNTER)))\n"
    both = extended.build(combined)
    assert both.funnel("rate", "rejected") == {"score_not_finite": 2 * 4}
    assert both.funnel("combine", "rejected") == {"missing_score": 2 * 4}
    finite = LENGTH + REPORTED.replace("Longer()", "Longer(2.0)")
    assert extended.build(finite).funnel("rate", "in") == {"": 2 * 2 * PROMPTS}


@pytest.mark.slow
def test_so_are_those_of_a_rater_that_asks(extended: Extended) -> None:
    odd = ECHO.replace("float(result.text)", "float('inf') if row['text'][1:6] == ' long' else 1.0")
    sentence = extended.refused(odd + "\ndef build(params):\n    return declared(rater=COUNTER)\n")
    # Numbers 0 to 9 in two languages.
    assert "20 prompts score_not_finite" in sentence


@pytest.mark.parametrize("name", ["", " ", "a\\nb", "\\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(extended: Extended, name: str) -> None:
    sentence = extended.refused(LENGTH.replace('"longer"', f'"{name}"') + REPORTED)
    assert sentence.startswith("rater Longer: its name is ") and "give it a word or a few, on one line" in sentence


REPORTED = "\ndef build(params):\n    return declared(rater=Longer())\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            '    caution: ClassVar[str] = "Only length counts in these scores."\n',
            "",
            "lacks `caution`: What the dataset's",
        ),
        (
            "version: ClassVar[int] = 1",
            'version: ClassVar[str] = "1"',
            "rater Longer: its `version` is '1', write a whole number",
        ),
        ("def rate(self, prompts, completions)", "def rates(self, prompts, completions)", "has no way to rate"),
        (
            "def rate(self, prompts, completions)",
            "def rate(self, prompts)",
            "not to be called with (prompts, completions)",
        ),
        ("ratings(self.name,", "ratings('me',", "returns ratings by 'me'; write its own name"),
        ("return ratings(", "return list(", "(Longer, extended.py): rate() returns list"),
        (
            "columns = (",
            "raise __import__('polypref').UserError('own words'); columns = (",
            "rater 'longer' (Longer, extended.py line ",
        ),
        ("columns = (", "raise __import__('polypref').UserError('own words'); columns = (", "): own words"),
        ("len(text)", "len(text) / 0", "raises ZeroDivisionError: "),
        ("((p, c,", "((p, c + 'x',", "rates an answer that it was not given"),
    ],
)
def test_what_is_wrong_with_a_rater_is_one_sentence(extended: Extended, old: str, new: str, words: str) -> None:
    assert old in LENGTH
    body = LENGTH.replace(old, new).replace("return list(self.name, ", "return list(")
    sentence = extended.refused(body + REPORTED)
    assert words in sentence
    assert "Longer" in sentence or "'longer'" in sentence


@pytest.mark.parametrize("rater", ["COUNTER", "Combined((Longer(), COUNTER))"])
def test_a_dry_run_counts_what_a_rater_asks_and_has_it_read_no_made_up_answer(
    extended: Extended, rater: str, capsys: pytest.CaptureFixture[str]
) -> None:
    body = f"\ndef build(params):\n    return declared(rater={rater})\n"
    script = extended.write(LENGTH + ECHO + body)
    assert main(["build", str(script), "--out", str(extended.folder / "out"), "--dry-run", "--workers", "1"]) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "counting-model" in line]
    # Two answers to each prompt, the same in both languages and so asked once; none is answered yet.
    assert [int(cell) for cell in row.replace("\u2502", " ").split() if cell.isdigit()][:2] == [2 * PROMPTS, 0]


RETURNED = 'return {"ratings": ratings(self.name, rated), "rejected": rejections(rejected)}'
ASKED = "        for _, request in self._asked(bucket):\n            yield request"
ALWAYS_NEW = """        import random
        yield Request(self.served.model, (("user", str(random.random())),))"""
RATED = 'rated.append((row["prompt_id"], row["completion_id"], float(result.text)))'


@pytest.mark.slow
@pytest.mark.parametrize("rater", ["COUNTER", "Combined((Longer(), COUNTER))"])
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (ASKED, "        raise ValueError('no')", "Asking.requests() (extended.py line"),
        (ASKED, "        __import__('sys').exit(0)", "raises SystemExit: 0, which would end the program"),
        (ASKED, "        raise GeneratorExit", "Asking.requests() (extended.py line"),
        (ASKED, ALWAYS_NEW, "requests() asks something else each time of the same prompts and answers"),
        (ASKED, "        return None", "requests() returns NoneType; yield a Request"),
        (ASKED, "        yield 'hello'", "requests() yields 'hello'; yield a Request"),
        ('(("user", row["text"]),)', '({"role": "user"},)', "its messages are a tuple of (role, content)"),
        ('(("user", row["text"]),)', "((3, 4),)", "the role and the content of a message are texts"),
        ("Request(self.served.model,", "Request(Model('other'),", "its model is none of the stage's `models`"),
        (RETURNED, "1 / 0", "raises ZeroDivisionError"),
        (RETURNED, "return None", "collect() returns NoneType; return a dict of"),
        (RETURNED, 'return {"rejected": rejections(rejected)}', "returns no table 'ratings', which the rater says"),
        (RETURNED, 'return {"ratings": [], "rejected": rejections([])}', "ratings is list; make it a pyarrow table"),
        (
            RETURNED,
            RETURNED.replace('{"', '{"verdicts": schema.VERDICTS.empty_table(), "', 1),
            "returns verdicts, ratings, rejected; return a dict of ratings, rejected, of which rejected is a must",
        ),
        (
            RETURNED,
            RETURNED.replace('{"', '{"completions": schema.COMPLETIONS.empty_table(), "', 1),
            "returns completions, ratings, rejected; return a dict of ratings, rejected, of which",
        ),
        ('(("user", row["text"]),)', '(("user", row["text"]),), task="de"', "its task is None or two tags"),
        ('(("user", row["text"]),)', '(("user", row["text"]),), task=("de", 3)', "its task is None or two tags"),
        (ASKED, "        import polypref; raise polypref.UserError('own words')", "): own words"),
        ("ratings(self.name, rated)", "ratings(self.name, rated * 2)", "twice; give one score for each answer"),
        ("ratings(self.name, rated)", "ratings(self.name, rated[1:])", "says nothing of 1 answers"),
        (
            RATED,
            RATED.replace('row["completion_id"]', "'x'"),
            "rates an answer that it was not given, completion_id 'x'",
        ),
        (RATED, RATED.replace('row["prompt_id"]', "'x'"), "under prompt_id 'x', whose it is not"),
        (RATED, RATED.replace("float(result.text)", "None"), "table ratings has no score in row 0"),
        (
            RATED,
            "rejected.append(('xx', row['completion_id'], 'odd', ''))",
            "table rejected has a row in language 'xx'",
        ),
        (
            RATED,
            "rejected.append(('de', row['completion_id'], 'a\\nb', ''))",
            "of a rejection is no few words on one line",
        ),
    ],
)
def test_what_is_wrong_with_what_a_rater_asks_and_collects_is_one_sentence(
    extended: Extended, rater: str, old: str, new: str, words: str
) -> None:
    assert old in ECHO
    body = f"\ndef build(params):\n    return declared(rater={rater})\n"
    sentence = extended.refused(LENGTH + ECHO.replace(old, new) + body)
    assert words in sentence and sentence.startswith("Asking.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("(p, c, None)", "table ratings has no score in row 0; leave the row out"),
        ("(p, None, 1.0)", "table ratings has no completion_id in row 0"),
        ("('x', c, 1.0)", "under prompt_id 'x', whose it is not"),
        ("(p, 'x', 1.0)", "rates an answer that it was not given, completion_id 'x'"),
        ("(p, list(completions['completion_id'].to_pylist())[0], 1.0)", "twice; give one score for each answer"),
        ("(p, c, 'good')", "raises ArrowInvalid"),
    ],
)
def test_ratings_that_are_none_are_one_sentence(extended: Extended, rows: str, words: str) -> None:
    sentence = extended.refused(LENGTH.replace("(p, c, self.scale * len(text))", rows) + REPORTED)
    assert words in sentence and sentence.startswith("rater 'longer'")
