"""Small valid case folders for tests: a copy of an example, edited as data."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ultrarare.app.analyse import Analysed, survey_analyses
from ultrarare.app.cache import Cache
from ultrarare.app.examples import example_folder
from ultrarare.case.case import Case
from ultrarare.case.finding import Finding
from ultrarare.case.folder import CaseFolder, survey_case
from ultrarare.case.yaml_text import read_plain
from ultrarare.errors import Problem

EXAMPLES = ("kabe", "progressive", "episodic", "no-benefit")

Change = Callable[[Any], object]

_FOLDER = TemporaryDirectory(prefix="ultrarare-tests-")
_KEEP = Cache(Path(_FOLDER.name))


def copy_example(name: str, parent: Path) -> Path:
    """A writable copy of an example, without its README."""
    folder = parent / name
    shutil.copytree(example_folder(name), folder, ignore=shutil.ignore_patterns("README.md"))
    return folder


def edit_yaml(path: Path, change: Change) -> None:
    """Change a YAML file as data; comments are lost, and JSON, which is YAML, is written."""
    value = read_plain(path, path.name).value
    change(value)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


def edit_case(folder: Path, change: Change) -> None:
    """Change case.yaml as data."""
    edit_yaml(folder / "case.yaml", change)


def edit_plan(folder: Path, change: Change) -> None:
    """Change plan.yaml as data, and take its lock away, which would not match any more."""
    edit_yaml(folder / "plan.yaml", change)
    (folder / "plan.lock").unlink(missing_ok=True)


def replace_text(path: Path, old: str, new: str) -> None:
    """Change the one place of a text file that holds `old`."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def fill(folder: Path) -> None:
    """Fill in what `ultrarare new` left open in case.yaml; comments are lost."""

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        if value == "MONDO:0000001":  # the ontology's root, which is no disease
            return "MONDO:0008747"
        return re.sub("<[^<>]+>", "filled", value) if isinstance(value, str) else value

    edit_case(folder, lambda case: case.update(filled(case)))


def dataset(case: Mapping[str, Any], name: str) -> Any:
    """The entry of a dataset in case.yaml as data."""
    return next(item for item in case["datasets"] if item["id"] == name)


def survey(folder: Path) -> tuple[Analysed, tuple[Problem, ...]]:
    """Everything that was found in a folder, and every problem of documents and data.

    An analysis that came to no end is a defect, whatever the folder holds. What a change does not
    touch is taken from one cache; that nothing else is, tests/unit/app/test_cache.py shows.
    """
    read, problems = survey_case(folder)
    assert read is not None, problems
    analysed = survey_analyses(read, cache=_KEEP)
    _KEEP.keep()
    failures = [outcome.failure for outcome in analysed.outcomes if outcome.failure is not None]
    assert failures == []
    return analysed, (*problems, *analysed.problems)


def findings_of(folder: Path) -> dict[str, Finding]:
    """Findings by id of a folder that has no problems."""
    analysed, problems = survey(folder)
    assert not problems, problems
    return {finding.id: finding for finding in analysed.findings}


def shown(problems: tuple[Problem, ...]) -> str:
    """Problems as one text, to look for words in."""
    return "\n".join(str(problem) for problem in problems)


@cache
def example(name: str) -> CaseFolder:
    """An example as it ships, read once."""
    folder, problems = survey_case(example_folder(name))
    assert folder is not None
    assert not problems
    return folder


@cache
def example_analysed(name: str) -> Analysed:
    """An example as it ships, analysed once in a session."""
    return survey_analyses(example(name))


def example_findings(name: str) -> dict[str, Finding]:
    """Findings of an example by id."""
    return {finding.id: finding for finding in example_analysed(name).findings}


def small_case(**changes: Any) -> Case:
    """The least that a case can be, with fields replaced."""
    value: dict[str, Any] = {
        "schema": "ultrarare/case/1",
        "id": "small",
        "title": "a small case",
        "data": "made",
        "clock": "day of life",
        "phase": "discovery",
        "patient": {"pseudonym": "made patient"},
        "disease": {
            "name": "made disease",
            "id": "MADE:1",
            "gene": "MADE1",
            "course": "progressive",
            "course_reason": "made",
        },
        "variants": [{"id": "targeted", "role": "targeted", "hgvs": "NM_1.1:c.1A>G"}],
        "product": {"name": "made", "modality": "other"},
    }
    return Case.model_validate({**value, **changes})
