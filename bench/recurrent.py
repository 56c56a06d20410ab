"""CPU milliseconds of recurrent-event models beside R and lifelines in one run; gates nothing.

python bench/recurrent.py --date 2026-11-26
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from cpu import seconds
from lifelines import CoxTimeVaryingFitter

from ultrarare.effect.recurrent_records import two_groups
from ultrarare.history.cohort import read_episodes
from ultrarare.history.records import EpisodeRecord
from ultrarare.stats.recurrent.compare import compare_recurrent
from ultrarare.stats.recurrent.counts import NegativeBinomialRates, fit_negative_binomial
from ultrarare.stats.recurrent.cox import Intensity, fit_intensity
from ultrarare.stats.recurrent.frailty import GammaFrailty, fit_gamma_frailty
from ultrarare.stats.recurrent.record import Records, records, rows_at_risk

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks" / "recurrent.md"
TRIAL = ROOT / "tests" / "reference"
BUDGET = 0.050
TIMES = 10

_R = """
suppressMessages({{library(survival); library(MASS)}})
d <- read.csv("{path}")
used <- function(work) {{
  work()
  best <- Inf
  for (i in 1:{blocks}) {{
    t0 <- proc.time(); for (j in 1:{times}) work()
    best <- min(best, sum((proc.time() - t0)[1:2]) / {times})
  }}
  best
}}
n <- as.vector(tapply(d$status, d$id, sum))
time <- as.vector(tapply(d$stop - d$start, d$id, sum))
arm <- as.vector(tapply(d$x, d$id, max))
ag <- used(function() a <<- coxph(Surv(start, stop, status) ~ x, d, cluster = id))
fr <- used(function() f <<- coxph(Surv(start, stop, status) ~ x +
  frailty(id, distribution = "gamma"), d))
nb <- used(function() b <<- suppressWarnings(glm.nb(n ~ arm + offset(log(time)))))
cat(ag, fr, nb, coef(a)[1], coef(f)[1], coef(b)[2],
  as.character(packageVersion("survival")), as.character(packageVersion("MASS")), "\\n")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InR:
    """CPU seconds and log rate ratios of the three models, by name."""

    seconds: dict[str, float]
    ratios: dict[str, float]
    versions: str


MODELS = ("Andersen–Gill", "gamma frailty", "negative binomial")


def trial() -> Records:
    """The trial of gamma interferon in chronic granulomatous disease, as R ships it."""
    people = read_episodes(
        TRIAL / "cgd_events.csv",
        TRIAL / "cgd_follow_up.csv",
        events_name="events",
        follow_up_name="follow-up",
    )

    def of(group: str) -> list[EpisodeRecord]:
        return [person for person in people if person.group == group]

    return two_groups(of("gamma"), of("placebo")).records


def made(n: int) -> Records:
    """Half of n people treated, gamma rates of variance 1, followed three years in days."""
    rng = np.random.default_rng(n)
    treated = np.arange(n) < n // 2
    rate = rng.gamma(1.0, 1.0, n) * np.where(treated, 0.5, 1.0)
    stop = np.round(rng.uniform(700, 1100, n))
    who = np.repeat(np.arange(n), rng.poisson(rate * stop / 500))
    seen = np.unique(
        np.column_stack([who, np.ceil(rng.uniform(0, 1, who.size) * stop[who])]), axis=0
    )
    return records(
        np.arange(n), np.zeros(n), stop, seen[:, 0].astype(int), seen[:, 1], treated=treated
    )


def frame(found: Records) -> pd.DataFrame:
    """Rows at risk as other packages take them."""
    rows = rows_at_risk(found)
    return pd.DataFrame(
        {
            "id": rows.person, "start": rows.start, "stop": rows.stop,
            "status": rows.event.astype(int), "x": found.treated[rows.person].astype(int),
        }
    )  # fmt: skip


