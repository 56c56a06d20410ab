"""Running a case's analyses: cached by content, one failure hides no other."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version as distribution_version
from time import perf_counter
from typing import Any

from ultrarare import __version__, digest
from ultrarare.analysis.declaration import Analysis, Inputs
from ultrarare.app.cache import Cache, code_digest
from ultrarare.app.data_files import data_problems
from ultrarare.app.outcome import Outcome
from ultrarare.app.success import completeness_finding, success_findings
from ultrarare.app.task import Task, plan_tasks
from ultrarare.case.data_path import digest_of, is_there
from ultrarare.case.dataset import Dataset
from ultrarare.case.facts import case_facts, statement_findings
from ultrarare.case.finding import Citation, Direction, Finding, Input, Origin, Provenance
from ultrarare.case.folder import CaseFolder
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem

Progress = Callable[[str], None]


def silent(_text: str) -> None:
    """Progress that nobody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """Every finding of a case, and how each task ended."""

    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    problems: tuple[Problem, ...] = ()


def analyse(
    folder: CaseFolder, *, cache: Cache | None = None, progress: Progress = silent
) -> Analysed:
    """Run what the plan names and what runs by itself.

    Args:
        folder: the case, as `read_case` gives it.
        cache: where results are kept; None keeps nothing.
        progress: called with one line as each analysis begins.

    Raises:
        InputErrors: everything that is wrong with the plan's entries and the data files.
    """
    analysed = survey_analyses(folder, cache=cache, progress=progress)
    if analysed.problems:
        raise InputErrors(analysed.problems, where=str(folder.root))
    return analysed


def survey_analyses(
    folder: CaseFolder,
    *,
    cache: Cache | None = None,
    progress: Progress = silent,
    only: Callable[[Task], bool] | None = None,
) -> Analysed:
    """Run the analyses; input problems come back beside the findings instead of being raised.

    With `only`, tasks for which it is false do not run; what rests on them is then not computable.
    """
    store = cache or Cache(None)
    tasks, problems = plan_tasks(folder)
    tasks = tasks if only is None else tuple(task for task in tasks if only(task))
    cited = statement_findings(folder.case)
    digests = _file_digests(folder)
    outcomes = tuple(_run(folder, task, cited, digests, store, progress) for task in tasks)
    found = [finding for outcome in outcomes for finding in outcome.findings]
    findings = (
        *case_facts(folder),
        *found,
        *success_findings(folder, outcomes),
        *completeness_finding(folder, outcomes),
        *cited,
    )
    every = [
        *problems,
        *(problem for outcome in outcomes for problem in outcome.problems),
        *data_problems(folder),
    ]
    return Analysed(findings=findings, outcomes=outcomes, problems=tuple(dict.fromkeys(every)))


def _file_digests(folder: CaseFolder) -> dict[str, str]:
    paths = sorted({path for dataset in folder.case.datasets for path in dataset.paths.values()})
    present = [path for path in paths if is_there(folder.root / path)]
    with ThreadPoolExecutor(2) as pool:
        return dict(
            zip(present, pool.map(lambda p: digest_of(folder.root / p), present), strict=True)
        )


def _run(
    folder: CaseFolder,
    task: Task,
    cited: tuple[Finding, ...],
    digests: dict[str, str],
    cache: Cache,
    progress: Progress,
) -> Outcome:
    inputs = Inputs(
        root=folder.root,
        case=folder.case,
        datasets=task.played,
        timeline=folder.timeline,
        first_dose=folder.first_dose,
        endpoint=task.endpoint,
        parameters=task.parameters,
        absent=task.absent,
        endpoints=folder.plan.endpoints,
        seed=task.seed,
        cited=cited,
    )
    key = _key(task, inputs, digests)
    provenance = _provenance(task, digests, key)
    if task.missing:
        why = f"It needs {'; '.join(task.missing)}."
        return Outcome(task=task, digest=key, findings=_not_computable(task, why, why, provenance))
    if (kept := cache.get(key)) is not None:
        findings = tuple(Finding.model_validate(item) for item in json.loads(kept))
        return Outcome(task=task, digest=key, findings=findings, from_cache=True)
    progress(f"{task.id}: {task.analysis.summary}")
    began = perf_counter()
    outcome = _compute(task, inputs, provenance, key)
    if outcome.failure is None and not outcome.problems:
        body = json.dumps([finding.model_dump(mode="json") for finding in outcome.findings])
        cache.put(key, body.encode())
    return Outcome(
        task=task,
        digest=key,
        findings=outcome.findings,
        problems=outcome.problems,
        failure=outcome.failure,
        seconds=perf_counter() - began,
    )


