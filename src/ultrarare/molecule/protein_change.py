"""Two coding sequences, before and after, and the HGVS name of what differs in the protein."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ultrarare.errors import NotComputable
from ultrarare.molecule.sequence import THREE_LETTER, translate


class Kind(StrEnum):
    """What a change does to the protein."""

    NONSENSE = "nonsense"
    MISSENSE = "missense"
    SYNONYMOUS = "synonymous"
    FRAMESHIFT = "frameshift"
    IN_FRAME_DELETION = "in-frame deletion"
    IN_FRAME_INSERTION = "in-frame insertion"
    START_LOST = "start lost"
    STOP_LOST = "stop lost"
    SPLICE_REGION = "splice region"
    NON_CODING = "non-coding"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Name, kind and codon of a protein change; see `consequence.ProteinConsequence`."""

    hgvs_p: str
    kind: Kind
    codon: int | None = None
    ref_codon: str | None = None
    alt_codon: str | None = None
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proteins:
    """Residues up to the first stop, inclusive; `lead` residues stand before index 0.

    `longer` is the number of bases that the change adds; negative if it removes some.
    """

    before: str
    after: str
    lead: int
    longer: int

    @property
    def keeps_stop(self) -> bool:
        """Whether the stop after the change is the one before it, in frame."""
        same = len(self.after) * 3 == len(self.before) * 3 + self.longer
        return same and self.before.endswith("*") and self.after.endswith("*")

    def residue(self, index: int) -> str:
        """`Gln335` of the protein before."""
        return f"{THREE_LETTER[self.before[index]]}{self.lead + index + 1}"


