"""How one task of a case ended."""

from __future__ import annotations

from dataclasses import dataclass

from ultrarare.app.task import Task
from ultrarare.case.finding import Finding
from ultrarare.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one task ended. `failure` is a defect of the analysis, never of the input."""

    task: Task
    digest: str
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    failure: str | None = None
    seconds: float = 0.0
    from_cache: bool = False
