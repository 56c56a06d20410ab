"""What an editor can make of a site: the target, its bystanders, and every combination of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from ultrarare.errors import InputError
from ultrarare.molecule.editor import Basis, Editor
from ultrarare.molecule.frame import Frame
from ultrarare.molecule.protospacer import Site
from ultrarare.molecule.sequence import THREE_LETTER, reverse_complement


class Consequence(StrEnum):
    """What an edit does to the protein."""

    RESTORES = "restores intended protein"
    SYNONYMOUS = "synonymous"
    CHANGES_RESIDUE = "changes residue"
    STOP_REMAINS = "stop remains"
    INTRODUCES_STOP = "introduces stop"
    OUTSIDE_FRAME = "outside the reading frame"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class EditableBase:
    """A base that the editor can convert by its identity, wherever it lies."""

    position: int  # protospacer position
    offset: int  # plus-strand offset of the base
    in_window: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidueChange:
    """A residue that is not the intended one; one-letter codes, `*` a stop."""

    number: int
    intended: str
    found: str

    def __str__(self) -> str:
        before, after = (THREE_LETTER.get(code, "Xaa") for code in (self.intended, self.found))
        return f"{before}{self.number}{after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bystander:
    """A base beside the target, and what its conversion adds once the target is converted."""

    base: EditableBase
    consequence: Consequence
    changes: tuple[ResidueChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOutcome:
    """The sequence and protein after converting the bases at `positions`."""

    positions: tuple[int, ...]  # protospacer positions, ascending; the target is among them
    sequence: str  # plus strand of the whole context
    protein: str  # over the frame; empty without a frame
    changes: tuple[ResidueChange, ...]  # against the intended protein
    consequence: Consequence


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPrediction:
    """What the editor can do at a site. `outcomes` is empty if the target cannot be converted.

    Attributes:
        target: the base to be edited.
        target_base: the base found there, on the strand of the guide.
        editable: whether that is the base the editor converts.
        bystanders: editable bases in the window and in the wider span, without the target.
        outcomes: the target alone first, then with every set of in-window bystanders.
        caveats: what limits the prediction.
    """

    target: EditableBase
    target_base: str
    editable: bool
    bystanders: tuple[Bystander, ...]
    outcomes: tuple[EditOutcome, ...]
    caveats: tuple[str, ...]

    @property
    def inside_window(self) -> bool:
        """Whether the target lies in the editor's window."""
        return self.target.in_window

    @property
    def bystanders_in_window(self) -> tuple[Bystander, ...]:
        """The bystanders that `outcomes` combines."""
        return tuple(one for one in self.bystanders if one.base.in_window)

    def summary(self) -> str:
        """One line for a log or a terminal."""
        where = "inside" if self.inside_window else "outside"
        beside = ", ".join(f"{b.base.position} ({b.consequence})" for b in self.bystanders)
        result = self.outcomes[0].consequence if self.outcomes else "not editable"
        return (
            f"target {self.target_base}{self.target.position} {where} the window: {result}; "
            f"bystanders: {beside or 'none'}"
        )


def predict(
    site: Site,
    context: str,
    editor: Editor,
    *,
    target_offset: int,
    frame: Frame | None,
    intended_protein: str | None,
    wider: tuple[int, int] | None = None,
    max_bystanders: int = 10,
) -> EditPrediction:
    """The target, the bystanders, and the protein after every combination of conversions.

    Args:
        site: where the guide lies in `context`.
        context: plus strand of the allele to be edited, A, C, G, T or N.
        editor: a base editor.
        target_offset: plus-strand offset (0-based) of the base to be converted.
        frame: codons to translate; None if the site is not coding.
        intended_protein: residues wanted over `frame`, most often those of the healthy allele;
            None exactly if `frame` is None.
        wider: first and last protospacer position listed for bystanders; the default is 0 to the
            protospacer's length. The window is always listed.
        max_bystanders: combinations are 2 to the number of in-window bystanders; more than this
            many is an error.

    Raises:
        InputError: the editor is no base editor, the target lies outside the context, frame and
            intended protein do not fit together, or there are too many bystanders.

    Notes:
        Enumerates what is possible by window and base identity; it gives no probabilities, and
        it knows nothing of splicing. Checked in tests/unit/molecule/test_edits.py on the bases
        that Musunuru et al. 2025 report for k-abe.
    """
    _check(context, editor, target_offset, frame, intended_protein)
    target = _editable(site, editor, site.position(target_offset))
    found = site.base(context, target.position)
    beside = _bystanders(site, context, editor, target, wider)
    inside = [base.position for base in beside if base.in_window]
    if len(inside) > max_bystanders:
        raise InputError(
            f"{len(inside)} bystanders lie in the window, which makes 2^{len(inside)} "
            f"combinations; at most {max_bystanders} bystanders are combined",
            where="window",
        )
    if found != editor.from_base:
        return EditPrediction(
            target=target, target_base=found, editable=False, bystanders=(), outcomes=(),
            caveats=(f"{editor.name} converts {editor.from_base}, not {found}",),
        )  # fmt: skip
    bench = _Bench(site, context, editor, frame, intended_protein)
    return EditPrediction(
        target=target,
        target_base=found,
        editable=True,
        bystanders=tuple(bench.bystander(target.position, base) for base in beside),
        outcomes=tuple(bench.outcome((target.position, *rest)) for rest in _subsets(inside)),
        caveats=_caveats(editor, target, frame),
    )


