"""An analysis as a declaration: name, needs, gifts, parameters, and the function that computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from ultrarare.case.case import Case
from ultrarare.case.dataset import Dataset
from ultrarare.case.finding import (
    Attribute,
    Direction,
    Estimate,
    Finding,
    Ladder,
    Origin,
    Tier,
)
from ultrarare.case.moment import Moment
from ultrarare.case.plan import Endpoint
from ultrarare.case.timeline import Event
from ultrarare.errors import InputError, NotComputable


class Parameters(BaseModel):
    """Base of an analysis's parameters: frozen, and an unknown one is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A role that a dataset plays in an analysis.

    Attributes:
        role: the name under `inputs` in the plan.
        kinds: the dataset kinds that can play it.
        required: whether the analysis runs without it.
        fits: a further condition on the dataset; None for none.
        many: whether every matching dataset is taken, when the plan does not name one.
    """

    role: str
    kinds: tuple[str, ...]
    required: bool = True
    many: bool = False
    fits: Callable[[Dataset], bool] | None = None

    def takes(self, dataset: Dataset) -> bool:
        """Whether a dataset can play the role."""
        return bool(self.playing(dataset))

    def playing(self, dataset: Dataset) -> tuple[Dataset, ...]:
        """The dataset in each part that it can play in the role; records can play several."""
        parts: tuple[Dataset, ...] = dataset.playing(self.kinds)
        return tuple(part for part in parts if self.fits is None or self.fits(part))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What an analysis is given. It reads files below `root` and nothing else.

    Attributes:
        root: the case folder.
        case: the case.
        datasets: role to the datasets that play it; a role without data is an empty tuple.
        timeline: the case's events in order.
        first_dose: when the first dose was given, if one is recorded.
        absent: role to the declared files of fitting datasets that are not there.
        endpoint: the plan's endpoint that the analysis serves, if it names one.
        endpoints: all endpoints of the plan.
        parameters: validated parameters.
        seed: seed of the analysis's random numbers, None where the plan gives none.
        cited: the case's statements as findings, for analyses over the literature.
        said: what readers had to assume or leave out; every finding of the run carries it.
    """

    root: Path
    case: Case
    datasets: Mapping[str, tuple[Dataset, ...]]
    timeline: tuple[Event, ...]
    first_dose: Moment | None
    endpoint: Endpoint | None
    parameters: Any
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()
    seed: int | None = None
    cited: tuple[Finding, ...] = ()
    said: list[str] = field(default_factory=list)

    def one(self, role: str) -> Any:
        """The dataset that plays `role`.

        Raises:
            NotComputable: none does; names the role.
        """
        found = self.datasets.get(role, ())
        if found:
            return found[0]
        if files := self.absent.get(role):
            names = ", ".join(files)
            raise NotComputable(
                f"the declared file {names} is not there", remedy=f"Supply {names}."
            )
        raise NotComputable(
            f"no dataset plays the role {role!r}",
            remedy=f"Declare one in case.yaml and name it under inputs.{role} in plan.yaml.",
        )

    @property
    def served(self) -> Endpoint:
        """The plan's endpoint that the analysis serves, where it cannot do without.

        Raises:
            InputError: the plan names none for it.
        """
        if self.endpoint is None:
            raise InputError(
                "the analysis names no endpoint, so it is not known which direction is better",
                where="plan.yaml",
                remedy="add `endpoint:` to the analysis",
            )
        return self.endpoint

    def path(self, file: str) -> Path:
        """Where a dataset's file lies."""
        return self.root / file


class Compute(Protocol):
    """The function of an analysis: inputs to findings, pure but for reading the declared files."""

    def __call__(self, inputs: Inputs, /) -> Iterable[Finding]:
        """Compute.

        Raises:
            InputError: a file or parameter is wrong; the whole run then stops without output.
            NotComputable: the data cannot answer; the run goes on and the dossier says so.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A named computation.

    Attributes:
        name: registry name, `subject.noun`.
        summary: what it computes, in one sentence; printed in the methods section.
        method: path of its page under docs/methods, without suffix.
        needs: the datasets it reads.
        gives: the finding kinds it may return.
        parameters: model of its parameters.
        compute: the function.
        version: raised whenever the same inputs give another answer; part of the cache key.
        by_itself: whether it runs without being named by the plan, once for each dataset of its
            first need (or once, where it has none).
        plannable: whether it makes a difference that it was planned; findings of the others are
            marked `not applicable`.
        judged: whether the plan has to say what counts as success; not of one that describes.
    """

    name: str
    summary: str
    method: str
    needs: tuple[Need, ...]
    gives: tuple[str, ...]
    compute: Compute
    parameters: type[Parameters] = Parameters
    version: int = 1
    by_itself: bool = False
    plannable: bool = True
    judged: bool = True
    references: tuple[str, ...] = field(default=())


def computed(
    *,
    name: str,
    kind: str,
    statement: str,
    direction: Direction = Direction.DESCRIBES,
    estimate: Estimate | None = None,
    n: int | None = None,
    n_unit: str | None = None,
    caveats: Iterable[str] = (),
    attributes: Mapping[str, Attribute] | None = None,
    ladder: Ladder | None = None,
    tier: Tier | None = None,
    measure: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Finding:
    """A computed finding without its provenance, which the runner puts on.

    Args:
        name: tells the findings of one analysis apart; the runner prefixes the analysis's id.
        kind: word of the vocabulary.
        statement: the claim in one sentence.
        direction: whether it supports its claim.
        estimate: number and interval.
        n: how many units it rests on.
        n_unit: what `n` counts.
        caveats: what a reader must know.
        attributes: facts that predicates may read.
        ladder: closeness of engagement evidence.
        tier: closeness of natural history.
        measure: the quantity.
        details: JSON data for tables and figures.
    """
    return Finding(
        id=name,
        kind=kind,
        origin=Origin.COMPUTED,
        statement=statement[:1].upper() + statement[1:],
        direction=direction,
        estimate=estimate,
        n=n,
        n_unit=n_unit,
        caveats=tuple(dict.fromkeys(_sentence(caveat) for caveat in caveats)),
        attributes=attributes or {},
        ladder=ladder,
        tier=tier,
        measure=measure,
        details=details or {},
    )


def _sentence(text: str) -> str:
    """A caveat as a sentence: the layers below write clauses."""
    first = text.partition(" ")[0]
    head = text[:1].upper() if first.isalpha() else text[:1]
    return f"{head}{text[1:]}" if text.endswith((".", "!", "?")) else f"{head}{text[1:]}."
