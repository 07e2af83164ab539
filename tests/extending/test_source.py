"""A source of somebody's own, as CONTRIBUTING says: asked for its rows in workers, and named in the dataset."""

import pytest

from tests.extending.builds import IN_WORKERS_TOO, PROMPTS, Extended

NOTES = '''
@dataclass(frozen=True)
class Notebook:
    """Notes in a format of our own: QUESTION | LONG | SHORT, a line each; the file names the language."""

    path: str
    name: str = "notebook"
    revision: str = "2024-05"
    licence: str = "cc-by-4.0"
    fields: ClassVar[Fields] = Fields("asked", ANSWERS, system="system")
    where: ClassVar[dict] = {}

    @property
    def language(self):
        return None

    def resolved(self):
        return self

    def files(self):
        return sorted(Path(self.path).glob("*.notes"))

    def beside(self, path):
        return [path.with_suffix(".system")]

    def lines(self, path):
        system = path.with_suffix(".system").read_text()
        for number, line in enumerate(path.read_text().splitlines(), 1):
            asked, long, short = line.split("|")
            row = {"asked": asked, "long": long, "short": short, "long_score": 1, "short_score": 2}
            yield Line(f"{path.name} line {number}", row | {"language": path.stem, "system": system})
'''
BUILD = """
def build(params):
    return declared(sources=(Notebook(str(Path(__file__).parent)),))
"""


def notes(extended: Extended, system: str = "Be brief.") -> None:
    for tag in ("de", "he"):
        lines = "".join(f"{tag} {n} {'x ' * n}|{n} {'y ' * 300}|{n} short\n" for n in range(PROMPTS))
        (extended.folder / "builders" / f"{tag}.notes").write_text(lines)
        (extended.folder / "builders" / f"{tag}.system").write_text(system)


@pytest.mark.slow
@IN_WORKERS_TOO
def test_a_source_of_files_is_read_file_by_file_with_what_lies_beside(extended: Extended, workers: int) -> None:
    notes(extended)
    dataset = extended.build(NOTES + BUILD, workers)
    assert len(dataset.rows) == 2 * PROMPTS
    for row in dataset.rows:
        number = row["prompt"][1]["content"].split()[1]
        assert row["prompt"][0] == {"role": "system", "content": "Be brief."}
        assert row["chosen"][0]["content"] == f"{number} short"
        assert (row["source"], row["licence"]) == ("notebook@2024-05", "cc-by-4.0")
    (named,) = dataset.record["sources"]
    assert (named["name"], named["revision"], named["licence"]) == ("notebook", "2024-05", "cc-by-4.0")
    assert "notebook" in dataset.card
    # What lies beside is an input too.
    notes(extended, system="Be long.")
    assert {row["prompt"][0]["content"] for row in extended.build(NOTES + BUILD).rows} == {"Be long."}


DATABASE = '''
@dataclass(frozen=True)
class Database:
    """Rows that come from no file."""

    name: ClassVar[str] = "database"
    rows: int = 30
    revision: str | None = None
    licence: str = "cc0-1.0"
    fields: Fields = Fields("asked", ANSWERS)
    language: str | None = "sw"
    where: dict = field(default_factory=dict)

    def resolved(self):
        return Database(self.rows, "commit-7")

    def files(self):
        return []

    def beside(self, path):
        return []

    def lines(self, path):
        assert path is None and self.revision == "commit-7"
        for n in range(self.rows):
            row = {"asked": f"swali {n}", "long": f"jibu refu {n}", "short": f"jibu {n}"}
            yield Line(f"row {n}", row | {"long_score": 2, "short_score": 1})


def build(params):
    from polypref import languages
    return declared(sources=(Database(),))


from polypref import languages
languages.register(languages.Language("sw", "Swahili", "Kiswahili", "swh", ("Latn",), "swh_Latn"))
'''