def _compute(task: Task, inputs: Inputs, provenance: Provenance, key: str) -> Outcome:
    try:
        raw = tuple(task.analysis.compute(inputs))
        findings = tuple(_finish(task, finding, provenance, inputs.said) for finding in raw)
    except InputErrors as error:
        problems = tuple(_within(inputs, task, problem) for problem in error.problems)
        return Outcome(task=task, digest=key, findings=(), problems=problems)
    except InputError as error:
        problem = _within(inputs, task, Problem(error.where, error.problem, error.remedy))
        return Outcome(task=task, digest=key, findings=(), problems=(problem,))
    except NotComputable as error:
        findings = _not_computable(task, error.problem, error.remedy, provenance)
        return Outcome(task=task, digest=key, findings=findings)
    except Exception as error:  # noqa: BLE001 -- a third party's defect must not hide the other results
        last = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__} in {last.name}, line {last.lineno}: {error}"
        findings = _not_computable(
            task,
            "The analysis did not come to an end.",
            "Report the failure printed below.",
            provenance,
        )
        return Outcome(task=task, digest=key, findings=findings, failure=text)
    return Outcome(task=task, digest=key, findings=findings)


def _within(inputs: Inputs, task: Task, problem: Problem) -> Problem:
    """The problem with its place as seen from the case folder, or at least with the task's name."""
    where = problem.where.replace(f"{inputs.root}{os.sep}", "") or task.id
    return Problem(where, problem.problem, problem.remedy)


def _finish(task: Task, finding: Finding, provenance: Provenance, said: Sequence[str]) -> Finding:
    """Name, plan status, provenance, what its data have to say; no evidence from simulated data."""
    if finding.kind not in task.analysis.gives:
        raise ValueError(f"{task.analysis.name} gave {finding.kind!r}, which it does not declare")
    update: dict[str, Any] = {
        "id": f"{task.id}/{finding.id}",
        "planned": task.planned,
        "provenance": provenance,
    }
    if more := [text for text in (*task.caveats, *said) if text not in finding.caveats]:
        finding = finding.model_copy(update={"caveats": (*finding.caveats, *dict.fromkeys(more))})
    if task.doubt is not None:
        update["caveats"] = (task.doubt, *finding.caveats)
    if task.simulated:
        update["caveats"] = (
            f"Simulator check: {', '.join(task.simulated)} is simulated and no evidence of the "
            "case.",
            *update.get("caveats", finding.caveats),
        )
        if finding.direction in {Direction.SUPPORTS, Direction.CONTRADICTS}:
            update["direction"] = Direction.DESCRIBES
    return finding.model_copy(update=update)


def _not_computable(
    task: Task, problem: str, would_need: str, provenance: Provenance
) -> tuple[Finding, ...]:
    """One finding for each kind that the analysis would have given."""
    return tuple(
        Finding(
            id=f"{task.id}/{kind.partition('.')[2]}",
            kind=kind,
            origin=Origin.COMPUTED,
            statement=f"Not computable: {_lowered(problem)}".rstrip(".") + ".",
            direction=Direction.NOT_COMPUTABLE,
            planned=task.planned,
            measure=None if task.endpoint is None else task.endpoint.measure,
            would_need=would_need or None,
            provenance=provenance,
        )
        for kind in task.analysis.gives
    )


def _lowered(problem: str) -> str:
    """A sentence to stand after a colon: its first letter small, unless the word is a name."""
    word = problem.partition(" ")[0]
    named = any(c.isdigit() or c == "_" for c in word) or any(c.isupper() for c in word[1:])
    return problem if named else f"{problem[:1].lower()}{problem[1:]}"


def _key(task: Task, inputs: Inputs, digests: dict[str, str]) -> str:
    """Content digest of everything that can change the answer."""
    return digest.of_value(
        {
            "analysis": [task.id, task.analysis.name, task.analysis.version],
            "code": code_digest() if _is_ours(task.analysis) else _third_party(task.analysis),
            "case": inputs.case.model_dump(mode="json"),
            "timeline": [repr(event) for event in inputs.timeline],
            "datasets": {
                role: [[d.id, *(digests[p] for p in d.paths.values())] for d in items]
                for role, items in task.datasets.items()
            },
            "absent": task.absent,
            "endpoint": None if task.endpoint is None else task.endpoint.id,
            "endpoints": [endpoint.model_dump(mode="json") for endpoint in inputs.endpoints],
            "parameters": task.parameters.model_dump(mode="json"),
            "seed": task.seed,
            "planned": str(task.planned),
        }
    )


def _is_ours(analysis: Analysis) -> bool:
    return str(getattr(analysis.compute, "__module__", "")).startswith("ultrarare.")


def _third_party(analysis: Analysis) -> str:
    package = str(getattr(analysis.compute, "__module__", "")).partition(".")[0]
    try:
        return f"{package} {distribution_version(package)}"
    except ImportError:
        return package


def _provenance(task: Task, digests: dict[str, str], key: str) -> Provenance:
    datasets = tuple(_unique(d for items in task.datasets.values() for d in items))
    return Provenance(
        analysis=task.analysis.name,
        version=f"ultrarare {__version__}, {task.analysis.name} {task.analysis.version}",
        parameters=task.parameters.model_dump(mode="json"),
        inputs=tuple(
            Input(dataset=d.id, path=path, sha256=digests[path])
            for d in datasets
            for path in d.paths.values()
        ),
        seed=task.seed,
        digest=key,
        citations=tuple(
            Citation(source=source)
            for source in dict.fromkeys(s for d in datasets for s in d.sources)
        ),
    )


def _unique(datasets: Iterable[Dataset]) -> Iterable[Dataset]:
    return {dataset.id: dataset for dataset in datasets}.values()
