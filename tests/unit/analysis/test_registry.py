"""The registry: analyses by name, third parties included; a defect is told, never overwritten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import example, example_analysed
from tests.unit.app.made_analysis import made
from ultrarare.analysis import registry
from ultrarare.analysis.declaration import Inputs, Parameters, computed
from ultrarare.analysis.registry import analyses, find_analysis
from ultrarare.app.analyse import survey_analyses
from ultrarare.case.vocabulary import vocabulary
from ultrarare.errors import InputError, NotComputable, NotFound


@dataclass(frozen=True)
class Entry:
    """An entry point as `importlib.metadata` gives it."""

    name: str
    value: str
    found: tuple[Any, ...]

    def load(self) -> Any:
        return SimpleNamespace(ANALYSES=self.found)


@pytest.fixture
def installed(monkeypatch):
    """Let these entry points be the ones that are installed."""
    example_analysed("kabe")
    ours = tuple(entry_points(group=registry.GROUP))

    def install(*entries: Entry) -> None:
        monkeypatch.setattr(registry, "entry_points", lambda **_group: [*ours, *entries])
        analyses.cache_clear()

    yield install
    monkeypatch.undo()
    analyses.cache_clear()


def test_an_analysis_of_a_third_party_is_found_and_run(installed):
    installed(Entry("third", "third.party", (made("third.made"),)))
    assert find_analysis("third.made").summary == "Made for a test."
    assert list(analyses()) == sorted(analyses())
    found = [f for f in survey_analyses(example("kabe")).findings if f.id.startswith("third.made")]
    assert [finding.id for finding in found] == ["third.made/made"]
    assert found[0].provenance.analysis == "third.made"


@pytest.mark.parametrize(
    ("analysis", "words"),
    [
        (made("editing.amplicon"), "analysis 'editing.amplicon' is registered twice"),
        (made("third.x", gives=("third.kind",)), "gives kinds without an entry: ['third.kind']"),
        (
            made("third.x", gives=("disease.severity",)),
            "gives kinds that only a statement gives: ['disease.severity']",
        ),
    ],
)
def test_a_registration_that_cannot_stand_names_its_entry_point(installed, analysis, words):
    installed(Entry("third", "third.party", (analysis,)))
    with pytest.raises(InputError) as caught:
        analyses()
    assert words in caught.value.problem
    assert caught.value.where == "third.party"


def test_a_name_that_is_not_registered_is_told_with_those_that_are():
    with pytest.raises(NotFound, match=r"registered are: editing\.allele-table, editing\.amplicon"):
        find_analysis("editing.amplicn")


def test_every_analysis_says_what_it_does_and_gives():
    for name, analysis in analyses().items():
        assert name == analysis.name
        assert analysis.summary.endswith(".")
        assert analysis.method
        assert analysis.gives
        assert set(analysis.gives) <= set(vocabulary())
        assert len({need.role for need in analysis.needs}) == len(analysis.needs)
        assert issubclass(analysis.parameters, Parameters)
        analysis.parameters()


def inputs(**changes: Any) -> Inputs:
    folder = example("kabe")
    given: dict[str, Any] = {
        "root": folder.root,
        "case": folder.case,
        "datasets": {},
        "timeline": (),
        "first_dose": None,
        "endpoint": None,
        "parameters": Parameters(),
        **changes,
    }
    return Inputs(**given)


def test_a_role_that_nothing_plays_says_how_one_would():
    with pytest.raises(NotComputable) as caught:
        inputs().one("series")
    assert caught.value.problem == "no dataset plays the role 'series'"
    assert "inputs.series in plan.yaml" in caught.value.remedy


def test_a_role_whose_file_is_not_there_names_the_file():
    with pytest.raises(NotComputable) as caught:
        inputs(absent={"series": ("data/a.csv",)}).one("series")
    assert caught.value.problem == "the declared file data/a.csv is not there"
    assert caught.value.remedy == "Supply data/a.csv."


def test_caveats_become_sentences_and_stand_once():
    finding = computed(
        name="a",
        kind="engagement.wrong-residue",
        statement="s",
        caveats=("few people", "Few people.", "3 reads", "p.Gln335Ter is declared"),
    )
    assert finding.caveats == (
        "Few people.",
        "3 reads.",
        "p.Gln335Ter is declared.",
    )
    assert replace(made("a"), version=2).version == 2
