"""What is asked of an amplicon: guide, editor, target, frame, and where each edit is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ultrarare.errors import InputError, InputErrors, Problem, UltrarareError
from ultrarare.molecule.amplicon import Amplicon
from ultrarare.molecule.editing.prime import PrimeEdit, write_prime
from ultrarare.molecule.editor import Editor, EditorKind
from ultrarare.molecule.frame import Frame
from ultrarare.molecule.protospacer import Site, locate
from ultrarare.molecule.sequence import matches, read_bases, reverse_complement, translate

_TARGET: Final = re.compile(r"^(\d+)([ACGT])>([ACGT])$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is asked of the reads of one amplicon; offsets are of its plus strand.

    Attributes:
        amplicon: sequence, compared span and cut.
        site: where the guide lies.
        editor: what edits.
        window: first and last protospacer position where a conversion counts as an edit; None for
            a nuclease.
        indel_window: interbase span; a gap counts as an indel if it touches it.
        target: offset of the base to be edited; None if none is named.
        target_becomes: plus-strand base that the intended edit leaves there.
        frame: codons of the coding span; None if not coding.
        prime: what a pegRNA writes; None for other editors.
    """

    amplicon: Amplicon
    site: Site
    editor: Editor
    window: tuple[int, int] | None
    indel_window: tuple[int, int]
    target: int | None
    target_becomes: str | None
    frame: Frame | None
    prime: PrimeEdit | None = None

    @property
    def reference(self) -> str:
        """Plus strand of the unedited amplicon."""
        return self.amplicon.sequence

    @property
    def converted(self) -> str | None:
        """Plus-strand base that a conversion leaves; None for a nuclease."""
        new = self.editor.to_base
        if new is None:
            return None
        return new if self.site.strand == "+" else reverse_complement(new)

    @property
    def convertible(self) -> str | None:
        """Plus-strand base that the editor converts."""
        old = self.editor.from_base
        if old is None:
            return None
        return old if self.site.strand == "+" else reverse_complement(old)

    def editable(self, low: int, high: int) -> dict[int, int]:
        """Protospacer position to offset of each convertible base, as far as it is compared."""
        found = {}
        for position in range(low, high + 1):
            offset = self.site.offset(position)
            inside = self.amplicon.start <= offset < self.amplicon.end
            if inside and self.reference[offset] == self.convertible:
                found[position] = offset
        return found

    @property
    def intended(self) -> str | None:
        """The amplicon with the intended edit and nothing else."""
        if self.prime is not None:
            return self.prime.intended
        if self.target is None or self.target_becomes is None:
            return None
        return (
            self.reference[: self.target] + self.target_becomes + self.reference[self.target + 1 :]
        )

    @property
    def first_changed(self) -> int | None:
        """First base that the intended edit changes; None where it changes the length."""
        if self.prime is None or self.intended is None:
            return self.target
        if self.prime.length_change:
            return None
        pairs = zip(self.reference, self.intended, strict=True)
        return next((at for at, (a, b) in enumerate(pairs) if a != b), None)

    def codons(self) -> tuple[Frame, str, str] | None:
        """The codons read whole in the compared span, unedited and intended residues.

        None without a frame or a target, or where the codon of the target is not read whole.
        """
        if self.frame is None or self.intended is None or self.first_changed is None:
            return None
        span = self.frame.codon_span(self.first_changed)
        if span is None or span[0] < self.amplicon.start or span[1] > self.amplicon.end:
            return None
        inside = self.frame.within(self.amplicon.start, self.amplicon.end)
        return inside, inside.protein(self.reference), inside.protein(self.intended)


def make_aim(
    *,
    name: str,
    sequence: str,
    guide: str,
    editor: Editor,
    target: str | None = None,
    frame: int | None = None,
    coding: tuple[int, int] | None = None,
    window: tuple[int, int] | None = None,
    indel_window: int | None = None,
    flank: int = 10,
    anchor: int = 12,
    extension: str | None = None,
) -> Aim:
    """Place the guide and check everything that is asked.

    Args:
        name: of the amplicon.
        sequence: plus strand between the primers' outer ends, A, C, G, T.
        guide: protospacer, 5' to 3'.
        editor: what edits.
        target: such as 8A>G: protospacer position and bases on the strand of the guide.
        frame: 1, 2 or 3: a codon begins at that base of the amplicon; −1, −2 or −3: on the other
            strand, counted from its end. None if not coding.
        coding: first and last base (from 1) that are coding; None for the whole amplicon.
        window: protospacer positions where a conversion counts; None takes the editor's.
        indel_window: bases on each side of the cut within which a gap counts; None counts gaps
            in the whole compared span.
        flank: bases compared on each side of protospacer and PAM, where the amplicon reaches.
        anchor: bases kept free on each side for the anchors.
        extension: 3' extension of the pegRNA, 5' to 3'; needed for a prime editor only.

    Raises:
        InputError: the guide is absent.
        InputErrors: it stands in several places or without a PAM; target, frame, coding span or
            window do not fit; all are listed.
    """
    bases = read_bases(sequence, where=f"{name}.sequence")
    spacer = read_bases(guide, where=f"{name}.guide")
    if holds_pam(spacer, editor):
        raise InputError(
            f"has {len(spacer)} bases and ends with a PAM; {editor.name} takes a protospacer of "
            f"{editor.protospacer_length}",
            where=f"{name}.guide",
            remedy="Give the protospacer without its PAM.",
        )
    site = locate(guide, bases, pam=editor.pam, pam_side=editor.pam_side)
    prime = _prime(name, bases, site, editor, extension)
    edges = (site.start, site.pam_start, site.end, site.pam_end, *(prime.span if prime else ()))
    low = max(min(edges) - flank, anchor)
    high = min(max(edges) + flank, len(bases) - anchor)
    problems = list(_span_problems(name, (min(edges), max(edges)), low, high, len(bases), anchor))
    cut = min(max(site.boundary_after(editor.cut_after), low), max(high, low))
    asked = editor.window if window is None else window
    if window is not None and (editor.kind is not EditorKind.BASE or window[0] > window[1]):
        problems.append(
            Problem(
                f"{name}.window",
                f"{window[0]} to {window[1]} is no window of {editor.name}",
                "A base editor has one, from a lower to a higher position.",
            )
        )
    offset, becomes = None, None
    if target is not None:
        try:
            offset, becomes = _target(name, target, site, bases, editor, low, high)
        except InputError as error:
            problems.append(Problem(error.where or f"{name}.target", error.problem, error.remedy))
    read = None
    if frame is not None:
        try:
            read = _frame(name, frame, coding, len(bases))
        except UltrarareError as error:
            problems.append(Problem(f"{name}.frame", str(error)))
    if problems:
        raise InputErrors(problems, where=name)
    around = (low, high) if indel_window is None else (cut - indel_window, cut + indel_window)
    return Aim(
        amplicon=Amplicon(name=name, sequence=bases, start=low, end=high, cut=cut),
        site=site,
        editor=editor,
        window=asked,
        indel_window=(max(around[0], low), min(around[1], high)),
        target=offset,
        target_becomes=becomes,
        frame=read,
        prime=prime,
    )


