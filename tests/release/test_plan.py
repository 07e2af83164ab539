"""What a release will do, in words."""

from dataclasses import replace
from pathlib import Path

from polypref.release.folder import read_provenance
from polypref.release.hub import State
from polypref.release.licences import Decision, decide_licence
from polypref.release.plan import Plan
from tests.release.test_publish import CHANGES


def test_the_plan_says_what_will_be_done(built, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1_500_000)
    record = replace(read_provenance(built), masked={"email": 1_204})
    state = State(exists=True, private=True, head="0" * 40, tags={"v0.9.0": "0" * 40})
    decision = Decision(None, ("model m has no known licence",), {})
    files = {"data/a": tmp_path / "a"}
    plan = Plan("org/x", "v1.0.0", files, record, decision, "v0.9.0", CHANGES, state, False, False)
    assert plan.lines() == [
        "repository  org/x (exists, private)",
        "version     v1.0.0, after v0.9.0: 1,200 rows added; 2 rows changed (label); needs 1.0.0 at least (a "
        "major step)",
        "files       1, 1.5 MB, in one commit",
        "configs     8: all, four, each also by language",
        "licence     none to publish under: model m has no known licence",
        "texts       personal data masked: email 1,204",
    ]
    again = replace(plan, released=True, record=replace(record, masked=None)).lines()
    assert again[1:3] == ["version     v1.0.0, released already", "files       1, 1.5 MB"]
    assert again[-1] == "texts       as built, personal data not masked (it is in public releases)"
    first = replace(
        plan, state=replace(state, exists=False), changes=None, public=True, record=replace(record, masked={})
    )
    assert first.lines()[:2] == ["repository  org/x (will be made, public)", "version     v1.0.0, the first version"]
    assert first.lines()[-1] == "texts       personal data masked: none found"


def test_the_plan_says_what_a_licence_that_nobody_stated_means_and_how_to_state_it(built) -> None:
    state = State(exists=True, private=True, head="0" * 40, tags={})
    parts = {"source x (4 rows)": "none", "model m (8 answers)": "unknown", "source y (2 rows)": "mit"}
    plan = Plan("org/x", "v1.0.0", {}, read_provenance(built), decide_licence(parts), None, None, state, False, False)
    at = [line[:11] for line in plan.lines()].index("licence    ")
    first, second = plan.lines()[at : at + 2]
    assert first == (
        "licence     none to publish under: source x (4 rows) has no known licence; model m (8 answers) has no known "
        "licence"
    )
    assert second.startswith(
        "            not stated for model m (8 answers), source x (4 rows): without one nobody else has permission to "
        "use, change or pass on these texts, and a public release is refused; state a source's by licence= of Files or "
        "HubDataset (--licence), answers' by licence= of Answer (--answer-licence), or by "
        "Builder(licences={'MODEL': 'LICENCE'}), and build again; spellings: cc0-1.0, "
    )
    every = replace(plan, decision=decide_licence({"source y (2 rows)": "mit"}))
    assert not [line for line in every.lines() if "not stated" in line]


def test_the_plan_says_that_an_edited_card_is_written_anew_as_long_as_it_is_not_released(built) -> None:
    decision, state = Decision("mit", (), {}), State(exists=True, private=True, head="0" * 40, tags={})
    plan = Plan("org/x", "v1.0.0", {}, read_provenance(built), decision, None, None, state, False, False)
    assert not [line for line in plan.lines() if line.startswith("card")]
    edited = replace(plan, card_edited=True)
    assert [line[:6] for line in edited.lines()][-1] == "card  "
    assert edited.lines()[:-1] == plan.lines()
    assert not [line for line in replace(edited, released=True).lines() if line.startswith("card")]
