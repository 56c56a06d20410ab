"""One row of the allele figure, and the words that stand under the figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Allele:
    """One allele: its sequence aligned to the reference, reads, share and consequence.

    Attributes:
        sequence: as long as the reference; `-` stands for a lost base.
        reads: how many show it.
        share: of all reads.
        outcome: what it is, in words.
        protein: residues; empty where they are not known.
        insertions: gained bases with the protospacer position that they follow.
    """

    sequence: str
    reads: int
    share: float
    outcome: str
    protein: str
    insertions: tuple[tuple[int, str], ...] = ()


def consequence(allele: Allele) -> str:
    """Outcome and residues in one line."""
    return " · ".join(part for part in (allele.outcome, allele.protein) if part)


def left_out(rest: Sequence[Allele], total: int, unseen: tuple[int, int], unit: str) -> list[str]:
    """Alleles without a row: those beyond the last row, and those that the source does not list."""
    notes = []
    if rest:
        share = 100 * sum(allele.share for allele in rest)
        notes.append(f"{len(rest)} more alleles are not drawn, {share:.1f}% of {unit}")
    if unseen[1] > 0:
        which = f"{unseen[0]} further alleles" if unseen[0] else "alleles that are"
        share = 100 * unseen[1] / total if total else 0.0
        notes.append(f"{which} not shown: {unseen[1]:,} {unit}, {share:.1f}%")
    return notes


def description(shown: Sequence[Allele], total: int, unit: str, target: int | None) -> str:
    """Alternative text of the figure."""
    first = "; ".join(
        ", ".join(
            [
                allele.sequence,
                *(f"{bases} inserted after {after}" for after, bases in allele.insertions),
                consequence(allele),
                f"{100 * allele.share:.1f}%",
            ]
        )
        for allele in shown[:5]
    )
    aimed = "" if target is None else f"; the target base is at protospacer position {target}"
    return (
        f"Aligned sequences of {len(shown)} alleles from {total:,} {unit}{aimed}. "
        f"Most frequent: {first}."
    )


def what_is_drawn(
    shown: Sequence[Allele], reference: str, first: int, drawn: tuple[int, int]
) -> Iterator[str]:
    """Sentences on lost and gained bases, and on positions that are not drawn.

    Args:
        shown: the alleles that have a row.
        reference: over the whole compared span.
        first: protospacer position of its first base.
        drawn: first and last position that has a column.
    """
    if any(allele.insertions for allele in shown):
        yield "A caret marks gained bases, written under it."
    if any("-" in (allele.sequence[:1], allele.sequence[-1:]) for allele in shown):
        yield "A row that begins or ends in dashes may have lost more bases beyond."
    last = first + len(reference) - 1
    if drawn != (first, last):
        yield f"Positions {_span(*drawn)} are drawn, of {_span(first, last)} compared."
        elsewhere = sum(_differs_outside(allele, reference, first, drawn) for allele in shown)
        if elsewhere:
            yield f"Changes outside them, in {elsewhere} of the alleles, are not drawn."
    if any(len(allele.sequence) != len(reference) for allele in shown):
        yield "A row of another length than the reference is not aligned base by base."


def _span(first: int, last: int) -> str:
    return f"{first} to {last}".replace("-", "−")


def _differs_outside(allele: Allele, reference: str, first: int, drawn: tuple[int, int]) -> bool:
    """Whether anything changed at a position, or between two, that is not drawn."""
    left, right = drawn[0] - first, drawn[1] - first + 1
    return (
        allele.sequence[:left] != reference[:left]
        or allele.sequence[right:] != reference[right:]
        or any(not drawn[0] - 1 <= after <= drawn[1] for after, _ in allele.insertions)
    )
