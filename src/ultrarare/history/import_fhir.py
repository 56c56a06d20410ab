"""FHIR R4B bundles of patients, read as one cohort."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ultrarare.case.amount import Amount
from ultrarare.case.data_path import MAX_FILES, files_of
from ultrarare.case.magnitude import bounded
from ultrarare.errors import InputErrors, NotFound, Problem
from ultrarare.history.ages import MONTH, YEAR, AgeRange, age_between, day_range
from ultrarare.history.harmonise import Draft, Entry, joined
from ultrarare.history.records import Cohort
from ultrarare.history.terms import Terms

MAX_BYTES: Final = 512 << 20
_VOID: Final = frozenset({"entered-in-error", "cancelled", "refuted"})
_UCUM: Final = "http://unitsofmeasure.org"
_DAYS: Final = {"a": YEAR, "mo": MONTH, "wk": 7.0, "d": 1.0, "h": 1 / 24, "min": 1 / 1440}


def read_fhir(
    path: Path,
    *,
    name: str,
    time_unit: str = "a",
    entry: Entry = "first record",
    names: Mapping[str, str] = MappingProxyType({}),
    disease: str | None = None,
) -> Cohort:
    """Read Patient, Condition, Observation and Encounter of one bundle, or of a folder of them.

    Args:
        path: the bundle, JSON, or a folder; records may stand in another file than their patient.
        name: how problems name it.
        time_unit: UCUM code of the cohort's times.
        entry: when observation is taken to begin: at the first record with an age, or at birth.
        names: codes (`code` or `system|code`) and labels in small letters, and their names.
        disease: code or label of the condition whose onset is the person's; None leaves it open.

    Returns:
        Patients as people (`deceasedDateTime` ends observation with the event; `deceasedBoolean`
        without a date is a death at an unknown age; nothing said is not alive), observations with
        a quantity as visits, conditions with an onset as events. `notes` say what was left out.

    Raises:
        InputErrors: the file is no bundle of R4B or broken off, a date that cannot be, a record of
            a patient that is not in it, units of one measure that do not convert.
        NotFound: the extra that reads FHIR is not installed.
    """
    said: Counter[str] = Counter()
    problems: list[Problem] = []
    reader = _Reader(Terms(names, disease), said, problems)
    resources = [
        (item.get("fullUrl"), item["resource"], f"{place} entry[{i}]")
        for place, bundle in _bundles(path, name, problems)
        for i, item in enumerate(bundle.get("entry", ()))
        if "resource" in item
    ]
    if problems:  # a patient of a broken file would be missed by the records of the others
        raise InputErrors(problems, where=name)
    for url, resource, where in resources:
        if resource["resourceType"] == "Patient":
            reader.patient(resource, url, where)
    for _, resource, where in resources:
        reader.record(resource, where)
    drafts = list(reader.drafts.values())
    if not drafts and not problems:
        problems.append(Problem(name, "holds no Patient with an id and a birthDate"))
    if disease is not None and not problems and not any(draft.onset for draft in drafts):
        text = f"holds no condition {disease!r} with an onset"
        problems.append(Problem(name, text, "correct the code, or leave it out"))
    return joined(
        drafts, problems, source="FHIR", time_unit=time_unit, entry=entry, said=said, name=name
    )


def _bundles(
    path: Path, name: str, problems: list[Problem]
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Every bundle with its place; what is wrong with any file goes to `problems`."""
    files = files_of(path)
    if not files:
        problems.append(Problem(name, "holds no .json file"))
    if len(files) > MAX_FILES:
        problems.append(Problem(name, f"holds more than {MAX_FILES} files, the most allowed"))
        return
    for item in files:
        place = name if item == path else f"{name}/{item.relative_to(path).as_posix()}"
        try:
            yield place, _bundle(item, place)
        except InputErrors as error:
            problems += error.problems


