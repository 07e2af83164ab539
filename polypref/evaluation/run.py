"""An evaluation step by step: answers, judge, score, report. Each step reads what the one before left in the folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import UserError
from ..inference.log import ResponseLog
from ..store import Store, file_digest, read_json, write_json, write_table
from . import answers, battles, foreign, report, scoring
from .settings import Evaluation, from_config

STEPS = ("answers", "judge", "score", "report")
_FACTS = "evaluation.json"


def evaluate(
    config: Mapping[str, Any],
    out: Path,
    steps: Sequence[str] = STEPS,
    *,
    log: Path | None = None,
    again: bool = False,
    quiet: bool = False,
    default_at: str = "vllm",
) -> dict[str, Any] | None:
    """Runs steps of an evaluation.

    Args:
        config: what is evaluated; see `settings.from_config`, or `judgements` (path, layout, pairs, name) for verdicts
            that others gave. Empty: that of the run before in the folder.
        out: the folder.
        steps: which; in the order of STEPS.
        log: the response log; None: in the folder.
        again: ask once more for what failed before.
        quiet: show no progress, print nothing.
        default_at: who serves models that do not say.

    Returns:
        what results.json holds; None where no figures are there yet.

    Raises:
        UserError: bad settings, a step whose input is missing, a model that cannot be reached (what it said is kept).
    """
    if out.exists() and not (out / ".polypref").is_dir() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} is there and holds no evaluation; choose another --out")
    with Store(out / ".polypref", "evaluation") as store:
        before = read_json(out / _FACTS) or {}
        config = dict(config) or before.get("config") or {}
        if not config:
            raise UserError(
                f"{out} holds no evaluation yet; say what to evaluate, as in polypref evaluate --config FILE"
            )
        run = _Run(config, out, log or store.root / "responses.sqlite", again, quiet, default_at)
        for step in STEPS:
            if step in steps:
                getattr(run, step)()
        return read_json(out / "results.json")


class _Run:
    """The steps of one evaluation; what they share is the folder and the settings."""

    def __init__(
        self, config: Mapping[str, Any], out: Path, log: Path, again: bool, quiet: bool, default_at: str
    ) -> None:
        self.config, self.out, self.log, self.again, self.quiet = config, out, log, again, quiet
        self.default_at = default_at
        self.foreign = config.get("judgements")
        self.evaluation: Evaluation | None = None if self.foreign else from_config(config, default_at)

    def answers(self) -> None:
        """Prompts and answers; verdicts that others gave have none."""
        if self.evaluation is None:
            return
        with ResponseLog(self.log) as log:
            prompts, found, facts = answers.collect(self.evaluation, log, self.again, self.quiet)
        write_table(self.out / "prompts.parquet", prompts)
        write_table(self.out / "answers.parquet", found)
        self._note(facts | {"name": self.evaluation.name, "settings": self._settings(), "config": self.config})

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
            fought, facts = battles.fight(self.evaluation, prompts, found, log, self.again, self.quiet)
        write_table(self.out / "battles.parquet", fought)
        self._note({"judges": facts, "judged": self._digest()})

    def score(self) -> None:
        """results.json."""
        fought, facts = self._table("battles", "judge"), read_json(self.out / _FACTS) or {}
        if facts.get("judged") != self._digest():
            raise UserError(f"{self.out}: answers are newer than the verdicts on them; run the step judge first")
        if self.evaluation is None:
            keys = ("reading", "missing", "level", "resamples", "seed", "seen")
            how = {key: self.config[key] for key in keys if key in self.config}
        else:
            how = {key: getattr(self.evaluation, key) for key in ("reading", "missing", "level", "resamples", "seed")}
            how["seen"] = self.evaluation.seen
        found = scoring.results(fought, facts, **how)
        academic = (read_json(self.out / "results.json") or {}).get("academic")
        write_json(self.out / "results.json", found | {"academic": academic})

    def report(self) -> None:
        """report.md, report.html, and a table in the terminal."""
        write(self.out)
        if not self.quiet:
            report.show(read_json(self.out / "results.json") or {})
            print(f"wrote {self.out / 'report.html'}")

    def _read_judgements(self) -> None:
        given = self.foreign
        known = {"path", "layout", "pairs", "name"}
        if not isinstance(given, Mapping) or not {"path", "layout"} <= set(given) or set(given) - known:
            raise UserError("judgements: give path and layout, and if you like pairs and name")
        path = Path(str(given["path"]))
        name = str(given.get("name") or path.stem)
        pairs = [(str(one), str(other)) for one, other in given.get("pairs") or []]
        fought = battles.of_games(path, foreign.layout(given["layout"]), pairs, name)
        models = sorted({row[key] for row in fought.select(["model", "other"]).to_pylist() for key in row})
        tags = fought.column("language").to_pylist()
        counts = {tag: tags.count(tag) for tag in sorted(set(tags))}
        blank = {"model": "", "revision": "", "licence": ""}
        orders = max(map(len, fought.column("orders").to_pylist()))
        judge = {"name": name, "kind": "stored", **blank, "prompt": "", "prompt_sha256": "", "orders": orders}
        digest = file_digest(path)[:12]
        about = {"name": name, "repo": path.name, "revision": digest, "licence": "unknown", "note": ""}
        write_table(self.out / "battles.parquet", fought)
        self._note(
            {
                "name": str(self.config.get("name", name)),
                "settings": {},
                "config": self.config,
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
        write_json(self.out / _FACTS, (read_json(self.out / _FACTS) or {}) | dict(facts))

    def _table(self, name: str, step: str) -> pa.Table:
        path = self.out / f"{name}.parquet"
        if not path.is_file():
            raise UserError(f"{self.out} has no {path.name} yet; run the step {step} first")
        return pq.read_table(path)

    def _digest(self) -> str:
        """Stands for the answers that are there."""
        paths = [self.out / f"{name}.parquet" for name in ("prompts", "answers")]
        return "".join(file_digest(path)[:12] for path in paths if path.is_file())


def write(out: Path) -> dict[str, Any]:
    """Writes report.md and report.html of an evaluation that is scored.

    Returns:
        what results.json holds.

    Raises:
        UserError: the folder has no figures yet.
    """
    found = read_json(out / "results.json")
    if found is None or not (out / "battles.parquet").is_file():
        raise UserError(f"{out} has no figures yet; run polypref evaluate first")
    report.write_report(out, found, pq.read_table(out / "battles.parquet"))
    return found


def rehearse(config: Mapping[str, Any], log: Path | None, default_at: str) -> list[tuple[str, int, str]]:
    """What an evaluation would still ask: (model, requests, what for); nothing is asked."""
    evaluation = from_config(config, default_at)
    from . import sets
    from .judges import LLMJudge, RewardJudge

    prompts = pa.concat_tables(
        [sets.load(one, evaluation.languages, evaluation.sample, evaluation.seed)[0] for one in evaluation.sets]
    )
    if log and log.is_file():
        with ResponseLog(log) as known:
            left = answers.missing(evaluation, prompts, known)
    else:
        left = {one.name: prompts.num_rows for one in evaluation.contenders if one.served}
    rows = [(name, number, "answers") for name, number in left.items()]
    fights = prompts.num_rows * len(evaluation.pairs)
    for judge in evaluation.judges:
        if isinstance(judge, LLMJudge):
            rows.append((judge.name, fights * (2 if judge.orders == "both" else 1), "verdicts at most"))
        elif isinstance(judge, RewardJudge):
            rows.append((judge.name, fights * 2, "scores at most"))
    return rows
