"""Can regression to the mean explain a change after entry on bad values? Five routes, one verdict.

Inside the package values are turned so that higher is better and people enter at low values;
`judge_regression` turns them, and turns the answers back.
"""

from __future__ import annotations

from ultrarare.stats.regression_to_mean.entry import Entrant, EntryRule, entrant
from ultrarare.stats.regression_to_mean.route import Route, Verdict
from ultrarare.stats.regression_to_mean.untreated import (
    Untreated,
    untreated_from_summary,
    untreated_from_visits,
)
from ultrarare.stats.regression_to_mean.verdict import RegressionJudgement, judge_regression

__all__ = [
    "Entrant",
    "EntryRule",
    "RegressionJudgement",
    "Route",
    "Untreated",
    "Verdict",
    "entrant",
    "judge_regression",
    "untreated_from_summary",
    "untreated_from_visits",
]
