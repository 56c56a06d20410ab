"""The reference sequence that a case declares, as the variant and editing engines want it."""

from __future__ import annotations

from ultrarare.analysis.declaration import Inputs
from ultrarare.case.dataset import ReferenceSequence
from ultrarare.case.dataset import Transcript as DeclaredTranscript
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem
from ultrarare.molecule.fasta import read_fasta
from ultrarare.molecule.frame import Frame, frame_through
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
            Segment(start=item.start, end=item.end, c_start=item.c_first)
            for item in declared.coding
        ),
        protein=declared.protein,
    )


def frame_over(reference: Reference, offset: int) -> Frame | None:
    """The codons of the declared coding segment over `offset`; None where none is declared.

    Args:
        reference: with its transcript.
        offset: interbase offset in the fragment.
    """
    transcript = reference.transcript
    if transcript is None:
        return None
    for segment in transcript.segments:
        start, end = segment.start - reference.start, segment.end - reference.start
        if not start <= offset < end or segment.c_start < 1:
            continue
        skip = (1 - segment.c_start) % 3
        codon = (segment.c_start + skip - 1) // 3 + 1
        if end - start - skip < 3:
            return None
        return frame_through(
            start + skip if transcript.strand == "+" else end - skip,
            context_length=len(reference.bases),
            strand=transcript.strand,
            coding=(start, end),
            codon=codon,
        )
    return None
