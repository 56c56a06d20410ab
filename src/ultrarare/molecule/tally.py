"""Counts of alleles and of what could not be called; counts of parts add up to the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ultrarare.errors import InputError
from ultrarare.molecule.align import Allele


class Reason(StrEnum):
    """Why a fragment has no allele."""

    TOO_SHORT = "too short"
    LOW_QUALITY = "low mean quality"
    NO_MATCH = "no match to the amplicon"
    SPAN_NOT_COVERED = "does not reach across the compared span"
    MATES_DO_NOT_OVERLAP = "mates do not overlap"
    MATES_DISAGREE = "mates disagree"
    MATES_AMBIGUOUS = "mates overlap in more than one way"
    SEVERAL_AMPLICONS = "matches more than one amplicon"
    JUNCTION = "begins in one amplicon and ends in another"
    TOO_LARGE = "differs too much to be aligned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many fragments carry each allele, and how many were refused and why.

    Tallies of one `key` form a commutative monoid under `+`, with `Tally(key=key)` as zero.

    Attributes:
        key: digest of the amplicon and settings; only tallies of the same key add.
        alleles: fragments with each allele over the compared span.
        refused: fragments with no allele, by reason.
        masked_bases: bases turned into N because of their quality, over all fragments.
    """

    key: str
    alleles: Mapping[Allele, int] = field(default_factory=dict)
    refused: Mapping[Reason, int] = field(default_factory=dict)
    masked_bases: int = 0

    def __post_init__(self) -> None:
        for name in ("alleles", "refused"):
            counts = {key: n for key, n in getattr(self, name).items() if n}
            object.__setattr__(self, name, MappingProxyType(counts))

    def __add__(self, other: Tally) -> Tally:
        if self.key != other.key:
            raise InputError("tallies of different amplicons or settings do not add", where="tally")
        return Tally(
            key=self.key,
            alleles=Counter(self.alleles) + Counter(other.alleles),
            refused=Counter(self.refused) + Counter(other.refused),
            masked_bases=self.masked_bases + other.masked_bases,
        )

    @property
    def called(self) -> int:
        """Fragments with an allele."""
        return sum(self.alleles.values())

    @property
    def fragments(self) -> int:
        """Fragments seen; every one is either called or refused."""
        return self.called + sum(self.refused.values())

    def ranked(self) -> list[tuple[Allele, int]]:
        """Alleles by count, most first; equal counts in the order of their changes."""
        return sorted(self.alleles.items(), key=lambda item: (-item[1], item[0]))

    def summary(self) -> str:
        """One line for a log or a terminal."""
        refused = ", ".join(f"{n} {reason}" for reason, n in sorted(self.refused.items()))
        return (
            f"{self.called} of {self.fragments} fragments called, {len(self.alleles)} alleles; "
            f"refused: {refused or 'none'}; {self.masked_bases} bases masked"
        )

    def to_rows(self) -> list[dict[str, Any]]:
        """One row an allele, most frequent first."""
        return [{"allele": describe(allele), "fragments": count} for allele, count in self.ranked()]


def describe(allele: Allele) -> str:
    """An allele in words: `=` for the reference, else changes at 0-based interbase offsets."""
    return " ".join(f"{c.start}:{c.ref or '-'}>{c.alt or '-'}" for c in allele) or "="
