"""The data of the allele figure: aligned sequences on the protospacer strand, with meanings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ultrarare.molecule.align import Allele
from ultrarare.molecule.outcome import EditingOutcome, quantify
from ultrarare.molecule.question import Question
from ultrarare.molecule.sequence import reverse_complement, translate

_MOST_ROWS = 20


def allele_figure(
    question: Question, alleles: Mapping[Allele, int], outcome: EditingOutcome
) -> dict[str, Any]:
    """Rows of the most frequent alleles, and where guide, PAM, window and target lie.

    Positions are of the protospacer; spans include both ends. At most twenty rows are listed; the
    rest is counted.
    """
    ranked = sorted(alleles.items(), key=lambda item: (-item[1], item[0]))
    site, length = question.site, question.editor.protospacer_length
    first = min(site.position(question.start), site.position(question.end - 1))
    pam = sorted((site.position(site.pam_start), site.position(site.pam_end - 1)))
    left_out = ranked[_MOST_ROWS:]
    window = question.editor.window
    return {
        "reference": _row_bases(question, ()),
        "first_position": first,
        "guide": [1, length],
        "pam": pam,
        "window": None if window is None else list(window),
        "target": site.position(question.target_offset),
        "rows": [
            _row(question, allele, reads, outcome.total) for allele, reads in ranked[:_MOST_ROWS]
        ],
        "not_shown": {
            "alleles": len(left_out),
            "reads": sum(reads for _, reads in left_out) + outcome.not_shown,
        },
        "total": outcome.total,
    }


def _row(question: Question, allele: Allele, reads: int, total: int) -> dict[str, Any]:
    alone = quantify({allele: 1}, question)
    return {
        "sequence": _row_bases(question, allele),
        "insertions": _insertions(question, allele),
        "reads": reads,
        "share": reads / total,
        "outcome": _name(alone),
        "protein": _protein(question, allele),
    }


def _name(alone: EditingOutcome) -> str:
    """What one allele is, in the words of the definitions.

    An allele with an unread base is never called unedited, intended only or otherwise whole.
    """
    if alone.indels.counted:
        return "insertion or deletion"
    if alone.any_change.undetermined:
        if alone.target_base.undetermined:
            return "target is N"
        target = "converted" if alone.target_base.counted else "unconverted"
        return f"{target}, with N"
    if not alone.any_change.counted:
        return "unedited"
    if alone.intended_only.counted:
        return "intended only"
    wrong = alone.stop_removed_wrong_residue
    if wrong is not None and wrong.counted:
        return "stop removed, wrong residue"
    if alone.intended_protein is not None and alone.intended_protein.counted:
        return "intended protein, further edits"
    if alone.target_base.counted:
        return "target converted, further edits"
    return "other edits only" if alone.any_edit.counted else "other change"


def _row_bases(question: Question, allele: Allele) -> str:
    """The allele over the span, on the protospacer strand; `-` stands for a lost base.

    As long as the span: what is gained is told apart (`_insertions`), and of a deletion that
    reaches over an edge only the part inside is shown.
    """
    bases = list(question.reference[question.start : question.end])
    for change in allele:
        kept = change.alt[: len(change.ref)].ljust(len(change.ref), "-")
        for offset, base in enumerate(kept, change.start):
            if question.start <= offset < question.end:
                bases[offset - question.start] = base
    text = "".join(bases)
    return text if question.site.strand == "+" else reverse_complement(text)


def _insertions(question: Question, allele: Allele) -> list[dict[str, Any]]:
    """Gained bases on the protospacer strand, and the position that they follow there."""
    found = []
    for change in allele:
        gained = change.alt[len(change.ref) :]
        if not gained or not question.start <= change.end <= question.end:
            continue
        # Read along the protospacer, the plus strand's base before the gap comes first on "+",
        # and the one behind it on "-".
        if question.site.strand == "+":
            after = question.site.position(change.end - 1)
        else:
            after, gained = question.site.position(change.end), reverse_complement(gained)
        found.append({"after": after, "bases": gained})
    return sorted(found, key=lambda one: one["after"])


def _protein(question: Question, allele: Allele) -> str | None:
    """Residues over the covered codons; None without a frame or with an indel."""
    covered = question.covered()
    if covered is None or any(change.is_indel for change in allele):
        return None
    frame = covered[0]
    bases = list(question.reference)
    for change in allele:
        bases[change.start : change.end] = list(change.alt)
    return translate(frame.coding("".join(bases)))
