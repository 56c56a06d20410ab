"""A course of which only medians and quartiles are known: shown, never tested."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from pydantic import ValidationError

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.amount import Summary
from ultrarare.case.dataset import CourseSummary
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.table import Column, Row, count, number, read_table
from ultrarare.effect.marks import dose_marks, intercurrent_spans
from ultrarare.errors import InputErrors, Problem

COLUMNS = (
    Column("period", str),
    Column("median", number),
    Column("q1", number),
    Column("q3", number),
    Column("n", count, required=False, may_be_empty=True),
)


def read_summaries(inputs: Inputs, dataset: CourseSummary) -> tuple[tuple[str, Summary], ...]:
    """Periods with their summaries, in the order of the file.

    Raises:
        InputErrors: see `read_table`; also quartiles out of order, a period twice, or a baseline
            that is no period of the file.
    """
    name = dataset.file
    rows = read_table(inputs.path(name), COLUMNS, name=name)
    problems: list[Problem] = []
    found: list[tuple[str, Summary]] = []
    for row in rows:
        try:
            found.append((row["period"], _summary(row)))
        except ValidationError as error:
            text = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
            problems.append(Problem(f"{name}:{row.line}", text))
    periods = [row["period"] for row in rows]
    problems += [
        Problem(f"{name}:{row.line} period", f"{row['period']!r} stands twice")
        for index, row in enumerate(rows)
        if row["period"] in periods[:index]
    ]
    if dataset.baseline not in periods:
        text = f"has no period {dataset.baseline!r}, which is the declared baseline"
        problems.append(Problem(name, text, f"its periods are: {', '.join(periods)}"))
    if problems:
        raise InputErrors(problems, where=name)
    return tuple(found)


def _summary(row: Row) -> Summary:
    return Summary(median=row["median"], q1=row["q1"], q3=row["q3"], n=row.get("n"))


def _compute(inputs: Inputs) -> Iterable[Finding]:
    dataset: CourseSummary = inputs.one("summary")
    periods = read_summaries(inputs, dataset)
    said = "; ".join(f"{period} {summary}" for period, summary in periods)
    last = periods[-1][1]
    yield computed(
        name="summary",
        kind="course.summary",
        statement=f"{dataset.measure}, median (quartiles) in {dataset.unit}: {said}.",
        direction=Direction.DESCRIBES,
        estimate=Estimate(value=last.median, unit=dataset.unit),
        n=last.n,
        n_unit=None if last.n is None else "measurements in the last period",
        caveats=(
            "Medians and quartiles of periods: no test is made of them, and no interval is a "
            "confidence interval.",
            *_caveats(periods, dataset),
        ),
        measure=dataset.measure,
        details={
            "unit": dataset.unit,
            "measure": dataset.measure,
            "baseline": dataset.baseline,
            "periods": [
                {"period": period, **summary.model_dump(), "text": str(summary)}
                for period, summary in periods
            ],
            "reference_low": dataset.reference_low,
            "reference_high": dataset.reference_high,
            "doses": dose_marks(inputs.timeline),
            "intercurrent": intercurrent_spans(inputs.timeline),
        },
    )


def _caveats(periods: Sequence[tuple[str, Summary]], dataset: CourseSummary) -> Iterable[str]:
    for period, summary in periods:
        if summary.median == summary.q1 != summary.q3:
            near = dataset.reference_low is not None and summary.q1 <= dataset.reference_low
            edge = ", the low end of the reference range" if near else ""
            yield (
                f"{period}: the median equals the lower quartile ({summary.median:g}{edge}), so "
                "values probably lie on the assay's floor and the true spread is not known "
                "(our inference)."
            )
    medians = [summary.median for _, summary in periods]
    steps = [b - a for a, b in pairwise(medians)]
    if any(step > 0 for step in steps) and any(step < 0 for step in steps):
        yield "The medians do not move in one direction over the periods."
    if any(summary.n is None for _, summary in periods):
        yield "The number of measurements in a period is not printed."


COURSE_SUMMARY = Analysis(
    name="effect.course-summary",
    summary="Published medians and quartiles by period, described and not tested.",
    method="own-control",
    needs=(Need(role="summary", kinds=("course-summary",)),),
    gives=("course.summary",),
    compute=_compute,
    by_itself=True,
    plannable=False,
)
