"""Declared raw inputs: which files, of what kind, from where.

A dataset that is declared and absent is reported and assessed as missing; one that is there and
broken is an error. `origin` travels with every finding: simulated and made data stay so.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.cohort_dataset import (
    CohortEpisodes,
    CohortFhir,
    CohortPeople,
    CohortPhenopackets,
    CohortRecords,
    CohortVisits,
    PublishedSurvival,
)
from ultrarare.case.declared import DataOrigin, Declared
from ultrarare.case.finding import Ladder, Tier
from ultrarare.case.moment import Moment
from ultrarare.case.outcome_dataset import (
    GoalTable,
    OutcomeEndpoint,
    OutcomeTable,
    SurrogatePairs,
)
from ultrarare.case.value import FilePath, Id, Text, Unit, Value

__all__ = [
    "AlleleTable",
    "CodingSegment",
    "CohortEpisodes",
    "CohortFhir",
    "CohortPeople",
    "CohortPhenopackets",
    "CohortRecords",
    "CohortVisits",
    "ComparisonTable",
    "CourseEpisodes",
    "CourseSeries",
    "CourseSummary",
    "DataOrigin",
    "Dataset",
    "EditingReads",
    "GoalTable",
    "GroupSummaries",
    "MatchedSets",
    "OtherTable",
    "OutcomeEndpoint",
    "OutcomeTable",
    "PublishedSurvival",
    "ReferenceSequence",
    "Sample",
    "SiteTable",
    "SurrogatePairs",
    "TimelineTable",
    "Transcript",
    "TreatedEpisodes",
    "TreatedPeople",
    "TrialFeasibility",
]


class CodingSegment(Value):
    """A stretch of the fragment that codes: interbase span on the contig's plus strand.

    `c_first` is the c. number of the segment's first coding base in transcript direction.
    `starts_exon` and `ends_exon` say that this edge, in transcript direction, is the edge of the
    exon; False means "not known", and intronic names that count from it stay unchecked.
    """

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(gt=0)]
    c_first: Annotated[int, Field(ge=1)]
    starts_exon: bool = False
    ends_exon: bool = False


class Transcript(Value):
    """Where a transcript's coding sequence lies on the fragment.

    `cds_length` counts the bases from the A of ATG to the last of the stop codon; None if it is
    not known.
    """

    accession: Text
    protein: str | None = None
    gene: Text
    strand: Literal["+", "-"]
    cds_length: Annotated[int, Field(ge=6, multiple_of=3)] | None = None
    coding: Annotated[tuple[CodingSegment, ...], Field(min_length=1)]


class ReferenceSequence(Declared):
    """A piece of a reference sequence, placed on its contig, that variants are checked against."""

    kind: Literal["reference-sequence"]
    file: FilePath
    accession: Text
    start: Annotated[int, Field(ge=0, description="0-based start on the contig")]
    contig_length: Annotated[int, Field(gt=0)] | None = None
    refget: Annotated[str, Field(pattern=r"^SQ\.[A-Za-z0-9_-]{32}$")] | None = None
    transcripts: tuple[Transcript, ...] = ()


class Sample(Value):
    """What was sequenced or measured: whose, which model, and how near to the patient.

    `taken` is the day of a sample of this patient, on the clock of the case. `other_allele` says
    whether reads of the untargeted allele are among those counted; in a heterozygous patient they
    carry the healthy base without any editing.
    """

    description: Text
    ladder: Ladder
    tissue: str | None = None
    condition: Literal["treated", "control"] = "treated"
    taken: Moment | None = None
    other_allele: Literal["present", "excluded", "unknown"] = "unknown"


class _OnTarget(Declared):
    """What an on-target sequencing result needs to be read by; positions are of the protospacer."""

    reference: Id
    sample: Sample
    any_edit_window: Annotated[
        tuple[int, int], Field(description="protospacer positions in which any edit counts")
    ]

    @model_validator(mode="after")
    def _window_in_order(self) -> Self:
        first, last = self.any_edit_window
        if first > last:
            raise ValueError(
                f"found any_edit_window [{first}, {last}], which ends before it begins; "
                "allowed is the smaller position first"
            )
        return self


class EditingReads(_OnTarget):
    """Amplicon reads of the target site, single or paired."""

    kind: Literal["editing-reads"]
    r1: FilePath
    r2: FilePath | None = None
    minimum_base_quality: Annotated[int, Field(ge=0, le=60)] = 20


class AlleleTable(_OnTarget):
    """A published or exported allele table: columns `sequence` and `reads` at least.

    `total_reads` is what the source states or its percentages imply; None if all alleles are shown.
    """

    kind: Literal["allele-table"]
    file: FilePath
    strand: Literal["protospacer", "opposite"] = "protospacer"
    sequence_column: Text = "sequence"
    reads_column: Text = "reads"
    percent_column: str | None = None
    total_reads: Annotated[int, Field(gt=0)] | None = None


class CourseSeries(Declared):
    """The patient's repeated measurements: `time,value`, time on the clock of the case."""

    kind: Literal["course-series"]
    file: FilePath
    measure: Text
    unit: Unit
    assay_floor: float | None = None


