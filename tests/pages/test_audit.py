"""An audit in the terminal and on the page."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from polypref.pages import dataset as page
from polypref.pages.audit import audit_tables, audit_words
from polypref.pages.rows import draw_sample
from polypref.release.audit_results import Audit
from polypref.release.folder import read_provenance
from tests.release.rated import builder, rows, written
from tests.release.test_audit_words import EVIL, audit
from tests.release.test_factor_results import FACTORS
from tests.release.test_group_factor_results import LIVES


def printed(figures: Audit) -> str:
    screen = Console(file=io.StringIO(), width=300)
    for table in audit_tables(figures):
        screen.print(table)
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def test_the_tables_show_texts_and_obey_nothing_in_them():
    text = printed(audit("[bold]x[/] \x1b[31m"))
    assert "[bold]x[/] \ufffd[31m" in text and "\x1b" not in text
    assert "what answers have in common" in text and "told apart" in text and "cyclic preferences" in text
    assert "0.50 [0.25, 0.75]" in text and "0.50 0.75 1.00" in text


def test_tables_without_rows_are_not_shown():
    assert audit_tables(None) == [] == audit_tables(Audit("pairs", {}, [], []))
    assert audit_words(None) is None


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    out = written(folder / "out", builder(folder, rows(language="he")))
    return out, read_provenance(out)


def test_the_page_has_a_section_for_who_asked(built):
    folder, record = built
    sample = draw_sample(folder, record)
    without, text = (
        page.render_page(folder, one, sample) for one in (record, replace(record, audit=audit(f"בשמחה {EVIL}")))
    )
    assert 'id="audit"' not in without and '<a href="#audit">' not in without
    section = re.findall(r'(?s)<section id="audit".*?</section>', text)[0]
    assert "<img" not in section and "&lt;img" in section
    assert section.count('<bdi lang="he">בשמחה') == 3 and '<a href="#audit">Audit</a>' in text
    assert "Coins give 0.25" in section and "like coins, more than noise" in section


def test_columns_of_the_page_are_named_apart_and_shares_stay_whole(built):
    folder, record = built
    record = replace(record, audit=audit("שלום"), factors=FACTORS, group_factors=[LIVES])
    text = page.render_page(folder, record, draw_sample(folder, record))
    for table in re.findall(r'(?s)<table class="factors.*?</thead>', text):
        heads = re.findall(r"<th[^>]*>(.*?)</th>", table)
        assert len(heads) > 5 and len(set(heads)) == len(heads)
    assert '<span class="nobr">0.50 [0.25, 0.75]</span>' in text
