"""Plants damage in sound texts: what is known to go wrong with texts of models, translators, scrapers and databases.

Written from general knowledge of the damage, apart from the filters: nothing here is imported from them. A planter is a
function (text, language, random) -> damaged text, or None where the text offers no place for the damage.
"""

import html
import random
import re
from collections.abc import Callable, Iterable

Planter = Callable[[str, str, random.Random], str | None]

_SPACED = re.compile(r"\S+")
_SENTENCE = re.compile(r"[^.!?。！？।؟\n]+[.!?。！？।؟]+\s*|[^.!?。！？।؟\n]+\n*|\n+")
# The old encodings in which texts of a language are stored where it is not UTF-8.
_REGIONAL = {
    "ar": "cp1256", "fa": "cp1256", "cs": "cp1250", "pl": "cp1250", "ro": "cp1250", "el": "cp1253", "he": "cp1255",
    "ru": "cp1251", "uk": "cp1251", "tr": "cp1254", "ja": "shift_jis", "ko": "cp949", "zh": "gbk", "vi": "cp1258",
}  # fmt: skip


def sentences(text: str) -> list[str]:
    """Returns the sentences and line breaks of a text, which joined give the text again."""
    return _SENTENCE.findall(text)


def words(text: str, language: str) -> list[str]:
    """Returns words, or stretches of two to four characters where words are not separated by spaces."""
    if language in ("zh", "ja"):
        return re.findall(r"\S{1,3}", text)
    return _SPACED.findall(text)


def _wrongly_decoded(text: str, encoding: str) -> str:
    """Returns UTF-8 read in an 8-bit encoding; bytes it does not define become what browsers make of them."""
    if encoding in ("gbk", "shift_jis", "cp949"):
        return text.encode().decode(encoding, "replace")
    out = []
    for byte in text.encode():
        try:
            out.append(bytes([byte]).decode(encoding))
        except UnicodeDecodeError:
            out.append(chr(byte))
    return "".join(out)


def _changed(before: str, after: str) -> str | None:
    return after if after != before else None


# ---- encodings -----------------------------------------------------------------------------------------------------


def mojibake_western(text: str, language: str, rng: random.Random) -> str | None:
    """The whole text in UTF-8, read as cp1252 or Latin-1."""
    return _changed(text, _wrongly_decoded(text, rng.choice(["cp1252", "latin-1"])))


def mojibake_regional(text: str, language: str, rng: random.Random) -> str | None:
    """The whole text in UTF-8, read in the old encoding of the language's region."""
    return _changed(text, _wrongly_decoded(text, _REGIONAL[language])) if language in _REGIONAL else None


def mojibake_old(text: str, language: str, rng: random.Random) -> str | None:
    """The whole text in the old encoding of its region, read as Latin-1."""
    if language not in _REGIONAL:
        return None
    return _changed(text, text.encode(_REGIONAL[language], "replace").decode("latin-1"))


def mojibake_sentence(text: str, language: str, rng: random.Random) -> str | None:
    """One sentence of UTF-8 read as cp1252, the rest sound."""
    parts = sentences(text)
    broken = [i for i, part in enumerate(parts) if _wrongly_decoded(part, "cp1252") != part and len(part) > 20]
    if not broken:
        return None
    i = rng.choice(broken)
    return "".join(parts[:i]) + _wrongly_decoded(parts[i], "cp1252") + "".join(parts[i + 1 :])


def mojibake_quotes(text: str, language: str, rng: random.Random) -> str | None:
    """Typographic quotes, apostrophes and dashes of an editor, read as cp1252; the letters sound."""
    marks = [m.start() for m in re.finditer(r"(?<=\s)(?=[^\W\d_])", text)]
    if len(marks) < 2:
        return None
    for at in sorted(rng.sample(marks, 2), reverse=True):
        text = text[:at] + _wrongly_decoded(rng.choice("“”’–—…"), "cp1252") + text[at:]
    return text


def replacement_characters(text: str, language: str, rng: random.Random) -> str | None:
    """One to five characters lost to U+FFFD."""
    places = [m.start() for m in re.finditer(r"[^\W\d_]", text)]
    for at in rng.sample(places, min(len(places), rng.randint(1, 5))):
        text = text[:at] + "\ufffd" + text[at + 1 :]
    return text if places else None


