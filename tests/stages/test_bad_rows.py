"""What is told of rows that cannot be used, where they are too many."""

from polypref.layouts.sources import Fields, Files
from polypref.stages.bad_rows import too_many_bad, unread_reasons
from polypref.stages.counts import Funnel


def test_rows_and_parts_of_rows_count_and_what_nobody_asked_for_does_not():
    funnel = Funnel()
    funnel["de", "rejected", "not_json"] += 2
    funnel["he", "part_rejected", "score_not_a_number"] += 3
    funnel["he", "skipped", "language_not_asked_for"] += 5
    funnel["de", "kept", ""] += 7
    assert dict(unread_reasons(funnel)) == {"not_json": 2, "score_not_a_number": 3}


def test_the_commonest_reason_is_named_with_its_first_place():
    source = Files("a.jsonl", Fields("prompt"), "s", "1", "MIT", language="de")
    rejected = [("de", "a.jsonl:1", "not_json", "x"), ("de", "a.jsonl:2", "no_prompt", "y")] * 2
    error = too_many_bad(source, 10, 4, 0.05, rejected[1:], unread_reasons(_counted(not_json=1, no_prompt=2)))
    assert str(error).startswith(
        "source 's': 4 of 10 rows cannot be used (at most 5.00% may be bad); most often no_prompt y (2), first at "
        "a.jsonl:2"
    )


def test_rows_that_are_not_utf8_say_how_the_file_is_saved():
    source = Files("a.csv", Fields("prompt"), "s", "1", "MIT", language="de")
    rejected = [("", f"a.csv:{n}", "not_utf8", f"line {n}, as in an 8-bit encoding") for n in (2, 3)]
    error = too_many_bad(source, 2, 2, 0.05, rejected, unread_reasons(_counted(not_utf8=2)))
    assert "(line 2, as in an 8-bit encoding); the file seems to be in an encoding of Windows" in str(error)
    assert "save it as UTF-8 (Excel: Save As, CSV UTF-8" in str(error)


def _counted(**reasons: int) -> Funnel:
    funnel = Funnel()
    for reason, rows in reasons.items():
        funnel["de", "rejected", reason] += rows
    return funnel


def test_a_detail_of_several_lines_is_one_line():
    source = Files("a.jsonl", Fields("prompt"), "s", "1", "MIT", language="de")
    rejected = [("de", "a.jsonl:1", "transcript_in_text", "Frage: Was?\n\nAntwort:")]
    error = too_many_bad(source, 1, 1, 0.05, rejected, unread_reasons(_counted(transcript_in_text=1)))
    assert "\n" not in str(error) and "Frage: Was? Antwort:" in str(error)
