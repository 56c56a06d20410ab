"""A made programme as plain values, for tests of extension; each part can be replaced."""

from __future__ import annotations

from typing import Any

from ultrarare.programme.programme import Programme

DOSE = {"low": 0.1, "high": 0.3, "unit": "mg/kg", "of": "total RNA"}
ROLES = ("guide", "editor", "vehicle", "process", "site")
SEQUENCES = {"guide-a": "TGATTCTAAGCAGTAATGAA", "guide-b": "GACCTTAGCGTATTCAGGTC"}


def component(name: str, role: str, **more: Any) -> dict[str, Any]:
    made = {"id": name, "role": role, "name": name.rpartition("-")[0], "version": name[-1]}
    if role in ("guide", "oligo"):
        made |= {"sequence": SEQUENCES.get(name, "ACGTACGTACGTACGTACGT"), "chemistry": "made"}
    return {**made, **more}


def product(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": f"product {name}",
        "modality": "genome editing",
        "variant": f"variant-{name}",
        "components": {
            "guide": f"guide-{name}",
            "editor": "editor-1",
            "vehicle": "vehicle-1",
            "process": "process-1",
            "site": "site-1",
        },
        "dose": DOSE,
        "route": "intravenous",
        "tissue": "liver",
        "endpoint": "events",
        "status": "investigational",
        **more,
    }


def variant(name: str, **more: Any) -> dict[str, Any]:
    told = {"gene": "CPS1", "consequence": "no protein", "disease": "OMIM:237300"}
    return {"id": f"variant-{name}", **told, **more}


RESTS = {
    "guide": "guide-a",
    "editor": "editor-1",
    "vehicle": "vehicle-1",
    "process": "process-1",
    "site": "site-1",
    "variant": "variant-a",
    "gene": "CPS1",
    "consequence": "no protein",
    "disease": "OMIM:237300",
    "tissue": "liver",
    "route": "intravenous",
    "endpoint": "events",
    "dose": DOSE,
}


def record(attribute: str, **more: Any) -> dict[str, Any]:
    """A record of product a that nothing stands against but what differs."""
    return {
        "id": f"record-{attribute}",
        "title": f"record of {attribute}",
        "attributes": [attribute],
        "product": "a",
        "rests_on": RESTS,
        "holder": "made sponsor",
        "granularity": "full report",
        "consent": {"duo": ["DUO:0000042"], "statement": "any research"},
        **more,
    }


def plain(**more: Any) -> dict[str, Any]:
    return {
        "schema": "ultrarare/programme/1",
        "id": "made",
        "title": "made programme",
        "data": "made",
        "date": "2026-11-01",
        "holder": "made sponsor",
        "commercial": False,
        "genes": [{"symbol": "CPS1"}, {"symbol": "OTC"}],
        "diseases": [
            {"id": "OMIM:237300", "name": "one disease"},
            {"id": "OMIM:311250", "name": "another disease"},
        ],
        "variants": [variant("a"), variant("b")],
        "components": [
            component("guide-a", "guide"),
            component("guide-b", "guide"),
            component("editor-1", "editor"),
            component("vehicle-1", "vehicle", characteristics={"size": 70}),
            component("vehicle-2", "vehicle", characteristics={"size": 80}),
            component("process-1", "process"),
            component("process-2", "process"),
            component("site-1", "site"),
        ],
        "products": [product("a"), product("b")],
        "records": [],
        **more,
    }


def programme(**more: Any) -> Programme:
    return Programme.model_validate(plain(**more))
