"""The one table: every form has its name, and every trainer's the reader that it was read from."""

import re

from polypref.exports import NAMES
from polypref.exports.table import FORMS, form_of


def test_the_table_has_the_forms_that_the_command_line_names():
    assert tuple(form.name for form in FORMS) == NAMES
    assert form_of("axolotl") is FORMS[1] and form_of("axolotle") is None


def test_every_trainer_has_a_file_at_a_commit():
    for form in FORMS[:-1]:
        reader = form.reader
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", reader.repository) and reader.path.endswith(".py"), form.name
        assert re.fullmatch(r"[0-9a-f]{40}", reader.commit), form.name
    assert FORMS[-1].reader.sentence() == ""
