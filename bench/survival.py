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
from pathlib import Path

import numpy as np
import pandas as pd
from cpu import seconds
from lifelines import CoxPHFitter, KaplanMeierFitter

from ultrarare.stats.competing import cumulative_incidence
from ultrarare.stats.cox import fit_cox
from ultrarare.stats.survival import kaplan_meier
from ultrarare.stats.survival_of_few import survival_of_few
from ultrarare.stats.untreated_hazard import hazard_of_people

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "survival.md"
SIZES = (5_000, 50_000)

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


def in_r(frame: pd.DataFrame) -> tuple[float, float, float, float, str] | None:
    """CPU seconds of both fits in R, the coefficients and the version; None without R."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        frame.to_csv(path, index=False, float_format="%.17g")
        done = subprocess.run(
            ["Rscript", "-e", _R.format(path=path)],
            capture_output=True, text=True, check=True, timeout=600,
        )  # fmt: skip
    km, cox, first, second, version = done.stdout.split()[-5:]
    return float(km), float(cox), float(first), float(second), version


def in_lifelines(frame: pd.DataFrame) -> tuple[float, float]:
    """CPU seconds of both fits in lifelines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        km = seconds(
            lambda: KaplanMeierFitter().fit(frame["time"], frame["event"], entry=frame["entry"])
        )
        cox = seconds(lambda: CoxPHFitter().fit(frame, "time", "event", entry_col="entry"))
    return km, cox


def rows(n: int) -> list[str]:
    """Both estimates for n people, ours and theirs."""
    frame = people(n)
    time_, event, entry = (frame[name].to_numpy() for name in ("time", "event", "entry"))
    x = frame[["a", "b"]].to_numpy(dtype=np.float64)
    km = seconds(lambda: kaplan_meier(time_, event, entry=entry))
    cox = seconds(lambda: fit_cox(time_, event, x, entry=entry))
    beside, other = in_r(frame), in_lifelines(frame)
    out = []
    for name, own, r, theirs in (
        ("Kaplan–Meier, late entry", km, beside[0] if beside else None, other[0]),
        ("Cox, two covariates, Efron, late entry", cox, beside[1] if beside else None, other[1]),
    ):
        in_r_text = "not here" if r is None else f"{r:.4f} ({r / own:.1f} times)"
        out.append(f"| {name} | {n:,} | {own:.4f} | {in_r_text} | {theirs:.3f} "
                   f"({theirs / own:.0f} times) |")  # fmt: skip
    if beside is not None:
        ours = fit_cox(time_, event, x, entry=entry).coefficient
        gap = float(np.abs(ours - np.array(beside[2:4])).max())
        out.append(
            f"| largest difference of coefficients from R {beside[4]} | {n:,} | {gap:.0e} | | |"
        )
    cause = np.where(frame["b"] == 1, "one", "other")
    used = seconds(lambda: cumulative_incidence(time_, event, cause, entry=entry))
    out.append(f"| cumulative incidence of two causes, with variance | {n:,} | {used:.4f} | | |")
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
        "best of three; R and lifelines in the same run, in brackets how many times ours.",
        "",
        "| what | people | ours | R survival | lifelines |",
        "|---|--:|--:|--:|--:|",
        *table,
    ]
    PAGE.write_text("\n".join((*lines, "")), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
