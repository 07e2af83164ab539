"""An evaluation step by step: answers, judge, score, report. Each step reads what the one before left in the folder."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..console.escaping import print_safely
from ..console.redaction import redacted
from ..errors import UserError
from ..files.atomic import file_digest, read_json
from ..files.owned import Folder
from ..files.records import encode
from ..files.store import Store
from ..inference.log import ResponseLog
from ..scripting import own_classes
from . import answers, battles, scoring
from .contract import Judge, judge_traits
from .inputs.held import read_facts, read_results, read_table
from .report import report
from .results import Academic, Facts, JudgeFacts, Results
from .settings import Evaluation, from_config, given_judgements, how_scored

STEPS = ("answers", "judge", "score", "report")
_FACTS = "evaluation.json"
_FILES = ("prompts.parquet", "answers.parquet", "battles.parquet", "results.json", "report.md", "report.html")


def run_evaluation(
    config: Mapping[str, Any],
    out: Path,
    steps: Sequence[str] = STEPS,
    *,
    log: Path | None = None,
    again: bool = False,
    quiet: bool = False,
    default_at: str | None = None,
) -> Results | None:
    """Runs steps of an evaluation.

    Args:
        config: what is evaluated; see `settings.from_config`, or `judgements` (path, layout, pairs, name) for verdicts
            that others gave. Empty: that of the run before in the folder.
        out: the folder.
        steps: which; in the order of STEPS.
        log: the response log; None: in the folder.
        again: ask once more for what failed before.
        quiet: show no progress, print nothing.
        default_at: who serves models that do not say; None: as in the run before, else vllm.

    Returns:
        what results.json holds; None where no figures are there yet.

    Raises:
        UserError: bad settings, a file in the folder that polypref did not write, a step whose input is missing, a
            model that cannot be reached (what it said is kept).
    """
    if out.exists() and not (out / ".polypref").is_dir() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} is there and holds no evaluation; choose another folder (out= or --out)")
    given, (config, at) = config, _asked(config, out, default_at)
    # Before anything is written: what cannot be understood leaves no folder behind.
    with own_classes.stored_settings(None if given else out, default_at):
        run = _Run(config, out, log or out / ".polypref" / "responses.sqlite", again, quiet, at)
    with Store(out / ".polypref", "evaluation"):
        # Before anything is asked and paid for.
        run.files.check(_FACTS, *_FILES)
        for step in STEPS:
            if step in steps:
                getattr(run, step)()
        return read_results(out / "results.json")


def _asked(given: Mapping[str, Any], out: Path, at: str | None) -> tuple[dict[str, Any], str]:
    """What is given, or what the run before in the folder was given; and who serves models that do not say."""
    before = read_facts(out / _FACTS) or Facts()
    config = dict(given) or _with_prompts(before.config or {}, before.judges or ())
    if not config:
        raise UserError(f"{out} holds no evaluation yet; say what to evaluate, as in polypref evaluate --config FILE")
    return config, at or (not given and before.at) or "vllm"


def _with_prompts(config: Mapping[str, Any], judges: Sequence[JudgeFacts]) -> dict[str, Any]:
    """A folder's own config, whose judges keep the prompt that was the default then: nothing is asked anew."""
    found = dict(config)
    for key in ("judge", "judges"):
        given = config.get(key)
        entries = given if isinstance(given, list) else [given]
        if given and len(entries) == len(judges):
            kept = [_with_prompt(entry, judge) for entry, judge in zip(entries, judges, strict=True)]
            found[key] = kept if isinstance(given, list) else kept[0]
    return found


def _with_prompt(entry: Any, judge: JudgeFacts) -> Any:
    own = isinstance(entry, dict) and entry.get("kind", "llm") != "llm"
    if isinstance(entry, dict) and not own and judge.kind == "llm" and "prompt" not in entry:
        return entry | {"prompt": judge.prompt}
    return entry


