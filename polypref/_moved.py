"""Import paths of versions before 0.3: they still work, with a warning, until 1.0."""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# Old module -> the modules that its names are in now; both below polypref.
_MOVED = {
    "beginning": "console.beginning",
    "builder": "pipeline.builder",
    "bundled_questions": "evaluation.inputs.bundled_questions",
    "cli_evaluate": "cli.evaluate",
    "cli_evaluate_rm": "cli.evaluate_rm",
    "close_languages": "languages.close_languages",
    "cluster": "engines.cluster",
    "command": "console.command",
    "conversations": "layouts.conversations",
    "detectors": "languages.detectors",
    "escaping": "console.escaping",
    "evaluation.academic": "evaluation.inputs.lm_eval",
    "evaluation.agreement": "evaluation.figures.agreement",
    "evaluation.averages": "evaluation.figures.averages",
    "evaluation.baselines": "evaluation.inputs.baselines",
    "evaluation.bradley_terry": "evaluation.figures.bradley_terry",
    "evaluation.files": "layouts.strict_rows",
    "evaluation.foreign": "layouts.layout layouts.contract evaluation.inputs.judged",
    "evaluation.given_answers": "evaluation.inputs.given_answers",
    "evaluation.held": "evaluation.inputs.held",
    "evaluation.length_control": "evaluation.figures.length_control",
    "evaluation.outcomes": "layouts.outcomes",
    "evaluation.power": "evaluation.figures.power",
    "evaluation.report_battles": "evaluation.report.battles",
    "evaluation.report_markdown": "evaluation.report.markdown",
    "evaluation.report_page": "evaluation.report.page",
    "evaluation.report_plots": "evaluation.report.plots",
    "evaluation.report_words": "evaluation.report.words",
    "evaluation.reward_benchmark": "evaluation.reward_models.benchmark",
    "evaluation.reward_data": "evaluation.reward_models.data",
    "evaluation.reward_figures": "evaluation.reward_models.published",
    "evaluation.reward_report": "evaluation.reward_models.report",
    "evaluation.reward_statistics": "evaluation.reward_models.statistics",
    "evaluation.sets": "evaluation.inputs.sets",
    "evaluation.statistics": "evaluation.figures.statistics",
    "evaluation.stored": "evaluation.inputs.stored",
    "evaluation.tables": "evaluation.inputs.tables",
    "evaluation.win_rates": "evaluation.figures.win_rates",
    "families": "judging.model_families",
    "fidelity": "languages.fidelity",
    "hub_limits": "files.hub_limits",
    "hub_names": "files.hub_names",
    "inference.judging": "judging.prompts judging.replies",
    "inference.on_ray": "engines.actors",
    "inference.verdicts": "judging.verdicts",
    "inspection": "pages.tables release.warnings",
    "interrupts": "console.interrupts",
    "language_id": "languages.identifier",
    "locks": "files.locks",
    "masking": "text.placeholders",
    "owned": "files.owned",
    "page": "pages.dataset",
    "page_parts": "pages.parts",
    "page_plots": "pages.plots",
    "page_rows": "pages.rows",
    "params": "scripting.params",
    "progress": "console.progress",
    "published": "files.published",
    "readers": "files.readers files.cells files.hub_reader files.yaml_reader",
    "redact": "console.redaction",
    "release.evaluation": "evaluation.publish",
    "release.masking": "release.personal_data",
    "relevance": "judging.relevance",
    "script": "scripting.loading",
    "scripts": "languages.scripts",
    "spans": "text.spans",
    "sql": "files.sql",
    "stages.calibration": "raters.calibration",
    "stages.combine": "raters.combined",
    "stages.contamination": "stages.prompts.evaluation_overlap",
    "stages.engine": "engines.local engines.contract",
    "stages.filters": "stages.checks.contract",
    "stages.filters.common": "stages.checks.common",
    "stages.filters.contamination": "stages.checks.contamination",
    "stages.filters.damage": "stages.checks.damage",
    "stages.filters.defaults": "stages.checks.defaults",
    "stages.filters.duplicates": "stages.checks.duplicates",
    "stages.filters.information": "stages.checks.information",
    "stages.filters.language": "stages.checks.language",
    "stages.filters.length": "stages.checks.length",
    "stages.filters.line_fidelity": "stages.checks.line_fidelity",
    "stages.filters.near_identical": "stages.checks.near_identical",
    "stages.filters.phrases": "stages.checks.phrases",
    "stages.filters.pii": "text.personal_data stages.checks.personal_data",
    "stages.filters.refusals": "stages.checks.refusals",
    "stages.filters.repetition": "stages.checks.repetition",
    "stages.filters.retracted": "stages.checks.retracted",
    "stages.filters.reviewed": "stages.checks.reviewed",
    "stages.filters.scores": "stages.checks.scores",
    "stages.filters.translation": "stages.checks.translation",
    "stages.filters.truncation": "stages.checks.truncation",
    "stages.filters.untranslated": "stages.checks.untranslated",
    "stages.groups": "raters.groups",
    "stages.index": "stages.prompts.index",
    "stages.judge": "raters.aspects",
    "stages.near_duplicates": "stages.prompts.near_duplicates",
    "stages.on_ray": "engines.ray",
    "stages.open_prompts": "stages.public_prompts",
    "stages.pairwise": "raters.pairwise",
    "stages.parts": "pipeline.parts",
    "stages.rate": "raters.given raters.contract",
    "stages.reward": "raters.reward",
    "stages.rows": "layouts.rows",
    "stages.shingles": "stages.prompts.shingles",
    "stages.sources": "layouts.sources layouts.fields",
    "store": "files.store files.atomic",
    "terminal": "console.terminal",
    "threads": "console.threads",
    "transcripts": "layouts.transcripts",
    "walk": "pipeline.run pipeline.rehearsal",
}
# Old module -> names in it that have another name now.
_RENAMED = {"stages.filters": {"Filter": "Check"}}


class _Finder(MetaPathFinder, Loader):
    """Finds a module under its old name, as a module with the names that were in it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.removeprefix("polypref.") not in _MOVED or not fullname.startswith("polypref."):
            return None
        return ModuleSpec(fullname, self, is_package=fullname == "polypref.stages.filters")

    def exec_module(self, module: ModuleType) -> None:
        places = [f"polypref.{name}" for name in _MOVED[module.__name__.removeprefix("polypref.")].split()]
        warnings.warn(
            f"{module.__name__} has moved: import from polypref, or from {' and '.join(places)}; the old path works "
            "until polypref 1.0",
            FutureWarning,
            stacklevel=2,
        )
        for place in places:
            names = vars(import_module(place)).items()
            vars(module).update((name, value) for name, value in names if not name.startswith("__"))
        for old, new in _RENAMED.get(module.__name__.removeprefix("polypref."), {}).items():
            setattr(module, old, getattr(module, new))


def install() -> None:
    """Makes the old paths known to Python's imports, after all that are there."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
