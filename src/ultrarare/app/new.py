"""Writing a commented skeleton of a case folder, if asked from a phenopacket."""

from __future__ import annotations

import json
import re
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

from ultrarare.app.schema import json_schema
from ultrarare.errors import InputError, NotFound

_FOLDERS = ("editing", "offtarget", "history", "course", "safety", "quality")
_BLANK = {
    "sex": "unknown",
    "disease_name": "<disease>",
    "disease_id": "MONDO:0000001",
    "gene": "<HGNC symbol>",
    "hgvs": "<transcript with version>:c.<change>",
    "zygosity": "unknown",
}


def new_case(folder: Path, *, phenopacket: Path | None = None) -> tuple[Path, ...]:
    """Write a skeleton that `ultrarare check` can read, with JSON Schemas for an editor.

    Args:
        folder: where; it must not exist, or be empty.
        phenopacket: a GA4GH Phenopacket v2 to take sex, disease and variant from.

    Returns:
        The files written.

    Raises:
        InputError: the folder holds something already, or the phenopacket is none.
        NotFound: there is no such phenopacket, or the extra that reads it is not installed.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("is there already and not empty", where=str(folder), remedy="name another")
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower())[:63].strip("-") or "case"
    values = {
        "id": name,
        **_BLANK,
        **({} if phenopacket is None else _from_phenopacket(phenopacket)),
    }
    skeleton = resources.files("ultrarare.case") / "skeleton"
    texts = {
        "case.yaml": skeleton.joinpath("case.yaml").read_text("utf-8").format(**values),
        "plan.yaml": skeleton.joinpath("plan.yaml").read_text("utf-8"),
        "judgements.yaml": skeleton.joinpath("judgements.yaml").read_text("utf-8"),
    }
    for schema in ("case", "plan", "judgements"):
        texts[f".schemas/{schema}.json"] = json.dumps(json_schema(schema), indent=2) + "\n"
    for subject in _FOLDERS:
        (folder / "data" / subject).mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    if phenopacket is not None:
        shutil.copyfile(phenopacket, folder / "phenopacket.json")
        texts["phenopacket.json"] = ""
    return tuple(folder / path for path in texts)


def _from_phenopacket(path: Path) -> dict[str, str]:
    """What a phenopacket says of sex, disease, gene and variant; nothing that it does not say."""
    packet = _read_phenopacket(path)
    found: dict[str, str] = {}
    sex = packet.get("subject", {}).get("sex", "").lower()
    if sex in {"female", "male"}:
        found["sex"] = sex
    diseases = [item["term"] for item in packet.get("diseases", []) if "term" in item]
    diseases += [
        item["diagnosis"]["disease"]
        for item in packet.get("interpretations", [])
        if "disease" in item.get("diagnosis", {})
    ]
    if diseases:
        found["disease_id"] = diseases[0]["id"]
        found["disease_name"] = diseases[0].get("label", "").replace('"', "'")
    for descriptor in _variants(packet):
        if "geneContext" in descriptor:
            found["gene"] = descriptor["geneContext"]["symbol"]
        hgvs = [e["value"] for e in descriptor.get("expressions", []) if e["syntax"] == "hgvs.c"]
        if hgvs:
            found["hgvs"] = hgvs[0]
        state = descriptor.get("allelicState", {}).get("label", "")
        if state in {"heterozygous", "homozygous", "hemizygous"}:
            found["zygosity"] = state
        if hgvs:
            break
    return found


def _variants(packet: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        genomic["variantInterpretation"]["variationDescriptor"]
        for item in packet.get("interpretations", [])
        for genomic in item.get("diagnosis", {}).get("genomicInterpretations", [])
        if "variationDescriptor" in genomic.get("variantInterpretation", {})
    ]


def _read_phenopacket(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise NotFound("is no file", where=str(path))
    try:
        from google.protobuf.json_format import MessageToDict, Parse, ParseError
        from phenopackets import Phenopacket
    except ImportError:
        raise NotFound(
            "reading a phenopacket needs the extra `phenopackets`",
            where=str(path),
            remedy="pip install 'ultrarare[phenopackets]'",
        ) from None
    try:
        message = Parse(path.read_bytes(), Phenopacket())
    except (ParseError, UnicodeDecodeError) as error:
        text = str(error).splitlines()[0]
        raise InputError(f"is no Phenopacket v2: {text}", where=str(path)) from None
    packet: dict[str, Any] = MessageToDict(message)
    if not packet.get("subject", {}).get("id"):
        raise InputError("has no subject.id", where=str(path), remedy="give the subject an id")
    return packet
