"""The rank of one person's change among untreated people's: a p value that needs no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Floats, count_vector, finite_vector, freeze, same_length
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.regression import Direction
from ultrarare.words import counted

Fit = Callable[[Counts, Floats, Floats], PopulationModel]

_PEOPLE_FOR: Final = ((19, "0.05"), (39, "0.025"))
"""Fewest untreated people whose rank can reach these one-sided levels: 1/(N+1)."""
_BAD_BASELINE: Final = 0.2
"""A baseline among the worst so many of all is one on which a person may have been chosen."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Windows:
    """For each untreated person who has them, a pseudo-dosing time with visits on both sides.

    Made from times alone, before any value is read, so that it can be fixed in a plan.
    """

    person: Counts  # (N,) whose
    dosed_at: Floats  # (N,) the pseudo-dosing time nearest to the patient's dosing
    dose: float  # when the patient was dosed
    first: float  # visits count from this long before dosing …
    start: float  # … and after it from this time on …
    end: float  # … to this one
    fewest_pre: int
    fewest_post: int
    without: int  # people with no such time

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def floor(self) -> float:
        """The smallest one-sided p value that any outcome could give: 1/(N+1)."""
        return 1 / (self.person.size + 1)

    @property
    def same_age(self) -> bool:
        """Whether half the pseudo-dosing times or more lie within a window of the patient's."""
        if not self.person.size:
            return False
        away = float(np.median(np.abs(self.dosed_at - self.dose)))
        return away <= self.first + self.end

    def summary(self) -> str:
        """What can be reached, in one line."""
        n = self.person.size
        line = (
            f"{n} of {counted(n + self.without, 'untreated person')} have visits on both sides of "
            f"a pseudo-dosing time; the smallest one-sided p is {self.floor:.3g}"
        )
        out_of_reach = [level for fewest, level in _PEOPLE_FOR if n < fewest]
        return line + (f", so {out_of_reach[0]} cannot be reached" if out_of_reach else "")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conformal:
    """Rank of the patient's standardised change among untreated people's."""

    direction: Direction
    p: float  # one-sided, in the direction of benefit; ties count against the patient
    p_two_sided: float
    floor: float
    people: int
    score: float  # the patient's, in sds
    scores: Floats  # (N,) untreated people's
    baseline_rank: float  # share of all N + 1 whose visits before were at least as bad
    model: str
    same_age: bool  # whether the untreated windows lie where the patient's do
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line for a log or a terminal."""
        line = (
            f"rank among {counted(self.people, 'untreated person')}: one-sided p {self.p:.3g} "
            f"(smallest attainable {self.floor:.3g})"
        )
        return "; ".join((line, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a score, the patient's last."""
        rows = [{"who": "untreated", "score": float(each)} for each in self.scores]
        return [*rows, {"who": "patient", "score": self.score}]


