"""The content plan: each file under one heading with its checksum, gaps told, nothing dropped."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.unit.dossier.example import assessment
from ultrarare import digest
from ultrarare.app.contents import write_contents
from ultrarare.app.examples import example_folder
from ultrarare.case.vocabulary import vocabulary
from ultrarare.cli.main import app
from ultrarare.dossier.contents import FileAtHand, content_plan, fill, submission_name
from ultrarare.errors import InputErrors, NotFound


def file(path, of="package", **more):
    return FileAtHand(path=path, of=of, sha256="sha256:" + "0" * 64, size=3, **more)


def test_every_pattern_of_the_plan_can_match():
    plan = content_plan()
    numbers = [one.number for one in plan.sections]
    assert len(numbers) == len(set(numbers))
    assert {number[0] for number in numbers if number[0].isdigit()} == set("12345")
    kinds = set(vocabulary())
    for section in plan.sections:
        for prefix in section.findings:
            assert any(kind.startswith(prefix) for kind in kinds), (section.number, prefix)


def test_a_file_without_a_place_is_listed_and_none_is_lost():
    files = [file("briefing-book.docx"), file("odd.bin"), file("data/x.csv", of="case")]
    found = fill(content_plan(), assessment(), files)
    assert [f.path for f in found.unplaced] == ["odd.bin", "data/x.csv"]
    rows = list(csv.DictReader(io.StringIO(found.csv())))
    assert sorted(row["path"] for row in rows if row["path"]) == sorted(f.path for f in files)


def test_evidence_without_a_document_is_no_file_and_nothing_is_nothing():
    found = {one.section.number: one for one in fill(content_plan(), assessment(), ()).sections}
    assert found["1.2"].state == "nothing"
    assert found["2.5"].state == "evidence, no document"
    assert found["2.5"].evidence
    letter = file("data/advice/minutes.pdf", of="case", letter=True)
    with_letter = {
        s.section.number: s for s in fill(content_plan(), assessment(), [letter]).sections
    }
    assert with_letter["1.6.3"].state == "at hand"


@given(st.text(min_size=1, max_size=200))
def test_a_submission_name_is_one(text):
    name = submission_name(text)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*\.[a-z0-9]+", name)
    assert len(name) <= 64


def test_names_that_would_collide_are_told():
    same = [file("briefing-book.docx"), file("briefing-book.DOCX")]
    with pytest.raises(InputErrors, match=r"briefing-book\.docx in section 1\.6\.2"):
        fill(content_plan(), assessment(), same)


def test_the_plan_of_a_case_has_checksums_of_its_files(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "briefing-book.docx").write_bytes(b"abc")
    case = example_folder("kabe")
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app,
        ["package", "contents", str(case), "--package", str(package), "--out", str(out), "--json"],
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found == json.loads((out / "contents.json").read_text())
    leaves = {leaf["path"]: leaf for one in found["sections"] for leaf in one["leaves"]}
    assert leaves["briefing-book.docx"]["sha256"] == digest.of_bytes(b"abc")
    assert leaves["data/editing/alleles.csv"]["sha256"] == digest.of_file(
        case / "data/editing/alleles.csv"
    )
    assert found["unplaced"] == []
    assert "briefing-book.docx" in (out / "contents.html").read_text()
    with pytest.raises(NotFound):
        write_contents(case, out, package=tmp_path / "none")