@pytest.mark.slow
def test_a_source_without_files_is_read_in_one_go_at_its_resolved_revision(extended: Extended) -> None:
    dataset = extended.build(DATABASE)
    assert len(dataset.rows) == 30
    assert {row["source"] for row in dataset.rows} == {"database@commit-7"}
    assert {row["language"] for row in dataset.rows} == {"sw"}


def test_what_a_source_lacks_is_said_with_what_it_is_for(extended: Extended) -> None:
    lacking = NOTES.replace("def beside", "def next_to").replace("def resolved", "def pinned")
    sentence = extended.refused(lacking + BUILD)
    assert "source Notebook lacks `resolved`: Returns the source with its revision fixed" in sentence
    assert "`beside`: Returns other files that are read with one of the files" in sentence
    plain = NOTES.replace("@dataclass(frozen=True)\nclass Notebook", "class Notebook")
    plain = plain.replace("    path: str\n", "    def __init__(self, path): self.path = path\n")
    assert "@dataclass(frozen=True) above its class" in extended.refused(plain + BUILD)


def test_what_a_source_raises_is_named_with_its_line(extended: Extended) -> None:
    notes(extended)
    (extended.folder / "builders" / "he.notes").write_text("no bar here\n")
    sentence = extended.refused(NOTES + BUILD)
    line = (
        (extended.folder / "builders" / "extended.py")
        .read_text()
        .splitlines()
        .index('            asked, long, short = line.split("|")')
    )
    assert f"source 'notebook' (Notebook, extended.py line {line + 1}) raises ValueError: not enough" in sentence
    assert ", while reading " in sentence and sentence.endswith("he.notes")
    bare = NOTES.replace("yield Line(", "yield (")
    assert "lines() gives tuple, not Line(place, row)" in extended.refused(bare + BUILD)


@pytest.mark.slow
def test_other_fields_of_the_same_files_are_read_anew(extended: Extended) -> None:
    notes(extended)
    assert {row["chosen_model"] for row in extended.build(NOTES + BUILD).rows} == {"short"}
    # The fields are no field of the dataclass, but they are asked for.
    renamed = NOTES.replace(
        "ANSWERS, system", "(ANSWERS[0], Answer('short', model='new', score='short_score')), system"
    )
    assert {row["chosen_model"] for row in extended.build(renamed + BUILD).rows} == {"new"}


OF_ONE_NAME = """
def build(params):
    return declared(sources=(Notebook(str(Path(__file__).parent)), OTHER))
"""


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("Notebook(str(Path(__file__).parent))", "has the source 'notebook' twice; leave one out"),
        ("Notebook('elsewhere', revision='2025-01')", "has two sources called 'notebook'"),
        ("Notebook('elsewhere', licence='mit')", "has two sources called 'notebook'"),
        ("Files('x.jsonl', ROWS.fields, 'notebook', '2024-05', 'cc-by-4.0')", "has two sources called 'notebook'"),
    ],
)
def test_sources_of_one_name_are_refused_unless_they_are_parts_of_one(
    extended: Extended, other: str, words: str
) -> None:
    assert words in extended.refused(NOTES + OF_ONE_NAME.replace("OTHER", other))


@pytest.mark.slow
def test_parts_of_one_dataset_share_its_name(extended: Extended) -> None:
    notes(extended)
    (extended.folder / "more").mkdir()
    (extended.folder / "more" / "fr.notes").write_text("question|réponse longue|réponse\n")
    (extended.folder / "more" / "fr.system").write_text("Be brief.")
    more = "Notebook(str(Path(__file__).parents[1] / 'more'))"
    dataset = extended.build(NOTES + OF_ONE_NAME.replace("OTHER", more))
    assert len(dataset.rows) == 2 * PROMPTS + 1 and {row["source"] for row in dataset.rows} == {"notebook@2024-05"}


LINE = """            row = {"asked": f"swali {n}", "long": f"jibu refu {n}", "short": f"jibu {n}"}
            yield Line(f"row {n}", row | {"long_score": 2, "short_score": 1})"""
