"""A YAML document that remembers on which line each value stands, read into a typed model.

Everything that is wrong with a document comes back as one list of problems. Where a broken part
can be left out (an unknown key, one bad entry of a list, an optional field) the rest is still
read, so that what stands further down the road can be checked in the same run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from ultrarare.case.yaml_text import Key, dotted, line_of, read_plain, short
from ultrarare.errors import Problem

__all__ = ["Document", "line_of", "read_document"]

Model = TypeVar("Model", bound=BaseModel)

ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Document(Generic[Model]):
    """What was read: `value` is None where nothing usable was left.

    `removed` holds the list entries that were left out, in that order; see `place`.
    """

    name: str
    value: Model | None
    raw: Any
    problems: tuple[Problem, ...]
    lines: Mapping[tuple[Key, ...], int]
    removed: tuple[tuple[Key, ...], ...] = ()

    def place(self, *path: Key) -> str:
        """File, line and path of a part of `value`, as it stands in the file."""
        return self.raw_place(*_original(path, self.removed))

    def raw_place(self, *path: Key) -> str:
        """File, line and path of a part of `raw`."""
        return f"{self.name}:{line_of(self.lines, path)} {dotted(path)}".rstrip()

    def ids(self) -> frozenset[str]:
        """The ids of all entries of its lists as they stand in the file, broken ones too."""
        lists = self.raw.values() if isinstance(self.raw, Mapping) else ()
        return frozenset(
            str(entry["id"])
            for entries in lists
            if isinstance(entries, list)
            for entry in entries
            if isinstance(entry, Mapping) and "id" in entry
        )


def read_document(
    path: Path,
    model: type[Model],
    *,
    name: str,
    stand_ins: Mapping[str, Any] | None = None,
    installed: bool = False,
) -> Document[Model]:
    """Read a YAML file into `model`, with every problem it has.

    Args:
        path: the file; it must exist.
        model: the pydantic model of the whole document.
        name: how problems name the file.
        stand_ins: for required keys of the top level, what takes the place of one that is missing
            or broken, so that the rest is read and checked in the same run. The problem stays.
        installed: whether the file came with the package, and not from a user.
    """
    plain = read_plain(path, name, way="write one with `ultrarare new`", installed=installed)
    if plain.value is None:
        return Document(name, None, None, plain.problems, plain.lines)
    value, more, removed = _validate(plain.value, model, name, plain.lines, stand_ins or {})
    told = {problem.where for problem in plain.problems}
    problems = (*plain.problems, *(problem for problem in more if problem.where not in told))
    return Document(name, value, plain.value, problems, plain.lines, removed)


def _validate(
    raw: Any,
    model: type[Model],
    name: str,
    lines: Mapping[tuple[Key, ...], int],
    stand_ins: Mapping[str, Any],
) -> tuple[Model | None, list[Problem], tuple[tuple[Key, ...], ...]]:
    """Validate, then drop what is wrong and look again, until the rest holds or nothing is left."""
    problems: dict[tuple[Key, ...], Problem] = {}
    removed: list[tuple[Key, ...]] = []
    current = raw
    for _round in range(ROUNDS):
        try:
            return model.model_validate(current), list(problems.values()), tuple(removed)
        except ValidationError as error:
            failures = error.errors(include_url=False)
        paths = [_path_in(current, failure["loc"]) for failure in failures]
        places = [_original(path, removed) for path in paths]
        wrong = set()
        for failure, path, place in zip(failures, paths, places, strict=True):
            if not _follows(failure["type"], place, [*problems, *places]):
                problems.setdefault(place, _problem(failure, place, name, lines, model))
                wrong.add(path)
        shorter = current
        for path in sorted(wrong, key=_from_the_end, reverse=True):
            shorter = _without(shorter, path, removed)
        absent = {path[0] for path in paths if len(path) == 1 and path[0] not in shorter}
        taken = {str(key): stand_ins[str(key)] for key in absent if key in stand_ins}
        if taken and isinstance(shorter, Mapping):
            shorter = {**shorter, **taken}
        if shorter == current:
            break
        current = shorter
    return None, list(problems.values()), tuple(removed)


def _follows(kind: str, place: tuple[Key, ...], known: Iterable[tuple[Key, ...]]) -> bool:
    """Whether a value is missing, or a list too short, only because we took out what was wrong."""
    return kind in {"missing", "too_short"} and any(
        path[: len(place)] == place and path != place for path in known
    )


def _from_the_end(path: tuple[Key, ...]) -> tuple[tuple[bool, Key], ...]:
    return tuple((isinstance(part, str), part) for part in path)


def _original(path: tuple[Key, ...], removed: Sequence[tuple[Key, ...]]) -> tuple[Key, ...]:
    """Where `path` stood before the list entries in `removed` were taken out, in that order."""
    for gone in reversed(removed):
        depth = len(gone) - 1
        here = path[depth] if len(path) > depth else None
        if path[:depth] == gone[:depth] and isinstance(here, int) and here >= int(gone[depth]):
            path = (*path[:depth], here + 1, *path[depth + 1 :])
    return path


def _path_in(raw: Any, loc: tuple[Key, ...]) -> tuple[Key, ...]:
    """The document's path of a pydantic location, without the names of union members."""
    path: list[Key] = []
    here = raw
    for index, part in enumerate(loc):
        if _holds(here, part):
            here = here[part]
        elif isinstance(here, Mapping) and index == len(loc) - 1 and isinstance(part, str):
            pass  # a key that is not there: the place is where it should stand
        else:
            continue
        path.append(part)
    return tuple(path)