def in_r(data: pd.DataFrame, *, times: int) -> InR | None:
    """The three models in R; None without it."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        data.to_csv(path, index=False, float_format="%.17g")
        done = subprocess.run(
            ["Rscript", "-e", _R.format(path=path, times=times, blocks=3 if times > 1 else 1)],
            capture_output=True, text=True, check=True, timeout=900,
        )  # fmt: skip
    *numbers, survival, mass = done.stdout.split()[-8:]
    values = [float(number) for number in numbers]
    return InR(
        seconds=dict(zip(MODELS, values[:3], strict=True)),
        ratios=dict(zip(MODELS, values[3:], strict=True)),
        versions=f"survival {survival}, MASS {mass}",
    )


def in_lifelines(data: pd.DataFrame) -> float:
    """CPU seconds of Andersen and Gill's model; the other two are not there."""

    def fit() -> object:
        return CoxTimeVaryingFitter().fit(
            data, id_col="id", event_col="status", start_col="start", stop_col="stop"
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return seconds(fit, 1)


def beside(theirs: float | None, own: float) -> str:
    """Milliseconds of another package, with how many times ours."""
    return "" if theirs is None else f"{1000 * theirs:.1f} ({theirs / own:.1f} times)"


def rows(found: Records, name: str, *, times: int) -> tuple[list[str], float, float, str]:
    """A row a model; the sum of the three, the largest difference from R, and its versions."""
    own: dict[str, Callable[[], Intensity | GammaFrailty | NegativeBinomialRates]] = {
        "Andersen–Gill": lambda: fit_intensity(found, "andersen-gill", jackknifed=False),
        "gamma frailty": lambda: fit_gamma_frailty(found),
        "negative binomial": lambda: fit_negative_binomial(
            found.counts, found.person_time, found.treated
        ),
    }
    taken = {model: seconds(work, 5) for model, work in own.items()}
    data = frame(found)
    r, other = in_r(data, times=times), in_lifelines(data)
    gap = 0.0
    out = []
    for model, work in own.items():
        value = work().log_rate_ratio
        if r is not None and value is not None:
            gap = max(gap, abs(value - r.ratios[model]))
        out.append(
            f"| {model} | {name} | {1000 * taken[model]:.2f} "
            f"| {beside(None if r is None else r.seconds[model], taken[model])} "
            f"| {beside(other if model == 'Andersen–Gill' else None, taken[model])} |"
        )
    return out, sum(taken.values()), gap, "" if r is None else r.versions


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True)
    date = parser.parse_args().date
    small, large = trial(), made(1000)
    name = f"trial, {small.n_people} people, {small.event_time.size} events"
    table, total, gap, versions = rows(small, name, times=TIMES)
    jackknifed = seconds(lambda: fit_intensity(small, "andersen-gill"))
    everything = seconds(lambda: compare_recurrent(small))
    more, _, far, _ = rows(
        large, f"made, {large.n_people:,} people, {large.event_time.size:,} events", times=1
    )
    within = "within" if total <= BUDGET else "over"
    lines = [
        "# Recurrent events",
        "",
        f"{date}, `make bench`, Python {platform.python_version()}, one core. CPU milliseconds, "
        "the best of some, compiled beforehand; R"
        f"{f' ({versions})' if versions else ' is not here'} and lifelines in the same run, in "
        "brackets how many times ours. The trial is `cgd` of R's survival package; lifelines has "
        "neither frailty nor counts.",
        "",
        "| model | data | ours | R | lifelines |",
        "|---|---|--:|--:|--:|",
        *table,
        *more,
        f"| Andersen–Gill with the jackknife over people | {name} | {1000 * jackknifed:.2f} | | |",
        f"| all six models, both curves with bands, relabelling | {name} "
        f"| {1000 * everything:.0f} | | |",
        "",
        f"The first three together take {1000 * total:.1f} ms on the trial, {within} the "
        f"{1000 * BUDGET:.0f} ms that were set for them. Largest difference of a log rate ratio "
        f"from R at its default tolerances: {gap:.0e} on the trial, {far:.0e} on the made people.",
    ]
    PAGE.write_text("\n".join((*lines, "")), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
