"""Declared ACMG/AMP criteria, summed to points and combined by the rules of 2015, side by side.

Nothing is inferred: each criterion is a named person's statement with a reason and a source. The
two systems can disagree; both answers are kept, and a caveat says so.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from ultrarare.errors import InputErrors, NotComputable, Problem


class Strength(StrEnum):
    """How much a criterion weighs."""

    SUPPORTING = "supporting"
    MODERATE = "moderate"
    STRONG = "strong"
    VERY_STRONG = "very strong"
    STAND_ALONE = "stand-alone"


class Class(StrEnum):
    """The five classes of Richards 2015."""

    PATHOGENIC = "pathogenic"
    LIKELY_PATHOGENIC = "likely pathogenic"
    UNCERTAIN = "uncertain significance"
    LIKELY_BENIGN = "likely benign"
    BENIGN = "benign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion as a person applied it.

    Attributes:
        code: PVS1 … BP7.
        strength: as applied, in the words of `Strength`; None means the published one.
        who: who applied it.
        why: the reason.
        source: where the evidence is.
    """

    code: str
    strength: str | None = None
    who: str
    why: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A checked criterion: its side, applied and published strength, and points.

    `points` is None for BA1, which stands alone and is not summed.
    """

    criterion: Criterion
    pathogenic: bool
    strength: Strength
    published: Strength
    points: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Both answers, and what they rest on.

    Attributes:
        points: sum over all criteria but BA1; benign ones count negative.
        by_points: class by Tavtigian 2020.
        by_rules: class by the combining rules of Richards 2015, at the applied strengths.
        applied: in the order given.
    """

    points: int
    by_points: Class
    by_rules: Class
    applied: tuple[Applied, ...]
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line for a log or a terminal."""
        return (
            f"{self.points:+d} points: {self.by_points}; "
            f"combining rules of 2015: {self.by_rules}; {len(self.applied)} criteria"
        )

    def to_rows(self) -> list[dict[str, str | int | None]]:
        """One row for each criterion."""
        return [
            {
                "code": one.criterion.code,
                "strength": one.strength.value,
                "published_strength": one.published.value,
                "points": one.points,
                "who": one.criterion.who,
                "why": one.criterion.why,
                "source": one.criterion.source,
            }
            for one in self.applied
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A criterion of the table: published strength, what it is about, and a caution or none."""

    strength: Strength
    about: str
    caution: str = ""


@cache
def codes() -> Mapping[str, Code]:
    """Every code of Richards 2015 with its published strength."""
    return {
        code: Code(
            strength=Strength(row["strength"]), about=row["about"], caution=row.get("caution", "")
        )
        for code, row in _table()["criteria"].items()
    }


@cache
def _table() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(
        resources.files("ultrarare.molecule").joinpath("acmg.toml").read_text(encoding="utf-8")
    )


@cache
def _points() -> dict[Strength, int]:
    return {Strength(name): int(value) for name, value in _table()["points"].items()}  # type: ignore[call-overload]


_BANDS: Final = (
    (10, Class.PATHOGENIC),
    (6, Class.LIKELY_PATHOGENIC),
    (0, Class.UNCERTAIN),
    (-6, Class.LIKELY_BENIGN),
)


def classify(criteria: Iterable[Criterion]) -> Classification:
    """Sum declared criteria to points, and combine them by the rules of 2015.

    Args:
        criteria: at least one; each code once.

    Raises:
        InputErrors: every problem at once: a code or strength that does not exist, a code that
            comes twice, a strength that is not allowed for the code, or a criterion without
            who, why or source.
        NotComputable: there are no criteria. Without evidence there is no class, not even
            *uncertain*.

    Notes:
        Points: 1, 2, 4, 8; pathogenic from 10, likely pathogenic 6 to 9, uncertain 0 to 5, likely
        benign -6 to -1, benign from -7 down (Tavtigian 2020, table 3). BA1 is not summed; it
        makes the class benign by itself.
        Rules: Richards 2015, table 5; a count above the one that a rule names meets it too. If a
        pathogenic and a benign rule are both met, the class is *uncertain significance*.
        Strengths that the table of 2015 does not know on the benign side count as the next weaker
        one that it does: moderate as supporting, very strong as strong.
        Checked in tests/reference/test_acmg.py and tests/laws/test_variant_acmg.py.
    """
    given = tuple(criteria)
    problems = tuple(_problems(given))
    if problems:
        raise InputErrors(problems, where="acmg")
    if not given:
        raise NotComputable(
            "no ACMG/AMP criteria are declared, so there is no class",
            where="acmg",
            remedy="declare each criterion with strength, who, why and source",
        )
    applied = tuple(map(_apply, given))
    total = sum(one.points for one in applied if one.points is not None)
    by_points, by_rules = _by_points(total, applied), _by_rules(applied)
    return Classification(
        points=total,
        by_points=by_points,
        by_rules=by_rules,
        applied=applied,
        caveats=tuple(_caveats(applied, by_points, by_rules)),
    )


