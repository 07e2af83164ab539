"""Adding a language: for everyone by one file, for one dataset in its script; and what is said of what is missing."""

import csv
import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.languages import Language, files, own, registry
from tests.conftest import PROSE, ROOT, command, environment
from tests.forks import Forks

GALICIAN = """
name = "Galician"
native_name = "galego"
iso639_3 = "glg"
scripts = ["Latn"]
flores = "glg_Latn"

[answer_in]
sentence = "Responde neste idioma, por favor: {language}."
source = "machine-written, unreviewed"

[[refusals]]
source = "machine-written, unreviewed"
refusal = ["(Síntoo|Sinto moito)…non (podo|son quen de)"]
"""
# Low German under a tag that is nobody's, so that a file nds.toml changes nothing here; no detector has a label for it.
LOW_GERMAN = """
name = "Lowest German"
native_name = "Plattst"
iso639_3 = "qnd"
scripts = ["Latn"]
"""
TEXTS = {
    "gl": (
        "Onte fomos ao mercado mercar verduras porque esta noite veñen convidados á casa.",
        "Cando chove moito no inverno, os ríos da comarca medran e asolagan os camiños vellos.",
        "A miña avoa contaba que as meigas vivían nun monte lonxe da aldea onde ninguén subía.",
        "Para facer un bo caldo cómpre cocer os grelos coas patacas e un anaco de touciño.",
        "O tren da mañá chega tarde case todos os días, así que collemos o autobús das oito.",
        "Os rapaces xogaban na praza ata que o sol se agochaba detrás das casas de pedra.",
        "Non sei se o libro que perdín na biblioteca vai aparecer algún día destes.",
        "A festa do patrón comeza o sábado cunha comida para todos os veciños da parroquia.",
    ),
    "qnd": (
        "Gistern sünd wi na'n Markt gahn un hebbt Gröönkraam köfft, wieldat vunavend Gäst kaamt.",
        "Wenn dat in'n Winter veel regent, denn warrt de Weeg to'n Diek hen bannig natt.",
        "Mien Grootmoder hett jümmer vertellt, dat in't Moor en olen Spökenkieker wahnt.",
        "För en goden Grönkohl bruukst du Pinkel, Kassler un en Pott vull Tüffeln.",
        "De Tog an'n Morgen kümmt meist to laat, dorüm föhrt wi nu mit'n Bus in de Stadt.",
        "De Gören hebbt op de Straat speelt, bet dat düüster weer un de Moder ropen hett.",
        "Ik weet nich, wat dat Book, dat ik verloren heff, noch mal wedder opduken deit.",
        "Dat Fest vun uns Dörp geiht an'n Sünnavend los mit Eten un Musik för all Lüüd.",
    ),
}
ENGLISH = "Yesterday we went to the market and bought vegetables because guests will come in the evening."
REFUSAL = "Síntoo, pero non podo axudarte con esa pregunta hoxe, porque non teño a información."
SCRIPT = """
from dataclasses import dataclass
from polypref import languages
from polypref.pipeline.builder import Builder
from polypref.stages.balance import Mixture, Split
from polypref.layouts.sources import Answer, Fields, Files

REGISTERED

@dataclass(frozen=True)
class Params:
    source: str = ""

def build(params):
    answers = (Answer("a", model="one", score="x"), Answer("b", model="two", score="y"))
    fields = Fields("prompt", answers, language="language")
    source = Files(params.source, fields, name="s", revision="1", licence="cc0-1.0")
    return Builder("own", "1.0.0", "card.md", (source,), (Mixture("all"),), split=Split(test=0.0))
"""


def rows(tag: str, *chosen: str) -> list[dict[str, Any]]:
    """A prompt for each text, answered with the next one (or with what is given) and the one after that."""
    texts = TEXTS[tag]
    one = [*chosen, *texts[len(chosen) :]]
    return [
        {"prompt": text, "a": one[n - 1], "b": texts[n - 2], "x": 2, "y": 1, "language": tag}
        for n, text in enumerate(texts)
    ]


