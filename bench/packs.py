"""Judging cases by every pack: seconds a case, after its analyses. Writes docs/benchmarks/packs.md.

python bench/packs.py --date 2026-11-27
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ultrarare.app.analyse import analyse
from ultrarare.app.examples import example_folder
from ultrarare.case.finding import Finding
from ultrarare.case.folder import CaseFolder, read_case
from ultrarare.guidance.engine import assess_pack
from ultrarare.guidance.pack import packs

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "packs.md"
CASES = ("kabe", "progressive", "episodic", "no-benefit")
MANY = 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--date", required=True)
    date = parser.parse_args().date
    begun = time.process_time()
    rows = sum(len(pack.requirements) for pack in packs().values())
    loading = time.process_time() - begun
    lines = [
        f"| {name} | {len(found)} | {judged(folder, found):.2f} |"
        for name, folder, found in cases()
    ]
    folder, found = next((f, some) for name, f, some in cases() if name == "progressive")
    begun = time.process_time()
    for _ in range(MANY // 10):
        judged(folder, found)
    many = 10 * (time.process_time() - begun)
    PAGE.write_text(
        f"""# Judging by every pack

{date}, `python bench/packs.py --date {date}`, one core.
{len(packs())} packs with {rows} rows.
Reading and checking them once, every example run: {loading:.2f} s.
CPU seconds to judge a case by all of them, its analyses done:

| case | findings | s |
|---|--:|--:|
{chr(10).join(lines)}

{MANY:,} cases like *progressive*: {many:.0f} s (ten times a tenth of them; budget 60 s).
""",
        "utf-8",
    )
    print(PAGE.read_text("utf-8"))


def cases() -> Iterator[tuple[str, CaseFolder, Sequence[Finding]]]:
    for name in CASES:
        folder = read_case(example_folder(name))
        yield name, folder, analyse(folder).findings


def judged(folder: CaseFolder, found: Sequence[Finding]) -> float:
    begun = time.process_time()
    for pack in packs().values():
        assess_pack(pack, found, phase=folder.case.phase, modality=folder.case.product.modality)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
