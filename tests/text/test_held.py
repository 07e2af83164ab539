"""Sentences that code and JSON hold."""

import pytest

from polypref.text.held import sentences_in_code


@pytest.mark.parametrize(
    "text",
    [
        '{"note": "We shall meet at the old bridge."}',
        "```c\nint x; // We shall meet at the old bridge.\n```",
        "x = 1\n# We shall meet at the old bridge.\ny = 2",
        '"""We shall meet at the old bridge."""\ndef f(): pass',
        "/* We shall meet at the old bridge. */",
        "SELECT 1 -- We shall meet at the old bridge.",
    ],
)
def test_texts_and_comments_are_read(text):
    assert "We shall meet at the old bridge" in sentences_in_code(text)


def test_keys_names_and_statements_are_no_sentences():
    assert sentences_in_code('{"the name of the person": "Ada", "city": "London"}') == ""
    assert sentences_in_code("for x in range(3):\n    print(x)") == ""


@pytest.mark.parametrize("text", ["ok" + "\n" * 200_000 + "x", "# " * 100_000, '\\"' * 100_000, "<!--" * 50_000])
def test_long_runs_of_what_begins_nothing_are_gone_over_once(text):
    # Each beginning followed to the end of the text, the first would take minutes.
    assert sentences_in_code(text) == ""


def test_one_line_of_many_comments_is_one():
    assert sentences_in_code("x = 1  # We shall meet # at the old bridge today.") == (
        "We shall meet # at the old bridge today."
    )
