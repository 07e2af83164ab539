"""docs/people.md: its script and builder run as they stand there, and give the figures that it shows."""

import re
from pathlib import Path

import pytest

from polypref import load
from polypref.cli.commands import main

PAGE = (Path(__file__).parents[1] / "docs" / "people.md").read_text("utf-8")
VOTES, BUILDER = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
PEOPLE, AGREEMENT = re.findall(r"(?ms)^```text\n(language.*?)^```", PAGE)
(FACTORS,) = re.findall(r"(?ms)^polypref factors build/tea --by lives\n```\n\n```text\n(.*?)^```", PAGE)


@pytest.mark.slow
def test_the_run_gives_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tea.py").write_text(BUILDER, "utf-8")
    exec(VOTES, {})
    assert main(["build", "tea.py", "--out", "build/tea", "--quiet"]) == 0
    dataset = load("build/tea")
    shown = [line.split() for line in PEOPLE.splitlines()[1:]]
    people = dataset.record.group_people
    assert shown == [[one.language, one.group, one.people, one.others, str(one.values)] for one in people]
    lives, region = dataset.record.facts.groups
    of = lives.agreement
    assert of is not None and of.within is not None and of.by_chance is not None
    figures = f"{of.within.share:.0%} [{of.within.low:.0%}, {of.within.high:.0%}] of {of.within.twos}"
    assert AGREEMENT.splitlines()[1].split(maxsplit=2)[2].split() == [
        *figures.split(), f"{of.differ / of.pairs:.0%}", f"{of.by_chance:.0%}"
    ]  # fmt: skip
    assert [value.value for value in region.values] == ["north", "other"] and region.models_p is None
    assert lives.models_p_holm is not None and lives.models_p_holm < 0.01
    capsys.readouterr()
    assert main(["groups", "build/tea"]) == 0
    printed = capsys.readouterr().out
    assert "groups of who judged" in printed and "brief" in printed and "village" in printed
    assert main(["factors", "build/tea", "--by", "lives"]) == 0
    assert capsys.readouterr().out.splitlines()[-4:-1] == FACTORS.splitlines()
    assert main(["factors", "build/tea", "--by", "region", "--quiet"]) == 0
    by_lives, by_region = load("build/tea").record.group_factors
    assert (by_lives.group, by_region.group) == ("lives", "region")
    assert by_region.languages[0].differences == []
    assert "hi: no two values can be compared" in by_region.notes()
