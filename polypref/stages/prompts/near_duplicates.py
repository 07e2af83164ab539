"""Near-duplicate prompts within a language: MinHash bands find the candidates, exact Jaccard similarity decides.

An edge joins two prompts; what edges (and equal group_ids) join is a component, and no component is ever split between
train and test. Of prompts behind an instruction that many share, the questions are compared (`boilerplate`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ...errors import UserError
from ...files import sql
from ...scripting.bounds import Count, Natural, Share
from ...scripting.declared import check_fields
from .boilerplate import Shared, own_grams, table_bits, windows
from .shingles import (
    Hashes,
    Rows,
    character_grams,
    choose_shingles,
    distinct,
    normal_codes,
    syllabic,
    unspaced,
    whole,
)

#: prompt_id_a < prompt_id_b; similarity: Jaccard similarity of their shingle sets, 1.0 for equal normal forms.
EDGES = pa.schema(
    [
        pa.field("prompt_id_a", pa.string(), nullable=False),
        pa.field("prompt_id_b", pa.string(), nullable=False),
        pa.field("similarity", pa.float64(), nullable=False),
    ]
)

#: Characters a shingle; Chinese, Japanese and Korean characters carry about twice as much as letters.
SHINGLE, SHORT_SHINGLE = 5, 3

Node = TypeVar("Node", int, str)

_PAGE = 10_000


@dataclass(frozen=True)
class NearDuplicates:
    """Settings of the search.

    Attributes:
        threshold: least Jaccard similarity of an edge.
        permutations: length of a signature.
        bands: into how many bands a signature is cut; two prompts that agree in one band are candidates.
        shortest: prompts with fewer shingles are near-duplicates only of prompts with the same normal form.
        neighbours: buckets of up to so many prompts and one more are compared pair by pair; in a larger one each prompt
            meets only the bucket's first and the next, so that n templated prompts are 2 * n candidates, not n * n.
        seed: seed of the MinHash.
        many: what so many prompts of a language share word by word, and each goes on from otherwise, is an instruction.

    """

    version: ClassVar[int] = 3
    threshold: Share = 0.7
    permutations: Count = 128
    bands: Count = 25
    shortest: Natural = 5
    neighbours: Natural = 16
    seed: int = 20240702
    many: Count = 20

    def __post_init__(self) -> None:
        check_fields(self)
        # Without a value in it every band of every prompt would be the same.
        if self.bands > self.permutations:
            raise UserError(
                f"NearDuplicates(permutations={self.permutations}, bands={self.bands}): a band is cut from the "
                "permutations; write at most as many bands"
            )


def shingles(texts: Sequence[str], languages: Sequence[str]) -> tuple[Rows, Hashes]:
    """Hashed shingles of texts, and a hash of each one's whole normal form.

    Texts with nothing but punctuation are compared by their characters as they are.

    Args:
        texts: prompts.
        languages: tag of each.

    Returns:
        hashes of the shingles, a row a text, and a hash a text, shape (texts,).
    """
    codes = normal_codes(texts)
    exact = whole(codes)
    for i in np.flatnonzero(np.diff(codes.offsets) == 0).tolist():
        raw = np.frombuffer(texts[i].strip().encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        # Moved out of the range of code points, so that no normal form can equal it.
        exact[i] = whole(Rows(raw + np.uint64(1 << 32), np.array([0, len(raw)])))[0]
    short = np.array([syllabic(tag) for tag in languages], bool)
    return choose_shingles(short, character_grams(codes, SHORT_SHINGLE), character_grams(codes, SHINGLE)), exact


def signatures(
    texts: Sequence[str], languages: Sequence[str], settings: NearDuplicates | None = None
) -> npt.NDArray[np.uint32]:
    """MinHash signatures of the shingle sets.

    Fast Similarity Sketching (Dahlgaard, Knudsen and Thorup 2017, arXiv 1704.04370) as rensa does it. They are for
    one run: another version of rensa may give other signatures.

    Args:
        texts: prompts.
        languages: tag of each.
        settings: the search's settings; None for the defaults.

    Returns:
        shape (texts, permutations).
    """
    return _signatures(shingles(texts, languages)[0], settings or NearDuplicates())


def signed_by() -> str:
    """Names what makes the signatures, with its version: another one may find other candidates.

    Returns:
        as in `rensa 0.4.2`.
    """
    return f"rensa {package_version('rensa')}"


def bands(signed: npt.NDArray[np.uint32], settings: NearDuplicates | None = None) -> Hashes:
    """A hash of each band of each signature.

    Args:
        signed: signatures, shape (texts, permutations).
        settings: the search's settings; None for the defaults.

    Returns:
        shape (texts, bands); equal only for the same band with the same values.
    """
    settings = settings or NearDuplicates()
    n, width = len(signed), settings.permutations // settings.bands
    used = signed[:, : settings.bands * width].astype(np.uint64).reshape(-1, width)
    numbered = np.column_stack([np.tile(np.arange(settings.bands, dtype=np.uint64), n), used])
    ends = np.arange(0, numbered.size + 1, width + 1, dtype=np.int64)
    return whole(Rows(numbered.reshape(-1), ends)).reshape(n, settings.bands)


def jaccard(one: Hashes, other: Hashes) -> float:
    """Jaccard similarity of two sets.

    Args:
        one: sorted hashes without repetitions.
        other: sorted hashes without repetitions.

    Returns:
        0 to 1; 0 where either is empty.

    Example:
        >>> jaccard(np.array([1, 2, 3], np.uint64), np.array([2, 3, 4], np.uint64))
        0.5
    """
    if not len(one) or not len(other):
        return 0.0
    both = np.sort(np.concatenate([one, other]))
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    return shared / (len(one) + len(other) - shared)


def near_duplicate_edges(
    con: sql.Connection, paths: Sequence[Path | str], settings: NearDuplicates | None = None
) -> pa.Table:
    """Finds the near-duplicate prompts of one language each over Parquet parts.

    Works in temporary tables of the connection, so it spills to the connection's temp_directory when memory is short.

    Args:
        con: a connection that may read the parts.
        paths: Parquet parts of schema.PROMPTS; prompt_id, language and prompt are read.
        settings: the search's settings.

    Returns:
        a table with EDGES, sorted: enough of them to join what belongs together, not every pair. Every edge is true
        (verified); near-duplicates can be left apart where none of their bands agree, or all that agree are in buckets
        larger than `neighbours`. Prompts with equal normal forms are each joined to the least prompt_id among them.

    """
    settings = settings or NearDuplicates()
    if not paths:
        return EDGES.empty_table()
    _run_statement(con, _READ.format(parts=sql.parquet(*paths)))
    for statement in _TABLES:
        _run_statement(con, statement)
    try:
        shared = _shared_windows(con, settings.many)
        for page in _pages(con):
            _index(con, page, settings, shared)
        _run_statement(con, _REPRESENTATIVES)
        candidates = con.sql(_candidates(settings)).to_arrow_table()
        verified = list(zip(*_verify_pairs(con, candidates, settings, shared), strict=True)) or [(), (), ()]
        con.register("near_verified", pa.table(verified, schema=_VERIFIED))
        edges = con.sql(_EDGES).to_arrow_table()
        con.unregister("near_verified")
        return edges.cast(EDGES)
    finally:
        for name in ("near_prompts", "near_windows", "near_keys", "near_bands", "near_first"):
            _run_statement(con, f"DROP TABLE IF EXISTS {sql.name(name)}")


def components(edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Connected components by union-find.

    Args:
        edges: pairs of nodes; (a, a) names a node without neighbours.

    Returns:
        every node named in an edge, with the least node of its component.

    """
    parent: dict[str, str] = {}
    for a, b in edges:
        low, high = sorted((_root(parent, a), _root(parent, b)))
        parent[high] = low
    return {node: _root(parent, node) for node in parent}


