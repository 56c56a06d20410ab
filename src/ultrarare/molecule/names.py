"""Variant names: a strict reader for the part of HGVS that names one change of DNA or protein.

It reads text and nothing else. What a name means on a reference is `allele.place`; its normal
form is `hgvs.normalise`. The text itself is kept, letter for letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from ultrarare.errors import InputError
from ultrarare.molecule.protein_name import canonical_protein
from ultrarare.molecule.transcript import ACCESSION

Kind = Literal["c", "g", "n", "p"]

LONGEST: Final = 2000  # letters; bounded before anything else looks at the text

_DNA: Final = re.compile(
    r"(?P<start>[-*]?\d{1,10}(?:[+-]\d{1,9})?)(?:_(?P<end>[-*]?\d{1,10}(?:[+-]\d{1,9})?))?"
    r"(?:(?P<sub_ref>[ACGT])>(?P<sub_alt>[ACGT])"
    r"|del(?P<delins_ref>[ACGT]*)ins(?P<delins_alt>[ACGT]+)"
    r"|del(?P<del_ref>[ACGT]*)|dup(?P<dup_ref>[ACGT]*)|ins(?P<ins_alt>[ACGT]+)"
    r"|(?P<inv>inv)|(?P<same_ref>[ACGT]*)(?P<same>=))"
)
_POSITION: Final = re.compile(r"(?P<sign>[-*]?)(?P<base>\d+)(?P<offset>[+-]\d+)?")


class Edit(StrEnum):
    """What a name says happened."""

    SUBSTITUTION = "substitution"
    DELETION = "deletion"
    DUPLICATION = "duplication"
    INSERTION = "insertion"
    DELINS = "deletion-insertion"
    INVERSION = "inversion"
    IDENTITY = "no change"
    PROTEIN = "protein change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A position as written: `1003`, `-7` (base -7), `*3` (after the stop), `1003-2` (offset -2).

    `base` is never 0, and an offset, where there is one, is not 0 either.
    """

    base: int
    offset: int = 0
    after_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedVariant:
    """One variant name, taken apart.

    Attributes:
        text: as it was given, unchanged.
        start, end: first and last base named (equal for a single base); None for a protein name.
        ref: the bases that the name states for the reference; None if it states none.
        alt: the bases put in, as written; empty for a deletion, a duplication, an inversion.
        protein: canonical form of a protein name, see `canonical_protein`; None for DNA.
    """

    text: str
    accession: str
    kind: Kind
    edit: Edit
    start: Position | None = None
    end: Position | None = None
    ref: str | None = None
    alt: str = ""
    protein: str | None = None

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> ParsedVariant:
    """Take one HGVS variant name apart.

    Args:
        text: accession with version, `:`, `c.`, `g.`, `n.` or `p.`, and one change. At most
            2,000 letters, ASCII, no white space.

    Raises:
        InputError: anything else, naming the letter or the part that is not allowed: among them
            position 0, an offset of 0, start after end, an insertion between bases that are not
            neighbours, a substitution by the same base, and brackets (more than one change).

    Example:
        >>> parse("NM_001875.5:c.1003C>T").edit
        <Edit.SUBSTITUTION: 'substitution'>
    """
    _check_letters(text)
    accession, colon, rest = text.partition(":")
    if not colon:
        raise InputError(
            "no ':' between the accession and the change", where=_short(text), remedy=_LIKE
        )
    _check_accession(accession, where=_short(text))
    kind, dot, change = rest.partition(".")
    if not dot or kind not in {"c", "g", "n", "p"}:
        raise InputError(
            f"{kind[:12]!r} stands before the change; c., g., n. and p. are read",
            where=_short(text),
            remedy=_LIKE,
        )
    if kind == "p":
        return ParsedVariant(
            text=text,
            accession=accession,
            kind="p",
            edit=Edit.PROTEIN,
            protein=canonical_protein(change, where=_short(text)),
        )
    if any(bracket in change for bracket in "[]();"):
        raise InputError(
            "brackets: one change on one allele is read, without uncertain positions or counts",
            where=_short(text),
            remedy="give each change as a variant of its own",
        )
    return _dna(text, accession, kind, change)  # type: ignore[arg-type]


_LIKE: Final = "write it as NM_001875.5:c.1003C>T"


def _check_letters(text: str) -> None:
    if len(text) > LONGEST:
        raise InputError(
            f"{len(text):,} letters; a variant name has at most {LONGEST:,}", where=_short(text)
        )
    for index, letter in enumerate(text):
        if not "!" <= letter <= "~":
            raise InputError(
                f"letter {index + 1} is {letter!r} (U+{ord(letter):04X}); "
                "visible ASCII letters are allowed",
                where=_short(text),
                remedy="type the plain letter: '>' for an arrow, '-' for a dash, no spaces",
            )