#: A command that takes another folder for that of the package's files of languages.
ELSEWHERE = """
import runpy, sys
from polypref.languages import files
files.FOLDER, sys.argv = {folder!r}, {words!r}
runpy.run_module("polypref.cli", run_name="__main__", alter_sys=True)
"""


class Place:
    """A folder with files of languages to add to, a builder script and its card."""

    def __init__(self, folder: Path, forks: Forks, registered: str = "") -> None:
        self.folder, self.forks = folder, forks
        self.languages = folder / "languages"
        shutil.copytree(ROOT / "polypref" / "data" / "languages", self.languages)
        (folder / "builders").mkdir()
        (folder / "dataset_cards").mkdir()
        (folder / "builders" / "own.py").write_text(SCRIPT.replace("REGISTERED", registered), "utf-8")
        (folder / "dataset_cards" / "card.md").write_text(PROSE, "utf-8")

    def __call__(self, *words: str, code: int = 0) -> str:
        """What a command prints, in a process of its own."""
        out, err = self.folder / "printed.out", self.folder / "printed.err"
        script = ELSEWHERE.format(folder=str(self.languages), words=["polypref", *words])
        ended = self.forks.run(
            {"code": script, "cwd": str(self.folder), "env": environment(), "out": str(out), "err": str(err)}
        )
        printed = out.read_text("utf-8") + err.read_text("utf-8")
        assert ended == code, printed
        return printed

    def add(self, name: str, text: str) -> None:
        """Writes a file of a language."""
        (self.languages / name).write_text(text, "utf-8")

    def build(self, given: list[dict[str, Any]], code: int = 0) -> str:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in given)
        (self.folder / "rows.jsonl").write_text(text, "utf-8")
        words = ("--source", "rows.jsonl", "--out", "out", "--quiet", "--workers", "1")
        return self("build", "builders/own.py", *words, code=code)

    @property
    def record(self) -> dict[str, Any]:
        return json.loads((self.folder / "out" / "provenance.json").read_text("utf-8"))


