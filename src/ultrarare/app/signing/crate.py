"""The files that an RO-Crate lists, with their digests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def crate_files(crate: Mapping[str, Any]) -> dict[str, str] | None:
    """Path to digest of every file of the crate's own; None where it holds no graph.

    A file without digest maps to an empty text, which no file's digest equals.
    """
    graph = crate.get("@graph")
    if not isinstance(graph, list):
        return None
    return {
        str(entity["@id"]): f"sha256:{entity.get('sha256', '')}"
        for entity in graph
        if isinstance(entity, Mapping)
        and "File" in _types(entity)
        and not str(entity.get("@id", "#")).startswith(("#", "http:", "https:"))
    }


def _types(entity: Mapping[str, Any]) -> list[str]:
    found = entity.get("@type", [])
    return [found] if isinstance(found, str) else list(found)
