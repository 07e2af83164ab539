"""A version on the Hub, exported."""

import json


def test_a_version_on_the_hub_is_exported_as_it_is_read_by_other_commands(cli, released, tmp_path):
    printed = cli.ok("export", "org/released@v1.0.0", "--to", "open_instruct", "--out", tmp_path / "x")
    lines = [json.loads(line) for line in (tmp_path / "x" / "train.jsonl").read_text("utf-8").splitlines()]
    assert printed.startswith(f"wrote {tmp_path / 'x'} for open-instruct: train.jsonl {len(lines)} rows")
    assert {line["language"] for line in lines} == {"de", "he", "ja"}
    assert all(line["chosen"][:-1] == line["rejected"][:-1] and line["chosen"][0]["role"] == "user" for line in lines)
    assert cli("export", "org/released@v9.0.0", "--to", "jsonl", "--out", tmp_path / "y").code == 2
