"""ACMG/AMP classes against the published tables.

Rules: Richards S et al., Genet Med 2015;17:405-424, table 5 (PMC4544753), each row at its least.
Points: Tavtigian SV et al., Hum Mutat 2020;41:1734-1737, table 3 (PMC8011844).
"""

from __future__ import annotations

import pytest

from ultrarare.errors import InputErrors, NotComputable
from ultrarare.molecule.acmg import Class, Criterion, Strength, classify, codes

P, LP, VUS, LB, B = (
    Class.PATHOGENIC,
    Class.LIKELY_PATHOGENIC,
    Class.UNCERTAIN,
    Class.LIKELY_BENIGN,
    Class.BENIGN,
)


def declared(code: str, strength: str | None = None) -> Criterion:
    return Criterion(
        code=code, strength=strength, who="made reviewer", why="made reason", source="made source"
    )


def classes(text: str):
    """`PVS1 PM2:supporting` to a classification."""
    found = [one.partition(":") for one in text.split()]
    return classify([declared(code, word.replace("_", " ") or None) for code, _, word in found])


# Published strengths only. Right: class by the rules of table 5.
TABLE_5 = [
    ("PVS1 PS1", P),  # Pathogenic (i)(a)
    ("PVS1 PM1 PM2", P),  # (i)(b)
    ("PVS1 PM1 PP1", P),  # (i)(c)
    ("PVS1 PP1 PP2", P),  # (i)(d)
    ("PS1 PS2", P),  # (ii)
    ("PS1 PM1 PM2 PM3", P),  # (iii)(a)
    ("PS1 PM1 PM2 PP1 PP2", P),  # (iii)(b)
    ("PS1 PM1 PP1 PP2 PP3 PP4", P),  # (iii)(c)
    ("PVS1 PM1", LP),  # Likely pathogenic (i)
    ("PS1 PM1", LP),  # (ii)
    ("PS1 PM1 PM2", LP),  # (ii)
    ("PS1 PP1 PP2", LP),  # (iii)
    ("PM1 PM2 PM3", LP),  # (iv)
    ("PM1 PM2 PP1 PP2", LP),  # (v)
    ("PM1 PP1 PP2 PP3 PP4", LP),  # (vi)
    ("BA1", B),  # Benign (i)
    ("BS1 BS2", B),  # (ii)
    ("BS1 BP1", LB),  # Likely benign (i)
    ("BP1 BP2", LB),  # (ii)
    # One criterion less than each row asks for.
    ("PVS1", VUS),
    ("PVS1 PP1", VUS),
    ("PS1", VUS),
    ("PS1 PP1", VUS),
    ("PM1 PM2", VUS),
    ("PM1 PM2 PP1", VUS),
    ("PM1 PP1 PP2 PP3", VUS),
    ("PP1 PP2 PP3 PP4 PP5", VUS),
    ("BS1", VUS),
    ("BP1", VUS),
]


@pytest.mark.parametrize(("text", "expected"), TABLE_5)
def test_the_combining_rules_of_2015(text, expected):
    assert classes(text).by_rules is expected


# Points, class: both ends of each band of table 3.
BANDS = [
    ("PVS1 PM1", 10, P),
    ("PVS1 PP1", 9, LP),
    ("PS1 PM1", 6, LP),
    ("PS1 PP1", 5, VUS),
    ("PM1 BP1 BP2", 0, VUS),
    ("BP1", -1, LB),
    ("BS1 BP1 BP2", -6, LB),
    ("BS1 BP1 BP2 BP3", -7, B),
]


@pytest.mark.parametrize(("text", "points", "expected"), BANDS)
def test_the_point_bands_of_2020(text, points, expected):
    found = classes(text)
    assert (found.points, found.by_points) == (points, expected)


def test_the_published_strengths_are_those_of_the_guideline():
    groups = {
        ("PVS", Strength.VERY_STRONG): 1,
        ("PS", Strength.STRONG): 4,
        ("PM", Strength.MODERATE): 6,
        ("PP", Strength.SUPPORTING): 5,
        ("BA", Strength.STAND_ALONE): 1,
        ("BS", Strength.STRONG): 4,
        ("BP", Strength.SUPPORTING): 7,
    }
    table = {code: row.strength for code, row in codes().items()}
    assert len(table) == 28
    for (prefix, strength), count in groups.items():
        assert {f"{prefix}{n}": strength for n in range(1, count + 1)}.items() <= table.items()


def test_applied_strength_decides_and_the_change_is_a_caveat():
    found = classes("PVS1 PM2:supporting")
    assert (found.points, found.by_points, found.by_rules) == (9, LP, VUS)
    differ = "likely pathogenic by points, uncertain significance by the rules of 2015"
    assert found.caveats == (
        f"the two systems differ: {differ}",
        "PM2 applied as supporting; published as moderate",
    )
    assert found.summary() == (
        "+9 points: likely pathogenic; combining rules of 2015: uncertain significance; 2 criteria"
    )
    assert found.to_rows()[1] == {
        "code": "PM2",
        "strength": "supporting",
        "published_strength": "moderate",
        "points": 1,
        "who": "made reviewer",
        "why": "made reason",
        "source": "made source",
    }


def test_contradicting_rules_give_uncertain_and_points_are_summed_with_a_caveat():
    found = classes("PVS1 PS1 BS1 BS2")
    assert (found.points, found.by_points, found.by_rules) == (4, VUS, VUS)
    assert found.caveats[0].startswith("evidence on both sides: PVS1, PS1 against BS1, BS2")


def test_one_weak_benign_criterion_does_not_hide_a_pathogenic_rule_but_is_said():
    found = classes("PVS1 PS1 BP4")
    assert (found.points, found.by_rules) == (11, P)
    assert "BP4" in found.caveats[0]


def test_a_stand_alone_benign_criterion_is_not_summed():
    found = classes("BA1 PM1")
    assert (found.points, found.by_points, found.by_rules) == (2, B, B)
    assert found.applied[0].points is None
    assert found.caveats


def test_another_sources_verdict_carries_a_caution():
    assert any("ClinGen advises" in caveat for caveat in classes("PP5 PM1").caveats)


def test_no_criteria_give_no_class_and_not_uncertain():
    with pytest.raises(NotComputable, match="no ACMG/AMP criteria"):
        classify([])


def test_every_problem_comes_at_once_with_its_place():
    criteria = [
        Criterion(code="PVS1", who="", why="stop", source=" "),
        declared("PM7"),
        declared("PM2"),
        declared("PM2", "supporting"),
        declared("PS1", "huge"),
        declared("BA1", "strong"),
        declared("BS1", "stand-alone"),
    ]
    with pytest.raises(InputErrors) as caught:
        classify(criteria)
    assert [one.where for one in caught.value.problems] == [
        "acmg[0].who",
        "acmg[0].source",
        "acmg[1].code",
        "acmg[3].code",
        "acmg[4].strength",
        "acmg[5].strength",
        "acmg[6].strength",
    ]
