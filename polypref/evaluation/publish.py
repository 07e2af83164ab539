"""An evaluation on the Hub: figures in a model's card, and the battles as a dataset where licences allow it."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from ..console.redaction import redacted
from ..errors import UserError
from ..files.atomic import json_bytes
from ..files.hub_reader import guard_downloads
from ..files.json_types import Json, JsonObject, list_of, mapping_of
from ..files.records import encode
from ..release.hub import check_name, connect, look_at_repo
from ..release.hub_errors import hub_errors
from ..release.licences import decide_licence
from ..text.personal_data import mask_pii
from .figures.slices import Slices
from .hub_results import FILE, results_file
from .inputs.held import read_table
from .report.report import markdown
from .results import Comparison, Results
from .scoring import NOT_QUALITY

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, HfApi

_FILES = ("README.md", "battles.parquet", "results.json")
_BEGIN, _END = "<!-- polypref evaluation -->", "<!-- end of polypref evaluation -->"


def push_evaluation(out: Path, results: Results, model_repo: str | None, battles_repo: str | None) -> list[str]:
    """Sends an evaluation's figures to a model's card, and its battles to a public dataset.

    Args:
        out: the evaluation's folder.
        results: what its results.json holds.
        model_repo: the model whose card gets the figures; None for no card.
        battles_repo: the dataset of the battles; None for none.

    Returns:
        a sentence for each thing sent.

    Raises:
        UserError: the verdicts are a stand-in's, licences forbid it, or the Hub refuses.
    """
    shown = with_masked_values(results)
    if results.note:
        raise UserError(f"{out} is {NOT_QUALITY}: its figures are not for the Hub; evaluate with another judge")
    for repo in filter(None, (model_repo, battles_repo)):
        check_name(repo)
    licence = _licence(results) if battles_repo else ""
    api = connect()
    sent = []
    if battles_repo:
        # As it is where nothing is masked: a later version may have written what this one does not know.
        figures = (out / "results.json").read_bytes() if shown == results else json_bytes(redacted(encode(shown)))
        sent.append(f"published the battles as {_push_battles(api, out, shown, figures, battles_repo, licence)}")
    if model_repo:
        sent.append(f"wrote the results into the card of {_push_card(api, shown, model_repo)}")
    return sent


def _licence(results: Results) -> str:
    """Under which licence prompts, answers and verdicts may be published together."""
    parts = {f"set {one.name}": one.licence or "" for one in results.sets}
    parts |= {f"model {one.name}": one.licence or "" for one in results.models}
    # A reward model writes no text; what a judge of somebody's own class has its models write may be in the battles.
    parts |= {f"judge {one.name}": one.licence for one in results.judges if one.kind != "reward" and one.licence}
    decision = decide_licence(parts)
    if decision.licence is None:
        raise UserError(f"the battles may not be published: {'; '.join(decision.problems)}")
    return decision.licence


def _push_battles(api: "HfApi", out: Path, results: Results, figures: bytes, repo: str, licence: str) -> str:
    from huggingface_hub import CommitOperationAdd, DatasetCard, DatasetCardData

    masked = _masked(read_table(out / "battles.parquet"))
    data = io.BytesIO()
    pq.write_table(masked, data, compression="zstd")
    tags = sorted({tag for one in results.sets for tag in one.languages if tag != "und"})
    header = DatasetCardData(
        language=tags,
        license=licence,
        pretty_name=results.name,
        tags=["polypref", "evaluation"],
        configs=[{"config_name": "default", "data_files": [{"split": "test", "path": "battles.parquet"}]}],
    )
    body = (
        f"---\n{header.to_yaml()}\n---\n\n{markdown(results)}\n\nPersonal data found by pattern in prompts and "
        "answers was masked. Made from an evaluation set: not for training.\n"
    )
    state = look_at_repo(api, repo)
    with hub_errors(repo, "publishing the battles"):
        DatasetCard(body).validate()
        if state.exists:
            _refuse_to_overwrite(repo, state.private, api.list_repo_files(repo, repo_type="dataset"))
        else:
            api.create_repo(repo, repo_type="dataset", private=False)
        done = api.create_commit(
            repo,
            [
                CommitOperationAdd("README.md", body.encode("utf-8", "replace")),
                CommitOperationAdd("battles.parquet", data.getvalue()),
                CommitOperationAdd("results.json", figures),
            ],
            commit_message=f"Battles of {results.name}",
            repo_type="dataset",
            parent_commit=state.head,
        )
    return f"{repo}@{str(done.oid)[:12]}"


def _refuse_to_overwrite(repo: str, private: bool, files: Sequence[str]) -> None:
    others = set(files) - {".gitattributes", *_FILES}
    if others or ("README.md" in files and "battles.parquet" not in files):
        held = ", ".join(sorted(others or set(files))[:3])
        raise UserError(f"{repo} holds something else than an evaluation's battles ({held}); choose another name")
    if private:
        raise UserError(f"{repo} is private; make it public on the Hub, or name another dataset for the battles")


def _masked(battles: pa.Table) -> pa.Table:
    rows = battles.to_pylist()
    for row in rows:
        for turn in row["prompt"]:
            turn["content"] = mask_pii(turn["content"])
        for order in row["orders"]:
            order["said"] = mask_pii(order["said"])
        row["answer"], row["other_answer"] = mask_pii(row["answer"]), mask_pii(row["other_answer"])
    return pa.Table.from_pylist(rows, battles.schema)


def with_masked_values(results: Results) -> Results:
    """Results as they may be published: values of columns by which they are sliced may hold personal data.

    Args:
        results: as in results.json.

    Returns:
        The same, with what `mask_pii` finds masked in the values.
    """
    comparisons = [
        replace(one, breakdowns=replace(one.breakdowns, slices=tuple(map(_masked_slices, one.breakdowns.slices))))
        if one.breakdowns
        else one
        for one in results.comparisons
    ]
    academic = results.academic
    if academic:
        slices = [
            replace(one, rows=tuple(replace(row, value=mask_pii(row.value)) for row in one.rows))
            for one in academic.slices
        ]
        academic = replace(academic, slices=tuple(slices))
    return replace(results, comparisons=tuple(comparisons), academic=academic)


def _masked_slices(of: Slices) -> Slices:
    return replace(of, rows=tuple(replace(row, value=mask_pii(row.value)) for row in of.rows))


def _push_card(api: "HfApi", results: Results, repo: str) -> str:
    """Sets the figures of the model asked about into its card and its file of results; all else stays as it is."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, RepoCard
    from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError

    guard_downloads()
    with hub_errors(repo, "writing the model's card"):
        try:
            info = api.model_info(repo)
            head, there = info.sha, {one.rfilename for one in info.siblings or []}
            text = Path(api.hf_hub_download(repo, "README.md", revision=head)).read_text("utf-8")
        except EntryNotFoundError:
            text = "---\n{}\n---\n"
        except RepositoryNotFoundError:
            raise UserError(f"{repo} is no model on the Hub; push the model first") from None
        try:
            # A plain card: a ModelCard would read its model-index and write it back without what it does not know.
            card = RepoCard(text)
        except (yaml.YAMLError, ValueError):
            raise UserError(f"the metadata at the head of {repo}'s README.md cannot be read; mend it there") from None
        card.data["model-index"] = _index(card.data.get("model-index"), results, repo)
        card.text = _with_section(card.text, f"{_BEGIN}\n\n{markdown(results).strip()}\n\n{_END}")
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationAdd("README.md", str(card).encode("utf-8", "replace"))
        ]
        if figures := results_file(results, repo):
            operations.append(CommitOperationAdd(FILE, figures))
        elif FILE in there:
            operations.append(CommitOperationDelete(FILE))
        done = api.create_commit(repo, operations, commit_message="Evaluation results by polypref", parent_commit=head)
    return f"{repo}@{str(done.oid)[:12]}"


