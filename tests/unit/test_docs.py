"""The documents say what the code does: commands, kinds, errors, links and snippets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

from ultrarare.analysis.registry import analyses
from ultrarare.app.examples import examples_root
from ultrarare.app.schema import MODELS, json_schema
from ultrarare.case.case import Case
from ultrarare.case.dataset import Dataset
from ultrarare.case.finding import Ladder, Tier
from ultrarare.case.judgement import Judgements
from ultrarare.case.plan import Lock, Plan
from ultrarare.cli.main import app
from ultrarare.errors import InputErrors, UltrarareError
from ultrarare.guidance.assessment import Assessment, Element, Verdict
from ultrarare.guidance.pack import read_pack
from ultrarare.guidance.predicate import Predicate

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("examples/*/README.md")])
CASE_FOLDER = (DOCS / "reference/case-folder.md").read_text("utf-8")
ASSESSMENT = (DOCS / "reference/assessment-json.md").read_text("utf-8")
VERDICTS = (DOCS / "methods/verdicts.md").read_text("utf-8")

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _blocks(page: Path, language: str) -> list[str]:
    return [code for found, code in _FENCE.findall(page.read_text("utf-8")) if found == language]


def _commands(command: Any, path: str = "ultrarare") -> Iterator[tuple[str, str]]:
    """Path and help of each command; Typer carries a Click of its own, so no type is asked for."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command.help or ""
        return
    for name, child in children.items():
        yield from _commands(child, f"{path} {name}")


_GROUP: Any = typer.main.get_command(app)
_SCHEMA = _GROUP.commands["schema"]
COMMANDS = dict(_commands(_GROUP))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_stands_in_the_readme_and_has_help(command):
    assert f"`{command}" in README
    assert COMMANDS[command].strip().endswith(".")


def test_the_readme_names_no_command_that_is_not_there():
    named = re.findall(r"^\| `(ultrarare(?: [a-z][a-z-]*)+)", README, re.MULTILINE)

    assert set(named) == set(COMMANDS)


@pytest.mark.parametrize("name", analyses())
def test_each_analysis_has_a_page_of_its_method(name):
    assert (DOCS / "methods" / f"{analyses()[name].method}.md").is_file()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_each_relative_link_leads_somewhere(page):
    text = _FENCE.sub("", page.read_text("utf-8"))
    targets = {link.partition("#")[0] for link in _LINK.findall(text)}

    broken = [t for t in targets if t and "://" not in t and not (page.parent / t).exists()]

    assert broken == []


