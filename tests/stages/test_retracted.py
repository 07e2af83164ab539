"""Texts that were taken back are known again in every form that reads the same, and other texts are not."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.stages import retracted
from polypref.stages.checks.contract import Batch, Reject
from polypref.stages.checks.retracted import NotRetracted, not_retracted
from polypref.stages.retracted import LEAST, Retracted, Row, Texts, normal_form
from polypref.text.personal_data import mask_pii

#: Sentences in scripts that Unicode writes in several ways.
SENTENCES = (
    "Die Straße über den Fluß führt nach Gößweinstein, 3½ Stunden",
    "Ho detto: «perché no?», e poi più niente",
    "هل يمكنك أن تخبرني عن تاريخ المدينة القديمة؟",
    "می‌خواهم دربارهٔ این کتاب بیشتر بدانم",
    "האם אפשר לדעת מתי נפתח המוזיאון הלאומי?",
    "क्या आप मुझे इस ऐतिहासिक क़िले के बारे में बता सकते हैं?",
    "ガラスのコップがプラスチックより重いのはなぜですか。",
    "서울에서 부산까지 기차로 얼마나 걸리는지 알려 주세요",
    "Đường từ đây đến chợ Bến Thành mất bao nhiêu phút?",
    "Ποιος έγραψε τον Ύμνο εις την Ελευθερίαν;",
    "ﬁve oﬃces ﬂooded in the Ångström district",
    "İstanbul'da ılık bir sabah, kıyıda yürüyüş yapıyoruz",
    'The quick brown fox; it\'s "over" the dog - really',
)
BLANKS = " \t\n\r\v\f\x1c\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000\u2800"
UNSEEN = (
    "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\xad\u034f\u061c\ufe0e\ufe0f\u180e\u3164\x00\x07\x7f\u202a\U000e0041"
)
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@st.composite
def same(draw: st.DrawFn, text: str) -> str:
    """The text as somebody else's program may have left it."""
    for _ in range(draw(st.integers(1, 4))):
        how = draw(st.sampled_from(("blank", "unseen", "form", "case", "ends")))
        if how == "form":
            text = unicodedata.normalize(draw(st.sampled_from(FORMS)), text)
        elif how == "case":
            text = draw(st.sampled_from((str.upper, str.lower, str.casefold)))(text)
        elif how == "ends":
            text = draw(
                st.sampled_from(("{}.", "{}!", "“{}”", "({})", "**{}**", "- {}", "{} …", "¿{}", "{}。"))
            ).format(text)
        else:
            at = draw(st.integers(0, len(text)))
            text = text[:at] + draw(st.text(BLANKS if how == "blank" else UNSEEN, min_size=1, max_size=3)) + text[at:]
    return text


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_what_reads_the_same_has_one_normal_form(data):
    text = data.draw(st.sampled_from(SENTENCES))
    assert normal_form(data.draw(same(text))) == normal_form(text)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_of_any_text_it_is_the_same_in_all_forms_and_done_once(text):
    once = normal_form(text)
    assert normal_form(once) == once
    for form in FORMS:
        assert normal_form(unicodedata.normalize(form, text)) == once
    assert normal_form(f" {text}\u200b\n") == once


@given(st.text(max_size=40), st.data())
@settings(max_examples=300, deadline=None)
def test_blanks_and_unseen_characters_anywhere_change_nothing(text, data):
    at = data.draw(st.integers(0, len(text)))
    added = data.draw(st.text(BLANKS + UNSEEN, min_size=1, max_size=4))
    assert normal_form(text[:at] + added + text[at:]) == normal_form(text)


WORDS = st.lists(st.text("abcdeäöüßאבגかきく天地0123", min_size=1, max_size=6), min_size=1, max_size=6)


@given(WORDS, WORDS)
@settings(max_examples=300, deadline=None)
def test_other_words_have_another_form(one, other):
    letters = ["".join(words).casefold() for words in (one, other)]
    assert (normal_form(" ".join(one)) == normal_form(" ".join(other))) == (letters[0] == letters[1])