class _Run:
    """The steps of one evaluation; what they share is the folder and the settings."""

    def __init__(
        self, config: Mapping[str, Any], out: Path, log: Path, again: bool, quiet: bool, default_at: str
    ) -> None:
        self.config, self.out, self.log, self.again, self.quiet = config, out, log, again, quiet
        self.at = default_at
        self.given = given_judgements(config) if "judgements" in config else None
        self.evaluation = None if self.given else from_config(config, default_at)
        self.how = how_scored(config)
        self.files = results_folder(out)

    def answers(self) -> None:
        """Prompts and answers; verdicts that others gave have none."""
        if self.evaluation is None:
            return
        with ResponseLog(self.log) as log:
            prompts, found, facts = answers.collect_answers(self.evaluation, log, self.again, self.quiet)
        self.files.write_table("prompts.parquet", prompts)
        self.files.write_table("answers.parquet", found)
        self._note(facts | {"name": self.evaluation.name, "settings": self._settings()})

    def judge(self) -> None:
        """Battles and verdicts."""
        if self.evaluation is None:
            self._read_judgements()
            return
        prompts, found = self._table("prompts", "answers"), self._table("answers", "answers")
        models, sets = set(found.column("model").to_pylist()), set(prompts.column("set").to_pylist())
        lacking = [one.name for one in self.evaluation.contenders if one.name not in models]
        lacking += [one.name for one in self.evaluation.sets if one.name not in sets]
        if lacking:
            raise UserError(f"{self.out} has no answers for {lacking[0]}; run the step answers first")
        with ResponseLog(self.log) as log:
            fought, facts = battles.fight_battles(self.evaluation, prompts, found, log, self.again, self.quiet)
        self.files.write_table("battles.parquet", fought)
        self._note({"judges": facts, "judged": self._digest()})

    def score(self) -> None:
        """results.json."""
        fought, facts = self._table("battles", "judge"), read_facts(self.out / _FACTS) or Facts()
        if facts.judged != self._digest():
            raise UserError(f"{self.out}: answers are newer than the verdicts on them; run the step judge first")
        if self.evaluation is not None:
            self._check_judged(self.evaluation, fought)
        results, before = scoring.results(fought, facts, **self.how), read_results(self.out / "results.json")
        results = replace(results, academic=before.academic if before else None)
        self.files.write_json("results.json", redacted(encode(results)))
        self._note({})

    def _check_judged(self, evaluation: Evaluation, fought: pa.Table) -> None:
        """Verdicts of another config are not scored as this one's."""
        columns = ("set", "judge", "model", "other")
        there = {tuple(row.values()) for row in fought.select(columns).group_by(columns).aggregate([]).to_pylist()}
        sets, judges = [one.name for one in evaluation.sets], [one.name for one in evaluation.judges]
        asked = {(name, judge, *pair) for name in sets for judge in judges for pair in evaluation.pairs}
        if differ := sorted(asked - there) or sorted(there - asked):
            name, judge, one, other = differ[0]
            what = "has no verdicts" if differ[0] in asked else "has verdicts that the settings do not ask for"
            raise UserError(
                f"{self.out} {what} on {one} against {other} on {name} by {judge}; run the steps answers and judge"
            )

    def report(self) -> None:
        """report.md, report.html, and a table in the terminal."""
        results = write_results(self.out, self.files)
        if not self.quiet:
            report.show_report(results)
            print_safely(f"wrote {self.out / 'report.html'}")

    def _read_judgements(self) -> None:
        given = self.given
        assert given is not None
        path, name = given.path, given.name
        fought = battles.of_games(path, given.layout, given.pairs, name)
        models = sorted({row[key] for row in fought.select(["model", "other"]).to_pylist() for key in row})
        tags = fought.column("language").to_pylist()
        counts = {tag: tags.count(tag) for tag in sorted(set(tags))}
        blank = {"model": "", "revision": "", "licence": ""}
        orders = max(map(len, fought.column("orders").to_pylist()))
        judge = {"name": name, "kind": "stored", **blank, "prompt": "", "prompt_sha256": "", "orders": orders}
        digest = file_digest(path)[:12]
        about = {"name": name, "repo": path.name, "revision": digest, "licence": "unknown", "note": ""}
        self.files.write_table("battles.parquet", fought)
        self._note(
            {
                "name": given.title,
                "settings": {},
                "sets": [about | {"languages": counts}],
                "models": [
                    {"name": one, **blank, "how": "stored", "sampling": None, "answers": {}, "failures": {}}
                    for one in models
                ],
                "judges": [judge],
                "judged": self._digest(),
            }
        )

    def _settings(self) -> dict[str, Any]:
        assert self.evaluation is not None
        tags = self.evaluation.languages
        return {"languages": None if tags is None else list(tags), "sample": self.evaluation.sample}

    def _note(self, facts: Mapping[str, Any]) -> None:
        own = {"config": self.config, "at": self.at}
        before = encode(read_facts(self.out / _FACTS) or Facts())
        self.files.write_json(_FACTS, before | own | dict(facts))

    def _table(self, name: str, step: str) -> pa.Table:
        path = self.out / f"{name}.parquet"
        if not path.is_file():
            raise UserError(f"{self.out} has no {path.name} yet; run the step {step} first")
        return read_table(path)

    def _digest(self) -> str:
        """Stands for the answers that are there."""
        paths = [self.out / f"{name}.parquet" for name in ("prompts", "answers")]
        return "".join(file_digest(path)[:12] for path in paths if path.is_file())


