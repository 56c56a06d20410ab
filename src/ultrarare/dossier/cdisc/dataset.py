"""What is written: studies of datasets, each with its variables and rows. Missing is None."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Cell = str | int | float | None
Type = Literal["text", "integer", "float", "date", "partialDate"]
Core = Literal["Req", "Exp", "Perm", "Cond"]
Origin = Literal["Assigned", "Collected", "Derived", "Predecessor", "Protocol"]
Family = Literal["SDTM", "ADaM"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A value of a codelist; `code` is its NCI code where we know it, `decode` what it stands for.

    `extended` says that it is ours and not of the published list.
    """

    value: str
    decode: str | None = None
    code: str | None = None
    extended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Codelist:
    """The values a variable has in this study; `code` is the NCI code of the published list."""

    id: str
    name: str
    terms: tuple[Term, ...]
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable.

    Attributes:
        name: 1 to 8 characters.
        label: at most 40 characters.
        type: `date` and `partialDate` are text in ISO 8601; numbers are integer or float.
        length: bytes; 8 for numbers.
        core: whether the implementation guide requires, expects or permits it.
        origin: where it comes from, in the words of Define-XML.
        told: how: the field of the case, the rule, or the variable it is copied from.
        codelist: its values.
        key: position in the dataset's natural key, from 1.
        display: SAS format, such as DATE9. for a day counted from 1960.
        digits: digits after the point, of a float.
    """

    name: str
    label: str
    type: Type
    length: int
    core: Core
    origin: Origin
    told: str
    codelist: Codelist | None = None
    key: int | None = None
    display: str | None = None
    digits: int | None = None

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.type in ("integer", "float")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One dataset; each row has a cell for each variable."""

    name: str
    label: str
    family: Family
    observations: str
    structure: str
    variables: tuple[Variable, ...]
    rows: tuple[tuple[Cell, ...], ...]
    reference: bool = False
    standard: bool = True

    @property
    def domain(self) -> str:
        """The domain that it is of: LB for LB and for SUPPLB."""
        return self.name.removeprefix("SUPP")

    @property
    def file(self) -> str:
        """Its file's name without ending."""
        return self.name.lower()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its variables, in order."""
        return tuple(variable.name for variable in self.variables)

    @property
    def keys(self) -> tuple[str, ...]:
        """The natural key, in order."""
        found = [(v.key, v.name) for v in self.variables if v.key is not None]
        return tuple(name for _, name in sorted(found))

    def records(self) -> Iterator[Mapping[str, Cell]]:
        """Rows by name of variable."""
        for row in self.rows:
            yield dict(zip(self.names, row, strict=True))

    def column(self, name: str) -> tuple[Cell, ...]:
        """One variable's cells; empty where the dataset has no such variable."""
        if name not in self.names:
            return ()
        at = self.names.index(name)
        return tuple(row[at] for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Datasets of one study and one family, in the order in which they are listed."""

    id: str
    title: str
    description: str
    family: Family
    datasets: tuple[Dataset, ...]

    def dataset(self, name: str) -> Dataset | None:
        """The dataset of that name."""
        return next((item for item in self.datasets if item.name == name), None)
