"""What is kept and said of a dataset's languages."""

from polypref.files.records import decode
from polypref.release.folder import read_provenance
from polypref.release.language_notes import LanguageNotes, sentence
from polypref.release.provenance import Provenance
from polypref.stages.counts import UnknownLanguage
from tests import strangers


def test_nothing_is_said_where_every_language_is_known() -> None:
    assert sentence(LanguageNotes([UnknownLanguage("Elbonian", 12, "")], [], {})) == ""


def test_languages_that_no_detector_knows_are_named_in_order() -> None:
    notes = LanguageNotes([], ["tlh", "gl"], {"tlh": {"name": "Klingon"}})
    assert sentence(notes).startswith("answers are not language-checked in gl, tlh, which the detector does not know")
    record = decode(Provenance, strangers.minimal(not_language_checked=["tlh", "gl"]), "a test's record")
    assert sentence(record) == sentence(notes)


def test_a_language_of_the_package_that_the_script_describes_is_named() -> None:
    assert sentence(LanguageNotes([], [], {"de": {"name": "German"}})) == (
        "the builder script's own description of de is used in place of the one of polypref"
    )


def test_a_language_that_the_script_describes_without_measured_thresholds_is_said_to_have_none() -> None:
    own = LanguageNotes([], [], {"sw": {"name": "Swahili"}})
    assert sentence(own, ["sw", "de"]).startswith("the thresholds of the checks were not measured in sw: ")


def test_a_build_keeps_what_its_languages_lack(built) -> None:
    record = read_provenance(built)
    assert (record.unknown_languages, record.not_language_checked, record.own_languages) == ([], [], {})