def _problems(criteria: tuple[Criterion, ...]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, one in enumerate(criteria):
        where = f"acmg[{index}]"
        for field in ("who", "why", "source"):
            if not getattr(one, field).strip():
                yield Problem(f"{where}.{field}", f"{one.code!r} has none", f"say {field}")
        if one.code not in codes():
            yield Problem(
                f"{where}.code", f"{one.code!r} is not one of {', '.join(sorted(codes()))}"
            )
            continue
        if one.code in first:
            yield Problem(
                f"{where}.code", f"{one.code} is already declared in acmg[{first[one.code]}]"
            )
        first.setdefault(one.code, index)
        yield from _strength_problems(one, f"{where}.strength")


def _strength_problems(one: Criterion, where: str) -> Iterator[Problem]:
    if one.strength is None:
        return
    if one.strength not in set(Strength):
        yield Problem(where, f"{one.strength!r} is not one of {', '.join(Strength)}")
    elif (one.strength == Strength.STAND_ALONE) != (one.code == "BA1"):
        yield Problem(
            where,
            f"{one.code} applied as {one.strength!r}; BA1 stands alone, and nothing else does",
            "use BS1 for a frequency that is high but does not stand alone",
        )


def _apply(one: Criterion) -> Applied:
    published = codes()[one.code].strength
    strength = published if one.strength is None else Strength(one.strength)
    pathogenic = one.code.startswith("P")
    size = _points().get(strength)
    return Applied(
        criterion=one,
        pathogenic=pathogenic,
        strength=strength,
        published=published,
        points=None if size is None else size if pathogenic else -size,
    )


def _by_points(total: int, applied: tuple[Applied, ...]) -> Class:
    if any(one.points is None for one in applied):
        return Class.BENIGN
    return next((name for least, name in _BANDS if total >= least), Class.BENIGN)


def _by_rules(applied: tuple[Applied, ...]) -> Class:
    harm = _pathogenic_rule(Counter(one.strength for one in applied if one.pathogenic))
    benign = _benign_rule(Counter(one.strength for one in applied if not one.pathogenic))
    if harm is not None and benign is not None:
        return Class.UNCERTAIN
    return harm or benign or Class.UNCERTAIN


def _pathogenic_rule(count: Counter[Strength]) -> Class | None:
    """Table 5 of Richards 2015, rule by rule; a second very strong one counts as strong."""
    very = min(count[Strength.VERY_STRONG], 1)
    strong = count[Strength.STRONG] + count[Strength.VERY_STRONG] - very
    moderate, supporting = count[Strength.MODERATE], count[Strength.SUPPORTING]
    pathogenic = (
        very
        and (strong >= 1 or moderate >= 2 or (moderate and supporting) or supporting >= 2),  # i
        strong >= 2,  # ii
        strong
        and (
            moderate >= 3 or (moderate >= 2 and supporting >= 2) or (moderate and supporting >= 4)
        ),
    )
    if any(pathogenic):
        return Class.PATHOGENIC
    likely = (
        very and moderate,  # i
        strong and moderate,  # ii
        strong and supporting >= 2,  # iii
        moderate >= 3,  # iv
        moderate >= 2 and supporting >= 2,  # v
        moderate and supporting >= 4,  # vi
    )
    return Class.LIKELY_PATHOGENIC if any(likely) else None


def _benign_rule(count: Counter[Strength]) -> Class | None:
    strong = count[Strength.STRONG] + count[Strength.VERY_STRONG]
    supporting = count[Strength.SUPPORTING] + count[Strength.MODERATE]
    if count[Strength.STAND_ALONE] or strong >= 2:
        return Class.BENIGN
    if (strong and supporting) or supporting >= 2:
        return Class.LIKELY_BENIGN
    return None


def _caveats(applied: tuple[Applied, ...], by_points: Class, by_rules: Class) -> Iterator[str]:
    sides = {one.pathogenic for one in applied}
    if len(sides) == 2:
        harm = ", ".join(one.criterion.code for one in applied if one.pathogenic)
        benign = ", ".join(one.criterion.code for one in applied if not one.pathogenic)
        yield f"evidence on both sides: {harm} against {benign}; a person must weigh it"
    if by_points is not by_rules:
        yield f"the two systems differ: {by_points} by points, {by_rules} by the rules of 2015"
    for one in applied:
        if one.strength is not one.published:
            yield (f"{one.criterion.code} applied as {one.strength}; published as {one.published}")
        if not one.pathogenic and one.strength in {Strength.MODERATE, Strength.VERY_STRONG}:
            yield f"2015 knows no {one.strength} benign evidence; it counts as the next weaker"
        if caution := codes()[one.criterion.code].caution:
            yield f"{one.criterion.code}: {caution}"
