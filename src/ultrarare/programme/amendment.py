"""Two versions of criteria: what changed, and whether it changes the estimand or the control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from ultrarare.programme.criteria import Criteria, Estimand

On = Literal["criterion", "fact", "estimand", "control", "notes"]
How = Literal["added", "removed", "changed", "reworded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that differs.

    Attributes:
        on: kind of thing.
        id: of the criterion or fact; attribute of the estimand; else empty.
        how: `reworded` where a criterion asks the same of the facts in other words.
        old, new: both, as plain JSON; None where it is not there.
    """

    on: On
    id: str
    how: How
    old: Any
    new: Any

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"on": self.on, "id": self.id, "how": self.how, "old": self.old, "new": self.new}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something that people must look at before the amendment stands.

    Attributes:
        on: estimand or control.
        text: why, a sentence.
        silent: whether the amendment changes it without saying so.
    """

    on: Literal["estimand", "control"]
    text: str
    silent: bool

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"on": self.on, "text": self.text, "silent": self.silent, "row": "MV-10"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """All that differs, and what is flagged."""

    old: Criteria
    new: Criteria
    changes: tuple[Change, ...]
    flags: tuple[Flag, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        amends = self.new.amends
        return {
            "id": self.new.id,
            "title": self.new.title,
            "data": self.new.data,
            "from": self.old.version,
            "to": self.new.version,
            "amends": None if amends is None else amends.model_dump(mode="json"),
            "changes": [one.to_json() for one in self.changes],
            "flags": [one.to_json() for one in self.flags],
        }


def not_an_amendment(old: Criteria, new: Criteria) -> Iterable[tuple[str, str]]:
    """Each reason why `new` does not amend `old`: field, and what is wrong there."""
    if new.id != old.id:
        yield "id", f"is {new.id!r}, and the earlier file's is {old.id!r}"
    if new.version <= old.version:
        yield "version", f"is {new.version}, and the earlier file's is {old.version}"
    if new.date < old.date:
        yield "date", f"is {new.date}, before the earlier file's {old.date}"
    if new.amends is None:
        yield "amends", "is missing; say which version it amends, why, by whom and when"
    elif new.amends.version != old.version:
        yield (
            "amends.version",
            f"is {new.amends.version}, and the earlier file is version {old.version}",
        )


def amendment(old: Criteria, new: Criteria) -> Amendment:
    """Compare two versions.

    Args:
        old: the earlier one.
        new: that amends it, as `not_an_amendment` has checked.
    """
    changes = tuple(_changes(old, new))
    return Amendment(old=old, new=new, changes=changes, flags=tuple(_flags(new, changes)))


def _changes(old: Criteria, new: Criteria) -> Iterable[Change]:
    yield from _keyed("criterion", {c.id: c for c in old.criteria}, {c.id: c for c in new.criteria})
    yield from _keyed("fact", old.facts, new.facts)
    for name in Estimand.model_fields:
        a, b = (None if e is None else getattr(e, name) for e in (old.estimand, new.estimand))
        yield from _one("estimand", name, a, b)
    yield from _one("control", "", _plain(old.control), _plain(new.control))
    yield from _one("notes", "", list(old.notes) or None, list(new.notes) or None)


def _keyed(on: On, old: Mapping[str, BaseModel], new: Mapping[str, BaseModel]) -> Iterable[Change]:
    for name in dict.fromkeys((*old, *new)):
        a, b = old.get(name), new.get(name)
        for change in _one(on, name, _plain(a), _plain(b)):
            same = a is not None and b is not None and _asks(a) == _asks(b)
            how: How = "reworded" if same else change.how
            yield Change(on=on, id=name, how=how, old=change.old, new=change.new)


def _asks(one: BaseModel) -> Any:
    """What of a criterion or a fact decides who is eligible."""
    return one.model_dump(mode="json", exclude={"text", "about", "source", "tag"})


def _plain(value: BaseModel | None) -> Any:
    return None if value is None else value.model_dump(mode="json")


def _one(on: On, name: str, a: Any, b: Any) -> Iterable[Change]:
    if a != b:
        how: How = "added" if a is None else "removed" if b is None else "changed"
        yield Change(on=on, id=name, how=how, old=a, new=b)


def _flags(new: Criteria, changes: Iterable[Change]) -> Iterable[Flag]:
    found = list(changes)
    people = [one.id for one in found if one.on in ("criterion", "fact") and one.how != "reworded"]
    estimand = [one.id for one in found if one.on == "estimand"]
    control = any(one.on == "control" for one in found)
    if estimand:
        text = f"The estimand changes: {', '.join(estimand).replace('_', ' ')}."
        yield Flag(on="estimand", text=text, silent=False)
    if people and "population" not in estimand:
        named = ", ".join(people)
        text = (
            f"Who may enter changes ({named}), and the estimand's population is worded as before."
            if new.estimand is not None
            else f"Who may enter changes ({named}), and no estimand is stated."
        )
        yield Flag(on="estimand", text=text, silent=True)
    if control:
        yield Flag(on="control", text="The control changes.", silent=False)
    if people and not control:
        text = (
            "Who may enter changes, and the control does not: hold the control's people against "
            "the new criteria, and compute comparability anew."
            if new.control is not None
            else "Who may enter changes, and no control is stated."
        )
        yield Flag(on="control", text=text, silent=True)
