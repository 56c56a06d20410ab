"""From reads of one amplicon to counts of alleles over a compared span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from ultrarare import digest
from ultrarare.errors import InputErrors, Problem
from ultrarare.molecule.align import Allele, Costs, align
from ultrarare.molecule.inflate import DEFAULT_MAX_BYTES
from ultrarare.molecule.mates import merge
from ultrarare.molecule.reads import Fragment, Read, stream_fragments
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.tally import Reason, Tally

_CHUNK: Final = 20_000
_N: Final = ord("N")
_MEMORY: Final = 1 << 16  # segments remembered; beyond it they are aligned again


@dataclass(frozen=True, slots=True, kw_only=True)
class Amplicon:
    """The unedited sequence between the primers, and the span in which alleles are compared.

    Attributes:
        name: for messages.
        sequence: plus strand, A, C, G, T.
        start: interbase start of the compared span.
        end: its end.
        cut: interbase offset of the cut or nick; gaps are placed toward it.
    """

    name: str
    sequence: str
    start: int
    end: int
    cut: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How reads are accepted and compared; all of it is recorded with the result.

    Attributes:
        anchor: bases that must match exactly on each side of the compared span.
        min_length: shorter fragments are refused.
        min_mean_quality: arithmetic mean of the Phred scores; None accepts all.
        mask_below: bases of lower Phred score become N; None masks nothing.
        max_mismatch_share: substitutions allowed between the anchors, as a share of the bases.
        min_overlap: overlap that mates need.
        max_overlap_mismatch_share: disagreeing bases allowed in it.
        costs: alignment costs.
    """

    anchor: int = 12
    min_length: int = 40
    min_mean_quality: float | None = None
    mask_below: int | None = None
    max_mismatch_share: float = 0.2
    min_overlap: int = 16
    max_overlap_mismatch_share: float = 0.15
    costs: Costs = field(default_factory=Costs)


class Caller:
    """Calls the allele of one fragment. It remembers answers, which changes speed only.

    Args:
        amplicon: what was amplified.
        settings: how reads are compared.

    Raises:
        InputErrors: the span or cut does not lie in the amplicon, a flank holds no anchor that
            occurs once, or a setting is out of range; all are listed.
    """

    def __init__(self, amplicon: Amplicon, settings: Settings | None = None) -> None:
        self.amplicon = amplicon
        self.settings = Settings() if settings is None else settings
        if problems := check(amplicon, self.settings):
            raise InputErrors(problems, where=amplicon.name)
        size, bases = self.settings.anchor, amplicon.sequence
        usable = partial(_usable_anchors, bases, size)
        # Nearest to the span first: less to align, and fewer sequencing errors between.
        self._left = list(usable(range(amplicon.start - size, -1, -1)))
        self._right = list(usable(range(amplicon.end, len(bases) - size + 1)))
        problems = [
            Problem(f"{amplicon.name}.{side}", f"the {side} flank has no {size} bases that occur "
                    "once in the amplicon", "Choose a shorter anchor or compared span.")
            for side, found in (("left", self._left), ("right", self._right)) if not found
        ]  # fmt: skip
        if problems:
            raise InputErrors(problems, where=amplicon.name)
        self._known: dict[tuple[str, int, int], Allele | Reason] = {}
        self.key = digest.of_value(
            {"amplicon": asdict(amplicon), "settings": asdict(self.settings)}
        )

    def read_of(self, fragment: Fragment) -> Read | Reason:
        """The one read that a fragment gives: mates merged, length and quality checked."""
        read: Read | Reason = fragment[0]
        if len(fragment) == 2:
            read = merge(
                fragment[0],
                fragment[1],
                min_overlap=self.settings.min_overlap,
                max_mismatch_share=self.settings.max_overlap_mismatch_share,
            )
        if isinstance(read, Reason):
            return read
        if len(read.bases) < self.settings.min_length:
            return Reason.TOO_SHORT
        least = self.settings.min_mean_quality
        if least is not None and sum(read.qualities.encode()) < (least + 33) * len(read.bases):
            return Reason.LOW_QUALITY
        return read

    def masked(self, read: Read) -> tuple[str, int]:
        """Bases with those of low quality as N, and how many were turned into N."""
        below = self.settings.mask_below
        if below is None or ord(min(read.qualities)) >= below + 33:
            return read.bases, 0
        codes = np.frombuffer(read.bases.encode(), dtype=np.uint8)
        low = np.frombuffer(read.qualities.encode(), dtype=np.uint8) < below + 33
        bases = np.where(low, _N, codes).astype(np.uint8).tobytes().decode()
        return bases, int(np.count_nonzero(low & (codes != _N)))

    def allele(self, bases: str) -> Allele | Reason:
        """The allele of a read in either orientation, over the compared span."""
        other = reverse_complement(bases)
        for depth in (1, None):  # the innermost anchors decide almost every read
            for oriented in (bases, other):
                left = self._find(oriented, self._left[:depth])
                right = self._find(oriented, self._right[:depth])
                if left is not None and right is not None and left[0] < right[0]:
                    return self._between(oriented, left, right)
        reached = any(
            self._find(oriented, anchors) is not None
            for oriented in (bases, other)
            for anchors in (self._left, self._right)
        )
        return Reason.SPAN_NOT_COVERED if reached else Reason.NO_MATCH

    def _find(self, bases: str, anchors: list[tuple[str, int]]) -> tuple[int, int] | None:
        """Offsets in the read and in the amplicon of the first anchor that the read has once."""
        for anchor, offset in anchors:
            at = bases.find(anchor)
            if at >= 0 and bases.find(anchor, at + 1) < 0:
                return at, offset
        return None

    def _between(
        self, bases: str, left: tuple[int, int], right: tuple[int, int]
    ) -> Allele | Reason:
        size = self.settings.anchor
        low, high = left[1], right[1] + size
        key = (bases[left[0] : right[0] + size], low, high)
        if key not in self._known:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            self._known[key] = self._aligned(*key)
        return self._known[key]

    def _aligned(self, segment: str, low: int, high: int) -> Allele | Reason:
        amplicon, settings = self.amplicon, self.settings
        reference = amplicon.sequence[low:high]
        changes = align(segment, reference, cut=amplicon.cut - low, costs=settings.costs)
        wrong = sum(not (change.is_indel or change.is_unknown) for change in changes)
        if wrong > settings.max_mismatch_share * len(segment):
            return Reason.NO_MATCH
        moved = (change._replace(start=change.start + low) for change in changes)
        return tuple(c for c in moved if touches(c.start, c.end, amplicon.start, amplicon.end))


