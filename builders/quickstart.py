"""The bundled trial data: 12 parallel prompts in each of the 23 languages, three answers each, rated by chrF.

The texts were written for this project by machine and have not been reviewed by speakers: use them to try the path, not
to train on. Of each prompt's answers one is full, one weak, one partly or wholly in another language.
"""

from dataclasses import dataclass
from importlib.resources import files

from polypref import Answer, Builder, Fields, Files, Mixture, PairRule, ReferenceRater, Split, option

MODELS = ("full", "weak", "confused")


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    test: float = option(0.2, "share of the prompts that go to test")
    seed: int = option(0, "seed of splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.
    """
    bundled = Files(
        path=str(files("polypref") / "data" / "languages" / "*.jsonl"),
        fields=Fields(
            prompt="prompt",
            answers=tuple(Answer(f"answers.{m}", model=f"bundled-{m}", licence="apache-2.0") for m in MODELS),
            language="language",
            group="id",
            reference="reference",
        ),
        name="polypref-quickstart",
        revision="1",
        licence="apache-2.0",
    )
    return Builder(
        name="polypref-quickstart",
        version="1.0.0",
        card="quickstart.md",
        sources=(bundled,),
        rater=ReferenceRater(),
        pairs=PairRule("best_vs_random"),
        split=Split(test=params.test, seed=params.seed),
        mixtures=(
            Mixture("ml-23", prompts="parallel"),
            Mixture("ml-5", languages=("de", "en", "pt", "tr", "vi"), per_language=5),
            Mixture("en-1", languages=("en",)),
        ),
        notes=("All texts are machine-written and unreviewed; they show the path and teach a model nothing.",),
    )
