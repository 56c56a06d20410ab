"""Cohorts of untreated people as declared: tables, folders of records, published curves.

A dataset of records holds several endpoints at once. It plays the part of a table of people, of
visits or of episodes, as far as its declaration says what is to be taken out of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.declared import Declared
from ultrarare.case.finding import Tier
from ultrarare.case.value import FilePath, Id, Text, Unit


class Cohort(Declared):
    """Who the untreated people are, so that closeness to the patient can be judged."""

    population: Text
    tier: Tier
    era: str | None = None
    region: str | None = None
    time_unit: Unit = "d"
    collected: Literal["prospective", "retrospective", "case reports"] | None = None
    ascertainment: Annotated[str | None, Field(description="how people came into it, in words")] = (
        None
    )


class CohortPeople(Cohort):
    """One row a person: `person,entry,exit,event[,group]`; event 1 if seen at exit, else 0."""

    kind: Literal["cohort-people"]
    file: FilePath
    endpoint: Text


class CohortVisits(Cohort):
    """One row a measurement: `person,time,value`.

    `floor` and `ceiling` are the lowest and highest the measure can show, `schedule` the planned
    time between two visits.
    """

    kind: Literal["cohort-visits"]
    file: FilePath
    measure: Text
    unit: Unit
    floor: float | None = None
    ceiling: float | None = None
    schedule: Annotated[float, Field(gt=0)] | None = None


class CohortEpisodes(Cohort):
    """Episodes `person,time` and, in `follow_up`, the observed spans `person,start,stop`."""

    kind: Literal["cohort-episodes"]
    file: FilePath
    follow_up: FilePath
    episode: Text


class CohortRecords(Cohort):
    """Records of single people, and what is taken out of them.

    At least one of `endpoint` (time to it: with `death`, vital status; else an event of that name),
    `measure` with its `unit` (visits), and `episode`. A `..._code` is the code or label that the
    records use where that is not the name itself, so that an endpoint keeps the plan's name.
    `disease_code` says which disease's onset is the person's onset. `begins` says when observation
    is taken to begin.
    """

    endpoint: Text | None = None
    endpoint_code: Text | None = None
    measure: Text | None = None
    measure_code: Text | None = None
    unit: Unit | None = None
    episode: Text | None = None
    episode_code: Text | None = None
    disease_code: Text | None = None
    begins: Literal["birth", "first record"] = "first record"
    floor: float | None = None
    ceiling: float | None = None
    schedule: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _something_is_taken(self) -> Self:
        if self.endpoint is None and self.measure is None and self.episode is None:
            raise ValueError("says nothing to take out; allowed: endpoint, measure, episode")
        if (self.measure is None) != (self.unit is None):
            raise ValueError("measure and unit go together: give both or neither")
        for name in ("endpoint", "measure", "episode"):
            if getattr(self, f"{name}_code") is not None and getattr(self, name) is None:
                raise ValueError(f"has {name}_code without {name}, the name it is known by")
        return self

    @property
    def place(self) -> str:
        """The file or folder."""
        return next(iter(self.paths.values()))

    @property
    def names(self) -> Mapping[str, str]:
        """Codes and labels of the records, in small letters, to the names they are known by."""
        pairs = [
            (getattr(self, f"{field}_code") or name, name)
            for field in ("endpoint", "measure", "episode")
            if (name := getattr(self, field)) is not None
        ]
        return {code.casefold(): name for code, name in pairs}

    @property
    def kinds(self) -> tuple[str, ...]:
        """Its own kind, and the tables whose part it plays."""
        return (*super().kinds, *(view.kind for view in self._views()))

    def playing(self, kinds: Iterable[str]) -> tuple[Any, ...]:
        """Itself where its own kind is asked for, else the tables whose part it plays."""
        wanted = set(kinds)
        if super().kinds[0] in wanted:
            return (self,)
        return tuple(view for view in self._views() if view.kind in wanted)

    def _views(self) -> tuple[CohortPeople | CohortVisits | CohortEpisodes, ...]:
        shared = {name: getattr(self, name) for name in Cohort.model_fields}
        shared |= {"file": self.place, "records": self}
        views: list[CohortPeople | CohortVisits | CohortEpisodes] = []
        if self.endpoint is not None:
            views.append(PeopleOfRecords(kind="cohort-people", endpoint=self.endpoint, **shared))
        if self.measure is not None:
            views.append(
                VisitsOfRecords(
                    kind="cohort-visits",
                    measure=self.measure,
                    unit=self.unit,
                    floor=self.floor,
                    ceiling=self.ceiling,
                    schedule=self.schedule,
                    **shared,
                )
            )
        if self.episode is not None:
            views.append(
                EpisodesOfRecords(
                    kind="cohort-episodes", episode=self.episode, follow_up=self.place, **shared
                )
            )
        return tuple(views)


class CohortPhenopackets(CohortRecords):
    """A folder of Phenopackets v2, one JSON file a person."""

    kind: Literal["cohort-phenopackets"]
    folder: FilePath
    begins: Literal["birth", "first record"] = "birth"


class CohortFhir(CohortRecords):
    """FHIR R4B bundles: one file, or a folder of files."""

    kind: Literal["cohort-fhir"]
    file: FilePath | None = None
    folder: FilePath | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.file is None) == (self.folder is None):
            raise ValueError("allowed is one of file and folder")
        return self


class PeopleOfRecords(CohortPeople):
    """Records in the part of a table of people; never declared itself."""

    records: CohortRecords


class VisitsOfRecords(CohortVisits):
    """Records in the part of a table of visits; never declared itself."""

    records: CohortRecords


class EpisodesOfRecords(CohortEpisodes):
    """Records in the part of tables of episodes and follow-up; never declared itself."""

    records: CohortRecords


class PublishedSurvival(Cohort):
    """A survival curve read off a publication: `time,survival[,lower,upper,at_risk]`.

    `people` is how many it was drawn from, `sources` where it stands; without a source it is none.
    """

    kind: Literal["published-survival"]
    sources: Annotated[tuple[Id, ...], Field(min_length=1)]
    file: FilePath
    endpoint: Text
    people: Annotated[int, Field(gt=0)]

    @property
    def caveats(self) -> tuple[str, ...]:
        """A curve is weaker than the records it was drawn from, and says so."""
        return (
            f"The untreated people are a published curve ({', '.join(self.sources)}), read off "
            "print: no person's record is at hand, so entry, censoring and closeness cannot be "
            "checked.",
        )