def _prime(
    name: str, bases: str, site: Site, editor: Editor, extension: str | None
) -> PrimeEdit | None:
    where = f"{name}.extension"
    if editor.kind is not EditorKind.PRIME:
        if extension is not None:
            raise InputError(f"is given, but {editor.name} is no prime editor", where=where)
        return None
    if extension is None:
        raise InputError(
            f"is missing; {editor.name} writes what the pegRNA's 3' extension holds", where=where
        )
    return write_prime(bases, site, editor, extension)


def holds_pam(spacer: str, editor: Editor) -> bool:
    """Whether a guide is as long as protospacer and PAM, and has the PAM where it belongs."""
    if len(spacer) != editor.protospacer_length + len(editor.pam):
        return False
    end = spacer[-len(editor.pam) :] if editor.pam_side == "3'" else spacer[: len(editor.pam)]
    return matches(editor.pam, end)


def _span_problems(
    name: str, edges: tuple[int, int], low: int, high: int, size: int, anchor: int
) -> Iterator[Problem]:
    first, last = edges
    if low > first or high < last:
        yield Problem(
            f"{name}.sequence",
            f"has {first} bases before what is edited and its PAM and {size - last} behind; at "
            f"least {anchor} are needed on each side to anchor reads",
            "Give the whole amplicon, or a shorter anchor (8 bases at least).",
        )


def _target(
    name: str, text: str, site: Site, bases: str, editor: Editor, low: int, high: int
) -> tuple[int, str]:
    where = f"{name}.target"
    match = _TARGET.match(text.strip().upper())
    if match is None:
        raise InputError(
            f"{text!r} is not a target such as 8A>G", where=where,
            remedy="Give protospacer position, base and new base on the strand of the guide.",
        )  # fmt: skip
    position, old, new = int(match[1]), match[2], match[3]
    offset = site.offset(position)
    if not low <= offset < high:
        raise InputError(
            f"position {position} lies outside the compared span, positions "
            f"{min(site.position(low), site.position(high - 1))} to "
            f"{max(site.position(low), site.position(high - 1))}",
            where=where,
        )
    if (found := site.base(bases, position)) != old:
        raise InputError(
            f"{text}: the protospacer holds {found} at position {position}, not {old}",
            where=where,
            remedy="Count from 1 at the 5' end of the guide; give the unedited amplicon.",
        )
    if editor.kind is EditorKind.BASE and (old, new) != (editor.from_base, editor.to_base):
        raise InputError(
            f"{text}: {editor.name} converts {editor.from_base} to {editor.to_base}", where=where
        )
    return offset, new if site.strand == "+" else reverse_complement(new)


def _frame(name: str, frame: int, coding: tuple[int, int] | None, size: int) -> Frame:
    if frame not in {1, 2, 3, -1, -2, -3}:
        raise InputError(f"{frame} is not one of 1, 2, 3, -1, -2, -3", where=f"{name}.frame")
    low, high = (0, size) if coding is None else (coding[0] - 1, coding[1])
    if not 0 <= low < high <= size:
        raise InputError(
            f"{coding} is no span of the amplicon's bases 1 to {size}", where=f"{name}.coding"
        )
    if frame > 0:
        start = low + (frame - 1 - low) % 3
        return Frame(start=start, end=start + (high - start) // 3 * 3)
    end = high - (high - (size + frame + 1)) % 3
    return Frame(start=end - (end - low) // 3 * 3, end=end, strand="-")


def residues(bases: str, frame: Frame) -> str:
    """Residues of some plus-strand bases that lie over a frame from its start."""
    return translate(bases if frame.strand == "+" else reverse_complement(bases))