def test_marks_that_something_unseen_kept_out_of_order_are_put_in_order():
    """The iota below folds to a letter: it must stand behind the accent before it does."""
    assert normal_form("α\u0345\u200b\u0301") == normal_form("ᾴ") == normal_form("ΆΙ")
    assert normal_form("a\u0301\u200b\u0323") == normal_form("ạ́")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("İSTANBUL'DA ILIK SABAH", "istanbul’da ılık sabah"),
        ("مـــرحـبا بكم", "مرحبا بكم"),
        ("½ Liter", "1/2 Liter"),
        ("„Ja“, sagte er", '"Ja", sagte er'),
        ("Nord–Süd", "Nord-Süd"),
        ("ｶﾞﾗｽ①", "ガラス1"),
        ("Hast du Zeit ?", "Hast du Zeit"),
        ("צה״ל ובית־הספר של ג׳ון", "צה\"ל ובית-הספר של ג'ון"),
        ("Oʻzbekistonʼda nima gap", "O'zbekiston'da nima gap"),
    ],
)
def test_ways_to_write_the_same(one, other):
    assert normal_form(one) == normal_form(other)


def test_every_pair_of_the_sentences_differs():
    assert len({normal_form(text) for text in SENTENCES}) == len(SENTENCES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Was kann man in C# schreiben", "Was kann man in C schreiben"),
        ("Schreibe es bitte in C#", "Schreibe es bitte in C"),
        ("Ist 5 + 3 gleich 8", "Ist 5 - 3 gleich 8"),
        ("Wie viel sind 15 %", "Wie viel sind 15"),
        ("Er sagte: nein", "Er sagte nein"),
        ("שלום לכולם 👍", "שלום לכולם 👎"),
        ("が", "か"),
        ("не", "нё"),
        ("???", "!!!"),
    ],
)
def test_small_differences_that_are_read_are_kept(one, other):
    assert normal_form(one) != normal_form(other)


# rows


def user(*texts: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]


PROMPT, CHOSEN, REJECTED = (
    "Wo liegt denn das alte Rathaus?",
    "Es liegt direkt neben dem Markt.",
    "Keine Ahnung, frag jemanden.",
)
OTHER = "Wann fährt der nächste Zug nach Ulm?"


def taken(prompt=PROMPT, chosen=CHOSEN, rejected=REJECTED, of="all", named=False) -> Retracted:
    texts, marks = Texts("0" * 32, frozenset()), set()
    turns = user(prompt) if isinstance(prompt, str) else prompt
    for row in Row.variants(turns, [chosen], [rejected]):
        marks |= texts.of(row, of, named)
    return Retracted(frozenset(), (Texts(texts.salt, frozenset(marks)),))


def known(what: Retracted, prompt, chosen, rejected):
    return what.known(("1", "2", "3"), user(prompt) if isinstance(prompt, str) else prompt, [chosen], [rejected])


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ((PROMPT, "eine andere", "noch eine"), "prompt"),
        ((PROMPT + " ", "eine andere", "noch eine"), "prompt"),
        ((unicodedata.normalize("NFD", CHOSEN), "eine andere", "noch eine"), "prompt"),
        ((OTHER, CHOSEN.upper(), "noch eine"), "chosen"),
        ((OTHER, "eine andere", "\u200b" + CHOSEN), "rejected"),
        ((OTHER, REJECTED, "noch eine"), "chosen"),
        ((user("Hallo", "Guten Tag", PROMPT), "eine", "andere"), "prompt"),
        ((user(OTHER, CHOSEN, "Und sonst?"), "eine", "andere"), "prompt"),
        ((user(OTHER, REJECTED, "Und sonst?"), "eine", "andere"), "prompt"),
        (([{"role": "system", "content": "Sei kurz."}, *user(PROMPT)], "eine", "andere"), "prompt"),
        ((OTHER, "eine andere", "noch eine"), None),
        ((OTHER, CHOSEN + " Es ist rot.", "noch eine"), None),
    ],
)
def test_a_text_is_known_in_whatever_place(row, part):
    assert known(taken(), *row) == part


def test_of_says_which_texts():
    rows = {"prompt": (PROMPT, "a", "b"), "chosen": (OTHER, CHOSEN, "b"), "rejected": (OTHER, "a", REJECTED)}
    for of in rows:
        assert {part for part, row in rows.items() if known(taken(of=of), *row)} == {of}
    assert all(known(taken(of="all"), *row) for row in rows.values())


def test_a_short_text_counts_only_with_its_prompt():
    assert len(normal_form("Ja, gern.")) < LEAST
    what = taken(chosen="Ja, gern.", of="chosen")
    assert known(what, OTHER, "Ja, gern.", "Nein.") is None
    assert known(what, PROMPT, "Nein.", "ja, gern!") == "rejected"
    assert known(what, user(PROMPT, "Ja, gern.", "Danke."), "a", "b") == "prompt"
    assert known(what, user("Hallo", "Tag", PROMPT), "Ja, gern.", "b") == "chosen"


