"""Seconds of survival estimates, beside R and lifelines in the same run; gates nothing.

python bench/survival.py --date 2026-11-26
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from cpu import seconds
from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter

from ultrarare.stats.competing import cumulative_incidence
from ultrarare.stats.cox import fit_cox
from ultrarare.stats.survival import kaplan_meier
from ultrarare.stats.survival_of_few import survival_of_few
from ultrarare.stats.untreated_hazard import hazard_of_people

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "survival.md"
SIZES = (5_000, 50_000)
AT = 4

_R = """
suppressMessages(library(survival))
d <- read.csv("{path}")
used <- function(work) {{
  work()
  best <- Inf
  for (i in 1:3) {{
    t0 <- proc.time(); work(); best <- min(best, sum((proc.time() - t0)[1:2]))
  }}
  best
}}
cat(
  used(function() survfit(Surv(entry, time, event) ~ 1, data = d, conf.type = "log-log")),
  used(function() fit <<- coxph(Surv(entry, time, event) ~ a + b, data = d)),
  coef(fit), as.character(packageVersion("survival")), "\\n"
)
d$cause <- factor(ifelse(d$event == 0, 0, 2 - d$b), 0:2, c("none", "one", "other"))
aj <- NULL
took <- used(function() aj <<- survfit(Surv(entry, time, cause) ~ 1, data = d, id = 1:nrow(d)))
at <- summary(aj, times = {at})
cat(took, at$pstate[1, 2], at$std.err[1, 2], "\\n")
"""


def people(n: int) -> pd.DataFrame:
    """Late entry, ties, two covariates."""
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=n), rng.integers(0, 2, n)
    entry = np.round(rng.uniform(0, 3, n), 2)
    end = entry + rng.exponential(6 * np.exp(-0.5 * a + 0.3 * b))
    stop = entry + rng.uniform(1, 10, n)
    frame = {"entry": entry, "time": np.round(np.minimum(end, stop) + 0.01, 2)}
    return pd.DataFrame({**frame, "event": (end <= stop).astype(int), "a": a, "b": b})


@dataclass(frozen=True, slots=True, kw_only=True)
class InR:
    """CPU seconds and numbers of R's survival."""

    km: float
    cox: float
    coefficients: tuple[float, float]
    version: str
    causes: tuple[float, float, float]  # CPU seconds; incidence and its error at `AT`


def in_r(frame: pd.DataFrame) -> InR | None:
    """Every fit in R; None without it."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        frame.to_csv(path, index=False, float_format="%.17g")
        code = _R.format(path=path, at=AT)
        done = subprocess.run(
            ["Rscript", "-e", code], capture_output=True, text=True, check=True, timeout=900
        )
    first, *rest = done.stdout.strip().splitlines()
    km, cox, a, b, version = first.split()
    used, share, error = (float(number) for number in rest[0].split())
    return InR(
        km=float(km),
        cox=float(cox),
        coefficients=(float(a), float(b)),
        version=version,
        causes=(used, share, error),
    )


def in_lifelines(frame: pd.DataFrame) -> tuple[float, float]:
    """CPU seconds of Kaplan–Meier and Cox in lifelines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        km = seconds(
            lambda: KaplanMeierFitter().fit(frame["time"], frame["event"], entry=frame["entry"])
        )
        cox = seconds(lambda: CoxPHFitter().fit(frame, "time", "event", entry_col="entry"))
    return km, cox


def causes_in_lifelines(frame: pd.DataFrame) -> float:
    """CPU seconds of one cause's incidence with variance in lifelines, ties moved apart."""
    cause = np.where(frame["event"] == 1, 2 - frame["b"], 0)

    def fit() -> object:
        return AalenJohansenFitter(seed=1).fit(
            frame["time"], cause, event_of_interest=1, entry=frame["entry"]
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return seconds(fit, 1)


def row(name: str, n: int, own: float, r: float | None, theirs: float | None) -> str:
    """One line of the table, with how many times ours the others take."""
    in_r_text = "" if r is None else f"{r:.4f} ({r / own:.1f} times)"
    other = "" if theirs is None else f"{theirs:.3f} ({theirs / own:.0f} times)"
    return f"| {name} | {n:,} | {own:.4f} | {in_r_text} | {other} |"


def rows(n: int) -> list[str]:
    """Every estimate for n people, ours and theirs."""
    frame = people(n)
    time_, event, entry = (frame[name].to_numpy() for name in ("time", "event", "entry"))
    x = frame[["a", "b"]].to_numpy(dtype=np.float64)
    km = seconds(lambda: kaplan_meier(time_, event, entry=entry))
    cox = seconds(lambda: fit_cox(time_, event, x, entry=entry))
    r, other = in_r(frame), in_lifelines(frame)
    out = [
        row("Kaplan–Meier, late entry", n, km, None if r is None else r.km, other[0]),
        row(
            "Cox, two covariates, Efron, late entry", n, cox, None if r is None else r.cox, other[1]
        ),
    ]
    if r is not None:
        ours = fit_cox(time_, event, x, entry=entry).coefficient
        gap = float(np.abs(ours - np.array(r.coefficients)).max())
        out.append(
            f"| largest difference of coefficients from R {r.version} | {n:,} | {gap:.0e} | | |"
        )
    cause = np.where(frame["b"] == 1, "one", "other")
    used = seconds(lambda: cumulative_incidence(time_, event, cause, entry=entry))
    in_r_causes = None if r is None else r.causes
    out.append(
        row(
            "Aalen–Johansen, two causes, late entry, with variance",
            n,
            used,
            None if in_r_causes is None else in_r_causes[0],
            causes_in_lifelines(frame),
        )
    )
    if in_r_causes is not None:
        found = cumulative_incidence(time_, event, cause, entry=entry)
        place = found.causes.index("one")
        at = int(np.searchsorted(found.time, AT, side="right")) - 1
        gap = max(
            abs(float(found.incidence[at, place]) - in_r_causes[1]),
            abs(float(found.std_error[at, place]) - in_r_causes[2]),
        )
        out.append(
            f"| difference of incidence and its error at {AT} from R | {n:,} | {gap:.0e} | | |"
        )
    return out


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True)
    date = parser.parse_args().date
    table = [row for n in SIZES for row in rows(n)]
    frame = people(200)
    hazard = hazard_of_people(frame["time"], frame["event"], entry=frame["entry"])
    for n in (1, 6, 10):
        used = seconds(
            lambda n=n: survival_of_few(hazard, np.zeros(n), np.full(n, 6.0), np.zeros(n))  # type: ignore[misc]
        )
        table.append(f"| {n} treated against 200, exact | 200 | {used:.4f} | | |")
    lines = [
        "# Survival",
        "",
        f"{date}, `make bench`, Python {platform.python_version()}, one core. CPU seconds, the "
        "best of three; R and lifelines in the same run, in brackets how many times ours. "
        "lifelines gives one cause at a time and moves ties apart.",
        "",
        "| what | people | ours | R survival | lifelines |",
        "|---|--:|--:|--:|--:|",
        *table,
    ]
    PAGE.write_text("\n".join((*lines, "")), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
