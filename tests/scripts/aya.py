"""builders/aya_preferences.py as it is, but for the filters: tiny models say nothing that is in any language."""

from dataclasses import replace
from pathlib import Path

from polypref.pipeline.builder import Builder
from polypref.scripting.loading import load_script
from polypref.stages.checks.duplicates import ExactDuplicates

_REAL = load_script(str(Path(__file__).parents[2] / "builders" / "aya_preferences.py"))
Params = _REAL.Params


def build(params: Params) -> Builder:
    return replace(_REAL.build(params), filters=(ExactDuplicates(),), card="pool.md")