def test_a_short_prompt_counts_only_with_one_of_its_answers_or_when_it_was_named():
    short = "Wer bist du?"
    assert len(normal_form(short)) < LEAST
    what = taken(short, of="prompt")
    assert known(what, short, "a", "b") is None and known(what, OTHER, CHOSEN, REJECTED) is None
    assert known(what, short, "a", CHOSEN) == "rejected"
    named = taken(short, of="prompt", named=True)
    assert known(named, "wer bist du", "a", "b") == "prompt"
    assert known(named, user(short, "Ich?", "Ja."), "a", "b") == "prompt"
    assert known(named, OTHER, short, "b") is None


def test_the_length_that_counts_is_that_of_what_is_seen():
    shy = "\u200b".join("Ja, sehr gern.") + " " * 30
    assert known(taken(chosen=shy, of="chosen"), OTHER, shy, "b") is None


@pytest.mark.parametrize("text", ["Das ist mein Geheimnis", "Ja, das stimmt wohl.", "e\u0301" * 20, "ﬀ" * 10])
def test_blanks_and_points_between_words_are_characters_of_a_text(text):
    """Of 20 and more, though the normal form has fewer."""
    assert known(taken(chosen=text, of="chosen"), OTHER, "a", text.replace(" ", "  ")) == "rejected"
    assert known(taken(text, of="prompt"), text, "a", "b") == "prompt"
    assert known(taken(chosen=text[:-5].rstrip(), of="chosen"), OTHER, text[:-5].rstrip(), "b") is None


def test_a_conversation_of_short_turns_counts_as_a_whole_and_goes_on():
    talk = user("Hallo du da", "Guten Tag", "Wie geht es?")
    what = taken(talk, of="prompt")
    assert known(what, talk, "a", "b") == "prompt"
    assert known(what, [*talk, *user("Gut.", "Schön.")[1:]], "a", "b") == "prompt"
    assert known(what, user("Hallo du da"), "a", "b") is None


def test_a_system_prompt_bars_no_row():
    system = [{"role": "system", "content": "You are a careful and helpful assistant."}]
    what = taken([*system, *user(PROMPT)])
    assert known(what, [*system, *user(OTHER)], "a", "b") is None


def test_personal_data_masked_or_not_is_the_same_text():
    mail = "anna.muster" + "@" + "posteo.de"
    plain, masked = f"Schreiben Sie mir bitte an {mail} morgen", "Schreiben Sie mir bitte an [email] morgen"
    for stored, back in ((plain, masked), (masked, plain), (plain, plain)):
        assert known(taken(stored, of="prompt"), back, "a", "b") == "prompt"


def test_a_key_of_a_service_stands_in_earlier_public_releases():
    mail, key = "anna.muster" + "@" + "posteo.de", "hf_" + "qZ7bT2mKx9RvLp4WcN8dYhG3sJfA6eUo"
    row = f"Schreiben Sie an {mail}, der Schlüssel ist {key}"
    released = f"Schreiben Sie an [email], der Schlüssel ist {key}"
    assert mask_pii(row) == "Schreiben Sie an [email], der Schlüssel ist [secret]"
    assert known(taken(released, of="prompt"), row, "a", "b") == "prompt"
    assert taken(released, of="prompt").has_text(row)


# the changelog


def log(what: Retracted) -> str:
    return "# Changes\n\n## v2.0.0\n\n" + "\n".join(line for one in what.texts for line in retracted.lines(one)) + "\n"


def test_what_is_written_is_read_and_holds_no_text():
    what = taken()
    assert retracted.read_retractions(log(what)) == what
    assert not re.search("Rathaus|Markt|Ahnung", log(what), re.IGNORECASE)
    assert retracted.lines(Texts("0" * 32, frozenset())) == []


def test_entries_of_before_name_ids_only():
    ids = {"a" * 32, "b" * 32}
    old = "# Changes\n\n## v2.0.0\n\n- if you hold a copy, remove these pair_ids from it:\n" + "".join(
        f"  - {one}\n" for one in sorted(ids)
    )
    assert retracted.read_retractions(old) == Retracted(frozenset(ids))
    assert retracted.read_retractions(old + log(taken()).partition("\n\n")[2]) == Retracted(
        frozenset(ids), taken().texts
    )


