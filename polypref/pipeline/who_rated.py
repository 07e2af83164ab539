"""Who said which answer is better, in words: the source with its columns, those that it names, or a rater by its name.

Worded from settings as they are written down, so that it can be said of every build whose settings are known. A name in
`SourceRater` tells a reader nothing where it is the one that stands there when nobody chose any.
"""

from collections.abc import Iterable, Mapping, Sequence

from ..console.escaping import one_line
from ..files.json_types import Json, JsonObject, list_of, mapping_of, text_of

#: Names of those who rated in a source where nobody gave them one.
_UNNAMED = ("source", "given")
#: Columns that are named at most, and characters of a name.
_MOST, _LONGEST = 6, 60

Way = tuple[str, str, Sequence[str]]
"""A rater's name, the pair rule, and the names of the sources whose prompts go that way."""


def who_rated(builder: JsonObject, rater: str, ways: Iterable[Way] = ()) -> str:
    """Who rated the answers of a build.

    Args:
        builder: the settings of the builder, as provenance.json has them.
        rater: the rater's name, or those of several ways.
        ways: where they differ.

    Returns:
        A phrase for `rated by`; the name of the rater where the ratings are no source's.

    Example:
        >>> verdict = {"class": "Verdict", "rater": "source", "column": "better"}
        >>> who_rated({"pairs": {"rule": "given"}, "sources": [{"fields": {"verdict": verdict}}]}, "source")
        "the source (verdicts in column 'better')"
    """
    sources = [mapping_of(one) for one in list_of(builder.get("sources"))]
    every = [text_of(one.get("name")) for one in sources]
    rule = text_of(mapping_of(builder.get("pairs")).get("rule"))
    fields = {name: mapping_of(one.get("fields")) for name, one in zip(every, sources, strict=True)}
    phrases = [
        _of_way(name, how, [fields[one] for one in of if one in fields])
        for name, how, of in (list(ways) or [(rater, rule, every)])
    ]
    return "; ".join(dict.fromkeys(phrases))


def _of_way(rater: str, rule: str, sources: Sequence[JsonObject]) -> str:
    """Those who rated in the first of some sources that has ratings by them; several sources may have other columns."""
    phrases = [_of_source(rater, rule, fields) for fields in sources]
    return "; ".join(dict.fromkeys(filter(None, phrases))) or rater


def _of_source(rater: str, rule: str, fields: JsonObject) -> str:
    answers = [mapping_of(one) for one in list_of(fields.get("answers"))]
    if rule == "given":
        verdict = mapping_of(fields.get("verdict"))
        if verdict and text_of(verdict.get("rater")) == rater:
            return _of_verdict(rater, verdict, answers)
        sided = any((one.get("side") or one.get("edited")) and one.get("rater") == rater for one in answers)
        return f"{_who(rater, None)} (the rows say which answer is the better one)" if sided else ""
    scored = [one for one in answers if one.get("score") and one.get("rater") == rater]
    columns = [name for one in scored for name in _names(one.get("score"))]
    if not scored:
        return ""
    what = "labels" if rule == "unpaired" else "scores"
    lower = "; the lower is the better" if any(one.get("lower_is_better") for one in scored) else ""
    return f"{_who(rater, fields.get('annotator'))} ({what}{_in_columns(columns)}{lower})"


def _of_verdict(rater: str, verdict: Mapping[str, Json], answers: Sequence[JsonObject]) -> str:
    who = _who(rater, verdict.get("annotator"))
    if verdict.get("class") == "OneHot":
        columns = [name for key in ("first", "second", "tie") for name in _names(verdict.get(key))]
    else:
        columns = _names(verdict.get("column"))
        if verdict.get("column") is None and answers:
            better = _in_columns(_names(answers[0].get("text"))) or " in the first of two places"
            return f"{who} (in every row the better answer stands{better})"
    return f"{who} (verdicts{_in_columns(columns)})"


def _who(rater: str, annotator: Json) -> str:
    who = "the source" if rater in _UNNAMED else one_line(rater)
    named = _names(annotator)
    return f"{who}, people told apart by column {_quoted(named[0])}" if named else who


def _in_columns(columns: Sequence[str]) -> str:
    named = list(dict.fromkeys(columns))
    if not named:
        return ""
    listed = ", ".join(map(_quoted, named[:_MOST])) + (" ..." if named[_MOST:] else "")
    return f" in column{'s' if named[1:] else ''} {listed}"


def _quoted(name: str) -> str:
    return f"'{one_line(name)[:_LONGEST]}'"


def _names(value: Json) -> list[str]:
    """The names of columns in a setting: a text, several, or texts with their weights; of other declarations none."""
    if isinstance(value, dict):
        return [] if "class" in value else list(value)
    return [value] if isinstance(value, str) else [one for one in list_of(value) if isinstance(one, str)]