FILES = """    def files(self):
        return []

    def beside(self, path):
        return []"""
SHY = """            class Shy(Exception):
                def __str__(self): raise RuntimeError
            """
TWO_SPELLINGS = "[Path(__file__), Path(__file__).parent / '..' / 'builders' / Path(__file__).name]"
BAD = "from polypref.files.cells import Bad; yield "


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (LINE, "            yield Line(3, {})", "its place is a text, as in 'data.jsonl line 3'"),
        (LINE, "            yield Line('r', [1])", "a row is a mapping from column to value, or Bad(reason, detail)"),
        (LINE, f"            {BAD}Line('r', Bad(3))", "the reason of Bad is a word fit for counting"),
        (LINE, f"            {BAD}Line('r', Bad('a\\nb'))", "the reason of Bad is a word fit for counting"),
        (LINE, f"            {BAD}Line('r', Bad('odd', 3))", "the detail of Bad is a text"),
        (LINE, "            yield ('r', {})", "source 'database' (Database, extended.py): lines() gives tuple, not"),
        (
            LINE,
            LINE + "\n            if n == 20: raise RuntimeError('half')",
            "raises RuntimeError: half, after row 20",
        ),
        (LINE, LINE + "\n            if n == 20: yield 3", "after row 20: lines() gives int, not Line(place, row)"),
        (LINE, LINE + "\n            if n == 20: raise SystemExit", "raises SystemExit: None, which would end"),
        (LINE, LINE + "\n            if n == 20: raise GeneratorExit", "raises GeneratorExit: , after row 20"),
        (LINE, f"{SHY}raise Shy", "raises Shy: (its __str__ raises RuntimeError)"),
        (FILES, FILES.replace("[]", "[Path(__file__), Path(__file__)]", 1), "extended.py twice; give each path once"),
        (FILES, FILES.replace("[]", TWO_SPELLINGS, 1), "extended.py twice; give each path once"),
        (
            LINE,
            LINE.replace('"asked": f"swali {n}"', '"asked": object()'),
            "most often no_prompt object (30), first at",
        ),
        ("assert path is None", "return None\n        assert path is None", "has no rows; check its path and columns"),
        ('"commit-7")\n', '"commit-7") and None\n', "resolved() returns None; return the source"),
        ("return Database(self.rows", "return ROWS or (self.rows", "resolved() returns a source called 'rows'"),
        ('return Database(self.rows, "commit-7")', "return replace(self)", "its revision is None; write a word"),
        (
            'licence: str = "cc0-1.0"',
            'licence: str = "a\\nb"',
            "its licence stands in what is published and holds a sign that is no part of a text (U+000A)",
        ),
        ("return []", "return 3", "files() returns 3; return a list of paths, [] for none"),
        ("return []", "return 'abc'", "files() returns 'abc'; return a list of paths"),
        ("return []", "return ['abc']", "files() gives 'abc', which is no path; write Path(...)"),
        (FILES, FILES.replace("[]", "[Path(__file__)]", 1).replace("[]", "None"), "beside(extended.py) returns None"),
        (FILES, FILES.replace("[]", "[Path(__file__)]", 1).replace("[]", "['x']"), "beside(extended.py) gives 'x'"),
        ("return []", "raise ValueError('no')", "raises ValueError: no"),
        ("return []", "return [Path('/nope/x')]", "files() gives /nope/x, which is not there; give files"),
        ("return []", "return [Path('/')]", "files() gives /, which is a folder; give files"),
        (
            FILES,
            FILES.replace("[]", "[Path(__file__)]", 1).replace("[]", "[Path('/nope')]"),
            "gives /nope, which is not",
        ),
    ],
)
def test_what_is_wrong_with_what_a_source_gives_is_one_sentence(
    extended: Extended, old: str, new: str, words: str
) -> None:
    assert old in DATABASE
    sentence = extended.refused("from dataclasses import replace\n" + DATABASE.replace(old, new))
    assert sentence.startswith("source 'database'") and words in sentence
