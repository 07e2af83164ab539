"""How much of a later version's files a Hub that stores chunks has to be sent: one row gone, 5% more rows.

    python benchmarks/release/sent.py

The chunker is a stand-in for the Hub's, whose code and hashes are its own: a gear hash over the bytes, chunks of 64 KB
on the whole (8 KB at least, 128 KB at most), and only chunks that no file of the version before has are sent. Rows are
of words made up, drawn by Zipf's law; of one row taken back the median over five rows. Beside the way in which polypref
writes released files: the way of before, with pages cut by their size, 2,000 rows a group, and new rows among the old
by hash. Prints the table.
"""

import hashlib
import io
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from polypref import schema  # noqa: E402
from polypref.files.atomic import write_released  # noqa: E402
from polypref.stages.later_versions import WHOLE_FILE  # noqa: E402

SIZES = (1_000, 4_000, 10_000)
LEAST, MOST, BITS = 8 << 10, 128 << 10, 16
GEAR = np.random.default_rng(0).integers(0, 1 << 32, 256, dtype=np.uint32)


def chunks(data: bytes) -> Iterator[bytes]:
    """The chunks of a file: cut where the gear hash of the 32 bytes before begins with 16 zero bits."""
    gear = GEAR[np.frombuffer(data, np.uint8)]
    hashes = np.zeros(len(gear), np.uint32)
    for back in range(32):
        hashes[back:] += gear[: len(gear) - back] << np.uint32(back)
    cuts = np.flatnonzero(hashes >> np.uint32(32 - BITS) == 0) + 1
    start = 0
    while start < len(data):
        place = int(np.searchsorted(cuts, start + LEAST))
        end = min(int(cuts[place]) if place < len(cuts) else len(data), start + MOST, len(data))
        yield data[start:end]
        start = end


def sent(before: Sequence[bytes], after: Sequence[bytes]) -> float:
    """Which share of the bytes of some files is in no chunk of those before."""
    known = {hashlib.sha256(one).digest() for file in before for one in chunks(file)}
    new = {hashlib.sha256(one).digest(): len(one) for file in after for one in chunks(file)}
    return sum(size for digest, size in new.items() if digest not in known) / sum(map(len, after))


def make_rows(count: int, seed: int = 0) -> pa.Table:
    """Rows in the order of md5 of seed and pair_id, answers of 100 to 500 words."""
    draw, letters = np.random.default_rng(seed), random.Random(seed)
    words = ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=letters.randint(2, 11))) for _ in range(20_000)]
    odds = 1 / np.arange(1, len(words) + 1)
    odds /= odds.sum()

    def turn(role: str, length: int) -> list[dict[str, str]]:
        return [{"role": role, "content": " ".join(words[n] for n in draw.choice(len(words), length, p=odds))}]

    blank = {field.name: None if field.nullable else "x" for field in schema.PREFERENCES}
    rows = []
    for number in range(count):
        ids = {
            name: hashlib.md5(f"{seed} {number} {name}".encode()).hexdigest()
            for name in ("pair_id", "prompt_id", "group_id", "chosen_id", "rejected_id")
        }
        models = {"chosen_model": f"model-{number % 3}", "rejected_model": f"model-{(number + 1) % 3}"}
        scores = {name: float(draw.random()) for name in ("chosen_score", "rejected_score", "score_margin")}
        turns = {side: turn("assistant", int(draw.integers(100, 500))) for side in ("chosen", "rejected")}
        rows.append(blank | ids | models | scores | turns | {"prompt": turn("user", 40), "flags": [], "language": "de"})
    rows.sort(key=lambda row: hashlib.md5(f"0:{row['pair_id']}".encode()).hexdigest())
    return pa.Table.from_pylist(rows, schema.PREFERENCES)


def as_before(table: pa.Table) -> bytes:
    """A file as versions up to 0.2.0 wrote it."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", compression_level=3, row_group_size=2_000)
    return sink.getvalue()


def as_released(table: pa.Table) -> bytes:
    """A file as polypref writes it now."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        write_released(path, table)
        return path.read_bytes()


def without_one(table: pa.Table) -> Iterator[pa.Table]:
    """The table without one row, for five rows."""
    for tenth in (1, 3, 5, 7, 9):
        row = len(table) * tenth // 10
        yield pa.concat_tables([table.slice(0, row), table.slice(row + 1)])


def measure(count: int) -> None:
    """Prints the two lines of a size."""
    table, more = make_rows(count), make_rows(count // 20, seed=1)
    both = pa.concat_tables([table, more])
    ids = both["pair_id"].to_pylist()
    order = sorted(range(len(ids)), key=lambda n: hashlib.md5(f"0:{ids[n]}".encode()).hexdigest())
    then, now = as_before(table), as_released(table)
    # Behind a file of WHOLE_FILE rows new ones are a file of their own; a smaller one is written anew with them.
    grown = [now, as_released(more)] if count >= WHOLE_FILE else [as_released(both)]
    cases = {
        "one row taken back": (
            statistics.median(sent([then], [as_before(one)]) for one in without_one(table)),
            statistics.median(sent([now], [as_released(one)]) for one in without_one(table)),
        ),
        "5% more rows": (sent([then], [as_before(both.take(order))]), sent([now], grown)),
    }
    for name, (old, new) in cases.items():
        print(f"| {count:,} | {name} | {old:.1%} | {new:.1%} |", flush=True)
    print(f"| {count:,} | bytes of the file, MB | {len(then) / 1e6:.2f} | {len(now) / 1e6:.2f} |", flush=True)


def main() -> None:
    """Prints the table."""
    print("| rows of the file | | before | now |\n|---:|---|---:|---:|")
    for count in SIZES:
        measure(count)


if __name__ == "__main__":
    main()
