"""A folder of GA4GH Phenopackets v2, one a person, read as a cohort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ultrarare.case.amount import Amount
from ultrarare.case.data_path import MAX_FILES, files_of
from ultrarare.case.magnitude import bounded
from ultrarare.errors import InputErrors, NotFound, Problem
from ultrarare.history.ages import (
    AgeRange,
    age_between,
    day_range,
    duration_days,
    onset_class,
)
from ultrarare.history.harmonise import Draft, Entry, joined
from ultrarare.history.records import Cohort
from ultrarare.history.terms import Terms

MAX_BYTES: Final = 16 << 20


def read_phenopackets(
    folder: Path,
    *,
    name: str,
    time_unit: str = "a",
    entry: Entry = "birth",
    names: Mapping[str, str] = MappingProxyType({}),
    disease: str | None = None,
) -> Cohort:
    """Read every `.json` file below a folder as a phenopacket of one person.

    Args:
        folder: the folder.
        name: how problems name it.
        time_unit: UCUM code of the cohort's times.
        entry: a phenopacket does not say when observation began: at birth, or at the first record
            with an age.
        names: codes and labels in small letters, and the names that they are given.
        disease: code or label of the disease whose onset is the person's; None for the first onset
            of any.

    Returns:
        People with vital status, measurements as visits, phenotypic features with an age at onset
        as events. What was left out or assumed stands in `notes`.

    Raises:
        InputErrors: no file, one that is no Phenopacket v2 or broken off, a person twice, units
            of one measure that do not convert, an age that cannot be.
        NotFound: the extra that reads phenopackets is not installed.
    """
    files = files_of(folder)
    if not files:
        raise InputErrors([Problem(name, "holds no .json file")], where=name)
    if len(files) > MAX_FILES:
        problem = Problem(name, f"holds {len(files)} files; allowed are {MAX_FILES}")
        raise InputErrors([problem], where=name)
    problems: list[Problem] = []
    said: Counter[str] = Counter()
    drafts = []
    for path in files:
        where = f"{name}/{path.relative_to(folder).as_posix()}"
        packet = _packet(path, where, problems)
        if packet is not None:
            drafts.append(_draft(packet, where, problems, said, Terms(names, disease)))
    if disease is not None and not problems and not any(draft.onset for draft in drafts):
        text = f"holds no disease {disease!r} with an onset"
        problems.append(Problem(name, text, "correct the code, or leave it out"))
    return joined(
        drafts, problems, source="phenopackets", time_unit=time_unit, entry=entry, said=said,
        name=name,
    )  # fmt: skip


def _packet(path: Path, where: str, problems: list[Problem]) -> Mapping[str, Any] | None:
    try:
        from google.protobuf.json_format import MessageToDict, Parse, ParseError
        from phenopackets import Phenopacket
    except ImportError:
        raise NotFound(
            "reading phenopackets needs the extra `phenopackets`",
            where=where,
            remedy="pip install 'ultrarare[phenopackets]'",
        ) from None
    if path.stat().st_size > MAX_BYTES:
        problems.append(Problem(where, f"is larger than {MAX_BYTES} bytes"))
        return None
    try:
        message = Parse(path.read_bytes(), Phenopacket(), max_recursion_depth=50)
    except (ParseError, UnicodeDecodeError, RecursionError) as error:
        text = str(error).splitlines()[0]
        problems.append(
            Problem(where, f"is no whole Phenopacket v2: {text}", "export it again, as version 2")
        )
        return None
    packet: Mapping[str, Any] = MessageToDict(message)
    version = str(packet.get("metaData", {}).get("phenopacketSchemaVersion", ""))
    if version and version.partition(".")[0] != "2":
        problems.append(
            Problem(
                f"{where} metaData.phenopacketSchemaVersion",
                f"found {version!r}; allowed is version 2",
                "export it again, as version 2",
            )
        )
        return None
    if not packet.get("subject", {}).get("id"):
        problems.append(Problem(where, "has no subject.id", "give the subject a pseudonym"))
        return None
    return packet


def _draft(
    packet: Mapping[str, Any],
    where: str,
    problems: list[Problem],
    said: Counter[str],
    terms: Terms,
) -> Draft:
    subject = packet["subject"]
    born = subject.get("dateOfBirth")

    def age(element: Mapping[str, Any] | None, place: str) -> AgeRange | None:
        if not element:
            return None
        try:
            return _age(element, born)
        except ValueError as error:
            problems.append(Problem(f"{where} {place}", str(error)))
            return None

    sex = subject.get("sex")
    draft = Draft(
        person=subject["id"],
        where=where,
        born=None if born is None else str(born).partition("T")[0],
        sex=None if sex in (None, "UNKNOWN_SEX") else sex.lower().removesuffix("_sex"),
        last_seen=age(subject.get("timeAtLastEncounter"), "subject.timeAtLastEncounter"),
    )
    onsets = [
        found
        for i, disease in enumerate(packet.get("diseases", ()))
        if not disease.get("excluded")
        and terms.is_disease(_terms(disease.get("term")))
        and (found := age(disease.get("onset"), f"diseases[{i}].onset")) is not None
    ]
    draft.onset = min(onsets, key=lambda found: found.middle, default=None)
    _vital(draft, subject.get("vitalStatus"), age, said)
    for i, feature in enumerate(packet.get("phenotypicFeatures", ())):
        _feature(draft, feature, f"phenotypicFeatures[{i}]", age, said, terms)
    for i, item in enumerate(packet.get("measurements", ())):
        try:
            _measurement(draft, item, f"measurements[{i}]", age, said, terms)
        except ValueError as error:
            problems.append(Problem(f"{where} measurements[{i}]", str(error)))
    if packet.get("medicalActions"):
        said[
            "{n} people have medical actions on record; that they are untreated is not shown."
        ] += 1
    return draft


def _vital(draft: Draft, status: Mapping[str, Any] | None, age: Any, said: Counter[str]) -> None:
    """Alive only where it is said; dead at a stated age, or at onset plus survival time."""
    word = (status or {}).get("status", "UNKNOWN_STATUS")
    draft.alive, draft.dead = word == "ALIVE", word == "DECEASED"
    if status is None or not draft.dead:
        return
    draft.cause = _label(status.get("causeOfDeath"))
    draft.died = age(status.get("timeOfDeath"), "subject.vitalStatus.timeOfDeath")
    days = status.get("survivalTimeInDays")
    if draft.died is None and days and draft.onset is not None and draft.onset.known:
        draft.died = AgeRange(draft.onset.middle + days, draft.onset.middle + days)
        said[
            "Of {n} people the age at death is taken as age at onset plus the stated survival "
            "time, which is counted from diagnosis; a late diagnosis makes it read too short."
        ] += 1


def _feature(
    draft: Draft, feature: Mapping[str, Any], place: str, age: Any, said: Counter[str], terms: Terms
) -> None:
    if feature.get("excluded"):
        return
    onset = age(feature.get("onset"), f"{place}.onset")
    if onset is None:
        said["{n} phenotypic features have no age at onset, and count as no event."] += 1
        return
    kind = feature.get("type")
    label = terms.name_of(_terms(kind)) or _label(kind) or "unnamed feature"
    stop = age(feature.get("resolution"), f"{place}.resolution")
    draft.events.append((label, onset, _label(feature.get("severity")), stop))


def _measurement(
    draft: Draft, item: Mapping[str, Any], place: str, age: Any, said: Counter[str], terms: Terms
) -> None:
    quantity = item.get("value", {}).get("quantity")
    when = age(item.get("timeObserved"), f"{place}.timeObserved")
    if quantity is None:
        said["{n} measurements are no single quantity, and are left out."] += 1
        return
    if when is None:
        said["{n} measurements have no age, and are left out."] += 1
        return
    found = quantity.get("value", 0.0)  # protobuf leaves a zero out
    value = bounded(float(found), str(found))
    code = str(quantity.get("unit", {}).get("id", ""))
    prefix, _, rest = code.partition(":")
    unit = rest if prefix.upper() == "UCUM" else code if "://" not in code else None
    assay = item.get("assay")
    measure = terms.name_of(_terms(assay)) or _label(assay) or "unnamed assay"
    draft.visits.append((measure, when, Amount(value, value, f"{value:g}"), unit or None))


def _terms(term: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple(str((term or {})[key]) for key in ("id", "label") if (term or {}).get(key))


def _label(term: Mapping[str, Any] | None) -> str | None:
    if not term:
        return None
    return term.get("label") or term.get("id")


def _age(element: Mapping[str, Any], born: str | None) -> AgeRange:
    """A TimeElement as an age in days.

    Raises:
        ValueError: it is none, or needs a date of birth that is not there.
    """
    if "age" in element:
        days = duration_days(element["age"].get("iso8601duration", ""))
        return AgeRange(days, days)
    if "ageRange" in element:
        low = duration_days(element["ageRange"].get("start", {}).get("iso8601duration", ""))
        high = duration_days(element["ageRange"].get("end", {}).get("iso8601duration", ""))
        if high < low:
            raise ValueError("ends before it begins")
        return AgeRange(low, high)
    if "ontologyClass" in element:
        return onset_class(element["ontologyClass"].get("id", ""))
    if "gestationalAge" in element:
        return AgeRange(0.0, 0.0)
    stamps = element.get("interval") or {"start": element.get("timestamp")}
    if born is None:
        raise ValueError("is a date, and the subject has no dateOfBirth to make it an age")
    first = day_range(stamps["start"])
    last = day_range(stamps.get("end", stamps["start"]))
    return age_between(day_range(born), (first[0], last[1]))
