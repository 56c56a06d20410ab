"""Laws of the lock: it holds the meaning of a plan, and only a lock before the dose counts."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from ultrarare.case.finding import Planned
from ultrarare.case.lock import lock_state, make_lock, plan_digest
from ultrarare.case.moment import Moment
from ultrarare.digest import canonical

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text(max_size=6)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)
plans = st.dictionaries(st.text(min_size=1, max_size=5), values, max_size=4)


def _shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(item) for key, item in reversed(list(value.items()))}
    return [_shuffled(item) for item in value] if isinstance(value, list) else value


@given(plans)
def test_key_order_and_white_space_do_not_change_the_digest(plan):
    assert plan_digest(_shuffled(plan)) == plan_digest(plan)
    spread = json.loads(json.dumps(plan, indent=7))
    assert plan_digest(spread) == plan_digest(plan)


@given(plans, plans)
def test_two_plans_share_a_digest_only_if_they_mean_the_same(a, b):
    assert (plan_digest(a) == plan_digest(b)) == (canonical(a) == canonical(b))


@given(plans, st.text(min_size=1, max_size=5), scalars)
def test_any_change_of_a_value_changes_the_digest(plan, key, value):
    changed = {**plan, key: value}
    same = key in plan and json.dumps(plan[key]) == json.dumps(value)
    assert (plan_digest(changed) == plan_digest(plan)) is same


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_plan_counts_as_locked_only_if_the_lock_came_on_an_earlier_day_of_life(locked, dosed):
    lock = make_lock({}, locked_by="a", now=datetime(2024, 1, 1, tzinfo=UTC), day_of_life=locked)
    state = lock_state(lock, Moment.parse(dosed))
    assert state.before_first_dose is (locked < dosed)
    assert (state.planned is Planned.LOCKED) is (locked < dosed)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)),  # noqa: DTZ001 -- given UTC below
    st.dates(date(2000, 1, 1), date(2050, 1, 1)),
)
def test_a_plan_counts_as_locked_only_if_the_lock_came_on_an_earlier_date(now, dosed):
    lock = make_lock({}, locked_by="a", now=now.replace(tzinfo=UTC))
    state = lock_state(lock, Moment.parse(dosed.isoformat()))
    assert (state.planned is Planned.LOCKED) is (now.date() < dosed)


def test_the_digest_is_of_values_and_not_of_their_spelling():
    assert plan_digest(yaml.safe_load("a: 1\nb: [x]")) == plan_digest({"b": ["x"], "a": 1.0})
