"""Reads per CPU second through the compiled amplicon engine, beside reading alone and a plain loop.

python bench/editing.py --date 2026-11-27
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import dnaio
import edlib
import numpy as np

from ultrarare.app.editing.options import Reads, SampleOptions
from ultrarare.app.editing.quantify import quantify_sample
from ultrarare.molecule.simulate import gzipped

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "editing.md"
GUIDE: Final = "GCTACACAAGCATTACATCG"
LENGTH: Final = 250
PLAIN_MOST: Final = 20_000
COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")


def amplicon() -> str:
    """250 bases with the guide near the middle."""
    bases = "".join(np.random.default_rng(5).choice(list("ACGT"), LENGTH))
    return bases[:108] + GUIDE + "TGG" + bases[131:]


def molecules(sequence: str) -> list[tuple[bytes, float]]:
    """Half unedited, base edits, and one read in twenty with a gap."""
    one = sequence[:113] + "G" + sequence[114:]
    two = one[:115] + "G" + one[116:]
    lost = sequence[:122] + sequence[129:]
    gained = sequence[:125] + "TTG" + sequence[125:]
    return [
        (text.encode(), share)
        for text, share in (
            (sequence, 0.5),
            (one, 0.3),
            (two, 0.15),
            (lost, 0.025),
            (gained, 0.025),
        )
    ]


def write_reads(folder: Path, reads: int, rate: float, *, paired: bool) -> Reads:
    """Gzipped FASTQ in members of 100,000 reads; the same bytes each time."""
    rng = np.random.default_rng(3)
    made = molecules(amplicon())
    texts = [np.frombuffer(text, dtype=np.uint8) for text, _ in made]
    paths = [folder / f"{reads}-{rate}-{paired}-{mate}.fastq.gz" for mate in range(1 + paired)]
    with tempfile.TemporaryDirectory():
        handles = [path.open("wb") for path in paths]
        for first in range(0, reads, 100_000):
            parts: list[list[bytes]] = [[] for _ in handles]
            for number in range(first, min(first + 100_000, reads)):
                text = texts[int(rng.choice(len(made), p=[share for _, share in made]))]
                whole = text.tobytes()
                if rng.random() < 0.5:
                    whole = whole[::-1].translate(COMPLEMENT)
                for mate, part in enumerate(parts):
                    end = whole if mate == 0 else whole[::-1].translate(COMPLEMENT)
                    read = bytearray(end[:150] if paired else end)
                    for at in np.flatnonzero(rng.random(len(read)) < rate).tolist():
                        read[at] = b"ACGT"[(b"ACGT".index(read[at]) + int(rng.integers(1, 4))) % 4]
                    part.append(
                        b"@made:%d:%d\n%b\n+\n%b\n"
                        % (number // 1000, number, bytes(read), b"F" * len(read))
                    )
            for handle, part in zip(handles, parts, strict=True):
                handle.write(gzipped(b"".join(part)))
        for handle in handles:
            handle.close()
    return Reads(r1=paths[0], r2=paths[1] if paired else None)


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one run, threads included."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def reading_alone(reads: Reads) -> int:
    """What dnaio takes to read the file."""
    with dnaio.open(*reads.paths()) as records:
        return sum(1 for _ in records)


def plain_loop(reads: Reads) -> Counter[str]:
    """dnaio, and edlib for each read that is not seen yet."""
    reference, seen = amplicon(), dict[str, str]()
    found: Counter[str] = Counter()
    with dnaio.open(reads.r1) as records:
        for record in records:
            text = record.sequence
            if text not in seen:
                other = text[::-1].translate(str.maketrans("ACGT", "TGCA"))
                both = [
                    edlib.align(one, reference, mode="NW", task="path") for one in (text, other)
                ]
                seen[text] = min(both, key=lambda one: one["editDistance"])["cigar"]
            found[seen[text]] += 1
    return found


def run_once(reads: Reads, out: Path, *, jobs: int, per_read: bool = True) -> float:
    """Wall seconds of a whole run with tables and per-read calls, without the report."""
    begin = time.perf_counter()
    quantify_sample(
        reads, SampleOptions(amplicon=amplicon(), guide=GUIDE, editor="ABE8e", target="6A>G"),
        out=out, per_read=per_read, jobs=jobs, report=False,
    )  # fmt: skip
    return time.perf_counter() - begin


_ALONE = """
import sys
from pathlib import Path
sys.path.insert(0, {bench!r})
from editing import run_once
from ultrarare.app.editing.options import Reads
run_once(Reads(r1=Path({r1!r})), Path({out!r}), jobs={jobs})
# what rusage says begins with the parent's peak
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) // 1024)
"""


def peak(reads: Reads, out: Path, jobs: int) -> int:
    """Peak resident MiB of a fresh process."""
    code = _ALONE.format(
        bench=str(Path(__file__).parent), r1=str(reads.r1), out=str(out), jobs=jobs
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


def row(folder: Path, reads: int, rate: float, *, paired: bool) -> str:
    """One line of the table."""
    files = write_reads(folder, reads, rate, paired=paired)
    alone = cpu(lambda: reading_alone(files))
    ours = min(
        cpu(partial(run_once, files, folder / f"o{k}", jobs=1)) for k in range(1 + (reads < 2e6))
    )
    wall = [run_once(files, folder / f"w{jobs}", jobs=jobs) for jobs in (1, 2)]
    plain = "–"
    if not paired and reads <= 200_000:
        took = cpu(lambda: plain_loop(files))
        plain = f"{reads / took / 1000:,.0f}"
    memory = "–" if paired else f"{peak(files, folder / 'p', 1)}"
    for path in files.paths():
        path.unlink()
    kind = "2 × 150" if paired else "1 × 250"
    return (
        f"| {kind} | {reads:,} | {100 * rate:g} | {ours:.2f} | {reads / ours / 1000:,.0f} | "
        f"{reads / alone / 1000:,.0f} | {plain} | {wall[0] / wall[1]:.2f} | {memory} |"
    )


def small(folder: Path) -> float:
    """Wall seconds of the command from 250 reads to a report, in a fresh process."""
    files = write_reads(folder, 250, 0.001, paired=False)
    words = [
        "editing", "quantify", "--r1", str(files.r1), "--amplicon", amplicon(), "--guide", GUIDE,
        "--editor", "ABE8e", "--target", "6A>G", "--out",
    ]  # fmt: skip
    took = []
    for k in range(3):
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "ultrarare", *words, str(folder / f"small{k}")],
            check=True, capture_output=True,
        )  # fmt: skip
        took.append(time.perf_counter() - begin)
    return min(took)


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True)
    parser.add_argument("--most", type=int, default=1_000_000, help="reads of the largest file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_once(write_reads(folder, 100, 0.0, paired=False), folder / "first", jobs=2)
        run_once(write_reads(folder, 100, 0.0, paired=True), folder / "second", jobs=2)
        sizes = [n for n in (10_000, 100_000, 1_000_000, 10_000_000) if n <= asked.most]
        rows = [row(folder, n, 0.001, paired=False) for n in sizes]
        rows += [row(folder, 100_000, rate, paired=False) for rate in (0.005, 0.01)]
        rows += [row(folder, 100_000, rate, paired=True) for rate in (0.001, 0.01)]
        report = small(folder)
    lines = [
        "# Amplicon reads",
        "",
        f"{asked.date}, `python bench/editing.py --most {asked.most}`, Python "
        f"{platform.python_version()}, {os.cpu_count()} cores. CPU seconds of one thread, with "
        "allele table and gzipped per-read table, without the report; kernels compiled before. "
        "*Reading alone*: dnaio over the same file. *Plain loop*: dnaio, and edlib for each read "
        "not seen before. *Two threads*: how many times faster by the clock. Memory: peak of a "
        "fresh process.",
        "",
        "| reads | fragments | errors, % | CPU s | thousand a CPU s | reading alone | plain loop | "
        "two threads | MiB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        *rows,
        "",
        f"250 reads to a finished report, by the clock, in a fresh process: {report:.1f} s.",
    ]
    PAGE.write_text("\n".join((*lines, "")), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
