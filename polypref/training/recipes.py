"""Recipes: YAML files of keys and values, by path or by name; one may begin from another, its base."""

import sys
from collections.abc import Mapping
from pathlib import Path

from ..errors import UserError
from ..files.json_types import JsonObject
from ..files.yaml_reader import read_yaml
from ..languages.registry import AYA_23
from ..scripting.shipped import shipped_folder
from ..scripting.spelling import closest_name

#: The folder of the recipes that come with polypref.
FOLDER = shipped_folder("training") / "recipes"


def _evaluated_in_all(seen: str) -> JsonObject:
    """Keys of a mixture of some languages, which is evaluated in the others too."""
    return {"dataset_test_config": "ml-23-50k", "held_out_languages": [*sorted(set(AYA_23) - set(seen.split()))]}


# Until 0.2 each mixture of the paper had a recipe of its own for each method.
_MIXTURES: Mapping[str, JsonObject] = {
    "en1": {"dataset_config": "en-1-50k", **_evaluated_in_all("en")},
    "ml5": {"dataset_config": "ml-5-50k", **_evaluated_in_all("de en pt tr vi")},
    "ml23": {"dataset_config": "ml-23-50k"},
    "ml23_230k": {"dataset_config": "ml-23-230k"},
}
#: Name of a recipe that is no more -> the recipe to use, and the values to give with it.
OLD_NAMES: Mapping[str, tuple[str, JsonObject]] = {
    f"{recipe}_{mixture}": (recipe, values | {"output_dir": f"build/{recipe}_{mixture}"})
    for recipe in ("dang_dpo", "dang_rloo")
    for mixture, values in _MIXTURES.items()
}


def names() -> list[str]:
    """Names of the recipes that come with polypref.

    Returns:
        Names without `.yaml`, in order.
    """
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read_recipe(name: str) -> JsonObject:
    """The values of a recipe, those of its bases among them.

    A recipe whose key `base` names another one has that one's values too; its own win, each as a whole.

    Args:
        name: path of a YAML file, or the name of a recipe that comes with polypref (`small_dpo`). A name that a recipe
            had in an earlier version is taken too; what to write instead is then printed to standard error.

    Returns:
        Values by key, without `base`.

    Raises:
        UserError: no such recipe or base, bases in a circle, no mapping of keys to values, or a value that YAML reads
            as something other than a language's tag.
    """
    return _resolved(name, Path(), ())


def _resolved(name: str, folder: Path, above: tuple[Path, ...]) -> JsonObject:
    """The values of the recipe that the last of `above` names as its base, or the command line."""
    path, more = _path(name, folder)
    if path.resolve() in (one.resolve() for one in above):
        circle = " -> ".join(one.name for one in (*above, path))
        raise UserError(f"recipe {above[-1]}: its bases go in a circle ({circle}); take one `base` out")
    own = _read_keys(path)
    base = own.pop("base", None)
    if base is None:
        return own | more
    if not isinstance(base, str):
        raise UserError(f"recipe {path}: base is {base!r}; write the path or the name of one recipe")
    return _resolved(base, path.parent, (*above, path)) | own | more


def _path(name: str, folder: Path) -> tuple[Path, JsonObject]:
    """The file that a path beginning from `folder`, or a name, means; and values that go with an old name."""
    asked = Path(name)
    if (folder / asked).is_file():
        return folder / asked, {}
    is_name = asked.parent == Path()
    if asked.stem in OLD_NAMES and (is_name or asked.parent.name == FOLDER.name):
        recipe, more = OLD_NAMES[asked.stem]
        print(f"recipe {asked.stem} is no more; write --config {recipe} {_as_words(more)}", file=sys.stderr)
        return FOLDER / f"{recipe}.yaml", more
    if is_name and asked.stem in names() and asked.suffix in ("", ".yaml"):
        return FOLDER / f"{asked.stem}.yaml", {}
    near = closest_name(asked.stem, names())
    meant = f"did you mean {near}? " if near else ""
    raise UserError(f"no recipe at {name}; {meant}those that come with polypref: {', '.join(names())}")


def _as_words(values: JsonObject) -> str:
    return " ".join(
        f"--{key} {' '.join(map(str, one)) if isinstance(one, list) else one}" for key, one in values.items()
    )


def _read_keys(path: Path) -> JsonObject:
    try:
        recipe = read_yaml(path.read_text("utf-8"), f"recipe {path}")
    except UnicodeDecodeError as error:
        raise UserError(f"recipe {path} is not UTF-8: {error}") from None
    if not isinstance(recipe, dict):
        raise UserError(f"recipe {path} holds no keys; write one `key: value` a line")
    for key in recipe:
        if not isinstance(key, str):
            raise UserError(f"recipe {path}: {key!r} is no key; write one `key: value` a line")
    _refuse_tags(recipe, path)
    return recipe


def _refuse_tags(recipe: JsonObject, path: Path) -> None:
    """Stops at what YAML does not read as tags: `no`, Norwegian, is false to it, and one text is no list of texts."""
    for key in ("languages", "held_out_languages", "language_weights", "flip_rates"):
        value = recipe.get(key)
        if isinstance(value, str) and key not in ("language_weights", "flip_rates"):
            raise UserError(f"recipe {path}: {key} is the text {value!r}; write a list, as in [{value}]")
        for tag in value if isinstance(value, list | dict) else ():
            if not isinstance(tag, str):
                raise UserError(f"recipe {path}: {key} has {tag!r}, which is no tag; write it in quotes, as in 'no'")
