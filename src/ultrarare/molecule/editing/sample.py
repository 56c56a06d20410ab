"""What one sample says about one amplicon: fractions, bases, alleles, bystanders, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ultrarare.errors import NotComputable
from ultrarare.molecule.align import Allele
from ultrarare.molecule.editing import events
from ultrarare.molecule.editing.aim import Aim, residues
from ultrarare.molecule.editing.codes import LETTERS, encode
from ultrarare.molecule.editing.counting import AmpliconCounts
from ultrarare.molecule.editing.fractions import Fraction, of_event, of_gaps
from ultrarare.molecule.editing.misreading import (
    Misreading,
    from_control,
    from_flanks,
    none_known,
)
from ultrarare.molecule.editing.positions import BaseRow, Combination, base_rows, combinations
from ultrarare.molecule.editing.prime_alleles import (
    PrimeOutcome,
    any_written,
    has_marker,
    is_written,
)
from ultrarare.molecule.editing.rows import Flags, Rows, make_rows
from ultrarare.molecule.tally import describe

_LARGE = 50
"""Bases from which a deletion is listed as large."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SampleOutcome:
    """Everything one sample says about one amplicon.

    Attributes:
        aim: what was asked.
        rows: alleles over the compared span.
        numbers: what the per-read table calls each allele.
        not_listed: reads whose allele is not kept apart; they belong to no fraction.
        misreading: errors of reading.
        any_edit: the editor's conversion in the window; for a nuclease, a gap at the cut; None
            where the window holds nothing that can be edited.
        target_base: the intended base at the target; None without a target.
        intended_protein: the intended residues and no gap; None without a frame, or where the
            intended edit changes no residue.
        intended_only: the intended edit and nothing else.
        wrong_residue: another residue in its place.
        indel: gaps in the indel window.
        bases: each protospacer position.
        combinations: bystanders that go together, commonest first.
        caveats: what limits it.
        written: what a prime editor wrote besides; None for other editors.
    """

    aim: Aim
    rows: Rows
    numbers: Mapping[Allele, int]
    not_listed: int
    misreading: Misreading
    any_edit: Fraction | None
    target_base: Fraction | None
    intended_protein: Fraction | None
    intended_only: Fraction | None
    wrong_residue: Fraction | None
    indel: Fraction
    bases: tuple[BaseRow, ...]
    combinations: tuple[Combination, ...]
    caveats: tuple[str, ...]
    written: PrimeOutcome | None = None

    @property
    def purity(self) -> float | None:
        """Molecules with the intended edit and nothing else, of all with any edit or gap.

        Both less misreading, where that is known; None where nothing was edited.
        """
        if self.intended_only is None or self.intended_only.value is None:
            return None
        edited = 0.0 if self.any_edit is None else self.any_edit.value or 0.0
        target = 0.0 if self.target_base is None else self.target_base.value or 0.0
        if self.indel.value and self.aim.editor.from_base is not None:
            # gaps in reads without a conversion, less the share of gaps that the control has
            alone = self.rows.indel & ~self._converted()
            gaps = max(int(self.rows.counts[self.rows.indel].sum()), 1)
            edited += self.indel.value * int(self.rows.counts[alone].sum()) / gaps
        edited = max(edited, target)
        return min(self.intended_only.value / edited, 1.0) if edited > 0 else None

    def _converted(self) -> Flags:
        found = np.zeros(self.rows.counts.size, dtype=np.bool_)
        for event in (events.any_conversion(self.aim), events.target(self.aim)):
            if event is not None:
                found |= event.holds(self.rows)
        return found

    def gaps(self) -> dict[str, Any]:
        """Gaps by what they do to a reading frame, and the large ones."""
        rows = self.rows
        total = max(rows.total, 1)
        shift = rows.indel & (rows.net % 3 != 0)
        large = rows.longest >= _LARGE
        return {
            **self.indel.to_json(),
            "fraction": self.indel.value,
            "frameshift": int(rows.counts[shift].sum()) / total,
            "in_frame": int(rows.counts[rows.indel & ~shift].sum()) / total,
            "large_deletions": int(rows.counts[large].sum()) / total,
            "longest_deletion": int(rows.longest.max(initial=0)),
            "large_from": _LARGE,
        }

    def fractions(self) -> dict[str, Fraction | None]:
        """The definitions side by side; they never merge."""
        return {
            "any_edit": self.any_edit,
            "target_base": self.target_base,
            "intended_protein": self.intended_protein,
            "intended_only": self.intended_only,
        }

    def allele_rows(self) -> list[dict[str, Any]]:
        """One row an allele, commonest first, on the plus strand of the amplicon."""
        rows, total = self.rows, max(self.rows.total, 1)
        asked = {
            "any_edit": events.any_conversion(self.aim),
            "target_base": events.target(self.aim),
            "intended_protein": events.intended_protein(self.aim),
            "intended_only": events.intended_only(self.aim),
        }
        held = {
            k: None if e is None else (e.holds(rows), e.unknown(rows)) for k, e in asked.items()
        }
        listed = []
        for index, allele in enumerate(rows.alleles):
            answers = {
                name: None if found is None or found[1][index] else bool(found[0][index])
                for name, found in held.items()
            }
            listed.append(
                {
                    "number": self.numbers.get(allele),
                    "sequence": _text(rows, index),
                    "changes": describe(allele),
                    "reads": int(rows.counts[index]),
                    "share": int(rows.counts[index]) / total,
                    **answers,
                    "indel": bool(rows.indel[index]),
                    "net_bases": int(rows.net[index]),
                    "residues": self._residues(index),
                }
            )
        return listed

    def _residues(self, index: int) -> str | None:
        codons = self.aim.codons()
        if codons is None or self.rows.gap[index]:
            return None
        frame = codons[0]
        text = _text(self.rows, index)
        return residues(text[frame.start - self.rows.start : frame.end - self.rows.start], frame)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where something is not asked or not known."""
        return {
            "amplicon": self.aim.amplicon.name,
            "editor": self.aim.editor.name,
            "guide": self.aim.site.guide,
            "strand": self.aim.site.strand,
            "window": None if self.aim.window is None else list(self.aim.window),
            "compared_span": [self.aim.amplicon.start + 1, self.aim.amplicon.end],
            "indel_window": [self.aim.indel_window[0] + 1, self.aim.indel_window[1]],
            "fractions": {
                name: None if one is None else one.to_json()
                for name, one in self.fractions().items()
            },
            "wrong_residue": None if self.wrong_residue is None else self.wrong_residue.to_json(),
            "bases": [
                {
                    "position": one.position, "from": one.found, "to": one.becomes,
                    "fraction": one.fraction, "corrected": one.corrected,
                    "expected": one.expected,
                    "shares": None if one.shares is None
                    else dict(zip(("A", "C", "G", "T", "lost"), one.shares, strict=True)),
                }
                for one in self.bases
            ],
            "indel": self.gaps(),
            "prime": None if self.written is None or self.aim.prime is None else {
                "flap": self.aim.prime.flap, "site_length": self.aim.prime.site_length,
                "length_change": self.aim.prime.length_change,
                "scaffold": self.written.scaffold.to_json(),
            },
            "purity": self.purity,
            "combinations": [
                {"positions": list(one.positions), "reads": one.reads, "share": one.share,
                 "residues": None if one.residues is None else list(one.residues),
                 "intended": one.intended}
                for one in self.combinations
            ],
            "misreading": {
                "source": self.misreading.source,
                "rates": {
                    f"{a}>{b}": float(self.misreading.pooled[i, j])
                    for i, a in enumerate("ACGT") for j, b in enumerate("ACGT") if i != j
                } if self.misreading.known else None,
                "bases_compared": self.misreading.compared.tolist(),
                "positions_left_out": self.misreading.left_out,
            },
            "alleles": self.rows.counts.size,
            "not_listed": self.not_listed,
            "caveats": list(self.caveats),
        }  # fmt: skip


def assess_sample(
    counts: AmpliconCounts,
    aim: Aim,
    *,
    control: AmpliconCounts | None = None,
    copies: int | None = None,
    correct: bool = True,
    consensus: bool = False,
    level: float = 0.95,
) -> SampleOutcome:
    """Put every question to the alleles of one sample.

    Args:
        counts: alleles of the sample over the aim's compared span.
        aim: what is asked.
        control: alleles of an untreated sample of the same amplicon; None without one.
        copies: genome copies that went into the PCR; None if not known.
        correct: whether misreading is corrected for.
        consensus: whether alleles are of molecules, from several reads each: the flanks of single
            reads then say nothing of their errors.
        level: coverage of limits.

    Raises:
        NotComputable: no read of the sample has an allele.
    """
    if not counts.alleles:
        raise NotComputable(
            f"no read of {counts.name} could be called", where=counts.name,
            remedy="See how many reads were refused and why; no reads is not 0 %.",
        )  # fmt: skip
    span = (aim.amplicon.start, aim.amplicon.end)
    window = aim.indel_window
    rows = make_rows(counts.alleles, reference=aim.reference, span=span, indel_window=window)
    own = None
    if control is not None:
        if not control.alleles:
            raise NotComputable(
                f"no read of the control of {counts.name} could be called", where=counts.name,
                remedy="Leave the control out to go on without one.",
            )  # fmt: skip
        own = make_rows(control.alleles, reference=aim.reference, span=span, indel_window=window)
    misreading = _misreading(counts, control, own, aim, correct=correct, consensus=consensus)

    def counted_as(fits: Flags, name: str, words: str) -> Fraction:
        return of_gaps(
            fits,
            rows,
            f"{words}, of all reads",
            name=name,
            control=None,
            copies=copies,
            level=level,
        )

    def share(event: events.Event | None) -> Fraction | None:
        if event is None:
            return None
        return of_event(event, rows, misreading, copies=copies, level=level)

    beside = None if own is None else (int(own.counts[own.indel].sum()), own.total)
    indel = of_gaps(
        rows.indel, rows,
        f"bases lost or gained that touch bases {window[0] + 1} to {window[1]} of the amplicon, of "
        "all reads",
        name="indel", control=beside if correct else None, copies=copies, level=level,
    )  # fmt: skip
    alone = share(events.intended_only(aim))
    either: Fraction | None = indel
    written = None
    if aim.prime is not None:
        whole = is_written(rows, aim)
        written = PrimeOutcome(
            scaffold=counted_as(
                has_marker(rows, aim), "scaffold", "the flap goes on into the scaffold"
            )
        )
        if alone is None:
            alone = counted_as(whole, "intended_only", "the intended edit and nothing else")
        either = counted_as(
            whole | any_written(rows, aim) | rows.indel,
            "any_edit",
            "a base of the intended edit, or a gap in the indel window",
        )
    return SampleOutcome(
        aim=aim,
        rows=rows,
        numbers=counts.numbers,
        not_listed=counts.not_listed,
        misreading=misreading,
        any_edit=either if aim.editor.from_base is None else share(events.any_conversion(aim)),
        target_base=share(events.target(aim)),
        intended_protein=share(events.intended_protein(aim)),
        intended_only=alone,
        written=written,
        wrong_residue=share(events.wrong_residue(aim)),
        indel=indel,
        bases=tuple(base_rows(rows, aim, misreading)),
        combinations=tuple(combinations(rows, aim)),
        caveats=tuple(_caveats(counts, aim, misreading, control, copies, consensus=consensus)),
    )


def _misreading(
    counts: AmpliconCounts,
    control: AmpliconCounts | None,
    own: Rows | None,
    aim: Aim,
    *,
    correct: bool,
    consensus: bool,
) -> Misreading:
    columns = aim.amplicon.end - aim.amplicon.start
    if not correct:
        return none_known(columns)
    if consensus:
        unknown = none_known(columns)
        return unknown if own is None else from_control(own, unknown)
    errors, compared = counts.errors, counts.compared
    if control is not None:
        errors, compared = errors + control.errors, compared + control.compared
    flanks = from_flanks(encode(aim.reference), errors, compared, columns)
    return flanks if own is None else from_control(own, flanks)


def _caveats(
    counts: AmpliconCounts,
    aim: Aim,
    misreading: Misreading,
    control: AmpliconCounts | None,
    copies: int | None,
    *,
    consensus: bool,
) -> list[str]:
    said = list(misreading.caveats)
    if counts.not_listed:
        said.append(
            f"{counts.not_listed:,} reads carry alleles that came after the table was full; they "
            "are in no fraction"
        )
    if control is None:
        said.append(
            "no matched control: errors that depend on the neighbouring bases, and gaps that are "
            "there without treatment, are not subtracted"
        )
    if consensus:
        said.append(
            "molecules are counted, each by the allele of more than half of its reads; errors of "
            "the PCR's first cycles stay"
        )
    elif copies is None:
        said.append(
            "genome copies in the PCR are not stated: limits count reads, and no limit of "
            "detection can be below about three in the copies"
        )
    elif copies < counts.called:
        said.append(
            f"{counts.called:,} reads come from {copies:,} genome copies: limits count both"
        )
    codons = aim.codons()
    if aim.frame is not None and aim.target is not None:
        if codons is None:
            said.append("the intended protein is not counted: the target's codon is not read whole")
        elif codons[1] == codons[2]:
            said.append("the intended protein is not counted: the intended edit changes no residue")
    said.append("one sample: how replicates differ is not in the limits")
    return said


def _text(rows: Rows, index: int) -> str:
    letters = (*LETTERS, "-")
    return "".join(letters[code] for code in rows.bases[index].tolist())