def _root(parent: dict[Node, Node], node: Node) -> Node:
    """The root of a node in a union-find forest, which learns the node if it is new; paths are shortened."""
    top = node
    while (above := parent.setdefault(top, top)) != top:
        top = above
    while node != top:
        parent[node], node = top, parent[node]
    return top


def _signatures(grams: Rows, settings: NearDuplicates) -> npt.NDArray[np.uint32]:
    from rensa import RMinHash

    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        grams.values, grams.offsets.astype(np.uint64), settings.permutations, settings.seed
    )
    return np.array(matrix.to_rows(), np.uint32).reshape(len(grams), settings.permutations)


_VERIFIED = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("similarity", pa.float64())])

_READ = """
CREATE OR REPLACE TEMP TABLE near_prompts AS
SELECT row_number() OVER (ORDER BY prompt_id) - 1 AS node, prompt_id, language, text
FROM (
    SELECT prompt_id, any_value(language) AS language, any_value(array_to_string(list_transform(
        list_filter(prompt, lambda turn: turn.role = 'user'), lambda turn: turn.content), E'\\n\\n')) AS text
    FROM {parts} GROUP BY prompt_id
)
ORDER BY node
"""

_TABLES = (
    "CREATE OR REPLACE TEMP TABLE near_windows (node BIGINT, places UINTEGER[])",
    "CREATE OR REPLACE TEMP TABLE near_keys (node BIGINT, language VARCHAR, exact UBIGINT)",
    "CREATE OR REPLACE TEMP TABLE near_bands (node BIGINT, language VARCHAR, band UBIGINT, next_band UBIGINT)",
)

