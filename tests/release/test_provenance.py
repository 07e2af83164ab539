"""Provenance: what was written before still loads, gives its own bytes back, and what is none is named."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.release import provenance
from polypref.release.provenance import FORMAT, Provenance, read_provenance, seal_record, to_bytes
from tests import strangers

STORED = Path(__file__).parents[1] / "fixtures"


def written(folder: Path, **change: Any) -> Path:
    return strangers.sealed(folder, strangers.minimal(**change)) / provenance.FILE


@pytest.mark.parametrize("place", ["releases/v1.0.0", "releases/v1.1.0", "releases/v2.0.0", "working"])
def test_a_provenance_of_version_0_1_0_loads_and_gives_its_bytes_back(place):
    path = STORED / place / provenance.FILE
    record = read_provenance(path)
    assert record.packages["polypref"] == "0.1.0" and record.format == FORMAT
    assert {tag: facts.train for tag, facts in record.facts.languages.items()}.keys() == {"de", "he", "ja"}
    assert record.served is None and record.masked is False
    assert to_bytes(record) == path.read_bytes()


def test_the_parts_are_typed(tmp_path):
    record = read_provenance(STORED / "releases" / "v1.1.0" / provenance.FILE)
    assert record.review is not None and record.review["de"].judgements.chosen == 8
    assert record.calibration[0].models[0].model == "small"
    assert list(record.ordered_mixtures()) == ["all", "two"]
    assert record.row_count() == 28 and record.tags() == ["de", "he", "ja"]


@pytest.mark.parametrize("masked", [False, None, {}, {"email": 3}])
def test_what_was_done_about_personal_data_is_written_as_it_is(tmp_path, masked):
    record = replace(read_provenance(written(tmp_path)), masked=masked)
    values = json.loads(to_bytes(record))
    assert values.get("masked", False) == masked and ("masked" in values) == (masked is not False)
    (tmp_path / provenance.FILE).write_bytes(to_bytes(record))
    assert read_provenance(tmp_path / provenance.FILE) == record


def test_keys_of_a_later_version_stay_with_the_record(tmp_path):
    record = read_provenance(written(tmp_path, carbon={"kg": 0.25}))
    assert record.others == {"carbon": {"kg": 0.25}}
    assert json.loads(to_bytes(replace(record, version="2.0.0")))["carbon"] == {"kg": 0.25}


@pytest.mark.parametrize("schema", ["polypref/2", 2, None, ["polypref/1"], "\x1b[2J"])
def test_another_schema_is_refused_in_one_sentence(tmp_path, schema):
    with pytest.raises(
        UserError, match=r"was written by another polypref \(.*\), and this one reads polypref/1"
    ) as caught:
        read_provenance(written(tmp_path, format=schema))
    assert "\x1b" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_seal_stands_for_every_value(tmp_path):
    path = written(tmp_path)
    values = json.loads(path.read_text("utf-8"))
    assert values["seal"] == seal_record(values)
    path.write_text(json.dumps(values | {"prose": "y"}), "utf-8")
    with pytest.raises(UserError, match="was changed by hand"):
        read_provenance(path)


QUOTA = {"asked": 1, "available": 1, "given": 1, "test": 0}
MISPLACED = [
    ({"mixtures": {}}, "mixtures is an object, which cannot stand here"),
    ({"mixtures": {"all": {}}}, "mixtures.all is an object, which cannot stand here"),
    ({"mixtures": {"all": {"../x": QUOTA}}}, "mixtures.all.../x is '../x', which cannot stand here"),
    ({"mixtures": {"all": {"de": QUOTA | {"given": -1}}}}, "mixtures.all.de.given is -1, which cannot stand here"),
    ({"mixtures": {"all": {"de": {}}}}, "mixtures.all.de.asked is missing"),
    ({"files": {"data/../x.parquet": {}}}, "files.data/../x.parquet is 'data/../x.parquet', which cannot stand here"),
    ({"configs": []}, "configs is a list, which cannot stand here"),
    ({"notes": "x"}, "notes is 'x', not a list"),
    ({"name": "\ud800"}, r"name is '\ud800', which cannot stand here"),
    ({"masked": True}, "masked is True, which is of none of the types it can be of"),
    ({"calibration": [{}]}, "calibration.0.language is missing"),
]


@pytest.mark.parametrize(("change", "sentence"), MISPLACED)
def test_what_no_build_writes_is_named(tmp_path, change, sentence):
    with pytest.raises(UserError) as caught:
        read_provenance(written(tmp_path, **change))
    path = tmp_path / provenance.FILE
    message = f"{path} does not describe a polypref dataset: {sentence}; get it from somebody you trust"
    assert str(caught.value) == message


def test_measures_of_nothing_are_refused():
    record = json.loads((STORED / "working" / provenance.FILE).read_text("utf-8"))
    row = record["calibration"][0]
    for change in ({"compared": 0}, {"spread": None}, {"ordered": 0}, {"longer_low": None}):
        with pytest.raises(UserError, match=r"calibration.0 does not hold together"):
            strangers_record(record | {"calibration": [row | change]})
    agreed = record["review"]["de"] | {"low": None}
    with pytest.raises(UserError, match=r"review.de does not hold together"):
        strangers_record(record | {"review": {"de": agreed}})


def strangers_record(values: dict[str, Any]) -> Provenance:
    from polypref.files.records import decode

    return decode(Provenance, values, "bad")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"a":' * 5_000, "[" * 400 + "]" * 400, "\ud800"])
def test_a_damaged_file_is_called_damaged(tmp_path, text):
    path = tmp_path / provenance.FILE
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UserError, match="is damaged"):
        read_provenance(path)


def test_settings_as_deep_as_json_reads_them_are_no_traceback(tmp_path):
    deep: Any = 1
    for _ in range(300):
        deep = {"a": deep}
    assert read_provenance(written(tmp_path, settings={"deep": deep})).settings == {"deep": deep}
