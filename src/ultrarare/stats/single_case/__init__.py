"""One patient's series of phases: overlap, ratio, level and slope, and the test of a drawn start.

The numbers exist for comparison with the single-case literature. None of them knows what an
untreated person would have done; that is the question of `ultrarare.stats.own_control`.
"""

from __future__ import annotations

from ultrarare.stats.single_case.series import SingleCase, phase_family, single_case

__all__ = ["SingleCase", "phase_family", "single_case"]
