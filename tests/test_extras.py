"""What is said where the packages of an extra are not installed."""

import importlib.metadata

import pytest

from polypref.errors import missing_extra

LINES = [
    "numpy>=2.2",
    'lingua-language-detector>=2.1; extra == "lingua"',
    "ray[data]<2.64,>=2.60; extra == 'ray'",
    "torch>=2.6; extra == 'models'",
    "transformers>=5.20 ; extra == 'models'",
]


@pytest.mark.parametrize(
    ("extra", "command"),
    [
        ("lingua", "pip install 'lingua-language-detector>=2.1'"),
        ("ray", "pip install 'ray[data]<2.64,>=2.60'"),
        ("models", "pip install 'torch>=2.6' 'transformers>=5.20'"),
    ],
)
def test_the_packages_are_those_that_the_installation_asks_for(monkeypatch, extra, command):
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: LINES)
    assert str(missing_extra("this needs it", extra)) == f"this needs it; run: {command}"


def test_where_nothing_was_installed_the_clone_is(monkeypatch):
    def none(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", none)
    assert "pip install 'FOLDER[ray]', FOLDER a clone of it" in str(missing_extra("this needs it", "ray"))


def test_no_message_names_an_index_that_does_not_have_it(root):
    for path in (root / "polypref").rglob("*.py"):
        assert "pip install 'polypref" not in path.read_text("utf-8"), path
