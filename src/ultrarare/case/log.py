"""Adding an entry to a YAML log without touching what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ultrarare.errors import InputError


def with_entry(text: str, key: str, entry: Mapping[str, Any], *, where: str) -> str:
    """The text with `entry` as the last of the list at `key`; comments and order stay.

    Args:
        text: YAML whose top level is a mapping.
        key: of a list; it is added at the end where the text has none.
        entry: what to add.
        where: how an error names the file.

    Raises:
        InputError: the list is written in brackets and holds entries, or is no list.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    found = _node(text, key)
    if found is None:
        return "".join([*lines, f"{key}:\n", *_block(entry, 2)])
    name, node = found
    if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"):
        at = name.start_mark.line
        return "".join([*lines[:at], f"{key}:\n", *_block(entry, 2), *lines[at + 1 :]])
    if not isinstance(node, yaml.SequenceNode):
        raise InputError(f"{key} is no list", where=where, remedy="write it as a list of entries")
    if node.flow_style:
        if node.value:
            raise InputError(
                f"{key} is written in brackets, so nothing can be added without rewriting it",
                where=f"{where}:{node.start_mark.line + 1}",
                remedy="write each entry on lines of its own, beginning with -",
            )
        at = node.start_mark.line
        return "".join([*lines[:at], f"{key}:\n", *_block(entry, 2), *lines[at + 1 :]])
    last = node.value[-1]
    at = last.end_mark.line if last.end_mark.column == 0 else last.end_mark.line + 1
    while at > 0 and at <= len(lines) and _idle(lines[at - 1]):
        at -= 1
    return "".join([*lines[:at], *_block(entry, node.start_mark.column), *lines[at:]])


def write_entry(path: Path, head: str, key: str, entry: Mapping[str, Any]) -> None:
    """Add an entry to a log file, which is made with `head` where it is not there.

    Raises:
        InputError: see `with_entry`; the file is as it was then.
    """
    text = path.read_text("utf-8") if path.is_file() else head
    longer = with_entry(text, key, entry, where=path.name)
    temporary = path.with_suffix(path.suffix + ".writing")
    temporary.write_text(longer, encoding="utf-8")
    temporary.replace(path)


def _node(text: str, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return None
    return next(((k, v) for k, v in root.value if k.value == key), None)


def _idle(line: str) -> bool:
    stripped = line.strip()
    return not stripped or stripped.startswith("#")


def _block(entry: Mapping[str, Any], indent: int) -> list[str]:
    body = yaml.safe_dump(
        dict(entry), sort_keys=False, allow_unicode=True, width=96, default_flow_style=False
    )
    lines = body.splitlines(keepends=True)
    first, rest = " " * indent + "- ", " " * (indent + 2)
    return [(first if index == 0 else rest) + line for index, line in enumerate(lines)]