# Of prompts with one normal form only the first goes on: a thousand copies are a thousand edges, never a million.
_REPRESENTATIVES = """
CREATE OR REPLACE TEMP TABLE near_first AS
SELECT min(node) AS node, language, exact FROM near_keys GROUP BY language, exact
"""

_EDGES = """
SELECT one.prompt_id AS prompt_id_a, other.prompt_id AS prompt_id_b, similarity FROM (
    SELECT a, b, similarity FROM near_verified
    UNION ALL
    SELECT near_first.node, near_keys.node, 1.0
    FROM near_keys JOIN near_first USING (language, exact) WHERE near_keys.node > near_first.node
)
JOIN near_prompts one ON one.node = a JOIN near_prompts other ON other.node = b
ORDER BY prompt_id_a, prompt_id_b
"""


def _candidates(settings: NearDuplicates) -> str:
    """Pairs that share a bucket, in an order in which prompts that agree in the next band too are neighbours."""
    after = ", ".join(f"lead(node, {sql.number(step)}) OVER ordered" for step in range(2, settings.neighbours + 1))
    return f"""
    WITH unique_bands AS (SELECT * FROM near_bands SEMI JOIN near_first USING (node)),
    shared AS (
        SELECT language, band, min(node) AS first, count(*) AS size FROM unique_bands
        GROUP BY language, band HAVING count(*) > 1
    ),
    met AS (
        SELECT node, unnest([first, lead(node) OVER ordered]
            || CASE WHEN size <= {sql.number(settings.neighbours + 1)} THEN [{after}] ELSE [] END) AS other
        FROM unique_bands JOIN shared USING (language, band)
        WINDOW ordered AS (PARTITION BY language, band ORDER BY next_band, node)
    )
    SELECT DISTINCT least(node, other) AS a, greatest(node, other) AS b FROM met WHERE node <> other ORDER BY a, b
    """


def _pages(con: sql.Connection) -> Iterator[pa.Table]:
    ((count,),) = con.execute("SELECT count(*) FROM near_prompts").fetchall()
    for start in range(0, count, _PAGE):
        query = "SELECT node, language, text FROM near_prompts WHERE node >= ? AND node < ? ORDER BY node"
        yield con.sql(query, params=[start, start + _PAGE]).to_arrow_table()


