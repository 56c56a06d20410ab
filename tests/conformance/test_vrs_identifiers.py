"""VRS 2 identifiers against published ones and a second implementation of digest and roll.

Published: GA4GH VRS 2.0 documentation and validation examples (APOE rs7412 on GRCh38 chr19), and
an example allele in the source of ga4gh-vrs 2.3.3; facts only.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.molecule.allele import Allele
from ultrarare.molecule.reference import Reference, refget_digest
from ultrarare.molecule.vrs import vrs_allele


def sha512t24u(blob: bytes) -> str:
    return base64.b64encode(hashlib.sha512(blob).digest()[:24], altchars=b"-_").decode()


def digest(value: Any) -> str:
    """Canonical JSON of strings and whole numbers: sorted keys and no white space."""
    return sha512t24u(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def identifier(refget: str, start: int, end: int, state: dict[str, Any]) -> tuple[str, str]:
    location = digest(
        {
            "type": "SequenceLocation",
            "start": start,
            "end": end,
            "sequenceReference": {"type": "SequenceReference", "refgetAccession": refget},
        }
    )
    allele = digest({"type": "Allele", "location": location, "state": state})
    return f"ga4gh:SL.{location}", f"ga4gh:VA.{allele}"


def literal(bases: str) -> dict[str, Any]:
    return {"type": "LiteralSequenceExpression", "sequence": bases}


def known(start: int, refget: str, base: str) -> Reference:
    """Three bases around a published position; the neighbours do not enter a substitution."""
    return Reference(contig="NC_000000.1", start=start - 1, bases=f"A{base}A", refget=refget)


@pytest.mark.parametrize(
    ("blob", "expected"),
    [(b"", "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXc"), (b"ACGT", "aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2")],
)
def test_the_truncated_digest_of_the_specification(blob, expected):
    assert sha512t24u(blob) == expected
    assert refget_digest(blob.decode()) == f"SQ.{expected}"


def test_rs7412_has_the_published_location_and_allele():
    chr19 = "SQ.IIB53T8CNeJJdUqzn9V_JnRtQadwWCbl"
    found = vrs_allele(
        Allele(contig="NC_000000.1", start=44908821, ref="C", alt="T"),
        known(44908821, chr19, "C"),
    )
    assert found.id == "ga4gh:VA.0AePZIWZUNsUlQTamyLrjm2HWUw2opLt"


def test_the_documented_location_digest_comes_out():
    # The example of ga4gh_identify in ga4gh-vrs 2.3.3.
    refget = "SQ.F-LrLMe1SRpfUZHkQmvkVKFEGaoDeHul"
    found = vrs_allele(
        Allele(contig="NC_000000.1", start=44908821, ref="C", alt="T"),
        known(44908821, refget, "C"),
    )
    assert found.location_id == "ga4gh:SL.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT"


def test_the_example_allele_of_the_package_comes_out():
    refget = "SQ.gg9z_DUcgwhfRz29BS3zq2jim59tOrA9"
    found = vrs_allele(
        Allele(contig="NC_000000.1", start=874, ref="A", alt="G"), known(874, refget, "A")
    )
    assert found.location_id == "ga4gh:SL.HyEEyTvdJrfsElsTXRG-43Y_tID4QYFt"
    assert found.id == "ga4gh:VA.SmhjExyBS8GxicngJxQLJ8Ww5GrBQk40"


def test_the_kabe_identifier_follows_from_the_specification_alone():
    chr2 = "SQ.pnAqCRBrTsUoBghSD1yp_jXWSmlbdh4g"
    _, allele = identifier(chr2, 210591885, 210591886, literal("T"))
    assert allele == "ga4gh:VA.J71jsZKnUHP90LrOrd47uqInY_wNBU8k"


def spans(bases: str, start: int, ref: str, alt: str) -> tuple[int, int]:
    """The region of ambiguity by brute force: every place where the same change can stand."""
    result = bases[:start] + alt + bases[start + len(ref) :]
    size = len(alt) - len(ref)
    places = []
    for at in range(len(bases) + 1):
        if size < 0 and at - size <= len(bases) and bases[:at] + bases[at - size :] == result:
            places += [at, at - size]
        if size > 0 and bases[:at] + result[at : at + size] + bases[at:] == result:
            places += [at]
    return min(places), max(places)


@settings(max_examples=150, deadline=None)
@given(
    st.text("AC", min_size=4, max_size=14),
    st.integers(0, 13),
    st.integers(0, 3),
    st.text("AC", max_size=3),
)
def test_indels_in_repeats_are_justified_as_brute_force_finds(middle, at, size, alt):
    bases = "GT" + middle + "TG"
    start = 2 + at % len(middle)
    ref = bases[start : min(start + size, len(bases) - 2)]
    change = Allele(contig="NC_000000.1", start=start + 70, ref=ref, alt=alt).trimmed()
    if bool(change.ref) == bool(change.alt):
        return
    refget = "SQ." + "A" * 32
    reference = Reference(contig="NC_000000.1", start=70, bases=bases, refget=refget)
    found = vrs_allele(change, reference)
    low, high = spans(bases, start, ref, alt)
    assert (found.start, found.end) == (70 + low, 70 + high)
    result = bases[:start] + alt + bases[start + len(ref) :]
    inserted = result[low : high + len(alt) - len(ref)]
    state = found.document["state"]
    if state["type"] == "LiteralSequenceExpression":
        expected = literal(inserted)
    else:
        unit = state["repeatSubunitLength"]
        expected = {"type": state["type"], "length": len(inserted), "repeatSubunitLength": unit}
        repeat = bases[low : low + unit]
        assert (repeat * len(result))[: len(inserted)] == inserted
    assert found.id == identifier(refget, 70 + low, 70 + high, expected)[1]