def _check(
    context: str, editor: Editor, target: int, frame: Frame | None, protein: str | None
) -> None:
    if editor.from_base is None:
        raise InputError(f"{editor.name} is a {editor.kind}, not a base editor", where="editor")
    if not 0 <= target < len(context):
        raise InputError(
            f"offset {target} lies outside a context of {len(context)} bases",
            where="target_offset",
        )
    if (frame is None) != (protein is None):
        raise InputError("frame and intended protein come together or not at all", where="frame")
    if frame is not None and protein is not None and len(frame.protein(context)) != len(protein):
        raise InputError(
            f"the intended protein has {len(protein)} residues, the frame "
            f"{len(frame.protein(context))}",
            where="intended_protein",
        )


def _editable(site: Site, editor: Editor, position: int) -> EditableBase:
    return EditableBase(
        position=position, offset=site.offset(position), in_window=editor.in_window(position)
    )


def _bystanders(
    site: Site,
    context: str,
    editor: Editor,
    target: EditableBase,
    wider: tuple[int, int] | None,
) -> list[EditableBase]:
    low, high = (0, len(site.guide)) if wider is None else wider
    if editor.window is not None:
        low, high = min(low, editor.window[0]), max(high, editor.window[1])
    return [
        _editable(site, editor, position)
        for position in range(low, high + 1)
        if position != target.position
        and 0 <= site.offset(position) < len(context)
        and site.base(context, position) == editor.from_base
    ]


def _subsets(positions: list[int]) -> Iterator[tuple[int, ...]]:
    for size in range(len(positions) + 1):
        yield from combinations(positions, size)


def _caveats(editor: Editor, target: EditableBase, frame: Frame | None) -> tuple[str, ...]:
    caveats = []
    if not target.in_window:
        caveats.append(f"target position {target.position} lies outside window {editor.window}")
    if editor.basis_of("window") is Basis.RECALL:
        caveats.append(f"the window of {editor.name} is general knowledge, not read in its source")
    if frame is None:
        caveats.append("no reading frame: the effect on the protein is not computed")
    return tuple(caveats)


@dataclass(frozen=True, slots=True)
class _Bench:
    """One allele on which edits are made and read off."""

    site: Site
    context: str
    editor: Editor
    frame: Frame | None
    intended: str | None

    def edited(self, positions: Iterable[int]) -> str:
        """The context after conversion; the base on the other strand follows."""
        bases = list(self.context)
        new = self.editor.to_base or ""
        plus = new if self.site.strand == "+" else reverse_complement(new)
        for position in positions:
            bases[self.site.offset(position)] = plus
        return "".join(bases)

    def protein(self, positions: Iterable[int]) -> str:
        return "" if self.frame is None else self.frame.protein(self.edited(positions))

    def outcome(self, positions: tuple[int, ...]) -> EditOutcome:
        protein = self.protein(positions)
        changes: tuple[ResidueChange, ...] = ()
        consequence = Consequence.OUTSIDE_FRAME
        if self.frame is not None and self.intended is not None:
            changes = residue_changes(self.frame, self.intended, protein)
            consequence = classify(protein, before=self.protein(()), intended=self.intended)
        return EditOutcome(
            positions=tuple(sorted(positions)),
            sequence=self.edited(positions),
            protein=protein,
            changes=changes,
            consequence=consequence,
        )

    def bystander(self, target: int, base: EditableBase) -> Bystander:
        if self.frame is None or self.frame.codon_index(base.offset) is None:
            return Bystander(base=base, consequence=Consequence.OUTSIDE_FRAME, changes=())
        alone, both = self.protein((target,)), self.protein((target, base.position))
        return Bystander(
            base=base,
            consequence=classify(both, before=alone, intended=alone),
            changes=residue_changes(self.frame, alone, both),
        )


def residue_changes(frame: Frame, intended: str, found: str) -> tuple[ResidueChange, ...]:
    """Every residue of `found` that is not the intended one."""
    return tuple(
        ResidueChange(number=frame.label(index), intended=want, found=have)
        for index, (want, have) in enumerate(zip(intended, found, strict=True))
        if want != have
    )


def classify(protein: str, *, before: str, intended: str) -> Consequence:
    """What a change from `before` to `protein` means beside the intended protein."""
    if protein == intended:
        return Consequence.SYNONYMOUS if before == intended else Consequence.RESTORES
    stops = {i for i, (a, b) in enumerate(zip(protein, intended, strict=True)) if a == "*" != b}
    if not stops:
        return Consequence.CHANGES_RESIDUE
    old = {i for i in stops if before[i] == "*"}
    return Consequence.STOP_REMAINS if stops == old else Consequence.INTRODUCES_STOP
