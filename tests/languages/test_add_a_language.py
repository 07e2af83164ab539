"""Adding a language: for everyone by one file, for one dataset in its script; and what is said of what is missing."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.languages import Language, own, registry
from tests.conftest import PROSE, ROOT, command, environment

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
# No detector that is installed has a label for Low German.
LOW_GERMAN = """
name = "Low German"
native_name = "Plattdüütsch"
iso639_3 = "nds"
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
    "nds": (
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


class Place:
    """A folder with a copy of the package, a builder script and its card."""

    def __init__(self, folder: Path, package: bool, registered: str = "") -> None:
        self.folder, self.path = folder, str(ROOT)
        if package:
            shutil.copytree(ROOT / "polypref", folder / "polypref", ignore=shutil.ignore_patterns("__pycache__"))
            self.path = str(folder)
        (folder / "builders").mkdir()
        (folder / "dataset_cards").mkdir()
        (folder / "builders" / "own.py").write_text(SCRIPT.replace("REGISTERED", registered), "utf-8")
        (folder / "dataset_cards" / "card.md").write_text(PROSE, "utf-8")

    def __call__(self, *words: str, code: int = 0) -> str:
        """What a command prints, in a process of its own."""
        done = subprocess.run(
            command(*words), cwd=self.folder, env=environment(PYTHONPATH=self.path), capture_output=True, text=True
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def build(self, given: list[dict[str, Any]], code: int = 0) -> str:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in given)
        (self.folder / "rows.jsonl").write_text(text, "utf-8")
        words = ("--source", "rows.jsonl", "--out", "out", "--quiet", "--workers", "1")
        return self("build", "builders/own.py", *words, code=code)

    @property
    def record(self) -> dict[str, Any]:
        return json.loads((self.folder / "out" / "provenance.json").read_text("utf-8"))


def counts(record: dict[str, Any], *key: str) -> int:
    return sum(row["rows"] for row in record["funnel"] if (row["stage"], row["outcome"], row["reason"]) == key)


def test_galician_is_added_for_everyone_by_one_file(tmp_path):
    place = Place(tmp_path, package=True)
    (tmp_path / "polypref" / "data" / "languages" / "gl.toml").write_text(GALICIAN, "utf-8")
    built = place.build(rows("gl", ENGLISH, REFUSAL))
    record = place.record
    assert "not language-checked" not in built and "not_language_checked" not in record
    assert counts(record, "filter", "rejected", "language: chosen_in_another_language") == 1
    assert counts(record, "filter", "flagged", "chosen_refusal") == 1
    assert list(record["mixtures"]["all"]) == ["gl"] and record["mixtures"]["all"]["gl"]["given"] == 7
    checked = " ".join(place("languages", "--check", "Galician").split())
    assert "gl can flag an answer, never reject it" in checked
    assert "lengths in gl count as English ones" in checked and "refusals in gl are not recognised" not in checked


def test_a_language_that_no_detector_knows_is_added_by_one_file(tmp_path):
    place = Place(tmp_path, package=True)
    assert "unknown_language" in place.build(rows("nds"), code=2)
    (tmp_path / "polypref" / "data" / "languages" / "nds.toml").write_text(LOW_GERMAN, "utf-8")
    sentence = "answers are not language-checked in nds, which the detector does not know; only other scripts, and text"
    built = place.build(rows("nds", ENGLISH))
    assert built.count(sentence) == 1
    record = place.record
    assert record["not_language_checked"] == ["nds"] and "own_languages" not in record
    assert counts(record, "filter", "rejected", "language: chosen_in_another_language") == 1
    assert record["mixtures"]["all"]["nds"]["given"] == 7
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    for shown in (place("inspect", "out"), card, place("languages", "--check", "nds")):
        assert " ".join(shown.split()).lower().count("not language-checked in nds") == 1


REGISTERED = (
    'languages.register(languages.Language("nds", "Low German", "Plattdüütsch", "nds", ("Latn",), aliases=("Platt",)))'
)


def test_who_reads_a_dataset_knows_the_languages_of_its_script(tmp_path):
    place = Place(tmp_path, package=False, registered=REGISTERED)
    place.build(rows("nds"))
    assert place.record["own_languages"] == {
        "nds": {
            "name": "Low German",
            "native_name": "Plattdüütsch",
            "iso639_3": "nds",
            "scripts": ["Latn"],
            "aliases": ["Platt"],
        }
    }
    assert "Low German (nds), pair " in place("inspect", "out", "--languages", "Platt")
    place("review", "export", "out", "--languages", "Low German", "--sample", "2", "--out", "sheets")
    assert len(list((tmp_path / "sheets").glob("*nds*.csv"))) == 1
    assert "no difference" in place("diff", "out", "out")
    place("inspect", "out", "--html", "page.html")
    assert "Plattdüütsch" in (tmp_path / "page.html").read_text("utf-8")
    # Without the dataset nobody knows it.
    assert "Unknown language 'Platt'" in place("languages", "--check", "Platt", code=2)


# The record of a dataset


@pytest.fixture(autouse=True)
def registry_as_it_was():
    before = dict(registry._registered)
    yield
    registry._registered.clear()
    registry._registered.update(before)


PLATT = {"name": "Low German", "native_name": "Plattdüütsch", "iso639_3": "nds", "scripts": ["Latn"]}


def recorded(folder: Path, given: object) -> Path:
    (folder / "data" / "nds").mkdir(parents=True)
    (folder / "provenance.json").write_text(json.dumps({"own_languages": given}), "utf-8")
    return folder


def test_the_record_beside_a_file_makes_its_languages_known(tmp_path):
    own.adopt_beside(recorded(tmp_path, {"nds": PLATT}) / "data" / "nds" / "train-0-1.parquet")
    assert languages.resolve("Low German").tag == "nds"
    assert own.as_record() == {"nds": PLATT}


def test_a_record_takes_no_name_of_another_language(tmp_path):
    own.adopt({"de": PLATT, "nds": PLATT | {"aliases": ["German"]}}, "record")
    assert languages.get("de").name == "German" and languages.resolve("German").tag == "de"
    assert languages.get("nds").name == "nds"
    own.adopt({"nds": PLATT | {"direction": "rtl"}}, "another record")  # the first one stays
    assert languages.get("nds").direction == "ltr"


def test_a_record_that_describes_no_language_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"provenance.json: nds: unknown key 'nam'; did you mean name"):
        own.adopt_beside(recorded(tmp_path / "a", {"nds": PLATT | {"nam": "x"}}))
    with pytest.raises(UserError, match="does not describe languages"):
        own.adopt_beside(recorded(tmp_path / "b", ["nds"]))
    own.adopt_beside(recorded(tmp_path / "c", None))


