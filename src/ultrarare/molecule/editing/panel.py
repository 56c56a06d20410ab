"""The amplicons of one run and the short words that tell where on which of them a read lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from ultrarare.errors import InputErrors, Problem
from ultrarare.molecule.amplicon import Amplicon, Settings, check
from ultrarare.molecule.editing.codes import Codes, encode
from ultrarare.molecule.sequence import reverse_complement

Ints = npt.NDArray[np.int64]

LEFT, RIGHT = 0, 1
FIELDS: Final = 5
"""Columns of an entry: amplicon, side, rank (0 is nearest the span), strand, offset."""
_FEWEST_SLOTS: Final = 1 << 12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Words:
    """Anchors under their bases, two bits each, in an open-addressed table."""

    keys: Ints  # (slots,) packed bases; -1 where empty
    entry: Ints  # (slots,) row of `entries`
    entries: Ints  # (entries, FIELDS)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Panel:
    """Amplicons with their anchors, as arrays for the kernels.

    Attributes:
        amplicons: what was amplified, each named once.
        settings: how reads are compared.
        sequence: codes of all amplicons, one after the other.
        spans: (amplicons, 5) start and end in `sequence`; compared span and cut in the amplicon.
        nearest: the innermost anchors, which decide almost every read.
        all: every usable anchor.
    """

    amplicons: tuple[Amplicon, ...]
    settings: Settings
    sequence: Codes
    spans: Ints
    nearest: Words
    all: Words
    names: tuple[str, ...] = field(default=())


def make_panel(amplicons: Sequence[Amplicon], settings: Settings | None = None) -> Panel:
    """Check the amplicons and choose their anchors.

    Args:
        amplicons: at least one; names are unique.
        settings: None takes the defaults.

    Raises:
        InputErrors: an amplicon or a setting is out of range, names repeat, or a flank holds no
            anchor that occurs once in all amplicons, on either strand; all are listed.
    """
    settings = Settings() if settings is None else settings
    problems = [problem for one in amplicons for problem in check(one, settings)]
    names = Counter(one.name for one in amplicons)
    problems += [
        Problem(name, f"is the name of {count} amplicons; one is allowed")
        for name, count in names.items()
        if count > 1
    ]
    if settings.anchor > 30:
        problems.append(Problem("anchor", f"{settings.anchor} bases; at most 30 are possible"))
    if not amplicons:
        problems.append(Problem("amplicons", "there is none; at least one is needed"))
    if problems:
        raise InputErrors(problems, where="amplicons")
    often = _occurrences(amplicons, settings.anchor)
    entries: list[tuple[str, tuple[int, ...]]] = []
    for index, one in enumerate(amplicons):
        sides = (
            (LEFT, "left", range(one.start - settings.anchor, -1, -1)),
            (RIGHT, "right", range(one.end, len(one.sequence) - settings.anchor + 1)),
        )
        for side, word, starts in sides:
            found = [
                (text, start)
                for start in starts
                if often[text := one.sequence[start : start + settings.anchor]] == 1
            ]
            if not found:
                problems.append(
                    Problem(
                        f"{one.name}.{word}",
                        f"the {word} flank has no {settings.anchor} bases that occur once in "
                        f"{'the amplicon' if len(amplicons) == 1 else 'all amplicons'}",
                        "Choose a shorter anchor or compared span, or a longer amplicon.",
                    )
                )
            for rank, (text, start) in enumerate(found):
                entries.append((text, (index, side, rank, 0, start)))
                entries.append((reverse_complement(text), (index, side, rank, 1, start)))
    if problems:
        raise InputErrors(problems, where="amplicons")
    ends = np.cumsum([len(one.sequence) for one in amplicons])
    spans = [
        (end - len(one.sequence), end, one.start, one.end, one.cut)
        for one, end in zip(amplicons, ends.tolist(), strict=True)
    ]
    return Panel(
        amplicons=tuple(amplicons),
        settings=settings,
        sequence=encode("".join(one.sequence for one in amplicons)),
        spans=np.array(spans, dtype=np.int64),
        nearest=_words([one for one in entries if one[1][2] == 0]),
        all=_words(entries),
    )


def _occurrences(amplicons: Sequence[Amplicon], size: int) -> Counter[str]:
    """How often each word stands in all amplicons, both strands counted."""
    return Counter(
        strand[start : start + size]
        for one in amplicons
        for strand in (one.sequence, reverse_complement(one.sequence))
        for start in range(len(strand) - size + 1)
    )


def packed(word: str) -> int:
    """Bases as a number, two bits each."""
    value = 0
    for code in encode(word).tolist():
        value = value << 2 | code
    return value


def _words(entries: Sequence[tuple[str, tuple[int, ...]]]) -> Words:
    slots = _FEWEST_SLOTS
    while slots < 8 * len(entries):
        slots *= 2
    keys = np.full(slots, -1, dtype=np.int64)
    entry = np.zeros(slots, dtype=np.int64)
    for row, (word, _) in enumerate(entries):
        key = packed(word)
        slot = slot_of(key, slots)
        while keys[slot] >= 0:
            slot = (slot + 1) % slots
        keys[slot], entry[slot] = key, row
    rows = np.array([fields for _, fields in entries], dtype=np.int64).reshape(-1, FIELDS)
    return Words(keys=keys, entry=entry, entries=rows)


def slot_of(key: int, slots: int) -> int:
    """First slot of a key in a table of a power of two."""
    return ((key * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF) >> (65 - slots.bit_length())
