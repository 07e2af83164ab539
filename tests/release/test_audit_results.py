"""An audit is written and read again as it was."""

from polypref.files.records import decode, encode
from polypref.release.audit_results import Audit

from .test_audit_words import audit


def test_an_audit_is_read_as_it_was_written():
    figures = audit("בשמחה רבה")
    assert decode(Audit, encode(figures), "an audit") == figures
    bare = Audit("pairs", {}, [], [])
    assert "triads" not in encode(bare) and decode(Audit, encode(bare), "an audit") == bare
