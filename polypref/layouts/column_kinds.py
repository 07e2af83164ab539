"""What columns may hold by their values, and by their names where values leave it open: scores, labels, prompts, ids.

Nothing is taken by itself: a command or a message that names a column to somebody names one that can be meant, and says
of the others why they are not.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from .. import languages
from ..errors import UserError
from ..files.cells import Cell, DecimalMark, Row, is_missing, number_in

Use: TypeAlias = Literal["prompt", "answer", "model", "language", "score", "group", "annotator"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Rows from which on values that count, or are all one, are no chance.
_ROWS: Final = 3
#: Rows from which on whole numbers that are all different name the rows.
_ALL_DIFFERENT: Final = 10
#: Rows of one value that a column of counted prompts has on average, at most; a sorted column of scores has more.
_IN_A_RUN: Final = 8
#: Characters of a name or label, at most.
_SHORT: Final = 60
#: Words of the names of columns, without capitals: who judged or wrote, what only counts, what is measured or when.
_PEOPLE: Final = _set(
    "annotator annotators rater raters worker workers labeler labeller judge judges evaluator evaluators reviewer "
    "assessor user users person participant username name author coder expert respondent"
)
_COUNTING: Final = _set("id ids uid uuid guid idx index row rows nr no num number line key pk hash")
_MEASURED: Final = _set(
    "turn turns round length len chars characters words tokens seed time timestamp date created updated year month day "
    "age duration seconds position version split part batch page temperature"
)
_MODELS: Final = _set("model models system systems engine llm generator")
#: Of columns of few values that judge nothing.
_OF_PARTS: Final = _set("turn round split part batch version config source role speaker topic category type kind")
_SCORES: Final = _set(
    "score scores rating ratings rate grade mark marks points point stars star reward quality note nota noten punkte "
    "puntos pontos punteggio puan điểm оценка баллы балл 评分 分数 得分 点数 점수 امتیاز نمره درجة تقييم ציון דירוג अंक "
    "ነጥብ ውጤት"
)
_PROMPTS: Final = _set(
    "prompt prompts question questions instruction instructions query input inputs ask asked task frage pregunta "
    "pergunta вопрос 问题 質問 질문 پرسش سوال سؤال שאלה प्रश्न सवाल ጥያቄ"
)
_ANSWERS: Final = _set(
    "answer answers response responses completion completions output outputs reply replies text antwort respuesta "
    "resposta réponse ответ 回答 答案 답변 پاسخ جواب إجابة תשובה उत्तर जवाब መልስ"
)
#: Words that say of one answer that it is good or bad, and so what a column of two values is for.
_VERDICTS: Final = _set(
    "1 0 -1 +1 true false yes no y n good bad up down like dislike liked disliked positive negative pos neg accept "
    "accepted reject rejected chosen right wrong correct incorrect pass fail passed failed ok better worse helpful "
    "unhelpful safe unsafe ja nein gut schlecht oui non bon bonne mauvais mauvaise sí si bueno buena malo mala sim não "
    "bom boa mau má да нет хорошо плохо evet hayır iyi kötü 👍 👎 好 坏 是 否 对 错 はい いいえ 좋음 나쁨 خوب بد بله "
    "خیر نعم لا جيد سيئ כן לא טוב רע हाँ हां नहीं अच्छा बुरा አዎ አይ ጥሩ መጥፎ"
)
_WINNERS: Final = _set(
    "winner win won preferred preference prefer better best choice chosen verdict vote votes judgement judgment label "
    "labels decision selected feedback thumb thumbs"
)
_CALLED: Final[Mapping[Use, frozenset[str]]] = {
    "prompt": _PROMPTS,
    "answer": _ANSWERS,
    "model": _MODELS,
    "language": frozenset(("language", "lang", "locale")),
    "score": _SCORES,
    "group": _COUNTING,
    "annotator": _PEOPLE,
}
#: Words with a number that name an answer of a row: model_1, answer2.
_SIDES: Final = _ANSWERS | {"model", "option", "assistant", "candidate"}
_ROLES: Final = _set("user assistant human gpt system prompter model bot tool function observation")


def numeric_columns(rows: Sequence[Row]) -> dict[str, DecimalMark]:
    """Which columns hold numbers wherever they hold something.

    Args:
        rows: as read.

    Returns:
        the name of each, with what stands before the decimals: a comma where a value is a number with that alone.

    Example:
        >>> numeric_columns([{"mark": "4,5", "id": 1}, {"mark": "3", "id": 2}])
        {'mark': ',', 'id': '.'}
    """
    marks: dict[str, DecimalMark] = {}
    for name in _names(rows):
        cells = filled_cells(rows, name)
        fitting: list[DecimalMark] = [mark for mark in (".", ",") if all(_is_number(cell, mark) for cell in cells)]
        if cells and fitting:
            marks[name] = fitting[0]
    return marks


def why_no_scores(rows: Sequence[Row], name: str) -> str:
    """Why a column of numbers is not taken for scores of answers.

    Args:
        rows: as read.
        name: of the column.

    Returns:
        a clause, as in `which counts the rows (1, 2, 3, ...)`; empty where it may be meant.
    """
    mark = numeric_columns([{name: row.get(name)} for row in rows]).get(name, ".")
    values = [number_in(cell, mark) for cell in filled_cells(rows, name)]
    words = _words(name)
    if why := _why_only_counting(values, bool(words & _SCORES)):
        return why
    if words & _SCORES or _has_siblings(rows, name):
        return ""
    kinds = ((_PEOPLE, "says who judged"), (_COUNTING, "is an id"), (_MEASURED, "is a time, a size or a part"))
    what = next((what for known, what in kinds if words & known), "")
    return f"which by its name {what} ({_shown(values)})" if what else ""


def _why_only_counting(values: Sequence[float], called_scores: bool) -> str:
    """What speaks against scores in numbers themselves, in the order of the rows.

    A few rows may count by chance, as may sorted scores; there the name of the column goes first.
    """
    different = list(dict.fromkeys(values))
    if len(values) >= _ROWS and len(different) == 1:
        return f"which is {_shown(values[:1])} in every row"
    if not all(value == int(value) for value in values):
        return ""
    steps = {after - before for before, after in pairwise(different)}
    counts = len(different) >= _ROWS and len(steps) == 1
    if len(different) == len(values):
        if counts and not (called_scores and len(values) < _ALL_DIFFERENT):
            return f"which only counts ({_shown(values)})"
        if len(values) >= _ALL_DIFFERENT:
            return f"which has another number in each row ({_shown(values)})"
    follow = all(before <= after for before, after in pairwise(values))
    if counts and follow and len(values) <= _IN_A_RUN * len(different) and not called_scores:
        return f"which only counts, some rows alike ({_shown(different)})"
    return ""


def why_no_label(rows: Sequence[Row], name: str) -> str:
    """Why a column of few values is not taken for one that says which answers are good, or which of two is better.

    Args:
        rows: as read.
        name: of the column.

    Returns:
        a clause; empty where it may be meant.
    """
    return why_no_label_of([str(cell) for cell in filled_cells(rows, name)], name, _has_siblings(rows, name))


def why_no_label_of(cells: Sequence[str], name: str, has_siblings: bool = False) -> str:
    """Why a column that has some values is not taken for such a label; see `why_no_label`.

    Args:
        cells: values that the column has.
        name: of the column.
        has_siblings: whether others are called as it is, but for a number behind: votes of several people.

    Returns:
        a clause; empty where it may be meant.
    """
    values = {one: _plain(one) for one in cells}
    if not values or set(values.values()) <= _VERDICTS:
        return ""
    shown = ", ".join(list(values)[:3])
    if all(map(_is_language, values)):
        return f"which names languages ({shown})"
    if set(values.values()) <= _ROLES:
        return f"which says who speaks ({shown})"
    words = _words(name)
    if words & _WINNERS or has_siblings:
        return ""
    stems = {re.sub(r"\d+$", "", one) for one in values.values()}
    if len(values) > 1 and len(stems) == 1 and len(stem := stems.pop()) > 1 and not set(_split(stem)) & _SIDES:
        return f"whose values are names with a number, as of people or models ({shown})"
    kinds = (
        (_PEOPLE, "says who judged"),
        (_MODELS, "says which model it was"),
        (_COUNTING, "is an id"),
        (_OF_PARTS, "judges nothing"),
    )
    what = next((what for known, what in kinds if words & known), "")
    return f"which by its name {what} ({shown})" if what else ""


def says_good_or_bad(rows: Sequence[Row], name: str) -> bool:
    """Whether all values of a column are known words or signs for good and bad.

    Args:
        rows: as read.
        name: of the column.

    Returns:
        whether they are.
    """
    values = {_plain(str(cell)) for cell in filled_cells(rows, name)}
    return bool(values) and values <= _VERDICTS


def is_called(use: Use, name: str) -> bool:
    """Whether a word of a column's name says what it is for.

    Args:
        use: what it may be for.
        name: of the column.

    Returns:
        whether one does.
    """
    return bool(_words(name) & _CALLED[use])


def is_called_verdict(name: str) -> bool:
    """Whether a word of a column's name says that it names the better of several answers.

    Args:
        name: of the column.

    Returns:
        whether one does.
    """
    return bool(_words(name) & _WINNERS)


def columns_for(use: Use, rows: Sequence[Row], among: Sequence[str]) -> list[str]:
    """Which columns of rows may be meant for a use: by their values first, then by their names, then in their order.

    Args:
        use: what is looked for.
        rows: some of them; each holds one answer.
        among: the names of the columns that may be taken.

    Returns:
        those that fit, the likeliest first.

    Example:
        >>> columns_for("prompt", [{"id": 1, "q": "How far is it?"}, {"id": 2, "q": "Who was it?"}], ["id", "q"])
        ['q']
    """
    held = {name: cells for name in among if (cells := filled_cells(rows, name))}
    fitting = [name for name, cells in held.items() if _fits(use, name, cells, rows)]
    return sorted(fitting, key=lambda name: _likeness(use, name, held[name]))


def _fits(use: Use, name: str, cells: Sequence[Cell], rows: Sequence[Row]) -> bool:
    if use in ("prompt", "answer"):
        # A text of a word or two is one where its column is called so.
        return _are_texts(cells) or (is_called(use, name) and name not in numeric_columns(rows))
    if use == "language":
        return all(_is_language(str(cell)) for cell in cells)
    if use == "score":
        return name in numeric_columns(rows) and not why_no_scores(rows, name)
    short = all(isinstance(cell, str | int) and 0 < len(str(cell)) <= _SHORT for cell in cells)
    if not short or all(_is_language(str(cell)) for cell in cells):
        return False
    if use == "group":
        return not _are_texts(cells) if name not in numeric_columns(rows) else bool(why_no_scores(rows, name))
    # One that is another in each row names rows, neither models nor people.
    named = _words(name) & (_PEOPLE if use == "annotator" else _MODELS)
    return bool(named) or (not _are_texts(cells) and name not in numeric_columns(rows) and _repeat(cells))


def _likeness(use: Use, name: str, cells: Sequence[Cell]) -> tuple[bool, bool, bool]:
    """What comes first of columns that fit: what is called so, not otherwise, and repeats or does not."""
    words = _words(name)
    called_otherwise = any(words & known for other, known in _CALLED.items() if other != use)
    # A prompt, and its id, stand beside each answer to it; an answer stands once.
    return not words & _CALLED[use], called_otherwise, _repeat(cells) == (use in ("answer", "score"))


def _repeat(cells: Sequence[Cell]) -> bool:
    values = [str(cell) for cell in cells]
    return len(set(values)) < len(values)


def _are_texts(cells: Sequence[Cell]) -> bool:
    """Whether cells are conversations, or texts of several words, as prompts and answers mostly are."""
    if all(isinstance(cell, list | tuple | Mapping) for cell in cells):
        return True
    texts = [cell for cell in cells if isinstance(cell, str)]
    return len(texts) == len(cells) and 2 * sum(map(_is_prose, texts)) >= len(texts)


def _is_prose(text: str) -> bool:
    """Whether a text has words with blanks between them, or letters of a script that needs none."""
    letters = sum(unicodedata.category(letter)[0] == "L" for letter in text[:400])
    unspaced = sum(unicodedata.category(letter) == "Lo" and letter > "\u0e00" for letter in text[:400])
    return letters > 3 and (len(text.split()) > 1 or unspaced > 3)


def _names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def filled_cells(rows: Sequence[Row], name: str) -> list[Cell]:
    """What a column holds, without what is empty.

    Args:
        rows: as read.
        name: of the column.

    Returns:
        its cells, in the order of the rows.
    """
    there = (row[name] for row in rows if name in row)
    return [cell for cell in there if not is_missing(cell) and not (isinstance(cell, str) and not cell.strip())]


def _is_number(cell: Cell, mark: DecimalMark) -> bool:
    """Whether a cell is a number, or a text that is one with such decimals."""
    try:
        return not isinstance(cell, bool) and math.isfinite(number_in(cell, mark))
    except (ValueError, OverflowError):
        return False


def _has_siblings(rows: Sequence[Row], name: str) -> bool:
    """Whether other columns have the same name but for the number in it: votes of several people, one column each."""
    bare = re.sub(r"\d+", "#", name)
    return bare != name and any(other != name and re.sub(r"\d+", "#", other) == bare for other in _names(rows))


def _words(name: str) -> frozenset[str]:
    return frozenset(_split(name))


def _split(name: str) -> list[str]:
    """The words of a column's name, without capitals and numbers: `annotatorId`, `worker-2`."""
    apart = re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", unicodedata.normalize("NFC", name))
    # Vowel signs are parts of words.
    return "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in apart).casefold().split()


def _plain(value: str) -> str:
    return value.strip().casefold().replace("\ufe0f", "")


def _is_language(value: str) -> bool:
    try:
        languages.resolve(value)
    except UserError:
        return False
    return True


def _shown(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.12g}" for value in values[:3]) + ", ..." * (len(values) > 3)
