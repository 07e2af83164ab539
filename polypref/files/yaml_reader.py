"""YAML that people wrote, up to a size and depth, and only plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ..console.escaping import as_written
from ..errors import UserError
from ..text.cleaning import has_lone_surrogate
from .json_types import Json

if TYPE_CHECKING:
    from yaml import SafeLoader

#: The most values of a YAML file: far above any settings.
MAX_YAML = 100_000
#: Its deepest nesting.
MAX_YAML_DEPTH = 100


def read_yaml(text: str, where: str) -> Json:
    """A YAML document as plain values: mappings, lists, texts, numbers, true, false, null; a date stays a text.

    Args:
        text: the document.
        where: what it is called in messages.

    Returns:
        The document's value; None for an empty one.

    Raises:
        UserError: it is not YAML, holds something else, has a key twice in one mapping, or its aliases make much out of
            little.
    """
    import yaml

    try:
        value: Json = yaml.load(text, _yaml_loader())
        _count_plain(value, _Room(MAX_YAML))
    except RecursionError:
        raise UserError(f"cannot read {where}: it is nested too deeply, or names itself; write it out") from None
    except _DoubledKey as doubled:
        raise UserError(f"cannot read {where}, {doubled}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if mark is None or "'\\t'" not in (error.problem or ""):
            raise UserError(f"cannot read {where}: {' '.join(str(error).split())[:300]}") from None
        raise UserError(f"cannot read {where}, line {mark.line + 1}: use spaces, not tabs") from None
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"cannot read {where}: {' '.join(str(error).split())[:300]}") from None
    return value


class _DoubledKey(Exception):
    """A key that stands twice in one mapping: YAML's readers take the last one and say nothing."""


@cache
def _yaml_loader() -> "type[SafeLoader]":
    import yaml

    class Loader(yaml.SafeLoader):
        """Dates stay texts: a date has no place in settings, and a wrong one would be an error of its own."""

        depth = 0

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            # PyYAML's time grows with the square of the depth, up to wherever Python's limit is set.
            self.depth += 1
            if self.depth > MAX_YAML_DEPTH:
                raise RecursionError
            is_alias = self.check_event(yaml.AliasEvent)
            node = super().compose_node(parent, index)
            self.depth -= 1
            if isinstance(node, yaml.MappingNode) and not is_alias:
                self.refuse_doubled_keys(node)
            return node

        def refuse_doubled_keys(self, mapping: yaml.MappingNode) -> None:
            lines: dict[object, int] = {}
            for key, _ in mapping.value:
                # `<<` takes over another mapping, whose keys may stand here again.
                if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                    continue
                value, line = self.construct_object(key), key.start_mark.line + 1
                if value in lines:
                    raise _DoubledKey(
                        f"line {line}: the key {as_written(key.value)[:60]} stands twice in one mapping, first in line "
                        f"{lines[value]}; leave one out"
                    )
                lines[value] = line

    Loader.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in ways if not tag.endswith(":timestamp")]
        for first, ways in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


@dataclass
class _Room:
    left: int


def _count_plain(value: Json, room: _Room) -> None:
    # An alias is the same object many times over: it costs nothing here and everything when it is written out.
    room.left -= 1
    if room.left < 0:
        raise ValueError(f"it holds more than {MAX_YAML:,} values, aliases written out")
    if isinstance(value, Mapping):
        for key, one in value.items():
            _count_plain(key, room)
            _count_plain(one, room)
    elif isinstance(value, list):
        for one in value:
            _count_plain(one, room)
    elif value is not None and not isinstance(value, (str, int, float)):
        raise ValueError(f"a value of type {type(value).__name__}; write a text in quotes, a number, or true or false")
    if isinstance(value, str) and has_lone_surrogate(value):
        raise ValueError("half a character (an escape such as \\ud800)")
