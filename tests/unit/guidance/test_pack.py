"""Reading packs: every problem with its line, all at once; and the packs that ship."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from ultrarare import digest
from ultrarare.case.case import Modality, Phase
from ultrarare.errors import InputError, InputErrors, NotFound
from ultrarare.guidance import pack as pack_module
from ultrarare.guidance.assessment import Element, Verdict
from ultrarare.guidance.diff import diff
from ultrarare.guidance.engine import assess_pack
from ultrarare.guidance.pack import find_pack, packs, read_pack
from ultrarare.guidance.predicate import Predicate
from ultrarare.guidance.reach import reachable

FDA, NEJM = "fda-pmf-draft-2026-02", "nejm-pmp-2025-11"

HEAD = """\
schema: ultrarare/guidance/1
id: made
title: A made pack
document: none
jurisdiction: nowhere
status: draft
date: "2026-01-01"
version: "1"
notice: made
scope: {word: made}
readings: {strict: {about: all}, as_written: {about: some}}
sources: {DOC: {title: a made document, status: draft}}
requirements:
"""
ROW = """\
  - id: EL-{number}
    element: {element}
    section: elements
    question: "Is it so?"
    paraphrase: It is so.
    source: {{document: DOC, locator: page 1}}
    tag: direct
    due: discovery
    decides: true
    predicate: {{ask: shown, kind: disease.severity}}
    remedy: Show it.
    examples:
      - {{verdict: supported, findings: [{{kind: disease.severity}}]}}
      - {{verdict: missing}}
