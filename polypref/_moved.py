"""Import paths and names of versions before 0.3: they still work, with a warning, until 1.0.

A module that has moved is found under its old path, with the names of the modules that its contents are in now. A name
that changed, or that left the face or a module which is still there, is listed by itself: what README, CONTRIBUTING,
docs, builders and benchmarks of 0.2.0 import (`tests/test_moved.py` holds the list), and what does the same as then.

Names of the face that are modules are imported like modules: `from polypref.models import served`.
"""

import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import CodeType, ModuleType

# Old module -> the modules that its names are in now; below polypref, but for the quickstart's.
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
    "evaluation.report_words": "evaluation.report.words evaluation.report.formats",
    "evaluation.reward_benchmark": "evaluation.reward_models.benchmark",
    "evaluation.reward_data": "evaluation.reward_models.data",
    "evaluation.reward_figures": "evaluation.reward_models.published",
    "evaluation.reward_report": "evaluation.reward_models.report",
    "evaluation.reward_statistics": "evaluation.reward_models.statistics",
    "evaluation.sets": "evaluation.inputs.sets evaluation.inputs.set_prompts",
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
    "loop.model": "quickstart.model",
    "loop.steps": "quickstart.steps",
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
    "stages.filters.phrases": "languages.phrases",
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
    "stages.rows": "layouts.rows layouts.tables",
    "stages.shingles": "stages.prompts.shingles",
    "stages.sources": "layouts.sources layouts.fields layouts.verdicts",
    "store": "files.store files.atomic",
    "terminal": "console.terminal",
    "threads": "console.threads",
    "transcripts": "layouts.transcripts",
    "walk": "pipeline.run pipeline.steps pipeline.rehearsal",
}
# Old module -> old name -> where it is now, and under which name.
_RENAMED = {
    "beginning": {"hear": "console.beginning.watch_for_interrupt"},
    "builder": {"declare": "pipeline.builder.declare_builder"},
    "cli_evaluate": {"read_config": "api.evaluating.read_settings"},
    "evaluation.judges": {"Judge": "evaluation.contract.Judge"},
    "evaluation.report": {
        "show": "evaluation.report.report.show_report",
        "write_report": "evaluation.report.report.write_report",
    },
    "evaluation.reward_data": {"load": "evaluation.reward_models.data.load_comparisons"},
    "evaluation.reward_report": {"show": "evaluation.reward_models.report.show_report"},
    "evaluation.reward_statistics": {"summarise": "evaluation.reward_models.statistics.summarise_comparisons"},
    "evaluation.run": {"evaluate": "evaluation.run.run_evaluation", "write": "evaluation.run.write_results"},
    "evaluation.sets": {"find": "evaluation.inputs.sets.find_set", "load": "evaluation.inputs.set_prompts.load_set"},
    "evaluation.win_rates": {"summarise": "evaluation.figures.win_rates.summarise_battles"},
    "inference.servers": {"choose": "inference.servers.choose_server"},
    "loop.__main__": {"run": "quickstart.__main__.run_loop"},
    "loop.steps": {
        "build": "quickstart.steps.build_dataset",
        "claim": "quickstart.steps.claim_folder",
        "compare": "quickstart.steps.compare_models",
        "learn": "quickstart.steps.learn_answers",
        "prefer": "quickstart.steps.train_preferences",
    },
    "masking": {
        "mask": "text.placeholders.mask_text",
        "restore": "text.placeholders.restore_text",
        "verify": "text.placeholders.verify_placeholders",
    },
    "params": {
        "describe": "scripting.params.describe_params",
        "parse": "scripting.params.parse_words",
    },
    "redact": {"redact": "console.redaction.redact_text", "remember": "console.redaction.remember_secret"},
    "release.folder": {
        "_seal": "release.provenance.seal_record",
        "Piece": "release.pieces.Piece",
        "configs": "release.pieces.configs",
        "cut": "release.pieces.cut_files",
        "file_facts": "release.pieces.file_facts",
    },
    "release.licences": {"decide": "release.licences.decide_licence"},
    "release.publish": {
        "release": "release.publish.release_dataset",
        "verify": "release.publish.verify_release",
    },
    "review": {
        "Answer": "review.answers.Answer",
        "COLUMNS": "review.columns.COLUMNS",
        "FORMAT": "review.decisions.FORMAT",
        "VERDICTS": "review.answers.VERDICTS",
        "apply": "review.applying.apply_decisions",
        "bring_back": "review.decisions.bring_back",
        "decide": "review.decisions.decide_pairs",
        "export": "review.sheets.export_sheets",
        "kappa": "review.agreement.pooled_kappa",
        "plain_cell": "review.cells.plain_cell",
        "read_decisions": "review.decisions.read_decisions",
        "read_sheet": "review.filled.read_sheet",
        "safe_cell": "review.cells.safe_cell",
        "swapped": "review.row_ids.swapped",
        "wilson": "shares.wilson",
    },
    "stages.asking": {"AskingRater": "raters.contract.AskingRater", "ask": "stages.asking.ask_models"},
    "stages.balance": {"balance": "stages.balance.balance_pairs"},
    "stages.filters": {"Filter": "stages.checks.contract.Check"},
    "text": {
        "BLANK": "text.cleaning.BLANK",
        "CODE_LINE": "text.prose.CODE_LINE",
        "clean": "text.cleaning.clean_text",
        "template_token": "text.cleaning.template_token",
    },
    "threads": {"limit": "console.threads.limit_threads"},
    "training.data": {"check": "training.data.check_dataset"},
    "walk": {"run": "pipeline.run.run_builder"},
}
# Module of the face -> names that stood beside it on the face.
_BESIDE = {
    "checks": "EvaluationPrompts Flag Reject",
    "languages": "AYA_23",
    "layouts": "ArenaFolder Except Items Marks NamedLayout OneHot Ranking Rounds Scale Transcript Tree",
    "models": "Route Translator",
}
#: Name that left the face -> the module of the face that has it now.
LEFT = {name: module for module, names in _BESIDE.items() for name in names.split()}
_UNTIL = "the old one works until polypref 1.0"