def _bundle(path: Path, name: str) -> Mapping[str, Any]:
    try:
        from fhir.resources.R4B.bundle import Bundle
        from pydantic import ValidationError
    except ImportError:
        raise NotFound(
            "reading FHIR needs the extra `fhir`",
            where=name,
            remedy="pip install 'ultrarare[fhir]'",
        ) from None
    if path.stat().st_size > MAX_BYTES:
        raise InputErrors([Problem(name, f"is larger than {MAX_BYTES} bytes")], where=name)
    try:
        raw = path.read_bytes()
        Bundle.model_validate_json(raw)
    except ValidationError as error:
        found = [
            Problem(
                " ".join([name, *([".".join(map(str, e["loc"]))] if e["loc"] else [])]),
                f"is no FHIR R4B bundle: {e['msg']}",
                "export it again, as a Bundle of version R4B in JSON",
            )
            for e in error.errors()[:50]
        ]
        raise InputErrors(found, where=name) from None
    plain: Mapping[str, Any] = json.loads(raw)
    return plain


class _Reader:
    """Collects what each resource says into one draft a patient."""

    def __init__(self, terms: Terms, said: Counter[str], problems: list[Problem]) -> None:
        self.terms, self.said, self.problems = terms, said, problems
        self.drafts: dict[str, Draft] = {}
        self._born: dict[str, tuple[float, float]] = {}
        self._known: dict[str, str | None] = {}  # reference to person; None: left out

    def patient(self, resource: Mapping[str, Any], url: str | None, where: str) -> None:
        person = resource.get("id") or url
        if person is None:
            self.problems.append(Problem(where, "is a Patient without an id"))
            return
        born = resource.get("birthDate")
        keep = person if born else None
        for reference in (f"Patient/{person}", url):
            if reference is not None:
                self._known[reference] = keep
        if not born:
            self.said["{n} patients have no date of birth, and are left out."] += 1
            return
        if person in self.drafts:
            before = self.drafts[person].where
            text = f"person {person!r} stands in another record too: {before}"
            self.problems.append(Problem(where, text, "keep one of them"))
            return
        self._born[person] = day_range(born)
        gender = resource.get("gender")
        draft = Draft(
            person=person, where=where, sex=None if gender == "unknown" else gender, born=str(born)
        )
        self.drafts[person] = draft
        if not isinstance(said := resource.get("deceasedBoolean"), bool | None):
            self.problems.append(
                Problem(f"{where} deceasedBoolean", f"found {said!r}; allowed is true or false")
            )
            return
        draft.alive = resource.get("deceasedBoolean") is False
        draft.dead = bool(resource.get("deceasedBoolean") or resource.get("deceasedDateTime"))
        draft.died = self._date(draft, resource.get("deceasedDateTime"), f"{where} deceased")

    def record(self, resource: Mapping[str, Any], where: str) -> None:
        kind = resource["resourceType"]
        if kind == "Patient":
            return
        if kind not in ("Condition", "Observation", "Encounter"):
            self.said[f"{{n}} resources of type {kind} are not read."] += 1
            return
        if resource.get("status") in _VOID or _void(resource.get("verificationStatus")):
            self.said["{n} records are void (entered in error, cancelled, refuted)."] += 1
            return
        reference = resource.get("subject", {}).get("reference")
        if reference not in self._known:
            self.problems.append(
                Problem(where, f"belongs to {reference!r}, a patient who is not in the bundle")
            )
            return
        person = self._known[reference]
        if person is None:
            return
        draft = self.drafts[person]
        {"Condition": self._condition, "Observation": self._observation}.get(kind, self._encounter)(
            draft, resource, where
        )

    def _encounter(self, draft: Draft, resource: Mapping[str, Any], where: str) -> None:
        period = resource.get("period") or {}
        for side in ("start", "end"):
            if (age := self._date(draft, period.get(side), f"{where} period.{side}")) is not None:
                draft.seen.append(age)

    def _condition(self, draft: Draft, resource: Mapping[str, Any], where: str) -> None:
        onset = self._when(draft, resource, "onset", where)
        if onset is None:
            self.said["{n} conditions have no onset, and count as no event."] += 1
            return
        stop = self._when(draft, resource, "abatement", where)
        terms = _terms(resource.get("code"))
        if self.terms.disease is not None and self.terms.is_disease(terms):
            known = [age for age in (draft.onset, onset) if age is not None]
            draft.onset = min(known, key=lambda age: age.middle)
        label = self.terms.name_of(terms) or _label(resource.get("code")) or "unnamed condition"
        draft.events.append((label, onset, _label(resource.get("severity")), stop))

    def _observation(self, draft: Draft, resource: Mapping[str, Any], where: str) -> None:
        when = self._when(draft, resource, "effective", where)
        if when is None:
            self.said["{n} measurements have no age, and are left out."] += 1
            return
        for part in (resource, *resource.get("component", ())):
            quantity = part.get("valueQuantity")
            if quantity is None or quantity.get("value") is None:
                if part is not resource or not resource.get("component"):
                    self.said["{n} measurements are no single quantity, and are left out."] += 1
                continue
            try:
                bounded(float(quantity["value"]), str(quantity["value"]))
            except ValueError as error:
                self.problems.append(Problem(f"{where} valueQuantity", str(error)))
                continue
            code = part.get("code")
            label = self.terms.name_of(_terms(code)) or _label(code) or "unnamed observation"
            draft.visits.append((label, when, _quantity(quantity), _unit(quantity)))

    def _when(
        self, draft: Draft, resource: Mapping[str, Any], field: str, where: str
    ) -> AgeRange | None:
        """`field[x]` as an age: a date, an instant, a period, an age, or a range of ages."""
        place = f"{where} {field}"
        if (age := resource.get(f"{field}Age")) is not None:
            days = _age_days(age)
            return None if days is None else AgeRange(days, days)
        if (ages := resource.get(f"{field}Range")) is not None:
            low, high = (_age_days(ages.get(side) or {}) for side in ("low", "high"))
            return None if low is None else AgeRange(low, high)
        if (period := resource.get(f"{field}Period")) is not None:
            first = self._date(draft, period.get("start"), place)
            last = self._date(draft, period.get("end"), place)
            if first is None or last is None or field != "effective":
                return first or last
            return AgeRange(first.low, last.high)
        stamp = resource.get(f"{field}DateTime") or resource.get(f"{field}Instant")
        return self._date(draft, stamp, place)

    def _date(self, draft: Draft, text: str | None, where: str) -> AgeRange | None:
        if text is None:
            return None
        try:
            return age_between(self._born[draft.person], day_range(text))
        except ValueError as error:
            self.problems.append(Problem(where, str(error)))
            return None


