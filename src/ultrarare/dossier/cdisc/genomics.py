"""The genomic finding: the patient's variants, and what was edited in the patient's own samples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ultrarare.case.case import Variant
from ultrarare.case.dataset import AlleleTable, EditingReads
from ultrarare.case.finding import Finding, Ladder, Origin
from ultrarare.dossier.cdisc.assemble import Record
from ultrarare.dossier.cdisc.dataset import Cell
from ultrarare.dossier.cdisc.measurements import number_text
from ultrarare.dossier.cdisc.source import Course, LeftOut, Subject

OF_THE_PATIENT: Final = (Ladder.A, Ladder.D)
"""Tissue of this patient, and accessible tissue in its stead; everything else is of others."""
SHORT: Final = ("SHRTVAR", "Short Variation")
OTHER: Final = ("VARIANT", "Genetic Variant")
"""Test of a variant of at most 50 bases, in the published words, and of a longer one, in ours."""
_SHORT: Final = 50
_PROTEIN: Final = "GENE WITH PROTEIN PRODUCT"
_FRACTION: Final = "fraction of 1"


def is_short(hgvs: str) -> bool:
    """Whether a variant's name tells of at most 50 bases: those it spans, and those it inserts."""
    described = hgvs.partition(":")[2] or hgvs
    inserted = max((len(text) for text in re.findall("[ACGTUN]+", described)), default=0)
    ends = re.search(r"(\d+)(?:[+-]\d+)?_\*?(\d+)", described)
    span = 1 if ends is None else abs(int(ends[2]) - int(ends[1])) + 1
    return max(inserted, span) <= _SHORT


def genomic_records(course: Course, subject: Subject) -> tuple[Sequence[Record], list[LeftOut]]:
    """GF, and the editing results that are none of the patient's."""
    records = [r for variant in course.case.variants for r in _variant(course, subject, variant)]
    left: list[LeftOut] = []
    samples = {d.id: d for d in course.case.datasets if isinstance(d, EditingReads | AlleleTable)}
    for finding in course.findings:
        dataset = next((samples[name] for name in finding.datasets if name in samples), None)
        if dataset is None or finding.estimate is None or finding.origin is not Origin.COMPUTED:
            continue
        if dataset.origin == "simulated":
            continue  # said once, with the dataset
        if dataset.sample.ladder not in OF_THE_PATIENT:
            rung = dataset.sample.ladder
            left.append(
                LeftOut(f"finding {finding.id}", f"its sample is of rung {rung}: {rung.meaning}")
            )
            continue
        records.append(_edited(course, subject, finding, dataset))
    return records, left


def _variant(course: Course, subject: Subject, variant: Variant) -> Iterable[Record]:
    vrs = next(
        (
            finding.attributes.get("vrs_id")
            for finding in course.findings
            if finding.kind == "variant.identity" and finding.id.endswith(f"/{variant.id}-identity")
        ),
        None,
    )
    test = SHORT if is_short(variant.hgvs) else OTHER
    names = {
        "PREDICTED CODING SEQUENCE CHANGE": variant.hgvs,
        "GENOMIC SEQUENCE CHANGE": variant.genomic,
        "PREDICTED AMINO ACID CHANGE": variant.protein,
        "ZYGOSITY": variant.zygosity,
        "ALLELIC PHASE": variant.phase,
    }
    for detail, result in names.items():
        if result is None or result == "unknown":
            continue
        is_name = detail.endswith("CHANGE")
        accession = result.partition(":")[0] if is_name and ":" in result else None
        values: dict[str, Cell] = {
            "USUBJID": subject.unique,
            "GFGRPID": variant.id,
            "GFTESTCD": test[0],
            "GFTEST": test[1],
            "GFTSTDTL": detail,
            "GFCAT": "VARIANT OF THE SUBJECT",
            "GFORRES": result,
            "GFSTRESC": result,
            "GFSYM": course.case.disease.gene,
            "GFSYMTYP": _PROTEIN,
            "GFSEQID": accession,
            "GFPVRID": variant.clinvar if is_name else None,
        }
        is_coding = detail == "PREDICTED CODING SEQUENCE CHANGE"
        yield Record(
            values=values,
            more={"ROLE": variant.role, "VRSID": str(vrs) if vrs and is_coding else None},
        )


def _edited(
    course: Course, subject: Subject, finding: Finding, dataset: EditingReads | AlleleTable
) -> Record:
    estimate = finding.estimate
    assert estimate is not None  # noqa: S101 -- the caller looked
    stamp = course.calendar.stamp(dataset.sample.taken)
    text = None if estimate.value is None else number_text(estimate.value)
    more: Mapping[str, Cell] = {
        "DATASET": dataset.id,
        "SAMPLE": dataset.sample.description,
        "LADDER": str(dataset.sample.ladder),
        "LOWER": estimate.lower,
        "UPPER": estimate.upper,
        "LEVEL": estimate.level,
        "DEPTH": finding.n,
        "POSITION": _number(finding.attributes.get("position")),
        "TIMETEXT": stamp.text,
    }
    return Record(
        values={
            "USUBJID": subject.unique,
            "GFGRPID": dataset.id,
            "GFREFID": dataset.id,
            "GFSPID": finding.id,
            "GFTESTCD": SHORT[0],
            "GFTEST": SHORT[1],
            "GFTSTDTL": "VARIANT READ DEPTH/READ DEPTH",
            "GFCAT": "EDITING",
            "GFSCAT": finding.kind.partition(".")[2].replace("-", " ").upper(),
            "GFORRES": text,
            "GFORRESU": _FRACTION if text is not None else None,
            "GFSTRESC": text,
            "GFSTRESN": estimate.value,
            "GFSTRESU": _FRACTION if text is not None else None,
            "GFSYM": course.case.disease.gene,
            "GFSYMTYP": _PROTEIN,
            "GFSPEC": dataset.sample.tissue.upper() if dataset.sample.tissue else None,
            "GFMETHOD": "AMPLICON SEQUENCING",
            "GFDTC": stamp.dtc,
            "GFDY": stamp.day,
            "EPOCH": stamp.epoch,
        },
        more=more,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
