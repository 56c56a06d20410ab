"""The lock: what it writes, what it refuses, and how it stands against the first dose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from ultrarare.case.finding import Planned
from ultrarare.case.lock import lock_state, make_lock, plan_digest
from ultrarare.case.moment import Moment
from ultrarare.case.plan import Lock
from ultrarare.errors import InputError

NOW = datetime(2024, 5, 20, 9, 0, 30, 500, tzinfo=UTC)
PLAN = {"schema": "ultrarare/plan/1"}


def lock(**changes: Any) -> Lock:
    return make_lock(PLAN, **{"locked_by": "made signer", "now": NOW, **changes})


def test_a_lock_holds_digest_time_in_utc_and_name():
    made = lock(now=NOW.astimezone(timezone(timedelta(hours=5))), locked_by=" made signer ")
    assert made.plan_sha256 == plan_digest(PLAN)
    assert (made.locked_at, made.locked_by) == ("2024-05-20T09:00:30Z", "made signer")
    assert made.day_of_life is None


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"now": datetime(2024, 5, 20)}, "now"),  # noqa: DTZ001 -- that it has no zone is the point
        ({"locked_by": "  "}, "name"),
        ({"day_of_life": "2024-05-20"}, "day-of-life"),
        ({"day_of_life": "soon"}, "day-of-life"),
        ({"day_of_life": "~200"}, "day-of-life"),
        ({"day_of_life": "200-210"}, "day-of-life"),
        ({"day_of_life": ">200"}, "day-of-life"),
        ({"day_of_life": -1}, "day-of-life"),
    ],
)
def test_a_lock_that_would_show_nothing_is_refused(changes, where):
    with pytest.raises(InputError) as caught:
        lock(**changes)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("dose", "planned", "before", "words"),
    [
        ("2024-05-21", Planned.LOCKED, True, "before the first dose (2024-05-21)"),
        ("2024-05-20", Planned.POST_HOC, False, "is not before the first dose (2024-05-20)"),
        ("2024-05-19", Planned.POST_HOC, False, "is not before the first dose"),
        ("208", Planned.POST_HOC, None, "day of life is not stated"),
    ],
)
def test_a_lock_with_a_date_is_held_against_the_first_dose(dose, planned, before, words):
    state = lock_state(lock(), Moment.parse(dose))
    assert (state.planned, state.before_first_dose) == (planned, before)
    assert words in state.reason


@pytest.mark.parametrize(
    ("day", "dose", "planned", "before"),
    [
        ("207", "208", Planned.LOCKED, True),
        ("208", "208", Planned.POST_HOC, False),
        ("209", "208", Planned.POST_HOC, False),
        ("207", "208-230", Planned.LOCKED, True),
        ("215", "208-230", Planned.POST_HOC, False),
        ("200", ">256", Planned.LOCKED, True),
        ("207", "~208", Planned.POST_HOC, None),
    ],
)
def test_a_lock_with_a_day_of_life_is_held_against_the_first_dose(day, dose, planned, before):
    state = lock_state(lock(day_of_life=day), Moment.parse(dose))
    assert (state.planned, state.before_first_dose) == (planned, before)


def test_what_cannot_be_shown_counts_as_post_hoc_with_its_reason():
    for state, words in (
        (lock_state(None, None, has_plan=False), "has no plan"),
        (lock_state(None, Moment.parse(208)), "is not locked"),
        (lock_state(lock(), None, has_timeline=False), "timeline is not there"),
        (lock_state(lock(), Moment.parse("2030-01-01"), has_timeline=False), "is not there"),
    ):
        assert (state.planned, state.before_first_dose) == (Planned.POST_HOC, None)
        assert words in state.reason


def test_a_lock_before_any_dose_is_recorded_holds():
    state = lock_state(lock(), None)
    assert (state.planned, state.before_first_dose) == (Planned.LOCKED, True)
    assert "no dose is recorded" in state.reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"locked_at": "2024-13-20T09:00:00Z"}, "a time the calendar does not have"),
        ({"locked_at": "2024-02-30T09:00:00Z"}, "a time the calendar does not have"),
        ({"locked_at": "2024-05-20"}, "match pattern"),
        ({"plan_sha256": "abc"}, "match pattern"),
        ({"locked_by": ""}, "at least 1 character"),
        ({"day_of_life": "~3"}, "allowed is one exact day of life"),
        ({"day_of_life": "2024-05-20"}, "allowed is one exact day of life"),
        ({"signed": True}, "Extra inputs"),
    ],
)
def test_a_lock_file_written_by_hand_is_checked(changes, words):
    value = {**lock().model_dump(mode="json", by_alias=True), **changes}
    with pytest.raises(ValidationError, match=words):
        Lock.model_validate(value)
