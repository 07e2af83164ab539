"""Tables and lists in Markdown, with text that would break out of them."""

from markdown_it import MarkdownIt

from polypref.evaluation.report.markdown import as_list, as_table

EVIL = "a | b\n\n# c <img src=x> `d`"


def test_a_table_by_hand():
    rule = "| :--- | :--- | ---: |"
    assert as_table(("a", "b", "n"), [("x", "y", "1")], numbers=2) == f"| a | b | n |\n{rule}\n| x | y | 1 |"
    assert as_table(("a", "b"), []) == ""


def test_text_stays_in_its_cell_and_item():
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = reader.parse(as_table(("a", "n"), [(EVIL, EVIL)]))
    assert [token.type for token in tokens].count("td_open") == 2
    assert not {"heading_open", "html_block"} & {token.type for token in tokens}
    items = reader.parse(as_list([EVIL, "two"]))
    assert [token.type for token in items].count("list_item_open") == 2
    assert not {"heading_open", "html_block"} & {token.type for token in items}
