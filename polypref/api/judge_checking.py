"""Checking a judge, language by language, before its verdicts count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import UserError
from ..scripting.calls import checked_arguments
from .arguments import check_log, check_number, check_server, check_share, list_names, needed_path
from .evaluating import Choice, Settings, layout_settings

if TYPE_CHECKING:
    from ..evaluation.contract import Judge
    from ..evaluation.judge_check.results import JudgeCheck
    from ..evaluation.judge_check.run import Material
    from ..files.json_types import Json


@dataclass(frozen=True)
class _Asked:
    """A judge and what it is to be checked with."""

    judge: "Judge"
    material: "Material"


@checked_arguments
def check_judge(
    judge: Choice,
    answers: str | Path | None = None,
    votes: str | Path | None = None,
    out: str | Path = "build/judge-check",
    *,
    at: str = "vllm",
    judge_language: Literal["en", "own"] = "en",
    answers_layout: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    votes_layout: Settings | None = None,
    bad_rows: Literal["error", "left_out"] = "error",
    language: str = "",
    languages: Sequence[str] | str | None = None,
    limit: int | None = None,
    repeat_share: float = 0.1,
    bar: float = 0.8,
    seed: int = 0,
    log: str | Path | None = None,
    retry: bool = False,
    quiet: bool = False,
) -> "JudgeCheck":
    """What a judge is worth in each language: with people, with itself, and where the winner is known.

    Args:
        judge: as in `evaluate`: reference, relevance, or keys as in {"kind": "llm", "model": NAME, "at": ADDRESS}.
        answers: good answers, of which comparisons are made whose winner is known: the folder of a dataset, a file, a
            folder of LANGUAGE.jsonl, or ORG/NAME on the Hub; of pairs the chosen side.
        votes: what people preferred: a file of stored verdicts; without a layout, of pairs: prompt, chosen, rejected.
        out: the folder of the results.
        at: who serves a model that does not say.
        judge_language: own to have it asked in the language judged.
        answers_layout: the name of a layout, or a file LAYOUT.toml, of the answers.
        columns: in place of it what a column of the answers holds (prompt, answer, id, language) -> its name.
        votes_layout: the name of a layout, a file LAYOUT.toml, keys and values, or a YAML file of them.
        bad_rows: votes that cannot be read by a layout of fields stop it, or are counted (`left_out`).
        language: of all rows whose language no column says.
        languages: only these.
        limit: at most so many prompts of answers, and so many votes, a language.
        repeat_share: of the comparisons, put to it twice.
        bar: what the lower end of the interval of its accuracy must reach where the winner is known.
        seed: of all that is drawn.
        log: the response log; None: in the folder.
        retry: ask again for what failed before.
        quiet: show no progress.

    Returns:
        What judge_check.json holds.

    Raises:
        UserError: bad settings, nothing to check a judge with, or a judge that cannot be reached.
    """
    from ..evaluation.judge_check.run import check_judge as check

    needed_path("out", out)
    check_log(log)
    asked = _asked(
        judge, answers, votes, at, judge_language, answers_layout, columns, votes_layout, bad_rows, language, languages,
        limit, repeat_share, bar, seed,
    )  # fmt: skip
    return check(
        asked.judge, asked.material, Path(out), None if log is None else Path(log), bar=bar, repeat_share=repeat_share,
        limit=limit, seed=seed, again=retry, quiet=quiet,
    )  # fmt: skip


@checked_arguments
def rehearse_judge_check(
    judge: Choice,
    answers: str | Path | None = None,
    votes: str | Path | None = None,
    out: str | Path = "build/judge-check",
    *,
    at: str = "vllm",
    judge_language: Literal["en", "own"] = "en",
    answers_layout: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    votes_layout: Settings | None = None,
    bad_rows: Literal["error", "left_out"] = "error",
    language: str = "",
    languages: Sequence[str] | str | None = None,
    limit: int | None = None,
    repeat_share: float = 0.1,
    seed: int = 0,
    log: str | Path | None = None,
) -> list[str]:
    """What `check_judge` would still ask, and about what it would cost; nobody is asked, nothing is written.

    Args:
        judge, answers, votes, out, at, judge_language, answers_layout, columns, votes_layout, bad_rows: as there.
        language, languages, limit, repeat_share, seed, log: as there.

    Returns:
        A sentence each.

    Raises:
        UserError: as there.
    """
    from ..evaluation.judge_check.run import RESPONSES, rehearse

    check_log(log)
    asked = _asked(
        judge, answers, votes, at, judge_language, answers_layout, columns, votes_layout, bad_rows, language, languages,
        limit, repeat_share, 0.8, seed,
    )  # fmt: skip
    return rehearse(asked.judge, asked.material, Path(log or Path(out) / RESPONSES), repeat_share, seed)


def _asked(
    judge: Choice,
    answers: str | Path | None,
    votes: str | Path | None,
    at: str,
    judge_language: str,
    answers_layout: str | Path | None,
    columns: Mapping[str, str] | None,
    votes_layout: Settings | None,
    bad_rows: str,
    language: str,
    languages: Sequence[str] | str | None,
    limit: int | None,
    repeat_share: float,
    bar: float,
    seed: int,
) -> _Asked:
    from ..evaluation.judge_check.good_answers import read_good_answers
    from ..evaluation.judge_check.run import material
    from ..evaluation.judge_check.votes import read_votes
    from ..evaluation.judge_notes import check_judge_language
    from ..evaluation.settings import judge_of
    from ..files.atomic import plain
    from ..languages import resolve_at

    check_number("limit", limit)
    check_number("seed", seed, 0)
    check_share("repeat_share", repeat_share)
    check_share("bar", bar)
    check_server(at)
    if answers is None and votes is None:
        raise UserError(
            "nothing to check a judge with: give good answers (--answers), what people preferred (--votes), or both"
        )
    if answers_layout and columns:
        raise UserError("a layout says what all columns of the answers hold, and columns are given too; leave one out")
    if (answers_layout or columns) and answers is None:
        raise UserError("a layout or columns of answers are given, and no answers; name them (--answers)")
    if votes_layout is not None and votes is None:
        raise UserError("a layout of votes is given, and no votes; name their file (--votes)")
    named = list_names("languages", languages)
    tags = None if named is None else {resolve_at("languages (--languages)", name).tag for name in named}
    keys: Json = plain(judge) if isinstance(judge, Mapping) else str(judge)
    who = judge_of(keys, at, judge_language)
    check_judge_language((who,), judge_language)
    if who.kind in ("reference", "stored"):
        raise UserError(
            f"a judge of the kind {who.kind} knows the verdicts on some prompts, and none on comparisons that are made "
            "here; name one that can be asked: an LLM, a reward model, a class of your own"
        )
    good = people = None
    if answers is not None:
        good = read_good_answers(
            str(answers), layout=str(answers_layout or ""), columns=columns, language=language, tags=tags
        )
    if votes is not None:
        layout = None if votes_layout is None else layout_settings(votes_layout)
        people = read_votes(str(votes), layout, language, tags, limit, seed, bad_rows)
    return _Asked(who, material(good, people, limit, seed))