def comparable_windows(
    person: ArrayLike,
    time: ArrayLike,
    *,
    pre_time: ArrayLike,
    post_time: ArrayLike,
    dosed_at: float | None = None,
) -> Windows:
    """Pseudo-dosing times of untreated people, from times alone.

    Args:
        person: (n,) whose visit it is.
        time: (n,) when, on the patient's clock.
        pre_time: (m,) the patient's visits before dosing.
        post_time: (k,) the patient's visits after it that are compared.
        dosed_at: when the patient was dosed; None takes the last visit before it.

    Raises:
        InputError: unequal lengths, no visit, or dosing outside the two groups of visits.

    Notes:
        A person's pseudo-dosing time lies as long after one of their visits as the patient's dosing
        did after the last. At least half as many visits as the patient's (at least one) must
        lie in the window before it, and in the one after. Of several the one nearest to the
        patient's dosing is taken, the earlier of two alike. Values play no part.
    """
    who, t = count_vector(person, "person"), finite_vector(time, "time")
    same_length(person=who, time=t)
    pre, post = finite_vector(pre_time, "pre_time"), finite_vector(post_time, "post_time")
    dose = float(pre.max()) if dosed_at is None else float(dosed_at)
    if not pre.max() <= dose < post.min():
        raise InputError(
            f"dosing at {dose:g} does not lie between the visits before, to {pre.max():g}, and "
            f"those after, from {post.min():g}",
            where="dosed_at",
        )
    lag, first = dose - float(pre.max()), dose - float(pre.min())
    start, end = float(post.min()) - dose, float(post.max()) - dose
    slack = 0.25 * max(first, end)  # visits are not made to the day
    fewest = (max(1, (pre.size + 1) // 2), max(1, (post.size + 1) // 2))
    found: list[tuple[int, float]] = []
    order = np.lexsort((t, who))
    people, begin = np.unique(who[order], return_index=True)
    for one, visits in zip(people, np.split(t[order], begin[1:]), strict=True):
        at = visits + lag
        since = visits - at[:, None]  # (possible dosing times, visits)
        before = np.sum((since >= -first - slack) & (since <= 0), axis=1)
        after = np.sum((since > 0) & (since >= start - slack) & (since <= end + slack), axis=1)
        fits = at[(before >= fewest[0]) & (after >= fewest[1])]
        if fits.size:
            found.append((int(one), float(fits[np.argmin(np.abs(fits - dose))])))
    return Windows(
        person=np.array([each for each, _ in found], dtype=np.int64),
        dosed_at=np.array([at for _, at in found]),
        dose=dose,
        first=first + slack,
        start=max(0.0, start - slack),
        end=end + slack,
        fewest_pre=fewest[0],
        fewest_post=fewest[1],
        without=int(people.size - len(found)),
    )


def conformal_test(
    windows: Windows,
    person: ArrayLike,
    time: ArrayLike,
    value: ArrayLike,
    *,
    pre_time: ArrayLike,
    pre_value: ArrayLike,
    post_time: ArrayLike,
    post_value: ArrayLike,
    direction: Direction,
    fit: Fit,
) -> Conformal:
    """Rank the patient's standardised window contrast among untreated people's.

    Args:
        windows: from `comparable_windows` with the same times.
        person: (n,) whose visit it is.
        time: (n,) when.
        value: (n,) measurement, finite.
        pre_time: (m,) the patient's visits before dosing.
        pre_value: (m,) values.
        post_time: (k,) the patient's visits after dosing.
        post_value: (k,) values.
        direction: which values are better.
        fit: fits the untreated course to visits, such as `fit_random_slope`.

    Raises:
        InputError: unequal lengths, or a value that is not finite.
        NotComputable: nobody has comparable windows, or the course cannot be fitted.

    Notes:
        The course is fitted to all N + 1 people, the patient's later visits as if untreated; each
        person's score is (mean after − its prediction from the visits before) over the
        predictive sd. Every score is then the same function of the same data, so that under no
        effect the ranks are uniform if people are exchangeable, whether or not the model is right
        (Vovk, Gammerman and Shafer 2005; full conformal). p = (1 + #{scores at least as good}) /
        (N + 1). Exchangeability includes the schedule: people seen at other times than the
        patient have scores on the same scale, not the same distribution.
    """
    who, t, y = (
        count_vector(person, "person"),
        finite_vector(time, "time"),
        finite_vector(value, "value"),
    )
    same_length(person=who, time=t, value=y)
    t0, y0 = finite_vector(pre_time, "pre_time"), finite_vector(pre_value, "pre_value")
    t1, y1 = finite_vector(post_time, "post_time"), finite_vector(post_value, "post_value")
    same_length(pre_time=t0, pre_value=y0)
    same_length(post_time=t1, post_value=y1)
    if windows.person.size == 0:
        raise NotComputable(
            "no untreated person has visits before and after a time like the patient's dosing",
            where="windows",
            remedy="Give untreated people with repeated visits as far apart as the patient's.",
        )
    own = int(who.max()) + 1
    model = fit(
        np.concatenate((who, np.full(t0.size + t1.size, own))),
        np.concatenate((t, t0, t1)),
        np.concatenate((y, y0, y1)),
    )
    rule = _Rule(model)
    order = np.lexsort((t, who))
    people, begin = np.unique(who[order], return_index=True)
    visits = dict(
        zip(
            people.tolist(),
            zip(np.split(t[order], begin[1:]), np.split(y[order], begin[1:]), strict=True),
            strict=True,
        )
    )
    pairs = list(zip(windows.person.tolist(), windows.dosed_at.tolist(), strict=True))
    scores = np.array([_score(rule, windows, visits[one], at) for one, at in pairs])
    score = rule.standardised(t0, y0, t1, y1)
    good = -1.0 if direction == "lower" else 1.0
    n = scores.size
    baselines = good * np.array(
        [rule.baseline(*_before(windows, visits[one], at)) for one, at in pairs]
    )
    worse = float(1 + np.sum(baselines <= good * rule.baseline(t0, y0))) / (n + 1)
    return Conformal(
        direction=direction,
        p=float(1 + np.sum(good * scores >= good * score)) / (n + 1),
        p_two_sided=float(1 + np.sum(np.abs(scores) >= abs(score))) / (n + 1),
        floor=windows.floor,
        people=n,
        score=score,
        scores=np.sort(scores),
        model=model.method,
        same_age=windows.same_age,
        baseline_rank=worse,
        caveats=_caveats(windows, worse),
    )


def _caveats(windows: Windows, worse: float) -> tuple[str, ...]:
    said = [windows.summary()] if windows.person.size < _PEOPLE_FOR[1][0] else []
    if not windows.same_age:
        low, high = windows.dosed_at.min(), windows.dosed_at.max()
        said.append(
            f"the pseudo-dosing times of untreated people, {low:g} to {high:g}, lie far from the "
            f"patient's, {windows.dose:g}: the rank compares different ages"
        )
    if worse <= _BAD_BASELINE:
        said.append(
            f"the baseline is among the worst {100 * worse:.0f} %: if it was the reason for "
            "dosing, the rank holds only as far as the model predicts the regression to the mean"
        )
    return tuple(said)


def _before(windows: Windows, visits: tuple[Floats, Floats], at: float) -> tuple[Floats, Floats]:
    t, y = visits
    kept = (t <= at) & (t >= at - windows.first)
    return t[kept], y[kept]


def _score(rule: _Rule, windows: Windows, visits: tuple[Floats, Floats], at: float) -> float:
    t, y = visits
    after = (t > at) & (t >= at + windows.start) & (t <= at + windows.end)
    return rule.standardised(*_before(windows, visits, at), t[after], y[after])


class _Rule:
    """The score of any person under one model; people seen at the same times share its weights."""

    def __init__(self, model: PopulationModel) -> None:
        self._model = model
        self._known: dict[tuple[int, bytes], tuple[Floats, float]] = {}

    def standardised(self, t0: Floats, y0: Floats, t1: Floats, y1: Floats) -> float:
        """Mean after less its prediction, over the predictive sd; variances at their estimates."""
        t = np.concatenate((t0, t1))
        key = (t0.size, t.tobytes())
        if key not in self._known:
            self._known[key] = self._weights(t, t0.size)
        weights, expected = self._known[key]
        return float(weights @ np.concatenate((y0, y1)) - expected)

    def baseline(self, t0: Floats, y0: Floats) -> float:
        """Mean of the visits before, less the mean course."""
        return float(np.mean(y0 - self._model.design(t0) @ self._model.beta))

    def _weights(self, t: Floats, m: int) -> tuple[Floats, float]:
        model = self._model
        x = model.design(t)
        r = np.eye(t.size)
        if model.correlation > 0:
            shared = (1 - model.nugget) * model.correlation ** np.abs(np.subtract.outer(t, t))
            r = np.where(r > 0, 1.0, shared)
        v = x @ (model.random_cov + model.beta_cov) @ x.T + model.residual_sd**2 * r
        weights = np.concatenate((np.zeros(m), np.full(t.size - m, 1 / (t.size - m))))
        weights[:m] = -np.linalg.solve(v[:m, :m], v[:m] @ weights)
        weights /= np.sqrt(weights @ v @ weights)
        return weights, float(weights @ x @ model.beta)
