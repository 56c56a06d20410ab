"""Numbers, units and short texts as a dossier prints them."""

from __future__ import annotations

import math
import re

from ultrarare.case.finding import Estimate, Finding, Planned

MINUS = "\u2212"
_UNITS = {
    "1": "",
    "d": "days",
    "wk": "weeks",
    "mo": "months",
    "a": "years",
    "h": "hours",
    "{score}": "points",
}
_PER = {"d": "day", "wk": "week", "mo": "month", "a": "year"}
_SHARES = ("engagement.", "history.", "therapy.", "offtarget.")


def unit_word(ucum: str) -> str:
    """A UCUM code as a reader writes it; empty for a bare number."""
    if ucum in _UNITS:
        return _UNITS[ucum]
    text = re.sub(r"\{([^}]*)\}", r"\1", ucum).replace("[iU]", "IU")
    text = re.sub(r"(?<![A-Za-z])u(?=(mol|g|L|m)\b)", "µ", text)
    return re.sub(r"/(d|wk|mo|a)\b", lambda per: f"/{_PER[per[1]]}", text)


def plain(value: float, decimals: int | None = None) -> str:
    """A number with a true minus; three significant digits unless `decimals` says otherwise."""
    if decimals is None:
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
        if "e" in text:
            text = f"{value:.2e}"
    else:
        text = f"{value:,.{decimals}f}"
    if text.lstrip("-").strip("0.,") == "":
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def decimals_of(lower: float, upper: float) -> int | None:
    """As many decimals as show two significant digits of the interval's width."""
    width = abs(upper - lower)
    if not math.isfinite(width) or width == 0:
        return None
    return min(max(0, 1 - math.floor(math.log10(width))), 8)


def interval(lower: float | None, upper: float | None, decimals: int | None) -> str:
    """Limits in words; empty where there are none."""
    if lower is None and upper is None:
        return ""
    if lower is None and upper is not None:
        return f"up to {plain(upper, decimals)}"
    if upper is None and lower is not None:
        return f"from {plain(lower, decimals)}"
    assert lower is not None  # noqa: S101 -- for the type checker
    assert upper is not None  # noqa: S101 -- for the type checker
    joint = " to " if lower < 0 or upper < 0 else "–"
    return f"{plain(lower, decimals)}{joint}{plain(upper, decimals)}"


def is_share(finding: Finding) -> bool:
    """Whether the estimate is a fraction of a whole, to be printed as a percentage."""
    estimate = finding.estimate
    if estimate is None or estimate.unit != "1" or not finding.kind.startswith(_SHARES):
        return False
    numbers = [v for v in (estimate.value, estimate.lower, estimate.upper) if v is not None]
    return all(0 <= v <= 1 for v in numbers)


def estimate_parts(estimate: Estimate, *, share: bool) -> tuple[str, str, str]:
    """Value, interval and unit as printed; digits as the interval justifies."""
    factor = 100.0 if share else 1.0
    value, lower, upper = (
        None if v is None else factor * v for v in (estimate.value, estimate.lower, estimate.upper)
    )
    places = None if lower is None or upper is None else decimals_of(lower, upper)
    unit = "%" if share else unit_word(estimate.unit)
    text = "" if value is None else plain(value, places)
    return text, interval(lower, upper, places), unit


def as_given(estimate: Estimate, *, share: bool) -> tuple[str, str, str]:
    """Value, interval and unit with the digits that a source printed."""
    factor = 100.0 if share else 1.0
    value, lower, upper = (
        None if v is None else f"{factor * v:.6g}".replace("-", MINUS)
        for v in (estimate.value, estimate.lower, estimate.upper)
    )
    negative = MINUS in f"{lower}{upper}"
    if lower is not None and upper is not None:
        limits = f"{lower}{' to ' if negative else '–'}{upper}"
    else:
        limits = f"from {lower}" if lower is not None else f"up to {upper}" if upper else ""
    return value or "", limits, "%" if share else unit_word(estimate.unit)


def level_word(level: float | None) -> str:
    """The coverage of an interval in words; empty where it is not stated."""
    return "" if level is None else f"{100 * level:g}% interval"


def count_word(n: int | None, unit: str | None) -> str:
    """`n = 2,448 reads`; empty where there is no count."""
    return "" if n is None else f"n = {n:,} {unit or ''}".strip()


def planned_word(planned: Planned) -> str:
    """The word that stands beside every estimate."""
    return {
        Planned.LOCKED: "planned",
        Planned.POST_HOC: "post hoc",
        Planned.NOT_APPLICABLE: "plan not applicable",
    }[planned]


def short(digest: str, length: int = 12) -> str:
    """The first digits of a digest, without its algorithm."""
    return digest.removeprefix("sha256:")[:length]


def value_word(value: object) -> str:
    """Any JSON scalar as a reader expects it."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return plain(value)
    return str(value)


def brief(text: str, most: int = 90) -> str:
    """The text, or its beginning and an ellipsis, cut between words."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0].rstrip(" ,;:(") + " …"


def tagged(tag: str) -> str:
    """A tag in its brackets."""
    return tag if tag.startswith("[") else f"[{tag}]"


def words(identifier: str) -> str:
    """`natural-history` as two words."""
    return "CMC" if identifier == "cmc" else identifier.replace("-", " ").replace("_", " ")


def sentence(text: str) -> str:
    """The text with a large first letter."""
    return text[:1].upper() + text[1:]