def test_a_reason_is_no_entry():
    """Only whole lines of the form that is written count."""
    head, mark = log(taken()).splitlines()[4:6]
    for line in (f"- 1 rows retracted: {head} {mark}", f"> {head}", head[:-1]):
        assert not retracted.read_retractions(f"# Changes\n\n{line}\n{mark}\n").texts


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "  \n"),
        lambda text: text.replace("  - ", "    * "),
        lambda text: text.replace("\n- ", "\n* ").replace("  - ", "- "),
        lambda text: text.replace(":\n", ":\n\n").replace("\n  - ", "\n\n   -   "),
    ],
)
def test_what_a_formatter_of_markdown_makes_of_it_is_read(change):
    whole = f"- taken back with all their rows, whatever the pair_id:\n  - {'a' * 32}\n"
    before = log(taken()) + whole
    assert change(before) != before
    assert retracted.read_retractions(change(before)) == Retracted(frozenset({"a" * 32}), taken().texts)


def test_a_changelog_covers_another_that_says_no_more():
    less, more, other = taken(of="chosen"), taken(), Retracted(frozenset({"a" * 32}))
    assert more.covers(less) and not less.covers(more) and less.covers(Retracted())
    assert not other.covers(less) and not less.covers(other) and less.joined(other).covers(less)
    assert not less.covers(Retracted(frozenset(), (Texts("1" * 32, less.texts[0].marks),)))


def test_a_normal_form_of_a_later_version_is_refused():
    with pytest.raises(UserError, match="normal form 2, which this polypref does not know; install the newest"):
        retracted.read_retractions(log(taken()).replace("normal form 1", "normal form 2"))


@pytest.mark.parametrize(
    "text", ["a" * 32 + "\n" + "b" * 32, '{"id": 1, "prompt": "What?"}', "# Changelog\n\n## Unreleased\n", ""]
)
def test_a_file_that_is_no_changelog_of_a_release_is_refused(tmp_path, text):
    path = tmp_path / "ids.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"ids\.txt is no CHANGELOG\.md of a release: no version's heading"):
        retracted.read_file(path)


@pytest.mark.parametrize("text", ["# Changes\n\n## v1.0.0\n\n- first version\n", f"  - {'a' * 32}\n"])
def test_a_changelog_with_a_version_or_an_entry_is_one(tmp_path, text):
    path = tmp_path / "CHANGELOG.md"
    path.write_text(text, "utf-8")
    assert retracted.read_file(path) == retracted.read_retractions(text)


def test_two_changelogs_are_one(tmp_path):
    one, other = taken(of="chosen"), taken(of="prompt")
    (tmp_path / "CHANGELOG.md").write_text(log(one), "utf-8")
    (tmp_path / "other.md").write_text(log(other), "utf-8")
    (check,) = not_retracted(str(tmp_path / "other.md"), tmp_path)
    assert check.known == one.joined(other) and len(check.known.texts) == 1
    assert not_retracted(None, None) == not_retracted(None, tmp_path / "nowhere") == ()
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## v1.0.0\n\n- first version\n", "utf-8")
    assert not_retracted(None, tmp_path) == ()
    with pytest.raises(UserError, match=r"cannot read .*missing.md"):
        not_retracted(str(tmp_path / "missing.md"), None)


def test_the_filter_gives_a_reason_for_each_part():
    import pyarrow as pa

    rows = [(PROMPT, "a", "b"), (OTHER, CHOSEN, "b"), (OTHER, "a", REJECTED), (OTHER, "a", "b"), (OTHER, "c", "d")]
    table = {"prompt": [user(row[0]) for row in rows], "chosen": [r[1] for r in rows], "rejected": [r[2] for r in rows]}
    ids = {name: [f"{name}{at}" for at in range(len(rows))] for name in ("pair_id", "prompt_id", "group_id")}
    what = Retracted(frozenset({"group_id4"}), taken().texts)
    one = NotRetracted(what)
    assert list(one(Batch(pa.table(ids | table)))) == [
        (0, Reject("prompt_taken_back")),
        (1, Reject("chosen_taken_back")),
        (2, Reject("rejected_taken_back")),
        (4, Reject("taken_back")),
    ]
    assert one.digest != NotRetracted(taken()).digest
