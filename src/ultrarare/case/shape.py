"""What a field of a model may hold, in words: for messages and for the reference pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

Node = Mapping[str, Any]

_PLAIN: Final = {
    "number": "a number",
    "integer": "a whole number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
}
_BOUNDS: Final = (
    ("exclusiveMinimum", "more than"),
    ("minimum", "at least"),
    ("exclusiveMaximum", "less than"),
    ("maximum", "at most"),
)


def told(failure: Mapping[str, Any], model: type[BaseModel]) -> str:
    """One failure of validation in our words: what was found and what is allowed there."""
    kind = failure["type"]
    where = failure["loc"]
    if kind == "extra_forbidden":
        allowed = ", ".join(keys_at(model, where[:-1])) or "none"
        return f"is an unknown key; allowed here are: {allowed}"
    if kind == "value_error":
        return str(failure["msg"]).removeprefix("Value error, ")
    shape = shape_at(model, where)
    if kind == "missing":
        return f"is missing; allowed: {shape}"
    return f"found {failure.get('input')!r}; allowed: {shape}"


def shape_at(model: type[BaseModel], place: Sequence[str | int]) -> str:
    """What may stand at a place below a model."""
    root = model.model_json_schema()
    return words(_at(root, place), root)


def keys_at(model: type[BaseModel], place: Sequence[str | int]) -> tuple[str, ...]:
    """The keys of the mapping at a place below a model, in the order of its fields."""
    root = model.model_json_schema()
    return tuple(
        key for node in _options(_at(root, place), root) for key in node.get("properties", {})
    )


def fields_of(node: Node, root: Node) -> Iterable[tuple[str, Node, bool]]:
    """Name, node and whether it is required, of each field of the mappings that a node may be."""
    for option in _options(node, root):
        inner = _resolved(option["items"], root) if "items" in option else option
        for part in _options(inner, root):
            for name, field in part.get("properties", {}).items():
                yield name, field, name in part.get("required", ())


def words(node: Node, root: Node) -> str:
    """A node of a JSON Schema in words; a field that may be left out does not name null."""
    shown = [_word(option, root) for option in _options(node, root)]
    return " or ".join(dict.fromkeys(shown)) or "anything"


def _word(node: Node, root: Node) -> str:
    if "enum" in node:
        return f"one of {', '.join(map(_yaml, node['enum']))}"
    if "const" in node:
        return _yaml(node["const"])
    if "prefixItems" in node:
        parts = [words(item, root) for item in node["prefixItems"]]
        return f"a list of {len(parts)}: {', '.join(parts)}"
    if node.get("type") == "array":
        return f"a list{_length(node)}, each {words(node.get('items', {}), root)}"
    if node.get("properties"):
        return f"a mapping with {', '.join(node['properties'])}"
    if node.get("type") == "object":
        inner = node.get("additionalProperties")
        return f"a mapping to {words(inner, root)}" if isinstance(inner, Mapping) else "a mapping"
    if "pattern" in node:
        return f"text of the form {node['pattern']}"
    return _PLAIN.get(node.get("type", ""), "anything") + _bounds(node)


def _length(node: Node) -> str:
    low, high = node.get("minItems"), node.get("maxItems")
    if low and high:
        return f" of {low} to {high}" if low != high else f" of {low}"
    return f" of {low} or more" if low else f" of {high} at most" if high else ""


def _bounds(node: Node) -> str:
    said = [f"{word} {node[key]}" for key, word in _BOUNDS if key in node]
    return f", {' and '.join(said)}" if said else ""


def _yaml(value: Any) -> str:
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else f"{value}"
    )


def _resolved(node: Node, root: Node) -> Node:
    while "$ref" in node:
        node = root["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def _options(node: Node, root: Node) -> list[Node]:
    """What a node may be, null left out."""
    here = _resolved(node, root)
    found: list[Node] = []
    for key in ("anyOf", "oneOf"):
        for option in here.get(key, ()):
            found += _options(option, root)
    if not found and here.get("type") != "null":
        found = [here]
    return found


def _at(root: Node, place: Sequence[str | int]) -> Node:
    here: Node = root
    for part in place:
        step = next(
            (
                inner
                for option in _options(here, root)
                if (inner := _step(option, part)) is not None
            ),
            None,
        )
        here = here if step is None else step  # names of union members are no steps
    return here


def _step(node: Node, part: str | int) -> Node | None:
    if isinstance(part, int):
        fixed = node.get("prefixItems", ())
        found = fixed[part] if part < len(fixed) else node.get("items")
    else:
        found = node.get("properties", {}).get(part, node.get("additionalProperties"))
    return found if isinstance(found, Mapping) else None
