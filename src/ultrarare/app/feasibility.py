"""One feasibility file in; people, power and a page out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare import draw
from ultrarare.case.feasibility import Feasibility
from ultrarare.case.yaml_model import read_model
from ultrarare.dossier.comparisons import power_figure
from ultrarare.dossier.page import environment, style
from ultrarare.dossier.write import write
from ultrarare.effect.feasibility import (
    SEED,
    FeasibilityResult,
    effect_words,
    feasibility,
    sentence_of,
)
from ultrarare.errors import InputErrors, NotFound, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class FeasibilityReport:
    """The answer, and where the page is."""

    spec: Feasibility
    result: FeasibilityResult
    seed: int
    page: Path | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "title": self.spec.title,
            "data": self.spec.data,
            "statement": sentence_of(self.spec, self.result),
            "seed": self.seed,
            **self.result.to_json(),
        }

    def summary(self) -> str:
        """Text for a terminal."""
        lines = [sentence_of(self.spec, self.result)]
        for one in self.result.needed:
            size = "more than 400" if one.people is None else str(one.people)
            chance = "" if one.chance is None else f", chance to recruit them {_chance(one.chance)}"
            lines.append(f"  {100 * one.target:g}% power: {size} people{chance}")
        lines += [f"  {text}" for text in self.result.caveats]
        if self.page is not None:
            lines.append(f"page: {self.page}")
        return "\n".join(lines)


def read_feasibility(path: Path) -> Feasibility:
    """A feasibility file.

    Raises:
        NotFound: no file is there.
        InputErrors: fields that are wrong, each with its line.
    """
    if not path.is_file():
        raise NotFound("no file is there", where=str(path))
    spec = read_model(path, Feasibility, name=path.name, whole="a feasibility file")
    problems = [
        Problem(f"{path.name} {'.'.join(map(str, place))}", text) for place, text in spec.dangling()
    ]
    if problems:
        raise InputErrors(problems, where=path.name)
    return spec


def feasibility_of(path: Path, *, out: Path | None = None, seed: int = SEED) -> FeasibilityReport:
    """Read, compute, and write a page if asked.

    Args:
        path: feasibility file.
        out: folder that receives `feasibility.html` and `feasibility.json`.
        seed: of the draws.

    Raises:
        NotFound: no file is there.
        InputErrors: what is wrong with it; nothing is written then.
    """
    spec = read_feasibility(path)
    result = feasibility(spec, seed=seed)
    page = None if out is None else out / "feasibility.html"
    report = FeasibilityReport(spec=spec, result=result, seed=seed, page=page)
    if out is not None:
        html = (
            environment()
            .get_template("feasibility.html.j2")
            .render(
                style=style(),
                s=spec,
                r=result,
                sentence=sentence_of(spec, result),
                chance=_chance,
                figure=power_figure(result.to_json(), effect_words(spec), renderer=draw.render),
            )
        )
        text = json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"
        write(out, {"feasibility.html": html.encode(), "feasibility.json": text.encode()})
    return report


def _chance(value: float) -> str:
    """In per cent; no draw among 20,000 is no chance of zero."""
    return "below 0.01%" if value < 1e-4 else f"{100 * value:.2g}%"
