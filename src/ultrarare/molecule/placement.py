"""Where the sequences of an allele table lie on the supplied context."""

from __future__ import annotations

import csv
import io
from collections import Counter

from ultrarare.errors import InputError
from ultrarare.molecule.allele_table import Columns
from ultrarare.molecule.protospacer import Strand
from ultrarare.molecule.sequence import reverse_complement

_MOST_DIFFERENT = 0.2


def place_span(
    text: str, columns: Columns, context: str, *, strand: Strand, where: str
) -> tuple[int, int]:
    """The interbase span of `context` that a table's sequences show.

    The sequences of the commonest length are laid at every offset; the one with the fewest
    differing bases is theirs, if it is the only one and at most a fifth of the bases differ.

    Args:
        text: the table, as for `read_allele_table`.
        columns: which columns to read.
        context: plus strand of the unedited allele.
        strand: strand on which the sequences are written.
        where: name of the file, for messages.

    Raises:
        InputError: no sequence, or no single place that fits.
    """
    shown = [
        (row.get(columns.sequence) or "").strip().upper()
        for row in csv.DictReader(io.StringIO(text))
    ]
    whole = [bases for bases in shown if bases and "-" not in bases]
    if not whole:
        raise InputError(f"holds no complete sequence in column {columns.sequence!r}", where=where)
    length = Counter(len(bases) for bases in whole).most_common(1)[0][0]
    laid = [bases for bases in whole if len(bases) == length]
    if strand == "-":
        laid = [reverse_complement(bases) for bases in laid]
    differing = {
        start: sum(a != b for bases in laid for a, b in zip(bases, context[start:], strict=False))
        for start in range(len(context) - length + 1)
    }
    if not differing:
        raise InputError(
            f"has sequences of {length} bases; the reference holds {len(context)}", where=where
        )
    fewest = min(differing.values())
    places = [start for start, count in differing.items() if count == fewest]
    if len(places) > 1 or fewest > _MOST_DIFFERENT * length * len(laid):
        raise InputError(
            f"{len(laid)} sequences of {length} bases do not lie in one place of the reference: at "
            f"best {fewest} of {length * len(laid)} bases differ, in {len(places)} places",
            where=where,
            remedy="check the reference, and the strand on which the table is written",
        )
    return places[0], places[0] + length
