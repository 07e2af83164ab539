"""What the tests of release share: a dataset folder to vary, the command line against a Hub, and looks at the Hub."""

from __future__ import annotations

import copy
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from polypref import schema
from polypref.files.atomic import write_released
from polypref.files.records import decode, encode
from polypref.release.facts import measure_facts
from polypref.release.folder import read_provenance, write_card
from polypref.release.pieces import configs, cut_files, file_facts, rows_by_path
from polypref.release.provenance import Provenance
from tests.forks import Forks
from tests.hub import LoopbackHub, Repo

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "scripts" / "pairs.py"
#: Letters of five scripts.
LETTERS = {
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "de": "abcdefghijklmnopqrstuvwxyzäöüß",
    "he": "אבגדהוזחטיכלמנסעפצקרשת",
    "ja": "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほ",
    "zh": "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳",
}
Row = dict[str, Any]


def write_pool(folder: Path, groups: int = 12, tags: Iterable[str] = ("de", "he", "ja"), seed: int = 0) -> Path:
    """Prompts with two scored answers each, LANG.jsonl; group `g3` is the same prompt in every language."""
    folder.mkdir(parents=True, exist_ok=True)
    for tag in tags:
        draw = random.Random(f"{seed} {tag}")

        def text(words: int, draw: random.Random = draw, tag: str = tag) -> str:
            return " ".join("".join(draw.choices(LETTERS[tag], k=5)) for _ in range(words))

        with (folder / f"{tag}.jsonl").open("w", encoding="utf-8") as file:
            for group in range(groups):
                row = {"id": f"g{group}", "language": tag, "prompt": f"{text(6)}?", "a": text(9), "b": text(5)}
                row |= {"score_a": draw.randint(0, 9), "score_b": draw.randint(10, 19) if group % 3 else -1}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return folder


@dataclass
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """What a refused command says: exit code 2, one line, no traceback."""
        assert self.code == 2, f"exit code {self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err + self.out, self.err
        lines = [line for line in self.err.splitlines() if line.startswith("polypref: ")]
        assert len(lines) == 1 and self.err.rstrip().endswith(lines[0]), self.err
        return lines[0].removeprefix("polypref: ")


class Line:
    """The command line against one loopback Hub, in forked processes."""

    def __init__(self, hub: LoopbackHub, home: Path) -> None:
        self.hub, self.home, self._number = hub, home, count()
        self.token = hub.token("org")
        env = self.env(None)
        self._forks = Forks(env)

    def env(self, token: str | None, **more: str) -> dict[str, str]:
        own = {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "140", "TMPDIR": str(self.home)}
        own |= {"SSL_CERT_DIR": str(self.home)}  # no certificates to read where nothing is encrypted
        return self.hub.env(token, self.home / "hf") | own | more

    def close(self) -> None:
        self._forks.close()

    def _ask(self, token: str | None, cwd: Path, more: dict[str, str], **job: Any) -> Done:
        number = next(self._number)
        out, err = self.home / f"{number}.out", self.home / f"{number}.err"
        code = self._forks.run(
            job | {"env": self.env(token, **more), "cwd": str(cwd), "out": str(out), "err": str(err)}
        )
        return Done(code, out.read_text("utf-8"), err.read_text("utf-8"))

    def __call__(self, *argv: object, token: str | None = "", cwd: Path = ROOT, **more: str) -> Done:
        """Runs a command with the writer's token, another one, or None."""
        return self._ask(self.token if token == "" else token, cwd, more, argv=[str(one) for one in argv])

    def ok(self, *argv: object, **options: Any) -> str:
        """Runs a command that must succeed; what it printed."""
        done = self(*argv, **options)
        assert done.code == 0, f"exit code {done.code}\n{done.out}\n{done.err}"
        return done.out

    def python(self, code: str, token: str | None = "", cwd: Path = ROOT) -> str:
        """Runs code in a process of its own, as a user of the dataset would."""
        done = self._ask(self.token if token == "" else token, cwd, {}, code=code)
        assert done.code == 0, done.err
        return done.out

    def new_name(self, stem: str = "prefs") -> str:
        """A repository name that no other test uses."""
        return f"org/{stem}-{next(self._number)}"


def rows_of(folder: Path) -> dict[tuple[str, str], list[Row]]:
    """All rows by language and split, in rank order; read file by file, by nothing of polypref."""
    tables: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for path in sorted(folder.glob("data/*/*.parquet")):
        tables[path.parent.name, path.name.split("-")[0]] += pq.read_table(path).to_pylist()
    return dict(tables)


Change = Callable[[dict[tuple[str, str], list[Row]]], Any]


def vary(
    source: Path,
    target: Path,
    version: str | None = None,
    rows: Change | None = None,
    quotas: dict[str, dict[str, int]] | None = None,
    form: pa.Schema = schema.PREFERENCES,
    **record: Any,
) -> Path:
    """A built folder like `source` with other rows, quotas or provenance, as a build would have written it.

    Args:
        source: a built folder.
        target: where to write.
        version: another version.
        rows: changes the rows by language and split, in place.
        quotas: mixture -> language -> training rows; default: all rows for mixtures that had all, else what there was.
        form: the rows' schema.
        record: other entries of the provenance, as JSON holds them.
    """
    old = read_provenance(source)
    table = rows_of(source)
    before = {part: len(of_part) for part, of_part in table.items()}
    if rows:
        rows(table)
    mixtures: dict[str, Any] = {}
    for name, of_mixture in old.ordered_mixtures().items():
        for tag, row in of_mixture.items():
            train, test = len(table.get((tag, "train"), [])), len(table.get((tag, "test"), []))
            given = train if row.given == before.get((tag, "train"), 0) else min(row.given, train)
            given = (quotas or {}).get(name, {}).get(tag, given)
            mixtures.setdefault(name, {})[tag] = replace(row, given=given, test=test)
    pieces = cut_files(mixtures)
    for piece in pieces:
        path = target / piece.path
        path.parent.mkdir(parents=True, exist_ok=True)
        part = table[piece.language, piece.split][piece.first : piece.last + 1]
        write_released(path, pa.Table.from_pylist(part, schema=form))
    files = file_facts(target, rows_by_path(pieces))
    new = replace(
        old,
        version=version or old.version,
        mixtures=mixtures,
        configs=configs(mixtures, pieces),
        files=files,
        facts=measure_facts([target / name for name in files]),
    )
    changed = decode(Provenance, encode(new) | record, "what a test makes up is no provenance")
    write_card(target, changed, f"path/to/{old.name}")
    return target


def clone(hub: LoopbackHub, repo: Repo, name: str) -> Repo:
    """The same repository under another name, without asking the Hub."""
    other = copy.copy(repo)
    other.id, other.refs = name, dict(repo.refs)
    other.commits_by_sha, other.lfs_objects = dict(repo.commits_by_sha), set(repo.lfs_objects)
    hub.repos["datasets", name] = other
    return other


def snapshot(repo: Repo) -> tuple[Any, ...]:
    """All that a repository shows: commits, tags, files, privacy."""
    return ([c.sha for c in repo.commits], dict(repo.tags), repo.files(), repo.private)


def data_commits(repo: Repo) -> list[str]:
    """Titles of the commits after the Hub's own first one."""
    return [c.title for c in repo.commits[1:]]


def writes(requests: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The requests that could have changed something on the Hub."""
    return [one for one in requests if one[0] not in ("GET", "HEAD")]
