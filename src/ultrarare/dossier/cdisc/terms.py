"""Words of the controlled terminology that this package uses, and codes made for tests.

NCI codes stand only where we know them: SDTM Controlled Terminology, National Cancer Institute EVS.
A list without a code is written as not of a standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ultrarare.dossier.cdisc.dataset import Codelist, Term

CT_VERSION: Final = "2024-09-27"

_VITAL: Final = (
    ("BODLNGTH", "Body Length", "C81298"), ("DIABP", "Diastolic Blood Pressure", "C25299"),
    ("HDCIRC", "Head Circumference", "C81255"), ("HEIGHT", "Height", "C25347"),
    ("HR", "Heart Rate", "C49677"), ("RESP", "Respiratory Rate", "C49678"),
    ("SYSBP", "Systolic Blood Pressure", "C25298"), ("TEMP", "Temperature", "C174446"),
    ("WEIGHT", "Weight", "C25208"),
)  # fmt: skip
"""Vital signs: code, name, NCI code."""

_PUBLISHED: Final[Mapping[str, tuple[str, Mapping[str, tuple[str, str | None]]]]] = {
    "SEX": ("C66731", {"F": ("C16576", "Female"), "M": ("C20197", "Male"),
                       "U": ("C17998", "Unknown")}),
    "NY": ("C66742", {"Y": ("C49488", "Yes"), "N": ("C49487", "No")}),
    "AGEU": ("C66781", {"DAYS": ("C25301", None), "YEARS": ("C29848", None)}),
    "AESEV": ("C66769", {"MILD": ("C41338", None), "MODERATE": ("C41339", None),
                         "SEVERE": ("C41340", None)}),
    "NRIND": ("C78736", {"HIGH": ("C78800", None), "LOW": ("C78801", None),
                         "NORMAL": ("C78727", None)}),
    "ARMNULRS": ("C142179", {"ASSIGNED, NOT TREATED": ("C142238", None),
                             "NOT ASSIGNED": ("C142239", None)}),
    "GFTESTCD": ("C181178", {"SHRTVAR": ("C181334", "Short Variation")}),
    "GFTEST": ("C181179", {"Short Variation": ("C181334", None)}),
    "GFTSTDTL": ("C181180", {
        "PREDICTED CODING SEQUENCE CHANGE": ("C181344", None),
        "PREDICTED AMINO ACID CHANGE": ("C181343", None),
        "VARIANT READ DEPTH/READ DEPTH": ("C181347", None),
    }),
    "SYMTYPGF": ("C181176", {"GENE WITH PROTEIN PRODUCT": ("C181531", None)}),
    "UNIT": ("C71620", {
        unit: (code, None)
        for unit, code in (
            ("%", "C25613"), ("C", "C42559"), ("DAYS", "C25301"), ("IU/L", "C67376"),
            ("MONTHS", "C29846"), ("U/L", "C67456"), ("WEEKS", "C29844"), ("YEARS", "C29848"),
            ("cm", "C49668"), ("fraction of 1", "C105484"), ("g", "C48155"), ("g/L", "C42576"),
            ("g/kg/day", "C66975"), ("kg", "C28252"), ("kg/m2", "C49671"), ("m", "C41139"),
            ("mL", "C28254"), ("mL/m2/day", "C66977"), ("mL/min", "C64777"), ("mg", "C28253"),
            ("mg/L", "C64572"), ("mg/dL", "C67015"), ("mg/kg", "C67401"),
            ("mg/kg/day", "C66976"), ("mm", "C28251"), ("mmol/L", "C64387"), ("ug", "C48152"),
            ("ug/L", "C67306"), ("ug/kg", "C67396"), ("umol/L", "C48508"),
        )
    }),
    "VSTESTCD": ("C66741", {code: (nci, name) for code, name, nci in _VITAL}),
    "VSTEST": ("C67153", {name: (nci, None) for _, name, nci in _VITAL}),
}  # fmt: skip

_NAMES: Final[Mapping[str, str]] = {
    "DOMAIN": "Domains of this study", "TSPARMCD": "Trial summary parameter codes",
    "TSPARM": "Trial summary parameters", "NULLFLAV": "Null flavors", "ARMCD": "Arm codes",
    "ETCD": "Element codes", "EPOCH": "Epochs", "SEX": "Sex", "NY": "No Yes Response",
    "AGEU": "Age Unit", "ARMNULRS": "Arm Null Reason", "UNIT": "Unit",
    "AESEV": "Severity/Intensity Scale for Adverse Events", "CECAT": "Kinds of clinical event",
    "DSDECOD": "Disposition terms", "DSCAT": "Kinds of disposition event",
    "MHEDTTYP": "Kinds of history date", "COLSTYP": "Kinds of summary",
    "NRIND": "Reference Range Indicator", "GFTSTDTL": "Genomic Findings Test Detail",
    "GFCAT": "Kinds of genomic finding", "GFSCAT": "Shares of reads",
    "GFTESTCD": "Genomic Findings Test Code", "GFTEST": "Genomic Findings Test Name",
    "VSTESTCD": "Vital Signs Test Code", "VSTEST": "Vital Signs Test Name",
    "SYMTYPGF": "Genomic Symbol Type Response",
    "DATAORIG": "Origins of the data", "PARAM": "Parameters", "PARAMCD": "Parameter codes",
}  # fmt: skip

_UNITS: Final[Mapping[str, str]] = {
    "[IU]/L": "IU/L", "10*9/L": "10^9/L", "10*12/L": "10^12/L", "Cel": "C", "d": "DAYS",
    "wk": "WEEKS", "mo": "MONTHS", "a": "YEARS", "mL/m2/d": "mL/m2/day", "mg/kg/d": "mg/kg/day",
    "g/kg/d": "g/kg/day", "ng/mL": "ug/L", "ug/mL": "mg/L", "mg/mL": "g/L",
}  # fmt: skip

VITAL_SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "head circumference": ("HDCIRC", "Head Circumference"),
    "weight": ("WEIGHT", "Weight"),
    "height": ("HEIGHT", "Height"),
    "body length": ("BODLNGTH", "Body Length"),
    "heart rate": ("HR", "Heart Rate"),
    "respiratory rate": ("RESP", "Respiratory Rate"),
    "body temperature": ("TEMP", "Temperature"),
    "systolic blood pressure": ("SYSBP", "Systolic Blood Pressure"),
    "diastolic blood pressure": ("DIABP", "Diastolic Blood Pressure"),
}
"""Words of a measure, and the vital sign they name."""

_VITAL_UNITS: Final = frozenset("kg g cm m mm Cel /min 1/min mm[Hg]".split())


def unit(ucum: str | None) -> str | None:
    """A UCUM code as a unit of the terminology; what stands in braces is a unit of its own name.

    Where the terminology has one word for two units of one size (ng/mL and ug/L), it is that word;
    the number does not change.
    """
    if ucum is None or ucum == "1":
        return None
    if ucum in _UNITS:
        return _UNITS[ucum]
    if ucum.startswith("{") and ucum.endswith("}"):
        return ucum.strip("{}")
    return ucum


def vital_sign(measure: str, ucum: str | None) -> tuple[str, str] | None:
    """Code and name of the vital sign that a measure names, in a unit that fits; else None."""
    words = measure.casefold()
    if ucum not in _VITAL_UNITS or "for" in words.split():
        return None
    return next(
        (
            sign
            for name, sign in VITAL_SIGNS.items()
            if re.search(rf"\b{name}\b", words) is not None
        ),
        None,
    )


def test_codes(measures: Iterable[str]) -> Mapping[str, str]:
    """A code of at most eight letters and digits for each measure, all different.

    The eight places are shared out among the words: `plasma ammonia` is PLASAMMO. The measure
    itself stands whole beside the code.
    """
    found: dict[str, str] = {}
    for measure in dict.fromkeys(measures):
        words = re.findall(r"[A-Z0-9]+", measure.upper().encode("ascii", "ignore").decode()) or [
            "TEST"
        ]
        whole = "".join(words)
        share = max(8 // len(words), 1)
        code = whole if len(whole) <= 8 else "".join(word[:share] for word in words)[:8]
        code = code if code[0].isalpha() else f"T{code}"[:8]
        number = 1
        chosen = code
        while chosen in found.values():
            number += 1
            chosen = f"{code[: 8 - len(str(number))]}{number}"
        found[measure] = chosen
    return found


def codelist(name: str, key: str, values: Mapping[str, str | None]) -> Codelist:
    """The list of the values that occur, in order.

    Args:
        name: as the specification has it.
        key: identifier within the study.
        values: value to what it stands for.
    """
    code, published = _PUBLISHED.get(name, (None, {}))
    terms = []
    for value in sorted(values):
        known = published.get(value)
        terms.append(
            Term(
                value=value,
                decode=values[value] or (None if known is None else known[1]),
                code=None if known is None else known[0],
                extended=code is not None and known is None,
            )
        )
    return Codelist(id=f"CL.{key}", name=_NAMES.get(name, name), terms=tuple(terms), code=code)
