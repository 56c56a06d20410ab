"""YAML text into plain values that remember their lines; scalars as in the core of YAML 1.2."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ultrarare.case.magnitude import LARGEST, SMALLEST, bounded
from ultrarare.errors import Problem

Key = str | int

MAX_BYTES = 4 << 20
MAX_DEPTH = 40
MAX_VALUES = 400_000
MAX_WHOLE = 2**53 - 1
_YAML_HINT = (
    "look at this line and the one above: indent with spaces, close each bracket and quote, put "
    "text that holds `: ` or begins with a sign such as @ or * in quotes"
)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core idea of a scalar: `no` is a word, 2026-03-01 is text, 1e3 is a number."""


_PARSER_IN_C: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _QuickLoader(_PARSER_IN_C):  # type: ignore[misc]
    """The same by libyaml, ten times as quick.

    Its stack has no end that could be caught, so it reads only files installed with the package.
    """


_Loader.yaml_implicit_resolvers = {}
_QuickLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    for _kind in (_Loader, _QuickLoader):
        _kind.add_implicit_resolver(
            f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first)
        )


def _whole(text: str) -> int:
    number = int(text) if len(text) <= 20 else MAX_WHOLE + 1
    if abs(number) > MAX_WHOLE:
        raise ValueError(text)
    return number


def _decimal(text: str) -> float:
    return bounded(float(text), text)


_SCALARS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "str": (str, "text"),
    "null": (lambda _text: None, "nothing"),
    "bool": (lambda text: text.lower() == "true", "true or false"),
    "int": (_whole, f"a whole number that JSON holds exactly, at most {MAX_WHOLE}"),
    "float": (_decimal, f"0 or a size from {SMALLEST:g} to {LARGEST:g}"),
}


def dotted(path: Iterable[Key]) -> str:
    """A path as people write it: `variants[2].hgvs`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def line_of(lines: Mapping[tuple[Key, ...], int], path: tuple[Key, ...]) -> int:
    """Line of `path`, or of the nearest place above it that the document holds."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def short(value: Any) -> str:
    """A found value, cut so that a message stays readable."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain values of a document: `value` is None where nothing could be read."""

    value: Any
    lines: Mapping[tuple[Key, ...], int]
    problems: tuple[Problem, ...]


def read_plain(
    path: Path, name: str, *, way: str = "write its fields", installed: bool = False
) -> Plain:
    """Read a YAML file into plain values, with the line of each and what is wrong on the way.

    Args:
        path: the file; it must exist.
        name: how problems name the file.
        way: out of an empty file.
        installed: whether the file came with the package, and not from a user.
    """
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        return Plain(None, {}, (Problem(name, f"has {len(data)} bytes; allowed are {MAX_BYTES}"),))
    try:
        loader = _QuickLoader if installed else _Loader
        reading = _Reading(name, loader(data.decode("utf-8")), way)
        value = reading.document()
    except UnicodeDecodeError as error:
        return Plain(
            None, {}, (Problem(name, f"byte {error.start} is not UTF-8", "save it as UTF-8"),)
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        found = f"is not YAML: {error.problem or error.context}"
        return Plain(None, {}, (Problem(where, found, _YAML_HINT),))
    except yaml.YAMLError as error:
        return Plain(None, {}, (Problem(name, f"is not YAML: {error}", _YAML_HINT),))
    except RecursionError:  # the parser's own stack ends before we can count its levels
        return Plain(None, {}, (Problem(name, f"is nested deeper than {MAX_DEPTH} levels"),))
    usable = None if reading.is_cut else value
    return Plain(usable, reading.lines, tuple(reading.problems))


class _Reading:
    """One pass over a document: plain values, the line of each, what is wrong on the way."""

    def __init__(self, name: str, loader: Any, way: str) -> None:
        self.name, self.loader, self.way = name, loader, way
        self.lines: dict[tuple[Key, ...], int] = {}
        self.problems: list[Problem] = []
        self.is_cut = False

    def document(self) -> Any:
        node = self.loader.get_single_node()
        value = None if node is None else self._plain(node, ())
        if value is None and not self.problems:
            self.problems.append(Problem(self.name, "is empty", self.way))
        return value

    def _plain(self, node: yaml.Node, path: tuple[Key, ...]) -> Any:
        line = node.start_mark.line + 1
        if len(self.lines) >= MAX_VALUES:  # aliases of aliases multiply without end
            self._cut(self.name, f"holds more than {MAX_VALUES} values")
            return None
        self.lines[path] = line
        if len(path) > MAX_DEPTH:
            self._cut(f"{self.name}:{line}", f"is nested deeper than {MAX_DEPTH} levels")
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return self._scalar(node, path)

    def _cut(self, where: str, text: str) -> None:
        if not self.is_cut:
            self.problems.append(Problem(where, text))
        self.is_cut = True

    def _scalar(self, node: yaml.Node, path: tuple[Key, ...]) -> Any:
        """The plain value; numbers are decimal, so that `010` is ten and `08` is eight."""
        where = f"{self.name}:{node.start_mark.line + 1} {dotted(path)}".rstrip()
        kind, text = node.tag.removeprefix("tag:yaml.org,2002:"), str(node.value)
        if kind not in _SCALARS:
            found = f"has the tag {node.tag!r}; allowed are plain text and numbers"
            self.problems.append(Problem(where, found, "take it out"))
            return text
        read, allowed = _SCALARS[kind]
        try:
            return read(text)
        except ValueError:
            self.problems.append(Problem(where, f"found {short(text)}; allowed is {allowed}"))
            return text

    def _mapping(self, node: yaml.MappingNode, path: tuple[Key, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                where = f"{self.name}:{key_node.start_mark.line + 1} {dotted(path)}".rstrip()
                self.problems.append(Problem(where, "has a list or mapping as a key"))
                continue
            key = str(key_node.value)
            if key in found:
                where = f"{self.name}:{key_node.start_mark.line + 1} {dotted((*path, key))}"
                self.problems.append(Problem(where, "stands twice", "keep one of the two"))
            found[key] = self._plain(value_node, (*path, key))
        return found
