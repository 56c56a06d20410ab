"""The routes of a case, and an agency's list of surrogate endpoints beside its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare.app.analyse import Progress, silent
from ultrarare.app.assess import assess_case
from ultrarare.case.folder import read_case
from ultrarare.errors import NotFound
from ultrarare.guidance.assessment import EndpointStatus, RouteAnswer
from ultrarare.guidance.route import PROFILES, route_book
from ultrarare.guidance.surrogate_list import Candidate, Surrogate, candidates, read_surrogates

NOTICE = (
    "Yes: each condition that can be checked is met. It says nothing on what an agency will "
    "decide, and no route is a condition of another."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutesReport:
    """Each route with its answer."""

    case: str
    routes: tuple[RouteAnswer, ...]
    endpoints: tuple[EndpointStatus, ...]
    candidates: tuple[Candidate, ...] | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "case": self.case,
            "notice": NOTICE,
            "routes": [one.model_dump(mode="json") for one in self.routes],
            "endpoints": [one.model_dump(mode="json") for one in self.endpoints],
            "surrogates": None
            if self.candidates is None
            else [one.to_json() for one in self.candidates],
        }

    def summary(self) -> str:
        """Text for a terminal."""
        groups = route_book().groups
        lines: list[str] = []
        group = ""
        for one in self.routes:
            if one.group != group:
                group = one.group
                lines += ["", groups[group]]
            lines += [f"  {one.answer:<10} {one.title}", f"             {one.reason}"]
        lines += ["", "Endpoints of the plan"]
        lines += [
            f"  {e.measure}: {e.endpoint_class}, {e.status}; {e.carries}" for e in self.endpoints
        ]
        if not self.endpoints:
            lines.append("  the plan names none")
        for found in self.candidates or ():
            lines.append(
                f"  {found.measure}: line {found.row.line}, {found.row.endpoint} "
                f"({found.row.disease}; {' and '.join(found.row.approvals)}): {found.reading}"
            )
        return "\n".join([*lines[1:], "", NOTICE])


def routes_of(
    path: Path,
    *,
    profile: str | None = None,
    surrogates: Path | None = None,
    progress: Progress = silent,
) -> RoutesReport:
    """The routes of a case.

    Args:
        path: case folder.
        profile: of the scope: draft, nejm or narrow; each of them where not given.
        surrogates: the agency's list as CSV.
        progress: told of each step.

    Raises:
        NotFound: no case folder, no such profile, no such file.
        InputErrors: the case or the list cannot be read.
    """
    if profile is not None and profile not in PROFILES:
        raise NotFound(f"no profile {profile!r}; there are: {', '.join(PROFILES)}", where="profile")
    table = None if surrogates is None else _table(surrogates)
    assessment = assess_case(path, progress=progress).assessment
    measures = [one.measure for one in assessment.endpoints]
    return RoutesReport(
        case=assessment.case.id,
        routes=tuple(
            one
            for one in assessment.routes
            if profile is None or one.profile is None or one.profile == profile
        ),
        endpoints=assessment.endpoints,
        candidates=None if table is None else candidates(table, measures, assessment.case.disease),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrogateReport:
    """The list as read, and what of it may concern a case."""

    table: tuple[Surrogate, ...]
    candidates: tuple[Candidate, ...] | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "surrogates": [one.to_json() for one in self.table],
            "candidates": None
            if self.candidates is None
            else [one.to_json() for one in self.candidates],
        }

    def summary(self) -> str:
        """Text for a terminal."""
        if self.candidates is None:
            return "\n".join(
                f"{one.line}: {one.endpoint} ({one.disease}; {one.population}; "
                f"{' and '.join(one.approvals)})"
                for one in self.table
            )
        lines = [
            f"{one.measure}: line {one.row.line}, {one.row.endpoint} ({one.row.disease}; "
            f"{' and '.join(one.row.approvals)}): {one.reading}"
            for one in self.candidates
        ]
        return "\n".join(lines) or (
            f"{len(self.table)} rows, and none shares a telling word with an endpoint of the plan"
        )


def surrogates_of(table: Path, case: Path | None) -> SurrogateReport:
    """Read the list, and hold it beside a case's plan.

    Raises:
        NotFound: no such file or case folder.
        InputErrors: the list or the case cannot be read.
    """
    rows = _table(table)
    if case is None:
        return SurrogateReport(table=rows, candidates=None)
    folder = read_case(case)
    measures: Sequence[str] = [one.measure for one in folder.plan.endpoints]
    return SurrogateReport(
        table=rows, candidates=candidates(rows, measures, folder.case.disease.name)
    )


def _table(path: Path) -> tuple[Surrogate, ...]:
    if not path.is_file():
        raise NotFound("no file is there", where=str(path))
    return read_surrogates(path)