class CourseSummary(Declared):
    """Published medians and quartiles by period: `period,median,q1,q3[,n]`."""

    kind: Literal["course-summary"]
    file: FilePath
    measure: Text
    unit: Unit
    baseline: Annotated[str, Field(description="the period before dosing")]
    reference_low: float | None = None
    reference_high: float | None = None


class CourseEpisodes(Declared):
    """The patient's episodes `time[,severity]` over the observed span `observed`."""

    kind: Literal["course-episodes"]
    file: FilePath
    episode: Text
    observed: Annotated[
        tuple[str | float, str | float],
        Field(description="first and last moment under observation"),
    ]


class ComparisonTable(Declared):
    """One arm of a comparison, one row a person: `person`, the outcome and what is adjusted for.

    `outcome` and `covariates` are names of columns, `exact` the column that must agree, such as
    the variant class. With `event`, a column of 1 and 0, the outcome is a time from index. Columns
    `eligible`, `index` and `exit` let time zero be checked.
    """

    kind: Literal["comparison-table"]
    file: FilePath
    arm: Literal["treated", "control"]
    outcome: Text
    unit: Unit
    covariates: tuple[Text, ...] = ()
    exact: str | None = None
    event: str | None = None
    population: Text
    tier: Tier
    era: str | None = None


class MatchedSets(Declared):
    """Matched people: `set,treated,value`, a set one of either arm and one or more of the other."""

    kind: Literal["matched-sets"]
    file: FilePath
    measure: Text
    unit: Unit
    population: Text


class TreatedPeople(Declared):
    """One row a treated person: `person,entry,exit,event[,until]`, `entry` the age at dosing."""

    kind: Literal["treated-people"]
    file: FilePath
    endpoint: Text
    population: Text
    time_unit: Unit = "d"


class TreatedEpisodes(Declared):
    """Treated people's episodes `person,time[,type]` and, in `follow_up`, their observed spans.

    The columns are those of `cohort-episodes`; time runs on the clock on which the untreated are
    compared, such as time from dosing or from entry.
    """

    kind: Literal["treated-episodes"]
    file: FilePath
    follow_up: FilePath
    episode: Text
    population: Text
    time_unit: Unit = "d"


class GroupSummaries(Declared):
    """Groups of people as summaries, one row a group.

    `scale` says which columns: `group,mean` with `n`, `sd` or `se`; `group,n,events`; or
    `group,exposure,events`. `arm` treated and control hold one group, history one or more.
    """

    kind: Literal["group-summaries"]
    file: FilePath
    arm: Literal["history", "treated", "control"]
    scale: Literal["normal", "binary", "count"]
    measure: Text
    unit: Unit
    population: Text
    tier: Tier
    era: str | None = None


class TimelineTable(Declared):
    """What happened when: `time,event,kind[,value,unit,note]`."""

    kind: Literal["timeline"]
    file: FilePath


class SiteTable(Declared):
    """Nominated off-target sites, treated against control, as `editing compare` reads them.

    Attributes:
        file: `site,group,replicate,edited,depth` or `percent`, with coordinates where known.
        sample: what was sequenced.
        on_target: sites of the table that are no off-target.
        nominated: how many sites were nominated in all; null where it is not known.
        filter_prespecified: where fewer were tested than nominated, whether the subset was chosen
            beforehand; null where it is not known.
    """

    kind: Literal["site-table"]
    file: FilePath
    sample: Sample
    on_target: tuple[Text, ...] = ()
    nominated: Annotated[int, Field(gt=0)] | None = None
    filter_prespecified: bool | None = None


class TrialFeasibility(Declared):
    """A YAML file: frequency of the disease, shares, and the trial that would be done."""

    kind: Literal["trial-feasibility"]
    file: FilePath


class OtherTable(Declared):
    """A CSV that is part of the record and that no analysis reads yet."""

    kind: Literal["table"]
    file: FilePath
    about: Text


Dataset = Annotated[
    ReferenceSequence
    | EditingReads
    | AlleleTable
    | CohortPeople
    | CohortVisits
    | CohortEpisodes
    | CohortPhenopackets
    | CohortFhir
    | CourseSeries
    | CourseSummary
    | CourseEpisodes
    | ComparisonTable
    | GroupSummaries
    | OutcomeTable
    | GoalTable
    | SurrogatePairs
    | MatchedSets
    | TreatedPeople
    | TreatedEpisodes
    | PublishedSurvival
    | TimelineTable
    | SiteTable
    | TrialFeasibility
    | OtherTable,
    Field(discriminator="kind"),
]
