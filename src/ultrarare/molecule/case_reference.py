"""The reference sequence that a case declares, as the variant and editing engines want it."""

from __future__ import annotations

from collections.abc import Iterator

from ultrarare.analysis.declaration import Inputs
from ultrarare.case.dataset import ReferenceSequence
from ultrarare.case.dataset import Transcript as DeclaredTranscript
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem
from ultrarare.molecule.fasta import read_fasta
from ultrarare.molecule.frame import Frame
from ultrarare.molecule.reference import Reference, Segment, Transcript


def find_reference(inputs: Inputs, reference_id: str | None, *, of: str) -> ReferenceSequence:
    """The declared reference of that id.

    Raises:
        NotComputable: none is named, or its file is not there.
    """
    for dataset in inputs.datasets.get("reference", ()):
        if dataset.id == reference_id and isinstance(dataset, ReferenceSequence):
            return dataset
    if reference_id is None:
        raise NotComputable(f"{of} names no reference sequence", remedy="Declare and name one.")
    raise NotComputable(
        f"the reference sequence {reference_id!r} of {of} is not there",
        remedy=f"Supply the file of dataset {reference_id!r}.",
    )


def load_reference(
    inputs: Inputs, dataset: ReferenceSequence, *, accession: str | None = None
) -> Reference:
    """The fragment with the transcript that `accession` names, or the first one declared.

    Raises:
        InputError: the file holds another number of records than one, or the placement does not
            fit; see `Reference`.
    """
    records = read_fasta(inputs.path(dataset.file))
    if len(records) != 1:
        raise InputError(f"holds {len(records)} records; allowed is one", where=dataset.file)
    chosen = next(
        (t for t in dataset.transcripts if t.accession == accession),
        next(iter(dataset.transcripts), None),
    )
    place = f"dataset {dataset.id} ({dataset.file})"
    try:
        return Reference(
            contig=dataset.accession,
            start=dataset.start,
            bases=records[0][1],
            contig_length=dataset.contig_length,
            refget=dataset.refget,
            transcript=None if chosen is None else _transcript(chosen),
        )
    except InputErrors as error:
        raise InputErrors(
            [Problem(f"{place}: {p.where}", p.problem, p.remedy) for p in error.problems],
            where=place,
        ) from None
    except InputError as error:
        where = f"{place}: {error.where}"
        raise InputError(error.problem, where=where, remedy=error.remedy) from None


def _transcript(declared: DeclaredTranscript) -> Transcript:
    return Transcript(
        accession=declared.accession,
        gene=declared.gene,
        strand=declared.strand,
        segments=tuple(
            Segment(
                start=item.start,
                end=item.end,
                c_start=item.c_first,
                starts_exon=item.starts_exon,
                ends_exon=item.ends_exon,
            )
            for item in declared.coding
        ),
        cds_length=declared.cds_length,
        protein=declared.protein,
    )


def frame_over(reference: Reference, offset: int) -> Frame | None:
    """The complete codons of the declared coding stretch over `offset`.

    None where no transcript is declared, or where `offset` lies in no codon of which all three
    bases stand side by side in declared segments. A codon that an intron splits is such a case.

    Args:
        reference: with its transcript.
        offset: plus-strand offset of a base in the fragment, from 0.

    Notes:
        Checked in tests/unit/molecule/test_case_reference.py, for each gene strand.
    """
    transcript = reference.transcript
    if transcript is None:
        return None
    for start, end, first in _stretches(transcript):
        lead = -first % 3
        size = (end - start - lead) // 3 * 3
        if size <= 0:
            continue
        low = start + lead if transcript.strand == "+" else end - lead - size
        frame = Frame(
            start=low - reference.start,
            end=low - reference.start + size,
            strand=transcript.strand,
            first_codon=(first + lead) // 3 + 1,
        )
        if frame.codon_index(offset) is not None:
            return frame
    return None


def _stretches(transcript: Transcript) -> Iterator[tuple[int, int, int]]:
    """Coding bases in one piece: contig span, running coding position of the first base.

    Segments that touch on the contig and in c. numbering are one piece. Bases before c.1 and, if
    the length of the coding sequence is declared, past the stop codon are left out.
    """
    plus = transcript.strand == "+"
    joined: list[tuple[int, int, int]] = []
    for segment in transcript.segments:
        piece = (segment.start, segment.end, segment.first)
        if joined:
            start, end, first = joined[-1]
            touch = segment.start == end if plus else segment.end == start
            if touch and segment.first == first + end - start:
                piece = (min(start, segment.start), max(end, segment.end), first)
                joined.pop()
        joined.append(piece)
    for start, end, first in joined:
        before = max(-first, 0)
        stop = transcript.cds_length
        after = 0 if stop is None else max(first + end - start - stop, 0)
        left, right = (before, after) if plus else (after, before)
        if start + left < end - right:
            yield start + left, end - right, first + before
