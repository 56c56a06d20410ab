"""Fractions of edited molecules against the truth of made reads; writes docs/validation/editing.md.

python validation/editing.py --date 2026-11-27
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from ultrarare.molecule.editing.aim import Aim, make_aim
from ultrarare.molecule.editing.counting import AmpliconCounts, count_files
from ultrarare.molecule.editing.panel import make_panel
from ultrarare.molecule.editing.sample import SampleOutcome, assess_sample
from ultrarare.molecule.editor import editor

PAGE = Path(__file__).resolve().parent.parent / "docs" / "validation" / "editing.md"
GUIDES: Final = {
    "ABE8e": ("GCTACACAAGCATTACATCG", "6A>G", (8, 4)),
    "ABE7.10": ("GCTACACAAGCATTACATCG", "6A>G", (8, 4)),
    "BE4max": ("GATTCACTCGTAAGTGCATG", "5C>T", (7,)),
    "Cas9": ("GCTACACAAGCATTACATCG", None, ()),
}
TURNED: Final = bytes.maketrans(b"ACGT", b"TGCA")
BIG, SMALL = 1_000_000, 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One situation."""

    editor: str
    rate: float = 0.0
    strand: str = "+"
    lost: int = 5
    gained: int = 2
    repeat: bool = False
    context: bool = False
    control: bool = False

    def words(self) -> str:
        """What is special."""
        said = [f"strand {self.strand}", f"−{self.lost}/+{self.gained} bases"]
        said += ["repeat at the cut"] if self.repeat else []
        said += ["errors depend on the base before"] if self.context else []
        said += ["matched control"] if self.control else []
        return ", ".join(said)


def aim_of(cell: Cell) -> Aim:
    """The amplicon of 250 bases, and what is asked."""
    guide, target, _ = GUIDES[cell.editor]
    if cell.repeat:
        guide = guide[:14] + "AAAAAA"
    rng = np.random.default_rng(17)
    bases = "".join(rng.choice(list("ACGT"), 250))
    sequence = bases[:108] + guide + "TGG" + bases[131:]
    frame = None if target is None else 2
    if cell.strand == "-":
        sequence = sequence.encode()[::-1].translate(TURNED).decode()
        frame = None if frame is None else -2
    return make_aim(
        name="a", sequence=sequence, guide=guide, editor=editor(cell.editor), target=target,
        frame=frame,
    )  # fmt: skip


