"""What comes with polypref is found by its path below polypref/data."""

import pytest

from polypref.files.packaged import packaged, packaged_text


def test_a_text_is_read_as_it_stands_in_the_package():
    assert "{{code}}" in packaged_text("judges", "pairwise-2.txt")
    assert packaged("judges", "pairwise-2.txt").is_file() and packaged("judges").is_dir()
    assert not packaged("judges", "pairwise-9.txt").is_file()
    with pytest.raises(FileNotFoundError):
        packaged_text("judges", "pairwise-9.txt")
