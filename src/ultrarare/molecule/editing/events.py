"""Definitions of "edited" as products of what single bases or codons may be.

In this form a definition can be asked of every allele at once, and the share of molecules of which
it holds can be had from the share of reads and the errors of reading, without a guess at which read
is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrarare.molecule.editing.aim import Aim
from ultrarare.molecule.editing.codes import LETTERS, UNKNOWN, encode
from ultrarare.molecule.editing.rows import LOST, Flags, Floats, Rows
from ultrarare.molecule.sequence import reverse_complement, translate


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Factor:
    """What some neighbouring bases may be.

    Attributes:
        offsets: plus-strand offsets, one or three.
        allowed: (4,) or (4, 4, 4) by codes.
        lost: whether a read that lacks a base fits.
    """

    offsets: tuple[int, ...]
    allowed: Flags
    lost: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Event:
    """A definition: every factor fits, or, if `negated`, not every one does.

    Attributes:
        name: short name.
        words: what is counted, and out of what.
        factors: what is looked at.
        negated: whether the opposite is counted.
        whole: whether the read must have no gap in the compared span.
    """

    name: str
    words: str
    factors: tuple[Factor, ...]
    negated: bool = False
    whole: bool = False

    def unknown(self, rows: Rows) -> Flags:
        """(alleles,) whether a base that is looked at is N."""
        columns = [at - rows.start for one in self.factors for at in one.offsets]
        found: Flags = (rows.bases[:, columns] == UNKNOWN).any(axis=1)
        return found

    def holds(self, rows: Rows) -> Flags:
        """(alleles,) whether it holds; False where unknown."""
        fits = np.ones(rows.counts.size, dtype=np.bool_)
        for one in self.factors:
            fits &= _value(one, rows, one.allowed.astype(np.float64)) > 0.5
        if self.negated:
            fits = ~fits
        if self.whole:
            fits &= ~rows.gap
        fits &= ~self.unknown(rows)
        return fits

    def weights(self, rows: Rows, unread: Floats) -> Floats:
        """(alleles,) what a read is worth for the share of molecules of which it holds.

        Args:
            rows: alleles; those with an unknown base get a weight without meaning.
            unread: (span, 4, 4) the inverse of each column's confusion matrix.
        """
        value = np.ones(rows.counts.size)
        for one in self.factors:
            value *= _value(one, rows, _undone(one, [unread[a - rows.start] for a in one.offsets]))
        if self.negated:
            value = 1 - value
        if self.whole:
            value = np.where(rows.gap, 0.0, value)
        return value

    def chance(self, rows: Rows, misread: Floats) -> float:
        """Chance that a read of an unedited molecule fits, by the confusion of each column."""
        value = 1.0
        for one in self.factors:
            spread = one.allowed.astype(np.float64)
            for at in reversed(one.offsets):
                row = misread[at - rows.start][rows.reference[at - rows.start]]
                spread = spread @ row
            value *= float(spread)
        return 1 - value if self.negated else value


def _value(one: Factor, rows: Rows, table: Floats) -> Floats:
    """The entry of each allele in a table by codes; 1 or 0 where a base is lost."""
    columns = rows.bases[:, [at - rows.start for at in one.offsets]]
    lost = (columns == LOST).any(axis=1)
    index = tuple(np.where(columns > 3, 0, columns).T)
    value: Floats = np.where(lost, float(one.lost), table[index])
    return value


def _undone(one: Factor, unread: list[Floats]) -> Floats:
    """For each base read, the weight of what may have been there."""
    table = one.allowed.astype(np.float64)
    for axis, inverse in enumerate(unread):
        table = np.moveaxis(np.tensordot(inverse, table, axes=(1, axis)), 0, axis)
    return table


def only(letters: str) -> Flags:
    """(4,) which codes are allowed."""
    allowed = np.zeros(4, dtype=np.bool_)
    allowed[encode(letters)] = True
    return allowed


def is_base(offset: int, letter: str) -> Factor:
    """The read has this base here."""
    return Factor(offsets=(offset,), allowed=only(letter), lost=False)


def conversion(aim: Aim, position: int) -> Event:
    """The editor's conversion at one protospacer position."""
    return Event(
        name=f"position {position}",
        words=f"{_edit(aim)} at protospacer position {position}, {_OF}",
        factors=(is_base(aim.site.offset(position), aim.converted or ""),),
    )


