"""Units: UCUM codes, conversion where two measure the same thing."""

from __future__ import annotations

import pytest

from ultrarare.case.unit import COMMON, _registry, conversion, spoken, why_not_ucum
from ultrarare.errors import InputError


def test_each_common_code_is_one_that_the_registry_reads():
    registry = _registry()
    for code in sorted(COMMON):
        assert registry.from_ucum(code) is not None, code


@pytest.mark.parametrize("code", ["umol/L", "{score}", "1", "mmol/mol{creatinine}", "ueq/L"])
def test_a_ucum_code_is_taken(code):
    assert why_not_ucum(code) is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "without spaces around it"),
        (" mg", "without spaces around it"),
        ("µmol/L", "is no UCUM code; for example umol/L"),
        ("furlongs", "is no UCUM code"),
        ("mg/", "is no UCUM code"),
        ("Mol/Liter", "is no UCUM code"),
    ],
)
def test_anything_else_is_refused(code, words):
    assert words in (why_not_ucum(code) or "")


@pytest.mark.parametrize(
    ("found", "wanted", "factor"),
    [
        ("d", "d", 1),
        ("wk", "d", 7),
        ("d", "a", 1 / 365.25),
        ("mmol/L", "umol/L", 1000),
        ("%", "1", 0.01),
        ("g/L", "mg/dL", 100),
        ("{score}", "{score}", 1),
        ("{score}", "1", 1),
        ("%", "{score}", 0.01),
        ("{events}/a", "1/a", 1),
    ],
)
def test_units_of_one_thing_convert(found, wanted, factor):
    assert conversion(found, wanted, where="here") == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ("umol/L", "{score}"),
        ("{score}", "kg"),
        ("{score}", "{events}"),
        ("Cel", "K"),
        ("[degF]", "Cel"),
        ("d", "kg"),
    ],
)
def test_units_that_no_factor_joins_do_not_convert(found, wanted):
    with pytest.raises(InputError, match="or one that converts to it is allowed"):
        conversion(found, wanted, where="here")


def test_units_of_different_things_do_not_convert():
    with pytest.raises(InputError) as caught:
        conversion("mg/dL", "umol/L", where="dataset ammonia")
    assert str(caught.value) == (
        "dataset ammonia: found unit 'mg/dL' where 'umol/L' or one that converts to it is allowed\n"
        "  correct the unit, or declare a second dataset for the other measure"
    )


def test_a_conversion_names_the_code_that_is_none():
    with pytest.raises(InputError) as caught:
        conversion("umol/L", "nonsense", where="here")
    assert "'nonsense', which is no UCUM code" in caught.value.problem
    assert caught.value.where == "here"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("a", "years"),
        ("1/a", "per year"),
        ("{score}", "points"),
        ("{visits}", "visits"),
        ("umol/L", "umol/L"),
        ("1", ""),
    ],
)
def test_a_reader_is_told_the_unit_in_words(code, words):
    assert spoken(code) == words
