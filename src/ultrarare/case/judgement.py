"""Judgements: human decisions on a requirement. They stand beside the computed verdict."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ultrarare.case.value import Text, Value

VerdictWord = Literal[
    "supported",
    "partly supported",
    "contradicted",
    "missing",
    "not yet due",
    "not applicable",
    "needs judgement",
]


class Judgement(Value):
    """Who decided what on which requirement, when and why; interests are stated, never assumed."""

    guidance: Text
    requirement: Text
    verdict: VerdictWord
    by: Text
    on: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    reason: Text
    interests: Text


class Judgements(Value):
    """What `judgements.yaml` holds."""

    schema_: Literal["ultrarare/judgements/1"] = Field(alias="schema")
    judgements: tuple[Judgement, ...] = ()
