"""Prints requirements-dev.lock (`make lock`): the installed versions of all that the core and the extra dev need."""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
HEAD = """\
# For development: versions of all that the core and the extra dev need, as .venv has them (Python {}.{} on {}).
# Made by `make lock`. To use them: pip install --constraint requirements-dev.lock --editable '.[dev]'
"""


def wanted(extra: str) -> list[Requirement]:
    """What pyproject.toml asks for: the core's and one extra's."""
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    return [Requirement(one) for one in (*project["dependencies"], *project["optional-dependencies"][extra])]


def installed_versions(asked: list[Requirement]) -> dict[str, str]:
    """Versions by name of what is asked for, and of all that this needs in turn.

    A build for one kind of machine (2.13.0 for CPUs alone, say) is written as the version that it is of.
    """
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    left = [(canonicalize_name(one.name), extra) for one in asked for extra in ("", *one.extras)]
    while left:
        name, extra = left.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            package = distribution(name)
        except PackageNotFoundError:
            sys.exit(f"{name} is not installed here; run make .venv/dev first")
        versions[name] = package.version.split("+")[0]
        for line in package.requires or ():
            one = Requirement(line)
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                left += [(canonicalize_name(one.name), more) for more in ("", *one.extras)]
    return dict(sorted(versions.items()))


if __name__ == "__main__":
    print(HEAD.format(*sys.version_info[:2], sys.platform), end="")
    for name, version in installed_versions(wanted("dev")).items():
        print(f"{name}=={version}")
