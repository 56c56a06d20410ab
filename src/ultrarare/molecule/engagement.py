"""Element 4: was the target edited? Four definitions of "edited" stay four numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import AlleleTable, Dataset, EditingReads, Sample
from ultrarare.case.finding import Direction, Estimate, Finding, Ladder
from ultrarare.errors import NotComputable
from ultrarare.molecule.allele_figure import allele_figure
from ultrarare.molecule.counted import Counted, count_reads, count_table, editing_target
from ultrarare.molecule.outcome import Count
from ultrarare.molecule.site_findings import SITES
from ultrarare.molecule.target import Target

if TYPE_CHECKING:
    from ultrarare.stats.proportion import ProportionInterval

_KINDS = (
    ("any_edit", "engagement.any-edit"),  # described only: an edit elsewhere is no engagement
    ("target_base", "engagement.target-base"),
    ("intended_protein", "engagement.intended-protein"),
    ("intended_only", "engagement.intended-only"),
)
_ALL_KINDS = (
    *(kind for _, kind in _KINDS),
    "engagement.bystander",
    "engagement.wrong-residue",
    "engagement.indel",
)


class EditingParameters(Parameters):
    """How counts become findings.

    Attributes:
        level: coverage of the intervals.
        noise_ceiling: a fraction counts as engagement only where its lower limit lies above this.
            Without a matched control, sequencing errors alone can reach the order of 0.5 %.
        fewest_reads: fewer reads than this show nothing by themselves.
        fewest_called: nor does a sample of which a smaller share of fragments could be called.
        flank: bases compared on each side of protospacer and PAM, where the amplicon reaches.
    """

    level: float = Field(default=0.95, gt=0, lt=1)
    noise_ceiling: float = Field(default=0.01, ge=0, lt=1)
    fewest_reads: int = Field(default=100, ge=1)
    fewest_called: float = Field(default=0.5, ge=0, le=1)
    flank: int = Field(default=10, ge=0, le=100)


def _from_table(inputs: Inputs) -> Iterable[Finding]:
    dataset: AlleleTable = inputs.one("alleles")
    target = editing_target(inputs)
    controls = [
        count_table(inputs, control, target)
        for control in _controls(inputs, dataset)
        if isinstance(control, AlleleTable)
    ]
    yield from _findings(inputs, count_table(inputs, dataset, target), controls)


def _from_reads(inputs: Inputs) -> Iterable[Finding]:
    dataset: EditingReads = inputs.one("reads")
    target = editing_target(inputs)
    controls = [
        count_reads(inputs, control, target)
        for control in _controls(inputs, dataset)
        if isinstance(control, EditingReads)
    ]
    yield from _findings(inputs, count_reads(inputs, dataset, target), controls)


def _controls(inputs: Inputs, dataset: EditingReads | AlleleTable) -> Iterable[Dataset]:
    """Untreated samples of the same site, for a treated one."""
    if dataset.sample.condition == "control":
        return ()
    return (d for d in inputs.datasets.get("control", ()) if _is_control_of(d, dataset))


def _is_control_of(other: Dataset, dataset: EditingReads | AlleleTable) -> bool:
    return (
        isinstance(other, EditingReads | AlleleTable)
        and other.kind == dataset.kind
        and other.sample.condition == "control"
        and other.reference == dataset.reference
    )


def _from_replicates(inputs: Inputs) -> Iterable[Finding]:
    """The same four fractions over replicates, whose spread widens the interval."""
    from ultrarare.stats.proportion import beta_binomial

    target = editing_target(inputs)
    datasets = [
        d
        for d in inputs.datasets.get("reads", ())
        if isinstance(d, EditingReads) and d.sample.condition == "treated"
    ]
    if len(datasets) < 2:
        raise NotComputable(
            f"{len(datasets)} treated sample of reads is declared",
            remedy="Declare two replicates or more; one alone has a Wilson interval.",
        )
    counted = [count_reads(inputs, dataset, target) for dataset in datasets]
    worst = max((item.sample.ladder for item in counted), key=lambda rung: rung.value)
    for name, kind in _KINDS:
        counts = [getattr(item.outcome, name) for item in counted]
        if any(count is None for count in counts):
            continue
        interval = beta_binomial(
            [count.counted for count in counts],
            [count.denominator for count in counts],
            inputs.parameters.level,
        )
        mixed = any(_confounded(inputs, item.sample) for item in counted)
        yield computed(
            name=name.replace("_", "-"),
            kind=kind,
            statement=f"{_title(counts[0], target)} in {len(counts)} replicates: "
            f"{_percent(interval)} of reads.",
            direction=_joint_direction(inputs, name, interval, counted, mixed=mixed),
            estimate=_estimate(interval),
            n=len(counts),
            n_unit="replicates",
            caveats=(
                *interval.caveats,
                *(caveat for item in counted for caveat in _allele_caveats(inputs, item.sample)),
                *(doubt for item in counted for doubt in _doubts(inputs, item)),
            ),
            ladder=worst,
            measure=_title(counts[0], target),
            details={
                "definition": counts[0].definition,
                "replicates": [
                    {"dataset": d.id, "counted": c.counted, "total": c.denominator}
                    for d, c in zip(datasets, counts, strict=True)
                ],
            },
        )


def _findings(inputs: Inputs, counted: Counted, controls: Sequence[Counted]) -> Iterable[Finding]:
    outcome = counted.outcome
    figure = allele_figure(counted.question, counted.alleles, outcome)
    for name, kind in _KINDS:
        count: Count | None = getattr(outcome, name)
        if count is not None:
            extra = {"alleles": figure, "by_reason": dict(counted.by_reason)}
            if name == "any_edit":
                yield _fraction(inputs, counted, count, kind, Direction.DESCRIBES, extra)
                continue
            beside = [(c, found) for c in controls if (found := getattr(c.outcome, name))]
            yield _fraction(inputs, counted, count, kind, Direction.SUPPORTS, {}, beside)
    own = counted.question.site.position(counted.question.target_offset)
    for position, count in outcome.positions.items():
        if position != own:
            yield _fraction(
                inputs,
                counted,
                count,
                "engagement.bystander",
                Direction.DESCRIBES,
                {"position": position},
            )
    if outcome.stop_removed_wrong_residue is not None:
        residues = dict(outcome.wrong_residues)
        yield _fraction(
            inputs,
            counted,
            outcome.stop_removed_wrong_residue,
            "engagement.wrong-residue",
            Direction.DESCRIBES,
            {"residues": residues},
        )
    yield _fraction(inputs, counted, outcome.indels, "engagement.indel", Direction.DESCRIBES, {})


def _fraction(
    inputs: Inputs,
    counted: Counted,
    count: Count,
    kind: str,
    claim: Direction,
    extra: Mapping[str, Any],
    controls: Sequence[tuple[Counted, Count]] = (),
) -> Finding:
    from ultrarare.stats.proportion import wilson

    if count.denominator == 0:
        raise NotComputable(
            f"no read could be judged for: {count.definition}",
            remedy="Lower the base-quality mask, or sequence anew.",
        )
    interval = wilson(count.counted, count.denominator, inputs.parameters.level)
    direction, doubts = claim, list[str]()
    caveats = [*counted.outcome.caveats, *counted.caveats, *interval.caveats]
    if claim is Direction.SUPPORTS:
        doubts = [*_doubts(inputs, counted), *_control_doubts(inputs, counted, interval, controls)]
        direction = Direction.INCONCLUSIVE if doubts else _direction(interval, inputs)
        caveats += [*doubts, *_allele_caveats(inputs, counted.sample)]
        if not controls:
            caveats.append("No untreated control was compared.")
        if _confounded(inputs, counted.sample) or counted.sample.condition == "control":
            direction = Direction.DESCRIBES
    position = extra.get("position")
    slug = kind.partition(".")[2] + ("" if position is None else f"-{position}")
    finding = computed(
        name=slug,
        kind=kind,
        statement=f"{_title(count, counted.target)}: {count.counted:,} of "
        f"{count.denominator:,} reads, {_percent(interval)} ({counted.sample.description}).",
        direction=direction,
        estimate=_estimate(interval),
        n=count.denominator,
        n_unit="reads",
        caveats=caveats,
        attributes={} if position is None else {"position": position},
        ladder=counted.sample.ladder,
        measure=_title(count, counted.target),
        details={
            "definition": count.definition,
            "count": count.counted,
            "total": count.total,
            "undetermined": count.undetermined,
            "not_shown": count.not_shown,
            "bounds": [count.lower, count.upper],
            **extra,
        },
    )
    if claim is Direction.SUPPORTS and direction is Direction.INCONCLUSIVE and doubts:
        return finding.model_copy(update={"would_need": f"An answer to this: {doubts[0]}"})
    return finding


def _joint_direction(
    inputs: Inputs,
    name: str,
    interval: ProportionInterval,
    counted: Sequence[Counted],
    *,
    mixed: bool,
) -> Direction:
    """The direction over replicates: as for one sample, and any doubt about one weighs on all."""
    if mixed or name == "any_edit":
        return Direction.DESCRIBES
    if any(True for item in counted for _ in _doubts(inputs, item)):
        return Direction.INCONCLUSIVE
    return _direction(interval, inputs)


def _direction(interval: ProportionInterval, inputs: Inputs) -> Direction:
    above = interval.lower > inputs.parameters.noise_ceiling
    return Direction.SUPPORTS if above else Direction.INCONCLUSIVE


def _doubts(inputs: Inputs, counted: Counted) -> Iterable[str]:
    """Why a sample shows nothing by itself, whatever its fraction is."""
    sample, parameters = counted.sample, inputs.parameters
    if counted.outcome.total < parameters.fewest_reads:
        yield f"Fewer than {parameters.fewest_reads} reads: too few to show engagement."
    if counted.called_share < parameters.fewest_called:
        yield (
            f"Only {100 * counted.called_share:.0f} % of the fragments could be called: the rest "
            "may not be of this site."
        )
    if sample.ladder in {Ladder.A, Ladder.B} and sample.tissue is None:
        yield "The tissue is not stated, so the sample does not count as a patient's tissue."
    if sample.ladder is not Ladder.A or sample.condition == "control":
        return
    if sample.taken is None or inputs.first_dose is None:
        yield "The day of the sample, or of the first dose, is not stated."
    elif not inputs.first_dose.before(sample.taken):
        yield f"The sample ({sample.taken}) was not taken after the first dose."


def _control_doubts(
    inputs: Inputs,
    counted: Counted,
    interval: ProportionInterval,
    controls: Sequence[tuple[Counted, Count]],
) -> Iterable[str]:
    """Untreated controls that the fraction does not clear, or that are declared and not there."""
    from ultrarare.stats.proportion import wilson

    for control, count in controls:
        found = wilson(count.counted, max(count.denominator, 1), inputs.parameters.level)
        if interval.lower <= found.upper:
            yield (
                f"The untreated control {control.dataset} shows {_percent(found)}, which this "
                "sample does not exceed."
            )
    declared = next(d for d in inputs.case.datasets if d.id == counted.dataset)
    if isinstance(declared, EditingReads | AlleleTable) and counted.sample.condition == "treated":
        at_hand = {control.dataset for control, _ in controls}
        for other in inputs.case.datasets:
            if _is_control_of(other, declared) and other.id not in at_hand:
                yield f"The declared control {other.id} is not there to be compared."


def _confounded(inputs: Inputs, sample: Sample) -> bool:
    """Whether unedited reads of the other allele can pass for edited ones in a person's sample."""
    if sample.ladder not in {Ladder.A, Ladder.B, Ladder.D} or sample.other_allele == "excluded":
        return False
    return any(
        variant.role == "targeted" and variant.zygosity not in {"homozygous", "hemizygous"}
        for variant in inputs.case.variants
    )