def _void(concept: Mapping[str, Any] | None) -> bool:
    return any(c in _VOID for c in _codes(concept))


def _codes(concept: Mapping[str, Any] | None) -> Iterable[str]:
    return (str(coding.get("code")) for coding in (concept or {}).get("coding", ()))


def _terms(concept: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Every code, code with system, display and text of a concept."""
    found = [(concept or {}).get("text")]
    for coding in (concept or {}).get("coding", ()):
        code, system = coding.get("code"), coding.get("system")
        found += [code, f"{system}|{code}" if system and code else None, coding.get("display")]
    return tuple(str(term) for term in found if term)


def _label(concept: Mapping[str, Any] | None) -> str | None:
    if not concept:
        return None
    shown = (c.get("display") or c.get("code") for c in concept.get("coding", ()))
    return concept.get("text") or next((text for text in shown if text), None)


def _quantity(quantity: Mapping[str, Any]) -> Amount:
    value, sign = float(quantity["value"]), quantity.get("comparator", "")
    if sign.startswith("<"):
        return Amount(None, value, f"<{value:g}")
    if sign.startswith(">"):
        return Amount(value, None, f">{value:g}")
    return Amount(value, value, f"{value:g}")


def _unit(quantity: Mapping[str, Any]) -> str | None:
    """The UCUM code; a unit that is only a word counts for none."""
    return quantity.get("code") if quantity.get("system") == _UCUM else None


def _age_days(age: Mapping[str, Any]) -> float | None:
    scale = _DAYS.get(str(age.get("code")))
    return None if scale is None or age.get("value") is None else float(age["value"]) * scale
