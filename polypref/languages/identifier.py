"""Is a text in the language it should be in? First its script, then a detector asked twice, then words.

A detector that may only answer with the languages of the build calls Norwegian Dutch; one that may answer with all it
knows loses true members to their small neighbours. So both answers are taken, and a rule joins them (`Identifier`). How
it was chosen and what it reaches is in benchmarks/language_id.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from .. import languages
from ..kernels.prose import prose_of_each
from ..scripting.bounds import AtLeastZero, Natural, Share
from ..scripting.declared import check_fields, checked_call
from ..text.running import has_running_text, is_like_code, running_text, uncoded
from . import detectors, scripts
from .close_languages import evidence, has_frequent_words, has_words_of, relations
from .detectors import Detector
from .discriminators import speaks_against, speaks_for
from .support import in_other_scripts, is_supported
from .typed_letters import in_own_letters
from .unaccented import by_frequent_words
from .writing import is_nearly_all_capitals, usual_writing

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Status = Literal["ok", "other", "undetermined"]
_Scored = tuple["npt.NDArray[np.float32]", "npt.NDArray[np.float32]"]

_CASED = {"Latn", "Cyrl", "Grek", "Armn"}
# In languages whose nouns are capitalised two such words in a row make a name (_NAMES), in others one does.
_NAME = re.compile(r"(?<=[^\s.!?:;…] )[^\W\d_][\w'’.-]*")
_NAMES = re.compile(r"[^\W\d_a-zß-ÿ][\w'’.-]*(?: [^\W\d_a-zß-ÿ][\w'’.-]*)+")
_LATIN = re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]+")
_NOT_LATIN = re.compile(
    r"[\u0370-\u1dff\u1f00-\u1fff\u2c00-\ua71f\ua800-\uab2f\uab70-\ufaff\ufb13-\uff20\uff66-\uffdc]+"
)
# The Latin letter that Ukrainian text often has in place of its own.
_LATIN_I = re.compile(r"(?<=[\u0400-\u04ff])i|i(?=[\u0400-\u04ff])")
_CLEARLY = 3.0  # log-likelihood per square root of a byte
_SHORT = 30  # characters
# A text without its names is looked at where so many letters, and so much of it, are left.
_LEAST_LEFT, _LEAST_SHARE_LEFT = 10, 0.3
# A text of which so much is sentences is not looked at without the rest, but where no language is named.
_MOST_OF_IT = 0.6
# Of the usual lead, in long texts and in others; where it is less, or a word is close, the tables are asked as well.
_DECISIVE = (0.6, 0.9)
# Longer texts are judged by pieces spread over them.
_LONGEST_UNCUT = 800  # characters
_PIECE = 200
_MOST_PIECES = 8


@dataclass(frozen=True)
class Check:
    """What was found out about one text.

    Attributes:
        status: ok (in the expected language), other (in another one), undetermined (too few letters to tell).
        language: the expected tag where ok, else the best other language: a tag of a known language, a BCP-47 tag or
            detector's label of another (gl, no), or und.
    """

    status: Status
    language: str


UNDETERMINED = Check("undetermined", "und")


@checked_call
@dataclass(frozen=True)
class Identifier:
    """Decides whether texts are in the languages they should be in.

    The rule, with py3langid: most of the letters are in a script of the expected language, and no other script than
    Latin has a large share. Of the languages of the build the expected one scores best (the restricted answer). Its
    lead over all that the detector knows (the open answer), in log-likelihood per square root of a byte, is at least
    `usual_share` of what is usual for the language at that length, less `slack`, but never more than `most_lead` nor
    less than `-margin`: a true Spanish sentence leads Galician by more the longer it is, while an Asturian one, for
    which the detector has no label, leads by little however long. Frequent words and letters of the language and of
    its neighbours (`close_languages`) count as `own_weight` and `other_weight` units of log-likelihood each. A text of
    less than 800 characters that fails is looked at once more without its capitalised names. Tables of words decide
    where the lead is less than usual or a word is close, and for short texts that lead by too little. Other detectors
    give no log-likelihoods: with them the restricted answer must be the expected language, and its open probability at
    least `least_probability`.

    Of a language that the detector does not know, a text that passes as another one by this rule is in that one: as
    English, or as one whose frequent words it has; else it is undetermined. As a language that is close to its own
    (`close_languages.relations`) it only is where the own file lists frequent words of both, and the text has those of
    the other one.

    A text mostly in its language, with some words of another, is ok; a text of several paragraphs of which more than
    `foreign_share` is clearly in another language is not.

    Attributes:
        languages: tags of the languages of the build.
        detector: which detector is asked.
        model: path of the model file, for glotlid.
        margin: see above; log-likelihood per square root of a byte, as are slack and most_lead.
        usual_share: see above.
        slack: see above.
        most_lead: see above.
        own_weight: see above.
        other_weight: see above.
        least_probability: see above.
        min_letters: texts with fewer letters (Chinese, Japanese and Korean ones count double) are undetermined.
        min_script_share: see above.
        max_other_script_share: see above.
        foreign_share: see above.
    """

    languages: tuple[str, ...] = languages.AYA_23
    detector: Detector = "py3langid"
    model: str | None = None
    margin: float = 1.2
    usual_share: AtLeastZero = 0.3
    slack: float = 2.0
    most_lead: float = 2.0
    own_weight: AtLeastZero = 8.0
    other_weight: AtLeastZero = 20.0
    least_probability: Share = 0.2
    min_letters: Natural = 10
    min_script_share: Share = 0.4
    max_other_script_share: Share = 0.25
    foreign_share: Share = 0.4

    def __post_init__(self) -> None:
        check_fields(self)

    def check(self, text: str, expected: str) -> Check:
        """Checks one text; see check_many.

        Args:
            text: the text as it is.
            expected: tag of the language that it should be in.

        Returns:
            what was found out about it.

        Raises:
            UserError: an unknown tag, or a detector that is not installed.
        """
        return self.check_many([text], [expected])[0]

    def check_many(
        self, texts: Sequence[str], expected: Sequence[str], proses: Sequence[str] | None = None
    ) -> list[Check]:
        """Checks for each text whether it is in its expected language.

        Args:
            texts: texts as they are; what does not count as language is taken out here (`polypref.text.prose.prose`).
            expected: for each text, a tag; it need not be one of the languages of the build.
            proses: what `prose` gives for each text, where that is known already.

        Returns:
            what was found out about each text, in order.

        Raises:
            UserError: an unknown tag, or a detector that is not installed.
        """
        if len(texts) != len(expected):
            raise ValueError(f"{len(texts)} texts but {len(expected)} expected languages")
        for tag in {*self.languages, *expected}:
            languages.get(tag)
        cleaned = list(map(usual_writing, prose_of_each(texts) if proses is None else proses))
        checks = self._in_these_letters(texts, cleaned, expected)
        passed = [check.status == "ok" for check in checks]
        for i in in_own_letters(texts, cleaned, expected, passed, self._pass_in_these_letters):
            checks[i], passed[i] = Check("ok", expected[i]), True
        for i, tag in by_frequent_words(cleaned, expected, passed, texts).items():
            checks[i] = Check("ok" if tag == expected[i] else "other", tag)
        return checks

    def _in_these_letters(self, texts: Sequence[str], cleaned: Sequence[str], expected: Sequence[str]) -> list[Check]:
        """Returns what is found out about texts in the letters that they have."""
        checks = self._at_first_sight(cleaned, expected)
        self._look_for_support(texts, cleaned, expected, checks)
        return checks

    def _pass_in_these_letters(
        self, texts: Sequence[str], cleaned: Sequence[str], expected: Sequence[str]
    ) -> list[bool]:
        return [check.status == "ok" for check in self._in_these_letters(texts, cleaned, expected)]

    def _at_first_sight(self, cleaned: Sequence[str], expected: Sequence[str]) -> list[Check]:
        """Returns what scripts, detector and words say of texts, whatever it is that they say it of."""
        if not cleaned:
            return []
        by_script = self._by_script(cleaned, expected)
        checks = [UNDETERMINED] * len(cleaned)
        wrong = [i for i, status in enumerate(by_script) if status == "other"]
        for i, label in zip(wrong, self._likeliest([cleaned[i] for i in wrong]), strict=True):
            checks[i] = _other(label, expected[i], self.detector)
        self._name_by_script(cleaned, expected, checks)
        in_script = {i: _in_script(cleaned[i], expected[i]) for i, status in enumerate(by_script) if status == "ok"}
        self._decide(in_script, expected, checks)
        again = {i: _without_names(text, expected[i]) for i, text in in_script.items() if checks[i].status == "other"}
        self._decide({i: text for i, text in again.items() if text is not None}, expected, checks)
        return checks

    def _name_by_script(self, cleaned: Sequence[str], expected: Sequence[str], checks: list[Check]) -> None:
        """Names the language of the letters in another script, where a whole text with them looks like its own."""
        nameless = [i for i, check in enumerate(checks) if check == Check("other", "und")]
        parts = [in_other_scripts(cleaned[i], expected[i]) for i in nameless]
        for i, part, label in zip(nameless, parts, self._likeliest(parts), strict=True):
            if len(part) >= self.min_letters:
                checks[i] = _other(label, expected[i], self.detector)

    def _look_for_support(
        self, texts: Sequence[str], cleaned: Sequence[str], expected: Sequence[str], checks: list[Check]
    ) -> None:
        """Looks again at texts that seem to be in another language, and at code: their sentences alone count."""
        for i in [i for i, check in enumerate(checks) if check.status == "ok" and is_like_code(texts[i])]:
            if not has_running_text(texts[i], cleaned[i]):
                checks[i] = UNDETERMINED
        doubtful = [i for i, check in enumerate(checks) if check.status == "other"]
        running = {i: running_text(usual_writing(texts[i]), cleaned[i]) for i in doubtful}
        short = {i for i in doubtful if len(running[i]) < _MOST_OF_IT * len(cleaned[i])}
        again = [i for i in doubtful if running[i] and (i in short or checks[i].language == "und")]
        looks = self._at_first_sight([running[i] for i in again], [expected[i] for i in again])
        checks_of_sentences = dict(zip(again, looks, strict=True))
        for i in doubtful:
            look = checks_of_sentences.get(i, checks[i])
            # Nearly the whole of a text without a named language says no more than the whole, but that it is sound.
            checks[i] = check = look if i in short or look.status == "ok" else checks[i]
            plain = uncoded(usual_writing(texts[i]), cleaned[i])
            if check.status == "other" and not is_supported(running[i], plain, check.language, expected[i]):
                checks[i] = UNDETERMINED

    def _by_script(self, texts: Sequence[str], expected: Sequence[str]) -> list[Status]:
        """Returns what the scripts alone say; ok means that the detector is to be asked."""
        import numpy as np

        if not texts:
            return []
        counts = scripts.counts(texts) * _script_weights()
        own = np.array([_own_scripts(tag) for tag in expected])
        letters, mine = counts.sum(axis=1), (counts * own).sum(axis=1)
        others = counts * ~own * (np.array(scripts.NAMES) != "Latn")
        # Japanese is written in three scripts, each of which may be few.
        japanese = others[:, [scripts.NAMES.index(name) for name in ("Hani", "Hira", "Kana")]].sum(axis=1)
        foreign = np.maximum(others.max(axis=1), japanese)
        wrong = (mine < self.min_script_share * letters) | (foreign > self.max_other_script_share * letters)
        # A few words beside a foreign name are no text in another script.
        few = (letters < self.min_letters) | wrong & (letters < 4 * self.min_letters) & (4 * mine >= letters)
        return ["undetermined" if f else "other" if w else "ok" for f, w in zip(few, wrong, strict=True)]

    def _likeliest(self, texts: Sequence[str]) -> list[str]:
        """Returns the labels of texts in another script: of a language of the build where none fits clearly better."""
        import numpy as np

        if not texts:
            return []
        if self.detector != "py3langid":
            return self._opened(texts)
        labels = detectors.py3langid_labels()
        columns = [labels.index(x) for tag in self.languages for x in languages.get(tag).codes.py3langid if x in labels]
        encoded = [_encoded(text[:_LONGEST_UNCUT]) for text in texts]
        scores = detectors.py3langid_scores(encoded)
        roots = np.sqrt(np.array([len(text) for text in encoded]))
        best = scores.argmax(axis=1)
        if columns:
            near = scores[:, columns].max(axis=1) >= scores.max(axis=1) - _CLEARLY * roots
            best = np.where(near, np.array(columns)[scores[:, columns].argmax(axis=1)], best)
        return [labels[i] for i in best]

    def _opened(self, texts: Sequence[str]) -> list[str]:
        """Returns the labels that another detector, open to all it knows, gives texts."""
        allowed = tuple(label for tag in self.languages for label in getattr(languages.get(tag).codes, self.detector))
        return [answer.opened for answer in detectors.answers(self.detector, texts, allowed, self.model)]

    def _decide(self, texts: Mapping[int, str], expected: Sequence[str], checks: list[Check]) -> None:
        """Writes into checks, at the places that are the keys of texts, what the detector and the words say."""
        if not texts:
            return
        scored = _scored(texts) if self.detector == "py3langid" else {}
        by_tag: dict[str, list[int]] = {}
        for i in texts:
            by_tag.setdefault(expected[i], []).append(i)
        for tag, places in by_tag.items():
            these = [texts[i] for i in places]
            if self.detector == "py3langid":
                checked = self._by_scores(these, tag, [scored[i] for i in places])
            else:
                checked = self._by_answers(these, tag)
            for i, check in zip(places, checked, strict=True):
                checks[i] = check

    def _by_answers(self, texts: Sequence[str], tag: str) -> list[Check]:
        codes = {
            label: known for known in self._build(tag) for label in getattr(languages.get(known).codes, self.detector)
        }
        if self.detector == "glotlid":
            codes = {label: known for label, known in codes.items() if label in detectors.glotlid_labels(self.model)}
        if tag not in codes.values():
            scored = _scored(dict(enumerate(texts)))
            return self._by_another(texts, tag, [scored[i] for i in range(len(texts))])
        checks = []
        for answer in detectors.answers(self.detector, texts, tuple(codes), self.model):
            mine = codes.get(answer.restricted) == tag
            if mine and (codes.get(answer.opened) == tag or answer.share >= self.least_probability):
                checks.append(Check("ok", tag))
            else:
                label = answer.restricted if codes.get(answer.opened) == tag else answer.opened
                likeliest = codes.get(label, label or "und")
                checks.append(Check("other", "und" if likeliest == tag else likeliest))
        return checks

    def _by_another(self, texts: Sequence[str], tag: str, scored: Sequence[_Scored]) -> list[Check]:
        """Checks texts in a language that the detector does not know: one that passes as another language is in that.

        Only as one of those whose usual lead is measured: what leads the rest of little-known languages tells nothing.
        For others than English its frequent words must be there as well. A close language never counts by these:
        to the detector the next of kin look alike, and only words that the language's own file lists tell them apart.
        """
        labels = detectors.py3langid_labels()
        of_label = {label: one.tag for one in languages.known() if one.usual_lead for label in one.codes.py3langid}
        close = relations(tag)
        by_tag: dict[str, list[int]] = {}
        for i, (scores, _) in enumerate(scored):
            likeliest = of_label.get(labels[int(scores.sum(axis=0).argmax())])
            if likeliest and likeliest != tag:
                by_tag.setdefault(likeliest, []).append(i)
        checks = [UNDETERMINED] * len(texts)
        for other, places in by_tag.items():
            passed = self._by_scores([texts[i] for i in places], other, [scored[i] for i in places])
            for i, check in zip(places, passed, strict=True):
                if check.status != "ok":
                    continue
                if has_words_of(texts[i], tag, other) if other in close else has_frequent_words(texts[i], other):
                    checks[i] = Check("other", other)
        return checks

    def _build(self, tag: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.languages, tag)))

    def _by_scores(self, texts: Sequence[str], tag: str, scored: Sequence[_Scored]) -> list[Check]:
        import numpy as np

        labels = detectors.py3langid_labels()
        own, build = _label_columns(tag, self._build(tag))
        if not own:
            return self._by_another(texts, tag, scored)
        scores = np.concatenate([one[0] for one in scored])
        sizes = np.concatenate([one[1] for one in scored])
        pieces = [len(one[1]) for one in scored]
        starts = np.cumsum([0, *pieces])[:-1]
        _shift(scores, sizes, tag, self.margin)
        piece_lead, piece_rival = _leads(scores, own)
        foreign = np.add.reduceat(np.where(piece_lead < -_CLEARLY * np.sqrt(sizes), sizes, 0), starts)
        scores, sizes = np.add.reduceat(scores, starts, axis=0), np.add.reduceat(sizes, starts)
        lead, rival = _leads(scores, own)
        build_lead, _ = _leads(scores[:, [*own, *build]], range(len(own)))
        usual = (languages.get(tag).usual_lead or 0.0) * self.usual_share * np.sqrt(sizes) - self.slack
        needed = np.minimum(self.most_lead, np.maximum(-self.margin, usual))
        decisive = np.where(sizes > _LONGEST_UNCUT, *_DECISIVE) * (languages.get(tag).usual_lead or 0.0) * sizes
        checks = []
        for i, text in enumerate(texts):
            words = evidence(text, tag)
            plus, root = self.own_weight * words.own - self.other_weight * words.other, float(np.sqrt(sizes[i]))
            ahead = float(lead[i] + plus) / root
            leads_build = build_lead[i] + plus >= 0
            if foreign[i] > self.foreign_share * sizes[i]:
                check = Check("other", "und")
            elif leads_build and ahead >= needed[i]:
                close = speaks_against(text, tag) if lead[i] < decisive[i] or words.other else None
                check = Check("ok", tag) if close is None else _other(close, tag)
            elif len(text) < _SHORT and ahead > -_CLEARLY and not words.other:
                check = Check("ok", tag) if leads_build and speaks_for(text, tag) else UNDETERMINED
            elif words.nearest and words.other > words.own:
                check = _other(words.nearest, tag)
            else:
                check = _other(labels[rival[i]] if lead[i] < 0 else "und", tag)
            if foreign[i] and check == Check("other", "und"):
                # The whole names no language; a part of it is clearly in another one.
                worst = starts[i] + int(piece_lead[starts[i] : starts[i] + pieces[i]].argmin())
                check = _other(labels[piece_rival[worst]], tag)
            checks.append(check)
        return checks


def _scored(texts: Mapping[int, str]) -> dict[int, _Scored]:
    """Returns for each text the detector's scores of its pieces and their sizes; all in one go, which is faster."""
    import numpy as np

    pieces = [_pieces(text) for text in texts.values()]
    encoded = [_encoded(piece) for of_text in pieces for piece in of_text]
    scores = detectors.py3langid_scores(encoded)
    sizes = np.fromiter(map(len, encoded), dtype=np.float32, count=len(encoded))
    ends = np.cumsum([0, *map(len, pieces)])
    return {i: (scores[a:b], sizes[a:b]) for i, (a, b) in zip(texts, pairwise(ends.tolist()), strict=True)}


