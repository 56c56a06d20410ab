"""What a pegRNA's 3' extension writes: the intended sequence, and what the scaffold would add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ultrarare.errors import InputError
from ultrarare.molecule.editor import Editor
from ultrarare.molecule.protospacer import Site
from ultrarare.molecule.sequence import read_bases, reverse_complement

SCAFFOLD: Final = "GGCACCGAGTCGGTGC"
"""3' end of the usual SpCas9 guide scaffold, which lies before the template in the pegRNA."""

_SHORTEST_SITE: Final = 6
_SHORTEST_TAIL: Final = 3
_FARTHEST: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimeEdit:
    """A prime edit on an amplicon.

    Attributes:
        intended: plus strand of the amplicon with the edit.
        flap: bases that the template writes, 5' to 3' on the strand of the guide.
        site_length: bases of the primer binding site.
        replaced: bases of the amplicon that the flap takes the place of.
        span: plus-strand interbase span of these.
        marker: flap end and the first scaffold bases behind it, on the strand of the guide, that
            no read of the amplicon or of the edit has.
    """

    intended: str
    flap: str
    site_length: int
    replaced: int
    span: tuple[int, int]
    marker: str

    @property
    def length_change(self) -> int:
        """Bases gained, or lost where below 0."""
        return len(self.flap) - self.replaced


def write_prime(
    reference: str, site: Site, editor: Editor, extension: str, *, scaffold: str = SCAFFOLD
) -> PrimeEdit:
    """Work out what an extension writes.

    Args:
        reference: plus strand of the unedited amplicon.
        site: where the guide lies.
        editor: a prime editor; its nick sets where the flap begins.
        extension: 3' extension of the pegRNA, 5' to 3': template, then primer binding site.
        scaffold: 3' end of the guide scaffold, 5' to 3'.

    Raises:
        InputError: no part of the extension pairs before the nick, or the flap's end has no
            homology behind it.

    Notes:
        The primer binding site is the 3' end of the extension that pairs with the bases before the
        nick. The flap's last bases are homologous to the sequence that they replace; of all places
        within 80 bases that with the longest homology is taken, then the nearest in length.
        Checked in tests/unit/molecule/editing/test_prime.py.
    """
    bases = read_bases(extension, where="extension")
    tail = reverse_complement(read_bases(scaffold, where="scaffold"))
    forward = site.strand == "+"
    strand = reference if forward else reverse_complement(reference)
    cut = site.boundary_after(editor.cut_after)
    nick = cut if forward else len(reference) - cut
    length = next(
        (
            n
            for n in range(min(len(bases) - 1, nick), _SHORTEST_SITE - 1, -1)
            if reverse_complement(bases[-n:]) == strand[nick - n : nick]
        ),
        0,
    )
    if not length:
        raise InputError(
            f"no {_SHORTEST_SITE} bases or more at its 3' end pair with "
            f"{strand[max(nick - 13, 0) : nick]}, the bases before the nick",
            where="extension",
            remedy="Give the 3' extension 5' to 3': template, then primer binding site.",
        )  # fmt: skip
    flap = reverse_complement(bases[:-length])
    places = range(nick, min(len(strand), nick + len(flap) + _FARTHEST) + 1)
    end = max(places, key=lambda k: (_homology(flap, strand, nick, k), -abs(k - nick - len(flap))))
    if _homology(flap, strand, nick, end) < _SHORTEST_TAIL:
        raise InputError(
            f"the flap {flap} does not end like the bases behind the nick; at least "
            f"{_SHORTEST_TAIL} bases of homology are needed",
            where="extension",
        )
    edited = strand[:nick] + flap + strand[end:]
    same = _shared(strand[end:], tail)
    span = (nick, end) if forward else (len(reference) - end, len(reference) - nick)
    return PrimeEdit(
        intended=edited if forward else reverse_complement(edited),
        flap=flap, site_length=length, replaced=end - nick, span=span,
        marker=flap[-8:] + tail[: same + 3],
    )  # fmt: skip


def _homology(flap: str, strand: str, nick: int, end: int) -> int:
    """Last bases of the flap that equal those before `end`."""
    most = min(len(flap), end - nick)
    return next((h for h in range(most, 0, -1) if flap[-h:] == strand[end - h : end]), 0)


def _shared(one: str, two: str) -> int:
    """Bases with which both begin."""
    same = 0
    for a, b in zip(one, two, strict=False):
        if a != b:
            break
        same += 1
    return same