def _check_accession(accession: str, *, where: str) -> None:
    if ACCESSION.fullmatch(accession):
        return
    if ACCESSION.fullmatch(accession + ".1"):
        raise InputError(
            f"accession {accession!r} has no version",
            where=where,
            remedy=f"say which version was used, as {accession}.1 does for version 1",
        )
    raise InputError(
        f"{accession[:40]!r} is no accession with a version",
        where=where,
        remedy="NC_…, NM_…, NP_… or ENST… with its version; a gene or 'chr2' names no sequence",
    )


def _dna(text: str, accession: str, kind: Kind, change: str) -> ParsedVariant:
    match = _DNA.fullmatch(change)
    if match is None:
        raise InputError(
            f"{change[:40]!r} is no change that is read here",
            where=_short(text),
            remedy="substitution C>T, del, dup, ins with bases, delins with bases, inv, or =",
        )
    start = _position(match["start"], kind, where=_short(text))
    end = start if match["end"] is None else _position(match["end"], kind, where=_short(text))
    edit, ref, alt = _edit(match)
    variant = ParsedVariant(
        text=text, accession=accession, kind=kind, edit=edit, start=start, end=end, ref=ref, alt=alt
    )
    _check_sense(variant, single=match["end"] is None)
    return variant


def _edit(match: re.Match[str]) -> tuple[Edit, str | None, str]:
    """Kind, stated reference bases and new bases; an empty statement is None, not ''."""
    if match["sub_ref"] is not None:
        return Edit.SUBSTITUTION, match["sub_ref"], match["sub_alt"]
    if match["delins_alt"] is not None:
        return Edit.DELINS, match["delins_ref"] or None, match["delins_alt"]
    if match["del_ref"] is not None:
        return Edit.DELETION, match["del_ref"] or None, ""
    if match["dup_ref"] is not None:
        return Edit.DUPLICATION, match["dup_ref"] or None, ""
    if match["ins_alt"] is not None:
        return Edit.INSERTION, None, match["ins_alt"]
    if match["inv"] is not None:
        return Edit.INVERSION, None, ""
    return Edit.IDENTITY, match["same_ref"] or None, ""


def _position(text: str, kind: Kind, *, where: str) -> Position:
    match = _POSITION.fullmatch(text)
    if match is None or int(match["base"]) == 0:
        raise InputError(
            f"position {text!r}: HGVS counts from 1 and has no 0",
            where=where,
            remedy="the base before c.1 is c.-1",
        )
    offset = match["offset"]
    if offset is not None and int(offset) == 0:
        raise InputError(
            f"position {text!r}: an offset into an intron is at least 1",
            where=where,
            remedy="leave the offset out for a base of the exon",
        )
    if kind == "g" and (match["sign"] or offset is not None):
        raise InputError(
            f"position {text!r}: g. positions have no sign, star or offset", where=where
        )
    base = int(match["base"])
    return Position(
        base=-base if match["sign"] == "-" else base,
        offset=0 if offset is None else int(offset),
        after_stop=match["sign"] == "*",
    )


def _check_sense(variant: ParsedVariant, *, single: bool) -> None:
    start, end, where = variant.start, variant.end, _short(variant.text)
    if start is None or end is None:
        return
    before = (start.after_stop, start.base, start.offset), (end.after_stop, end.base, end.offset)
    if before[0] > before[1] or (before[0] == before[1] and not single):
        raise InputError("the first position must lie before the second", where=where)
    if variant.edit is Edit.INSERTION and (single or not _neighbours(start, end)):
        raise InputError(
            "an insertion lies between two neighbouring positions, as 1003_1004insA",
            where=where,
        )
    if variant.edit is Edit.INVERSION and single:
        raise InputError("an inversion has at least two bases", where=where)
    if variant.edit is Edit.SUBSTITUTION:
        if not single:
            raise InputError("a substitution has one position", where=where, remedy="use delins")
        if variant.ref == variant.alt:
            raise InputError(
                f"{variant.ref}>{variant.alt} changes nothing", where=where, remedy="write '='"
            )
    if single and variant.ref is not None and len(variant.ref) != 1:
        raise InputError(f"one position, but {len(variant.ref)} bases stated", where=where)


def _neighbours(start: Position, end: Position) -> bool:
    """Whether two positions can be neighbours; an exon edge needs the reference to tell."""
    if start.offset or end.offset:
        same = (start.base, start.after_stop) == (end.base, end.after_stop)
        return end.offset - start.offset == 1 if same else abs(start.offset) + abs(end.offset) >= 1
    if start.after_stop != end.after_stop:
        return end.base == 1
    return end.base - start.base == 1 or (start.base, end.base) == (-1, 1)


def _short(text: str) -> str:
    """The text for an error, cut so that a huge one does not fill the screen."""
    return text if len(text) <= 60 else f"{text[:57]}…"
