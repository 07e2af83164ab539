"""Near-duplicate prompts within a language: MinHash bands find the candidates, exact Jaccard similarity decides.

An edge joins two prompts; what edges (and equal group_ids) join is a component, and no component is ever split between
train and test. Of prompts behind an instruction that many share, the questions are compared (`boilerplate`).
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ...engines.contract import Engine
from ...engines.local import Local
from ...engines.running import run_jobs
from ...errors import UserError
from ...files import sql
from .boilerplate import Shared, table_bits
from .prompt_pages import Node, Pages, ask_page, compare_page, join_own, own_page, root, sign_page, windows_of
from .signatures import NearDuplicates
from .stored_texts import Numbers, write_texts

#: prompt_id_a < prompt_id_b; similarity: Jaccard similarity of their shingle sets, 1.0 for equal normal forms.
EDGES = pa.schema(
    [
        pa.field("prompt_id_a", pa.string(), nullable=False),
        pa.field("prompt_id_b", pa.string(), nullable=False),
        pa.field("similarity", pa.float64(), nullable=False),
    ]
)

# Prompts, and candidates, of a page. Candidates are sent out some pages at a time, at first one, then up to so many:
# most of what the first ones join need not be compared again.
_PAGE, _MOST_PAGES = 10_000, 40
# So many prompts, or candidates, are sooner compared here than workers started.
_FEW_ROWS = 20_000

_Job = tuple[Pages, int, *tuple[Numbers, ...]]


def near_duplicate_edges(
    con: sql.Connection,
    paths: Sequence[Path | str],
    settings: NearDuplicates | None = None,
    engine: Engine | None = None,
    scratch: Path | None = None,
) -> pa.Table:
    """Finds the near-duplicate prompts of one language each over Parquet parts.

    Works in temporary tables of the connection, so it spills to the connection's temp_directory when memory is short.

    Args:
        con: a connection that may read the parts.
        paths: Parquet parts of schema.PROMPTS; prompt_id, language and prompt are read.
        settings: the search's settings.
        engine: whose workers compare the prompts; they share the disk of this machine. None for this process alone.
        scratch: a stage's folder, in one of which texts and signatures are meanwhile; None for the system's temporary
            ones.

    Returns:
        a table with EDGES, sorted: enough of them to join what belongs together, not every pair. Every edge is true
        (verified); near-duplicates can be left apart where none of their bands agree, or all that agree are in buckets
        larger than `neighbours`. Prompts with equal normal forms are each joined to the least prompt_id among them.
        It is the same whoever works.

    Raises:
        UserError: a prompt's text or language is null.
    """
    settings = settings or NearDuplicates()
    if not paths:
        return EDGES.empty_table()
    # Of a stage that is killed, the next run removes what has such a name.
    folder = tempfile.TemporaryDirectory(prefix=".near-", suffix=".tmp", dir=scratch)
    with folder as path, sql.disk_errors(Path(path)):
        search = _Search(con, Pages(Path(path), settings, _PAGE, None), engine or Local(1))
        try:
            return search.edges(paths)
        finally:
            search.close()


def components(edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Connected components by union-find.

    Args:
        edges: pairs of nodes; (a, a) names a node without neighbours.

    Returns:
        every node named in an edge, with the least node of its component.

    """
    parent: dict[str, str] = {}
    for a, b in edges:
        _join_nodes(parent, a, b)
    return {node: root(parent, node) for node in parent}


def _join_nodes(forest: dict[Node, Node], a: Node, b: Node) -> bool:
    """Joins two nodes of a forest; false where they were joined already."""
    low, high = sorted((root(forest, a), root(forest, b)))
    forest[high] = low
    return low != high


_VERIFIED = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("similarity", pa.float64())])