def any_conversion(aim: Aim) -> Event | None:
    """The editor's conversion anywhere in the window; None where nothing there is editable."""
    if aim.window is None or aim.converted is None:
        return None
    low, high = aim.window
    bases = aim.editable(low, high)
    if not bases:
        return None
    unconverted = "ACGT".replace(aim.converted, "")
    return Event(
        name="any_edit",
        words=f"{_edit(aim)} on the strand of the guide at one or more of protospacer positions "
        f"{', '.join(map(str, bases))} (window {low} to {high}), {_OF}",
        factors=tuple(
            Factor(offsets=(at,), allowed=only(unconverted), lost=True) for at in bases.values()
        ),
        negated=True,
    )


def target(aim: Aim) -> Event | None:
    """The intended base at the target; None where no target is named."""
    if aim.target is None or aim.target_becomes is None:
        return None
    position = aim.site.position(aim.target)
    return Event(
        name="target_base",
        words=f"the intended base at protospacer position {position}, whatever else changed, {_OF}",
        factors=(is_base(aim.target, aim.target_becomes),),
    )


def intended_only(aim: Aim) -> Event | None:
    """The intended edit and nothing else in the compared span."""
    if aim.intended is None or len(aim.intended) != len(aim.reference):
        return None
    start, end = aim.amplicon.start, aim.amplicon.end
    return Event(
        name="intended_only",
        words=f"the intended edit and nothing else between bases {start + 1} and {end} of the "
        f"amplicon, {_OF}",
        factors=tuple(is_base(at, aim.intended[at]) for at in range(start, end)),
        whole=True,
    )


def intended_protein(aim: Aim) -> Event | None:
    """The intended residues and no gap; None where that says nothing about the edit."""
    codons = aim.codons()
    if codons is None or codons[1] == codons[2]:
        return None
    frame, _, wanted = codons
    factors = []
    for index, residue in enumerate(wanted):
        at = frame.start + 3 * index if frame.strand == "+" else frame.end - 3 * index - 3
        factors.append(
            Factor(
                offsets=(at, at + 1, at + 2), allowed=_codes_for(residue, frame.strand), lost=False
            )
        )
    return Event(
        name="intended_protein",
        words=f"the codons at bases {frame.start + 1} to {frame.end} of the amplicon give the "
        f"intended residues, and no base is lost or gained, {_OF}",
        factors=tuple(factors),
        whole=True,
    )


def wrong_residue(aim: Aim) -> Event | None:
    """A residue at the target's codon that is neither the unedited nor the intended one."""
    codons = aim.codons()
    if codons is None or codons[1] == codons[2] or aim.target is None:
        return None
    frame, unedited, wanted = codons
    index = frame.codon_index(aim.target)
    span = frame.codon_span(aim.target)
    if index is None or span is None:
        return None
    allowed = ~(_codes_for(unedited[index], frame.strand) | _codes_for(wanted[index], frame.strand))
    return Event(
        name="wrong_residue",
        words=f"the codon of the target gives a residue that is neither {unedited[index]} "
        f"(unedited) nor {wanted[index]} (intended), and no base is lost or gained, {_OF}",
        factors=(Factor(offsets=tuple(range(*span)), allowed=allowed, lost=False),),
        whole=True,
    )


def _codes_for(residue: str, strand: str) -> Flags:
    """(4, 4, 4) plus-strand triplets that give a residue."""
    allowed = np.zeros((4, 4, 4), dtype=np.bool_)
    for a in range(4):
        for b in range(4):
            for c in range(4):
                bases = LETTERS[a] + LETTERS[b] + LETTERS[c]
                read = bases if strand == "+" else reverse_complement(bases)
                allowed[a, b, c] = translate(read) == residue
    return allowed


def _edit(aim: Aim) -> str:
    return f"{aim.editor.from_base}>{aim.editor.to_base}"


_OF = "of all reads but those with an unknown base where it matters"
