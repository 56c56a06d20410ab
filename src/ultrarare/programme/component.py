"""What products are made of, each part with its version, and the dose they are given in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.value import Id, Text, Unit, Value

Role = Literal["guide", "oligo", "editor", "vehicle", "process", "site"]
ROLES: tuple[Role, ...] = ("guide", "oligo", "editor", "vehicle", "process", "site")
SEQUENCES: tuple[Role, ...] = ("guide", "oligo")
NONE = "none"
"""In the place of a component's id: there is no such part; null is that it is not known."""


class Component(Value):
    """A part that products may share. Another version is another component, with an id of its own.

    Attributes:
        id: by which products and records name it.
        role: what it is to the product.
        name: what stays the same from version to version.
        version: of this part; left out where nobody knows it, and then it is identical to nothing.
        sequence: of a guide's spacer or an oligo, 5' to 3'.
        chemistry: of a guide or an oligo: backbone, sugars, conjugate.
        characteristics: measured properties, in the unit that the programme's range names; null
            where not measured.
        data: `made` where it exists in an example only.
        source: who says so.
    """

    id: Id
    role: Role
    name: Text
    version: Text | None = None
    sequence: Annotated[str, Field(pattern=r"^[ACGTUacgtu]{10,40}$")] | None = None
    chemistry: Text | None = None
    characteristics: Mapping[Id, float | None] = {}
    data: Literal["published", "made"] | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _fits_its_role(self) -> Self:
        if self.id == NONE:
            raise ValueError(f"found the id {NONE!r}, which says that there is no such part")
        for name in ("sequence", "chemistry"):
            if getattr(self, name) is not None and self.role not in SEQUENCES:
                raise ValueError(f"found {name} of a {self.role}; a guide or an oligo has one")
        return self

    @property
    def bases(self) -> str | None:
        """The sequence in capital DNA letters."""
        return None if self.sequence is None else self.sequence.upper().replace("U", "T")

    def __str__(self) -> str:
        return f"{self.name}, version {self.version or 'not known'}"


class Range(Value):
    """Within which a further version of a component is taken to be like the earlier one.

    Attributes:
        role: of the components.
        characteristic: which property.
        low, high: both included.
        unit: UCUM.
        source: who set it, where it is written.
    """

    role: Role
    characteristic: Id
    low: float
    high: float
    unit: Unit
    source: Text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"found low {self.low:g} above high {self.high:g}")
        return self


class Dose(Value):
    """The doses that are given or were studied.

    Attributes:
        low, high: lowest and highest, both included.
        unit: UCUM.
        of: what is weighed: total RNA, oligonucleotide, …
    """

    low: Annotated[float, Field(gt=0)]
    high: Annotated[float, Field(gt=0)]
    unit: Unit
    of: Text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"found low {self.low:g} above high {self.high:g}")
        return self

    def __str__(self) -> str:
        span = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return f"{span} {self.unit} of {self.of}"
