"""Dataset-JSON 1.1: one file a dataset, columns described, rows as lists.

Source: CDISC Dataset-JSON Specification, version 1.1.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from ultrarare.dossier.cdisc.dataset import Dataset, Study, Variable

VERSION: Final = "1.1.0"
_TYPES: Final = {
    "text": "string", "integer": "integer", "float": "float", "date": "date",
    "partialDate": "string",
}  # fmt: skip


def dataset_json(dataset: Dataset, study: Study, *, created: datetime, version: str) -> bytes:
    """One dataset. What is missing is null.

    Args:
        dataset: one of the study's.
        study: gives the identifiers of the metadata.
        created: with a time zone; stands in the file.
        version: of this package.
    """
    value = {
        "datasetJSONCreationDateTime": created.isoformat(timespec="seconds"),
        "datasetJSONVersion": VERSION,
        "fileOID": f"{study_oid(study)}.{study.family}.{dataset.name}",
        "dbLastModifiedDateTime": created.isoformat(timespec="seconds"),
        "sourceSystem": {"name": "ultrarare", "version": version},
        "studyOID": study_oid(study),
        "metaDataVersionOID": metadata_oid(study),
        "metaDataRef": "define.xml",
        "itemGroupOID": group_oid(dataset),
        "records": len(dataset.rows),
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_column(dataset, variable) for variable in dataset.variables],
        "rows": [list(row) for row in dataset.rows],
    }
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def _column(dataset: Dataset, variable: Variable) -> dict[str, Any]:
    column: dict[str, Any] = {
        "itemOID": item_oid(dataset, variable),
        "name": variable.name,
        "label": variable.label,
        "dataType": _TYPES[variable.type],
        "length": variable.length,
    }
    if variable.display is not None:
        column["displayFormat"] = variable.display
    if variable.key is not None:
        column["keySequence"] = variable.key
    return column


def study_oid(study: Study) -> str:
    """Identifier of the study."""
    return f"STDY.{study.id}"


def metadata_oid(study: Study) -> str:
    """Identifier of the study's metadata of one family."""
    return f"MDV.{study.id}.{study.family}"


def group_oid(dataset: Dataset) -> str:
    """Identifier of a dataset."""
    return f"IG.{dataset.name}"


def item_oid(dataset: Dataset, variable: Variable) -> str:
    """Identifier of a variable."""
    return f"IT.{dataset.name}.{variable.name}"
