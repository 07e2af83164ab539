"""Length control without difficulty, beside the alpaca_eval package's own minimal regression on the same rows.

    pip install alpaca-eval==0.6.6   # in an environment of its own: it is heavy
    POLYPREF_DATA=... python benchmarks/statistics/peer.py

The package's function for it downloads a table that the minimal form does not use; its steps after that are run here.
"""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
from alpaca_eval.metrics import glm_winrate as peer

from polypref.evaluation.figures.length_control import length_controlled


def theirs(scores: np.ndarray, longer: np.ndarray) -> float:
    """Win-rate at equal lengths by the package, in percent."""
    info = peer.GLM_INFO["length_controlled_minimal"]
    frame = pd.DataFrame({"preference": scores, "not_gamed_baseline": True})
    frame["std_delta_len"] = -longer / longer.std(ddof=1)
    equal = frame[["not_gamed_baseline"]].assign(std_delta_len=0)
    train, test = peer.make_dmatrix_for_model(frame, equal, formula=info["formula"])
    model = peer.fit_LogisticRegressionCV(train, "preference", is_ytrue_proba=True, **info["kwargs"])
    return 100 * float(model.predict_proba(test)[:, 1].mean())


def main() -> None:
    folder = Path(os.environ["POLYPREF_DATA"]) / "alpaca_eval" / "annotations_v2"
    for file in sorted(folder.glob("*.json")):
        rows = json.loads(file.read_text("utf-8"))
        scores = np.array([row["preference"] - 1 for row in rows])
        longer = np.array([float(len(row["output_2"]) - len(row["output_1"])) for row in rows])
        one = np.full(len(rows), "en")
        ours = 100 * length_controlled(scores, longer, one, np.arange(len(rows))).win_rates[0]
        print(f"{file.stem}: raw {100 * scores.mean():.4f}, ours {ours:.4f}, theirs {theirs(scores, longer):.4f}")


if __name__ == "__main__":
    main()