def molecules(cell: Cell, aim: Aim) -> dict[str, tuple[float, frozenset[int], bool]]:
    """Molecule to its share, converted positions, and whether it has a gap."""
    beside = [p for p in GUIDES[cell.editor][2] if p in aim.editable(1, 20)]
    own = () if aim.target is None else (aim.site.position(aim.target),)
    made: dict[str, tuple[float, frozenset[int], bool]] = {}

    def add(share: float, positions: tuple[int, ...], text: str, *, gap: bool = False) -> None:
        bases = list(text)
        for position in positions:
            bases[aim.site.offset(position)] = aim.converted or ""
        made["".join(bases)] = (share, frozenset(positions), gap)

    cut, whole = aim.amplicon.cut, aim.reference
    add(0.5, (), whole)
    if own:
        add(0.25, own, whole)
        add(0.12, (*own, beside[0]), whole)
        add(0.03, (beside[-1],), whole)
    add(0.07, (), whole[: cut - 1] + whole[cut - 1 + cell.lost :], gap=True)
    add(0.03, (), whole[:cut] + "TC"[: cell.gained] * -(-cell.gained // 2) + whole[cut:], gap=True)
    total = sum(share for share, _, _ in made.values())
    return {text: (share / total, where, gap) for text, (share, where, gap) in made.items()}


def read_file(path: Path, counts: Mapping[str, int], cell: Cell, rng: np.random.Generator) -> None:
    """FASTQ with so many reads of each molecule, either way round, with errors at the rate."""
    with path.open("wb") as handle:
        for text, count in counts.items():
            for way, number in enumerate((count // 2, count - count // 2)):
                if not number:
                    continue
                own = text.encode() if way == 0 else text.encode()[::-1].translate(TURNED)
                codes = np.frombuffer(
                    own.translate(bytes.maketrans(b"ACGT", b"\0\1\2\3")), np.uint8
                )
                reads = np.tile(codes, (number, 1))
                chance = np.full(codes.size, cell.rate)
                if cell.context and codes.size > 1:
                    # twice as often behind a G, half as often behind an A
                    chance[1:] *= np.array([0.5, 1.0, 2.0, 1.0])[codes[:-1]]
                for at, each in enumerate(chance.tolist()):
                    wrong = rng.choice(number, rng.binomial(number, each), replace=False)
                    reads[wrong, at] = (reads[wrong, at] + rng.integers(1, 4, wrong.size)) % 4
                letters = np.frombuffer(b"ACGT", np.uint8)[reads]
                middle, last = b"\n+\n", b"F" * codes.size + b"\n"
                block = np.empty((number, 3 + codes.size + len(middle) + len(last)), np.uint8)
                block[:, :3] = np.frombuffer(b"@r\n", np.uint8)
                block[:, 3 : 3 + codes.size] = letters
                block[:, 3 + codes.size :] = np.frombuffer(middle + last, np.uint8)
                handle.write(block.tobytes())


def counted(
    counts: Mapping[str, int], cell: Cell, aim: Aim, rng: np.random.Generator
) -> AmpliconCounts:
    """Alleles of made reads."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "r.fastq"
        read_file(path, counts, cell, rng)
        return count_files(path, panel=make_panel([aim.amplicon])).amplicons["a"]


def truth(
    made: Mapping[str, tuple[float, frozenset[int], bool]], shares: Mapping[str, float], aim: Aim
) -> dict[str, float]:
    """Share of molecules under each definition, from how they were made."""
    own = None if aim.target is None else aim.site.position(aim.target)
    window = aim.window
    found = dict.fromkeys(
        ("any_edit", "target_base", "intended_protein", "intended_only", "indel"), 0.0
    )
    for text, (_, where, gap) in made.items():
        share = shares[text]
        found["indel"] += share * gap
        if window is None:
            found["any_edit"] += share * gap
            continue
        found["any_edit"] += share * any(window[0] <= p <= window[1] for p in where)
        found["target_base"] += share * (own in where)
        found["intended_only"] += share * (where == {own} and not gap)
        codons = aim.codons()
        if codons is not None and not gap:
            found["intended_protein"] += share * (codons[0].protein(text) == codons[2])
    return found


def said(outcome: SampleOutcome) -> Iterator[tuple[str, float, float, float, float]]:
    """Definition, as read, value, limits."""
    for name, one in (*outcome.fractions().items(), ("indel", outcome.indel)):
        if one is not None and one.value is not None and one.observed is not None:
            yield name, one.observed, one.value, one.lower or 0.0, one.upper or 0.0


def bias(cell: Cell, seed: int) -> list[str]:
    """One million reads, so many of each molecule as its share says."""
    aim = aim_of(cell)
    made = molecules(cell, aim)
    rng = np.random.default_rng(seed)
    counts = {text: round(BIG * share) for text, (share, _, _) in made.items()}
    total = sum(counts.values())
    real = truth(made, {text: n / total for text, n in counts.items()}, aim)
    control = counted({aim.reference: BIG}, cell, aim, rng) if cell.control else None
    outcome = assess_sample(counted(counts, cell, aim, rng), aim, control=control)
    cells = {name: (100 * (seen - real[name]), 100 * (value - real[name]))
             for name, seen, value, _, _ in said(outcome)}  # fmt: skip
    row = [cell.editor, f"{100 * cell.rate:g}", cell.words()]
    for name in ("any_edit", "target_base", "intended_protein", "intended_only", "indel"):
        if name not in cells:
            row.append("–")
            continue
        raw, left = cells[name]
        limit = 0.005 if name == "indel" else 0.01 if cell.rate <= 0.002 else 0.03
        scatter = 100 * (abs(raw) / 100 / BIG) ** 0.5  # of the reads that were misread
        text = f"{left:+.4f}"
        row.append(f"{raw:+.3f} → " + (f"**{text}**" if abs(left) > limit + 2 * scatter else text))
    return row


def one_run(
    cell: Cell, copies: int | None, seed: np.random.SeedSequence
) -> dict[str, tuple[bool, float]]:
    """Whether each interval holds the truth, in a sample of 2,000 reads, and its width."""
    rng = np.random.default_rng(seed)
    aim = aim_of(cell)
    made = molecules(cell, aim)
    shares = {text: share for text, (share, _, _) in made.items()}
    drawn = np.array(list(shares.values()))
    if copies is not None:
        drawn = rng.multinomial(copies, drawn) / copies
    counts = dict(zip(shares, rng.multinomial(SMALL, drawn).tolist(), strict=True))
    control = counted({aim.reference: SMALL}, cell, aim, rng) if cell.control else None
    outcome = assess_sample(counted(counts, cell, aim, rng), aim, control=control, copies=copies)
    real = truth(made, shares, aim)
    return {
        name: (low <= real[name] <= high, high - low) for name, _, _, low, high in said(outcome)
    }


def coverage(cell: Cell, copies: int | None, runs: int, workers: int) -> list[str]:
    """One row: how often the intervals hold the truth."""
    seeds = np.random.SeedSequence([20261127, copies or 0, round(1e4 * cell.rate)]).spawn(runs)
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(partial(one_run, cell, copies), seeds, chunksize=20))
    row = [
        cell.editor,
        f"{100 * cell.rate:g}",
        cell.words(),
        "–" if copies is None else f"{copies:,}",
    ]
    for name in ("any_edit", "target_base", "intended_protein", "intended_only", "indel"):
        held = [one[name][0] for one in found if name in one]
        if not held:
            row.append("–")
            continue
        share = sum(held) / len(held)
        text = f"{share:.3f}"
        row.append(f"**{text}**" if share < 0.93 else text)
    return row


GRID: Final = (
    *(Cell(editor=name, rate=rate) for name in GUIDES for rate in (0.0, 0.002, 0.005)),
    Cell(editor="ABE8e", rate=0.002, strand="-"),
    Cell(editor="BE4max", rate=0.005, strand="-"),
    Cell(editor="Cas9", rate=0.002, strand="-", lost=1, gained=1),
    Cell(editor="ABE8e", rate=0.002, lost=1, gained=1),
    Cell(editor="ABE8e", rate=0.002, lost=12, gained=8),
    Cell(editor="Cas9", rate=0.002, lost=15, gained=15),
    Cell(editor="Cas9", rate=0.005, lost=1, gained=1, repeat=True),
    Cell(editor="ABE8e", rate=0.005, context=True),
    Cell(editor="ABE8e", rate=0.005, context=True, control=True),
    Cell(editor="ABE8e", rate=0.002, control=True),
)
SAMPLES: Final = (
    (Cell(editor="ABE8e"), None),
    (Cell(editor="ABE8e", rate=0.002), None),
    (Cell(editor="ABE8e", rate=0.005), None),
    (Cell(editor="ABE8e", rate=0.005, control=True), None),
    (Cell(editor="ABE8e", rate=0.002), 500),
    (Cell(editor="BE4max", rate=0.005, strand="-"), None),
    (Cell(editor="Cas9", rate=0.002), None),
)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    asked = parser.parse_args()
    names = ["any edit", "target base", "intended protein", "intended only", "indel"]
    with ProcessPoolExecutor(asked.workers) as pool:
        biased = list(pool.map(bias, GRID, range(1, len(GRID) + 1)))
    covered = [coverage(cell, copies, asked.runs, asked.workers) for cell, copies in SAMPLES]
    PAGE.write_text(
        f"""# Accuracy of editing fractions

A script writes this page; do not edit it. Command:
`python validation/editing.py --runs {asked.runs}`, {asked.date}. The simulator shares no code with
the quantifier.

## Bias

{BIG:,} reads of 250 bases with exactly the stated number of each molecule, substitution errors at
the rate, in either orientation. Percent points *as read* → *after correction*. Bold: beyond 0.01
points at errors up to 0.2 %, 0.03 at 0.5 %, and 0.005 for gaps, by more than two standard
deviations of the number of reads that were misread (0.014 points where 2 points are lost).

{table(["editor", "errors, %", "situation", *names], biased)}

## Coverage of 95 % intervals

{asked.runs} samples of {SMALL:,} reads, the molecules drawn anew. Bold: below 0.93. The standard
error of 0.95 is {(0.95 * 0.05 / asked.runs) ** 0.5:.3f} at so many runs.

{table(["editor", "errors, %", "situation", "genome copies", *names], covered)}
""",
        encoding="utf-8",
    )
    print(PAGE.read_text("utf-8"))


if __name__ == "__main__":
    main()
