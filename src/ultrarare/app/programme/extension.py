"""A programme, a reference and a new product in; extension dossier and gap list out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare import __version__
from ultrarare.app.programme.read import read_programme
from ultrarare.digest import of_file
from ultrarare.dossier.page import environment, style
from ultrarare.dossier.tables import csv_text
from ultrarare.dossier.write import write
from ultrarare.programme.extension import Extension, extend
from ultrarare.programme.gap import KINDS
from ultrarare.words import counted

NOTICE = (
    "What the programme's file says, held against a table of what depends on what. It supports an "
    "argument; whether an agency follows it is the agency's to say. Most cells of the table are "
    "our own deduction, and each says so."
)
FILES = ("extension.html", "extension.json", "attributes.csv", "leverage.csv", "gaps.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionReport:
    """The comparison, the digest of the file it came from, and where the page is."""

    extension: Extension
    digest: str
    page: Path | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        e = self.extension
        return {
            "schema": "ultrarare/extension/1",
            "version": __version__,
            "programme": e.programme.id,
            "title": e.programme.title,
            "data": e.programme.data,
            "input": self.digest,
            "notice": NOTICE,
            "reference": _product(e, e.reference.id),
            "new": _product(e, e.new.id),
            "new_product": e.new_product,
            "differences": [one.to_json() for one in e.differences],
            "attributes": [one.to_json() for one in e.attributes],
            "always_new": [one.attribute.id for one in e.attributes if one.always_new],
            "leveraged": [list(pair) for pair in sorted(e.leveraged)],
            "gaps": [one.to_json() for one in e.gaps],
            "regulatory_vehicle": None
            if e.submission is None
            else {"answer": e.submission.answer, "default": e.submission.default},
            "regulatory": [one.model_dump(mode="json", exclude={"when"}) for one in e.questions],
            "reliance": [one.to_json() for one in e.reliance],
        }

    def summary(self) -> str:
        """Text for a terminal."""
        e = self.extension
        made = " (made data)" if e.programme.data == "made" else ""
        lines = [f"{e.reference.name} to {e.new.name}{made}", "", "What differs"]
        lines += [f"  {one.status:<13} {one.on}: {one.reason}" for one in e.differences]
        lines += ["", "Attribute by attribute"]
        for one in e.attributes:
            always = ", always" if one.always_new else ""
            lines.append(f"  {one.status:<13} {one.attribute.title}: {one.need}{always}")
            lines += [f"{'':16}{r.record.id}: {r.answer}" for r in one.records]
        lines += ["", f"{counted(len(e.gaps), 'gap')}"]
        lines += [f"  {gap.title}: {gap.what} {gap.why}" for gap in e.gaps]
        lines += ["", "Left open by the sources"] if e.questions else []
        lines += [f"  {q.asks} {q.answer}; default: {q.default}" for q in e.questions]
        lines += [f"  Reliance under {r.id}: {r.answer}" for r in e.reliance]
        lines += ["", NOTICE]
        if self.page is not None:
            lines.append(f"page: {self.page}")
        return "\n".join(lines)


def extend_programme(
    path: Path, *, reference: str, new: str, out: Path | None = None
) -> ExtensionReport:
    """Read, compare, and write the extension dossier if asked.

    Args:
        path: programme file.
        reference: id of the product that is compared with.
        new: id of the product that is asked about.
        out: folder that receives page, JSON and tables.

    Raises:
        NotFound: no file is there, or no such product.
        InputErrors: what is wrong with the file; nothing is written then.
    """
    found = extend(read_programme(path), reference, new)
    page = None if out is None else out / "extension.html"
    report = ExtensionReport(extension=found, digest=of_file(path), page=page)
    if out is not None:
        write(out, extension_files(report), owned=FILES)
    return report


def extension_files(report: ExtensionReport) -> dict[str, bytes]:
    """File name to content: page, JSON, and a table each of attributes, leverage and gaps."""
    told = report.to_json()
    tables = {
        "attributes.csv": list(_attribute_rows(report.extension)),
        "leverage.csv": list(_leverage_rows(told["attributes"])),
        "gaps.csv": told["gaps"],
    }
    html = (
        environment()
        .get_template("extension.html.j2")
        .render(
            style=style(),
            e=report.extension,
            r=told,
            notice=NOTICE,
            tally=_tally(report.extension),
            kinds=KINDS,
        )
    )
    return {
        "extension.html": html.encode(),
        "extension.json": (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode(),
        **{name: csv_text(rows).encode() for name, rows in tables.items() if rows},
    }


def _product(e: Extension, name: str) -> dict[str, Any]:
    product = e.programme.product(name)
    assert product is not None  # noqa: S101 -- `extend` found it
    variant = e.programme.variant(product.variant)
    disease = next((one.name for one in e.programme.diseases if one.id == variant.disease), None)
    return {
        "id": product.id,
        "name": product.name,
        "modality": product.modality.value,
        "status": product.status,
        "variant": variant.id,
        "gene": variant.gene,
        "hgvs": variant.hgvs,
        "protein": variant.protein,
        "disease": variant.disease,
        "disease_name": disease,
        "patients": sum(one.product == product.id for one in e.programme.patients),
    }


def _tally(e: Extension) -> Mapping[str, int]:
    found = Counter(one.evidence for one in e.attributes)
    return {name: found[name] for name in ("own evidence", "may be leveraged", "gap")}


def _attribute_rows(e: Extension) -> Iterable[Mapping[str, Any]]:
    for one in e.attributes:
        yield {
            "attribute": one.attribute.id,
            "title": one.attribute.title,
            "group": one.attribute.group,
            "status": one.status.value,
            "need": one.need.value,
            "always_new": one.always_new,
            "evidence": one.evidence,
            "depends_on": [f"{cell.on} ({found.status})" for cell, found in one.cells],
            "rows": one.attribute.rows,
            "tag": one.attribute.tag,
        }


def _leverage_rows(attributes: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for one in attributes:
        for record in one["records"]:
            differing = [f"{d['on']}: {d['status']}, {d['reason']}" for d in record["differences"]]
            yield {"attribute": one["id"], **record, "differences": differing}
