"""Each method's answer to one comparison, refusals included, in one shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

import numpy as np

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Flags, Floats
from ultrarare.stats.external.balance import TOLERATED, worst
from ultrarare.stats.external.bootstrap import (
    FEWEST_TREATED,
    Weighting,
    weighted_bootstrap,
    weighted_difference,
)
from ultrarare.stats.external.design import Design
from ultrarare.stats.external.linearity import SUSPECT, bend_p
from ultrarare.stats.external.randomisation import Randomisation, randomisation_test
from ultrarare.stats.external.scores import log_rank_scores
from ultrarare.stats.external.weights import effective_size
from ultrarare.stats.welch import welch
from ultrarare.words import counted

Method = Literal["matched", "rank", "odds", "overlap", "entropy", "aipw"]
METHODS: Final[tuple[Method, ...]] = ("matched", "rank", "odds", "overlap", "entropy", "aipw")
LABELS: Final = {
    "matched": "matched sets, randomisation test",
    "rank": "all subsets, randomisation test",
    "odds": "odds weights",
    "overlap": "overlap weights",
    "entropy": "entropy balancing",
    "aipw": "AIPW in the treated",
    "naive": "naive: nothing taken into account",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """What one method says of treated minus untreated; `refused` says why it says nothing."""

    method: str
    estimand: str
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_lower: float | None = None  # one-sided, towards lower values of the outcome
    p_higher: float | None = None
    floor: float | None = None  # smallest attainable two-sided p
    treated: int = 0
    untreated: int = 0
    effective_size: float | None = None
    largest_weight: float | None = None
    refused: str = ""
    caveats: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The method in words."""
        return LABELS[self.method]

    @property
    def p_value(self) -> float | None:
        """Two-sided: twice the smaller tail."""
        if self.p_lower is None or self.p_higher is None:
            return None
        return min(1.0, 2 * min(self.p_lower, self.p_higher))

    def p_benefit(self, improves: str) -> float | None:
        """One-sided p in the direction of benefit."""
        return self.p_lower if improves == "lower" else self.p_higher


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """Outcomes of everybody in the design; NaN where it is missing."""

    values: Floats  # (m,) values, or times to event or censoring
    event: Flags | None  # (m,) whether the event was seen; None for a value
    horizon: float | None = None

    @property
    def there(self) -> Flags:
        """(m,) who has an outcome."""
        return np.isfinite(self.values)


def randomised(
    design: Design, outcome: Outcome, method: str, *, level: float, rng: np.random.Generator
) -> tuple[MethodResult, Randomisation | None]:
    """`matched` or `rank`: exact p by reassigning treatment, covariates taken out."""
    estimand = "the matched treated" if method == "matched" else "the treated"
    if method == "matched" and design.match is None:
        return MethodResult(method=method, estimand=estimand, refused=design.unmatched_why), None
    stratum = _strata(design, method)
    kept = _in_both_arms(stratum, design.treated, outcome.there & (stratum >= 0))
    if not kept.any():
        why = "no set holds a treated and an untreated person with an outcome"
        return MethodResult(method=method, estimand=estimand, refused=why), None
    censored = outcome.event is not None
    y = outcome.values[kept]
    if outcome.event is not None:
        y = log_rank_scores(y, outcome.event[kept])
    try:
        test = randomisation_test(
            y,
            design.treated[kept],
            stratum=stratum[kept],
            covariates=(design.adjustment if method == "rank" else design.covariates)[kept],
            level=level,
            draws=design.draws,
            rng=rng,
        )
    except NotComputable as error:
        return MethodResult(method=method, estimand=estimand, refused=error.problem), None
    size = None
    if method == "matched" and design.match is not None:
        size = effective_size(design.match.weights(design.treated)[1])
    return MethodResult(
        method=method,
        estimand=estimand,
        effective_size=size,
        estimate=None if censored else test.estimate,
        lower=None if censored else test.lower,
        upper=None if censored else test.upper,
        p_lower=test.p_lower,
        p_higher=test.p_higher,
        floor=test.attainable.floor_two_sided,
        treated=test.attainable.treated,
        untreated=test.attainable.untreated,
        caveats=(*test.caveats, *_test_caveats(design, test, outcome)),
    ), test


def _strata(design: Design, method: str) -> Floats:
    if method == "matched" and design.match is not None:
        return design.match.stratum.astype(np.float64)
    if design.classes is None:
        return np.zeros(design.treated.size)
    return np.unique(np.array(design.classes), return_inverse=True)[1].astype(np.float64)