def _full(name: str) -> str:
    """The path of a module or name as it is imported."""
    return name if name.startswith("quickstart.") else f"polypref.{name}"


def name_that_left(name: str) -> object:
    """What stood on the face under a name that a module of the face has now, with a warning.

    Args:
        name: one of LEFT.

    Returns:
        The same as the module has.
    """
    module = f"polypref.{LEFT[name]}"
    warnings.warn(f"polypref.{name} is {module}.{name} now; {_UNTIL}", FutureWarning, stacklevel=3)
    return getattr(import_module(module), name)


class _MovedModules(MetaPathFinder, InspectLoader):
    """Finds a module under its old path, as a module with the names that were in it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.removeprefix("polypref.") not in _MOVED or not fullname.startswith("polypref."):
            return None
        return ModuleSpec(fullname, self, is_package=fullname == "polypref.stages.filters")

    def exec_module(self, module: ModuleType) -> None:
        old = module.__name__.removeprefix("polypref.")
        places = [_full(name) for name in _MOVED[old].split()]
        warnings.warn(
            f"{module.__name__} has moved: import from polypref, or from {' and '.join(places)}; the old path works "
            "until polypref 1.0",
            FutureWarning,
            stacklevel=2,
        )
        for place in places:
            names = vars(import_module(place)).items()
            vars(module).update((name, value) for name, value in names if not name.startswith("__"))
        if old in _RENAMED:
            _add_old_names(module, old)

    def get_code(self, fullname: str) -> CodeType:
        """For `python -m`: a module that has moved is imported, not run; the message becomes Python's one sentence."""
        raise ImportError(f"{fullname} has moved, and is not run as a program; polypref --help lists the commands")

    def get_source(self, fullname: str) -> None:
        """There is none."""


class _RenamedIn(MetaPathFinder):
    """Gives modules that are still in their place the names that they had."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        old = fullname.removeprefix("polypref.")
        if not fullname.startswith("polypref.") or old not in _RENAMED or old in _MOVED:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            _add_old_names(module, old)
            run(module)

        setattr(spec.loader, "exec_module", exec_module)  # noqa: B010 - of this one object, not of its class
        return spec


def _add_old_names(module: ModuleType, old: str) -> None:
    """Has a module answer to its old names, with a warning.

    Args:
        module: the module, which knows none of them by itself.
        old: its path in 0.2, without `polypref.`.
    """

    def old_name(name: str) -> object:
        if name not in _RENAMED[old]:
            raise AttributeError(f"module '{module.__name__}' has no attribute '{name}'")
        place, _, now = _full(_RENAMED[old][name]).rpartition(".")
        warnings.warn(f"polypref.{old}.{name} is {place}.{now} now; {_UNTIL}", FutureWarning, stacklevel=2)
        return getattr(import_module(place), now)

    vars(module)["__getattr__"] = old_name


class _PublicModules(MetaPathFinder, Loader):
    """Finds a module under the name that the public face gives it: the module itself, without a warning.

    Args:
        modules: that name -> the module below polypref.
    """

    def __init__(self, modules: Mapping[str, str]) -> None:
        self.modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        return ModuleSpec(fullname, self) if package == "polypref" and name in self.modules else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(f"polypref.{self.modules[spec.name.rpartition('.')[2]]}")
        # Python is about to write the other name over it.
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = module.__spec__ and module.__spec__.loader_state


def install(modules: Mapping[str, str]) -> None:
    """Makes the old paths and names, and the public names of modules, known to Python's imports.

    Args:
        modules: public name -> the module below polypref.
    """
    if not any(isinstance(finder, _MovedModules) for finder in sys.meta_path):
        sys.meta_path.insert(0, _RenamedIn())
        sys.meta_path += [_PublicModules(modules), _MovedModules()]
