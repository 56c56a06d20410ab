"""The one configuration that every value read from a case folder shares, and its small types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ultrarare.case.unit import why_not_ucum


class Value(BaseModel):
    """Frozen; unknown keys are an error. Every value of the case model builds on this."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _ucum(code: str) -> str:
    if (why := why_not_ucum(code)) is not None:
        raise ValueError(why)
    return code


def _curie(text: str) -> str:
    prefix, separator, local = text.partition(":")
    if not separator or not prefix or not local or " " in text:
        raise ValueError(f"found {text!r}; allowed is a CURIE such as MONDO:0009376 or OMIM:237300")
    return text


def _relative(text: str) -> str:
    parts = text.replace("\\", "/").split("/")
    if not text or text.startswith(("/", "~")) or ".." in parts or ":" in parts[0]:
        raise ValueError(f"found {text!r}; allowed is a path inside the case folder")
    return text


Id = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="lower case, digits, -")
]
Unit = Annotated[str, AfterValidator(_ucum), Field(description="UCUM code, such as umol/L or 1")]
Curie = Annotated[str, AfterValidator(_curie), Field(description="CURIE, such as OMIM:237300")]
FilePath = Annotated[
    str, AfterValidator(_relative), Field(description="path inside the case folder")
]
Fraction = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(min_length=1)]

Place = tuple[tuple[str | int, ...], str]
"""A path inside a document and what is wrong there."""


def repeated_ids(key: str, items: Iterable[Any]) -> Iterable[Place]:
    """Each entry of the list `key` whose id another entry has too."""
    entries = tuple(items)
    counts = Counter(item.id for item in entries)
    for index, item in enumerate(entries):
        if counts[item.id] > 1:
            yield (key, index, "id"), f"id {item.id!r} stands {counts[item.id]} times"
