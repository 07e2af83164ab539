"""An evaluation step by step: answers, judge, score, report. Each step reads what the one before left in the folder."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from ..console.escaping import print_safely
from ..console.redaction import redacted
from ..errors import UserError
from ..files.atomic import file_digest, read_json
from ..files.json_types import Json, JsonObject, list_of, mapping_of
from ..files.owned import Folder, is_occupied
from ..files.records import encode
from ..files.store import Store
from ..inference.log import ResponseLog
from ..languages import own
from ..scripting import own_classes
from . import answers, battles, repeats, scoring
from .alpaca_control import alpaca_figures
from .contract import Judge, judge_traits
from .given_judgements import given_judgements
from .harness import Academic
from .inputs.held import read_facts, read_results, read_table
from .judge_check.given_checks import checked_judges, given_checks
from .report import report
from .results import FIDELITY_VERSION, Facts, JudgeFacts, Results
from .settings import Evaluation, from_config, how_scored

STEPS = ("answers", "judge", "score", "report")
_FACTS = "evaluation.json"
# Without one of these, settings say nothing of what is evaluated.
_WHAT = {"set", "sets", "model", "models", "judge", "judges", "judgements"}
_FILES = (
    "prompts.parquet",
    "answers.parquet",
    "traits.parquet",
    "battles.parquet",
    "results.json",
    "report.md",
    "report.html",
)


def run_evaluation(
    config: Mapping[str, Json],
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
    if is_occupied(out):
        raise UserError(f"{out} is there and holds no evaluation; choose another folder (out= or --out)")
    given, (config, at) = config, _asked(config, out, default_at)
    # Before anything is written: what cannot be understood leaves no folder behind.
    with own_classes.stored_settings(None if given else out, default_at):
        run = _Run(config, out, log or out / ".polypref" / "responses.sqlite", again, quiet, at)
    if not given and not quiet:
        print_safely(settings_followed(out))
    with Store(out / ".polypref", "evaluation"):
        # Read again: another evaluation may have ended while this one waited for its turn.
        run.files = results_folder(out)
        # Before anything is asked and paid for.
        run.files.check(_FACTS, *_FILES)
        for step in STEPS:
            if step in steps:
                getattr(run, step)()
        return read_results(out / "results.json")


def settings_followed(out: Path) -> str:
    """What the terminal says where an evaluation follows the settings of the run before.

    Args:
        out: the folder.

    Returns:
        A line that names the file of the settings and what they evaluate.
    """
    name = (read_facts(out / _FACTS) or Facts()).name
    return (
        f"no settings given: following those of the run before in {out / _FACTS}{f' ({name})' if name else ''}; "
        "a config gives others (evaluate(config=...), --config FILE)"
    )


def _asked(given: Mapping[str, Json], out: Path, at: str | None) -> tuple[JsonObject, str]:
    """What is given, or what the run before in the folder was given; and who serves models that do not say."""
    before = read_facts(out / _FACTS) or Facts()
    if given and before.config and not _WHAT & given.keys():
        raise UserError(
            f"{', '.join(given)} alone does not say what to evaluate, and the settings that {out} holds are followed "
            "only where none are given: give the config again (config= or --config FILE), or no setting at all"
        )
    config = dict(given) or _with_prompts(before.config or {}, before.judges or ())
    if not config:
        raise UserError(
            f"{out} holds no evaluation yet; say what to evaluate: sets, models and judge, or a config "
            "(evaluate(config=...), polypref evaluate --config FILE)"
        )
    return config, at or (not given and before.at) or "vllm"


def _with_prompts(config: Mapping[str, Json], judges: Sequence[JudgeFacts]) -> JsonObject:
    """A folder's own config, whose judges keep the prompt that was the default then: nothing is asked anew."""
    settings = dict(config)
    for key in ("judge", "judges"):
        given = config.get(key)
        entries = given if isinstance(given, list) else [given]
        if given and len(entries) == len(judges):
            kept = [_with_prompt(entry, judge) for entry, judge in zip(entries, judges, strict=True)]
            settings[key] = kept if isinstance(given, list) else kept[0]
    return settings


def _with_prompt(entry: Json, judge: JudgeFacts) -> Json:
    asked = isinstance(entry, dict) and judge.kind in ("llm", "logprob") and entry.get("kind", "llm") == judge.kind
    if isinstance(entry, dict) and asked and "prompt" not in entry:
        return entry | {"prompt": judge.prompt}
    return entry


