"""GA4GH VRS 2 identifiers of alleles, computed offline from the contig's own refget digest.

The identifier contains the digest of the *whole* contig. From the digest of a stretch of it
another identifier would come out, which is not the allele's; so without the contig's digest there
is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ultrarare.errors import InputError, NotComputable
from ultrarare.molecule.allele import Allele
from ultrarare.molecule.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class VrsAllele:
    """A VRS 2 allele: identifier, fully justified location, and state.

    Attributes:
        id: `ga4gh:VA.` and the digest.
        location_id: `ga4gh:SL.` and the digest.
        start, end: interbase, fully justified.
        state: the inserted bases, or the reference length expression in words.
        document: the VRS object as JSON values.
    """

    id: str
    location_id: str
    refget: str
    start: int
    end: int
    state: str
    document: dict[str, Any]
    caveats: tuple[str, ...]


def vrs_allele(allele: Allele, reference: Reference) -> VrsAllele:
    """The VRS 2 identifier of an allele, fully justified on the reference.

    Args:
        allele: on the reference's contig; see `allele.place`.
        reference: with `refget`, the digest of the whole contig.

    Raises:
        InputError: the allele lies on another contig, or its bases contradict the reference.
        NotComputable: the contig's digest is not declared; or the change lies outside the known
            bases, or can roll to their edge, so that its justified form is not known.

    Notes:
        Normalisation and digests are ga4gh-vrs's (VRS 2.0). An unknown base (N) ends a roll, which
        is why a roll that reaches the edge is refused. Checked against published identifiers and
        a second implementation of both steps in tests/conformance/test_vrs_identifiers.py.
    """
    # Imported here: the models take half a second to load.
    from ga4gh.core import ga4gh_identify
    from ga4gh.vrs import models, normalize

    if allele.contig != reference.contig:
        raise InputError(f"lies on {allele.contig}, not on {reference.contig}", where=allele.spdi)
    if reference.refget is None:
        raise NotComputable(
            f"the refget digest of {reference.contig} is not declared, and an identifier computed "
            "on a stretch of it is not the allele's",
            where=allele.spdi,
            remedy="declare `refget`, the SQ. digest of the whole contig",
        )
    if (found := reference.between(allele.start, allele.end)) != allele.ref:
        raise InputError(f"the reference holds {found!r} there", where=allele.spdi)
    given = models.Allele(
        location=models.SequenceLocation(
            sequenceReference=models.SequenceReference(refgetAccession=reference.refget),
            start=allele.start,
            end=allele.end,
        ),
        state=models.LiteralSequenceExpression(sequence=allele.alt),
    )
    whole = normalize(given, _proxy(reference))
    _check_resolved(allele, int(whole.location.start), int(whole.location.end), reference)
    identifier = str(ga4gh_identify(whole))
    return VrsAllele(
        id=identifier,
        location_id=f"ga4gh:SL.{whole.location.digest}",
        refget=reference.refget,
        start=int(whole.location.start),
        end=int(whole.location.end),
        state=_state(whole),
        document=whole.model_dump(exclude_none=True, mode="json"),
        caveats=(
            reference.padding,
            f"the digest {reference.refget} of {reference.contig} is declared, not recomputed",
        ),
    )


def _check_resolved(allele: Allele, start: int, end: int, reference: Reference) -> None:
    change = allele.trimmed()
    if change.ref and change.alt:
        return
    at_start = start == reference.start and reference.start != 0
    at_end = end == reference.end and reference.end != reference.contig_length
    if at_start or at_end:
        raise NotComputable(
            "the change can roll to the edge of the known bases, so its region of ambiguity is "
            "not known",
            where=allele.spdi,
            remedy="supply a longer stretch of the contig",
        )


def _state(whole: Any) -> str:
    if whole.state.type == "LiteralSequenceExpression":
        return str(whole.state.sequence.root)
    return f"{whole.state.length} bases of reference repeat unit {whole.state.repeatSubunitLength}"


def _proxy(reference: Reference) -> Any:
    """The stretch as ga4gh-vrs asks for sequences: N wherever it is not known."""
    from ga4gh.vrs.dataproxy import _DataProxy

    class Stretch(_DataProxy):  # type: ignore[misc]
        def get_sequence(
            self, identifier: str, start: int | None = None, end: int | None = None
        ) -> str:
            low = 0 if start is None else start
            high = length if end is None else min(end, length)
            left = max(low, min(high, reference.start))
            right = min(high, max(low, reference.end))
            if identifier != alias:
                raise KeyError(identifier)
            known = reference.bases[left - reference.start : max(right - reference.start, 0)]
            return "N" * (left - low) + known + "N" * (high - max(right, left))

        def get_metadata(self, identifier: str) -> dict[str, Any]:
            if identifier != alias:
                raise KeyError(identifier)
            return {"aliases": [alias], "alphabet": "ACGTN", "length": length}

    alias = f"ga4gh:{reference.refget}"
    length = reference.end if reference.contig_length is None else reference.contig_length
    return Stretch()
