"""Listing, showing and comparing packs, as rows for a program and as text for a reader."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare.errors import NotFound, Problem
from ultrarare.guidance.assessment import Verdict
from ultrarare.guidance.diff import diff
from ultrarare.guidance.pack import Pack, Requirement, find_pack, packs


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a pack's author should look at.

    Attributes:
        path: the pack.
        rows: how many requirements it has.
        computed: how many of them read a kind that a computation gives.
        wanting: rows with verdicts that have no example, and rows that nothing supports.
        problems: what keeps the pack from being read.
    """

    path: Path
    rows: int
    computed: int
    wanting: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wanting."""
        return not self.wanting and not self.problems

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "pack": str(self.path),
            "requirements": self.rows,
            "on_computed_findings": self.computed,
            "wanting": list(self.wanting),
            "problems": [str(one) for one in self.problems],
        }

    def summary(self) -> str:
        """Each row that wants something, with suggestions to paste."""
        lines = [
            f"{self.rows} requirements, {self.computed} on computed findings, "
            f"{self.rows - self.computed} declared only"
        ]
        lines += [str(one) for one in self.problems]
        for one in self.wanting:
            if one["without_example"]:
                lines.append(
                    f"{one['requirement']}: no example of {', '.join(one['without_example'])}"
                )
            if one["never_supported"]:
                lines.append(f"{one['requirement']}: nothing found that supports it")
            lines += [
                "      - " + json.dumps(each, ensure_ascii=False) for each in one["suggested"]
            ]
        return "\n".join(lines)


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


def check_pack(path: Path, *, suggest: bool = False) -> Checked:
    """Read a pack in a file and search what each of its rows can say.

    Args:
        path: the pack.
        suggest: whether examples are made for verdicts that have none.

    Raises:
        NotFound: no file is there.
        InputErrors: it does not hold together, apart from examples that it lacks.
    """
    from ultrarare.guidance.pack import read_rows
    from ultrarare.guidance.reach import reachable

    rows, problems = read_rows(path)
    wanting: list[dict[str, Any]] = []
    for row in rows:
        shown = {one.verdict for one in row.examples}
        reached = reachable(row)
        lacking = [one for verdict, one in reached.items() if verdict not in shown]
        can = set(reached) | shown
        never = row.predicate.ask not in {"judged", "told"} and not can & {
            Verdict.SUPPORTED,
            Verdict.PARTLY,
        }
        if lacking or never:
            wanting.append(
                {
                    "requirement": row.id,
                    "without_example": [one.verdict.value for one in lacking],
                    "never_supported": never,
                    "suggested": [one.short() for one in lacking] if suggest else [],
                }
            )
    return Checked(
        path=path, rows=len(rows), computed=sum(row.computed for row in rows),
        wanting=tuple(wanting), problems=tuple(problems),
    )  # fmt: skip


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
