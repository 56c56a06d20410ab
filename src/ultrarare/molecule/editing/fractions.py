"""Shares of molecules under each definition: as read, corrected for misreading, with limits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from ultrarare.molecule.editing.events import Event
from ultrarare.molecule.editing.misreading import Misreading
from ultrarare.molecule.editing.rows import Flags, Floats, Rows
from ultrarare.stats.detection import DetectionLimits, detection_limits
from ultrarare.stats.proportion import score_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraction:
    """One definition in one sample.

    Attributes:
        name: short name.
        definition: what is counted, and out of what.
        counted: reads that fit.
        judged: reads without an unknown base where it matters.
        unknown: reads set aside for such a base.
        observed: counted over judged; None if no read is judged.
        value: the share of molecules, corrected for misreading where that is known.
        lower: limit of `value`.
        upper: limit of `value`; where nothing is detected, the share is below this.
        level: coverage of the limits.
        background: chance that a read of an unedited molecule counts; None if not known.
        limits: of blank, detection and quantification; None if the background is not known.
        corrected: whether misreading was corrected for.
    """

    name: str
    definition: str
    counted: int
    judged: int
    unknown: int
    observed: float | None
    value: float | None
    lower: float | None
    upper: float | None
    level: float
    background: float | None
    limits: DetectionLimits | None
    corrected: bool

    @property
    def detected(self) -> bool | None:
        """Whether more reads fit than the background reaches; None where that is not known."""
        if self.limits is None or not self.judged:
            return None
        return self.counted > self.limits.blank_count

    def said(self) -> str:
        """The share with its limits, or what it lies below."""
        if self.value is None or self.lower is None or self.upper is None:
            return "not assessed: no read could be judged"
        if self.detected is False or (self.detected is None and self.counted == 0):
            return f"not detected: below {percent(self.upper)}"
        text = f"{percent(self.value)} ({percent(self.lower)} to {percent(self.upper)})"
        return text if self.detected else f"{text}, background not known"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where something is not known."""
        limits = self.limits
        return {
            "value": self.value, "lower": self.lower, "upper": self.upper, "level": self.level,
            "observed": self.observed, "counted": self.counted, "judged": self.judged,
            "unknown": self.unknown, "corrected": self.corrected, "background": self.background,
            "detected": self.detected, "said": self.said(),
            "lob": None if limits is None else limits.blank,
            "lod": None if limits is None else limits.detection,
            "loq": None if limits is None else limits.quantification,
            "input_floor": None if limits is None else limits.input_floor,
            "definition": self.definition,
        }  # fmt: skip


def percent(share: float) -> str:
    """A share as printed: three digits, never 0 for what is not 0."""
    return f"{100 * share:.3g} %"


def effective(judged: int, copies: int | None) -> float:
    """Reads that weigh as much as `judged` reads of `copies` genome copies."""
    return float(judged) if copies is None else 1 / (1 / judged + 1 / copies)


def of_event(
    event: Event, rows: Rows, misreading: Misreading, *, copies: int | None, level: float
) -> Fraction:
    """Count an event, and undo what misreading did to its share.

    Args:
        event: the definition.
        rows: alleles of the sample.
        misreading: errors of reading in each column.
        copies: genome copies that went into the PCR; None if not known.
        level: coverage of the limits.

    Notes:
        With E the confusion of one base, the shares read are E' times the shares there; an event
        that is a product over bases is undone base by base, so that the mean of the products of
        inverse entries over the reads has the share of molecules as its expectation, however many
        bases are looked at, if errors of different bases are independent. Limits: Wilson's for
        the reads (of effective number 1/(1/reads + 1/copies)), stretched by the spread of the
        weights, and the uncertainty of the errors in quadrature. Checked in
        tests/unit/molecule/test_fractions.py and docs/validation/editing.md.
    """
    fits, unknown = event.holds(rows), event.unknown(rows)
    counts = np.where(unknown, 0, rows.counts)
    judged, counted = int(counts.sum()), int(rows.counts[fits].sum())
    aside = int(rows.counts[unknown].sum())
    if not judged:
        return _unjudged(event.name, event.words, aside, level)
    observed = counted / judged
    share = counts / judged
    if not misreading.known:
        lower, upper = score_limits(observed, effective(judged, copies), _z(level))
        return Fraction(
            name=event.name, definition=event.words, counted=counted, judged=judged, unknown=aside,
            observed=observed, value=observed, lower=lower, upper=upper, level=level,
            background=None, limits=None, corrected=False,
        )  # fmt: skip
    weights = event.weights(rows, misreading.inverse())
    value = float(share @ weights)
    spread = max(float(share @ weights**2) - value**2, 0.0)
    plain = observed * (1 - observed)
    stretch = math.sqrt(spread / plain) if plain > 0 else 1.0
    doubt = _doubt(event, rows, misreading, share, value)
    lower, upper = _limits(observed, value, stretch, doubt, effective(judged, copies), level)
    background = event.chance(rows, misreading.confusion)
    likely = min(background + 1.645 * _chance_doubt(event, rows, misreading, background), 0.999)
    return Fraction(
        name=event.name, definition=event.words, counted=counted, judged=judged, unknown=aside,
        observed=observed, value=min(max(value, 0.0), 1.0), lower=lower, upper=upper, level=level,
        background=background, limits=detection_limits(judged, likely, copies), corrected=True,
    )  # fmt: skip


