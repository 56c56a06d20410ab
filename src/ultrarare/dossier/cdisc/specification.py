"""The variables of each dataset as the guides have them, and where this package takes them from.

Names, labels and core of SDTM follow SDTMIG 3.4, those of ADaM the ADaMIG 1.3. The last column is
ours: the field of the case folder, or the rule. The mapping page is written from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, cast

from ultrarare.dossier.cdisc.dataset import Core, Family, Origin, Type

SDTMIG: Final = "3.4"
SDTM: Final = "2.0"
ADAMIG: Final = "1.3"

_TYPES: Final[Mapping[str, Type]] = {"C": "text", "I": "integer", "F": "float", "D": "date"}
_ORIGINS: Final[Mapping[str, Origin]] = {
    "A": "Assigned", "C": "Collected", "D": "Derived", "P": "Protocol", "X": "Predecessor",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSpecification:
    """One variable, before there are data."""

    name: str
    label: str
    type: Type
    core: Core
    origin: Origin
    told: str
    codelist: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpecification:
    """One dataset, before there are data; `sort` is the order of the rows and the natural key."""

    name: str
    label: str
    family: Family
    observations: str
    structure: str
    keys: tuple[str, ...]
    variables: tuple[VariableSpecification, ...]
    reference: bool = False
    standard: bool = True
    numbered: bool = False

    def label_of(self, name: str) -> str:
        """A variable's label."""
        return next(v.label for v in self.variables if v.name == name)


@cache
def specifications() -> Mapping[str, DatasetSpecification]:
    """Every dataset that can be written, in the order in which a package lists them."""
    text = _read("variables.txt")
    found: dict[str, DatasetSpecification] = {}
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            read = _dataset(lines)
            found[read.name] = read
    return found


def _read(name: str) -> str:
    return (files("ultrarare.dossier.cdisc") / name).read_text(encoding="utf-8")


def _expanded(lines: list[str]) -> list[str]:
    """The lines, with those that all datasets of analysis values share, for their domain."""
    found = []
    for line in lines:
        if line.startswith("@BDS "):
            domain = line.removeprefix("@BDS ")
            found += _read("bds.txt").replace("--", domain).splitlines()
        else:
            found.append(line)
    return found


def _dataset(lines: list[str]) -> DatasetSpecification:
    name, label, family, observations, structure, keys, flags = _cells(lines[0], 7)
    return DatasetSpecification(
        name=name,
        label=label,
        family=cast("Family", family),
        observations=observations,
        structure=structure,
        keys=tuple(keys.split()),
        variables=tuple(_variables(_expanded(lines[1:]))),
        reference="reference" in flags,
        standard="ours" not in flags,
        numbered="numbered" in flags,
    )


def _variables(lines: Iterable[str]) -> Iterable[VariableSpecification]:
    for line in lines:
        name, label, kind, core, origin, codelist, told = _cells(line, 7)
        yield VariableSpecification(
            name=name,
            label=label,
            type=_TYPES[kind[0]],
            core=cast("Core", core),
            origin=_ORIGINS[origin],
            told=told,
            codelist=codelist or None,
            display="DATE9." if kind == "IDATE" else None,
        )


def _cells(line: str, number: int) -> list[str]:
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) != number:
        raise ValueError(f"{line!r} has {len(cells)} cells, not {number}")
    return cells


def supplement(parent: DatasetSpecification) -> DatasetSpecification:
    """The supplemental qualifiers of a domain."""
    base = specifications()["SUPPQUAL"]
    return DatasetSpecification(
        name=f"SUPP{parent.name}",
        label=f"Supplemental Qualifiers for {parent.name}",
        family="SDTM",
        observations=base.observations,
        structure=base.structure,
        keys=base.keys,
        variables=base.variables,
    )
