"""Made reads with a known answer: FASTQ from allele sequences and counts.

Written apart from the quantifier and sharing no code with it, so that one can check the other.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ultrarare.errors import InputError, InputErrors, Problem

_OTHER = {"A": "CGT", "C": "AGT", "G": "ACT", "T": "ACG"}
_PAIR = {"A": "T", "C": "G", "G": "C", "T": "A"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedReads:
    """Two FASTQ files (one, if single) as gzip bytes, with what was put into them."""

    r1: bytes
    r2: bytes | None
    fragments: int
    errors: int  # substitutions made, over all reads


def simulate_reads(
    alleles: Mapping[str, int],
    *,
    left: str,
    right: str,
    rng: np.random.Generator,
    read_length: int | None = None,
    paired: bool = False,
    error_rate: float = 0.0,
    quality: int = 37,
    error_quality: int | None = None,
    reverse_share: float = 0.5,
    prefix: str = "made",
) -> SimulatedReads:
    """Gzipped FASTQ of an amplicon in which each allele has its stated number of fragments.

    Args:
        alleles: plus-strand sequence of the varying part (may be empty, or of any length) to
            the number of fragments that carry it.
        left: constant sequence before it.
        right: constant sequence after it.
        rng: source of all randomness: order, orientation, errors.
        read_length: bases of each read; None reads through the whole amplicon.
        paired: two mates, one from each end, instead of one read.
        error_rate: chance that a base is replaced by one of the three others.
        quality: Phred score of a right base, 0 to 93.
        error_quality: Phred score of a wrong base; None gives it `quality`, so that quality
            tells nothing.
        reverse_share: chance that a fragment is sequenced from the other strand.
        prefix: start of each read's name; names carry a running number and nothing else.

    Raises:
        InputErrors: an argument is out of range; all are listed.

    Notes:
        The bytes depend on the arguments, the generator and the zlib version (their content on
        the first two only). Checked in tests/unit/molecule/test_simulate.py.
    """
    _check(alleles, left, right, error_rate, reverse_share, quality, error_quality)
    order = [sequence for sequence, count in sorted(alleles.items()) for _ in range(count)]
    files: tuple[list[str], list[str]] = ([], [])
    marks = (chr(33 + quality), chr(33 + (quality if error_quality is None else error_quality)))
    errors = 0
    for number, index in enumerate(rng.permutation(len(order)), start=1):
        molecule = left + order[index] + right
        if rng.random() < reverse_share:
            molecule = _other_strand(molecule)
        ends = (molecule, _other_strand(molecule)) if paired else (molecule,)
        for mate, end in enumerate(ends):
            bases, qualities, wrong = _sequenced(end[:read_length], error_rate, marks, rng)
            files[mate].append(f"@{prefix}:{number} {mate + 1}\n{bases}\n+\n{qualities}\n")
            errors += wrong
    return SimulatedReads(
        r1=gzipped("".join(files[0]).encode()),
        r2=gzipped("".join(files[1]).encode()) if paired else None,
        fragments=len(order),
        errors=errors,
    )


def gzipped(data: bytes) -> bytes:
    """One gzip member without a time or a name, so that equal content gives equal bytes."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    trailer = struct.pack("<II", zlib.crc32(data), len(data) % (1 << 32))
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + body + trailer


def _other_strand(bases: str) -> str:
    return "".join(_PAIR[base] for base in reversed(bases))


def _sequenced(
    bases: str, error_rate: float, marks: tuple[str, str], rng: np.random.Generator
) -> tuple[str, str, int]:
    """Bases and qualities as read, and the number of errors made."""
    at = np.flatnonzero(rng.random(len(bases)) < error_rate) if error_rate > 0 else np.empty(0, int)
    letters, qualities = list(bases), [marks[0]] * len(bases)
    for index in at.tolist():
        letters[index] = _OTHER[letters[index]][int(rng.integers(3))]
        qualities[index] = marks[1]
    return "".join(letters), "".join(qualities), int(at.size)


def _check(
    alleles: Mapping[str, int],
    left: str,
    right: str,
    error_rate: float,
    reverse_share: float,
    quality: int,
    error_quality: int | None,
) -> None:
    problems = []
    for where, bases in (("left", left), ("right", right), *(("alleles", a) for a in alleles)):
        if set(bases) - set(_PAIR):
            problems.append(Problem(where, f"{bases!r} holds a letter other than A, C, G, T"))
    problems += [
        Problem(f"alleles[{bases}]", f"{count!r} fragments; a whole number of 0 or more is needed")
        for bases, count in alleles.items()
        if count < 0
    ]
    for where, share in (("error_rate", error_rate), ("reverse_share", reverse_share)):
        if not 0 <= share <= 1:
            problems.append(Problem(where, f"{share} lies outside 0 to 1"))
    for where, score in (("quality", quality), ("error_quality", error_quality)):
        if score is not None and not 0 <= score <= 93:
            problems.append(Problem(where, f"{score} lies outside Phred 0 to 93"))
    if problems:
        raise InputErrors(problems, where="simulate_reads")
    if not sum(alleles.values()):
        raise InputError("there is no fragment to simulate", where="alleles")
