"""docs/audit.md: its script and commands give the tables that it shows, in terminal, card and page."""

import re
import shlex
from pathlib import Path

import pytest

from polypref import load
from polypref.release.audit_results import Audit, ClusteredShare
from polypref.release.folder import read_provenance

PAGE = (Path(__file__).parents[1] / "docs" / "audit.md").read_text("utf-8")
(SCRIPT,) = re.findall(r"(?ms)^```python\n(import json.*?)^```", PAGE)
COMMANDS = [shlex.split(one) for one in re.findall(r"(?m)^polypref (.*)$", PAGE.replace("\\\n", " "))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, polypref) -> Path:
    """What the page's commands make, and what the second of them printed (audit.txt)."""
    work = tmp_path_factory.mktemp("audit")
    (work / "make_rows.py").write_text(SCRIPT, "utf-8")
    scope = {"open": lambda name, *more, **named: (work / name).open(*more, **named)}
    exec(SCRIPT, scope)
    build, audit = COMMANDS
    polypref(*build, "--quiet", cwd=work)
    (work / "audit.txt").write_text(polypref(*audit, cwd=work).stdout, "utf-8")
    return work


@pytest.fixture(scope="module")
def figures(folder) -> Audit:
    kept = read_provenance(folder / "build" / "manner").audit
    assert kept is not None
    return kept


def shown(share: ClusteredShare | None) -> str:
    assert share is not None
    return f"{share.share:.2f} [{share.low:.2f}, {share.high:.2f}]"


def table(head: str) -> list[list[str]]:
    """The rows below a head of the page."""
    (rows,) = re.findall(rf"(?m)^\| {re.escape(head)}.*\n\|[-:|]+\n((?:\|.*\n)+)", PAGE)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.splitlines()]


def test_the_table_of_models(figures):
    by = {(one.language, one.model): one for one in figures.models}
    for language, model, opening, share, sentence, prompts, own, other in table("language | model | opening"):
        row = by[language, model]
        assert (row.openings[0].text, shown(row.openings[0].share)) == (opening, share)
        assert (row.sentences[0].text, str(row.sentences[0].prompts)) == (sentence, prompts)
        assert (f"{row.variety.distinct[2]:.2f}", f"{by[language, 'north'].variety.distinct[2]:.2f}") == (own, other)
    others = [one for (_, model), one in by.items() if model != "south"]
    assert len(others) == 6 and not any(one.openings or one.sentences for one in others)


def test_the_tables_of_sides_and_triads(figures):
    rows = []
    for one in figures.sides:
        most = one.openings[0]
        uneven = f"{most.text} {most.chosen} / {most.rejected}"
        rows.append([one.language, shown(one.by_opening), shown(one.by_text), uneven])
    assert rows == table("language | told apart")
    triads = []
    for one in figures.triads:
        values = [f"{value:.2f}" for value in (one.noise, one.error, one.consistence)]
        triads.append([one.language, str(one.cyclic.of), shown(one.cyclic), *values])
    assert triads == table("language | triads")
    noise = sorted(one.noise or 0 for one in figures.triads)
    assert f"tenth explain {noise[0]:.0%} to {noise[-1]:.0%} of such triads" in PAGE
    # Each prompt has a circle in three of ten cases, and everybody errs in a tenth.
    assert all(one.cyclic.low < 0.3 < one.cyclic.high and abs(one.error - 0.1) < 0.03 for one in figures.triads)


def test_terminal_card_and_page_show_them(folder, figures, polypref):
    text, built = (folder / "audit.txt").read_text("utf-8"), folder / "build" / "manner"
    assert "the card and provenance.json of build/manner have the audit" in text
    for part in ("told apart", "cyclic preferences", "natürlich sehr", "\u2068בשמחה רבה הנה\u2069", "ज़रूर यह रहा"):
        assert part in text
    card = (built / "README.md").read_text("utf-8")
    assert "| he | south | 60 | \u2068בשמחה רבה הנה\u2069 |" in card and "like coins, more than noise" in card
    polypref("inspect", built, "--html", folder / "page.html")
    page = (folder / "page.html").read_text("utf-8")
    assert '<bdi lang="he">בשמחה רבה הנה</bdi>' in page and '<bdi lang="hi">ज़रूर यह रहा</bdi>' in page
    assert load(built).load(split="train").num_rows == 528
    assert "told apart" in polypref("inspect", built, "--pairs", 0).stdout


def test_a_folder_that_is_none_is_one_sentence(tmp_path, polypref):
    done = polypref("audit", tmp_path / "none", expect=2)
    assert done.stderr.count("\n") == 1 and "no folder at" in done.stderr