def results_folder(out: Path) -> Folder:
    """An evaluation's folder, of which only what polypref wrote is written over.

    Version 0.1.0 kept no record: where its settings are, the files of these names count as its own.
    """
    facts = out / _FACTS
    known = read_facts(facts) if facts.is_file() else None
    old = known is not None and known.config is not None and known.at is not None
    return Folder(out, (_FACTS, *_FILES) if old else ())


def write_results(out: Path, files: Folder | None = None, academic: Academic | None = None) -> Results:
    """Writes report.md and report.html of an evaluation that is scored.

    Args:
        out: the folder.
        files: the same, for who has it open.
        academic: results of lm-evaluation-harness to keep with the figures.

    Returns:
        what results.json holds.

    Raises:
        UserError: the folder has no figures yet, or a file in it that polypref did not write.
    """
    files = files or results_folder(out)
    path = out / "results.json"
    results = read_results(path)
    if results is None or not (out / "battles.parquet").is_file():
        raise UserError(f"{out} has no figures yet; run polypref evaluate first")
    if academic is not None:
        results = replace(results, academic=academic)
        # What else an older or a newer version wrote stays.
        files.write_json("results.json", (read_json(path) or {}) | {"academic": encode(academic)})
    report.write_report(out, results, read_table(out / "battles.parquet"), files=files)
    return results


def rehearse(
    config: Mapping[str, Any], out: Path, log: Path | None, default_at: str | None = None
) -> list[tuple[str, int, str]]:
    """What an evaluation would still ask: (model, requests, what for); nothing is asked or written.

    Args:
        config, out, log, default_at: as in `evaluate`.
    """
    given, (config, at) = config, _asked(config, out, default_at)
    with own_classes.stored_settings(None if given else out, default_at):
        if "judgements" in config:
            given_judgements(config)
            return []
        evaluation = from_config(config, at)
    path = log or out / ".polypref" / "responses.sqlite"
    with ResponseLog(path if path.is_file() else Path(":memory:")) as known:
        if any(one.served for one in evaluation.contenders):
            prompts, _ = answers.prompts(evaluation)
        else:
            prompts, _, _ = answers.collect_answers(evaluation, known)
        left = answers.missing(evaluation, prompts, known)
    rows = [(name, number, "answers") for name, number in left.items()]
    fights = prompts.num_rows * len(evaluation.pairs)
    for judge in evaluation.judges:
        rows += _asked_by(judge, fights)
    return rows


def _asked_by(judge: Judge, battles: int) -> list[tuple[str, int, str]]:
    """What a judge would ask, at most; nothing where it asks no model."""
    traits = judge_traits(judge)
    if traits.requests:
        least, most = traits.requests[0], traits.requests[-1]
        fewer = "" if least == most else f", {battles * least:,} where every reply can be read"
        return [(judge.name, battles * most, f"{traits.asks_for} at most{fewer}")]
    if traits.models:
        return [(judge.name, battles, "battles to judge; how often it asks for one it does not say")]
    return []
