"""The filter that rejects what the contamination stage found."""

import pyarrow as pa

from polypref.stages.checks.contamination import Contamination
from polypref.stages.checks.contract import Batch, Reject


def test_contaminated_prompts_are_rejected_with_the_name_of_the_set():
    batch = Batch(pa.table({"contaminated_by": pa.array([None, "m-ArenaHard", None], pa.string())}))
    assert list(Contamination()(batch)) == [(1, Reject("contaminated", "m-ArenaHard"))]
