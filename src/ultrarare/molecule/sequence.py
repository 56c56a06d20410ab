"""Nucleotide strings: complement, IUPAC matching, translation.

Positions in this package are 0-based and interbase unless a name says otherwise; a protospacer
position is 1-based from its PAM-distal end, as the field counts it (0 is the base before it).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ultrarare.errors import InputError

IUPAC: Final[dict[str, frozenset[str]]] = {
    code: frozenset(bases)
    for code, bases in {
        "A": "A", "C": "C", "G": "G", "T": "T",
        "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
        "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
    }.items()
}  # fmt: skip

_COMPLEMENT = str.maketrans("ACGTRYSWKMBDHVNacgtryswkmbdhvn", "TGCAYRSWMKVHDBNtgcayrswmkvhdbn")
_BASES = "TCAG"
_AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
GENETIC_CODE: Final[dict[str, str]] = {
    a + b + c: _AMINO_ACIDS[16 * i + 4 * j + k]
    for i, a in enumerate(_BASES)
    for j, b in enumerate(_BASES)
    for k, c in enumerate(_BASES)
}
"""NCBI translation table 1, from its compact form in TCAG order."""

THREE_LETTER: Final[dict[str, str]] = {
    "A": "Ala", "R": "Arg", "N": "Asn", "D": "Asp", "C": "Cys", "Q": "Gln", "E": "Glu",
    "G": "Gly", "H": "His", "I": "Ile", "L": "Leu", "K": "Lys", "M": "Met", "F": "Phe",
    "P": "Pro", "S": "Ser", "T": "Thr", "W": "Trp", "Y": "Tyr", "V": "Val", "*": "Ter",
}  # fmt: skip


def read_bases(text: str, *, where: str, allowed: str = "ACGT") -> str:
    """The bases of `text` in upper case with white space removed.

    Args:
        text: DNA (or RNA: U becomes T).
        where: how an error names the place.
        allowed: the IUPAC letters accepted.

    Raises:
        InputError: nothing is left, or a letter is not in `allowed`.
    """
    bases = "".join(text.split()).upper().replace("U", "T")
    if not bases:
        raise InputError("holds no bases", where=where)
    for index, base in enumerate(bases):
        if base not in allowed:
            raise InputError(
                f"base {base!r} at position {index + 1} is not one of {allowed}", where=where
            )
    return bases


def reverse_complement(bases: str) -> str:
    """The opposite strand, 5' to 3'; IUPAC letters and case are kept."""
    return bases.translate(_COMPLEMENT)[::-1]


def matches(pattern: str, bases: str) -> bool:
    """Whether `bases` (A, C, G, T) fit the IUPAC `pattern` of the same length."""
    return len(pattern) == len(bases) and all(
        base in IUPAC[code] for code, base in zip(pattern, bases, strict=True)
    )


def find_all(needle: str, haystack: str) -> Iterator[int]:
    """Every start, overlapping ones too, at which the IUPAC `needle` matches `haystack`."""
    for start in range(len(haystack) - len(needle) + 1):
        if matches(needle, haystack[start : start + len(needle)]):
            yield start


def translate(bases: str) -> str:
    """One-letter protein of complete codons; X for a codon that holds an ambiguous base.

    Trailing bases that make no codon are left out; translation does not halt at a stop.
    """
    codons = (bases[i : i + 3] for i in range(0, len(bases) - len(bases) % 3, 3))
    return "".join(GENETIC_CODE.get(codon, "X") for codon in codons)