def control_characters(text: str, language: str, rng: random.Random) -> str | None:
    """One to three control characters between the letters."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice("\x00\x01\x08\x0b\x0c\x1b\x1f\x7f\x80\x8d\x9d\ufeff") + text[at:]
    return text


# ---- leftovers of templates and pages ------------------------------------------------------------------------------

_TURNS = (
    "<|im_end|>", "<|im_start|>assistant", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>", "<|end|>",
    "<|assistant|>",
    "<|start_header_id|>assistant<|end_header_id|>", "<end_of_turn>", "<start_of_turn>model", "[INST]", "[/INST]",
    "<<SYS>>", "<</SYS>>", "</s>", "<|END_OF_TURN_TOKEN|>", "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>", "<unk>",
    "<pad>",
    "<｜end▁of▁sentence｜>", "<｜Assistant｜>", "### Human:", "### Assistant:", "### Response:", "### Instruction:",
    "<extra_id_0>", "[UNK]", "\nUSER:", "\nASSISTANT:",
)  # fmt: skip


def template_tokens(text: str, language: str, rng: random.Random) -> str | None:
    """A token with which a chat template marks turns, at the end, after a sentence or at the start."""
    token = rng.choice(_TURNS)
    where = rng.random()
    if where < 0.5:
        return text + token
    if where < 0.6:
        return token + text
    parts = sentences(text)
    at = rng.randint(1, len(parts))
    return "".join(parts[:at]) + token + "".join(parts[at:])


_SLOTS = (
    "{name}", "{user_name}", "{{name}}", "{{ topic }}", "{text}", "{input}", "{0}", "[INSERT NAME]",
    "[INSERT LINK HERE]", "[INSERT DATE]", "[Insert your text]", "<placeholder>", "<name>", "<insert text here>",
    "<your name here>", "<TEXT>", "{language}", "[YOUR COMPANY]", "%s", "$NAME", "{{instruction}}", "[ENTER TEXT]",
)  # fmt: skip
_MASKS = (
    "__PH_{}__", "⟦{}⟧", "<ph id=\"{}\"/>", "<x id=\"{}\"/>", "XXPH{}XX", "__URL_{}__", "@@{}@@", "PLACEHOLDER_{}",
    "<g id=\"{}\">", "__PLACEHOLDER{}__", "%%NAME%%", "PH{}", "[[{}]]", "__VAR_{}__",
)  # fmt: skip


def _swap_words(text: str, language: str, rng: random.Random, pieces: Iterable[str]) -> str | None:
    for piece in pieces:
        places = list(re.finditer(r"(?<=\s)[^\W\d_]{2,}(?=[\s.,])", text))
        if not places:
            at = rng.randrange(len(text))
            text = text[:at] + piece + text[at:]
            continue
        place = rng.choice(places)
        text = text[: place.start()] + piece + text[place.end() :]
    return text


def template_slots(text: str, language: str, rng: random.Random) -> str | None:
    """A word gives way to a slot of a prompt template that nobody filled."""
    return _swap_words(text, language, rng, [rng.choice(_SLOTS)])


def translation_masks(text: str, language: str, rng: random.Random) -> str | None:
    """Words give way to the masks with which translation chains protect names and code."""
    mask = rng.choice(_MASKS)
    return _swap_words(text, language, rng, [mask.format(i) for i in range(rng.randint(1, 3))])


def html_entities(text: str, language: str, rng: random.Random) -> str | None:
    """The text as escaped for a page: quotes, apostrophes, ampersands, angle brackets."""
    if not re.search(r"[\"'&<>]", text):
        parts = text.split(" ")
        if len(parts) < 4:
            return None
        at = rng.randrange(len(parts) - 1)
        parts[at] = f'"{parts[at]}"'
        text = " ".join(parts)
    return html.escape(text, quote=True)


def html_tags(text: str, language: str, rng: random.Random) -> str | None:
    """Paragraphs, line breaks, links or emphasis of a page, as a scraper leaves them."""
    lines = text.split("\n")
    kind = rng.randrange(4)
    if kind == 0:
        return "".join(f"<p>{line}</p>\n" for line in lines if line.strip())
    if kind == 1:
        return "<br>".join(lines) if len(lines) > 1 else text + "<br />"
    if kind == 2:
        return f'<div class="content">{text}</div>'
    place = rng.choice(words(text, language))
    return text.replace(place, f'<a href="https://example.org/x">{place}</a>', 1)


# ---- loops ---------------------------------------------------------------------------------------------------------


def _head(text: str, rng: random.Random) -> str:
    """Returns the part of an answer that is sound before the loop sets in: 10 to 70%, up to a sentence's end."""
    parts = sentences(text)
    return "".join(parts[: max(1, int(len(parts) * rng.uniform(0.1, 0.7)))])


