"""Checks of judges that an evaluation is given: read, held against its judges, and looked up in its languages."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...console.escaping import one_line, short_text
from ...console.redaction import redacted
from ...errors import UserError
from ...files.json_types import Json, JsonObject, mapping_of
from ...files.records import decode, encode
from ...inference.log import ResponseLog
from ..battles import facts_of_judge
from ..contract import Judge, judge_traits
from ..judge_notes import language_facts
from ..results import CheckedJudge, Comparison, JudgeFacts
from .results import JudgeCheck, State
from .run import RESULTS

_KEY = "judge_check (--judge-check)"
_ADVICE = f"give the folder that polypref judge-check wrote, or its {RESULTS}"
#: What makes a judge another one -> as a message calls it. An own prompt may lie elsewhere: its text counts.
_SAME = {
    "kind": "kind",
    "model": "model",
    "revision": "revision",
    "code": "code",
    "prompt_sha256": "prompt (SHA-256 of its text)",
    "judge_language": "language of the prompt",
    "orders": "number of orders",
    "sampling": "sampling",
}


def read_check(where: Path) -> JudgeCheck:
    """What `polypref judge-check` wrote.

    Args:
        where: its folder, or the file in it.

    Returns:
        The check.

    Raises:
        UserError: there is no such file, it cannot be read, or it is not of the form that a check writes.
    """
    file = where / RESULTS if where.is_dir() else where
    called = f"{_KEY}: {short_text(str(file))}"
    try:
        value: Json = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"{called} is not there; {_ADVICE}") from None
    except OSError as error:
        raise UserError(f"{called} cannot be read ({error.strerror}); {_ADVICE}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{called} is no JSON; {_ADVICE}") from None
    return decode(JudgeCheck, value, f"{called} is no check of a judge", _ADVICE)


def given_checks(places: Sequence[str], judges: Sequence[Judge]) -> dict[str, JudgeCheck]:
    """Checks that an evaluation is given, by the name of its judge that each is of.

    Args:
        places: folders or files.
        judges: of the evaluation; nobody is asked.

    Returns:
        Judge's name -> its check.

    Raises:
        UserError: a check cannot be read, is of another judge, or two are of one.
    """
    # What is written of a judge is without secrets, so that names are compared without them.
    by_name = {redacted(one.name): one for one in judges}
    checks: dict[str, JudgeCheck] = {}
    for place in places:
        check = read_check(Path(place))
        called, name = f"{_KEY}: {short_text(place)}", short_text(check.judge.name)
        judge = by_name.get(check.judge.name)
        if judge is None:
            there = ", ".join(short_text(one) for one in by_name)
            raise UserError(f"{called} is a check of the judge {name}, and here {there} judges; leave it out")
        if difference := next(_differences(check, judge), ""):
            raise UserError(
                f"{called} is a check of another judge called {name}: {difference}; check this one (polypref "
                "judge-check), or leave it out"
            )
        if judge.name in checks:
            raise UserError(f"{called} is the second check of the judge {name}; give one of them")
        checks[judge.name] = check
    return checks


def _differences(check: JudgeCheck, judge: Judge) -> Iterator[str]:
    """How the judge that was checked differs from this one."""
    own_texts = language_facts(judge_traits(judge), [row.language for row in check.languages])
    with ResponseLog(Path(":memory:")) as nothing_asked:
        facts = facts_of_judge(judge, nothing_asked) | own_texts
    was = encode(check.judge)
    now = redacted(encode(decode(JudgeFacts, facts, f"judge {judge.name} says of itself what a report cannot hold")))
    for key, words in _SAME.items():
        if (was.get(key) or "") != (now.get(key) or ""):
            yield f"its {words} was {_short(was, key)}, and is {_short(now, key)} here"
    texts = mapping_of(now.get("prompts"))
    for tag, one in mapping_of(was.get("prompts")).items():
        before, here = mapping_of(one), mapping_of(texts.get(tag))
        if before.get("sha256") != here.get("sha256"):
            texts_differ = f"was {_short(before, 'sha256')}, and is {_short(here, 'sha256')} here"
            yield f"its prompt in {short_text(tag)} {texts_differ}"


def _short(facts: JsonObject, key: str) -> str:
    value = facts.get(key)
    if value in (None, ""):
        return "en" if key == "judge_language" else "not known"
    return short_text(one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))


def checked_judges(checks: Mapping[str, JudgeCheck], comparisons: Sequence[Comparison]) -> tuple[CheckedJudge, ...]:
    """What checks say of judges in the languages in which they judged.

    Args:
        checks: by the judge's name.
        comparisons: of the evaluation.

    Returns:
        One for each check, in their order.
    """
    return tuple(_checked(name, check, comparisons) for name, check in checks.items())


def _checked(name: str, check: JudgeCheck, comparisons: Sequence[Comparison]) -> CheckedJudge:
    tags = sorted({row.language for one in comparisons if one.judge == name for row in one.rows})
    states = {row.language: row.state for row in check.languages}

    def those(state: State) -> tuple[str, ...]:
        return tuple(tag for tag in tags if states.get(tag, "not_known") == state)

    return CheckedJudge(
        judge=name,
        polypref=check.polypref,
        bar=check.settings.bar,
        level=check.settings.level,
        below=those("below"),
        unchecked=those("not_known"),
        too_few=those("too_few"),
        passes=those("passes"),
    )
