"""The target of a case's editor: the unedited allele, the site on it, the base and the frame."""

from __future__ import annotations

from dataclasses import dataclass

from ultrarare.analysis.declaration import Inputs
from ultrarare.case.case import Guide, Variant
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem
from ultrarare.molecule.allele import Allele, place
from ultrarare.molecule.case_reference import find_reference, frame_over, load_reference
from ultrarare.molecule.editor import Editor, editor, editors, read_editor
from ultrarare.molecule.frame import Frame
from ultrarare.molecule.names import parse
from ultrarare.molecule.protospacer import Site, locate
from ultrarare.molecule.reference import Reference
from ultrarare.molecule.sequence import matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Everything that an editing question needs, in offsets of the fragment's plus strand.

    Attributes:
        reference: the fragment as supplied, most often the healthy allele.
        unedited: its bases with the patient's variant put in: what the guide is made for.
        variant: the change that was put in.
        site: where the guide lies on `unedited`.
        editor: the editor.
        guide: as the case gives it.
        target_offset: the base to be converted.
        frame: declared codons over the target; None if none are declared.
        intended_protein: what the supplied reference codes for over `frame`.
    """

    reference: Reference
    unedited: str
    variant: Allele
    site: Site
    editor: Editor
    guide: Guide
    target_offset: int
    frame: Frame | None
    intended_protein: str | None

    @property
    def on_variant(self) -> bool:
        """Whether the base to be converted is one that the variant changed."""
        start = self.variant.start - self.reference.start
        return start <= self.target_offset < start + max(len(self.variant.alt), 1)


def find_target(inputs: Inputs) -> Target:
    """The target of the case's product.

    Raises:
        NotComputable: the case has no guide, editor or targeted variant, or its reference is not
            there or does not hold the variant.
        InputError: the guide is not found, found twice or has no PAM beside it; the editor is
            unknown; a name does not fit the reference.
    """
    product = inputs.case.product
    if product.guide is None or product.editor is None:
        raise NotComputable(
            "the product has no guide and editor, so there is no edit to look for",
            remedy="Give product.guide and product.editor.",
        )
    variant = _targeted(inputs)
    dataset = find_reference(inputs, product.reference or variant.reference, of="the product")
    reference = load_reference(inputs, dataset, accession=variant.hgvs.partition(":")[0])
    allele = place(parse(variant.hgvs), reference)
    if len(allele.ref) != len(allele.alt):
        raise NotComputable(
            f"{variant.hgvs} changes the length of the sequence; a base editor's target is a "
            "substitution",
            remedy="Declare the substitution that the product is made for as the targeted variant.",
        )
    unedited = allele.applied_to(reference)
    chosen = _editor(product.editor)
    _require_fit(product.guide, chosen)
    site = _locate(product.guide, unedited, chosen)
    if not matches(chosen.pam, site.pam):
        raise InputError(
            f"the PAM found is {site.pam}, which does not fit {chosen.pam} of {chosen.name}",
            where="case.yaml product.guide.pam",
            remedy="name the editor that reads this PAM, or give it in full",
        )
    offset = site.offset(product.guide.target_position)
    frame = frame_over(reference, offset)
    return Target(
        reference=reference,
        unedited=unedited,
        variant=allele,
        site=site,
        editor=chosen,
        guide=product.guide,
        target_offset=offset,
        frame=frame,
        intended_protein=None if frame is None else frame.protein(reference.bases),
    )


def _targeted(inputs: Inputs) -> Variant:
    for variant in inputs.case.variants:
        if variant.role == "targeted":
            return variant
    raise NotComputable("no variant has the role `targeted`", remedy="Mark the variant to edit.")


def _editor(given: object) -> Editor:
    if not isinstance(given, str):
        return read_editor(dict(given), where="case.yaml product.editor")  # type: ignore[call-overload]
    if given not in editors():
        raise InputError(
            f"found {given!r}; the editors are: {', '.join(editors())}",
            where="case.yaml product.editor",
            remedy="name one of them, or give an editor in full",
        )
    return editor(given)


def _require_fit(guide: Guide, chosen: Editor) -> None:
    """Windows are counted along the protospacer, so its length must be the editor's."""
    if len(guide.spacer) != chosen.protospacer_length:
        raise InputError(
            f"the spacer has {len(guide.spacer)} bases; {chosen.name}'s protospacer has "
            f"{chosen.protospacer_length}",
            where="case.yaml product.guide.spacer",
            remedy="correct the spacer, or give the editor in full with this length",
        )


def _locate(guide: Guide, unedited: str, chosen: Editor) -> Site:
    try:
        return locate(guide.spacer, unedited, pam=guide.pam or chosen.pam, pam_side=chosen.pam_side)
    except InputErrors as error:
        raise InputErrors(
            [
                Problem(f"case.yaml product.guide: {p.where}", p.problem, p.remedy)
                for p in error.problems
            ],
            where=error.where,
        ) from None
    except InputError as error:
        where = f"case.yaml product.guide: {error.where}"
        raise InputError(error.problem, where=where, remedy=error.remedy) from None
