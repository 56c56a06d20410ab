"""The trial that an external comparison stands in for: every domain filled or marked missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from ultrarare.case.shape import told
from ultrarare.case.yaml_text import dotted, line_of, read_plain
from ultrarare.effect.wording import Comparability
from ultrarare.errors import InputErrors, Problem

MISSING: Final = "missing"

DOMAINS: Final[Mapping[str, str]] = {
    "eligibility": "who can enter, by the same criteria",
    "index_date": "when follow-up starts, by a rule that both arms can meet",
    "treatment": "what is compared: strategy, dose, start, background care",
    "assignment": "how people came into their arm, and what decided on it",
    "follow_up": "how long and how often people are seen, and why they leave",
    "outcome_definition": "what is measured, with which instrument and unit",
    "outcome_ascertainment": "who measures, how often, blinded or not",
    "intercurrent_events": "what happens after index and how it is handled",
    "confounders": "what bears on outcome and arm, measured alike or not",
    "missing_data": "how much is missing and why",
    "misclassification": "how right diagnosis, exposure and outcome are",
    "calendar_time": "era of care and detection, and region",
    "estimand": "the difference that is asked for",
    "analysis_plan": "whether protocol, source and analysis were fixed before outcomes were known",
    "patient_level_data": "whether records of each person can be had and checked",
    "sensitivity": "what is varied: bias, missing data, source, prior",
}
"""Domains of FDA's draft on externally controlled trials (February 2023), in our words."""


def spoken(domain: str) -> str:
    """The key of a domain as words: `index_date` is the index date."""
    return "follow-up" if domain == "follow_up" else domain.replace("_", " ")


class DomainAnswer(BaseModel):
    """What is known of one domain.

    `both` fills both arms. `alike` is the judgement of a person: whether the arms are comparable
    in this domain; it needs a reason where it is `no`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    treated: str | None = Field(default=None, min_length=1)
    control: str | None = Field(default=None, min_length=1)
    both: str | None = Field(default=None, min_length=1)
    alike: Literal["yes", "no", "unknown"] = "unknown"
    reason: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.both is not None and (self.treated is not None or self.control is not None):
            raise ValueError("found `both` beside an arm; allowed is `both`, or one text for each")
        if self.alike == "no" and not self.reason:
            raise ValueError("found `alike: no` without a reason; allowed is one with it")
        return self


Trial = Mapping[str, DomainAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRow:
    """One domain of the table."""

    domain: str
    asks: str
    treated: str
    control: str
    alike: str
    reason: str | None

    @property
    def words(self) -> str:
        """The domain as it is written in a sentence."""
        return spoken(self.domain)

    @property
    def filled(self) -> bool:
        """Whether both arms are told."""
        return MISSING not in (self.treated, self.control)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTrial:
    """The whole table with the word on comparability."""

    rows: tuple[DomainRow, ...]
    comparability: Comparability
    reasons: tuple[str, ...]

    @property
    def filled(self) -> int:
        """Domains told for both arms."""
        return sum(row.filled for row in self.rows)

    @property
    def missing(self) -> tuple[str, ...]:
        """Domains that are not told for both arms."""
        return tuple(row.domain for row in self.rows if not row.filled)

    def summary(self) -> str:
        """One line, then the reasons."""
        line = (
            f"target trial: {self.filled} of {len(self.rows)} domains filled; comparability "
            f"{self.comparability}"
        )
        return "; ".join((line, *self.reasons))

    def to_json(self) -> dict[str, Any]:
        """The table and the verdict."""
        return {
            "comparability": self.comparability,
            "reasons": list(self.reasons),
            "filled": self.filled,
            "missing": list(self.missing),
            "domains": [
                {
                    "domain": row.domain,
                    "asks": row.asks,
                    "treated": row.treated,
                    "control": row.control,
                    "alike": row.alike,
                    "reason": row.reason,
                }
                for row in self.rows
            ],
        }


def require_domains(trial: Trial) -> None:
    """Nothing, if every key is a domain.

    Raises:
        ValueError: one is not; names those there are.
    """
    if unknown := [key for key in trial if key not in DOMAINS]:
        raise ValueError(f"found {', '.join(unknown)}; allowed are {', '.join(DOMAINS)}")


def tabulate(
    trial: Trial, *, against: Iterable[str] = (), doubts: Iterable[str] = ()
) -> TargetTrial:
    """The table of every domain, and whether the arms are comparable.

    Args:
        trial: what is known, by domain.
        against: what the data say against comparability (immortal time, unequal covariates).
        doubts: what the data leave open (people outside the others' range).

    Notes:
        Not supported: a person or the data say that the arms differ. Supported: every domain is
        told for both arms and judged alike, and the data leave nothing open. Else it cannot be
        judged.
    """
    rows = tuple(_row(domain, asks, trial.get(domain)) for domain, asks in DOMAINS.items())
    refuted = [f"{row.words}: {row.reason}" for row in rows if row.alike == "no"]
    refuted += list(against)
    open_ends = _open(rows) + list(doubts)
    verdict: Comparability = "supported"
    if refuted:
        verdict = "not supported"
    elif open_ends:
        verdict = "cannot be judged"
    return TargetTrial(rows=rows, comparability=verdict, reasons=(*refuted, *open_ends))


def _row(domain: str, asks: str, answer: DomainAnswer | None) -> DomainRow:
    found = DomainAnswer() if answer is None else answer

    def told(arm: str | None) -> str:
        text = arm if found.both is None else found.both
        return MISSING if text is None or not text.strip() else text

    return DomainRow(
        domain=domain,
        asks=asks,
        treated=told(found.treated),
        control=told(found.control),
        alike=found.alike,
        reason=found.reason,
    )


def _open(rows: Sequence[DomainRow]) -> list[str]:
    missing = [row.words for row in rows if not row.filled]
    unknown = [row.words for row in rows if row.filled and row.alike == "unknown"]
    said = []
    if missing:
        said.append(f"{len(missing)} of {len(rows)} domains are missing: {', '.join(missing)}")
    if unknown:
        said.append(f"nobody judged whether the arms are alike in: {', '.join(unknown)}")
    return said


def read_trial(path: Path, *, name: str) -> Trial:
    """Read a table from YAML: domain to `treated`, `control` or `both`, `alike`, `reason`.

    Raises:
        InputErrors: no YAML, an unknown domain or field, or a contradiction, each with its line.
    """
    plain = read_plain(path, name)
    if plain.problems:
        raise InputErrors(plain.problems, where=name)
    value = {} if plain.value is None else plain.value
    problems = []
    if isinstance(value, Mapping):
        problems = [
            Problem(f"{name}:{line_of(plain.lines, (key,))}", f"unknown domain {key!r}", _hint())
            for key in value
            if key not in DOMAINS
        ]
    if problems:
        raise InputErrors(problems, where=name)
    try:
        return TypeAdapter(dict[str, DomainAnswer]).validate_python(value)
    except ValidationError as error:
        found = [
            Problem(
                f"{name}:{line_of(plain.lines, e['loc'])} {dotted(e['loc'])}",
                told({**e, "loc": e["loc"][1:]}, DomainAnswer),
            )
            for e in error.errors(include_url=False)
        ]
    raise InputErrors(found, where=name)


def _hint() -> str:
    return f"the domains are: {', '.join(DOMAINS)}"
