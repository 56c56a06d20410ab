"""Alleles of one sample, from reads or from a table, counted under every definition of edited."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ultrarare.analysis.declaration import Inputs
from ultrarare.case.dataset import AlleleTable, EditingReads, Sample
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem
from ultrarare.molecule.align import Allele
from ultrarare.molecule.allele_table import AlleleTable as ReadTable
from ultrarare.molecule.allele_table import Columns, implied_total, read_allele_table
from ultrarare.molecule.amplicon import Amplicon, Settings
from ultrarare.molecule.editor import EditorKind
from ultrarare.molecule.outcome import EditingOutcome, quantify
from ultrarare.molecule.placement import place_span
from ultrarare.molecule.question import Question
from ultrarare.molecule.target import Target, find_target


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Alleles of one sample, counted under every definition."""

    target: Target
    dataset: str
    sample: Sample
    called_share: float
    question: Question
    alleles: Mapping[Allele, int]
    outcome: EditingOutcome
    by_reason: Mapping[str, int]
    caveats: tuple[str, ...]


def editing_target(inputs: Inputs) -> Target:
    """The target of the case's product, which must be a base editor's.

    Raises:
        NotComputable: another kind of editor; see also `find_target`.
        InputError: see `find_target`.
    """
    target = find_target(inputs)
    if target.editor.kind is not EditorKind.BASE:
        raise NotComputable(
            f"{target.editor.name} is a {target.editor.kind}; only base editors are quantified yet",
            remedy="State the result as a cited or declared finding until then.",
        )
    return target


def count_table(inputs: Inputs, dataset: AlleleTable, target: Target) -> Counted:
    """The alleles of a published or exported table, placed on the supplied context.

    Raises:
        InputErrors: rows of the table, or the window in which any edit counts.
        InputError: the table as a whole: no UTF-8, no place on the context, or its total.
    """
    text = _table_text(inputs, dataset.file)
    columns = Columns(
        sequence=dataset.sequence_column,
        reads=dataset.reads_column,
        percent=dataset.percent_column,
    )
    strand = target.site.strand
    if dataset.strand == "opposite":
        strand = "-" if strand == "+" else "+"
    start, end = place_span(text, columns, target.unedited, strand=strand, where=dataset.file)
    table = read_allele_table(
        text,
        _amplicon(target, dataset.id, start, end),
        strand=strand,
        columns=columns,
        total=dataset.total_reads,
        where=dataset.file,
    )
    question = _question(target, start, end, dataset)
    return Counted(
        target=target,
        dataset=dataset.id,
        sample=dataset.sample,
        called_share=1.0,
        question=question,
        alleles=table.alleles,
        outcome=quantify(table.alleles, question, not_shown=table.not_shown),
        by_reason={},
        caveats=tuple(_total_caveats(text, columns, table)),
    )


def _table_text(inputs: Inputs, file: str) -> str:
    try:
        return inputs.path(file).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start} is not UTF-8", where=file, remedy="save it as UTF-8"
        ) from None


def _total_caveats(text: str, columns: Columns, table: ReadTable) -> Iterable[str]:
    """Whether the printed percentages, if there are any, bear out the total."""
    if columns.percent is None:
        return
    rows = list(csv.DictReader(io.StringIO(text)))
    try:
        totals = implied_total(
            [int(row[columns.reads]) for row in rows], [row[columns.percent] for row in rows]
        )
    except InputError:
        yield f"The printed percentages fit no single total; {table.total:,} reads were taken."
        return
    if table.total in totals:
        exactly = (
            f"exactly {totals[0]:,}" if len(totals) == 1 else f"{totals[0]:,} to {totals[-1]:,}"
        )
        yield f"The printed percentages imply a total of {exactly} reads, as taken."
    else:
        yield (
            f"The printed percentages imply a total of {totals[0]:,} to {totals[-1]:,} reads, but "
            f"{table.total:,} were taken."
        )


def count_reads(inputs: Inputs, dataset: EditingReads, target: Target) -> Counted:
    """The alleles that a sample's amplicon reads carry.

    Raises:
        InputErrors: the reads, or the window in which any edit counts.
        NotComputable: no fragment could be called.
    """
    settings = Settings(mask_below=dataset.minimum_base_quality or None)
    flank = inputs.parameters.flank
    low = max(min(target.site.start, target.site.pam_start) - flank, settings.anchor)
    high = max(target.site.end, target.site.pam_end) + flank
    high = min(high, len(target.unedited) - settings.anchor)
    # compiled code, imported only where reads are counted
    from ultrarare.molecule.editing.counting import count_files
    from ultrarare.molecule.editing.panel import make_panel

    counts = count_files(
        inputs.path(dataset.r1),
        None if dataset.r2 is None else inputs.path(dataset.r2),
        panel=make_panel([_amplicon(target, dataset.id, low, high)], settings),
    )
    found = counts.amplicons[dataset.id]
    question = _question(target, low, high, dataset)
    refused = {str(reason): n for reason, n in counts.refused.items()}
    caveats = ["Sequencing errors are not subtracted."]
    if refused:
        listed = ", ".join(f"{n} {reason}" for reason, n in refused.items())
        caveats.append(f"Fragments not counted: {listed}.")
    if not found.called:
        raise NotComputable(
            f"none of the {counts.fragments} fragments could be called",
            remedy="Check that the reads are of this amplicon; see the reasons: "
            + ", ".join(f"{n} {reason}" for reason, n in refused.items()),
        )
    return Counted(
        target=target,
        dataset=dataset.id,
        sample=dataset.sample,
        called_share=found.called / counts.fragments,
        question=question,
        alleles=found.alleles,
        outcome=quantify(found.alleles, question, not_shown=found.not_listed),
        by_reason=refused,
        caveats=tuple(caveats),
    )


def _amplicon(target: Target, name: str, start: int, end: int) -> Amplicon:
    cut = min(max(target.site.boundary_after(target.editor.cut_after), start), end)
    return Amplicon(name=name, sequence=target.unedited, start=start, end=end, cut=cut)


def _question(
    target: Target, start: int, end: int, dataset: EditingReads | AlleleTable
) -> Question:
    if not start <= target.target_offset < end:
        raise InputError(
            f"the compared span does not hold the target base at protospacer position "
            f"{target.guide.target_position}",
            where="case.yaml product.guide",
        )
    try:
        return Question(
            reference=target.unedited,
            start=start,
            end=end,
            site=target.site,
            editor=target.editor,
            target_offset=target.target_offset,
            frame=target.frame,
            intended_protein=target.intended_protein,
            any_edit_window=dataset.any_edit_window,
        )
    except InputErrors as error:
        place = f"dataset {dataset.id}"
        raise InputErrors(
            [Problem(f"{place}, {p.where}", p.problem, p.remedy) for p in error.problems],
            where=place,
        ) from None
