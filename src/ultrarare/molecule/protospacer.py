"""Where a guide lies in a sequence: strand, span, PAM, and protospacer positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ultrarare.errors import InputError, InputErrors, Problem
from ultrarare.molecule.sequence import find_all, matches, read_bases, reverse_complement

Strand = Literal["+", "-"]
_NEAR = 3  # a miss this close is worth naming: most often the other allele was supplied


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A protospacer in a context; spans are 0-based, interbase, on the context's plus strand.

    Position 1 is the 5' end of the protospacer on its own strand; 0 is the base before it, and
    positions go on past both ends.
    """

    guide: str
    strand: Strand
    start: int
    end: int
    pam: str  # the bases found, 5' to 3' on the strand of the guide
    pam_start: int
    pam_end: int

    def offset(self, position: int) -> int:
        """Plus-strand offset (0-based, of the base itself) of a protospacer position."""
        return self.start + position - 1 if self.strand == "+" else self.end - position

    def position(self, offset: int) -> int:
        """Protospacer position of the base at a plus-strand offset."""
        return offset - self.start + 1 if self.strand == "+" else self.end - offset

    def boundary_after(self, position: int) -> int:
        """Plus-strand interbase offset between a protospacer position and the next one."""
        return self.start + position if self.strand == "+" else self.end - position

    def shifted(self, by: int) -> Site:
        """The same site in a context that has `by` more bases on its left."""
        return Site(
            guide=self.guide, strand=self.strand, pam=self.pam,
            start=self.start + by, end=self.end + by,
            pam_start=self.pam_start + by, pam_end=self.pam_end + by,
        )  # fmt: skip

    def base(self, context: str, position: int) -> str:
        """The base at a protospacer position, on the strand of the guide.

        Raises:
            InputError: the position lies outside `context`.
        """
        at = self.offset(position)
        if not 0 <= at < len(context):
            raise InputError(
                f"protospacer position {position} lies outside a context of {len(context)} bases",
                where="position",
            )
        return context[at] if self.strand == "+" else reverse_complement(context[at])


def locate(guide: str, context: str, *, pam: str, pam_side: Literal["5'", "3'"] = "3'") -> Site:
    """The one place where `guide` stands beside its PAM, on either strand of `context`.

    Args:
        guide: spacer, 5' to 3', as DNA or RNA letters.
        context: plus strand of the sequence searched; N is allowed and matches nothing.
        pam: IUPAC letters, 5' to 3' on the strand of the guide.
        pam_side: 3' if the PAM follows the protospacer, 5' if it precedes it.

    Returns:
        The site. The guide may occur elsewhere without a PAM; with a PAM it occurs once.

    Raises:
        InputError: a letter that is no base, or the guide does not occur.
        InputErrors: the guide occurs but no PAM stands beside it, or it occurs with a PAM more
            than once; every place is listed.

    Notes:
        Exact match only; off-target search is another module's work. Checked in
        tests/unit/molecule/test_protospacer.py.
    """
    spacer = read_bases(guide, where="guide")
    bases = read_bases(context, where="context", allowed="ACGTN")
    motif = read_bases(pam, where="pam", allowed="ACGTRYSWKMBDHVN")
    places = list(_places(spacer, bases, len(motif), pam_side))
    if not places:
        raise _absent(spacer, bases)
    sites = [site for site in places if matches(motif, site.pam)]
    if not sites:
        raise InputErrors(
            [Problem(_name(s), f"PAM {s.pam!r} does not fit {motif}") for s in places],
            where="guide beside its PAM",
        )
    if len(sites) > 1:
        raise InputErrors(
            [Problem(_name(s), f"guide and PAM {s.pam} stand here; one place is allowed")
             for s in sites],
            where="guide found more than once",
        )  # fmt: skip
    return sites[0]


def _places(spacer: str, context: str, pam_length: int, side: str) -> Iterator[Site]:
    """Every occurrence; the PAM is cut short (perhaps empty) at the context's end."""
    strands: tuple[tuple[Strand, str], ...] = (("+", context), ("-", reverse_complement(context)))
    for strand, bases in strands:
        for start in find_all(spacer, bases):
            end = start + len(spacer)
            low, high = (
                (end, min(end + pam_length, len(bases)))
                if side == "3'"
                else (max(start - pam_length, 0), start)
            )
            spans = (start, end, low, high)
            if strand == "-":
                size = len(bases)
                spans = (size - end, size - start, size - high, size - low)
            yield Site(
                guide=spacer, strand=strand, start=spans[0], end=spans[1],
                pam=bases[low:high], pam_start=spans[2], pam_end=spans[3],
            )  # fmt: skip


def _name(site: Site) -> str:
    return f"context[{site.start}:{site.end}] strand {site.strand}"


def _absent(spacer: str, context: str) -> InputError:
    near = _nearest(spacer, context)
    remedy = "Check the strand of the guide and that the context reaches far enough."
    if near is not None:
        count, name, positions = near
        places = ", ".join(map(str, positions))
        remedy = (
            f"Nearest: {name}, {count} mismatch{'es' if count > 1 else ''} at protospacer "
            f"position {places}. Supply the allele that the guide is meant for."
        )
    return InputError(
        f"{spacer} occurs on neither strand of a context of {len(context)} bases; "
        "one occurrence is needed",
        where="guide",
        remedy=remedy,
    )


def _nearest(spacer: str, context: str) -> tuple[int, str, list[int]] | None:
    """Fewest mismatches, if no more than `_NEAR`; the plus strand and the left end win ties."""
    best: tuple[int, str, list[int]] | None = None
    size = len(spacer)
    for strand, bases in (("+", context), ("-", reverse_complement(context))):
        for start in range(len(bases) - size + 1):
            there = bases[start : start + size]
            wrong = [i + 1 for i in range(size) if there[i] != spacer[i]]
            if len(wrong) <= _NEAR and (best is None or len(wrong) < best[0]):
                low = start if strand == "+" else len(bases) - start - size
                best = (len(wrong), f"context[{low}:{low + size}] strand {strand}", wrong)
    return best
