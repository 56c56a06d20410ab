"""What was edited: several definitions of "edited", each with its own count. They never merge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from ultrarare.errors import NotComputable
from ultrarare.molecule import definitions
from ultrarare.molecule.align import Allele
from ultrarare.molecule.definitions import Definition
from ultrarare.molecule.question import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Reads that fit one definition.

    Attributes:
        name: short name of the definition.
        definition: what is counted, and out of what.
        counted: reads that fit.
        undetermined: reads with an unknown base among those that the definition looks at.
        not_shown: reads whose allele is not listed at all.
        total: all reads: those that fit, those that do not, undetermined and not shown.
    """

    name: str
    definition: str
    counted: int
    undetermined: int
    not_shown: int
    total: int

    @property
    def denominator(self) -> int:
        """Total without the undetermined reads; reads not shown stay in."""
        return self.total - self.undetermined

    @property
    def share(self) -> float | None:
        """Reads that fit over the denominator; None if no read could be judged."""
        return self.counted / self.denominator if self.denominator else None

    @property
    def lower(self) -> float:
        """Share if no undetermined or unlisted read fits."""
        return self.counted / self.total

    @property
    def upper(self) -> float:
        """Share if every undetermined and unlisted read fits."""
        return (self.counted + self.undetermined + self.not_shown) / self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class EditingOutcome:
    """The counts for one set of alleles. There is no number called editing efficiency.

    Attributes:
        any_edit: the editor's conversion anywhere in the stated window.
        target_base: the target converted, whatever else happened.
        intended_protein: the intended residues over the covered codons; None where the codon of
            the target is not read, or the unedited allele codes for them; a caveat says which.
        intended_only: the target converted and nothing else changed.
        indels: bases lost or gained.
        any_change: any difference from the unedited allele.
        positions: conversion at each editable protospacer position, the target included.
        stop_removed_wrong_residue: a stop of the unedited allele replaced by a residue that is
            not the intended one; None where the codon of the target is not read, or without
            such a stop.
        wrong_residues: those residues (one letter) with their reads.
        caveats: what limits the counts.
    """

    total: int
    not_shown: int
    any_edit: Count
    target_base: Count
    intended_protein: Count | None
    intended_only: Count
    indels: Count
    any_change: Count
    positions: Mapping[int, Count]
    stop_removed_wrong_residue: Count | None
    wrong_residues: Mapping[str, int]
    caveats: tuple[str, ...] = ()

    def counts(self) -> tuple[Count, ...]:
        """Every count that could be made, the single positions last."""
        named = (
            self.any_edit, self.target_base, self.intended_protein, self.intended_only,
            self.indels, self.any_change, self.stop_removed_wrong_residue,
        )  # fmt: skip
        return (*(count for count in named if count is not None), *self.positions.values())

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a definition."""
        return [
            {
                "name": one.name, "counted": one.counted, "undetermined": one.undetermined,
                "not_shown": one.not_shown, "total": one.total, "share": one.share,
                "lower": one.lower, "upper": one.upper, "definition": one.definition,
            }
            for one in self.counts()
        ]  # fmt: skip

    def summary(self) -> str:
        """One line a definition, for a terminal."""
        lines = [f"{self.total} reads, {self.not_shown} of them not shown"]
        for one in self.counts():
            share = "not computable" if one.share is None else f"{100 * one.share:.1f} %"
            lines.append(f"{one.name}: {one.counted} of {one.denominator} ({share})")
        return "\n".join([*lines, *self.caveats])


def quantify(
    alleles: Mapping[Allele, int], question: Question, *, not_shown: int = 0
) -> EditingOutcome:
    """Count the alleles under every definition.

    Args:
        alleles: reads with each allele, over the question's span (`Tally.alleles`, or
            `AlleleTable.alleles`).
        question: what is asked.
        not_shown: reads of alleles that are not listed (a published table); they belong to the
            total and to no count.

    Raises:
        NotComputable: there are no reads.

    Notes:
        A read with an unknown base among those that a definition looks at is undetermined for
        that definition, so that shares do not depend on how easily an answer is refuted.
        Checked in
        tests/unit/molecule/test_outcome.py and, on Musunuru et al. 2025, Fig. S8, in
        tests/unit/molecule/test_allele_table.py.
    """
    shown = sum(alleles.values())
    if shown + not_shown == 0:
        raise NotComputable(
            "there are no reads to count",
            where="alleles",
            remedy="See how many fragments the tally refused and why; no reads is not 0 %.",
        )
    count = partial(_count, alleles, not_shown=not_shown)
    protein = definitions.intended_protein(question)
    wrong = definitions.stop_removed_wrong_residue(question)
    bases = question.editable(*question.positions)
    return EditingOutcome(
        total=shown + not_shown,
        not_shown=not_shown,
        any_edit=count(definitions.any_edit(question)),
        target_base=count(definitions.target_base(question)),
        intended_protein=None if protein is None else count(protein),
        intended_only=count(definitions.intended_only(question)),
        indels=count(definitions.indels(question)),
        any_change=count(definitions.any_change(question)),
        positions=MappingProxyType(
            {at: count(definitions.conversion(question, at)) for at in bases}
        ),
        stop_removed_wrong_residue=None if wrong is None else count(wrong[0]),
        wrong_residues=MappingProxyType({} if wrong is None else _named(alleles, *wrong)),
        caveats=tuple(_caveats(question, shown, not_shown)),
    )


def _count(alleles: Mapping[Allele, int], definition: Definition, *, not_shown: int) -> Count:
    answers: Counter[bool | None] = Counter()
    for allele, reads in alleles.items():
        answers[definition.answer(allele)] += reads
    return Count(
        name=definition.name,
        definition=definition.words,
        counted=answers[True],
        undetermined=answers[None],
        not_shown=not_shown,
        total=answers.total() + not_shown,
    )


def _named(
    alleles: Mapping[Allele, int], definition: Definition, name: Callable[[Allele], str]
) -> dict[str, int]:
    named: Counter[str] = Counter()
    for allele, reads in alleles.items():
        if definition.answer(allele):
            named[name(allele)] += reads
    return dict(named)


def _caveats(question: Question, shown: int, not_shown: int) -> Iterator[str]:
    if not_shown:
        yield f"{not_shown} of {shown + not_shown} reads belong to alleles that are not shown"
    if (why := definitions.why_no_protein(question)) is not None:
        yield f"The intended protein is not counted: {why}."
