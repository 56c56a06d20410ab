"""Define-XML 2.1: what each dataset and variable is, and where it comes from.

Source: CDISC Define-XML Specification, version 2.1, on ODM 1.3.2.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ultrarare.dossier.cdisc.dataset import Codelist, Dataset, Study, Variable
from ultrarare.dossier.cdisc.dataset_json import group_oid, item_oid, metadata_oid, study_oid
from ultrarare.dossier.cdisc.specification import ADAMIG, SDTMIG
from ultrarare.dossier.cdisc.terms import CT_VERSION

_ODM: Final = "http://www.cdisc.org/ns/odm/v1.3"
_DEF: Final = "http://www.cdisc.org/ns/def/v2.1"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_CT: Final = "STD.CT"
_IG: Final = "STD.IG"
_SOURCES: Final = {
    "Assigned": "Sponsor", "Derived": "Sponsor", "Protocol": "Sponsor", "Collected": "Investigator",
}  # fmt: skip


def define_xml(study: Study, *, created: datetime, version: str) -> bytes:
    """The metadata of a study's datasets of one family, in the order of the study.

    Args:
        study: as it is written.
        created: with a time zone; stands in the file.
        version: of this package.
    """
    for prefix, uri in (("", _ODM), ("def", _DEF), ("xlink", _XLINK)):
        ET.register_namespace(prefix, uri)
    root = ET.Element(
        _odm("ODM"),
        {
            "FileType": "Snapshot",
            "FileOID": f"{study_oid(study)}.{study.family}.define",
            "ODMVersion": "1.3.2",
            "CreationDateTime": created.isoformat(timespec="seconds"),
            "Originator": "ultrarare",
            "SourceSystem": "ultrarare",
            "SourceSystemVersion": version,
            _def("Context"): "Other",
        },
    )
    of = ET.SubElement(root, _odm("Study"), OID=study_oid(study))
    names = ET.SubElement(of, _odm("GlobalVariables"))
    for tag, text in (
        ("StudyName", study.id),
        ("StudyDescription", study.description),
        ("ProtocolName", study.id),
    ):
        ET.SubElement(names, _odm(tag)).text = text
    metadata = ET.SubElement(
        of,
        _odm("MetaDataVersion"),
        {
            "OID": metadata_oid(study),
            "Name": f"{study.id}, {study.family} datasets",
            "Description": f"Data definitions of the {study.family} datasets of {study.id}",
            _def("DefineVersion"): "2.1.0",
        },
    )
    _standards(metadata, study)
    for dataset in study.datasets:
        metadata.append(_group(dataset))
    for dataset in study.datasets:
        for variable in dataset.variables:
            metadata.append(_item(dataset, variable))
    for found in _codelists(study):
        metadata.append(_codelist(found))
    for dataset in study.datasets:
        for variable in dataset.variables:
            if variable.origin == "Derived":
                metadata.append(_method(dataset, variable))
    ET.indent(root, " ")
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _odm(tag: str) -> str:
    return f"{{{_ODM}}}{tag}"


def _def(tag: str) -> str:
    return f"{{{_DEF}}}{tag}"


def _described(parent: ET.Element, text: str, *, first: bool = False) -> None:
    description = ET.Element(_odm("Description"))
    said = ET.SubElement(description, _odm("TranslatedText"), {f"{{{_XML}}}lang": "en"})
    said.text = text
    parent.insert(0 if first else len(parent), description)


def _standards(parent: ET.Element, study: Study) -> None:
    within = ET.SubElement(parent, _def("Standards"))
    sdtm = study.family == "SDTM"
    ET.SubElement(
        within,
        _def("Standard"),
        OID=_IG,
        Name="SDTMIG" if sdtm else "ADaMIG",
        Type="IG",
        Version=SDTMIG if sdtm else ADAMIG,
        Status="Final",
    )
    ET.SubElement(
        within,
        _def("Standard"),
        OID=_CT,
        Name="CDISC/NCI",
        Type="CT",
        PublishingSet="SDTM",
        Version=CT_VERSION,
        Status="Final",
    )


def _group(dataset: Dataset) -> ET.Element:
    leaf = f"LF.{dataset.name}"
    reference = dataset.reference
    single = dataset.name in ("DM", "ADSL")
    group = ET.Element(
        _odm("ItemGroupDef"),
        {
            "OID": group_oid(dataset),
            "Name": dataset.name,
            "Repeating": "No" if single else "Yes",
            "IsReferenceData": "Yes" if reference else "No",
            "SASDatasetName": dataset.name,
            "Domain": dataset.domain,
            "Purpose": "Tabulation" if dataset.family == "SDTM" else "Analysis",
            _def("Structure"): dataset.structure,
            _def("ArchiveLocationID"): leaf,
            _def("StandardOID"): _IG,
        },
    )
    _described(group, dataset.label)
    for order, variable in enumerate(dataset.variables, start=1):
        reference_to = {
            "ItemOID": item_oid(dataset, variable),
            "OrderNumber": str(order),
            "Mandatory": "Yes" if variable.core == "Req" else "No",
        }
        if variable.key is not None:
            reference_to["KeySequence"] = str(variable.key)
        if variable.origin == "Derived":
            reference_to["MethodOID"] = _method_oid(dataset, variable)
        if all(cell is None for cell in dataset.column(variable.name)):
            reference_to[_def("HasNoData")] = "Yes"
        ET.SubElement(group, _odm("ItemRef"), reference_to)
    if dataset.name.startswith("SUPP"):
        ET.SubElement(group, _odm("Alias"), Context="DomainDescription", Name=dataset.label)
    ET.SubElement(group, _def("Class"), Name=dataset.observations)
    found = ET.SubElement(
        group, _def("leaf"), {"ID": leaf, f"{{{_XLINK}}}href": f"{dataset.file}.xpt"}
    )
    ET.SubElement(found, _def("title")).text = f"{dataset.file}.xpt"
    return group


def _item(dataset: Dataset, variable: Variable) -> ET.Element:
    described = {
        "OID": item_oid(dataset, variable),
        "Name": variable.name,
        "SASFieldName": variable.name,
        "DataType": variable.type,
    }
    if variable.type in ("text", "integer", "float"):
        described["Length"] = str(variable.length)
    if variable.digits is not None:
        described["SignificantDigits"] = str(variable.digits)
    if variable.display is not None:
        described[_def("DisplayFormat")] = variable.display
    item = ET.Element(_odm("ItemDef"), described)
    _described(item, variable.label)
    if variable.codelist is not None:
        ET.SubElement(item, _odm("CodeListRef"), CodeListOID=variable.codelist.id)
    origin = ET.SubElement(item, _def("Origin"), Type=variable.origin)
    if (source := _SOURCES.get(variable.origin)) is not None:
        origin.set("Source", source)
    if variable.origin != "Derived":
        _described(origin, variable.told)
    return item


def _codelists(study: Study) -> Iterable[Codelist]:
    found = {
        variable.codelist.id: variable.codelist
        for dataset in study.datasets
        for variable in dataset.variables
        if variable.codelist is not None
    }
    return found.values()


def _codelist(codelist: Codelist) -> ET.Element:
    published = codelist.code is not None
    decoded = all(term.decode is not None for term in codelist.terms)
    element = ET.Element(
        _odm("CodeList"),
        {
            "OID": codelist.id,
            "Name": codelist.name,
            "DataType": "text",
            **({_def("StandardOID"): _CT} if published else {_def("IsNonStandard"): "Yes"}),
        },
    )
    for term in codelist.terms:
        item = ET.SubElement(
            element,
            _odm("CodeListItem" if decoded else "EnumeratedItem"),
            {
                "CodedValue": term.value,
                **({_def("ExtendedValue"): "Yes"} if term.extended else {}),
            },
        )
        if decoded:
            decode = ET.SubElement(item, _odm("Decode"))
            text = ET.SubElement(decode, _odm("TranslatedText"), {f"{{{_XML}}}lang": "en"})
            text.text = term.decode
        if term.code is not None:
            _alias(item, term.code)
    if codelist.code is not None:
        _alias(element, codelist.code)
    return element


def _alias(parent: ET.Element, code: str) -> None:
    ET.SubElement(parent, _odm("Alias"), Context="nci:ExtCodeID", Name=code)


def _method_oid(dataset: Dataset, variable: Variable) -> str:
    return f"MT.{dataset.name}.{variable.name}"


def _method(dataset: Dataset, variable: Variable) -> ET.Element:
    method = ET.Element(
        _odm("MethodDef"),
        OID=_method_oid(dataset, variable),
        Name=f"{dataset.name}.{variable.name}",
        Type="Computation",
    )
    _described(method, variable.told)
    return method
