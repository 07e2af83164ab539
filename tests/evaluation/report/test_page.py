"""The page of an evaluation: what it says beside the figures."""

import html
import json

from polypref.evaluation.report.page import page
from tests.evaluation import samples


def test_settings_are_shown_in_one_order_and_in_their_own_letters(full, table):
    settings = {"sets": ["שאלות"], "judge": {"model": "j", "kind": "llm"}, "limit": 3}
    turned = {"limit": 3, "judge": {"kind": "llm", "model": "j"}, "sets": ["שאלות"]}
    one, other = (page(samples.read(full | {"settings": given}), table, per_group=1) for given in (settings, turned))
    assert one == other
    shown = json.dumps(settings, indent=1, sort_keys=True, ensure_ascii=False)
    assert shown in html.unescape(one) and shown.index('"judge"') < shown.index('"limit"') < shown.index('"sets"')