def _allele_caveats(inputs: Inputs, sample: Sample) -> Iterable[str]:
    mixed = any(
        variant.role == "targeted" and variant.zygosity not in {"homozygous", "hemizygous"}
        for variant in inputs.case.variants
    )
    if mixed and sample.other_allele == "unknown" and not _confounded(inputs, sample):
        yield (
            "Whether the sample holds the healthy allele is not stated; where it does, its reads "
            "look edited without any editing."
        )
    if _confounded(inputs, sample):
        yield (
            "The targeted variant is not homozygous and reads of the other allele are not "
            "excluded: they carry the healthy base without any editing, so this fraction is no "
            "measure of engagement."
        )


def _title(count: Count, target: Target) -> str:
    """A definition's name as a reader says it."""
    base, position = target.editor.from_base, target.guide.target_position
    return {
        "any_edit": f"Any {base}>{target.editor.to_base} in the stated window",
        "target_base": f"Target base {base}{position} converted",
        "intended_protein": "Intended protein restored",
        "intended_only": "Intended edit and nothing else",
        "stop_removed_wrong_residue": "Stop removed, wrong residue",
        "indels": "Insertions or deletions",
    }.get(count.name, count.name.replace("position ", f"Bystander {base}"))


def _estimate(interval: ProportionInterval) -> Estimate:
    return Estimate(
        value=interval.value,
        lower=interval.lower,
        upper=interval.upper,
        level=interval.level,
        unit="1",
    )