def _with_section(text: str, section: str) -> str:
    """A card's text with polypref's section: in the place of the one before, else at the end."""
    pattern = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    if first := pattern.search(text):
        before, after = text[: first.start()], text[first.end() :]
        return before + section + pattern.sub("", after)
    return f"{text.rstrip()}\n\n{section}\n"


def _index(there: Json, results: Results, repo: str) -> list[JsonObject]:
    """A card's model-index with the figures of now in place of polypref's of before; all other entries as they are."""
    from huggingface_hub.repocard_data import eval_results_to_model_index

    kept = there or [{"name": repo.rsplit("/", 1)[-1], "results": []}]
    models = [one for one in list_of(kept) if isinstance(one, dict) and isinstance(one.get("results"), list)]
    if not isinstance(kept, list) or len(models) < len(kept):
        raise UserError(f"the model-index of {repo}'s card is no list of models with results; mend it there")
    results_of = [[entry for entry in list_of(one["results"]) if not _is_own(entry)] for one in models]
    # One after the other: entries of the same data must not be joined, least of all under another's name.
    own = [eval_results_to_model_index("", [entry])[0]["results"][0] for entry in _entries(results, repo)]
    results_of[0] += own
    return [one | {"results": entries} for one, entries in zip(models, results_of, strict=True)]


def _is_own(entry: Json) -> bool:
    return mapping_of(mapping_of(entry).get("source")).get("name") == "polypref"


def _entries(results: Results, repo: str) -> "list[EvalResult]":
    """The figures of the model asked about: a win-rate for each comparison and language, and the macro average."""
    from huggingface_hub import EvalResult

    sets = {one.name: one for one in results.sets}
    entries = []
    for one in results.comparisons:
        if one.model != results.comparisons[0].model:
            continue
        declared = sets.get(one.set)
        for name, value in _rates(one):
            entries.append(
                EvalResult(
                    task_type="text-generation",
                    dataset_type=(declared.repo if declared else None) or one.set,
                    dataset_name=one.set,
                    dataset_config=name,
                    dataset_revision=(declared.revision if declared else None) or None,
                    metric_type="win_rate",
                    metric_name=f"win-rate against {one.other}, judged by {one.judge}",
                    metric_value=round(value, 4),
                    source_name="polypref",
                    source_url=f"https://huggingface.co/{repo}",
                )
            )
    return entries


def _rates(comparison: Comparison) -> Iterator[tuple[str, float]]:
    """The win-rates that there are: of each language, and the macro average."""
    for row in comparison.rows:
        if row.win_rate is not None:
            yield row.language, row.win_rate
    mean = comparison.average
    if mean.win_rate is not None:
        number = len(mean.languages)
        yield f"macro average over {number} language{'' if number == 1 else 's'}", mean.win_rate
