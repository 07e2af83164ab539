"""The pages of the site: all of them are laid out, each where the navigation looks for it."""

import re
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import polypref

from .conftest import ROOT, environment


def test_pages_are_laid_out_as_they_lie_in_the_repository(tmp_path: Path) -> None:
    words = [sys.executable, "docs/site.py", str(tmp_path / "pages")]
    env = environment(PYTHONPATH=str(ROOT))
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    navigation = re.findall(r"[\w/]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8").split("nav:")[1])
    laid_out = {path.relative_to(tmp_path / "pages").as_posix() for path in (tmp_path / "pages").rglob("*.md")}
    assert laid_out == set(navigation) and len(navigation) == len(laid_out)
    commands = (tmp_path / "pages/docs/commands.md").read_text("utf-8")
    assert "## polypref build\n" in commands and "## polypref review export\n" in commands
    reference = (tmp_path / "pages/docs/reference.md").read_text("utf-8")
    modules = {"checks", "languages", "layouts", "metrics", "models", "public_prompts"}
    named = {line.rpartition(".")[2] for line in reference.splitlines() if line.startswith("::: ")}
    assert named | modules == {name for name in dir(polypref) if not name.startswith("_")}


def test_a_page_is_in_the_navigation_by_its_whole_name_alone():
    settings = "site_name: a.md\nnav:\n  - Read: [docs/extra.md, 'docs/b.md']\n  - top: README.md\n"
    missing = run_path(str(ROOT / "docs" / "site.py"))["missing_pages"]
    pages = ["README.md", "docs/extra.md", "docs/b.md", "LICENSE"]
    assert missing(pages, settings) == []
    assert missing(["a.md", "docs/a.md", "extra.md", *pages], settings) == ["a.md", "docs/a.md", "extra.md"]
