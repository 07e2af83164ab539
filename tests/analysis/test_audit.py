"""The audit as a whole: a planted manner of one model among others, in Hebrew, Hindi and Japanese."""

import random

import pytest

from polypref.analysis.answers import Answer
from polypref.analysis.audit import audit_models

SENTENCES = {
    "he": "הילד הולך בבוקר לאט אל השוק הישן וקונה שם לחם טרי עבור המשפחה כי מזג האוויר יפה היום",
    "hi": "बूढ़ा आदमी सुबह धीरे पुराने बाज़ार में जाता है और वहाँ अपने परिवार के लिए ताज़ी रोटी खरीदता है",
    "ja": "朝早く市場へ行って家族のために新しいパンと魚を買い友達と長く話した",
}
STOCK = {
    "he": "אני מקווה שהתשובה הזאת עוזרת לך.",
    "hi": "मुझे आशा है कि यह आपकी मदद करेगा।",
    "ja": "お役に立てればとても幸いです。",
}


@pytest.mark.parametrize("tag", ["he", "hi", "ja"])
def test_a_manner_is_seen_in_its_model_alone(tag):
    draw, space = random.Random(4), "" if tag == "ja" else " "
    words = SENTENCES[tag].split() if space else list(SENTENCES[tag])
    rows = []
    for n in range(30):
        for model in ("plain", "stock"):
            text = space.join(draw.choices(words, k=40)) + "."
            text = f"**{STOCK[tag]}** {text}" if model == "stock" and n < 15 else text
            rows.append(Answer(f"g{n}", f"p{n}", model, text))
    rows += [Answer(f"h{n}", f"h{n}", "stock", rows[0].text) for n in range(2)]
    plain, stock = audit_models(tag, rows)
    assert (plain.model, plain.answers, stock.model, stock.answers) == ("plain", 30, "stock", 32)
    assert stock.boilerplate.share == round(15 / 32, 4) and plain.boilerplate.share == 0
    assert [one.prompts for one in stock.sentences] == [15] and stock.sentences[0].text == STOCK[tag]
    (opening,) = stock.openings
    assert opening.answers == 15 and opening.others == 0 and plain.openings == []
    assert stock.copied.share == round(2 / 32, 4) and plain.copied.share == 0
    assert plain.variety.units == stock.variety.units == 1200
    assert stock.variety.distinct[2] < plain.variety.distinct[2]