class Package(Place):
    """The same with a copy of the whole package, in processes that begin anew."""

    def __init__(self, folder: Path, forks: Forks) -> None:
        super().__init__(folder, forks)
        shutil.copytree(ROOT / "polypref", folder / "polypref", ignore=shutil.ignore_patterns("__pycache__"))
        self.languages = folder / "polypref" / "data" / "languages"

    def __call__(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            command(*words),
            cwd=self.folder,
            env=environment(PYTHONPATH=str(self.folder)),
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


def counts(record: dict[str, Any], *key: str) -> int:
    return sum(row["rows"] for row in record["funnel"] if (row["stage"], row["outcome"], row["reason"]) == key)


@pytest.mark.slow
def test_galician_is_added_for_everyone_by_one_file(tmp_path, forks):
    place = Package(tmp_path, forks)
    place.add("gl.toml", GALICIAN)
    built = place.build(rows("gl", ENGLISH, REFUSAL))
    record = place.record
    assert "not language-checked" not in built and "not_language_checked" not in record
    assert counts(record, "check", "rejected_only", "language: answer_in_another_language") == 1
    assert counts(record, "filter", "flagged", "chosen_refusal") == 1
    assert list(record["mixtures"]["all"]) == ["gl"] and record["mixtures"]["all"]["gl"]["given"] == 7
    checked = " ".join(place("languages", "--check", "Galician").split())
    assert "gl can flag an answer, never reject it" in checked
    assert "lengths in gl count as English ones" in checked and "of refusals in answers in gl" not in checked


@pytest.mark.slow
def test_a_language_that_no_detector_knows_is_added_by_one_file(tmp_path, forks):
    place = Place(tmp_path, forks)
    assert "unknown_language" in place.build(rows("qnd"), code=2)
    place.add("qnd.toml", LOW_GERMAN)
    sentence = (
        "answers are not language-checked in qnd, which the detector does not know: those in another script or in"
    )
    built = place.build(rows("qnd", ENGLISH))
    assert built.count(sentence) == 1
    record = place.record
    assert record["not_language_checked"] == ["qnd"] and "own_languages" not in record
    assert counts(record, "check", "rejected_only", "language: answer_in_another_language") == 1
    assert record["mixtures"]["all"]["qnd"]["given"] == 7
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    for shown in (place("inspect", "out"), card, place("languages", "--check", "qnd")):
        assert " ".join(shown.split()).lower().count("not language-checked in qnd") == 1


REGISTERED = (
    'languages.register(languages.Language("qnd", "Lowest German", "Plattst", "qnd", ("Latn",), aliases=("Lowplatt",)))'
)


def test_who_reads_a_dataset_knows_the_languages_of_its_script(tmp_path, forks):
    place = Place(tmp_path, forks, REGISTERED)
    place.build(rows("qnd"))
    assert place.record["own_languages"] == {
        "qnd": {
            "name": "Lowest German",
            "native_name": "Plattst",
            "iso639_3": "qnd",
            "scripts": ["Latn"],
            "aliases": ["Lowplatt"],
        }
    }
    assert "Lowest German (qnd), pair " in place("inspect", "out", "--languages", "Lowplatt")
    place("review", "export", "out", "--languages", "Lowest German", "--sample", "2", "--out", "sheets")
    assert len(list((tmp_path / "sheets").glob("*qnd*.csv"))) == 1
    assert "no difference" in place("diff", "out", "out")
    place("inspect", "out", "--html", "page.html")
    assert "Plattst" in (tmp_path / "page.html").read_text("utf-8")
    # Without the dataset nobody knows it.
    assert "Unknown language 'Lowplatt'" in place("languages", "--check", "Lowplatt", code=2)


@pytest.mark.slow
def test_a_language_of_a_script_that_the_package_comes_to_know_is_built_as_before(tmp_path, forks):
    place = Place(tmp_path, forks, REGISTERED)
    first = place.build(rows("qnd"))
    pairs = sorted(path.read_bytes() for path in (tmp_path / "out" / "data").rglob("*.parquet"))
    given = LOW_GERMAN.replace("Plattst", "Plattest") + 'direction = "rtl"\n'
    place.add("qnd.toml", given)
    shutil.rmtree(tmp_path / "out")
    again = place.build(rows("qnd"))
    sentence = "the builder script's own description of qnd is used in place of the one of polypref"
    assert sentence in " ".join(again.split()) and sentence not in " ".join(first.split())
    assert pairs == sorted(path.read_bytes() for path in (tmp_path / "out" / "data").rglob("*.parquet"))
    assert place.record["own_languages"]["qnd"]["native_name"] == "Plattst"
    # Who reads the dataset knows the language from the package's own file.
    place("inspect", "out", "--html", "page.html")
    assert "Plattest" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('nam = "x"', "qnd.toml: unknown key 'nam'; did you mean name?"),
        ('spaces = "yes"', "qnd.toml: spaces is 'yes'; give true or false"),
        ('flores = "nds"', "qnd.toml: flores is 'nds'; give a FLORES-200 code"),
        ('aliases = ["German"]', "qnd.toml: aliases: 'german' already means German (de)"),
        ('[[refusals]]\nsource = "me"\nrefusal = ["(ik kann"]', "qnd.toml: refusals: refusal: ( ) do not pair up"),
        ("spaces = ", "qnd.toml cannot be read: Invalid value (at line 6"),
    ],
)
def test_a_mistake_in_a_file_is_named_by_check(tmp_path, forks, line, message):
    place = Place(tmp_path, forks)
    place.add("qnd.toml", LOW_GERMAN + line + "\n")
    printed = " ".join(place("languages", "--check", "qnd", code=2).split())
    assert message in printed and "Traceback" not in printed


# By an option of the commands

