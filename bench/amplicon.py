"""Reads per CPU second through the amplicon engine. Prints a table; gates nothing.

Run: python bench/amplicon.py [reads]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ultrarare.molecule.amplicon import Amplicon, Settings, tally, tally_files
from ultrarare.molecule.reads import read_fragments, stream_fragments
from ultrarare.molecule.simulate import simulate_reads

LENGTH, START, END = 250, 105, 145


def made_amplicon(rng):
    sequence = "".join(rng.choice(list("ACGT"), size=LENGTH))
    return Amplicon(name="made", sequence=sequence, start=START, end=END, cut=126)


def made_alleles(sequence, reads):
    """Half unedited, base edits, and one read in twenty with an indel."""
    span = sequence[START:END]
    edited = span.replace("A", "G", 3)
    return {
        span: reads // 2,
        edited: reads * 3 // 10,
        span[:12] + edited[12:]: reads * 3 // 20,
        span[:18] + span[25:]: reads // 40,
        span[:20] + "TTG" + span[20:]: reads // 40,
    }


def timed(action):
    begin = time.process_time()
    result = action()
    return result, time.process_time() - begin


def run(reads, *, error_rate, paired):
    rng = np.random.default_rng(1)
    amplicon = made_amplicon(rng)
    sim = simulate_reads(
        made_alleles(amplicon.sequence, reads), left=amplicon.sequence[:START],
        right=amplicon.sequence[END:], rng=rng, error_rate=error_rate, paired=paired,
        read_length=150 if paired else None, error_quality=15,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / "1.fastq.gz"]
        paths[0].write_bytes(sim.r1)
        if sim.r2 is not None:
            paths.append(Path(folder) / "2.fastq.gz")
            paths[1].write_bytes(sim.r2)
        _, read_time = timed(lambda: sum(1 for _ in stream_fragments(*paths)))
        fragments = read_fragments(*paths)
        _, call_time = timed(lambda: tally(fragments, amplicon))
        counts, whole = timed(lambda: tally_files(*paths, amplicon=amplicon))
        _, masked = timed(
            lambda: tally_files(*paths, amplicon=amplicon, settings=Settings(mask_below=20))
        )
    name = "2 x 150" if paired else "1 x 250"
    rates = "".join(f"{sim.fragments / seconds / 1000:>12.0f}" for seconds in
                    (read_time, call_time, whole, masked))  # fmt: skip
    print(f"{name:<10}{100 * error_rate:>8.1f}{rates}{len(counts.alleles):>10}")


def main():
    reads = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"{reads} fragments; thousand fragments per CPU second")
    print(f"{'reads':<10}{'error %':>8}{'read':>12}{'call':>12}{'whole':>12}{'masked':>12}"
          f"{'alleles':>10}")  # fmt: skip
    for paired in (False, True):
        for error_rate in (0.0, 0.001, 0.005):
            run(reads, error_rate=error_rate, paired=paired)


if __name__ == "__main__":
    main()
