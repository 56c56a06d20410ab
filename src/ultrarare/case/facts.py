"""Findings that stand in the case itself: what is declared, what is cited, how the lock stands."""

from __future__ import annotations

from collections.abc import Mapping

from ultrarare.case.case import Case, Statement
from ultrarare.case.finding import Citation, Direction, Finding, Input, Origin, Planned, Provenance
from ultrarare.case.folder import CASE, LOCK, PLAN, CaseFolder
from ultrarare.case.moment import Clock


def statement_findings(case: Case) -> tuple[Finding, ...]:
    """The case's cited and declared statements, as findings."""
    grades = {source.id: source.grade for source in case.sources}
    return tuple(_finding(statement, grades) for statement in case.statements)


def _finding(statement: Statement, grades: Mapping[str, str]) -> Finding:
    citations = tuple(
        Citation(
            source=cite.source, locator=cite.locator, grade=cite.grade or grades.get(cite.source)
        )
        for cite in statement.cites
    )
    caveats = statement.caveats
    if citations and all(citation.grade == "B" for citation in citations):
        caveats = ("Secondary source only (grade B); the primary text was not seen.", *caveats)
    return Finding(
        id=f"statement/{statement.id}",
        kind=statement.kind,
        origin=Origin(statement.origin),
        statement=statement.statement,
        direction=statement.direction,
        estimate=statement.estimate,
        n=statement.n,
        n_unit=statement.n_unit,
        caveats=caveats,
        attributes=statement.attributes,
        ladder=statement.ladder,
        tier=statement.tier,
        measure=statement.measure,
        provenance=Provenance(
            citations=citations, declared_by=statement.by, declared_on=statement.on
        ),
        details={
            "population": statement.population,
            "era": statement.era,
            "when": None if statement.when is None else str(statement.when),
        },
    )


def case_facts(folder: CaseFolder) -> tuple[Finding, ...]:
    """What the case and its plan say of themselves, for the predicates that ask."""
    case = folder.case
    by_case = Provenance(declared_by=CASE, declared_on="as read")
    return (
        Finding(
            id="case/modality",
            kind="case.modality",
            origin=Origin.DECLARED,
            statement=f"The therapy is declared as {case.product.modality}.",
            direction=Direction.SUPPORTS,
            attributes={"modality": str(case.product.modality)},
            provenance=by_case,
        ),
        Finding(
            id="case/course",
            kind="case.course",
            origin=Origin.DECLARED,
            statement=f"The untreated course is declared as {case.disease.course}: "
            f"{case.disease.course_reason}",
            direction=Direction.SUPPORTS,
            attributes={"course": str(case.disease.course)},
            provenance=by_case,
        ),
        _lock_finding(folder),
        *_endpoint_findings(folder),
        *_control_finding(folder),
        *_adult_finding(folder),
    )


_OWN = frozenset({"effect.own-control", "effect.episodes", "effect.single-case"})
_EXTERNAL = frozenset(
    {"effect.external-control", "effect.survival", "effect.recurrent", "effect.endpoints"}
)
_BAYESIAN = frozenset({"effect.borrowing"})


def _control_finding(folder: CaseFolder) -> tuple[Finding, ...]:
    """The control of the planned comparisons, as the analyses that the plan names have it."""
    named = {entry.analysis for entry in folder.plan.analyses}
    parts = [word for word, names in (("own", _OWN), ("external", _EXTERNAL)) if names & named]
    if not parts and not named & _BAYESIAN:
        return ()
    design = f"{' and '.join(parts)} control" if parts else "bayesian"
    words = design if parts else "a Bayesian design"
    used = ", ".join(sorted(named & (_OWN | _EXTERNAL | _BAYESIAN)))
    return (
        Finding(
            id="plan/control",
            kind="plan.control",
            origin=Origin.DECLARED,
            statement=f"The planned comparison has {words} ({used}).",
            direction=Direction.SUPPORTS,
            planned=folder.lock_state.planned,
            attributes={"design": design},
            provenance=Provenance(declared_by=PLAN, declared_on="as read"),
        ),
    )


_ADULT = 18 * 365.25


def _adult_finding(folder: CaseFolder) -> tuple[Finding, ...]:
    """Whether the patient was of age at the first dose; nothing where the age is not known."""
    dose, born = folder.first_dose, folder.case.patient.born
    if dose is None or (dose.clock is Clock.ISO_DATE and born is None):
        return ()
    first = float(dose.first)
    last = float(dose.first if dose.last is None else dose.last)
    if dose.clock is Clock.ISO_DATE and born is not None:
        first, last = (
            first - float(born.first if born.last is None else born.last),
            last - float(born.first),
        )
    adult = True if first >= _ADULT else False if last < _ADULT and not dose.is_vague else None
    if adult is None:
        return ()
    return (
        Finding(
            id="case/adult",
            kind="clinical.adult-patient",
            origin=Origin.COMPUTED,
            statement=f"The patient was {'of age' if adult else 'a child'} at the first dose "
            f"({dose}).",
            direction=Direction.SUPPORTS,
            attributes={"adult": adult},
            provenance=Provenance(analysis="case.age"),
        ),
    )


def _lock_finding(folder: CaseFolder) -> Finding:
    state, lock = folder.lock_state, folder.lock
    inputs: tuple[Input, ...] = ()
    if lock is not None:
        inputs = (Input(dataset=PLAN, path=PLAN, sha256=lock.plan_sha256),)
    return Finding(
        id="plan/lock",
        kind="plan.lock",
        origin=Origin.COMPUTED,
        statement=state.reason,
        direction=Direction.SUPPORTS
        if state.planned is Planned.LOCKED
        else Direction.CONTRADICTS
        if state.before_first_dose is False
        else Direction.INCONCLUSIVE,
        attributes={
            "before_first_dose": state.before_first_dose,
            "locked_by": None if lock is None else lock.locked_by,
            "locked_at": None if lock is None else lock.locked_at,
        },
        caveats=()
        if lock is None
        else (
            f"The time is what {LOCK} states; nothing outside the folder was asked to confirm it.",
        ),
        provenance=Provenance(analysis="plan.lock", inputs=inputs),
    )


def _endpoint_findings(folder: CaseFolder) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            id=f"plan/endpoint/{endpoint.id}",
            kind="plan.endpoint",
            origin=Origin.DECLARED,
            statement=f"The plan's endpoint {endpoint.measure} ({endpoint.unit}) is a "
            f"{endpoint.endpoint_class}, improves when {endpoint.improves}, "
            f"surrogate status: {endpoint.surrogate_status}.",
            direction=Direction.SUPPORTS,
            planned=folder.lock_state.planned,
            measure=endpoint.measure,
            attributes={
                "endpoint_class": endpoint.endpoint_class,
                "surrogate_status": endpoint.surrogate_status,
                "has_estimand": endpoint.estimand is not None,
                "has_margin": endpoint.relevant_difference is not None,
            },
            provenance=Provenance(declared_by=PLAN, declared_on="as read"),
        )
        for endpoint in folder.plan.endpoints
    )
