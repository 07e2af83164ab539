"""An evaluation on the Hub: figures in a model's card, battles as a dataset, and what stands in the way of either."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.evaluation import duel
from tests.hub.cards import read_metadata

#: A name that would be a link and a script if nobody escaped it.
NAME = "mine <script>alert(1)</script> [x](http://x)"
MAIL, PHONE = "anna.schmidt@firma-schmidt.de", "+49 30 901820 44"
CARD = """---
license: apache-2.0
language: [de, 'no']
tags: [mine]
x-own: {kept: 'yes'}
model-index:
- name: tuned
  results:
  - task: {type: text-generation}
    dataset: {type: MMLU, name: MMLU, extra: kept too}
    metrics: [{type: acc, value: 0.5, note: as measured}]
    source: {name: their harness, url: 'https://example.com'}
---
# Tuned

By **us**; a < b & c. \\1 stays \\g<0>.
"""
BEGIN, END = "<!-- polypref evaluation -->", "<!-- end of polypref evaluation -->"


def evaluate(folder: Path, wins: int = 20, licences: tuple[str, ...] = ("apache-2.0",) * 3, **more: object) -> Path:
    """24 prompts in de and he, known answers; the model is right in `wins` of them, the others never."""
    folder.mkdir(exist_ok=True)
    rows, own, other = [], [], []
    for tag in ("de", "he"):
        for n in range(24):
            about = {"id": f"g{n}", "language": tag, "owner": f"list of {MAIL}" if n % 2 else "nobody"}
            right = f"{duel.SAID[tag]} {n} {MAIL}"
            rows.append(about | {"prompt": f"{duel.ASKED[tag]} {n}? {PHONE}", "reference": right})
            own.append(about | {"answer": right if n < wins else "?"})
            other.append(about | {"answer": f"{duel.SAID[tag]} {n}"})
    duel.lines(folder / "own.jsonl", own)
    duel.lines(folder / "other.jsonl", other)
    keys = {
        "name": "Ours: <b>5</b>",
        "set": {
            "name": "questions",
            "path": str(duel.lines(folder / "questions.jsonl", rows)),
            "licence": licences[0],
        },
        "models": [
            {"name": NAME, "stored": str(folder / "own.jsonl"), "licence": licences[1]},
            {"name": "base", "stored": str(folder / "other.jsonl"), "licence": licences[2]},
            {"name": "third", "stored": str(folder / "other.jsonl"), "licence": licences[2]},
        ],
        "pairs": "all",
        "judge": "reference",
        "resamples": 100,
    }
    duel.run("evaluate", "--config", duel.config(folder / "c.yaml", **keys | more), "--out", folder / "out", "--quiet")
    return folder / "out"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evaluate(tmp_path_factory.mktemp("evaluation") / "a")


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evaluate(tmp_path_factory.mktemp("evaluation") / "b", wins=6)


@pytest.fixture
def model(cli, hub):
    """A model repository with a card."""
    name = cli.new_name("model")
    api = hub.api(cli.token)
    api.create_repo(name)
    api.upload_file(path_or_fileobj=CARD.encode(), path_in_repo="README.md", repo_id=name)
    return hub.repo("models", name)


def readme(repo) -> str:
    return repo.files()["README.md"].decode("utf-8")


@pytest.fixture
def metadata():
    def read(repo):
        return read_metadata(readme(repo))

    return read


def test_a_card_keeps_what_was_there(cli, model, out, metadata):
    output = cli.ok("report", out, "--push", model.id)
    assert f"wrote the results into the card of {model.id}@" in output
    card, was = readme(model), yaml.safe_load(CARD.split("---\n")[1])
    head, _, section = card.partition(BEGIN)
    assert head.rstrip().endswith(CARD.split("---\n")[2].strip())
    assert section.rstrip().endswith(END)
    front = metadata(model)
    (index,) = front.pop("model-index")
    (old,) = was.pop("model-index")
    assert list(front) == list(was) and front == was
    assert index["name"] == "tuned" and index["results"][0] == old["results"][0]
    own = index["results"][1:]
    # Two comparisons of the model asked about; that of the other two is none of its card's figures. he and de and mean.
    assert len(own) == 6
    assert {entry["dataset"]["config"] for entry in own} == {"de", "he", "macro average over 2 languages"}
    values = {(entry["dataset"]["config"], entry["metrics"][0]["name"]): entry["metrics"][0]["value"] for entry in own}
    # Right in 20 of 24, lost in four: "?" is in no language.
    assert values["de", "win-rate against base, judged by reference"] == pytest.approx(20 / 24, abs=1e-4)
    assert all(entry["source"]["name"] == "polypref" for entry in own)
    assert all(entry["dataset"]["name"] == "questions" and entry["dataset"]["revision"] for entry in own)


def test_names_are_text_in_the_card(cli, model, out):
    cli.ok("report", out, "--push", model.id)
    card = readme(model).partition(BEGIN)[2]
    assert "<script" not in card and "<b>" not in card and "[x](http" not in card
    assert "alert" in card


@pytest.mark.slow
def test_a_second_push_replaces_its_own_only(cli, hub, model, out, later, metadata):
    cli.ok("report", out, "--push", model.id)
    # Somebody writes below the section.
    api = hub.api(cli.token)
    card = readme(model) + "\n## Thanks\n\nTo all.\n"
    api.upload_file(path_or_fileobj=card.encode(), path_in_repo="README.md", repo_id=model.id)
    before, first = metadata(model), readme(model)
    cli.ok("report", later, "--push", model.id)
    second = readme(model)
    assert second.count(BEGIN) == second.count(END) == 1
    assert second.split(END)[1].strip() == "## Thanks\n\nTo all."
    body = [text.split(BEGIN)[0].split("---\n", 2)[2] for text in (first, second)]
    assert body[0] == body[1]
    results = metadata(model)["model-index"][0]["results"]
    assert results[0] == before["model-index"][0]["results"][0] and len(results) == 7
    assert results[1]["metrics"][0]["value"] == pytest.approx(6 / 24, abs=1e-4)
    # The same again changes nothing.
    cli.ok("report", later, "--push", model.id)
    assert readme(model) == second


def test_the_model_index_loads(cli, model, out):
    cli.ok("report", out, "--push", model.id)
    code = f"""
        from huggingface_hub import ModelCard
        card = ModelCard.load({model.id!r})
        card.validate()
        print(card.data.license, card.data.language, len(card.data.eval_results))
        print(sorted(one.metric_value for one in card.data.eval_results if one.dataset_config == "he"))
    """
    output = cli.python("\n".join(line.strip() for line in code.splitlines()))
    assert output.splitlines() == ["apache-2.0 ['de', 'no'] 7", "[0.8333, 0.8333]"]


def test_a_model_without_a_card(cli, hub, out, metadata):
    name = cli.new_name("bare")
    hub.api(cli.token).create_repo(name)
    cli.ok("report", out, "--push", name)
    repo = hub.repo("models", name)
    assert metadata(repo).keys() == {"model-index"}
    assert metadata(repo)["model-index"][0]["name"] == name.split("/")[1]
    assert readme(repo).partition("---\n")[2].partition("---\n")[2].lstrip().startswith(BEGIN)


def test_a_card_without_metadata(cli, hub, out, metadata):
    name = cli.new_name("plain")
    hub.api(cli.token).create_repo(name)
    repo = hub.repo("models", name)
    repo.commit({"README.md": b"# Only text\n"})
    cli.ok("report", out, "--push", name)
    assert len(metadata(repo)["model-index"][0]["results"]) == 6 and "# Only text" in readme(repo)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("license: [apache", "cannot be read"),
        ("- a list", "cannot be read"),
        ("model-index: soon", "no list of models"),
    ],
)
def test_a_card_that_cannot_be_read_stays(cli, hub, out, head, words):
    name = cli.new_name("broken")
    hub.api(cli.token).create_repo(name)
    repo = hub.repo("models", name)
    card = f"---\n{head}\n---\n# Mine\n"
    # The Hub's own check would refuse it: it came by git.
    repo.commit({"README.md": card.encode()})
    assert words in cli("report", out, "--push", name).sentence
    assert readme(repo) == card


@pytest.mark.slow
def test_no_such_model_no_token_no_right(cli, hub, model, out):
    before = readme(model)
    assert "push the model first" in cli("report", out, "--push", "org/nowhere").sentence
    assert "no Hub token" in cli("report", out, "--push", model.id, token=None).sentence
    reader = hub.token("org", "read")
    assert "token" in cli("report", out, "--push", model.id, token=reader).sentence
    assert readme(model) == before


@pytest.mark.slow
def test_somebody_else_was_quicker(cli, hub, model, out):
    theirs = CARD.replace("# Tuned", "# Tuned anew").encode()
    fault = hub.fail(kind=lambda: model.commit({"README.md": theirs}), method="POST", path="/commit/")
    assert "somebody else changed" in cli("report", out, "--push", model.id).sentence
    assert fault.fired and model.files()["README.md"] == theirs
    cli.ok("report", out, "--push", model.id)
    assert "# Tuned anew" in readme(model) and BEGIN in readme(model)


@pytest.mark.slow
def test_values_of_slices_are_masked_where_they_are_published(cli, hub, model, tmp_path):
    out = evaluate(tmp_path / "sliced", slices=["owner"])
    name = cli.new_name("battles")
    cli.ok("report", out, "--battles", name, "--public", "--push", model.id)
    published = hub.repo("datasets", name).files()
    figures = json.loads(published["results.json"])
    (of_prompts,) = [one for one in figures["comparisons"][0]["breakdowns"]["slices"] if one["of"] == "prompt"]
    assert {row["value"] for row in of_prompts["rows"]} == {"list of [email]", "nobody"}
    texts = [published["results.json"].decode(), readme(hub.repo("datasets", name)), readme(model)]
    assert all(MAIL not in text for text in texts) and all("list of" in text for text in texts)
    # The folder itself keeps what was stated, and all else is published as it is there.
    kept = (out / "results.json").read_text("utf-8")
    assert MAIL in kept and json.loads(kept.replace(MAIL, "[email]")) == figures


@pytest.mark.slow
def test_battles_as_a_dataset(cli, hub, out):
    name = cli.new_name("battles")
    output = cli.ok("report", out, "--battles", name, "--public")
    assert f"published the battles as {name}@" in output
    repo = hub.repo("datasets", name)
    assert not repo.private
    files = repo.files()
    assert set(files) - {".gitattributes"} == {"README.md", "battles.parquet", "results.json"}
    head = read_metadata(readme(repo))
    assert (head["license"], head["language"], head["pretty_name"]) == ("apache-2.0", ["de", "he"], "Ours: <b>5</b>")
    assert "not for training" in readme(repo) and "<script" not in readme(repo)
    code = f"""
