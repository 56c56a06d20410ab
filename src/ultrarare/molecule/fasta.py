"""FASTA files, read strictly: every oddity is an error with file and line."""

from __future__ import annotations

from pathlib import Path

from ultrarare.errors import InputError
from ultrarare.molecule.sequence import IUPAC


def read_fasta(path: Path) -> tuple[tuple[str, str], ...]:
    """The records of a FASTA file: name (first word after `>`) and bases in upper case.

    Args:
        path: plain text. Lower case (soft-masked) becomes upper case; IUPAC letters stay.

    Raises:
        InputError: naming file and line: no record, text before the first one, a record without
            name or bases, a name that comes twice, a letter that is no IUPAC nucleotide code,
            or bytes that are not ASCII.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as odd:
        raise InputError(
            f"byte {odd.start + 1} is not ASCII", where=str(path), remedy="save it as plain FASTA"
        ) from None
    names: dict[str, int] = {}
    chunks: list[list[str]] = []
    for number, line in enumerate(lines, start=1):
        where = f"{path}:{number}"
        if line.startswith(">"):
            _check_filled(names, chunks, path)
            name = (line[1:].split() or [""])[0]
            if not name or name in names:
                found = f"record {name!r} stands in line {names[name]} too" if name else "no name"
                raise InputError(found, where=where)
            names[name] = number
            chunks.append([])
        elif line.strip():
            if not chunks:
                raise InputError("text before the first record, which starts with '>'", where=where)
            chunks[-1].append(_fasta_line(line, where=where))
    _check_filled(names, chunks, path)
    if not names:
        raise InputError("holds no record; one starts with '>' and a name", where=str(path))
    return tuple(zip(names, map("".join, chunks), strict=True))


def _fasta_line(line: str, *, where: str) -> str:
    bases = line.strip().upper()
    for column, letter in enumerate(bases, start=1):
        if letter not in IUPAC:
            raise InputError(f"{letter!r} at column {column} is no nucleotide code", where=where)
    return bases


def _check_filled(names: dict[str, int], chunks: list[list[str]], path: Path) -> None:
    """Stop at a record that ended without bases."""
    if chunks and not chunks[-1]:
        name, number = list(names.items())[-1]
        raise InputError(f"record {name!r} holds no bases", where=f"{path}:{number}")