def _shared_windows(con: sql.Connection, many: int) -> Shared | None:
    """Counts the windows of all prompts, and where those that many share end; None where many share none."""
    ((count, characters),) = con.execute("SELECT count(*), sum(length(text)) FROM near_prompts").fetchall()
    if count < many:
        return None
    # A word has about 6 characters, its space with it; where none part words, as many windows as characters.
    bits = table_bits(int(characters) // 3)
    shared = Shared.of(many, bits)
    for page in _pages(con):
        places = windows(normal_codes(page["text"].to_pylist()), page["language"].to_pylist(), bits)
        shared.count(places)
        lists = pa.ListArray.from_arrays(places.offsets.astype(np.int32), places.values.astype(np.uint32))
        _insert_rows(con, "near_windows", {"node": page["node"], "places": lists})
    if not shared.has_any():
        return None
    query = "SELECT places FROM near_windows WHERE node >= ? AND node < ? ORDER BY node"
    for start in range(0, count, _PAGE):
        shared.count_ends(_rows_of(con.sql(query, params=[start, start + _PAGE]).to_arrow_table()["places"]))
    return shared


def _rows_of(lists: pa.ChunkedArray) -> Rows:
    one = lists.combine_chunks()
    values = one.flatten().to_numpy(zero_copy_only=False).astype(np.uint64)
    return Rows(values, np.concatenate([[0], np.cumsum(one.value_lengths().to_numpy(zero_copy_only=False))]))


def _compared(con: sql.Connection, page: pa.Table, shared: Shared | None) -> tuple[Rows, Hashes]:
    """Shingles of the prompts of a page, of their own questions where these stand behind what many share; and hashes of
    the whole prompts.
    """
    texts, languages = page["text"].to_pylist(), page["language"].to_pylist()
    grams, exact = shingles(texts, languages)
    if shared is None:
        return grams, exact
    con.register("near_asked", page.select(["node"]))
    query = "SELECT places FROM near_windows JOIN near_asked USING (node) ORDER BY node"
    places = _rows_of(con.sql(query).to_arrow_table()["places"])
    con.unregister("near_asked")
    kept = [grams.row(i) for i in range(len(grams))]
    for i in range(len(places)):
        own = shared.own_units(places.row(i), not unspaced(languages[i])) if len(places.row(i)) else None
        if own is not None:
            size = SHORT_SHINGLE if syllabic(languages[i]) else SHINGLE
            codes = normal_codes([texts[i]]).values
            kept[i] = kept[i][own_grams(codes, own, not unspaced(languages[i]), size)]
    lengths = np.array([len(row) for row in kept], np.int64)
    return Rows(np.concatenate([grams.values[:0], *kept]), np.concatenate([[0], np.cumsum(lengths)])), exact


def _index(con: sql.Connection, page: pa.Table, settings: NearDuplicates, shared: Shared | None) -> None:
    node, languages = page["node"].to_numpy(), page["language"].to_pylist()
    grams, exact = _compared(con, page, shared)
    _insert_rows(con, "near_keys", {"node": node, "language": page["language"], "exact": exact})
    long = np.flatnonzero(np.diff(grams.offsets) >= settings.shortest)
    hashed = bands(_signatures(grams, settings)[long], settings)
    columns = {
        "node": np.repeat(node[long], settings.bands),
        "language": pa.array(np.repeat(np.array(languages, object)[long], settings.bands), pa.string()),
        "band": hashed.reshape(-1),
        "next_band": np.roll(hashed, -1, axis=1).reshape(-1),
    }
    _insert_rows(con, "near_bands", columns)


def _run_statement(con: sql.Connection, statement: str) -> None:
    # Fetched to the end: DuckDB 2 refuses the next query while a result, even an empty one, is unread.
    con.execute(statement).fetchall()


def _insert_rows(con: sql.Connection, table: str, columns: dict[str, object]) -> None:
    con.register("near_page", pa.table(columns))
    _run_statement(con, f"INSERT INTO {sql.name(table)} SELECT * FROM near_page")
    con.unregister("near_page")


def _verify_pairs(
    con: sql.Connection, candidates: pa.Table, settings: NearDuplicates, shared: Shared | None
) -> list[tuple[int, int, float]]:
    """The candidates at the threshold or above, by exact similarity, less those that join what is joined already."""
    pairs = list(zip(candidates["a"].to_pylist(), candidates["b"].to_pylist(), strict=True))
    forest: dict[int, int] = {}
    verified = []
    for start in range(0, len(pairs), _PAGE):
        chunk = [(a, b) for a, b in pairs[start : start + _PAGE] if _root(forest, a) != _root(forest, b)]
        sets = _shingle_sets(con, np.unique(np.array(chunk, np.int64)), shared)
        for a, b in chunk:
            low, high = sorted((_root(forest, a), _root(forest, b)))
            if low != high and (similarity := jaccard(sets[a], sets[b])) >= settings.threshold:
                forest[high] = low
                verified.append((a, b, similarity))
    return verified


def _shingle_sets(con: sql.Connection, nodes: npt.NDArray[np.int64], shared: Shared | None) -> dict[int, Hashes]:
    con.register("near_wanted", pa.table({"node": nodes}))
    query = "SELECT node, language, text FROM near_prompts SEMI JOIN near_wanted USING (node) ORDER BY node"
    page = con.sql(query).to_arrow_table()
    con.unregister("near_wanted")
    grams = distinct(_compared(con, page, shared)[0])
    return {node: grams.row(i) for i, node in enumerate(page["node"].to_pylist())}
