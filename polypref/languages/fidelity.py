"""Does an answer stay in its language: line by line, and word by word where the script is not Latin.

After the Language Confusion Benchmark (Marchisio et al. 2024, arXiv 2406.20052): the line pass rate is the share of
answers without a line in another language, the word pass rate the share of those without a word of English among other
letters. Training rewards, evaluation and the filter use the same functions.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .. import languages
from ..text.prose import prose
from ..text.running import code_lines
from . import detectors
from .identifier import Check, Identifier

# As the benchmark does: ASCII punctuation goes, a long dash is a space, the Arabic comma goes.
_PUNCTUATION = str.maketrans({**dict.fromkeys("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~،", None), "—": " "})
# A line of a list of references: a year in brackets, et al., or a quoted title after a list mark. It is in the language
# of what it names.
_YEAR_OR_ET_AL = re.compile(r"\((?:19|20)\d\d[a-z]?[^()]{0,20}\)|\bet al\b")
_YEARS = ("(19", "(20", "et al")
_TITLE_MARKS = '"“„«'
_TITLE = re.compile(rf"\s*(?:[-*•]|\d+[.)])\s*(?:[{_TITLE_MARKS}][^\"“”„«»]{{10,}}[\"“”»])")
_SENTENCE_END = re.compile(r"[.!?؟…](?=\s)|[।。！？；]")
_FINE = Check("ok", "")
# Letters of scripts without spaces, by what counts as a word of them: kana and the Han beside it by the rule of
# Japanese, Han alone by that of Chinese, Thai, Lao, Burmese and Khmer by four letters (not measured).
_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_EAST = "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003347f"
_SOUTH = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED_EAST, _UNSPACED_SOUTH, _UNSPACED = (re.compile(f"[{signs}]") for signs in (_EAST, _SOUTH, _EAST + _SOUTH))
_LETTERS_OF_A_WORD_SOUTH = 4
# Of a line of so many characters the words are counted when it has to be known.
_LONG_LINE = 40
# Begins with a set of characters, as these are searched for fast; then it looks back.
_ASCII_WORD = re.compile(r"[a-z](?<![^\W_].)[a-z]{3,}(?![^\W_])")


@dataclass(frozen=True)
class Lines:
    """What the lines of one answer are in.

    Attributes:
        checked: lines (or pieces of long ones) that are long enough to tell.
        wrong: (line number from 0, language found) of those in another language.
        wrong_share: share of these in the words of all that were checked.
    """

    checked: int
    wrong: tuple[tuple[int, str], ...]
    wrong_share: float = 0.0

    @property
    def passed(self) -> bool | None:
        """True when no line is in another language; None when no line is long enough to tell."""
        return not self.wrong if self.checked else None

    @property
    def accuracy(self) -> float:
        """Share of lines in the right language; 1 when none could be told."""
        return 1 - len(self.wrong) / self.checked if self.checked else 1.0


def check_lines(
    texts: Sequence[str],
    expected: Sequence[str],
    identifier: Identifier,
    least_words: int = 5,
    longest: int | None = None,
    references: bool = True,
    proses: Sequence[str] | None = None,
    count_sound: bool = True,
    also: Sequence[Sequence[str]] | None = None,
) -> list[Lines]:
    """Checks every line of every text.

    Args:
        texts: answers.
        expected: for each, the language it should be in.
        identifier: decides on a line; what it cannot tell is not counted.
        least_words: shorter lines are not looked at.
        longest: longer lines are cut at ends of sentences into pieces of at least a third of it, so that a change of
            language inside a paragraph is seen; None leaves lines whole, as the published benchmark does.
        references: whether entries of a bibliography count, as in the published benchmark.
        proses: what `polypref.text.prose.prose` gives for each text, where that is known already.
        count_sound: whether the lines of a text are counted where none is in another language; without, `checked` is
            0 there, and much less is to be done.
        also: for each text, other languages that its lines may be in.

    Returns:
        what the lines of each text are in, in the order of the texts.

    Raises:
        UserError: an unknown tag, or a detector that is not installed.
    """
    pieces: list[tuple[int, int, str]] = []
    whole = [prose(text) for text in texts] if proses is None else proses
    most_words = [_most_words(text, tag) for text, tag in zip(whole, expected, strict=True)]
    for number, (text, most) in enumerate(zip(whole, most_words, strict=True)):
        names_a_work = _never if references else _work_names(text)
        for at, line in enumerate(text.split("\n")):
            # Lines of code are empty in prose, and soon passed over. Long ones are nearly all of so many words: these
            # are counted where the line is in doubt.
            if len(line) < _LONG_LINE and ((not line and least_words) or most(line) < least_words):
                continue
            if names_a_work(line):
                continue
            if longest is None or len(line) <= longest:
                pieces.append((number, at, line))
            else:
                pieces += [(number, at, piece) for piece in _pieces(line, longest) if most(piece) >= least_words]
    lines, tags = [piece for _, _, piece in pieces], [expected[number] for number, _, _ in pieces]
    # The other detectors are asked about every line: what py3langid takes for granted they may see otherwise.
    doubtful = _doubtful(lines, tags) if identifier.detector == "py3langid" else range(len(lines))
    doubtful = [i for i in doubtful if most_words[pieces[i][0]](lines[i]) >= least_words]

    @functools.cache
    def words_of(i: int) -> float:
        return words(lines[i].translate(_PUNCTUATION), tags[i])

    asked = [i for i in doubtful if words_of(i) >= least_words]
    checks = dict(zip(asked, identifier.check_many([lines[i] for i in asked], [tags[i] for i in asked]), strict=True))
    if also:
        others = {i: also[pieces[i][0]] for i, check in checks.items() if check.status == "other"}
        checks |= dict.fromkeys(_in_others(lines, checks, others, identifier), _FINE)
    looked_at = doubtful if count_sound else [i for i, check in checks.items() if check.status == "other"]
    code = {number: _code_lines(texts[number], whole[number]) for number in {pieces[i][0] for i in looked_at}}
    counts = {
        i: words_of(i)
        for i, (number, at, _) in enumerate(pieces)
        if (count_sound or number in code) and at not in code.get(number, ()) and words_of(i) >= least_words
    }
    checked: list[int] = [0] * len(texts)
    wrong: list[list[tuple[int, str]]] = [[] for _ in texts]
    telling, wrong_words = [0.0] * len(texts), [0.0] * len(texts)
    for i, count in counts.items():
        number, at, _ = pieces[i]
        check = checks.get(i, _FINE)
        if check.status != "undetermined":
            checked[number] += 1
            telling[number] += count
        if check.status == "other":
            wrong[number].append((at, check.language))
            wrong_words[number] += count
    shares = (part / whole if whole else 0.0 for part, whole in zip(wrong_words, telling, strict=True))
    return [Lines(n, tuple(lines_of_one), share) for n, lines_of_one, share in zip(checked, wrong, shares, strict=True)]


def _in_others(
    lines: Sequence[str], checks: Mapping[int, Check], others: Mapping[int, Sequence[str]], identifier: Identifier
) -> Iterator[int]:
    """The lines that are in one of their other languages; all lines are asked about one language at once."""
    left = {i: tags for i, tags in others.items() if checks[i].language not in tags}
    yield from others.keys() - left.keys()
    for tag in filter(languages.find, dict.fromkeys(tag for tags in left.values() for tag in tags)):
        asked = [i for i, tags in left.items() if tag in tags]
        looks = identifier.check_many([lines[i] for i in asked], [tag] * len(asked))
        for i in [i for i, look in zip(asked, looks, strict=True) if look.status == "ok"]:
            del left[i]
            yield i


def _code_lines(text: str, prose: str) -> frozenset[int]:
    """Which lines of a text stand in code, though prose leaves them: comments, statements without signs."""
    shown, left = text.split("\n"), prose.split("\n")
    code = code_lines(shown if len(shown) == len(left) else left, left)
    return frozenset(at for at, is_code in enumerate(code) if is_code)


def _most_words(text: str, tag: str) -> Callable[[str], float]:
    """Gives for a line of a text as many words as `words` counts once its punctuation is gone, or more; soon known."""
    per_word = languages.get(tag).characters_of_a_word
    if per_word is not None:
        return functools.partial(_most_dense_words, max(1.0, 1 / per_word))
    if text.isascii() or not _UNSPACED.search(text):
        return _most_spaced_words
    return _most_mixed_words


def _most_dense_words(of_a_character: float, line: str) -> float:
    return len(line) * of_a_character


def _most_spaced_words(line: str) -> int:
    # A long dash is a space.
    return len(line.split()) + line.count("—")


def _most_mixed_words(line: str) -> int:
    # Around each letter of a script without spaces a word may end.
    letters = 0 if line.isascii() else len(_UNSPACED_EAST.findall(line)) + len(_UNSPACED_SOUTH.findall(line))
    return _most_spaced_words(line) + 2 * letters


def _words_of_scripts(line: str) -> float:
    """The words of a line in a language with spaces: those between spaces, and those without by their script's rule."""
    east, south = len(_UNSPACED_EAST.findall(line)), len(_UNSPACED_SOUTH.findall(line))
    if not east and not south:
        return len(line.split())
    rest = _UNSPACED_SOUTH.sub(" ", _UNSPACED_EAST.sub(" ", line)).split()
    spaced = sum(any(map(str.isalnum, word)) for word in rest)
    per_word = languages.get("ja" if _KANA.search(line) else "zh").characters_of_a_word or 1.0
    return spaced + east / per_word + south / _LETTERS_OF_A_WORD_SOUTH