def test_a_configuration_may_add_languages_but_not_take_names():
    own.register_all({"nds": PLATT}, "own_languages")
    assert languages.get("nds") == Language("nds", "Low German", "Plattdüütsch", "nds", ("Latn",))
    with pytest.raises(UserError, match="'german' already means German"):
        own.register_all({"bar": PLATT | {"aliases": ["German"]}}, "own_languages")
    with pytest.raises(UserError, match="own_languages is 'nds'; give tags"):
        own.register_all("nds", "own_languages")


def test_evaluation_and_training_know_the_languages_of_a_dataset_and_of_a_configuration(tmp_path):
    from polypref.evaluation.inputs import set_prompts, sets
    from polypref.evaluation.reward_models import data as reward_data
    from polypref.evaluation.settings import from_config
    from polypref.training import data as training_data

    folder = recorded(tmp_path, {"nds": PLATT})
    (folder / "rows.jsonl").write_text('{"prompt": "Wo geiht di dat?", "language": "nds"}\n', "utf-8")
    readers = (
        lambda: set_prompts.load_set(sets.find_set(str(folder / "rows.jsonl")), None, None, 0),
        lambda: reward_data.source(str(folder)),
        lambda: training_data.find_dataset(str(folder), None, None),
        lambda: from_config(
            {
                "set": {"path": "x.jsonl", "name": "own"},
                "models": [{"model": "a", "stored": "a.jsonl"}, {"model": "b", "stored": "b.jsonl"}],
                "judge": "reference",
                "own_languages": {"nds": PLATT},
                "languages": "nds",
            }
        ),
    )
    for read in readers:
        registry._registered.clear()
        read()
        assert languages.resolve("Low German").tag == "nds"