"""
ROWS = [ROW.format(number=i + 1, element=element.value) for i, element in enumerate(Element)]
GOOD = HEAD + "".join(ROWS)


def write(folder: Path, text: str) -> Path:
    path = folder / "made.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputErrors) as caught:
        read_pack(write(folder, text))
    return [f"{problem.where}: {problem.problem}" for problem in caught.value.problems]


def test_a_pack_carries_the_digest_of_its_bytes(tmp_path):
    path = write(tmp_path, GOOD)

    pack = read_pack(path)

    assert pack.sha256 == digest.of_file(path)
    assert [row.id for row in pack.requirements] == ["EL-1", "EL-2", "EL-3", "EL-4", "EL-5"]
    assert pack.cite(pack.requirement("EL-2")) == "a made document (draft): page 1"


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("id: EL-2", "id: EL-1", "made.yaml:14 requirements[0].id", "stands 2 times"),
        ("ask: shown", "ask: shwon", "made.yaml:23", "expected tags"),
        ("disease.severity", "disease.severty", "made.yaml:23", "not in the vocabulary"),
        ("element: therapy", "element: theraphy", "made.yaml:29", "'abnormality', 'therapy'"),
        ("due: discovery", "due: soon", "made.yaml:21", "'discovery', 'nonclinical'"),
        ("due: discovery", "due: discovery\n    modality: [editing]", "made.yaml:22",
         "'genome editing'"),
        ("tag: direct", "tag: certain", "made.yaml:20", "each part holds one of"),
        ("tag: direct", "tag: secondary", "made.yaml:20", "secondary names its source"),
        ("tag: direct", 'tag: "secondary: S9"', "made.yaml:20", "the register has: DOC"),
        ("document: DOC", "document: DOG", "made.yaml:19", "names document 'DOG'"),
        ("element: therapy", "element: abnormality", "made.yaml:14 requirements",
         "no row decides the element 'therapy'"),
        ("    element: therapy\n", "", "made.yaml:35", "names none under `element`"),
        ("remedy: Show it.", "remedies: Show it.", "made.yaml:24", "unknown key"),
    ],
)  # fmt: skip
def test_each_thing_wrong_with_a_pack_is_named_with_its_line(tmp_path, old, new, where, said):
    found = problems(tmp_path, GOOD.replace(old, new, 1))

    assert any(line.startswith(where) and said in line for line in found), found


def test_all_problems_of_a_pack_come_at_once(tmp_path):
    phase = ROWS[0].replace("due: discovery", "due: soon")
    tag = ROWS[1].replace("tag: direct", "tag: sure")
    document = ROWS[2].replace("document: DOC", "document: DOG")

    assert [line.split()[1] for line in problems(tmp_path, HEAD + phase + tag + document)] == [
        "requirements[0].due:",
        "requirements[1].tag:",
        "requirements[2].source.document:",
    ]


def test_a_pack_that_is_not_there_is_said_to_be_so(tmp_path):
    with pytest.raises(NotFound, match="no file is there"):
        read_pack(tmp_path / "none.yaml")
    with pytest.raises(NotFound, match=r"there are: .*fda-pmf-draft-2026-02, .*nejm-pmp-2025-11"):
        find_pack("fda")


def test_a_pack_is_found_by_id_or_by_path(tmp_path):
    assert find_pack(FDA).id == FDA
    assert find_pack(str(write(tmp_path, GOOD))).id == "made"


@pytest.fixture
def their_package(tmp_path, monkeypatch):
    """A distribution of a third party that names its packs through the entry-point group."""

    def install(module: str, target: str = "their_packs") -> None:
        write(tmp_path, GOOD)
        (tmp_path / "their_packs.py").write_text(module, encoding="utf-8")
        info = tmp_path / "their_packs-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-packs\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[ultrarare.guidance]\nours = {target}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        packs.cache_clear()

    yield install
    sys.modules.pop("their_packs", None)
    packs.cache_clear()


MODULE = "from pathlib import Path\nPACKS = [Path(__file__).with_name('made.yaml')]\n"


@pytest.mark.parametrize("target", ["their_packs", "their_packs:PACKS"])
def test_a_third_party_brings_its_packs_through_an_entry_point(their_package, target):
    their_package(MODULE, target)

    assert {FDA, "made", NEJM} <= set(packs())
    assert list(packs()) == sorted(packs())


def test_an_entry_point_that_gives_no_path_is_an_error(their_package):
    their_package("PACKS = 3\n")

    with pytest.raises(InputError, match="allowed are a path"):
        packs()


def test_two_packs_with_one_id_are_an_error(their_package):
    their_package(MODULE.replace("]", "] * 2"))

    with pytest.raises(InputError, match="'made' is there twice"):
        packs()


REQUIRED = {
    FDA: [
        *(f"SC-{n:02}" for n in range(1, 16) if n not in {8, 9}),
        *(f"EL-{n}" for n in range(1, 8)),
        *(f"RP-{n:02}" for n in (*range(1, 8), 14)),
        *("TE-01", "TE-03", "TE-04", "TE-05", "TE-06", "TE-07"),
        *("EC-01", "EC-02", "EC-08", "EC-09", "EC-10", "EP-01", "EP-02", "EP-03"),
    ],
    NEJM: [
        *(f"EL-{n}" for n in range(1, 8)),
        *("SC-08", "SC-09", "TE-01", "TE-02", "EC-03", "EC-04", "EC-05", "EC-06", "EC-07"),
    ],
}


@pytest.mark.parametrize("pack_id", [FDA, NEJM])
def test_the_packs_that_ship_hold_the_rows_of_their_document(pack_id):
    assert set(REQUIRED[pack_id]) <= {row.id for row in find_pack(pack_id).requirements}


def test_the_rows_that_are_our_own_deduction_say_so():
    ours = {row.id for pack in packs().values() for row in pack.requirements if row.ours}

    assert {"EL-7", "RP-03", "TE-05", "TE-07", "EC-07", "EP-03"} <= ours
    assert not {"EL-1", "EL-5", "SC-02", "SC-03"} & ours


def test_the_two_documents_differ_as_the_catalogue_says():
    got = diff(find_pack(NEJM), find_pack(FDA))

    frame = {change.field: (change.before, change.after) for change in got.frame}
    scope = {change.field: (change.before, change.after) for change in got.scope}
    only_article = {row.id for row in got.only_a}
    only_draft = {row.id for row in got.only_b}
    changed = {row.id: {change.field for change in row.changes} for row in got.changed}
    assert frame["status"] == ("article", "draft")
    assert frame["docket"] == (None, "FDA-2026-D-1256")
    assert "pathway" in scope["legal word"][0]
    assert "framework" in scope["legal word"][1]
    assert {"SC-08", "SC-09", "TE-02", "EC-03", "EC-04", "PM-04"} <= only_article
    assert {"SC-06", "RP-02", "RP-03", "OG-01"} <= only_draft
    assert {"tag", "paraphrase"} <= changed["EL-4"]
    assert "predicate" not in changed["EL-1"]
    assert not only_article & only_draft


def test_a_difference_is_given_as_rows_and_as_text():
    got = diff(find_pack(NEJM), find_pack(FDA))

    rows, text = got.to_rows(), got.summary()

    assert {"where", "subject", "field", "a", "b"} == set(rows[0])
    assert sum(row["where"] == "only in b" for row in rows) == len(got.only_b)
    assert text.startswith(f"{NEJM} beside {FDA}\n")
    assert "status: article | draft" in text
    assert "docket: not said | FDA-2026-D-1256" in text


def test_a_pack_does_not_differ_from_itself():
    got = diff(find_pack(FDA), find_pack(FDA))

    assert (got.frame, got.scope, got.only_a, got.only_b, got.changed) == ((), (), (), (), ())
    assert len(got.same) == len(find_pack(FDA).requirements)


def test_the_group_of_entry_points_is_the_one_documented():
    assert pack_module.GROUP == "ultrarare.guidance"


DOCS = Path(__file__).parents[3] / "docs"


def test_the_example_of_the_how_to_reads_but_for_the_elements_it_leaves_out(tmp_path):
    page = (DOCS / "how-to" / "write-a-pack.md").read_text("utf-8")
    example = page.split("```yaml\n", 1)[1].split("```", 1)[0]

    found = problems(tmp_path, example)

    assert [line.partition("requirements: ")[2] for line in found] == [
        f"no row decides the element {name!r}"
        for name in ("abnormality", "improvement", "natural-history", "therapy")
    ]


def test_the_page_on_verdicts_names_every_question():
    page = (DOCS / "methods" / "verdicts.md").read_text("utf-8")
    named = TypeAdapter[Any](Predicate).json_schema()["discriminator"]["mapping"]

    assert [ask for ask in named if f"`{ask}`" not in page] == []
    assert len(named) == 19  # the page says nineteen


def test_a_row_without_examples_or_with_one_that_it_does_not_bear_out_is_refused(tmp_path):
    bare = GOOD.replace("      - {verdict: missing}\n", "", 1)
    assert problems(tmp_path, bare) == [
        "made.yaml:14 requirements[0].id: EL-1 has 1 verdicts among its examples; at least two "
        "are needed"
    ]
    wrong = GOOD.replace("{verdict: supported, findings", "{verdict: contradicted, findings", 1)
    assert problems(tmp_path, wrong) == [
        "made.yaml:14 requirements[0].id: example 1 of EL-1 says contradicted; the row says "
        "supported"
    ]


def test_a_row_belongs_to_an_element_or_to_a_pillar(tmp_path):
    both = GOOD.replace("    section:", "    pillar: scope\n    section:", 1)
    assert "names both of `element` and `pillar`" in problems(tmp_path, both)[0]


def test_a_pack_of_rows_without_elements_reads_and_judges_no_element(tmp_path):
    text = HEAD + ROW.format(number=1, element="x").replace("element: x", "pillar: scope").replace(
        "    decides: true\n", ""
    )
    pack = read_pack(write(tmp_path, text))
    found = assess_pack(pack, (), phase=Phase.PIVOTAL, modality=Modality.ASO)
    assert found.elements == ()
    assert [row.verdict for row in found.requirements] == [Verdict.MISSING]
    assert found.requirements[0].declared_only


@pytest.mark.parametrize("pack_id", list(packs()))
def test_every_verdict_that_a_row_can_take_has_an_example(pack_id):
    for row in packs()[pack_id].requirements:
        shown = {example.verdict for example in row.examples}
        assert set(reachable(row)) <= shown | {Verdict.NOT_APPLICABLE}, row.id
        if row.predicate.ask not in {"judged", "told"}:
            assert len(shown) > 1, row.id
            assert shown & {Verdict.SUPPORTED, Verdict.PARTLY}, row.id
