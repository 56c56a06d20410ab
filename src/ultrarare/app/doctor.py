"""What is installed, whether it can be used, and what it is for."""

from __future__ import annotations

import platform
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ultrarare import __version__
from ultrarare.analysis.registry import analyses
from ultrarare.errors import UltrarareError
from ultrarare.guidance.pack import packs

NEEDED = {
    "pydantic": "reading and checking case folders",
    "numpy": "statistics",
    "scipy": "statistics",
    "dnaio": "sequencing reads",
    "edlib": "alignment",
    "ferro-hgvs": "variant names",
    "ga4gh.vrs": "variant ids",
    "ucumvert": "units",
    "vl-convert-python": "figures",
    "typst": "the PDF",
}
OPTIONAL = {"phenopackets": "importing a phenopacket with `ultrarare new`"}
PROGRAMS = {
    "chromium": "the test that opens a dossier as a person would",
    "Rscript": "the tests that compare with R's survival package",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that may be installed."""

    name: str
    found: str | None
    needed: bool
    used_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `doctor` found."""

    python: str
    parts: tuple[Part, ...]
    analyses: tuple[str, ...]
    packs: tuple[str, ...]
    problem: str | None

    @property
    def is_fit(self) -> bool:
        """Whether everything that `assess` needs is there."""
        return self.problem is None and all(p.found is not None for p in self.parts if p.needed)

    def summary(self) -> str:
        """Text for a terminal."""
        lines = [f"ultrarare {__version__}, Python {self.python}"]
        for part in self.parts:
            state = part.found or ("MISSING" if part.needed else "not installed")
            lines.append(f"  {part.name:<18} {state:<14} {part.used_for}")
        lines.append(f"analyses: {', '.join(self.analyses) or 'none'}")
        lines.append(f"guidance packs: {', '.join(self.packs) or 'none'}")
        if self.problem is not None:
            lines.append(f"problem: {self.problem}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"ultrarare": __version__, "is_fit": self.is_fit, **asdict(self)}


def examine() -> Report:
    """Look at what is installed."""
    parts = [
        Part(name=name, found=_version(name), needed=True, used_for=use)
        for name, use in NEEDED.items()
    ]
    parts += [
        Part(name=name, found=_version(name), needed=False, used_for=use)
        for name, use in OPTIONAL.items()
    ]
    parts += [
        Part(name=name, found=_program(name), needed=False, used_for=use)
        for name, use in PROGRAMS.items()
    ]
    found_analyses: tuple[str, ...] = ()
    found_packs: tuple[str, ...] = ()
    problem = None
    try:
        found_analyses, found_packs = tuple(analyses()), tuple(packs())
    except (UltrarareError, ImportError) as error:
        problem = str(error)
    return Report(
        python=platform.python_version(),
        parts=tuple(parts),
        analyses=found_analyses,
        packs=found_packs,
        problem=problem,
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _program(name: str) -> str | None:
    return "found" if shutil.which(name) else None