AARI = "aiw={name: Aari, scripts: [Latn]}"
AARI_TEXTS = tuple(text.replace("a", "aa").replace("n", "ng") for text in TEXTS["qnd"])
LOW = "qnd={name: Lowest German, scripts: [Latn]}"
NAMED = ("--language-name", AARI, "--language-name", LOW)
LANGUAGES = (("Aari", AARI_TEXTS), ("qnd", TEXTS["qnd"]))
BY_COLUMNS = (
    *("build", "pairs", "--source", "rows.csv", "--prompt", "q", "--chosen", "better", "--rejected", "worse"),
    *("--language-column", "lang", "--name", "two", "--quiet", "--workers", "2", "--test", "0"),
)


def sheet(folder: Path) -> None:
    """Rows in two languages that nobody knows, one by its name and one by its tag."""
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("q", "better", "worse", "lang"))
        for name, texts in LANGUAGES:
            writer.writerows((text, texts[n - 1], texts[n - 2], name) for n, text in enumerate(texts))


def judge(folder: Path, name: str) -> None:
    """Fills a sheet in as a reviewer does who writes a better answer into its first row."""
    path = folder / "sheets" / name
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, how, *given = csv.reader(file)
    for row in given:
        row[head.index("verdict")] = "A"
    given[0][head.index("edited")] = given[0][head.index("answer A")] + " Un dat is goot so."
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((head, how, *given))


@pytest.fixture
def two(tmp_path, forks):
    """A dataset of two files' languages that the command's option names."""
    place = Place(tmp_path, forks)
    sheet(tmp_path)
    assert "no known language goes by Aari, qnd; --language-name TAG=Aari adds one" in place("look", "rows.csv")
    refused = place(*BY_COLUMNS, "--out", "out", "--max-bad", "1", code=2)
    assert "16 rows left out" in refused and "; --language-name TAG=Aari of polypref build, or" in refused
    # The same folder: what was left out before is read again.
    place(*BY_COLUMNS, "--out", "out", *NAMED)
    return place


def test_languages_that_a_command_names_are_in_the_record_and_known_to_who_reads_it(two):
    assert two.record["own_languages"] == {
        "aiw": {"name": "Aari", "native_name": "Aari", "iso639_3": "aiw", "scripts": ["Latn"]},
        "qnd": {"name": "Lowest German", "native_name": "Lowest German", "iso639_3": "qnd", "scripts": ["Latn"]},
    }
    assert {tag: one["given"] for tag, one in two.record["mixtures"]["all"].items()} == {"aiw": 8, "qnd": 8}
    assert two.record["not_language_checked"] == ["aiw", "qnd"]
    assert "Aari (aiw), pair " in two("inspect", "out", "--languages", "Aari")


@pytest.mark.slow
def test_a_version_that_goes_on_from_one_knows_its_languages(two):
    two(*BY_COLUMNS, "--out", "next", "--previous", "out", "--version", "0.2.0")
    record = json.loads((two.folder / "next" / "provenance.json").read_text("utf-8"))
    assert record["own_languages"] == two.record["own_languages"]
    # Where no row says the language, the option that does is known by the earlier version too.
    given = [word for word in BY_COLUMNS if word not in ("--language-column", "lang")]
    two(*given, "--language", "Aari", "--out", "one", "--previous", "out", "--version", "0.2.0")


@pytest.mark.slow
def test_what_a_review_prints_builds_with_the_languages_of_the_dataset(two):
    two("review", "export", "out", "--pairs", "3", "--out", "sheets")
    names = ("review-aiw.csv", "review-qnd.csv")
    for name in names:
        judge(two.folder, name)
    words = [f"sheets/{name}" for name in names]
    printed = two("review", "import", "out", *words, "--edits", "edits.jsonl")
    (line,) = (line for line in printed.splitlines() if line.startswith("wrote edits.jsonl"))
    command = shlex.split(line.partition("; polypref ")[2].removesuffix(" makes pairs of them"))
    assert command.count("--language-name") == 2
    two(*command, "--out", "edited", "--quiet", "--workers", "1", "--test", "0")
    record = json.loads((two.folder / "edited" / "provenance.json").read_text("utf-8"))
    assert sorted(record["mixtures"]["all"]) == ["aiw", "qnd"]


