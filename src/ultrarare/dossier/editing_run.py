"""The report of one editing run as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ultrarare import draw
from ultrarare.dossier.page import environment, style
from ultrarare.draw import Figure
from ultrarare.molecule.sequence import reverse_complement

if TYPE_CHECKING:
    from ultrarare.molecule.editing.counting import RunCounts
    from ultrarare.molecule.editing.first_reads import FirstReads
    from ultrarare.molecule.editing.sample import SampleOutcome

_ALLELES = 25
_COMBINATIONS = 12

NAMES = {
    "any_edit": "Any edit in the window",
    "target_base": "Target base converted",
    "intended_protein": "Intended protein",
    "intended_only": "Intended edit and nothing else",
}


def run_page(
    outcome: SampleOutcome, result: dict[str, Any], counts: RunCounts, first: FirstReads
) -> str:
    """The page.

    Args:
        outcome: what the sample says.
        result: the same, as written to `result.json`.
        counts: fragments used and not used.
        first: what the first reads look like.
    """
    template = environment().get_template("editing_run.html.j2")
    named = [(NAMES[name], one) for name, one in result["fractions"].items()]
    if result["window"] is None:
        named[0] = ("Any edit at the cut or nick", named[0][1])
    named.append(("Insertion or deletion", result["indel"]))
    if result["prime"] is not None:
        named.append(("Flap into the scaffold", result["prime"]["scaffold"]))
    return template.render(
        style=style(), r=result, fractions=named, figures=list(_figures(outcome, first)),
        refused=[(str(why), n, n / counts.fragments) for why, n in counts.refused.items()],
        share=lambda v: "–" if v is None else f"{100 * v:.3g}",
    )  # fmt: skip


def _figures(outcome: SampleOutcome, first: FirstReads) -> list[Figure]:
    rows, aim = outcome.rows, outcome.aim
    target = None if aim.target is None else aim.site.position(aim.target)
    figures = [_alleles(outcome, target)]
    judged = rows.total
    figures.append(
        draw.base_shares(
            [
                draw.BaseShares(position=one.position, found=one.found, shares=one.shares)
                for one in outcome.bases
            ],
            window=aim.window,
            target=target,
            reads=judged,
        )
    )
    if outcome.combinations:
        figures.append(_combinations(outcome))
    if first.mean_quality:
        figures.append(draw.read_quality(first.mean_quality, first.low_quality, reads=first.reads))
    return figures


def _combinations(outcome: SampleOutcome) -> Figure:
    base = outcome.aim.editor.from_base
    shown, rest = outcome.combinations[:_COMBINATIONS], outcome.combinations[_COMBINATIONS:]
    return draw.bars(
        [
            draw.Bar(
                label=" + ".join(f"{base}{p}" for p in one.positions) or "none",
                share=one.share,
                note=_residues(one.residues),
                intended=bool(one.intended),
            )
            for one in shown
        ],
        title="Bases converted together",
        reads=sum(one.reads for one in outcome.combinations),
        left_out=(len(rest), sum(one.share for one in rest)),
        what="combinations",
    )


def _residues(found: tuple[str, ...] | None) -> str:
    if found is None:
        return ""
    return ", ".join(found[:3]) + (" …" if len(found) > 3 else "") if found else "protein unedited"


def _alleles(outcome: SampleOutcome, target: int | None) -> Figure:
    """The commonest alleles under the reference, on the strand of the guide."""
    rows, aim = outcome.rows, outcome.aim
    site = aim.site
    listed = outcome.allele_rows()
    turned = site.strand == "-"
    start, end = aim.amplicon.start, aim.amplicon.end
    pam = sorted((site.position(site.pam_start), site.position(site.pam_end - 1)))

    def strand(text: str) -> str:
        return reverse_complement(text) if turned else text

    shown = []
    for index, row in enumerate(listed[:_ALLELES]):
        gained = []
        for change in rows.alleles[index]:
            more = len(change.alt) - len(change.ref)
            if more > 0 and start <= change.start <= end:
                at = site.position(change.start) if turned else site.position(change.start - 1)
                gained.append((at, strand(change.alt)))
        shown.append(
            draw.Allele(
                sequence=_turned(row["sequence"], turned=turned),
                reads=row["reads"],
                share=row["share"],
                outcome=_name(row),
                protein="",
                insertions=tuple(sorted(gained)),
            )
        )
    left = listed[_ALLELES:]
    return draw.allele_alignment(
        reference=strand(aim.reference[start:end]),
        first_position=min(site.position(start), site.position(end - 1)),
        guide=(1, aim.editor.protospacer_length),
        pam=(pam[0], pam[1]),
        window=aim.window,
        target=target,
        alleles=shown,
        total=rows.total,
        unseen=(len(left), sum(row["reads"] for row in left)),
    )


def _turned(text: str, *, turned: bool) -> str:
    """An aligned sequence on the other strand, dashes kept."""
    if not turned:
        return text
    return "-".join(reverse_complement(part) for part in reversed(text.split("-")))


def _name(row: dict[str, Any]) -> str:
    if row["indel"]:
        return "insertion or deletion"
    if row["changes"] == "=":
        return "unedited"
    unread = [change.endswith(">N") for change in row["changes"].split()]
    if all(unread):
        return "a base not read"
    if any(unread):
        return f"{'converted' if row['target_base'] else 'changed'}, with N"
    if row["intended_only"]:
        return "intended only"
    if row["intended_protein"]:
        return "intended protein, further edits"
    if row["target_base"]:
        return "target converted, further edits"
    return "other edits only" if row["any_edit"] else "other change"
