"""The one place that calls ferro-hgvs: the normal form of a change on bases that we supply.

The normaliser is always built from a reference written for this one call. The module-level
`ferro_hgvs.normalize` is never used: it answers from built-in test sequences. A normaliser returns
the name of an accession it does not hold unchanged and without a warning, so callers place the
variant on the reference first (`allele.place`).
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ferro_hgvs

from ultrarare.errors import NotComputable

PAD: Final = 64
"""Unknown bases (N) on either side of a window; nothing can shift into the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    """A normalised change: what stands after `c.` or `g.`, and the normaliser's warnings.

    `before` and `after` are the normaliser's own reading of the result: the bases of a window
    that begins at `start` (0-based), as they were and as they become.
    """

    change: str
    warnings: tuple[str, ...]
    start: int
    before: str
    after: str


def on_contig(accession: str, bases: str, change: str) -> Shifted:
    """Normalise `g.` + change on a window; position 1 is the first base of `bases`.

    Raises:
        NotComputable: the normaliser refuses the change.
    """
    window = "N" * PAD + bases + "N" * PAD
    document = {"transcripts": [], "genomic_sequences": {accession: window}}
    shifted = _run(document, accession, "g", renumbered(change, PAD))
    return Shifted(
        change=renumbered(shifted.change, -PAD),
        warnings=shifted.warnings,
        start=shifted.start - PAD,
        before=shifted.before,
        after=shifted.after,
    )


def on_transcript(
    accession: str, bases: str, change: str, *, coding: tuple[int, int], contig: str
) -> Shifted:
    """Normalise `c.` + change on a transcript.

    Args:
        accession: of the transcript.
        bases: the whole transcript, N where it is not known.
        change: what stands after `c.`.
        coding: interbase interval of the coding sequence in `bases`.
        contig: a name that is not the transcript's; the normaliser wants to hold a contig.

    Raises:
        NotComputable: the normaliser refuses the change.
    """
    length = len(bases)
    document = {
        "transcripts": [
            {
                "id": accession,
                "sequence": bases,
                "strand": "+",
                "cds_start": coding[0] + 1,
                "cds_end": coding[1],
                "exons": [{"number": 1, "start": 1, "end": length}],
            }
        ],
        # Without a contig the normaliser warns about each construction, not about the variant.
        "genomic_sequences": {contig: "N" * PAD},
    }
    return _run(document, accession, "c", change)


def renumbered(change: str, by: int) -> str:
    """A `g.` change with every position moved; a repeat count, alone in brackets, stays."""
    return re.sub(
        r"\[\d+\]|\d+",
        lambda found: found[0] if found[0].startswith("[") else str(int(found[0]) + by),
        change,
    )


def reading_notes(text: str) -> tuple[str, ...]:
    """What the normaliser's reader corrected in the name as written, one sentence each."""
    try:
        read = ferro_hgvs.parse_lenient(text)
    except ferro_hgvs.ParseError as refusal:
        raise NotComputable(f"the normaliser cannot read it: {refusal}", where=text) from refusal
    return tuple(f"{note.error_type.name}: {note.message}" for note in read.warnings)


def _run(document: dict[str, Any], accession: str, kind: str, change: str) -> Shifted:
    name = f"{accession}:{kind}.{change}"
    mismatch = ferro_hgvs.ErrorType.RefSeqMismatch
    config = ferro_hgvs.ErrorConfig.lenient().with_override(
        mismatch, ferro_hgvs.ErrorOverride.Reject
    )
    with tempfile.TemporaryDirectory(prefix="ultrarare-") as folder:
        path = Path(folder) / "reference.json"
        head = {"version": "1.0", "genome_build": "supplied"}
        path.write_text(json.dumps(head | document), encoding="ascii")
        normalizer = ferro_hgvs.Normalizer(reference_json=str(path), error_config=config)
        try:
            answer = normalizer.normalize_with_warnings(name)  # type: ignore[attr-defined]
            applied = normalizer.apply_to_reference(answer.result)
        except ferro_hgvs.FerroError as refusal:
            raise NotComputable(f"the normaliser refuses it: {refusal}", where=name) from refusal
    return Shifted(
        change=str(answer.result).partition(f":{kind}.")[2],
        warnings=tuple(f"{note.code}: {note.message}" for note in answer.warnings),
        start=applied.start,
        before=applied.reference,
        after=applied.resulting,
    )