@pytest.mark.slow
def test_the_script_and_the_command_that_look_prints_know_the_languages_that_it_was_given(tmp_path, forks):
    place = Place(tmp_path, forks)
    sheet(tmp_path)
    printed = place("look", "rows.csv", *NAMED)
    assert "--language-column lang" in printed and printed.count("--language-name 'aiw={") >= 1
    script = printed[printed.index('"""Preference pairs') :]
    script = script.replace("PROMPT", "q").replace('"CHOSEN"', '"better"').replace('"REJECTED"', '"worse"')
    script = script.replace('language="TAG",', "").replace(
        "        verdict",
        """        language="lang",
        verdict""",
    )
    (tmp_path / "mine.py").write_text(script, "utf-8")
    place("build", "mine.py", "--out", "out", "--quiet", "--workers", "1")
    assert sorted(place.record["own_languages"]) == ["aiw", "qnd"]


@pytest.mark.slow
def test_verdicts_of_others_in_languages_that_a_command_names_are_counted(tmp_path, forks):
    place = Place(tmp_path, forks)
    sheet(tmp_path)
    answers = '[{text = "better", model = "ours"}, {text = "worse", model = "theirs"}]'
    layout = f'[fields]\nprompt = "q"\nlanguage = "lang"\nanswers = {answers}\n[fields.verdict]\nrater = "people"\n'
    (tmp_path / "votes.toml").write_text(layout, "utf-8")
    words = ("evaluate", "--judgements", "rows.csv", "--layout", "votes.toml", "--model", "ours", "--out", "rates")
    assert "; --language-name TAG=Aari adds a language; mend" in place(*words, code=2)
    place(*words, *NAMED, "--quiet")
    assert "Aari" in place("report", "rates") and "Lowest German" in (tmp_path / "rates" / "report.html").read_text()


# The record of a dataset


PLATT = {"name": "Lowest German", "native_name": "Plattst", "iso639_3": "qnd", "scripts": ["Latn"]}


def recorded(folder: Path, given: object) -> Path:
    (folder / "data" / "qnd").mkdir(parents=True)
    (folder / "provenance.json").write_text(json.dumps({"own_languages": given}), "utf-8")
    return folder


def test_the_record_beside_a_file_makes_its_languages_known(tmp_path):
    own.adopt_beside(recorded(tmp_path, {"qnd": PLATT}) / "data" / "qnd" / "train-0-1.parquet")
    assert languages.resolve("Lowest German").tag == "qnd"
    assert own.as_record() == {"qnd": PLATT}


def test_a_record_takes_no_name_of_another_language(tmp_path):
    own.adopt({"de": PLATT, "qnd": PLATT | {"aliases": ["German"]}}, "record")
    assert languages.get("de").name == "German" and languages.resolve("German").tag == "de"
    assert languages.get("qnd").aliases == () and languages.resolve("Lowest German").tag == "qnd"
    own.adopt({"qnd": PLATT | {"direction": "rtl"}}, "another record")  # the first one stays
    assert languages.get("qnd").direction == "ltr"


@pytest.mark.parametrize("first", ["script", "dataset"])
def test_a_language_of_a_script_and_of_a_dataset_is_one_and_the_scripts_own(first):
    mine = Language("qnd", "My Low German", "Mien Platt", "qnd", ("Latn",), aliases=("Lowplatt",))
    steps = [lambda: languages.register(mine), lambda: own.adopt({"qnd": PLATT}, "record")]
    for step in steps if first == "script" else reversed(steps):
        step()
    assert [one.tag for one in languages.known()].count("qnd") == 1
    assert own.as_record() == {"qnd": files.as_mapping(mine)}
    assert {languages.resolve(name).name for name in ("qnd", "Mien Platt", "Lowplatt")} == {"My Low German"}
    with pytest.raises(UserError, match="Unknown language 'Plattst'"):
        languages.resolve("Plattst")


