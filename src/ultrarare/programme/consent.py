"""Whether the consent behind a record lets it serve another product.

Codes are those of the GA4GH Data Use Ontology (Lawson J et al., Cell Genomics 2021;1:100028). One
code permits, others restrict. A code that is not read here, and a restriction whose condition is
not known, do not allow the use: what nobody has settled is no permission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ultrarare.programme.record import ConsentScope, Use

NO_RESTRICTION, GENERAL, BIOMEDICAL, DISEASE = (
    "DUO:0000004",
    "DUO:0000042",
    "DUO:0000006",
    "DUO:0000007",
)
_PERMITS: Final = {NO_RESTRICTION, GENERAL, BIOMEDICAL, DISEASE}
_NOT_FOR_THIS: Final = {
    "DUO:0000011": "permits research on origins and ancestry only",
    "DUO:0000016": "permits genetic studies only",
    "DUO:0000012": "restricts the research in a way that is not coded",
    "DUO:0000022": "restricts the place, and it is not said which",
    "DUO:0000026": "names the users, and it is not said whom",
    "DUO:0000043": "permits clinical care, and that is no permission for research",
}
_NO_PROFIT: Final = {"DUO:0000018", "DUO:0000045", "DUO:0000046"}
_CONDITIONS: Final = {
    "DUO:0000015": "no research on methods as such",
    "DUO:0000019": "results are to be published",
    "DUO:0000020": "in collaboration with the holder",
    "DUO:0000021": "with approval of an ethics board",
    "DUO:0000024": "nothing is published before the moratorium ends",
    "DUO:0000029": "derived data go back to the resource",
    "DUO:0000044": "no research on origins and ancestry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedUse:
    """For what a record would be used.

    Attributes:
        programme: id.
        holder: who would use it.
        disease: of the new product; None where not known.
        commercial: None where not known.
        on: the day of use.
        uses: what kind of use, as consent forms exclude it in words.
    """

    programme: str
    holder: str
    disease: str | None
    commercial: bool | None
    on: date
    uses: frozenset[Use]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAnswer:
    """Whether the use is allowed; why not, each reason; on what conditions."""

    allowed: bool
    reasons: tuple[str, ...]
    conditions: tuple[str, ...]


def consent_allows(scope: ConsentScope | None, use: IntendedUse) -> ConsentAnswer:
    """Hold a consent against a use.

    Args:
        scope: None where no consent is on file, which allows nothing.
        use: what is intended.
    """
    if scope is None:
        return ConsentAnswer(
            allowed=False, reasons=("no consent of the people is on file",), conditions=()
        )
    reasons = (*_permission(scope, use), *_restrictions(scope, use), *_excluded(scope, use))
    told = tuple(_CONDITIONS[code] for code in scope.duo if code in _CONDITIONS)
    return ConsentAnswer(allowed=not reasons, reasons=reasons, conditions=told)


def _permission(scope: ConsentScope, use: IntendedUse) -> Iterable[str]:
    given = _PERMITS & set(scope.duo)
    if not given:
        yield "consent holds no code that permits research"
    elif DISEASE in given and use.disease not in scope.diseases:
        named = ", ".join(scope.diseases) or "a disease that is not named"
        wanted = use.disease or "a disease that is not known"
        yield f"consent is for research on {named}, and the use is for {wanted}"


def _restrictions(scope: ConsentScope, use: IntendedUse) -> Iterable[str]:
    for code in scope.duo:
        if code in _PERMITS or code in _CONDITIONS:
            continue
        if code in _NOT_FOR_THIS:
            yield f"consent ({code}) {_NOT_FOR_THIS[code]}"
        elif code in _NO_PROFIT:
            if use.commercial is not False:
                known = "is commercial" if use.commercial else "may be commercial"
                yield f"consent ({code}) permits no commercial use, and the use {known}"
        elif code in _DETAILED:
            if (why := _DETAILED[code](scope, use)) is not None:
                yield f"consent ({code}) {why}"
        else:
            yield f"consent holds a code that is not read here: {code}"


def _projects(scope: ConsentScope, use: IntendedUse) -> str | None:
    named = ", ".join(scope.projects) or "a project that is not named"
    return None if use.programme in scope.projects else f"is for {named} only"


def _institutions(scope: ConsentScope, use: IntendedUse) -> str | None:
    named = ", ".join(scope.institutions) or "an institution that is not named"
    return None if use.holder in scope.institutions else f"is for {named} only"


def _time(scope: ConsentScope, use: IntendedUse) -> str | None:
    if scope.until is None:
        return "ends at a day that is not named"
    return None if use.on <= scope.until else f"ended on {scope.until.isoformat()}"


_DETAILED: Final[Mapping[str, Callable[[ConsentScope, IntendedUse], str | None]]] = {
    "DUO:0000025": _time,
    "DUO:0000027": _projects,
    "DUO:0000028": _institutions,
}


def _excluded(scope: ConsentScope, use: IntendedUse) -> Iterable[str]:
    for excluded in scope.excludes:
        if excluded in use.uses or (excluded == "commercial" and use.commercial is not False):
            yield f"the consent form excludes this use: {excluded}"