def test_each_page_of_the_documentation_is_reached_from_its_index():
    index = (DOCS / "README.md").read_text("utf-8")
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"README.md"}

    linked = {page for page in pages if f"({page})" in index}
    in_linked_folder = {page for page in pages if f"({page.partition('/')[0]}/)" in index}

    assert pages - linked - in_linked_folder == set()


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and every model below it."""
    seen: list[type[BaseModel]] = []
    waiting: list[object] = [model]
    while waiting:
        here = waiting.pop()
        if isinstance(here, type) and issubclass(here, BaseModel):
            if here not in seen:
                seen.append(here)
                waiting += [field.annotation for field in here.model_fields.values()]
        else:
            waiting += get_args(here)
    yield from seen


def _fields(*models: type[BaseModel]) -> set[str]:
    return {
        field.alias or name
        for model in models
        for each in _models(model)
        for name, field in each.model_fields.items()
    }


def _mentions(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def test_the_walk_over_models_reaches_nested_fields():
    assert {"schema", "acmg", "c_first", "duo", "any_edit_window"} <= _fields(Case)


def test_each_field_of_the_case_folder_is_described():
    fields = _fields(Case, Plan, Lock, Judgements)

    assert {field for field in fields if not _mentions(CASE_FOLDER, field)} == set()


@pytest.mark.parametrize("kind", get_args(get_args(Dataset)[0]), ids=lambda model: model.__name__)
def test_each_dataset_kind_is_described_with_its_fields(kind):
    (name,) = get_args(kind.model_fields["kind"].annotation)
    row = next(line for line in CASE_FOLDER.splitlines() if line.startswith(f"| `{name}` |"))
    common = {"id", "kind", "origin", "sources", "note"}

    for field, about in kind.model_fields.items():
        if field not in common:
            assert _mentions(row, field)
            assert (f"**{field}**" in row) is about.is_required()


def test_each_field_of_an_assessment_is_described():
    fields = _fields(Assessment)

    assert {"fail_closed", "waits_for", "sha256"} <= fields
    assert {field for field in fields if not _mentions(ASSESSMENT, field)} == set()


@pytest.mark.parametrize("page", [ASSESSMENT, VERDICTS], ids=["assessment-json", "verdicts"])
def test_each_verdict_and_element_word_is_described(page):
    words = [*Verdict, *(str(element).replace("natural-history", "natural") for element in Element)]

    assert [word for word in words if word not in page] == []


def test_each_rung_and_tier_is_described():
    glossary = (DOCS / "glossary.md").read_text("utf-8")

    assert [
        r for r in Ladder if f"{r} {r.meaning}" not in glossary.replace(" and the ", ", ")
    ] == []
    assert [tier for tier in Tier if tier not in glossary] == []


def test_each_predicate_is_described():
    asks = {
        get_args(model.model_fields["ask"].annotation)[0]
        for model in get_args(get_args(Predicate)[0])
    }

    assert {ask for ask in asks if f"`{ask}`" not in VERDICTS} == set()


def _errors(kind: type[UltrarareError] = UltrarareError) -> Iterator[type[UltrarareError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _errors(child)


@pytest.mark.parametrize("kind", list(_errors()), ids=lambda kind: kind.__name__)
def test_each_kind_of_error_stands_with_code_and_statuses(kind):
    row = f"| `{kind.__name__}` | `{kind.code}` | {kind.exit_status} | {kind.http_status} |"

    assert row in CASE_FOLDER


@pytest.mark.parametrize("name", MODELS)
def test_each_schema_is_named_by_the_help_of_its_command(name):
    (argument,) = (p for p in _SCHEMA.params if p.name == "name")

    assert _mentions(argument.help, name)
    assert json_schema(name)["type"] == "object"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_page_names_a_path_of_a_machine(page):
    found = re.findall(
        r"(?<![\w.:/])/(?:home|Users|root|work|tmp|mnt|opt|var)/\S*", page.read_text("utf-8")
    )

    assert found == []


def test_the_readme_s_python_runs(tmp_path):
    (tmp_path / "examples").symlink_to(examples_root())
    blocks = _blocks(ROOT / "README.md", "python")
    script = "\n".join(blocks)

    done = _run(["-c", script], cwd=tmp_path)

    assert len(blocks) == 1
    assert "Target base A8 converted" in done
    assert "A specific causal abnormality | supported" in done
    assert (tmp_path / "build/kabe/dossier.pdf").is_file()


def test_the_analysis_of_the_how_to_is_found_and_run(tmp_path):
    (code,) = _blocks(DOCS / "how-to/add-an-analysis.md", "python")
    (entry,) = _blocks(DOCS / "how-to/add-an-analysis.md", "toml")
    (tmp_path / "my_analyses.py").write_text(code, "utf-8")
    about = tmp_path / "my_analyses-0.1.dist-info"
    about.mkdir()
    about.joinpath("METADATA").write_text(
        "Metadata-Version: 2.1\nName: my_analyses\nVersion: 0.1\n"
    )
    line = entry.strip().splitlines()[-1].replace('"', "")
    about.joinpath("entry_points.txt").write_text(f"[ultrarare.analyses]\n{line}\n")
    script = (
        "from ultrarare import analyse, read_case\n"
        "for f in analyse(read_case('examples/progressive')).findings:\n"
        "    if f.id.startswith('mine'): print(f.id, f.direction, f.statement)\n"
    )

    done = _run(["-c", script], cwd=examples_root().parent, path=tmp_path)

    assert done.startswith(
        "mine.spontaneous-improvement/untreated-visits/improvement supports 0 of 60"
    )


def _run(arguments: list[str], *, cwd: Path, path: Path | None = None) -> str:
    """What a fresh interpreter prints."""
    environment = {**os.environ, "PYTHONPATH": "" if path is None else str(path)}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(page.name[:4]) for page in sorted((DOCS / "adr").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("page", sorted((DOCS / "adr").glob("*.md")), ids=_name)
def test_each_decision_has_context_choice_and_consequences(page):
    text = page.read_text("utf-8")
    places = [text.index(head) for head in ("**Context.**", "**Choice.**", "**Consequences.**")]

    assert all(a < b for a, b in pairwise(places))


def test_the_tutorial_s_case_is_read_without_a_problem(tmp_path):
    from ultrarare.app.check import check_case

    first, statements, datasets = _blocks(DOCS / "tutorial.md", "yaml")
    (tmp_path / "data").symlink_to(examples_root() / "progressive/data")
    (tmp_path / "case.yaml").write_text(f"{first}{datasets}\n{statements}", "utf-8")

    checked = check_case(tmp_path)

    assert (checked.problems, checked.files, checked.absent) == ((), 7, ())


def test_the_tutorial_s_plan_stands_as_the_page_prints(tmp_path):
    from ultrarare import analyse, assess, read_case
    from ultrarare.app.check import check_case
    from ultrarare.app.plan import lock_plan, show_plan

    page = (DOCS / "tutorial.md").read_text("utf-8")
    first, statements, datasets = _blocks(DOCS / "tutorial.md", "yaml")
    shutil.copytree(examples_root() / "progressive/data", tmp_path / "data")
    (tmp_path / "case.yaml").write_text(f"{first}{datasets}\n{statements}", "utf-8")
    copied = re.findall(r"^\$ cp examples/(tutorial/\S+) my-case/$", page, re.MULTILINE)

    for file in copied:  # in the page's order: the plan, then the lock of the story
        shutil.copy(examples_root() / file, tmp_path)
        assert show_plan(tmp_path).summary() in page
        if file.endswith("plan.yaml"):
            now = datetime(2026, 11, 22, 9, tzinfo=UTC)
            lock = lock_plan(tmp_path, name="made signer", now=now, day_of_life=None, replace=False)
            assert lock.summary() in page
    read = read_case(tmp_path)
    analysed = analyse(read)
    verdicts = assess(read, analysed, guidance=["fda-pmf-draft-2026-02"]).assessment.guidance[0]
    own = next(f for f in analysed.findings if f.kind == "course.own-control")
    assert [str(element.verdict) for element in verdicts.elements] == ["supported"] * 5
    assert own.estimate is not None
    assert own.estimate.lower is not None
    assert f"({own.estimate.lower:.3g} to " in page

    plan = tmp_path / "plan.yaml"
    text = plan.read_text("utf-8").replace("relevant_difference: 5", "relevant_difference: 3")
    plan.write_text(text, "utf-8")
    (problem,) = check_case(tmp_path).problems
    assert re.sub(r"([0-9a-f]{8})[0-9a-f]{56}", r"\1…", str(problem)) in page.replace("\n- ", "\n")


def test_the_tutorial_s_mistakes_are_told_as_the_page_prints(tmp_path):
    from ultrarare.app.check import check_case

    page = (DOCS / "tutorial.md").read_text("utf-8")
    first, statements, datasets = _blocks(DOCS / "tutorial.md", "yaml")
    shutil.copytree(examples_root() / "progressive/data", tmp_path / "data")
    head, _, rest = datasets.partition("    tier: same gene")
    rest = rest.replace('unit: "{score}"', "unit: scores", 1)
    case = f"{first}{head}    tiers: same gene{rest}\n{statements}"
    (tmp_path / "case.yaml").write_text(case, "utf-8")
    table = tmp_path / "data/course/timeline.csv"
    table.write_text(table.read_text("utf-8").replace(",dose,", ",dosis,", 1), "utf-8")

    problems = check_case(tmp_path).problems

    assert len(problems) == 4
    assert [p for p in problems if f"- {p}" not in page] == []


def test_the_how_to_s_pack_lacks_nothing_but_the_rows_that_it_says_it_leaves_out(tmp_path):
    (block,) = _blocks(DOCS / "how-to/write-a-pack.md", "yaml")
    (tmp_path / "pack.yaml").write_text(block, encoding="utf-8")
    with pytest.raises(InputErrors) as caught:
        read_pack(tmp_path / "pack.yaml")
    said = [problem.problem for problem in caught.value.problems]

    left = {"abnormality", "therapy", "natural-history", "improvement"}
    assert sorted(said) == sorted(f"no row decides the element '{name}'" for name in left)