def compare(
    *, before: str, after: str, start: int, ref: str, alt: str, lead: int, coding: int | None
) -> Effect:
    """Name the protein change between two sequences that begin with the same complete codon.

    Args:
        before: transcript bases, in frame; they may end inside a codon, and go on past the
            coding sequence.
        after: the same with the change made.
        start: where the change begins in `before`.
        ref: bases removed at `start`.
        alt: bases put in.
        lead: codons before the first of `before`.
        coding: where the coding sequence ends in `before`; None if not declared.

    Raises:
        NotComputable: a codon that the change touches is not complete, the reference reads a
            stop before the change or before its declared end, or the known part ends too soon
            to name the change.
    """
    codon = start // 3
    span = max(len(ref), 1)
    if 3 * ((start + span - 1) // 3 + 1) > len(before):
        raise NotComputable("the last changed codon is not complete in the declared segments")
    last = (start + span - 1) // 3
    proteins = _Proteins(
        before=_to_stop(before), after=_to_stop(after), lead=lead, longer=len(alt) - len(ref)
    )
    _check_frame(proteins.before, codon, None if coding is None else (coding, len(before)))
    head = before[3 * codon : 3 * codon + 3]
    single = len(ref) == len(alt) and last == codon
    tail = after[3 * codon : 3 * codon + 3] if single else None
    name, kind, caveats = _name(proteins, codon=codon, last=last, start=start)
    return Effect(
        hgvs_p=name,
        kind=kind,
        codon=lead + codon + 1,
        ref_codon=head,
        alt_codon=tail,
        caveats=caveats,
    )


def _to_stop(bases: str) -> str:
    protein = translate(bases)
    stop = protein.find("*")
    return protein if stop < 0 else protein[: stop + 1]


def _check_frame(protein: str, codon: int, coding: tuple[int, int] | None) -> None:
    """Stop if the reference reads a stop before the change, or not where its end is declared."""
    stops = protein.endswith("*")
    wrong = stops and len(protein) <= codon
    if coding is not None:
        end, known = coding
        wrong |= stops and len(protein) * 3 != end
        wrong |= not stops and known >= end
    if wrong:
        raise NotComputable(
            "the reference reads no stop, or an earlier one, where its coding sequence should end",
            remedy="check `c_start` of the segments and `cds_length`: the frame follows from them",
        )


_Named = tuple[str, Kind, tuple[str, ...]]


def _name(proteins: _Proteins, *, codon: int, last: int, start: int) -> _Named:
    before, after = proteins.before, proteins.after
    same = _shared(before, after)
    lost = before.startswith("M") and not after.startswith("M")
    if proteins.lead == 0 and start < 3 and lost:
        return "p.(Met1?)", Kind.START_LOST, ("the next start codon was not looked for",)
    if before == after and (proteins.longer % 3 == 0 or before.endswith("*")):
        name = f"p.({proteins.residue(codon)}=)" if last == codon else "p.(=)"
        return name, Kind.SYNONYMOUS, ()
    if same < len(before) and before[same] == "*" and not proteins.keeps_stop:
        return _stop_lost(proteins, same)
    if same < min(len(before), len(after)) and after[same] == "*" and not proteins.keeps_stop:
        return f"p.({proteins.residue(same)}Ter)", Kind.NONSENSE, ()
    if proteins.longer % 3:
        return _frameshift(proteins, same)
    return _in_frame(proteins, same)


def _shared(one: str, other: str) -> int:
    """How many leading letters are the same."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _stop_lost(proteins: _Proteins, same: int) -> _Named:
    outside = ("the next stop lies outside the known bases",)
    if same >= len(proteins.after):
        return "p.?", Kind.STOP_LOST, outside
    new = THREE_LETTER[proteins.after[same]]
    head = f"{proteins.residue(same)}{new}"
    if proteins.after.endswith("*"):
        return f"p.({head}extTer{len(proteins.after) - 1 - same})", Kind.STOP_LOST, ()
    return f"p.({head}extTer?)", Kind.STOP_LOST, outside


def _frameshift(proteins: _Proteins, same: int) -> _Named:
    if same >= min(len(proteins.before), len(proteins.after)):
        return "p.?", Kind.FRAMESHIFT, ("the first changed residue lies outside the known bases",)
    if proteins.after.endswith("*"):
        new = THREE_LETTER[proteins.after[same]]
        stop = len(proteins.after) - same
        return f"p.({proteins.residue(same)}{new}fsTer{stop})", Kind.FRAMESHIFT, ()
    return (
        f"p.({proteins.residue(same)}fs)",
        Kind.FRAMESHIFT,
        ("the new stop lies outside the known bases",),
    )


def _in_frame(proteins: _Proteins, same: int) -> _Named:
    """Residues replaced, removed or added; the prefix is trimmed first, which is the 3' rule."""
    before, after = proteins.before, proteins.after
    new_stop = after.endswith("*") and not proteins.keeps_stop
    tail = 0 if new_stop else _shared(before[same:][::-1], after[same:][::-1])
    out, new = before[same : len(before) - tail], after[same : len(after) - tail]
    if new_stop:  # HGVS names what is put in up to the new stop
        out = before[same : same + len(new)]
    if (not out or not new) and tail == 0 and not before.endswith("*"):
        raise NotComputable("the change can shift past the known codons")
    added = "".join(THREE_LETTER[one] for one in new)
    here = _range(proteins, same, same + len(out))
    if not out:
        return _inserted(proteins, same, new)
    if not new:
        return f"p.({here}del)", Kind.IN_FRAME_DELETION, ()
    if len(out) == len(new) == 1:
        return f"p.({here}{added})", Kind.MISSENSE, ()
    kind = Kind.NONSENSE if new_stop else _by_length(len(out), len(new))
    return f"p.({here}delins{added})", kind, ()


def _by_length(removed: int, added: int) -> Kind:
    if removed == added:
        return Kind.MISSENSE
    return Kind.IN_FRAME_DELETION if removed > added else Kind.IN_FRAME_INSERTION


def _inserted(proteins: _Proteins, at: int, new: str) -> _Named:
    size = len(new)
    if at >= size and proteins.before[at - size : at] == new:
        return f"p.({_range(proteins, at - size, at)}dup)", Kind.IN_FRAME_INSERTION, ()
    added = "".join(THREE_LETTER[one] for one in new)
    flanks = f"{proteins.residue(at - 1)}_{proteins.residue(at)}"
    return f"p.({flanks}ins{added})", Kind.IN_FRAME_INSERTION, ()


def _range(proteins: _Proteins, start: int, end: int) -> str:
    first = proteins.residue(start) if start < end else ""
    return first if end - start <= 1 else f"{first}_{proteins.residue(end - 1)}"
