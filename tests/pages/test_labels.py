"""What `polypref inspect` prints of labels that are kept unpaired."""

from polypref.console.terminal import console
from polypref.pages.labels import SIDES, labels_tables


class Record:
    def labels(self):
        return {"all": {"de": (3, 1)}, "some": {"de": (1, 1)}}


def test_each_mixture_has_a_table_with_the_share_of_good_answers(capsys):
    for table in labels_tables(Record()):
        console().print(table)
    printed = capsys.readouterr().out
    assert "labels of all, training rows" in printed and "labels of some, training rows" in printed
    assert [line.split("│")[1:5] for line in printed.splitlines() if "75%" in line] == [
        [" de       ", "    3 ", "     1 ", "        75% "]
    ]


def test_the_sides_of_single_answers_are_called_by_their_label():
    assert SIDES[True] == {"chosen": "good", "rejected": "bad"} and set(SIDES[False].values()) == set(SIDES[True])