_READ = """
SELECT prompt_id, any_value(language) AS language, any_value(array_to_string(list_transform(
    list_filter(prompt, lambda turn: turn.role = 'user'), lambda turn: turn.content), E'\\n\\n')) AS text
FROM {parts} GROUP BY prompt_id ORDER BY prompt_id
"""

_TABLES = {
    "near_keys": "CREATE OR REPLACE TEMP TABLE near_keys (node BIGINT, language SMALLINT, exact UBIGINT)",
    "near_bands": """CREATE OR REPLACE TEMP TABLE near_bands
                     (node BIGINT, language SMALLINT, band UBIGINT, next_band UBIGINT)""",
}

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


class _Search:
    """One search: its texts and results of pages are in a folder, their bands in tables of the connection."""

    def __init__(self, con: sql.Connection, pages: Pages, engine: Engine) -> None:
        self.con, self.pages, self.engine = con, pages, engine

    def edges(self, paths: Sequence[Path | str]) -> pa.Table:
        for statement in _TABLES.values():
            _run_statement(self.con, statement)
        names, characters = self._store(paths)
        # A word has about 6 characters, its space with it; where none part words, as many windows as characters.
        if len(names) >= self.pages.settings.many:
            self.pages = replace(self.pages, bits=table_bits(characters // 3))
        numbers = range(-(-len(names) // _PAGE))
        self._run("signed", sign_page, [(self.pages, number) for number in numbers], len(names))
        own = self._own_words(numbers)
        for number in numbers:
            self._insert(number, number in own)
        _run_statement(self.con, _REPRESENTATIVES)
        candidates = self.con.sql(_candidates(self.pages.settings)).to_arrow_table()
        pairs = np.column_stack([candidates[name].to_numpy() for name in ("a", "b")])
        verified = list(zip(*self._verified(pairs), strict=True)) or [(), (), ()]
        self.con.register("near_verified", pa.table(verified, schema=_VERIFIED))
        self.con.register("near_prompts", pa.table({"node": np.arange(len(names)), "prompt_id": names}))
        edges = self.con.sql(_EDGES).to_arrow_table()
        for name in ("near_verified", "near_prompts"):
            self.con.unregister(name)
        return edges.cast(EDGES)

    def close(self) -> None:
        for name in (*_TABLES, "near_first"):
            _run_statement(self.con, f"DROP TABLE IF EXISTS {sql.name(name)}")

    def _store(self, paths: Sequence[Path | str]) -> tuple[pa.ChunkedArray, int]:
        """Writes the texts into the folder; returns the ids in their order, and how many characters there are."""
        names: list[pa.Array] = []
        characters = 0

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal characters
            reader = self.con.sql(_READ.format(parts=sql.parquet(*paths))).to_arrow_reader(_PAGE)
            # An open result would refuse the statements that clear up.
            with reader:
                for batch in reader:
                    if batch.column("text").null_count or batch.column("language").null_count:
                        raise _nothing_to_read(batch, paths)
                    names.append(batch.column("prompt_id"))
                    characters += pc.sum(pc.utf8_length(batch.column("text"))).as_py() or 0
                    yield batch

        write_texts(self.pages.folder, batches())
        return pa.chunked_array(names, pa.string()), characters

    def _run(self, what: str, function: Callable[..., int], jobs: Sequence[_Job], rows: int) -> None:
        """Has the jobs done; by workers where there is more to do than starting them costs."""
        engine = self.engine if rows > _FEW_ROWS else Local(1)
        for _ in run_jobs(engine, "index", function, jobs, lambda job: job[0].file(what, job[1])):
            pass

    def _own_words(self, numbers: Iterable[int]) -> set[int]:
        """Looks for instructions; returns the pages of which a prompt may have a question behind one."""
        if self.pages.bits is None:
            return set()
        shared = Shared.of(self.pages.settings.many, self.pages.bits)
        for number in numbers:
            with np.load(self.pages.file("signed", number)) as saved:
                shared.add(saved["held"], saved["times"])
        if not shared.has_any():
            return set()
        for number in numbers:
            shared.count_ends(windows_of(self.pages, number))
        rows = {number: ask_page(self.pages, number, shared) for number in numbers}
        asked = [number for number, count in rows.items() if count]
        self._run("own", own_page, [(self.pages, number) for number in asked], sum(rows.values()))
        join_own(self.pages, asked)
        return set(asked)

    def _insert(self, number: int, has_own: bool) -> None:
        """Takes the normal forms and bands of a page into the tables."""
        nodes = self.pages.nodes(number)
        with np.load(self.pages.file("signed", number)) as saved:
            exact, long, hashed = saved["exact"], nodes[saved["long"]], saved["bands"]
        _insert_rows(self.con, "near_keys", {"node": nodes, "language": self._languages(nodes), "exact": exact})
        if has_own:
            with np.load(self.pages.file("own", number)) as saved:
                whole = ~np.isin(long, saved["nodes"])
                long = np.concatenate([long[whole], saved["nodes"][saved["long"]]])
                hashed = np.concatenate([hashed[whole], saved["bands"]])
        columns = {
            "node": np.repeat(long, hashed.shape[1]),
            "language": np.repeat(self._languages(long), hashed.shape[1]),
            "band": hashed.reshape(-1),
            "next_band": np.roll(hashed, -1, axis=1).reshape(-1),
        }
        _insert_rows(self.con, "near_bands", columns)

    def _languages(self, nodes: Numbers) -> npt.NDArray[np.int16]:
        return self.pages.texts.languages(nodes)

    def _verified(self, pairs: Numbers) -> list[tuple[int, int, float]]:
        """The candidates at the threshold or above, by exact similarity, less those that join what is joined already.

        Each is compared that is not joined by those before it; so how many are sent out at once changes nothing.
        """
        forest: dict[int, int] = {}
        verified: list[tuple[int, int, float]] = []
        begin, pages, number = 0, 1, 0
        while begin < len(pairs):
            some = [
                (a, b) for a, b in pairs[begin : begin + pages * _PAGE].tolist() if root(forest, a) != root(forest, b)
            ]
            begin, pages = begin + pages * _PAGE, min(2 * pages, _MOST_PAGES)
            jobs = [
                (self.pages, number + place, np.array(some[at : at + _PAGE], np.int64))
                for place, at in enumerate(range(0, len(some), _PAGE))
            ]
            number += len(jobs)
            self._run("alike", compare_page, jobs, len(some))
            for pages_, at, compared in jobs:
                with np.load(pages_.file("alike", at)) as saved:
                    similarities = saved["similarity"].tolist()
                for (a, b), similarity in zip(compared.tolist(), similarities, strict=True):
                    if similarity >= self.pages.settings.threshold and _join_nodes(forest, a, b):
                        verified.append((a, b, similarity))
                pages_.file("alike", at).unlink()
        return verified


def _nothing_to_read(batch: pa.RecordBatch, paths: Sequence[Path | str]) -> UserError:
    """What to say of the first prompt without a text or a language."""
    missing = "text" if batch.column("text").null_count else "language"
    row = batch.column(missing).to_pylist().index(None)
    where = f"{paths[0]}" if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
    prompt = repr(batch.column("prompt_id")[row].as_py())[:60]
    return UserError(
        f"{where}: the {missing} of prompt {prompt} is null; give it one, or leave the row out (a source reads the "
        "file without such rows and counts them)"
    )


def _run_statement(con: sql.Connection, statement: str) -> None:
    # Fetched to the end: DuckDB 2 refuses the next query while a result, even an empty one, is unread.
    con.execute(statement).fetchall()


def _insert_rows(con: sql.Connection, table: str, columns: dict[str, object]) -> None:
    con.register("near_page", pa.table(columns))
    _run_statement(con, f"INSERT INTO {sql.name(table)} SELECT * FROM near_page")
    con.unregister("near_page")