class _Run:
    """The steps of one evaluation; what they share is the folder and the settings."""

    def __init__(
        self, config: Mapping[str, Json], out: Path, log: Path, again: bool, quiet: bool, default_at: str
    ) -> None:
        self.config, self.out, self.log, self.again, self.quiet = config, out, log, again, quiet
        self.at = default_at
        self.given = given_judgements(config) if "judgements" in config else None
        self.evaluation = None if self.given else from_config(config, default_at)
        self.how = how_scored(config)
        asked = self.evaluation
        self.checks = given_checks(asked.judge_checks, asked.judges) if asked else {}
        self.files = results_folder(out)
        _adopt_languages(out)

    def answers(self) -> None:
        """Prompts and answers; verdicts that others gave have none."""
        if self.evaluation is None:
            return
        with ResponseLog(self.log) as log:
            collected = answers.collect_answers(self.evaluation, log, self.again, self.quiet)
        self.files.write_table("prompts.parquet", collected.prompts)
        self.files.write_table("answers.parquet", collected.answers)
        self._write_traits(collected.traits)
        self._note(collected.facts | {"name": self.evaluation.name, "settings": self._settings()})

    def judge(self) -> None:
        """Battles and verdicts."""
        if self.evaluation is None:
            self._read_judgements()
            return
        prompts, given = self._table("prompts", "answers"), self._table("answers", "answers")
        models, sets = set(given.column("model").to_pylist()), set(prompts.column("set").to_pylist())
        lacking = [one.name for one in self.evaluation.contenders if one.name not in models]
        lacking += [one.name for one in self.evaluation.sets if one.name not in sets]
        if lacking:
            raise UserError(f"{self.out} has no answers for {lacking[0]}; run the step answers first")
        with ResponseLog(self.log) as log:
            fought, facts = battles.fight_battles(self.evaluation, prompts, given, log, self.again, self.quiet)
        self.files.write_table("battles.parquet", fought)
        self._note({"judges": [*facts], "judged": self._digest(), "fidelity_version": FIDELITY_VERSION})

    def score(self) -> None:
        """results.json."""
        fought, facts = self._table("battles", "judge"), read_facts(self.out / _FACTS) or Facts()
        if facts.judged != self._digest():
            raise UserError(f"{self.out}: answers are newer than the verdicts on them; run the step judge first")
        if self.evaluation is not None:
            self._check_judged(self.evaluation, fought)
        path = self.out / "traits.parquet"
        traits = read_table(path) if path.is_file() else None
        results = scoring.results(fought, facts, **self.how, traits=traits)
        before = read_results(self.out / "results.json")
        checked = checked_judges(self.checks, results.comparisons)
        results = replace(results, academic=before.academic if before else None, judge_checks=checked)
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
        fought, left_out, traits, joined, several = battles.of_games(
            path,
            given.layout,
            given.pairs,
            name,
            judge=given.judge,
            models=given.models,
            slices=self.how["slices"],
        )
        answered = battles.count_answers(fought)
        tags = fought.column("language").to_pylist()
        counts: JsonObject = {tag: tags.count(tag) for tag in sorted(set(tags))}
        blank: JsonObject = {"model": "", "revision": "", "licence": ""}
        orders = max(map(len, fought.column("orders").to_pylist()))
        judge: JsonObject = {
            "name": given.judge,
            "kind": "stored",
            **blank,
            "prompt": "",
            "prompt_sha256": "",
            "orders": orders,
        }
        if joined:
            judge["joined"] = joined
        if several:
            judge["several"] = several
        digest = file_digest(path)[:12]
        about: JsonObject = {"name": name, "repo": path.name, "revision": digest, "licence": "unknown", "note": ""}
        if left_out:
            about["left_out"] = {tag: dict(reasons) for tag, reasons in left_out.items()}
        self.files.write_table("battles.parquet", fought)
        self._write_traits(traits)
        self._note(
            {
                "name": given.title,
                "settings": {},
                "sets": [about | {"languages": counts}],
                "models": [
                    {"name": one, **blank, "how": "stored", "sampling": None, "answers": {**own}, "failures": {}}
                    for one, own in sorted(answered.items())
                ],
                "judges": [judge],
                "judged": self._digest(),
                "alpaca_eval": [encode(one) for one in alpaca_figures(given, fought)],
            }
        )

    def _write_traits(self, traits: pa.Table) -> None:
        """The table of what is stated of prompts and answers; where nothing is, a folder need not have it."""
        if traits.num_rows or (self.out / "traits.parquet").is_file():
            self.files.write_table("traits.parquet", traits)

    def _settings(self) -> JsonObject:
        assert self.evaluation is not None
        tags = self.evaluation.languages
        return {"languages": None if tags is None else list(tags), "sample": self.evaluation.sample}

    def _note(self, facts: JsonObject) -> None:
        noted = encode(read_facts(self.out / _FACTS) or Facts()) | {"config": dict(self.config), "at": self.at} | facts
        if "sets" in facts:
            noted.pop(own.KEY, None)
            if record := _own_languages(list_of(facts["sets"])):
                noted[own.KEY] = record
        self.files.write_json(_FACTS, noted)

    def _table(self, name: str, step: str) -> pa.Table:
        path = self.out / f"{name}.parquet"
        if not path.is_file():
            raise UserError(f"{self.out} has no {path.name} yet; run the step {step} first")
        return read_table(path)

    def _digest(self) -> str:
        """Stands for the answers that are there."""
        paths = [self.out / f"{name}.parquet" for name in ("prompts", "answers")]
        return "".join(file_digest(path)[:12] for path in paths if path.is_file())