def test_a_name_that_a_script_and_a_dataset_give_to_two_languages_is_the_scripts():
    languages.register(Language("qxp", "Lowest German", "Plattst", "qxp", ("Latn",)))
    own.adopt({"qnd": PLATT}, "record")
    assert {languages.resolve(name).tag for name in ("qxp", "Lowest German", "Plattst")} == {"qxp"}
    assert languages.resolve("qnd").tag == "qnd" and languages.get("qnd").name == "qnd"


@pytest.mark.parametrize("claim", [{"iso639_3": "qnd"}, {"iso639_3": "qxp", "aliases": ("qnd",)}])
def test_a_tag_of_a_dataset_that_is_a_code_of_another_language_is_refused_in_words_of_the_dataset(claim):
    mine = Language("qxp", "My Low German", "Mien Platt", scripts=("Latn",), **claim)
    languages.register(mine)
    sentence = r"^record: the tag 'qnd' means Lowest German in this dataset, and My Low German \(qxp\) here; read the"
    with pytest.raises(UserError, match=sentence):
        own.adopt({"qnd": PLATT}, "record")
    assert languages.resolve("qnd") == languages.get("qxp") and list(own.as_record()) == ["qxp"]
    # And the other way round it is said whose the code is.
    registry._registered.clear()
    own.adopt({"qnd": PLATT}, "record")
    with pytest.raises(
        UserError, match=r"Lowest German \(qnd\), which a dataset that was read before brought along; give"
    ):
        languages.register(mine)


def test_a_record_that_describes_no_language_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"provenance.json: qnd: unknown key 'nam'; did you mean name"):
        own.adopt_beside(recorded(tmp_path / "a", {"qnd": PLATT | {"nam": "x"}}))
    with pytest.raises(UserError, match="does not describe languages"):
        own.adopt_beside(recorded(tmp_path / "b", ["qnd"]))
    own.adopt_beside(recorded(tmp_path / "c", None))


def test_a_configuration_may_add_languages_but_not_take_names():
    own.register_all({"qnd": PLATT}, "own_languages")
    assert languages.get("qnd") == Language("qnd", "Lowest German", "Plattst", "qnd", ("Latn",))
    bavarian = {"name": "Bavarian", "native_name": "Boarisch", "iso639_3": "bar", "scripts": ["Latn"]}
    with pytest.raises(UserError, match="'german' already means German"):
        own.register_all({"bar": bavarian | {"aliases": ["German"]}}, "own_languages")
    with pytest.raises(UserError, match="own_languages is 'qnd'; give tags"):
        own.register_all("qnd", "own_languages")


def test_evaluation_and_training_know_the_languages_of_a_dataset_and_of_a_configuration(tmp_path):
    from polypref.evaluation.inputs import set_prompts, sets
    from polypref.evaluation.reward_models import data as reward_data
    from polypref.evaluation.settings import from_config
    from polypref.training import data as training_data

    folder = recorded(tmp_path, {"qnd": PLATT})
    (folder / "rows.jsonl").write_text('{"prompt": "Wo geiht di dat?", "language": "qnd"}\n', "utf-8")
    readers = (
        lambda: set_prompts.load_set(sets.find_set(str(folder / "rows.jsonl")), None, None, 0),
        lambda: reward_data.source(str(folder)),
        lambda: training_data.find_dataset(str(folder), None, None),
        lambda: from_config(
            {
                "set": {"path": "x.jsonl", "name": "own"},
                "models": [{"model": "a", "stored": "a.jsonl"}, {"model": "b", "stored": "b.jsonl"}],
                "judge": "reference",
                "own_languages": {"qnd": PLATT},
                "languages": "qnd",
            }
        ),
    )
    for read in readers:
        registry._registered.clear()
        read()
        assert languages.resolve("Lowest German").tag == "qnd"
