"""Seconds of global tests and prioritised pairs over several endpoints; gates nothing.

python bench/endpoints.py --date 2026-11-27
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from cpu import seconds

from ultrarare.stats.endpoints.global_tests import obrien, wei_lachin
from ultrarare.stats.endpoints.outcomes import Outcomes, Rule, make_outcomes
from ultrarare.stats.endpoints.win import win_statistics

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "endpoints.md"
TREATED, DRAWS = 20, 9_999
SIZES = (200, 1_000, 5_000)


def once(method: Callable[..., object], outcomes: Outcomes) -> object:
    """One run with its own generator."""
    return method(outcomes, draws=DRAWS, rng=np.random.default_rng(2))


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True)
    date = parser.parse_args().date
    rules = [Rule(name=name, improves="higher", margin=0.2) for name in "abc"]
    lines = [
        "# Several endpoints",
        "",
        f"{date}, `make bench`, Python {platform.python_version()}, one core. CPU seconds; "
        f"{TREATED} treated people, three endpoints, {DRAWS:,} choices of the treated drawn.",
        "",
        "| untreated people | pairs | win statistics | O'Brien | Wei–Lachin |",
        "|--:|--:|--:|--:|--:|",
    ]
    for size in SIZES:
        rng = np.random.default_rng(1)
        treated = np.arange(TREATED + size) < TREATED
        o = make_outcomes(rng.normal(size=(TREATED + size, 3)), treated, rules)
        took = [
            seconds(partial(once, method, o)) for method in (win_statistics, obrien, wei_lachin)
        ]
        cells = " | ".join(f"{s:.3f}" for s in took)
        lines.append(f"| {size:,} | {TREATED * size:,} | {cells} |")
    PAGE.write_text("\n".join((*lines, "")), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
