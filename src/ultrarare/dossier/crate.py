"""The dossier as an RO-Crate 1.2: every file with its sha256, what made them and from what.

Profile: Process Run Crate. The case's own files are not in the crate, since they may hold what must
not leave the place; they are named with their digests, so that whoever has them can check. The
crate's terms are the case owner's to state, so none are claimed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ultrarare import digest

NAME = "ro-crate-metadata.json"

_MEDIA: Mapping[str, str] = {
    "json": "application/json",
    "html": "text/html",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xpt": "application/octet-stream",
    "xml": "application/xml",
}
_ABOUT: Mapping[str, str] = {
    "assessment.json": "Findings, verdicts and gaps as data",
    "dossier.html": "The dossier as a page",
    "dossier.pdf": "The dossier on paper",
    "provenance.json": "What went in, what was run on it, what came out",
}


def crate(files: Mapping[str, bytes], provenance: Mapping[str, Any], *, title: str) -> bytes:
    """`ro-crate-metadata.json` of a dossier.

    Args:
        files: path below the dossier to content, everything but this file.
        provenance: the manifest as written, with `run`, `software`, `case`, `inputs`.
        title: of the case.
    """
    names = sorted(files)
    graph = [
        {
            "@id": NAME,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"},
            "about": {"@id": "./"},
        },
        _root(names, provenance, title),
        *(_file(name, files[name]) for name in names),
        *_inputs(provenance),
        _software(provenance),
        _action(names, provenance),
        {
            "@id": "#terms",
            "@type": "CreativeWork",
            "name": "Terms of use",
            "description": "Not stated in the case; they are the case owner's to state.",
        },
    ]
    whole = {"@context": "https://w3id.org/ro/crate/1.2/context", "@graph": graph}
    return (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()


def _root(names: Iterable[str], provenance: Mapping[str, Any], title: str) -> dict[str, Any]:
    return {
        "@id": "./",
        "@type": "Dataset",
        "conformsTo": {"@id": "https://w3id.org/ro/wfrun/process/0.5"},
        "name": f"Dossier: {title}",
        "description": (
            "What the evidence of a case supports, each verdict traced to the files it came from."
        ),
        "identifier": provenance["case"]["digest"],
        "datePublished": str(provenance["run"]["started"])[:10],
        "license": {"@id": "#terms"},
        "hasPart": [{"@id": name} for name in names],
        "mentions": [{"@id": "#assessment"}],
    }


def _file(name: str, body: bytes) -> dict[str, Any]:
    stem = name.rsplit("/", 1)[-1]
    return {
        "@id": name,
        "@type": "File",
        "name": _ABOUT.get(name, stem),
        "encodingFormat": _MEDIA.get(stem.rsplit(".", 1)[-1], "application/octet-stream"),
        "contentSize": str(len(body)),
        "sha256": digest.of_bytes(body).removeprefix("sha256:"),
    }


def _inputs(provenance: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Each file of the case once, by its digest; one that is absent is named and has none."""
    for name, sha256 in provenance["case"]["documents"].items():
        yield _input(name, sha256)
    for entry in {str(item["path"]): item for item in provenance["inputs"]}.values():
        yield _input(str(entry["path"]), entry["sha256"])


def _input(path: str, sha256: str | None) -> dict[str, Any]:
    known = (
        {"sha256": sha256.removeprefix("sha256:")}
        if sha256 is not None
        else {"description": "Declared in the case and not there; assessed as missing."}
    )
    return {"@id": f"#input/{path}", "@type": "CreativeWork", "name": path, **known}


def _software(provenance: Mapping[str, Any]) -> dict[str, Any]:
    software = provenance["software"]
    return {
        "@id": "#ultrarare",
        "@type": "SoftwareApplication",
        "name": "ultrarare",
        "softwareVersion": software["ultrarare"],
        "identifier": software["code"],
        "softwareRequirements": ", ".join(
            [
                f"Python {software['python']}",
                *(f"{name} {found}" for name, found in software["libraries"].items()),
            ]
        ),
    }


def _action(names: Iterable[str], provenance: Mapping[str, Any]) -> dict[str, Any]:
    run = provenance["run"]
    return {
        "@id": "#assessment",
        "@type": "CreateAction",
        "name": "Assessment of the case",
        "instrument": {"@id": "#ultrarare"},
        "object": [{"@id": item["@id"]} for item in _inputs(provenance)],
        "result": [{"@id": name} for name in names],
        "startTime": run["started"],
        "endTime": run["finished"],
        "description": "Judged by "
        + ", ".join(f"{one['id']} {one['version']}" for one in provenance["guidance"]),
    }