def of_gaps(
    fits: Flags,
    rows: Rows,
    words: str,
    *,
    name: str,
    control: tuple[int, int] | None,
    copies: int | None,
    level: float,
) -> Fraction:
    """Reads with a gap, less those of a control; no N stands in its way.

    Args:
        fits: (alleles,) which count.
        rows: alleles of the sample.
        words: the definition.
        name: its short name.
        control: reads that count, and all, in a matched control; None without one.
        copies: genome copies that went into the PCR; None if not known.
        level: coverage of the limits.
    """  # fmt: skip
    judged, counted = rows.total, int(rows.counts[fits].sum())
    if not judged:
        return _unjudged(name, words, 0, level)
    observed = counted / judged
    number = effective(judged, copies)
    if control is None or not control[1]:
        lower, upper = score_limits(observed, number, _z(level))
        return Fraction(
            name=name, definition=words, counted=counted, judged=judged, unknown=0,
            observed=observed, value=observed, lower=lower, upper=upper, level=level,
            background=None, limits=None, corrected=False,
        )  # fmt: skip
    background = control[0] / control[1]
    value = (observed - background) / (1 - background)
    low, high = score_limits(background, float(control[1]), _z(level))
    doubt = (high - low) / (2 * _z(level))
    lower, upper = _limits(observed, value, 1 / (1 - background), doubt, number, level)
    likely = min(score_limits(background, float(control[1]), 1.645)[1], 0.999)
    return Fraction(
        name=name, definition=words, counted=counted, judged=judged, unknown=0,
        observed=observed, value=max(value, 0.0), lower=lower, upper=upper, level=level,
        background=background, limits=detection_limits(judged, likely, copies), corrected=True,
    )  # fmt: skip


def _unjudged(name: str, words: str, unknown: int, level: float) -> Fraction:
    return Fraction(
        name=name, definition=words, counted=0, judged=0, unknown=unknown, observed=None,
        value=None, lower=None, upper=None, level=level, background=None, limits=None,
        corrected=False,
    )  # fmt: skip


def _z(level: float) -> float:
    return float(ndtri(0.5 + level / 2))


def _limits(
    observed: float, value: float, stretch: float, doubt: float, number: float, level: float
) -> tuple[float, float]:
    z = _z(level)
    low, high = score_limits(observed, number, z)
    value = max(value, 0.0)  # fewer than the background reaches: no share lies below none
    lower = value - math.hypot((observed - low) * stretch, z * doubt)
    upper = value + math.hypot((high - observed) * stretch, z * doubt)
    return min(max(lower, 0.0), 1.0), min(max(upper, 0.0), 1.0)


def _doubt(event: Event, rows: Rows, misreading: Misreading, share: Floats, value: float) -> float:
    """Standard error of the value from that of the pooled errors, by differences."""
    total = 0.0
    for base, other in zip(*np.nonzero(misreading.variance), strict=True):
        step = math.sqrt(misreading.variance[base, other])
        change = np.zeros((4, 4))
        change[base, other], change[base, base] = step, -step
        moved = float(np.dot(share, event.weights(rows, misreading.inverse(change))))
        total += (moved - value) ** 2
    return math.sqrt(total)


def _chance_doubt(event: Event, rows: Rows, misreading: Misreading, background: float) -> float:
    total = 0.0
    for base, other in zip(*np.nonzero(misreading.variance), strict=True):
        step = math.sqrt(misreading.variance[base, other])
        change = np.zeros((4, 4))
        change[base, other], change[base, base] = step, -step
        total += (event.chance(rows, misreading.confusion + change) - background) ** 2
    return math.sqrt(total)
