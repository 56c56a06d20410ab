"""Seconds of the state processes of episodes, beside R's msm in the same run; gates nothing.

python bench/episodes.py --date 2026-11-26
"""

from __future__ import annotations

import argparse
import csv
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from cpu import seconds

from ultrarare.stats.remission import EntryRule
from ultrarare.stats.remission_comparison import compare_episodes
from ultrarare.stats.remission_layers import describe_untreated
from ultrarare.stats.states import fit_states
from ultrarare.stats.states_panel import fit_panel
from ultrarare.stats.states_records import Observed, observed

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "episodes.md"
PEOPLE, VISITS, YEARS = 200, 20, 5.0

_R = """
suppressMessages(library(msm))
d <- read.csv("{path}")
q <- rbind(c(0, 1), c(1, 0))
once <- function() msm(state ~ time, subject = person, data = d, qmatrix = q, gen.inits = TRUE)
once()
t0 <- proc.time()
for (i in 1:3) found <- once()
used <- (proc.time() - t0)[1:2]
cat(sum(used) / 3, -found$minus2loglik / 2, as.character(packageVersion("msm")), "\\n")
"""


def path_of_states(rng: np.random.Generator, until: float) -> tuple[list[float], list[int]]:
    """Times of changes and the state from then on; stays of a year in both."""
    now, state = 0.0, int(rng.integers(2))
    times, states = [0.0], [state]
    while True:
        now += rng.exponential(1.0)
        if now >= until:
            return times, states
        state = 1 - state
        times.append(now)
        states.append(state)


def person(rng: np.random.Generator, until: float) -> Observed:
    """Episodes at 0.3 and 8 a year."""
    times, states = path_of_states(rng, until)
    edges = [*times, until]
    seen = [
        rng.uniform(low, high, rng.poisson((0.3, 8.0)[state] * (high - low)))
        for low, high, state in zip(edges, edges[1:], states, strict=False)
    ]
    return observed([(0.0, until)], np.concatenate(seen))


def panel(rng: np.random.Generator) -> list[tuple[int, float, int]]:
    """State, 1 or 2, of 200 people at 20 visits."""
    rows = []
    for who in range(PEOPLE):
        times, states = path_of_states(rng, YEARS)
        for when in np.sort(rng.uniform(0.0, YEARS, VISITS)):
            at = int(np.searchsorted(times, when, side="right")) - 1
            rows.append((who, float(when), states[at] + 1))
    return rows


def in_r(rows: list[tuple[int, float, int]]) -> tuple[float, float, str] | None:
    """CPU seconds of one fit in R, its log-likelihood and version; None without R."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([("person", "time", "state"), *rows])
        done = subprocess.run(
            ["Rscript", "-e", _R.format(path=path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
    used, loglik, version = done.stdout.split()[-3:]
    return float(used), float(loglik), version


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True)
    date = parser.parse_args().date
    rng = np.random.default_rng(1)
    people = [person(rng, YEARS) for _ in range(PEOPLE)]
    rows = panel(rng)
    who, when, state = (np.array(column) for column in zip(*rows, strict=True))
    own = person(rng, 4.0)
    rule = EntryRule(at_least=3, window=1.0)
    untreated = describe_untreated(people, follow_up=2.0, rule=rule)
    fit = seconds(lambda: fit_states(people))
    three = seconds(lambda: fit_states(people, states=3))
    mixed = seconds(lambda: fit_states(people, heterogeneity=True))
    predict = seconds(
        lambda: compare_episodes(untreated, own.until(2.0), own.after(2.0), dosed_at=2.0)
    )
    ours = seconds(lambda: fit_panel(who, when, state))
    beside = in_r(rows)
    lines = [
        "# Episodes and states",
        "",
        f"{date}, `make bench`, Python {platform.python_version()}, one core. CPU seconds; "
        f"{PEOPLE} people, {YEARS:g} years each, states with 0.3 and 8 episodes a year and stays "
        "of a year.",
        "",
        "| what | seconds |",
        "|---|--:|",
        f"| two states from dated episodes, with the points of the posterior | {fit:.2f} |",
        f"| three states | {three:.2f} |",
        f"| two states, rates differ between people | {mixed:.2f} |",
        f"| one patient under all three accounts, cohort fitted | {predict:.3f} |",
        "",
        f"Two states from a panel of {len(rows)} visits, both fits by maximum likelihood:",
        "",
        "| | seconds | log-likelihood |",
        "|---|--:|--:|",
        f"| `fit_panel` | {ours:.3f} | {fit_panel(who, when, state).loglik:.4f} |",
    ]
    if beside is not None:
        times = beside[0] / ours
        lines.append(f"| msm {beside[2]} | {beside[0]:.3f} ({times:.1f} times) | {beside[1]:.4f} |")
    PAGE.write_text("\n".join((*lines, "")), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
