"""How often each base is read as another: from the flanks of the amplicon, or a matched control."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import pdtrc

from ultrarare.molecule.editing.codes import Codes
from ultrarare.molecule.editing.rows import Floats, Ints, Rows

_FEWEST = 500
"""Bases of one kind compared below which its errors are not known."""
_ODD = 1e-4
_TIMES = 6.0
"""Neighbouring bases change an error rate severalfold; a position beyond that is something else."""
_SCALES = (0.1, 10.0)
_MOST = 0.05
"""A base misread more often than this in a control is a difference of the person, not an error."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Misreading:
    """Chances of reading one base as another in each column of the compared span.

    Attributes:
        source: `matched control`, `flanks of the amplicon`, or `none`.
        confusion: (span, 4, 4) chance of reading column's base i as j; the identity where unknown.
        variance: (4, 4) variance of each pooled chance, 0 on the diagonal.
        pooled: (4, 4) chances pooled over the flanks.
        compared: (4,) bases of each kind compared there.
        left_out: flank positions left out because they differ from the others.
        caveats: what limits it.
    """

    source: str
    confusion: Floats
    variance: Floats
    pooled: Floats
    compared: Ints
    left_out: int
    caveats: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether anything is corrected."""
        return self.source != "none"

    def inverse(self, change: Floats | None = None) -> Floats:
        """(span, 4, 4) what undoes the confusion, once `change` (4, 4) is added to each column."""
        matrix = self.confusion if change is None else self.confusion + change
        return np.linalg.inv(matrix).astype(np.float64)


def from_flanks(reference: Codes, errors: Ints, compared: Ints, columns: int) -> Misreading:
    """Pool what was misread outside the compared span, where nothing should have been edited.

    Args:
        reference: (bases,) codes of the amplicon.
        errors: (bases, 5) substitutions by what was read.
        compared: (bases,) how often each base was compared.
        columns: of the compared span.

    Notes:
        A position with more than six times the errors of a kind that the others have on average,
        beyond chance (Poisson tail below 1e-4), is left out, one after the other: it is a
        difference of the person or an edit far out.
    """
    pooled, variance = np.eye(4), np.zeros((4, 4))
    totals = np.zeros(4, dtype=np.int64)
    out: set[int] = set()
    missing = []
    for base in range(4):
        at = np.flatnonzero((reference == base) & (compared > 0))
        kept, dropped = _alike(at, errors, compared, base)
        out |= dropped
        totals[base] = int(compared[kept].sum())
        if totals[base] < _FEWEST:
            missing.append("ACGT"[base])
            continue
        for other in range(4):
            if other != base:
                seen = int(errors[kept, other].sum())
                pooled[base, other] = seen / totals[base]
                # one is added so that no error seen does not mean certainty
                variance[base, other] = (seen + 1) / totals[base] ** 2
        pooled[base, base] = 1 - pooled[base].sum() + pooled[base, base]
    caveats = []
    if len(missing) == 4:
        caveats.append("errors of reading are not known, and are not subtracted: no flank is read")
    elif missing:
        caveats.append(
            f"errors of reading {', '.join(missing)} are not known (too few such bases in the "
            "flanks) and taken as none"
        )
    if out:
        caveats.append(
            f"{len(out)} flank positions differ more often than the others and are left out of "
            "the errors of reading"
        )
    return Misreading(
        source="none" if len(missing) == 4 else "flanks of the amplicon",
        confusion=np.tile(pooled, (columns, 1, 1)), variance=variance, pooled=pooled,
        compared=totals, left_out=len(out), caveats=tuple(caveats),
    )  # fmt: skip


def _alike(at: Ints, errors: Ints, compared: Ints, base: int) -> tuple[Ints, set[int]]:
    """Positions whose errors fit one rate of each kind, and those left out."""
    kept, dropped = at, set[int]()
    while kept.size > 2:
        tails = np.ones((kept.size, 4))
        depth = compared[kept]
        for other in range(4):
            if other != base:
                seen = errors[kept, other]
                others = (seen.sum() - seen + 0.5) / (depth.sum() - depth + 1)
                tail = np.where(seen > 0, pdtrc(seen - 1, others * depth), 1.0)
                tails[:, other] = np.where(seen > _TIMES * others * depth, tail, 1.0)
        worst = tails.min(axis=1)
        if worst.min() * kept.size * 3 > _ODD:
            break
        index = int(worst.argmin())
        dropped.add(int(kept[index]))
        kept = np.delete(kept, index)
    return kept, dropped


def from_control(control: Rows, flanks: Misreading) -> Misreading:
    """Take the errors of each unedited base from a control, those of other bases from the flanks.

    Args:
        control: alleles of the untreated sample over the same span.
        flanks: pooled chances of both samples.

    Notes:
        What an edit leaves is misread as often as such a base in the flanks, times how much more
        often than there the control misreads the unedited base at this position: what stands
        beside a base matters more than which base it is.
    """
    confusion = flanks.confusion.copy()
    odd = []
    for column, base in enumerate(control.reference.tolist()):
        seen = np.bincount(control.bases[:, column], weights=control.counts, minlength=6)[:4]
        if seen.sum() == 0:
            continue
        chances = seen / seen.sum()
        if chances[base] < 1 - _MOST:
            odd.append(column)
            continue
        usual = 1 - flanks.pooled[base, base]
        if flanks.known and usual > 0:
            scale = float(np.clip((1 - chances[base]) / usual, *_SCALES))
            for other in range(4):
                if other != base:
                    confusion[column, other] = np.eye(4)[other] + scale * (
                        flanks.pooled[other] - np.eye(4)[other]
                    )
        confusion[column, base] = chances
    caveats = list(flanks.caveats) if not flanks.known else []
    if odd:
        caveats.append(
            f"the control differs from the amplicon in more than {100 * _MOST:g} % of reads at "
            f"{len(odd)} positions of the compared span (from base {control.start + odd[0] + 1}): "
            "a difference of the person, or the wrong reference"
        )
    return Misreading(
        source="matched control", confusion=confusion, variance=flanks.variance,
        pooled=flanks.pooled, compared=flanks.compared, left_out=flanks.left_out,
        caveats=tuple(caveats),
    )  # fmt: skip


def none_known(columns: int) -> Misreading:
    """No correction."""
    return Misreading(
        source="none", confusion=np.tile(np.eye(4), (columns, 1, 1)), variance=np.zeros((4, 4)),
        pooled=np.eye(4), compared=np.zeros(4, dtype=np.int64), left_out=0, caveats=(),
    )  # fmt: skip
