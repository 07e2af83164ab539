"""docs/exports.md: its table is that of the code, and its commands are commands."""

import re
import shlex
from pathlib import Path

from polypref.cli import commands
from polypref.exports.contract import Target
from polypref.exports.table import FORMS

PAGE = (Path(__file__).parents[1] / "docs" / "exports.md").read_text("utf-8")
TARGET = Target(Path("out"), "mine_all", {"train": "train.jsonl", "test": "test.jsonl"})


def test_the_table_is_that_of_the_code():
    rows = []
    for form in FORMS:
        reader = form.reader
        beside = ", ".join(f"`{name}`" for name in form.settings(TARGET))
        place = f"https://github.com/{reader.repository}/blob/{reader.commit}/{reader.path}"
        link = f"[{reader.repository}]({place})" if reader.repository else ""
        how = reader.package or ("read, not run" if reader.repository else "")
        rows.append("| " + " | ".join([f"`{form.name}`", form.trainer, beside, link, how]) + " |")
    there = re.findall(r"(?m)^\| `.*$", PAGE)
    assert [re.sub(r" +", " ", row) for row in there] == [re.sub(r" +", " ", row) for row in rows]


def test_the_commands_of_the_page_are_commands():
    (block,) = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE)
    for line in block.splitlines():
        arguments, rest = commands.command_parser().parse_known_args(shlex.split(line)[1:])
        assert arguments.command == "export" and rest == []


def test_what_the_page_says_of_tools_and_thoughts_is_so():
    from .exports.samples import PAIRS

    def holding(name: str) -> set[str]:
        return {form.name for form in FORMS if not form.misfit(PAIRS[name])}

    assert holding("called") == {"llama_factory", "llama_factory_kto", "trl_kto", "jsonl"}
    assert holding("thought") == {"trl_kto", "jsonl"}
    assert {form.name for form in FORMS} - holding("system") == {"rewardbench"}
    assert {form.name for form in FORMS} - holding("unasked") == {
        *("llama_factory", "llama_factory_kto", "axolotl_kto", "rewardbench")
    }
    assert (
        {form.name for form in FORMS} - holding("spaced")
        == {"axolotl"}
        == {form.name for form in FORMS} - holding("dummy")
    )
    assert {form.name for form in FORMS if form.single} == {"trl_kto", "llama_factory_kto", "axolotl_kto", "jsonl"}