import datasets, json
rows = datasets.load_dataset({name!r}, split="test")
print(len(rows), sorted(set(rows["language"])), sorted(set(rows["model"])))
print(json.dumps([rows[0]["prompt"][0]["content"], rows[0]["answer"], rows[0]["orders"]], ensure_ascii=False))
print(any({MAIL!r} in str(row) or {PHONE!r} in str(row) for row in rows))
"""
    counts, first, leaks = cli.python(code).splitlines()
    assert counts.startswith("144 ['de', 'he'] ['base', ")
    prompt, answer, orders = json.loads(first)
    assert "[phone]" in prompt and "[email]" in answer and orders[0]["score"] in (0, 1)
    assert leaks == "False"
    # The folder itself keeps what was said.
    assert any(MAIL in row["answer"] for row in duel.pq.read_table(out / "battles.parquet").to_pylist())
    # Again: the same dataset, a later state of it.
    cli.ok("report", out, "--battles", name, "--public")


def test_both_at_once(cli, hub, model, out):
    name = cli.new_name("battles")
    output = cli.ok("report", out, "--battles", name, "--public", "--push", model.id)
    assert name in output and model.id in output and ("datasets", name) in hub.repos


@pytest.mark.slow
@pytest.mark.parametrize(
    ("licences", "words"),
    [
        (("unknown", "apache-2.0", "apache-2.0"), "set questions has no known licence"),
        (("apache-2.0", "unknown", "apache-2.0"), "has no known licence"),
        (("apache-2.0", "apache-2.0", "openai"), "model base, model third are under openai"),
        (("cc-by-sa-4.0", "cc-by-nc-4.0", "mit"), "conflict"),
        (("my-own-1.0", "mit", "mit"), "my-own-1.0"),
    ],
)
def test_battles_that_licences_keep_back(cli, hub, model, tmp_path, licences, words):
    name, folder = cli.new_name("battles"), evaluate(tmp_path / "e", licences=licences)
    before = readme(model)
    sentence = cli("report", folder, "--battles", name, "--public", "--push", model.id).sentence
    assert words in sentence and "may not be published" in sentence
    assert ("datasets", name) not in hub.repos and readme(model) == before
    # Figures are no copy of anything.
    cli.ok("report", folder, "--push", model.id)


def test_non_commercial_answers_stay_so(cli, hub, tmp_path):
    name = cli.new_name("battles")
    folder = evaluate(tmp_path / "e", licences=("apache-2.0", "apache-2.0", "cc-by-nc-4.0"))
    cli.ok("report", folder, "--battles", name, "--public")
    assert read_metadata(readme(hub.repo("datasets", name)))["license"] == "cc-by-nc-4.0"


@pytest.mark.slow
def test_a_stand_ins_verdicts_stay_here(cli, hub, model, tmp_path):
    folder, name, before = evaluate(tmp_path / "e", judge="relevance"), cli.new_name("battles"), readme(model)
    assert "not a quality judgement" in cli("report", folder, "--push", model.id).sentence
    assert "not a quality judgement" in cli("report", folder, "--battles", name, "--public").sentence
    assert readme(model) == before and ("datasets", name) not in hub.repos


@pytest.mark.slow
def test_battles_never_overwrite_something_else(cli, hub, out, released, model):
    before = dict(released.files())
    assert "holds something else" in cli("report", out, "--battles", released.id, "--public").sentence
    assert released.files() == before
    private = cli.new_name("secret")
    hub.create("datasets", private, private=True)
    assert "is private" in cli("report", out, "--battles", private, "--public").sentence
    full = cli.new_name("full")
    api = hub.api(cli.token)
    api.create_repo(full, repo_type="dataset")
    api.upload_file(path_or_fileobj=b"a,b\n", path_in_repo="data.csv", repo_id=full, repo_type="dataset")
    assert "holds something else than an evaluation's battles (data.csv)" in (
        cli("report", out, "--battles", full, "--public").sentence
    )
    assert "is a model, not a dataset" in cli("report", out, "--battles", model.id, "--public").sentence
