"""What was measured: exact, censored at an assay limit, a range, or a published summary.

Published courses often give no more than `median (q1–q3), n`. Such a summary is a value of its
own kind: nothing downstream may treat it as measurements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic_core import core_schema

from ultrarare.case.magnitude import bounded

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_EXACT = re.compile(_NUMBER)
_LIMIT = re.compile(rf"(?P<sign><=|>=|≤|≥|<|>)\s*(?P<limit>{_NUMBER})")
_RANGE = re.compile(rf"(?P<low>{_NUMBER})\s*(?:–|to|\.\.)\s*(?P<high>{_NUMBER})")
_ALLOWED = "a number (23.5), a value beyond an assay limit (<9, >1000) or a range (9–19)"


class Censoring(StrEnum):
    """On which side of `low` or `high` the true value lies."""

    NONE = "none"
    LEFT = "left"
    RIGHT = "right"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Amount:
    """One measured value. `low == high` when exact; None on the side that is open.

    `<9` is (None, 9): somewhere below the assay floor, never 9 itself.
    """

    low: float | None
    high: float | None
    text: str

    @property
    def censoring(self) -> Censoring:
        """How the value is censored."""
        if self.low is None:
            return Censoring.LEFT
        if self.high is None:
            return Censoring.RIGHT
        return Censoring.NONE if self.low == self.high else Censoring.INTERVAL

    @property
    def exact(self) -> float | None:
        """The number, or None where it is censored or a range."""
        return self.low if self.low is not None and self.low == self.high else None

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, value: object) -> Amount:
        """Read a value as a file gives it.

        Raises:
            ValueError: empty, too large or too small, or none of the allowed forms.
        """
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(f"found {value!r}; allowed is {_ALLOWED}")  # noqa: TRY004 -- pydantic reads ValueError
        text = str(value).strip()
        if _EXACT.fullmatch(text):
            number = bounded(float(text), text)
            return cls(number, number, text)
        if limit := _LIMIT.fullmatch(text):
            number = bounded(float(limit["limit"]), text)
            return cls(None, number, text) if limit["sign"] in "<=≤" else cls(number, None, text)
        if span := _RANGE.fullmatch(text):
            low, high = (bounded(float(span[side]), text) for side in ("low", "high"))
            if high < low:
                raise ValueError(f"found {text!r}, a range that ends below its beginning")
            return cls(low, high, text)
        raise ValueError(f"found {text!r}; allowed is {_ALLOWED}")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, Amount) else cls.parse(value),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda amount: amount.text
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {
            "description": f"A measured value: {_ALLOWED}.",
            "anyOf": [{"type": "number"}, {"type": "string"}],
        }


class Summary(BaseModel):
    """A published summary of measurements that are themselves not known.

    Attributes:
        median: middle value.
        q1: lower quartile, at most the median.
        q3: upper quartile, at least the median.
        n: number of measurements; None where the source does not print it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    median: float
    q1: float
    q3: float
    n: int | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.q1 <= self.median <= self.q3:
            raise ValueError(
                f"found q1 {self.q1:g}, median {self.median:g}, q3 {self.q3:g}; "
                "allowed is q1 ≤ median ≤ q3"
            )
        if self.n is not None and self.n < 1:
            raise ValueError(f"found n {self.n}; allowed is a count of at least 1")
        return self

    def __str__(self) -> str:
        n = "n not printed" if self.n is None else f"n = {self.n}"
        return f"{self.median:g} ({self.q1:g}–{self.q3:g}), {n}"