def _holds(here: Any, part: Key) -> bool:
    if isinstance(here, list):
        return isinstance(part, int) and part < len(here)
    return isinstance(here, Mapping) and isinstance(part, str) and part in here


def _problem(
    failure: Any,
    path: tuple[Key, ...],
    name: str,
    lines: Mapping[tuple[Key, ...], int],
    model: type[BaseModel],
) -> Problem:
    where = f"{name}:{line_of(lines, path)} {dotted(path)}".rstrip()
    kind, found = failure["type"], failure.get("input")
    if kind == "extra_forbidden":
        allowed = ", ".join(_keys_at(model, failure["loc"][:-1])) or "none"
        return Problem(
            where, f"is an unknown key; allowed here are: {allowed}", "correct or remove it"
        )
    if kind == "missing":
        return Problem(where, "is missing", "add it; `ultrarare new` shows every field")
    text = str(failure["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        return Problem(where, text)
    return Problem(where, f"found {short(found)}; allowed: {text[:1].lower()}{text[1:]}")


def _keys_at(model: type[BaseModel], loc: tuple[Key, ...]) -> list[str]:
    """The keys allowed at a location, found by walking the JSON schema as validation did."""
    schema = model.model_json_schema()
    here = schema
    for part in loc:
        here = _step(_resolve(here, schema), part, schema)
    return sorted(_resolve(here, schema).get("properties", {}))


def _resolve(node: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    options = [option for option in node.get("anyOf", ()) if option.get("type") != "null"]
    return _resolve(options[0], schema) if len(options) == 1 else dict(node)


def _step(node: dict[str, Any], part: Key, schema: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(part, int):
        return dict(node.get("items", {}))
    if part in node.get("properties", {}):
        return dict(node["properties"][part])
    mapping = node.get("discriminator", {}).get("mapping", {})
    if part in mapping:
        return _resolve({"$ref": mapping[part]}, schema)
    return dict(node.get("additionalProperties") or {}) if node.get("type") == "object" else node


def _without(
    raw: Any, path: tuple[Key, ...], removed: list[tuple[Key, ...]], at: tuple[Key, ...] = ()
) -> Any:
    """`raw` without the value at `path`; without what holds it, where `path` names what is absent.

    A list entry that is taken out is noted in `removed`, since those behind it move up.
    """
    if not path:
        return raw
    head, rest = path[0], path[1:]
    if isinstance(raw, Mapping) and head in raw:
        if rest and (shorter := _without(raw[head], rest, removed, (*at, head))) != raw[head]:
            return {**raw, head: shorter}
        return {key: value for key, value in raw.items() if key != head}
    if isinstance(raw, list) and isinstance(head, int) and head < len(raw):
        if rest and (shorter := _without(raw[head], rest, removed, (*at, head))) != raw[head]:
            return [*raw[:head], shorter, *raw[head + 1 :]]
        removed.append((*at, head))
        return [*raw[:head], *raw[head + 1 :]]
    return raw
