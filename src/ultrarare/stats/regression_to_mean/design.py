"""Fresh baselines after entry: what the design alone excludes."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.regression_to_mean.entry import Entrant
from ultrarare.stats.regression_to_mean.route import Route, Trial, judged, upper_tail
from ultrarare.words import counted

FEWEST_FRESH: Final = 2
_NEEDS: Final = "two or more visits between entry and dosing, in everyone treated"


def design(trial: Trial) -> Route:
    """Change from the baselines taken after entry, which the entry rule did not choose.

    Raises:
        NotComputable: someone has fewer than two such baselines, or nothing says how visits vary.

    Notes:
        Expected change: drift alone. The visits' variance is that of untreated people; without
        them, the treated people's own about their two means.
    """
    fewest = min(person.fresh.size for person in trial.people)
    if fewest < FEWEST_FRESH:
        raise NotComputable(
            f"someone has {counted(fewest, 'visit')} between entry and dosing, and two are needed"
        )
    variance, df = _within(trial)
    slope = 0.0 if trial.untreated is None else float(trial.untreated.beta[1])
    drift = slope * float(np.mean([_gap(p) for p in trial.people]))
    change = float(np.mean([p.after.mean() - p.fresh.mean() for p in trial.people]))
    n = len(trial.people)
    se = np.sqrt(variance * sum(1 / p.after.size + 1 / p.fresh.size for p in trial.people)) / n
    p = upper_tail((change - drift) / float(se), df)
    half = float(stdtrit(df, 1 - trial.alpha) * se)
    verdict, why = judged(p, trial.alpha)
    return Route(
        name="design",
        verdict=verdict,
        reason=f"the change from the {fewest} or more baselines taken after entry has {why}",
        needs=_NEEDS,
        expected_change=drift,
        p_value=p,
        lower=change - drift - half,
        upper=change - drift + half,
        n=n,
        caveats=("nothing but the entry rule may have chosen when dosing began",),
    )


def _gap(person: Entrant) -> float:
    return float(person.after_time.mean() - person.fresh_time.mean())


def _within(trial: Trial) -> tuple[float, int]:
    """Variance between visits of one person, and its degrees of freedom."""
    if trial.untreated is not None:
        untreated = trial.need_untreated()
        return untreated.within_sd**2, untreated.df
    parts = [part for p in trial.people for part in (p.fresh, p.after)]
    df = sum(part.size - 1 for part in parts)
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in parts)
    if df < 3 or squares == 0:
        raise NotComputable("too few visits to say how much one person's visits vary")
    return squares / df, df
