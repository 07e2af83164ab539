"""What hatchling calls before it builds a wheel: the C sources are compiled, where there is a compiler."""

import importlib.util
import os
import re
import sysconfig
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KernelsHook(BuildHookInterface[Any]):
    """Adds the compiled library to a wheel, or puts it in place for an editable installation."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles; without a compiler, or with POLYPREF_KERNELS=off, the wheel is one of Python alone.

        Args:
            version: `standard` or `editable`.
            build_data: what hatchling is told of the wheel.
        """
        kernels = Path(self.root, "polypref", "kernels")
        build = _module(kernels / "build.py")
        if os.environ.get("POLYPREF_KERNELS") == "off":
            return
        if version == "editable":
            build.compile_library(kernels / build.NAME)
            return
        self.folder = tempfile.TemporaryDirectory()
        library = Path(self.folder.name, build.NAME)
        if not build.compile_library(library):
            build_data["force_include"][str(library)] = f"polypref/kernels/{build.NAME}"
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform_tag(sysconfig.get_platform())}"


def platform_tag(platform: str) -> str:
    """Names a platform as installers do: from macOS 11 on they know its releases by the first number alone.

    Args:
        platform: as sysconfig has it.

    Returns:
        the platform's part of a wheel's tag.
    """
    return re.sub(r"\W", "_", re.sub(r"^(macosx-(?:1[1-9]|[2-9]\d))(?:\.\d+)*-", r"\1.0-", platform))


def _module(path: Path) -> ModuleType:
    """Returns a module of a file, without the package that it is in."""
    spec = importlib.util.spec_from_file_location("kernels_build", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
