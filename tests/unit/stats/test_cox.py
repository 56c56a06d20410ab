"""Cox regression: what it refuses, what it says beside the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.cox import fit_cox

TIME = [1, 2, 3, 4, 5, 6, 7, 8]
ALL = [1] * 8
EARLY = [1, 1, 1, 1, 0, 0, 0, 0]  # those with 1 all have the event before the others
MIXED = [1, 0, 1, 0, 0, 1, 1, 0]


def test_separation_is_not_computable_and_says_the_way_out() -> None:
    with pytest.raises(NotComputable, match="no finite maximum") as caught:
        fit_cox(TIME, ALL, EARLY)

    assert "--firth" in caught.value.remedy


def test_firths_penalty_gives_a_finite_coefficient_under_separation() -> None:
    model = fit_cox(TIME, ALL, EARLY, firth=True)

    assert 0 < model.coefficient[0] < 10
    lower, _upper = model.interval()
    assert lower[0] > 0
    assert 0 < model.p_values()[0] < 0.05
    assert model.to_rows()[0]["upper"] is None or model.to_rows()[0]["upper"] > 1


def test_no_event_in_one_group_is_separation() -> None:
    with pytest.raises(NotComputable, match="no finite maximum"):
        fit_cox(TIME, [1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1])


def test_no_event_at_all_is_not_computable() -> None:
    with pytest.raises(NotComputable, match="no event"):
        fit_cox(TIME, [0] * 8, MIXED)


def test_a_covariate_that_is_the_same_in_all_is_named() -> None:
    with pytest.raises(NotComputable, match="covariate age is the same"):
        fit_cox(TIME, ALL, np.column_stack((MIXED, [2] * 8)), names=["sex", "age"])


def test_covariates_that_are_sums_of_each_other_are_refused() -> None:
    with pytest.raises(NotComputable, match="sum of the others"):
        fit_cox(TIME, ALL, np.column_stack((MIXED, MIXED)))


def test_a_covariate_that_is_constant_within_each_stratum_is_refused() -> None:
    with pytest.raises(NotComputable, match="does not vary among those at risk"):
        fit_cox(TIME, ALL, MIXED, strata=MIXED)


def test_an_entry_at_the_end_is_an_error_with_its_row() -> None:
    with pytest.raises(InputError) as caught:
        fit_cox(TIME, ALL, MIXED, entry=[0, 0, 3, 0, 0, 0, 0, 0])

    assert caught.value.where == "entry[2]"


def test_a_missing_covariate_is_an_error() -> None:
    with pytest.raises(InputError, match="finite"):
        fit_cox(TIME, ALL, [1, float("nan"), 0, 1, 0, 1, 0, 1])


def test_lengths_and_names_must_fit() -> None:
    with pytest.raises(InputError, match="lengths"):
        fit_cox(TIME, ALL, MIXED[:5])
    with pytest.raises(InputError, match="names"):
        fit_cox(TIME, ALL, MIXED, names=["a", "b"])


def test_few_events_and_few_clusters_are_said() -> None:
    model = fit_cox(TIME, ALL, MIXED, cluster=[1, 1, 2, 2, 3, 3, 4, 4])

    assert any("8 events" in caveat for caveat in model.caveats)
    assert any("4 clusters" in caveat for caveat in model.caveats)


def test_the_score_test_of_one_indicator_is_the_log_rank_test() -> None:
    # without ties: U² / V of the log-rank test, written out
    observed = expected = variance = 0.0
    group = np.array(MIXED)
    for t in TIME:
        at_risk = np.array(TIME) >= t
        share = group[at_risk].mean()
        observed += group[t - 1]
        expected += share
        variance += share * (1 - share)

    model = fit_cox(TIME, ALL, MIXED)

    assert model.score_statistic == pytest.approx((observed - expected) ** 2 / variance)


def test_zero_weight_takes_a_row_out() -> None:
    kept = fit_cox(TIME[:7], ALL[:7], MIXED[:7])
    weighted = fit_cox(TIME, ALL, MIXED, weights=[1] * 7 + [0])

    assert weighted.coefficient == pytest.approx(kept.coefficient)
    assert weighted.events == 7


def test_the_hazard_of_an_offset_is_at_offset_zero() -> None:
    plain = fit_cox(TIME, ALL, MIXED)
    moved = fit_cox(TIME, ALL, MIXED, offset=[np.log(2)] * 8)

    assert moved.cumulative_hazard([0], 8) == pytest.approx(plain.cumulative_hazard([0], 8) / 2)
