"""How small a share can be told from the background: limits of blank, detection, quantification."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc, gammaln

from ultrarare.errors import InputError

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

_STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionLimits:
    """Limits as shares of molecules above the background, at one depth.

    Attributes:
        blank: largest count that the background alone reaches with 95 % chance, as a share of
            the reads (it is the share seen, background included).
        blank_count: that count.
        detection: smallest true share of which a sample exceeds the blank with 95 % chance.
        quantification: smallest true share whose standard error is a fifth of it; None if no
            share reaches that.
        input_floor: smallest share of which the input holds a copy at all with 95 % chance; None
            if the input is not known.
    """

    blank: float
    blank_count: int
    detection: float
    quantification: float | None
    input_floor: float | None


def detection_limits(
    reads: int, background: float, copies: int | None = None, *, chance: float = 0.95
) -> DetectionLimits:
    """Limits of one sample.

    Args:
        reads: reads judged, at least 1.
        background: chance that a read of an unedited molecule counts, in [0, 1).
        copies: genome copies that went into the PCR, at least 1; None if not known.
        chance: of staying below the blank, and of exceeding it at the limit of detection.

    Raises:
        InputError: an argument is out of range.

    Notes:
        Binomial reads; with `copies` the share among them is binomial first, so that the limit of
        detection is never below 1 − (1 − chance)^(1/copies), about 3/copies. Replicates that
        scatter more than binomially are not in it. After CLSI EP17 in its terms. Checked in
        tests/unit/stats/test_detection.py by enumeration.
    """
    if reads < 1 or not 0 <= background < 1 or (copies is not None and copies < 1):
        raise InputError(
            f"{reads} reads, background {background}, {copies} copies; allowed are reads and "
            "copies from 1 and a background in [0, 1)",
            where="detection_limits",
        )
    blank = _blank(reads, background, chance)

    def exceeds(share: float) -> float:
        return _chance_above(blank, reads, background, share, copies)

    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if exceeds(middle) >= chance else (middle, high)
    floor = None if copies is None else -math.expm1(math.log(1 - chance) / copies)
    return DetectionLimits(
        blank=blank / reads,
        blank_count=blank,
        detection=high if floor is None else max(high, floor),
        quantification=_quantification(reads, background, copies),
        input_floor=floor,
    )


def _blank(reads: int, background: float, chance: float) -> int:
    """Smallest count that the background stays at or below with this chance."""
    low, high = -1, reads
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if _above(middle, reads, background) <= 1 - chance else (middle, high)
        )
    return high


def _above(count: int, reads: int, share: float | Floats) -> Floats:
    """Chance of more than `count` of `reads`."""
    found: Floats = np.where(count >= reads, 0.0, bdtrc(min(count, reads - 1), reads, share))
    return found


def _chances(edited: Counts, copies: int, share: float) -> Floats:
    """Binomial chances, by logarithms."""
    if share <= 0 or share >= 1:
        certain: Floats = (edited == (copies if share >= 1 else 0)).astype(np.float64)
        return certain
    ways = gammaln(copies + 1) - gammaln(edited + 1) - gammaln(copies - edited + 1)
    chances: Floats = np.exp(
        ways + edited * math.log(share) + (copies - edited) * math.log1p(-share)
    )
    return chances


def _chance_above(
    blank: int, reads: int, background: float, share: float, copies: int | None
) -> float:
    if copies is None:
        return float(_above(blank, reads, background + share * (1 - background)))
    middle, spread = copies * share, math.sqrt(copies * share * (1 - share))
    low = max(0, math.floor(middle - 9 * spread - 5))
    high = min(copies, math.ceil(middle + 9 * spread + 5))
    edited = np.unique(np.linspace(low, high, min(high - low + 1, 2000)).astype(np.int64))
    weight = _chances(edited, copies, share)
    there = edited / copies
    above = _above(blank, reads, background + there * (1 - background))
    return float((weight * above).sum() / weight.sum()) if weight.sum() > 0 else 1.0


def _quantification(reads: int, background: float, copies: int | None) -> float | None:
    def relative(share: float) -> float:
        seen = background + share * (1 - background)
        variance = seen * (1 - seen) / reads
        if copies is not None:
            variance += share * (1 - share) / copies
        return math.sqrt(variance) / share

    if relative(1.0 - 1e-9) > 0.2:
        return None
    low, high = 1e-12, 1.0
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if relative(middle) <= 0.2 else (middle, high)
    return high