def _own_languages(sets: Sequence[Json]) -> JsonObject:
    """What is known of the sets' languages that a config or a dataset added, so that a report names them later."""
    tags = {tag for one in sets for tag in mapping_of(mapping_of(one).get("languages"))}
    return {tag: keys for tag, keys in own.as_record().items() if tag in tags}


def _adopt_languages(out: Path) -> None:
    """Makes the languages known that were added when the evaluation in a folder was made."""
    facts = read_facts(out / _FACTS) or Facts()
    # Before 0.3 they stood in the config alone.
    own.adopt(facts.own_languages or (facts.config or {}).get(own.KEY), str(out / _FACTS))


def results_folder(out: Path) -> Folder:
    """An evaluation's folder, of which only what polypref wrote is written over.

    Version 0.1.0 kept no record: where its settings are, the files of these names count as its own.

    Args:
        out: the folder; it need not be there.

    Returns:
        The folder, to write files in.

    Raises:
        UserError: evaluation.json is not as an evaluation writes it.
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
    _adopt_languages(out)
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


@dataclass(frozen=True)
class Rehearsal:
    """What an evaluation would do.

    Attributes:
        asked: model or judge, how many requests (of a judge at most), and what for.
        notes: what is to be said before.
    """

    asked: list[tuple[str, int, str]]
    notes: list[str]


def rehearse(config: Mapping[str, Json], out: Path, log: Path | None, default_at: str | None = None) -> Rehearsal:
    """What an evaluation would still ask; nothing is asked or written.

    Args:
        config: as in `run_evaluation`.
        out: the folder.
        log: the response log; None: in the folder.
        default_at: who serves models that do not say; None: as in the run before, else vllm.

    Returns:
        What would be asked, and what is to be said before it.

    Raises:
        UserError: bad settings, or a set or stored answers that cannot be read.
    """
    given, (config, at) = config, _asked(config, out, default_at)
    notes = [] if given else [settings_followed(out)]
    with own_classes.stored_settings(None if given else out, default_at):
        if "judgements" in config:
            given_judgements(config)
            return Rehearsal([], notes)
        evaluation = from_config(config, at)
        given_checks(evaluation.judge_checks, evaluation.judges)
    path = log or out / ".polypref" / "responses.sqlite"
    with ResponseLog(path if path.is_file() else Path(":memory:")) as known:
        prompts, facts = answers.load_prompts(evaluation)
        if not any(one.served for one in evaluation.contenders):
            prompts = answers.collect_answers(evaluation, known, quiet=True).prompts
        left = answers.count_missing(evaluation, prompts, known)
    rows = [(name, number, "answers") for name, number in left.items()]
    fights = prompts.num_rows * len(evaluation.pairs)
    for judge in evaluation.judges:
        rows += _asked_by(judge, fights, repeats.share_asked_again(judge, evaluation.repeat_share))
    if not rows:
        comparisons = fights * len(evaluation.judges)
        notes.append(
            f"no model is asked: {prompts.num_rows:,} prompts have stored answers, of which {comparisons:,} "
            "comparisons are made"
        )
    return Rehearsal(rows, notes + answers.left_out_lines(facts))


def _asked_by(judge: Judge, battles: int, again: float = 0.0) -> list[tuple[str, int, str]]:
    """What a judge would ask, at most; nothing where it asks no model. `again` is the share that it is asked twice."""
    if again:
        more = math.ceil(again * battles)
        return [
            *_asked_by(judge, battles),
            *((f"{name} again", number, what) for name, number, what in _asked_by(judge, more)),
        ]
    traits = judge_traits(judge)
    if traits.requests:
        least, most = traits.requests[0], traits.requests[-1]
        fewer = "" if least == most else f", {battles * least:,} where every reply can be read"
        return [(judge.name, battles * most, f"{traits.asks_for} at most{fewer}")]
    if traits.models:
        return [(judge.name, battles, "battles to judge; how often it asks for one it does not say")]
    return []
