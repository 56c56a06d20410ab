"""Locking a plan and telling how it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ultrarare.app.success import criterion_warnings
from ultrarare.app.task import plan_tasks
from ultrarare.case.folder import LOCK, PLAN, CaseFolder, read_case, survey_case
from ultrarare.case.lock import LockState, cohort_digests, make_lock
from ultrarare.case.moment import Clock
from ultrarare.errors import InputError, InputErrors, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanState:
    """A plan with its lock, as a command prints it."""

    folder: CaseFolder
    state: LockState

    def summary(self) -> str:
        """Text for a terminal."""
        lines = [self.state.reason]
        planned = self.state.planned
        lines += [f"  {item.id}: {item.analysis} ({planned})" for item in self.folder.plan.analyses]
        lines += criterion_warnings(self.folder)
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        lock = self.folder.lock
        return {
            "case": self.folder.case.id,
            "planned": str(self.state.planned),
            "before_first_dose": self.state.before_first_dose,
            "reason": self.state.reason,
            "lock": None if lock is None else lock.model_dump(mode="json", by_alias=True),
            "warnings": list(criterion_warnings(self.folder)),
            "analyses": [entry.model_dump(mode="json") for entry in self.folder.plan.analyses],
        }


def show_plan(path: Path) -> PlanState:
    """How the plan of a case stands.

    Raises:
        NotFound: no case folder.
        InputErrors: the case cannot be read.
    """
    folder = read_case(path)
    return PlanState(folder=folder, state=folder.lock_state)


def lock_plan(
    path: Path, *, name: str, now: datetime, day_of_life: str | None, replace: bool
) -> PlanState:
    """Write plan.lock, for a plan that can run: what is wrong with it shows now, not after dosing.

    Args:
        path: case folder.
        name: who locks.
        now: when, with a time zone.
        day_of_life: the patient's age, for a case without dates.
        replace: lock anew although a lock exists; the old one is kept as plan.lock.N.

    Raises:
        NotFound: no case folder, or no plan.
        InputError: there is a lock already and `replace` was not asked for; or the case has no
            dates, and the patient's age was not given.
        InputErrors: the case or plan cannot be read, or the plan names an analysis, a role, a
            parameter or a finding that there is not.
    """
    target = path / LOCK
    if target.exists() and not replace:
        raise InputError(
            "a lock is there already",
            where=str(target),
            remedy="--replace locks the plan as it stands now and keeps the old lock beside it",
        )
    folder, problems = survey_case(path)
    others = [problem for problem in problems if not problem.where.startswith(LOCK)]
    if others or folder is None:
        raise InputErrors(others or problems, where=str(path))
    if folder.raw_plan is None:
        raise NotFound("holds no plan to lock", where=str(path), remedy=f"write {PLAN} first")
    if wrong := plan_tasks(folder)[1]:
        raise InputErrors(wrong, where=str(path))
    if folder.case.clock is Clock.DAY_OF_LIFE and day_of_life is None:
        raise InputError(
            "the case has days of life and no dates, so a lock without the patient's age is post "
            "hoc",
            where="day-of-life",
            remedy="say how old the patient is today, as --day-of-life 190",
        )
    lock = make_lock(
        folder.raw_plan,
        locked_by=name,
        now=now,
        day_of_life=day_of_life,
        cohorts=cohort_digests(path, folder.case),
    )
    text = json.dumps(lock.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False)
    temporary = target.with_suffix(".lock.writing")
    temporary.write_text(text + "\n", encoding="utf-8")
    if target.exists():
        target.rename(_next_name(target))
    temporary.replace(target)
    return show_plan(path)


def _next_name(target: Path) -> Path:
    number = 1
    while (candidate := target.with_name(f"{LOCK}.{number}")).exists():
        number += 1
    return candidate
