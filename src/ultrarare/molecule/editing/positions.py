"""What stands at each position of the protospacer, and which conversions go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrarare.molecule.editing.aim import Aim
from ultrarare.molecule.editing.codes import LETTERS, UNKNOWN
from ultrarare.molecule.editing.misreading import Misreading
from ultrarare.molecule.editing.rows import LOST, Rows
from ultrarare.molecule.sequence import reverse_complement


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRow:
    """One protospacer position, on the strand of the guide.

    Attributes:
        position: from 1.
        found: the base of the unedited amplicon.
        becomes: the base that an edit leaves: the editor's, where it can convert this one, or the
            commonest other base.
        expected: whether the editor converts this base inside its window.
        fraction: share of reads with `becomes`, of those with a base here.
        corrected: the same for molecules, less misreading; None where that is not known.
        shares: reads with A, C, G, T and with none, of those not N.
    """

    position: int
    found: str
    becomes: str
    expected: bool
    fraction: float | None
    corrected: float | None
    shares: tuple[float, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Converted positions that occur together in reads without a gap."""

    positions: tuple[int, ...]
    reads: int
    share: float
    residues: tuple[str, ...] | None  # residues that differ from the unedited protein
    intended: bool | None


def base_rows(rows: Rows, aim: Aim, misreading: Misreading) -> list[BaseRow]:
    """Every position of the protospacer, on the strand of the guide."""
    turned = aim.site.strand == "-"
    unread = misreading.inverse()
    listed = []
    for position in range(1, aim.editor.protospacer_length + 1):
        column = aim.site.offset(position) - rows.start
        seen = np.bincount(rows.bases[:, column], weights=rows.counts, minlength=6)
        own = int(rows.reference[column])
        judged = seen[:4].sum() + seen[LOST]
        offset = column + rows.start
        expected = (
            aim.window is not None
            and aim.window[0] <= position <= aim.window[1]
            and aim.reference[offset] == aim.convertible
        )
        if offset == aim.target and aim.target_becomes is not None:
            new = LETTERS.index(aim.target_becomes)
        elif aim.converted is not None and aim.reference[offset] == aim.convertible:
            new = LETTERS.index(aim.converted)
        else:
            others = seen[:4].copy()
            others[own] = -1
            new = int(others.argmax())
        fraction = corrected = shares = None
        if judged:
            fraction = float(seen[new] / judged)
            shares = tuple(float(n / judged) for n in (*seen[:4], seen[LOST]))
            if turned:
                shares = (*shares[3::-1], shares[4])
            if misreading.known:
                undone = (seen[:4] / judged) @ unread[column]
                corrected = float(min(max(undone[new], 0.0), 1.0))
        letter, becomes = LETTERS[own], LETTERS[new]
        if turned:
            letter, becomes = reverse_complement(letter), reverse_complement(becomes)
        listed.append(
            BaseRow(
                position=position, found=letter, becomes=becomes, expected=expected,
                fraction=fraction, corrected=corrected, shares=shares,
            )
        )  # fmt: skip
    return listed


def combinations(rows: Rows, aim: Aim) -> list[Combination]:
    """Conversions in the window that go together, in reads without a gap or an unknown base."""
    if aim.window is None or aim.converted is None:
        return []
    bases = aim.editable(*aim.window)
    if not bases:
        return []
    columns = [at - rows.start for at in bases.values()]
    converted = rows.bases[:, columns] == LETTERS.index(aim.converted)
    known = ~rows.gap & ~(rows.bases[:, columns] == UNKNOWN).any(axis=1)
    total = max(int(rows.counts[known].sum()), 1)
    reads: dict[tuple[int, ...], int] = {}
    positions = np.array(list(bases))
    for flags, count in zip(converted[known], rows.counts[known].tolist(), strict=True):
        key = tuple(int(p) for p in positions[flags])
        reads[key] = reads.get(key, 0) + count
    codons = aim.codons()
    listed = []
    for key, count in sorted(reads.items(), key=lambda item: (-item[1], item[0])):
        changed = intended = None
        if codons is not None:
            frame, unedited, wanted = codons
            text = list(aim.reference)
            for position in key:
                text[bases[position]] = aim.converted
            protein = frame.protein("".join(text))
            intended = protein == wanted and wanted != unedited
            changed = tuple(
                f"{a}{frame.label(i)}{b}"
                for i, (a, b) in enumerate(zip(unedited, protein, strict=True))
                if a != b
            )
        listed.append(
            Combination(
                positions=key,
                reads=count,
                share=count / total,
                residues=changed,
                intended=intended,
            )
        )
    return listed