def _in_both_arms(stratum: Floats, treated: Flags, kept: Flags) -> Flags:
    """Who is kept, without sets in which one arm is empty."""
    out = kept.copy()
    for s in np.unique(stratum[kept]):
        here = kept & (stratum == s)
        if not (here & treated).any() or not (here & ~treated).any():
            out &= ~here
    return out


def _test_caveats(design: Design, test: Randomisation, outcome: Outcome) -> tuple[str, ...]:
    said = []
    if worst(design.balance, "none") > TOLERATED:
        said.append(
            "the test is exact if treatment was as good as random given what is matched and taken "
            "out; with covariates this unequal it is approximate"
        )
        if 0 < test.adjusted <= design.covariates.shape[1]:
            said += _bend_caveats(design, outcome)
    if outcome.event is not None:
        said.append("the test of times is exact only where censoring does not depend on the arm")
    if test.adjusted == 0 and design.covariates.shape[1]:
        said.append("covariates are not taken out of the outcome")
    return tuple(said)


def _bend_caveats(design: Design, outcome: Outcome) -> list[str]:
    here = outcome.there & ~design.treated
    p = None
    if outcome.event is None:
        p = bend_p(outcome.values[here], design.covariates[here])
    if p is None or p >= SUSPECT:
        return []
    return [
        f"the untreated outcome bends in the covariates (p {p:.2g}): taking out a straight line "
        "leaves part of their difference, more so over all subsets than within matched sets"
    ]


def weighted(
    design: Design,
    outcome: Outcome,
    method: str,
    *,
    level: float,
    draws: int,
    seed: np.random.SeedSequence,
) -> MethodResult:
    """`odds`, `overlap`, `entropy` or `aipw`; without an interval below ten treated people."""
    found = design.weights.get("odds" if method == "aipw" else method)
    estimand = "the treated" if found is None or method == "aipw" else found.estimand
    if method in design.refused:
        return MethodResult(method=method, estimand=estimand, refused=design.refused[method])
    here = outcome.there
    a, v, x = design.treated[here], outcome.values[here], design.covariates[here]
    event = None if outcome.event is None else outcome.event[here]
    base = MethodResult(
        method=method,
        estimand=estimand,
        treated=int(a.sum()),
        untreated=int((~a).sum()),
        effective_size=None if found is None else found.effective_size,
        largest_weight=None if found is None else found.largest,
    )
    said = () if found is None else found.caveats
    way = cast("Weighting", method)
    try:
        if int(a.sum()) < FEWEST_TREATED:
            value = weighted_difference(way, v, a, x, event=event, horizon=outcome.horizon)
            few = (
                f"no interval: {counted(int(a.sum()), 'treated person', 'is')} too few to "
                "resample; the "
                "randomisation test carries the inference"
            )
            return replace(base, estimate=value, caveats=(*said, few))
        got = weighted_bootstrap(
            way, v, a, x, event=event, horizon=outcome.horizon, level=level, draws=draws, seed=seed
        )
    except NotComputable as error:
        return MethodResult(method=method, estimand=estimand, refused=error.problem)
    tail = got.p / 2
    return replace(
        base,
        estimate=got.estimate,
        lower=got.lower,
        upper=got.upper,
        p_lower=tail if got.estimate < 0 else 1 - tail,
        p_higher=tail if got.estimate > 0 else 1 - tail,
        caveats=(*said, *got.caveats),
    )


def naive(design: Design, outcome: Outcome, *, level: float) -> MethodResult:
    """Welch's test, or the log-rank test, with nothing taken into account; never primary."""
    here = outcome.there
    a, v = design.treated[here], outcome.values[here]
    base = MethodResult(
        method="naive",
        estimand="nobody in particular",
        treated=int(a.sum()),
        untreated=int((~a).sum()),
        caveats=("not evidence: selection and chance are in this number",),
    )
    if outcome.event is not None:
        return replace(base, refused="times are compared by the other methods only")
    if not a.any() or a.all():
        return replace(base, refused="one arm has no outcome")
    found = welch(v[~a], v[a], level=level)
    if found is None:
        return replace(base, estimate=float(v[a].mean() - v[~a].mean()))
    tail = found.p / 2
    return replace(
        base,
        estimate=found.difference,
        lower=found.lower,
        upper=found.upper,
        p_lower=tail if found.difference < 0 else 1 - tail,
        p_higher=tail if found.difference > 0 else 1 - tail,
    )


def spread_of(results: Sequence[MethodResult]) -> float | None:
    """Largest minus smallest estimate of the adjusted methods; None with fewer than two."""
    values = [r.estimate for r in results if r.estimate is not None and r.method != "naive"]
    return max(values) - min(values) if len(values) > 1 else None
