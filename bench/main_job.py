"""How long the main job takes: k-abe cold, with nothing changed, and `--help`.

    python bench/main_job.py --date 2026-11-22

Each figure is the smallest of some runs of a fresh process, in wall seconds. The budgets are
DESIGN's: 20 s cold, 3 s with nothing changed, 0.3 s for help, on two cores.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ultrarare.app.examples import example_folder

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "docs" / "benchmarks" / "main-job.md"


def seconds(*arguments: str) -> float:
    """Wall time of one command in a process of its own."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "ultrarare", *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--date", required=True)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    case = str(example_folder("kabe"))
    with tempfile.TemporaryDirectory() as root:
        cold = min(
            seconds("assess", case, "--out", f"{root}/cold-{run}") for run in range(asked.runs)
        )
        warm = min(seconds("assess", case, "--out", f"{root}/cold-0") for _ in range(asked.runs))
    help_ = min(seconds("--help") for _ in range(asked.runs))
    rows = [
        ("assess k-abe, cold start to HTML and PDF", cold, 20.0),
        ("assess k-abe, nothing changed", warm, 3.0),
        ("`ultrarare --help`", help_, 0.3),
    ]
    table = "\n".join(f"| {what} | {took:.2f} | {budget:g} |" for what, took, budget in rows)
    text = (
        "# Main job\n\n"
        f"{asked.date}, `make bench` ({asked.runs} runs, the smallest), Python "
        f"{sys.version.split()[0]}, {os.cpu_count()} cores. Wall seconds of a fresh process.\n\n"
        f"| what | seconds | budget |\n|---|--:|--:|\n{table}\n"
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