def _work_names(text: str) -> Callable[[str], bool]:
    """Gives for a line of a text whether it names a work: soon known of a text without the signs of names of works."""
    has_year = any(sign in text for sign in _YEARS)
    if any(sign in text for sign in _TITLE_MARKS):
        return _names_a_work if has_year else _has_title
    return _has_year_or_et_al if has_year else _never


def _names_a_work(line: str) -> bool:
    return _has_year_or_et_al(line) or _has_title(line)


def _has_title(line: str) -> bool:
    return _TITLE.match(line) is not None


def _has_year_or_et_al(line: str) -> bool:
    return ("(" in line or "et al" in line) and _YEAR_OR_ET_AL.search(line) is not None


def _never(line: str) -> bool:
    return False


def _doubtful(lines: Sequence[str], tags: Sequence[str]) -> list[int]:
    """The lines that py3langid, open to all languages it knows, does not take for their own language at once.

    Most lines are what they should be, and one look is enough to see it; the whole rule is for the others.
    """
    if not lines:
        return []
    labels = detectors.py3langid_labels()
    best = detectors.py3langid_scores([line.encode("utf-8", "surrogatepass") for line in lines]).argmax(axis=1)
    own = {tag: set(languages.get(tag).codes.py3langid) for tag in set(tags)}
    return [i for i, (label, tag) in enumerate(zip(best, tags, strict=True)) if labels[label] not in own[tag]]


