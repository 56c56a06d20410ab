"""How often single-case numbers call a change where there is none, and where there is one.

    python validation/single_case.py --runs 2000 --date 2026-11-26

Each run draws a start by lot, then a series of 24 values without effect; the same series with a
step at the start gives the power. The randomisation test stands beside the tests of those who take
the values as independent, and beside the lines with corrected standard errors.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu, ttest_ind

from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.single_case.levels import Change, segments
from ultrarare.stats.single_case.start import start_test

Floats = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs/validation/single-case.md"
ALPHA, TARGET, EFFECT, N, BLOCK, LINES = 0.05, 0.06, 2.0, 24, 100, 4
COLUMNS = (
    "t test", "rank test", "randomisation", "randomisation, NAP", "level, Newey–West",
    "level, AR(1)", "power", "power, NAP", "power, AR(1)",
)  # fmt: skip
EXACT = ("randomisation", "randomisation, NAP")
CHECKED = (*EXACT, "level, Newey–West", "level, AR(1)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row; the noise has sd 1."""

    name: str
    starts: int = 20
    serial: float = 0.0
    trend: float = 0.0  # a value
    heavy: bool = False


SETTINGS = (
    Setting(name="independent"),
    Setting(name="independent, few starts", starts=10),
    Setting(name="AR(1) 0.6", serial=0.6),
    Setting(name="trend of 0.1 a value", trend=0.1),
    Setting(name="t3", heavy=True),
    Setting(name="worst: AR(1) 0.6, trend, t3", serial=0.6, trend=0.1, heavy=True),
)


def series(rng: np.random.Generator, setting: Setting) -> Floats:
    """(N,) values without effect."""
    e = rng.standard_t(3, N) / np.sqrt(3) if setting.heavy else rng.standard_normal(N)
    for i in range(1, N):
        e[i] = setting.serial * e[i - 1] + np.sqrt(1 - setting.serial**2) * e[i]
    return np.asarray(e + setting.trend * np.arange(N))


def one_run(rng: np.random.Generator, setting: Setting, *, lines: bool) -> list[float]:
    """One row of `COLUMNS`."""
    time = np.arange(N, dtype=np.float64)
    starts = np.arange(setting.starts) + float((N - setting.starts) // 2)
    start = float(rng.choice(starts))
    first = int(start)
    y = series(rng, setting)
    stepped = y + EFFECT * (time >= start)

    def drawn(values: Floats, statistic: str) -> float:
        found = start_test(
            time,
            values,
            start,
            starts,
            direction="higher",
            statistic=statistic,  # type: ignore[arg-type]
        )
        return float(found.p_value <= ALPHA)

    newey, serial, power = np.nan, np.nan, np.nan
    if lines and 2 <= first <= N - 2:
        found = segments(time, y, first)
        newey, serial = _outside(found.level), _outside(found.level_serial)
        power = _outside(segments(time, stepped, first).level_serial)
    return [
        float(ttest_ind(y[first:], y[:first], equal_var=False).pvalue <= ALPHA),
        float(mannwhitneyu(y[first:], y[:first]).pvalue <= ALPHA),
        drawn(y, "mean"),
        drawn(y, "nap"),
        newey,
        serial,
        drawn(stepped, "mean"),
        drawn(stepped, "nap"),
        power,
    ]


def _outside(change: Change | None) -> float:
    """Whether the interval excludes 0; nan without one."""
    if change is None or change.lower is None or change.upper is None:
        return np.nan
    return float(change.lower > 0 or change.upper < 0)


def one_block(task: tuple[int, np.random.SeedSequence], *, setting: Setting) -> Floats:
    """(runs, columns)."""
    runs, seed = task
    rng = np.random.default_rng(seed)
    return np.array([one_run(rng, setting, lines=i % LINES == 0) for i in range(runs)])


_ABOUT = """\
Each run draws the start of treatment by lot from so many of 24 times, and a series without effect.
*t test* and *rank test*: Welch and Mann–Whitney on the two phases, two-sided {alpha:g}, the naive
analysis. *Randomisation*: one-sided p of the drawn start at most {alpha:g}, by means and by NAP;
with n starts the smallest p is 1/n, so with 10 it never rejects. *Level*: the 95 % interval of the
change of level excludes 0; one minus it is the coverage (every fourth run). *Power*: with a step of
{effect:g} sd. Bold: a randomisation test above {alpha:g}, or an interval above {target:g}, by more
than two Monte Carlo standard errors. A script writes this page; do not edit it."""


def page(table: list[tuple[Setting, Floats]], command: str) -> str:
    """The Markdown page."""
    head = ("setting", "starts", "floor", *COLUMNS, "se")
    lines = ["| " + " | ".join(head) + " |", "|:--|" + "--:|" * (len(head) - 1)]
    above: list[str] = []
    for setting, found in table:
        cells = [setting.name, str(setting.starts), f"{1 / setting.starts:.3f}"]
        for i, name in enumerate(COLUMNS):
            own = found[:, i][~np.isnan(found[:, i])]
            rate = float(own.mean())
            se = float(np.sqrt(rate * (1 - rate) / own.size))
            limit = ALPHA if name in EXACT else TARGET
            text = f"{rate:.3f}"
            if name in CHECKED and rate > limit + 2 * se:
                text = f"**{text}**"
                above.append(f"- {setting.name}: {name} {rate:.3f}")
            cells.append(text)
        cells.append(f"{np.sqrt(ALPHA * (1 - ALPHA) / len(found)):.3f}")
        lines.append("| " + " | ".join(cells) + " |")
    about = _ABOUT.format(alpha=ALPHA, effect=EFFECT, target=TARGET)
    listed = "\n".join(above) if above else "None."
    parts = ("# Error rates of single-case numbers", f"{about}\n{command}", "\n".join(lines),
             "## Cells above target", listed)  # fmt: skip
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    given = parser.parse_args()
    table = []
    with ProcessPoolExecutor(given.workers) as pool:
        for index, setting in enumerate(SETTINGS):
            found = in_blocks(
                partial(one_block, setting=setting),
                given.runs,
                seed=np.random.SeedSequence([given.seed, index]),
                size=BLOCK,
                mapping=pool.map,
            )
            table.append((setting, np.concatenate(found)))
    command = (
        f"Command: `python validation/single_case.py --runs {given.runs} --seed {given.seed}`, "
        f"{given.date}."
    )
    PAGE.write_text(page(table, command), encoding="utf-8")


if __name__ == "__main__":
    main()