def touches(start: int, end: int, low: int, high: int) -> bool:
    """Whether a change lies in the span [low, high], an insertion at its edge included."""
    return low <= start <= high if start == end else start < high and end > low


def tally(
    fragments: Iterable[Fragment], amplicon: Amplicon, settings: Settings | None = None
) -> Tally:
    """Counts of alleles over all fragments.

    Args:
        fragments: reads or pairs of mates; their order and orientation do not matter.
        amplicon: what was amplified.
        settings: how reads are compared; None takes the defaults.

    Raises:
        InputErrors: as `Caller`; whatever `fragments` raises passes through.

    Notes:
        Identical reads are compared once. Each is anchored by the nearest intact flank on
        either side of the compared span and aligned in between (see `align`). Checked in
        tests/unit/molecule/test_amplicon.py and tests/laws/test_editing.py.
    """
    caller = Caller(amplicon, settings)
    total = Tally(key=caller.key)
    remaining = iter(fragments)
    while chunk := list(islice(remaining, _CHUNK)):
        total += _tally_chunk(caller, chunk)
    return total


def tally_files(
    r1: Path,
    r2: Path | None = None,
    *,
    amplicon: Amplicon,
    settings: Settings | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Tally:
    """Counts over whole FASTQ files, or an error; never the counts of a part.

    Raises:
        InputError: a file cannot be read to its end (see `reads.stream_fragments`).
        InputErrors: as `Caller`.
    """
    with closing(stream_fragments(r1, r2, max_bytes=max_bytes)) as fragments:
        return tally(fragments, amplicon, settings)


def _tally_chunk(caller: Caller, fragments: Iterable[Fragment]) -> Tally:
    refused: Counter[Reason] = Counter()
    sequences: Counter[str] = Counter()
    masked_bases = 0
    for fragment in fragments:
        read = caller.read_of(fragment)
        if isinstance(read, Reason):
            refused[read] += 1
            continue
        bases, masked = caller.masked(read)
        sequences[bases] += 1
        masked_bases += masked
    alleles: Counter[Allele] = Counter()
    for bases, count in sequences.items():
        called = caller.allele(bases)
        if isinstance(called, Reason):
            refused[called] += count
        else:
            alleles[called] += count
    return Tally(key=caller.key, alleles=alleles, refused=refused, masked_bases=masked_bases)


def _usable_anchors(bases: str, size: int, starts: Iterable[int]) -> Iterator[tuple[str, int]]:
    """Anchors that occur once on both strands, so that one cannot stand for another place."""
    other = reverse_complement(bases)
    for start in starts:
        anchor = bases[start : start + size]
        if anchor not in other and bases.find(anchor, bases.find(anchor) + 1) < 0:
            yield anchor, start


def check(amplicon: Amplicon, settings: Settings) -> list[Problem]:
    """What is wrong with an amplicon and the settings it is compared under."""
    size = len(amplicon.sequence)
    odd = sorted(set(amplicon.sequence) - set("ACGT"))
    start, end, cut = amplicon.start, amplicon.end, amplicon.cut
    rules = (
        ("sequence", not odd, f"holds {', '.join(odd)}; only A, C, G, T are allowed"),
        ("span", 0 <= start < end <= size, f"{start} to {end} is no span of {size} bases"),
        ("cut", start <= cut <= end, f"{cut} lies outside the compared span {start} to {end}"),
        ("anchor", settings.anchor >= 8, f"{settings.anchor} bases; at least 8 are needed"),
        ("min_length", settings.min_length >= 1, f"{settings.min_length}; at least 1"),
        ("min_overlap", settings.min_overlap >= 15, f"{settings.min_overlap}; at least 15"),
        *(
            (name, 0 <= getattr(settings, name) < 1, f"{getattr(settings, name)} is not in [0, 1)")
            for name in ("max_mismatch_share", "max_overlap_mismatch_share")
        ),
    )
    return [Problem(f"{amplicon.name}.{name}", text) for name, met, text in rules if not met]
