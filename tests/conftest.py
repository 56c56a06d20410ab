"""What every test shares: which programs are there, and that nothing goes beyond loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "tests", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))


R_PACKAGES = ("survival", "nlme", "lme4", "MASS", "msm")


@cache
def _has_chromium() -> bool:
    return shutil.which("chromium") is not None


@cache
def _has_r() -> bool:
    if shutil.which("Rscript") is None:
        return False
    asked = subprocess.run(
        ["Rscript", "-e", "; ".join(f"library({name})" for name in R_PACKAGES)],
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0


@cache
def _has_soffice() -> bool:
    return shutil.which("soffice") is not None


PROGRAMS = {
    "needs_soffice": (_has_soffice, "LibreOffice (Debian package libreoffice-writer-nogui)"),
    "needs_chromium": (_has_chromium, "Chromium (Debian package chromium)"),
    "needs_r": (
        _has_r,
        f"R with {', '.join(R_PACKAGES)} (Debian packages r-cran-…)",
    ),
}


def pytest_runtest_setup(item):
    """Name the program that a test would need; where skips are not allowed, fail instead."""
    for marker, (is_there, program) in PROGRAMS.items():
        if item.get_closest_marker(marker) is None or is_there():
            continue
        if os.environ.get("ULTRARARE_NO_SKIPS"):
            pytest.fail(f"could not run for want of {program}", pytrace=False)
        pytest.skip(f"could not run for want of {program}")
