"""What a new version of a document changes for every case of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare.app.analyse import Progress, silent
from ultrarare.app.assess import assess_case
from ultrarare.app.cache import Cache
from ultrarare.case.folder import CASE
from ultrarare.errors import NotFound, UltrarareError
from ultrarare.guidance.assessment import Turn
from ultrarare.guidance.pack import find_pack
from ultrarare.guidance.turning import turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One case: what turns in it, or why that cannot be said.

    Attributes:
        case: the folder's name.
        turns: elements and requirements whose verdict differs.
        problem: why the case could not be judged; None where it was.
    """

    case: str
    turns: tuple[Turn, ...]
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Every case of a folder, judged by two documents."""

    a: str
    b: str
    cases: tuple[Touched, ...]

    @property
    def failed(self) -> int:
        """Cases that could not be judged."""
        return sum(one.problem is not None for one in self.cases)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "schema": "ultrarare/guidance-impact/1",
            "a": self.a,
            "b": self.b,
            "cases": [
                {
                    "case": one.case,
                    "problem": one.problem,
                    "turns": [turn.model_dump(mode="json") for turn in one.turns],
                }
                for one in self.cases
            ],
        }

    def summary(self) -> str:
        """The affected cases with what turns, then those that could not be judged."""
        touched = [one for one in self.cases if one.turns]
        lines = [
            f"{len(touched)} of {len(self.cases)} cases are judged otherwise by {self.b} than by "
            f"{self.a}."
        ]
        for one in touched:
            lines += [f"{one.case}:", *(f"  {told(turn)}" for turn in one.turns)]
        lines += [
            f"{one.case}: not judged: {one.problem}"
            for one in self.cases
            if one.problem is not None
        ]
        return "\n".join(lines)


def told(turn: Turn) -> str:
    """A turn in one line."""
    a, b = (value or "not asked" for value in (turn.a, turn.b))
    return f"{turn.what} ({turn.sort}): {a} → {b}"


def impact(
    folder: Path,
    *,
    a: str,
    b: str,
    cache: Cache | None = None,
    progress: Progress = silent,
) -> Impact:
    """Judge every case of a folder by two documents and say where the verdicts differ.

    Args:
        folder: holds case folders, at any depth; each has a `case.yaml`.
        a: id or file of the document that the cases were judged by.
        b: id or file of the one that arrives.
        cache: of analyses, so that only what changed is computed.
        progress: told of each case.

    Raises:
        NotFound: no such document, or the folder holds no case.
        InputErrors: a document does not hold together.
    """
    names = [find_pack(name).id for name in (a, b)]
    roots = sorted(_cases(folder))
    if not roots:
        raise NotFound(
            "no case folder is in it", where=str(folder), remedy=f"a case folder holds {CASE}"
        )
    found = []
    for root in roots:
        name = str(root.relative_to(folder)) if root != folder else root.name
        progress(name)
        try:
            judged = assess_case(root, guidance=(a, b), cache=cache).assessment.guidance
        except UltrarareError as error:
            found.append(Touched(case=name, turns=(), problem=str(error)))
            continue
        turned = turns(judged[0], judged[-1])
        found.append(Touched(case=name, turns=turned, problem=None))
    return Impact(a=names[0], b=names[1], cases=tuple(found))


def _cases(folder: Path) -> Iterator[Path]:
    yield from (path.parent for path in folder.rglob(CASE) if path.is_file())