def _pieces(line: str, longest: int) -> list[str]:
    """A line that is too long, as groups of its sentences."""
    pieces, begin = [], 0
    for end in _SENTENCE_END.finditer(line):
        if end.end() - begin >= longest // 3:
            pieces.append(line[begin : end.end()])
            begin = end.end()
    return [*pieces, line[begin:]]


def words(line: str, tag: str) -> float:
    """Counts the words of a line, the same on every machine: those of a language without spaces by its characters.

    In a language with spaces, letters of a script without (Han, kana, Thai) are counted by the rule of that script.

    Args:
        line: a line of prose.
        tag: its language.

    Returns:
        the number; of a language without spaces an estimate, which need not be whole.
    """
    per_word = languages.get(tag).characters_of_a_word
    if per_word is None:
        return len(line.split()) if line.isascii() else _words_of_scripts(line)
    ascii_words = re.findall(r"[!-~]+", line)
    rest = sum(1 for c in line if not c.isspace()) - sum(map(len, ascii_words))
    return len(ascii_words) + rest / per_word


def foreign_words(text: str, tag: str, known: frozenset[str] | None = None) -> list[str]:
    """Looks for English words in a text of another script.

    The benchmark's rule: words of more than three letters, all lower-case (a capital begins a name), from a list of
    English words. Without a list every such word of ASCII letters counts, once code, addresses, quotations and names
    are left out.

    Args:
        text: an answer.
        tag: its language; one written in Latin letters has no such words by this rule.
        known: English words, in lower case.

    Returns:
        the words, in their order, each as often as it stands there.
    """
    english = english_words(prose(text) if known is None else text, tag)
    return english if known is None else [word for word in english if word in known]


def has_word_check(tag: str) -> bool:
    """Whether English words stand out in a language.

    Args:
        tag: the language's tag.

    Returns:
        false where it is written in Latin letters itself.
    """
    return "Latn" not in languages.get(tag).scripts


def english_words(text: str, tag: str) -> list[str]:
    """Looks for lower-case words of four ASCII letters or more.

    Args:
        text: an answer.
        tag: its language.

    Returns:
        the words, in their order; none in a language that is written in Latin letters.
    """
    return _ASCII_WORD.findall(text) if has_word_check(tag) else []


def line_pass_rate(lines: Sequence[Lines]) -> float:
    """Computes the share of answers without a wrong line, among those with a line long enough to tell.

    Args:
        lines: what the lines of each answer are in.

    Returns:
        the share, 0 to 1; 1 when no answer has such a line.
    """
    passed = [one.passed for one in lines if one.passed is not None]
    return sum(passed) / len(passed) if passed else 1.0


def harmonic_mean(line_rate: float, word_rate: float) -> float:
    """Computes the language confusion pass rate: the harmonic mean of line and word pass rate.

    Args:
        line_rate: share of answers, 0 to 1.
        word_rate: share of answers, 0 to 1.

    Returns:
        the mean, 0 to 1; 0 where both are.

    >>> harmonic_mean(1.0, 0.5)
    0.6666666666666666
    """
    return 2 * line_rate * word_rate / (line_rate + word_rate) if line_rate + word_rate else 0.0
