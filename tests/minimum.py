"""Prints pip constraints that hold every dependency at its lower bound: `python tests/minimum.py [EXTRA ...]`."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
extras = (project["optional-dependencies"][name] for name in sys.argv[1:])
for one in [*project["dependencies"], *(line for extra in extras for line in extra)]:
    print(re.sub(r"^([\w-]+)(?:\[[\w,]+\])?>=([\w.]+).*", r"\1==\2", one))