def _leads(
    scores: "npt.NDArray[np.float32]", own: Sequence[int]
) -> "tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]":
    """Returns by how much the own columns' best score leads all others', and which of these is the best."""
    import numpy as np

    best = scores[:, list(own)].max(axis=1)
    rest = scores.copy()
    rest[:, list(own)] = -np.inf
    rival = rest.argmax(axis=1)
    return best - rest[np.arange(len(rest)), rival], rival


def _shift(scores: "npt.NDArray[np.float32]", sizes: "npt.NDArray[np.float32]", tag: str, margin: float) -> None:
    """Moves the scores of labels that have a margin of their own, so that the common one holds for them."""
    labels = detectors.py3langid_labels()
    for label, own_margin in languages.get(tag).margins.items():
        if label in labels:
            scores[:, labels.index(label)] += (margin - own_margin) * sizes**0.5


@functools.cache
def _label_columns(tag: str, build: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the columns of py3langid's scores that mean the language, and those that mean others of the build."""
    labels = detectors.py3langid_labels()
    main = {
        languages.get(other).codes.py3langid[0]
        for other in build
        if other != tag and languages.get(other).codes.py3langid
    }
    own = [label for label in languages.get(tag).codes.py3langid if label in labels and label not in main]
    others = {label for other in build if other != tag for label in languages.get(other).codes.py3langid} - set(own)
    return tuple(labels.index(label) for label in own), tuple(i for i, label in enumerate(labels) if label in others)


@functools.cache
def _own_scripts(tag: str) -> "npt.NDArray[np.bool_]":
    """Returns which columns of scripts.counts are scripts of the language."""
    import numpy as np

    own = scripts.members(languages.get(tag).scripts)
    return np.array([name in own for name in scripts.NAMES])


@functools.cache
def _script_weights() -> "npt.NDArray[np.int64]":
    """Returns for each column of scripts.counts how many letters one of it is worth."""
    import numpy as np

    return np.array([2 if name in scripts.DENSE else 1 for name in scripts.NAMES])


def _in_script(text: str, tag: str) -> str:
    """Returns the text without letters of other scripts, which tell a detector nothing about this language."""
    own = scripts.members(languages.get(tag).scripts)
    if "Latn" in own:
        return text if text.isascii() else _NOT_LATIN.sub(" ", text)
    if "Cyrl" in own:
        text = _LATIN_I.sub("і", text)
    return _LATIN.sub(" ", text)


def _without_names(text: str, tag: str) -> str | None:
    """Returns the text without capitalised words inside sentences; None where that changes nothing or leaves little."""
    if len(text) > _LONGEST_UNCUT or not scripts.members(languages.get(tag).scripts) & _CASED:
        return None
    pattern = _NAMES if languages.get(tag).capitalised_nouns else _NAME
    shorter = pattern.sub(lambda m: m.group() if m.group()[0].islower() else " ", text)
    left = sum(map(str.isalpha, shorter))
    enough = left >= max(_LEAST_LEFT, _LEAST_SHARE_LEFT * sum(map(str.isalpha, text)))
    return shorter if shorter != text and enough else None


def _pieces(text: str) -> list[str]:
    if len(text) <= _LONGEST_UNCUT:
        return [text]
    number = min(_MOST_PIECES, len(text) // _PIECE)
    step = (len(text) - _PIECE) / (number - 1)
    return [text[round(i * step) : round(i * step) + _PIECE] for i in range(number)]


def _encoded(text: str) -> bytes:
    lower = text.isupper() or text.istitle() or is_nearly_all_capitals(text)
    return (text.lower() if lower else text).encode("utf-8", "surrogatepass")


def _other(label: str, expected: str, detector: Detector = "py3langid") -> Check:
    tag = next((known.tag for known in languages.known() if label in getattr(known.codes, detector)), label or "und")
    return Check("other", "und" if tag == expected else tag)