def _filled(head: str, unit: str, length: int, rng: random.Random, at_least: int = 6) -> str:
    times = max(at_least, (length - len(head)) // max(1, len(unit)) + 1)
    looped = head + unit * times
    return looped[: len(looped) - rng.randrange(len(unit))]


def loop_phrase(text: str, language: str, rng: random.Random) -> str | None:
    """An answer falls into a loop of two to nine words, and is cut at the token limit."""
    head = _head(text, rng)
    found = words(head, language)
    if len(found) < 4:
        return None
    size = rng.randint(2, 9)
    at = rng.randrange(max(1, len(found) - size))
    glue = "" if language in ("zh", "ja") else " "
    return _filled(head, glue.join(found[at : at + size]) + glue, max(len(text), 400), rng)


def loop_sentence(text: str, language: str, rng: random.Random) -> str | None:
    """An answer says one sentence again and again."""
    head = _head(text, rng)
    parts = [part for part in sentences(head) if len(part.strip()) > 8]
    return _filled(head, rng.choice(parts).rstrip() + " ", max(len(text), 400), rng) if parts else None


def loop_counting(text: str, language: str, rng: random.Random) -> str | None:
    """A list counts on with the same item."""
    head = _head(text, rng)
    found = words(head, language)
    if len(found) < 4:
        return None
    at = rng.randrange(len(found) - 2)
    glue = "" if language in ("zh", "ja") else " "
    item = glue.join(found[at : at + rng.randint(1, 6)])
    last = max(12, (len(text) - len(head)) // (len(item) + 4))
    return head + "\n" + "".join(f"{i}. {item}\n" for i in range(1, last))


def loop_drifting(text: str, language: str, rng: random.Random) -> str | None:
    """A sentence comes again and again with one word changed each time."""
    head = _head(text, rng)
    parts = [part for part in sentences(head) if len(words(part, language)) >= 5]
    if not parts:
        return None
    unit, pool = words(rng.choice(parts), language), words(text, language)
    glue = "" if language in ("zh", "ja") else " "
    out = head
    for _ in range(max(6, (max(len(text), 400) - len(head)) // len(glue.join(unit)) + 1)):
        changed = list(unit)
        changed[rng.randrange(len(changed))] = rng.choice(pool)
        out += glue.join(changed) + glue
    return out


def loop_sign(text: str, language: str, rng: random.Random) -> str | None:
    """One syllable or letter without end."""
    head = _head(text, rng)
    found = words(head, language)
    return head + rng.choice(found)[:3] * rng.randint(60, 400) if found else None


def one_word_varied(text: str, language: str, rng: random.Random) -> str | None:
    """A list of thirty items that all say the same of another word."""
    found = words(text, language)
    if len(found) < 12:
        return None
    glue = "" if language in ("zh", "ja") else " "
    start = rng.randrange(len(found) - 8)
    frame = found[start : start + 7]
    return "\n".join(glue.join([rng.choice(found), *frame]) for _ in range(30))


# ---- ends ----------------------------------------------------------------------------------------------------------


def cut_anywhere(text: str, language: str, rng: random.Random) -> str | None:
    """Cut at any character after the first third, as by a token limit."""
    return text[: rng.randrange(len(text) // 3, int(len(text) * 0.95))] if len(text) >= 300 else None


def cut_in_sentence(text: str, language: str, rng: random.Random) -> str | None:
    """Cut after a word inside one of the later sentences of prose."""
    ends = [m.end() for m in re.finditer(r"[^\W\d_]{2,}(?=[ ,،、，]|[^\W\d_]{12})", text)]
    ends = [at for at in ends if at > len(text) / 3]
    return text[: rng.choice(ends)] if ends and len(text) >= 300 else None


def cut_in_code(text: str, language: str, rng: random.Random) -> str | None:
    """Cut inside a fenced code block."""
    blocks = [m for m in re.finditer(r"```.+?```", text, re.DOTALL) if len(m.group()) > 30]
    if not blocks:
        return None
    block = rng.choice(blocks)
    return text[: rng.randrange(block.start() + 8, block.end() - 4)]


# ---- pairs: the second answer made from the first ------------------------------------------------------------------


_PLAIN_WORDS = re.compile(r"(?m)^[^\W\d_][^\n*_#|$\\]{10,60}(?=[\s，。、])")


def respaced(text: str, language: str, rng: random.Random) -> str | None:
    """The same answer with other spaces, case or emphasis; words are emphasised in one line and outside of code."""
    kind = rng.randrange(4)
    if kind == 0:
        return text + "\n"
    if kind == 1:
        plain = _PLAIN_WORDS.search(text.partition("`")[0])
        return f"{text[: plain.start()]}**{plain[0]}**{text[plain.end() :]}" if plain else text + " "
    if kind == 2:
        return text.rstrip(".!?。।") + "!"
    return re.sub(r"\n+", "\n\n", text) + " "


def few_edits(text: str, language: str, rng: random.Random) -> str | None:
    """The same answer with one word of fifty swapped for another of its words."""
    if len(text) < 120:
        return None
    pool = words(text, language)
    for _ in range(max(1, len(pool) // 50)):
        text = text.replace(rng.choice(pool), rng.choice(pool), 1)
    return text


def first_sentence(text: str, language: str, rng: random.Random) -> str | None:
    """The first sentence alone, of an answer of at least ten times its length and 800 characters."""
    parts = [part for part in sentences(text) if part.strip()]
    limit = 300 if language in ("zh", "ja", "ko") else 800
    return parts[0].strip() if parts and len(text) > max(limit, 10 * len(parts[0])) else None


def empty(text: str, language: str, rng: random.Random) -> str | None:
    """Nothing, or white space."""
    return rng.choice(["", " ", "\n", "\n\n", "\t"])


# ---- translations --------------------------------------------------------------------------------------------------


def number_changed(text: str, language: str, rng: random.Random) -> str | None:
    """Two numbers of three digits or more become others."""
    places = list(re.finditer(r"\d{3,}", text))
    if len(places) < 2:
        return None
    for place in sorted(rng.sample(places, 2), key=lambda m: -m.start()):
        text = text[: place.start()] + str(int(place.group()) + rng.randint(3, 60)) + text[place.end() :]
    return text


def half_missing(text: str, language: str, rng: random.Random) -> str | None:
    """The second half of the sentences is not translated at all and missing."""
    parts = sentences(text)
    return "".join(parts[: len(parts) // 2]) if len(parts) >= 4 else None


def torn_marks(text: str, language: str, rng: random.Random) -> str | None:
    """Bold and links as translation engines return them: with spaces inside."""
    found = list(re.finditer(r"(?<=\s)[^\W\d_]{3,}(?=\s)", text))
    if not found:
        return None
    place = rng.choice(found)
    torn = rng.choice(["** {} **", "[{}] (https://example.org/a)", "［{}］（https://example.org/a）"])
    return text[: place.start()] + torn.format(place.group()) + text[place.end() :]


# ---- other languages -----------------------------------------------------------------------------------------------

_LONG_LINE = 40  # characters
_LONG_HALF = 200


def swapped(text: str, other: str, language: str, rng: random.Random) -> str | None:
    """The answer in another language instead."""
    return other


def second_half_of_another(text: str, other: str, language: str, rng: random.Random) -> str | None:
    """The answer changes language in the middle and stays there."""
    own, theirs = sentences(text), sentences(other)
    first, second = "".join(own[: len(own) // 2]), "".join(theirs[len(theirs) // 2 :])
    # Code and lists of references have no language that could change.
    if min(len(first), len(second)) < _LONG_HALF or any("```" in x or "et al" in x for x in (text, other)):
        return None
    return first + second


def lines_of_another(text: str, other: str, language: str, rng: random.Random) -> str | None:
    """A third of the long lines are in another language."""
    lines, theirs = text.split("\n"), [line for line in other.split("\n") if len(line) >= _LONG_LINE]
    places = [i for i, line in enumerate(lines) if len(line) >= _LONG_LINE]
    if len(places) < 3 or not theirs or any("```" in x or "et al" in x for x in (text, other)):
        return None
    for place in rng.sample(places, len(places) // 3):
        lines[place] = rng.choice(theirs)
    return "\n".join(lines)


def words_of_another(text: str, other: str, language: str, rng: random.Random) -> str | None:
    """Every seventh word or so is one of another language."""
    theirs = [word for word in words(other, "en") if word.isalpha()]
    own = words(text, language)
    if len(own) < 20 or not theirs:
        return None
    for word in rng.sample(own, len(own) // 7):
        text = text.replace(word, f" {rng.choice(theirs)} " if language in ("zh", "ja") else rng.choice(theirs), 1)
    return text
