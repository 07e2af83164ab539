"""AlpacaEval's tables: read as its authors publish them, refused with a sentence otherwise."""

import pytest

from polypref.errors import UserError
from polypref.evaluation.inputs.alpaca_tables import alpaca_tables

HEAD = "model,index,preference,std_delta_len,instruction_difficulty,not_gamed_baseline"
ROWS = ["c,0,0.75,-1.5,0.5,False", "c,1,0.5,0,-0.25,False", "v,0,0.25,1.5,0.5,False", "v,1,0.5,0,-0.25,False"]


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_both_tables(tmp_path):
    gamed = write(tmp_path / "df_gamed.csv", HEAD, *ROWS)
    tables = alpaca_tables(gamed)
    assert tables.difficulty == {0: 0.5, 1: -0.25}
    assert tables.gamed.preference.tolist() == [0.75, 0.5, 0.25, 0.5] and tables.gamed.length[0] == -1.5
    hard = write(tmp_path / "hard.csv", ",instruction_difficulty", "0,0.1", "1,0.2")
    assert alpaca_tables(gamed, hard).difficulty == {0: 0.1, 1: 0.2}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEAD], "is empty"),
        ([HEAD.replace("preference", "pref"), *ROWS], "row 1: no column preference"),
        ([HEAD, "c,0,1.5,0,0,False"], "a preference lies outside 0 to 1"),
        ([HEAD, "c,0,x,0,0,False"], "row 1: preference is 'x'; give a number"),
        ([HEAD, "c,0.5,1,0,0,False"], "0.5 is no place of a prompt"),
        ([HEAD, "c,0,1,0,0,True"], "not_gamed_baseline is not False"),
        ([HEAD.replace("index", "idx"), *ROWS], "no column says the place of the prompt"),
    ],
)
def test_what_is_no_such_table_is_one_sentence(tmp_path, lines, message):
    with pytest.raises(UserError, match=message):
        alpaca_tables(write(tmp_path / "df_gamed.csv", *lines))
