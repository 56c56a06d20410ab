"""Listing, showing and comparing packs, as rows for a program and as text for a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ultrarare.errors import NotFound
from ultrarare.guidance.diff import diff
from ultrarare.guidance.pack import Pack, Requirement, find_pack, packs


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows and their text."""

    rows: Sequence[Mapping[str, Any]]
    text: str


def list_packs() -> Listing:
    """Every installed pack."""
    rows = [
        {
            "id": pack.id,
            "title": pack.title,
            "status": pack.status,
            "date": pack.date,
            "version": pack.version,
            "requirements": len(pack.requirements),
            "sha256": pack.sha256,
        }
        for pack in packs().values()
    ]
    text = "\n".join(
        f"{row['id']}  {row['status']}, {row['date']}, {row['requirements']} requirements\n"
        f"    {row['title']}"
        for row in rows
    )
    return Listing(rows, text)


def show_pack(name: str, requirement: str | None) -> Listing:
    """A pack's requirements, or one of them.

    Raises:
        NotFound: no such pack, or no such requirement in it.
        InputErrors: the pack file is wrong.
    """
    pack = find_pack(name)
    chosen = [row for row in pack.requirements if requirement in {None, row.id}]
    if not chosen:
        allowed = ", ".join(row.id for row in pack.requirements)
        raise NotFound(f"{pack.id} has no requirement {requirement!r}; it has: {allowed}")
    rows = [row.model_dump(mode="json") for row in chosen]
    return Listing(rows, "\n\n".join([_head(pack), *(_text(row) for row in chosen)]))


def diff_packs(a: str, b: str) -> Listing:
    """Where two packs differ.

    Raises:
        NotFound: no such pack.
        InputErrors: a pack file is wrong.
    """
    difference = diff(find_pack(a), find_pack(b))
    return Listing(difference.to_rows(), difference.summary())


def _head(pack: Pack) -> str:
    return f"{pack.title}\n{pack.id}, {pack.status}, {pack.date}, version {pack.version}"


def _text(row: Requirement) -> str:
    ours = " (our own deduction)" if row.ours else ""
    return (
        f"{row.id}  {row.question}\n"
        f"    {row.paraphrase} [{row.tag}]{ours}\n"
        f"    due: {row.due}; source: {row.source.document} {row.source.locator or ''}".rstrip()
        + f"\n    to close: {row.remedy}"
    )
