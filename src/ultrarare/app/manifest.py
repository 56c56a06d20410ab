"""The provenance manifest: what went in, what was run on it, what came out."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from ultrarare import __version__, digest
from ultrarare.app.assess import Assessed
from ultrarare.app.cache import code_digest
from ultrarare.case.data_path import digest_of, files_of, is_there, size_of
from ultrarare.case.folder import CASE, JUDGEMENTS, LOCK, PLAN

_LIBRARIES = (
    "numpy",
    "scipy",
    "dnaio",
    "edlib",
    "ferro-hgvs",
    "ga4gh.vrs",
    "typst",
    "vl-convert-python",
)


def manifest(assessed: Assessed) -> dict[str, Any]:
    """Everything but the outputs and the clock, which `with_outputs` adds."""
    folder = assessed.folder
    return {
        "schema": "ultrarare/provenance/1",
        "software": {
            "ultrarare": __version__,
            "code": code_digest(),
            "python": platform.python_version(),
            "libraries": {name: version(name) for name in _LIBRARIES},
        },
        "case": {
            "id": folder.case.id,
            "digest": assessed.assessment.case.digest,
            "documents": {
                name: digest.of_file(folder.root / name)
                for name in (CASE, PLAN, LOCK, JUDGEMENTS)
                if (folder.root / name).is_file()
            },
            "absent": list(assessed.assessment.case.absent),
        },
        "inputs": [
            {"dataset": d.id, "origin": d.origin, "path": path, **_file(assessed, path)}
            for d in folder.case.datasets
            for path in d.paths.values()
        ],
        "guidance": [
            {"id": pack.id, "version": pack.version, "status": pack.status, "sha256": pack.sha256}
            for pack in assessed.packs
        ],
        "analyses": [
            {
                "id": outcome.task.id,
                "analysis": outcome.task.analysis.name,
                "version": outcome.task.analysis.version,
                "planned": str(outcome.task.planned),
                "parameters": outcome.task.parameters.model_dump(mode="json"),
                "seed": outcome.task.seed,
                "datasets": {
                    role: [d.id for d in items] for role, items in outcome.task.datasets.items()
                },
                "digest": outcome.digest,
                "findings": [finding.id for finding in outcome.findings],
                "failure": outcome.failure,
            }
            for outcome in assessed.analysed.outcomes
        ],
    }


def _file(assessed: Assessed, path: str) -> dict[str, Any]:
    where = assessed.folder.root / path
    if not is_there(where):
        return {"sha256": None, "bytes": None}
    found: dict[str, Any] = {"sha256": digest_of(where), "bytes": size_of(where)}
    if where.is_dir():
        found["files"] = [
            {
                "path": item.relative_to(where).as_posix(),
                "sha256": digest.of_file(item),
                "bytes": item.stat().st_size,
            }
            for item in files_of(where)
        ]
    return found


def with_outputs(
    before: Mapping[str, Any],
    files: Mapping[str, bytes],
    assessed: Assessed,
    *,
    started: datetime,
    finished: datetime,
) -> dict[str, Any]:
    """The manifest as written: digests of the outputs, and `run`, the one place with times."""
    return {
        **before,
        "outputs": {name: digest.of_bytes(body) for name, body in sorted(files.items())},
        "run": {
            "started": started.isoformat(timespec="seconds"),
            "finished": finished.isoformat(timespec="seconds"),
            "seconds": {
                outcome.task.id: round(outcome.seconds, 3) for outcome in assessed.analysed.outcomes
            },
            "from_cache": [
                outcome.task.id for outcome in assessed.analysed.outcomes if outcome.from_cache
            ],
        },
    }
