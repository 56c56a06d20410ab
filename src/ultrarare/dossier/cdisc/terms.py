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

_PUBLISHED: Final[Mapping[str, tuple[str, Mapping[str, tuple[str, str | None]]]]] = {
    "SEX": ("C66731", {"F": ("C16576", "Female"), "M": ("C20197", "Male"),
                       "U": ("C17998", "Unknown")}),
    "NY": ("C66742", {"Y": ("C49488", "Yes"), "N": ("C49487", "No")}),
    "AGEU": ("C66781", {"DAYS": ("C25301", None), "YEARS": ("C29848", None)}),
    "AESEV": ("C66769", {"MILD": ("C41338", None), "MODERATE": ("C41339", None),
                         "SEVERE": ("C41340", None)}),
    "NRIND": ("C78736", {"HIGH": ("C78800", None), "LOW": ("C78801", None),
                         "NORMAL": ("C78727", None)}),
    "UNIT": ("C71620", {
        "mg/kg": ("C67401", None), "umol/L": ("C48508", None), "mmol/L": ("C64387", None),
        "kg": ("C28252", None), "g": ("C48155", None), "mg": ("C28253", None),
        "cm": ("C49668", None), "%": ("C25613", None), "mg/dL": ("C67015", None),
        "g/L": ("C42576", None), "U/L": ("C67456", None), "fraction of 1": ("C105484", None),
    }),
}  # fmt: skip

_NAMES: Final[Mapping[str, str]] = {
    "DOMAIN": "Domains of this study", "TSPARMCD": "Trial summary parameter codes",
    "TSPARM": "Trial summary parameters", "NULLFLAV": "Null flavors", "ARMCD": "Arm codes",
    "ETCD": "Element codes", "EPOCH": "Epochs", "SEX": "Sex", "NY": "No Yes Response",
    "AGEU": "Age Unit", "ARMNULRS": "Why an arm is empty", "UNIT": "Unit",
    "AESEV": "Severity/Intensity Scale for Adverse Events", "CECAT": "Kinds of clinical event",
    "DSDECOD": "Disposition terms", "DSCAT": "Kinds of disposition event",
    "MHEDTTYP": "Kinds of history date", "COLSTYP": "Kinds of summary",
    "NRIND": "Reference Range Indicator", "GFTSTDTL": "Details of genomic measurements",
    "GFCAT": "Kinds of genomic finding", "SYMTYPGF": "Kinds of genomic symbol",
    "DATAORIG": "Origins of the data", "PARAM": "Parameters", "PARAMCD": "Parameter codes",
}  # fmt: skip

_UNITS: Final[Mapping[str, str]] = {
    "[IU]/L": "IU/L", "10*9/L": "10^9/L", "10*12/L": "10^12/L", "Cel": "C", "d": "DAYS",
    "wk": "WEEKS", "mo": "MONTHS", "a": "YEARS",
}  # fmt: skip

VITAL_SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "head circumference": ("HDCIRC", "Head Circumference"),
    "weight": ("WEIGHT", "Weight"),
    "height": ("HEIGHT", "Height"),
    "body length": ("HEIGHT", "Height"),
    "heart rate": ("HR", "Heart Rate"),
    "respiratory rate": ("RESP", "Respiratory Rate"),
    "body temperature": ("TEMP", "Temperature"),
    "systolic blood pressure": ("SYSBP", "Systolic Blood Pressure"),
    "diastolic blood pressure": ("DIABP", "Diastolic Blood Pressure"),
}
"""Words of a measure, and the vital sign they name."""

_VITAL_UNITS: Final = frozenset("kg g cm m mm Cel /min 1/min mm[Hg]".split())


def unit(ucum: str | None) -> str | None:
    """A UCUM code as a unit of the terminology; what stands in braces is a unit of its own name."""
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