def _percent(interval: ProportionInterval) -> str:
    return f"{100 * interval.value:.1f} % ({100 * interval.lower:.1f}–{100 * interval.upper:.1f} %)"


def _is_untreated(dataset: Dataset) -> bool:
    return isinstance(dataset, EditingReads | AlleleTable) and dataset.sample.condition == "control"


def _untreated(kind: str) -> Need:
    return Need(role="control", kinds=(kind,), required=False, many=True, fits=_is_untreated)


_REFERENCE = Need(role="reference", kinds=("reference-sequence",), many=True)

ALLELE_TABLE = Analysis(
    name="editing.allele-table",
    summary="An allele table counted under four definitions of edited, each bystander and indels; "
    "Wilson intervals.",
    method="amplicon-editing",
    needs=(
        Need(role="alleles", kinds=("allele-table",)),
        _REFERENCE,
        _untreated("allele-table"),
    ),
    gives=_ALL_KINDS,
    parameters=EditingParameters,
    compute=_from_table,
    by_itself=True,
    references=("Wilson 1927",),
)

AMPLICON = Analysis(
    name="editing.amplicon",
    summary="Amplicon reads to alleles, counted under four definitions of edited, each bystander "
    "and indels; Wilson intervals.",
    method="amplicon-editing",
    needs=(
        Need(role="reads", kinds=("editing-reads",)),
        _REFERENCE,
        _untreated("editing-reads"),
    ),
    gives=_ALL_KINDS,
    parameters=EditingParameters,
    compute=_from_reads,
    by_itself=True,
    references=("Wilson 1927",),
)

REPLICATES = Analysis(
    name="editing.replicates",
    summary="The four fractions over replicate samples of reads; beta-binomial intervals.",
    method="amplicon-editing",
    needs=(Need(role="reads", kinds=("editing-reads",), many=True), _REFERENCE),
    gives=tuple(kind for _, kind in _KINDS),
    parameters=EditingParameters,
    compute=_from_replicates,
)

ANALYSES = (ALLELE_TABLE, AMPLICON, REPLICATES, SITES)
