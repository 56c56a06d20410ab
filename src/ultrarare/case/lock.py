"""The lock of a plan: digest, time and name; and whether it came before the first dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ultrarare import digest
from ultrarare.case.case import Case
from ultrarare.case.cohort_dataset import Cohort
from ultrarare.case.data_path import digest_of, is_there
from ultrarare.case.finding import Planned
from ultrarare.case.moment import Clock, Moment
from ultrarare.case.plan import Lock
from ultrarare.errors import InputError


def plan_digest(raw_plan: Any) -> str:
    """Digest of what a plan means: white space, comments and key order do not matter."""
    return digest.of_value(raw_plan)


def cohort_digests(root: Path, case: Case) -> dict[str, str]:
    """Digest of each untreated cohort that is there: its files, its declaration, the course.

    A cohort chosen or trimmed after the results are seen can show anything, so a lock fixes it.
    """
    return {
        dataset.id: digest.of_value(
            {
                "dataset": dataset.model_dump(mode="json", exclude_defaults=True),
                "course": str(case.disease.course),
                "files": {path: digest_of(root / path) for path in dataset.paths.values()},
            }
        )
        for dataset in case.datasets
        if isinstance(dataset, Cohort)
        and all(is_there(root / path) for path in dataset.paths.values())
    }


def make_lock(
    raw_plan: Any,
    *,
    locked_by: str,
    now: datetime,
    day_of_life: str | float | None = None,
    cohorts: Mapping[str, str] | None = None,
) -> Lock:
    """A lock of the plan as it stands.

    Args:
        raw_plan: the plan document as plain values.
        locked_by: the name that answers for it.
        now: when, with a time zone; written in UTC to the second.
        day_of_life: the patient's age that day, for a case without calendar dates.
        cohorts: digests of the untreated cohorts, as `cohort_digests` gives them.

    Raises:
        InputError: `now` has no time zone, the name is empty, or the day of life cannot be read.
    """
    if now.tzinfo is None:
        raise InputError("found a time without a time zone", where="now")
    if not locked_by.strip():
        raise InputError("found an empty name", where="name", remedy="say who locks the plan")
    try:
        day = None if day_of_life is None else Moment.parse(day_of_life)
    except ValueError as error:
        raise InputError(str(error), where="day-of-life") from None
    if day is not None and (day.clock is not Clock.DAY_OF_LIFE or day.is_vague):
        raise InputError(
            f"found {day.text!r}; allowed is one exact day of life", where="day-of-life"
        )
    return Lock(
        schema="ultrarare/lock/1",
        plan_sha256=plan_digest(raw_plan),
        locked_at=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        locked_by=locked_by.strip(),
        day_of_life=day,
        cohorts=cohorts or {},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LockState:
    """Whether the plan was locked before the first dose, and the reason in one sentence.

    `before_first_dose` is None where it cannot be known; `planned` then is post hoc.
    """

    before_first_dose: bool | None
    planned: Planned
    reason: str


def lock_state(
    lock: Lock | None,
    first_dose: Moment | None,
    *,
    has_plan: bool = True,
    has_timeline: bool = True,
) -> LockState:
    """Judge a lock against the first dose. Whatever cannot be shown counts as post hoc.

    Args:
        lock: the lock, if there is one that matches its plan.
        first_dose: when the first dose was given, if one is recorded.
        has_plan: whether there is a plan at all.
        has_timeline: whether every declared timeline is there; where one is not, a dose may stand
            in it that came before the lock.
    """
    if not has_plan:
        return _post_hoc(None, "The case has no plan.")
    if lock is None:
        return _post_hoc(None, "The plan is not locked.")
    if not has_timeline:
        return _post_hoc(
            None, "A declared timeline is not there, so the first dose is not known for sure."
        )
    if first_dose is None:
        reason = f"{lock.locked_by} locked the plan on {lock.locked_at}; no dose is recorded."
        return LockState(before_first_dose=True, planned=Planned.LOCKED, reason=reason)
    locked = _locked_when(lock, first_dose.clock)
    if locked is None:
        return _post_hoc(
            None,
            "The lock's day of life is not stated, so it cannot be held against the first dose.",
        )
    if _is_about(locked) or _is_about(first_dose):
        return _post_hoc(
            None,
            f"The plan was locked at {locked} and the first dose was given at {first_dose}; an "
            "approximate day cannot show which came first.",
        )
    if locked.before(first_dose):
        reason = (
            f"{lock.locked_by} locked the plan at {locked}, before the first dose ({first_dose})."
        )
        return LockState(before_first_dose=True, planned=Planned.LOCKED, reason=reason)
    return _post_hoc(
        False if locked.before(first_dose) is False else None,
        f"The plan was locked at {locked}, which is not before the first dose ({first_dose}).",
    )


def _is_about(moment: Moment) -> bool:
    """Whether the day is known only roughly (`~208`); `>256` has a certain edge."""
    return moment.approximate and moment.last is not None


def _locked_when(lock: Lock, clock: Clock) -> Moment | None:
    if clock is Clock.DAY_OF_LIFE:
        return lock.day_of_life
    return Moment.parse(date.fromisoformat(lock.locked_at[:10]).isoformat())


def _post_hoc(before_first_dose: bool | None, reason: str) -> LockState:  # noqa: FBT001 -- three-valued
    return LockState(before_first_dose=before_first_dose, planned=Planned.POST_HOC, reason=reason)
