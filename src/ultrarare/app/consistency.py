"""Two cases side by side: where they were judged otherwise, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ultrarare.app.analyse import Progress, silent
from ultrarare.app.assess import DEFAULT_GUIDANCE, assess_case
from ultrarare.errors import InputError, NotFound
from ultrarare.guidance.assessment import Assessment
from ultrarare.guidance.consistency import Contrast, contrasts

_WRITTEN = "assessment.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two cases, and every requirement that was judged otherwise."""

    a: str
    b: str
    guidance: tuple[str, ...]
    requirements: int
    contrasts: tuple[Contrast, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "schema": "ultrarare/guidance-comparison/1",
            "a": self.a,
            "b": self.b,
            "guidance": list(self.guidance),
            "requirements": self.requirements,
            "contrasts": [one.to_json() for one in self.contrasts],
        }

    def summary(self) -> str:
        """Each requirement that was judged otherwise, with what differs."""
        lines = [
            f"{len(self.contrasts)} of {self.requirements} requirements were judged otherwise "
            f"({', '.join(self.guidance)}). What has the same ground has the same verdict."
        ]
        for one in self.contrasts:
            lines.append(f"{one.requirement}  {one.question}")
            lines.append(f"    {self.a}: {one.a}; {self.b}: {one.b}")
            if one.judged_by == "people":
                lines.append("    decided by people, not by what was found")
            lines += [f"    {each}" for each in one.because]
        return "\n".join(lines)


def compare_cases(
    a: Path,
    b: Path,
    *,
    guidance: Sequence[str] | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Judge two cases by the same documents and set the verdicts side by side.

    Args:
        a: a case folder, a dossier, or an `assessment.json`.
        b: another.
        guidance: ids or files of packs, for case folders; both founding documents where not given.
        progress: told of each step.

    Raises:
        NotFound: nothing is there, or no such pack.
        InputErrors: a case is wrong.
        InputError: an assessment cannot be read, or the two were judged by other documents.
    """
    names = tuple(guidance) if guidance else DEFAULT_GUIDANCE
    one, other = (_assessment(path, names, progress) for path in (a, b))
    return Comparison(
        a=one.case.id if one.case.id != other.case.id else str(a),
        b=other.case.id if one.case.id != other.case.id else str(b),
        guidance=tuple(each.id for each in one.guidance),
        requirements=sum(len(each.requirements) for each in one.guidance),
        contrasts=contrasts(one, other),
    )


def _assessment(path: Path, guidance: Sequence[str], progress: Progress) -> Assessment:
    written = path / _WRITTEN if path.is_dir() else path
    if path.is_dir() and not written.is_file():
        return assess_case(path, guidance=guidance, progress=progress).assessment
    if not written.is_file():
        raise NotFound(
            "nothing is there", where=str(path), remedy="give a case folder or a dossier"
        )
    try:
        return Assessment.model_validate(json.loads(written.read_text("utf-8")))
    except (ValueError, ValidationError) as error:
        raise InputError(
            f"cannot be read as an assessment: {str(error).splitlines()[0]}",
            where=str(written),
            remedy="assess the case anew with this version",
        ) from None
