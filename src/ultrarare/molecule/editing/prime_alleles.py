"""Which alleles are the intended prime edit, part of it, or a flap that ran into the scaffold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrarare.molecule.align import Allele, align
from ultrarare.molecule.amplicon import touches
from ultrarare.molecule.editing.aim import Aim
from ultrarare.molecule.editing.fractions import Fraction
from ultrarare.molecule.editing.rows import Flags, Rows
from ultrarare.molecule.sequence import reverse_complement


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimeOutcome:
    """What a prime editor wrote besides the intended edit.

    Attributes:
        scaffold: reads in which the flap goes on into the guide scaffold.
    """

    scaffold: Fraction


def intended_allele(aim: Aim) -> Allele:
    """The intended edit as the engine calls it: gaps placed toward the nick."""
    if aim.prime is None:
        return ()
    start, end = aim.amplicon.start, aim.amplicon.end
    edited = aim.prime.intended[start : end + aim.prime.length_change]
    changes = align(edited, aim.reference[start:end], cut=aim.amplicon.cut - start)
    moved = (change._replace(start=change.start + start) for change in changes)
    return tuple(change for change in moved if touches(change.start, change.end, start, end))


def is_written(rows: Rows, aim: Aim) -> Flags:
    """(alleles,) whether it is the intended edit and nothing else."""
    wanted = intended_allele(aim)
    return np.array([allele == wanted for allele in rows.alleles], dtype=np.bool_)


def any_written(rows: Rows, aim: Aim) -> Flags:
    """(alleles,) whether any change of the intended edit stands in it."""
    wanted = set(intended_allele(aim))
    return np.array(
        [any(change in wanted for change in allele) for allele in rows.alleles], dtype=np.bool_
    )


def has_marker(rows: Rows, aim: Aim) -> Flags:
    """(alleles,) whether the flap's end is followed by the scaffold's first bases."""
    if aim.prime is None:
        return np.zeros(rows.counts.size, dtype=np.bool_)
    marker = aim.prime.marker
    if aim.site.strand == "-":
        marker = reverse_complement(marker)
    return np.array([marker in _text(allele, aim) for allele in rows.alleles], dtype=np.bool_)


def _text(allele: Allele, aim: Aim) -> str:
    """The read over the compared span, gaps closed."""
    start, end = aim.amplicon.start, aim.amplicon.end
    parts, at = [], start
    for change in allele:
        parts += [aim.reference[at : max(change.start, at)], change.alt]
        at = max(change.end, at)
    return "".join((*parts, aim.reference[at:end]))
