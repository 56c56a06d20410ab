"""From findings to verdicts: every guidance asked for, its gaps, and the digest of what went in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ultrarare import __version__, digest
from ultrarare.app.analyse import Analysed, Progress, analyse, silent, survey_analyses
from ultrarare.app.cache import Cache
from ultrarare.case.data_path import digest_of, is_there
from ultrarare.case.folder import CASE, JUDGEMENTS, LOCK, PLAN, CaseFolder, survey_case
from ultrarare.case.judgement import Advice, Judgement
from ultrarare.errors import InputErrors, Problem
from ultrarare.guidance.assessment import Assessment, CaseHead, Failure
from ultrarare.guidance.engine import assess_pack, gaps
from ultrarare.guidance.pack import Pack, find_pack
from ultrarare.guidance.route import route_book
from ultrarare.guidance.routing import answer_routes, endpoint_statuses
from ultrarare.guidance.turning import turning

DEFAULT_GUIDANCE = ("fda-pmf-draft-2026-02", "nejm-pmp-2025-11")

NOTICE = (
    "This dossier says what the evidence of the case supports. It is no advice of an agency and "
    "does not say that a product is or will be approved. Guidance is paraphrased; the tag after "
    "each sentence says how well its wording is known."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """An assessment and what it was made from."""

    folder: CaseFolder
    analysed: Analysed
    assessment: Assessment
    packs: tuple[Pack, ...]


def assess(
    folder: CaseFolder,
    analysed: Analysed | None = None,
    *,
    guidance: Sequence[str] = DEFAULT_GUIDANCE,
) -> Assessed:
    """Judge a case by the guidance asked for; `.assessment` holds the verdicts.

    Args:
        folder: the case, as `read_case` gives it.
        analysed: its findings, as `analyse` gives them; computed here where not given.
        guidance: ids of packs, or paths of pack files.

    Raises:
        InputErrors: a data file, the plan, a judgement or a pack is wrong.
        NotFound: no such pack.
    """
    packs = tuple(find_pack(name) for name in dict.fromkeys(guidance))
    if problems := unknown_judgements(folder, packs):
        raise InputErrors(problems, where=str(folder.root))
    found = analysed or analyse(folder)
    return Assessed(
        folder=folder, analysed=found, assessment=_assess(folder, found, packs), packs=packs
    )


def assess_case(
    path: Path | str,
    *,
    guidance: Sequence[str] = DEFAULT_GUIDANCE,
    cache: Cache | None = None,
    progress: Progress = silent,
) -> Assessed:
    """Read, analyse and judge a case folder, with every problem of all three in one error.

    Raises:
        NotFound: no case folder, or no such pack.
        InputErrors: everything that is wrong with documents, data, plan and packs.
    """
    packs, problems = _read_packs(guidance)
    folder, more = survey_case(path)
    problems += more
    if folder is None:
        raise InputErrors(problems, where=str(path))
    analysed = survey_analyses(folder, cache=cache, progress=progress)
    problems += [item for item in analysed.problems if item not in problems]
    problems += unknown_judgements(folder, packs)
    if problems:
        raise InputErrors(problems, where=str(path))
    progress("assessing")
    assessment = _assess(folder, analysed, packs)
    return Assessed(folder=folder, analysed=analysed, assessment=assessment, packs=packs)


def _read_packs(guidance: Sequence[str]) -> tuple[tuple[Pack, ...], list[Problem]]:
    packs: list[Pack] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(guidance):
        try:
            packs.append(find_pack(name))
        except InputErrors as error:
            problems += error.problems
    return tuple(packs), problems


def unknown_judgements(folder: CaseFolder, packs: Sequence[Pack]) -> list[Problem]:
    """A decision on a row that the assessed pack does not have would be lost; it is an error."""
    rows = {pack.id: {row.id for row in pack.requirements} for pack in packs}
    entries: list[tuple[str, Judgement | Advice]] = [
        *((f"judgements[{index}]", item) for index, item in enumerate(folder.judgements)),
        *((f"advice[{index}]", item) for index, item in enumerate(folder.record.advice)),
    ]
    return [
        Problem(
            f"{JUDGEMENTS} {place}",
            f"names requirement {item.requirement!r}, which {item.guidance} does not have",
            f"its rows are: {', '.join(sorted(rows[item.guidance]))}",
        )
        for place, item in entries
        if item.guidance in rows and item.requirement not in rows[item.guidance]
    ]


def _assess(folder: CaseFolder, analysed: Analysed, packs: Sequence[Pack]) -> Assessment:
    verdicts = tuple(
        assess_pack(
            pack,
            analysed.findings,
            phase=folder.case.phase,
            modality=folder.case.product.modality,
            record=folder.record,
        )
        for pack in packs
    )
    return Assessment(
        software=f"ultrarare {__version__}",
        notice=NOTICE,
        case=_head(folder),
        findings=analysed.findings,
        guidance=verdicts,
        gaps=gaps(verdicts),
        turning=turning(verdicts),
        routes=answer_routes(
            route_book().routes, analysed.findings, modality=folder.case.product.modality
        ),
        endpoints=endpoint_statuses(analysed.findings),
        failures=tuple(
            Failure(analysis=outcome.task.id, problem=outcome.failure)
            for outcome in analysed.outcomes
            if outcome.failure is not None
        ),
    )


def _head(folder: CaseFolder) -> CaseHead:
    case = folder.case
    targeted = next((v for v in case.variants if v.role == "targeted"), case.variants[0])
    return CaseHead(
        id=case.id,
        title=case.title,
        data=case.data,
        pseudonym=case.patient.pseudonym,
        gene=case.disease.gene,
        variant=targeted.hgvs,
        product=case.product.name,
        disease=case.disease.name,
        course=str(case.disease.course),
        phase=str(case.phase),
        clock=str(case.clock),
        digest=case_digest(folder),
        plan=folder.lock_state.reason,
        absent=tuple(path for _, path in folder.absent),
    )


def case_digest(folder: CaseFolder) -> str:
    """One digest over every file of the case that was read."""
    data = {path for dataset in folder.case.datasets for path in dataset.paths.values()}
    letters = {entry.file for entry in folder.record.advice if entry.file is not None}
    files = sorted({CASE, PLAN, LOCK, JUDGEMENTS, *data, *letters})
    present = [name for name in files if is_there(folder.root / name)]
    return digest.of_value({name: digest_of(folder.root / name) for name in present})
