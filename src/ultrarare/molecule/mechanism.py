"""Element 2: does the therapy act on the abnormality, and what does it leave behind?"""

from __future__ import annotations

from collections.abc import Iterable

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.finding import Direction, Finding
from ultrarare.molecule.editor import EditorKind
from ultrarare.molecule.edits import Consequence, EditPrediction, predict
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.target import Target, find_target

_FLANK = 8


def _compute(inputs: Inputs) -> Iterable[Finding]:
    target = find_target(inputs)
    if target.editor.kind is not EditorKind.BASE:
        yield _match(target, None)
        return
    prediction = predict(
        target.site,
        target.unedited,
        target.editor,
        target_offset=target.target_offset,
        frame=target.frame,
        intended_protein=target.intended_protein,
    )
    yield _match(target, prediction)
    yield _outcome(target, prediction)


def _match(target: Target, prediction: EditPrediction | None) -> Finding:
    position = target.guide.target_position
    window = target.editor.window
    inside = target.editor.in_window(position)
    editable = prediction is not None and prediction.editable
    base = target.site.base(target.unedited, position)
    span = "" if window is None else f" (positions {window[0]} to {window[1]})"
    acts = inside and editable and target.on_variant
    judged = Direction.SUPPORTS if acts else Direction.CONTRADICTS
    if window is None:
        judged = Direction.INCONCLUSIVE
    position_words = (
        f"{target.editor.name} has no editing window, so the target {base}{position} was not held "
        "against one"
        if window is None
        else f"the target {base}{position} is {'inside' if inside else 'outside'} the window of "
        f"{target.editor.name}{span}"
    )
    return computed(
        name="target-match",
        kind="therapy.target-match",
        statement=f"The guide and PAM {target.site.pam} stand once in the patient's allele, on the "
        f"{'plus' if target.site.strand == '+' else 'minus'} strand; "
        f"{position_words} and {'is' if target.on_variant else 'is not'} the variant base.",
        direction=judged,
        caveats=(
            *(() if prediction is None else prediction.caveats),
            "Found in the supplied stretch only; the genome was not searched here.",
        ),
        attributes={
            "position": position,
            "in_window": None if window is None else inside,
            "strand": target.site.strand,
            "on_variant": target.on_variant,
        },
        details=_site_details(target),
    )


def _site_details(target: Target) -> dict[str, object]:
    """The protospacer strand with flanks, 5' to 3', so that a page can draw it."""
    length = target.editor.protospacer_length
    first = 1 - _FLANK
    last = length + len(target.site.pam) + _FLANK
    shown = [
        (at, target.site.base(target.unedited, at))
        for at in range(first, last + 1)
        if 0 <= target.site.offset(at) < len(target.unedited)
    ]
    return {
        "protospacer": "".join(base for at, base in shown if 1 <= at <= length),
        "pam": target.site.pam,
        "strand": target.site.strand,
        "context": "".join(base for _, base in shown),
        "context_start": shown[0][0],
        "window": None if target.editor.window is None else list(target.editor.window),
        "target_position": target.guide.target_position,
        "editor": target.editor.model_dump(mode="json"),
    }


def _outcome(target: Target, prediction: EditPrediction) -> Finding:
    words, direction = _judged(target, prediction)
    outcomes, read = prediction.outcomes, _reads_codon(target)
    harmful = [o for o in outcomes if o.consequence not in _NO_HARM]
    beside = ", ".join(
        f"{one.base.position} {one.consequence}" if read else str(one.base.position)
        for one in prediction.bystanders
    )
    sentences = [f"Predicted: {words}"]
    if outcomes and read:
        sentences[0] += (
            f"; {len(harmful)} of {len(outcomes)} combinations with bystanders change the protein"
        )
    if outcomes:
        sentences.append(f"Bystander bases: {beside or 'none'}")
    return computed(
        name="predicted-outcome",
        kind="therapy.predicted-outcome",
        statement=" ".join(f"{sentence}." for sentence in sentences),
        direction=direction,
        n=len(outcomes),
        n_unit="combinations",
        caveats=prediction.caveats,
        attributes={
            "restores_protein": None
            if direction is Direction.INCONCLUSIVE
            else direction is Direction.SUPPORTS,
            "bystanders": len(prediction.bystanders),
            "harmful_combinations": len(harmful) if read else None,
        },
        details=_outcome_details(target, prediction, read=read),
    )


_NO_HARM = {Consequence.RESTORES, Consequence.SYNONYMOUS, Consequence.OUTSIDE_FRAME}


def _reads_codon(target: Target) -> bool:
    """Whether the codon of the target is in the frame; without it nothing is said of a protein."""
    return target.frame is not None and target.frame.codon_span(target.target_offset) is not None


def _judged(target: Target, prediction: EditPrediction) -> tuple[str, Direction]:
    """What converting the target does to the protein; support only for a protein restored."""
    if not prediction.outcomes:
        return "the target base is not one the editor converts", Direction.CONTRADICTS
    if not _reads_codon(target):
        return (
            "the target lies in no complete codon of the declared coding segments, so the protein "
            "was not predicted",
            Direction.INCONCLUSIVE,
        )
    consequence = prediction.outcomes[0].consequence
    if consequence is Consequence.RESTORES:
        return "converting the target restores the intended protein", Direction.SUPPORTS
    if consequence is Consequence.SYNONYMOUS:
        return (
            "the allele codes for the intended protein before and after converting the target, so "
            "there is none to restore",
            Direction.INCONCLUSIVE,
        )
    return f"after converting the target: {consequence}", Direction.CONTRADICTS


def _outcome_details(
    target: Target, prediction: EditPrediction, *, read: bool
) -> dict[str, object]:
    def kind(consequence: Consequence) -> str:
        return str(consequence) if read else "not predicted"

    return {
        "outcomes": [
            {
                "positions": list(outcome.positions),
                "sequence": _protospacer(target, outcome.sequence),
                "protein": outcome.protein,
                "change": ", ".join(str(change) for change in outcome.changes),
                "kind": kind(outcome.consequence),
            }
            for outcome in prediction.outcomes
        ],
        "bystanders": [
            {
                "position": one.base.position,
                "in_window": one.base.in_window,
                "kind": kind(one.consequence),
                "change": ", ".join(str(change) for change in one.changes),
            }
            for one in prediction.bystanders
        ],
        "intended_protein": target.intended_protein,
        "first_codon": None if target.frame is None else target.frame.first_codon,
    }


def _protospacer(target: Target, sequence: str) -> str:
    ends = (target.site.offset(1), target.site.offset(target.editor.protospacer_length))
    bases = sequence[min(ends) : max(ends) + 1]
    return bases if target.site.strand == "+" else reverse_complement(bases)


TARGET = Analysis(
    name="therapy.target",
    summary="Guide and PAM located in the patient's allele, the target held against the editor's "
    "window, sequence and protein predicted for every combination of bystanders.",
    method="protospacer",
    needs=(Need(role="reference", kinds=("reference-sequence",), many=True),),
    gives=("therapy.target-match", "therapy.predicted-outcome"),
    compute=_compute,
    by_itself=True,
    plannable=False,
    references=("Richter 2020", "Jinek 2012"),
)

ANALYSES = (TARGET,)
