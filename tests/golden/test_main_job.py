"""The main job end to end: a case folder in, a dossier out, on every example that ships."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest

import ultrarare
from ultrarare.app.dossier import assess_into
from ultrarare.app.examples import example_folder
from ultrarare.errors import InputErrors

EXAMPLES = ("kabe", "progressive", "episodic", "no-benefit")
ELEMENTS = ("abnormality", "therapy", "natural-history", "engagement", "improvement")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Each example's dossier, made once."""
    root = tmp_path_factory.mktemp("dossiers")
    return {
        name: assess_into(example_folder(name), root / name, clock=lambda: NOON)
        for name in EXAMPLES
    }


def _verdicts(written, pack="fda-pmf-draft-2026-02"):
    guidance = next(g for g in written.assessment.guidance if g.id == pack)
    return {str(e.id): str(e.verdict) for e in guidance.elements}


def _requirement(written, pack, row):
    guidance = next(g for g in written.assessment.guidance if g.id == pack)
    return next(r for r in guidance.requirements if r.id == row)


def _copy(name, target):
    shutil.copytree(example_folder(name), target)
    return target


def _fast(case, out):
    return assess_into(case, out, clock=lambda: NOON)


@pytest.mark.parametrize("name", EXAMPLES)
def test_assessment_json_keeps_the_promised_shape(written, name):
    found = json.loads((written[name].folder / "assessment.json").read_text("utf-8"))

    assert found["case"]["id"] == name
    for finding in found["findings"]:
        assert finding["origin"] in {"computed", "cited", "declared"}
        assert finding["planned"] in {"locked", "post hoc", "not applicable"}
        assert {"id", "kind", "estimate", "n", "caveats", "provenance"} <= finding.keys()
        if finding["estimate"] is not None:
            assert {"value", "lower", "upper", "level", "unit"} == finding["estimate"].keys()
    ids = {finding["id"] for finding in found["findings"]}
    assert len(ids) == len(found["findings"])
    for guidance in found["guidance"]:
        assert {"id", "status", "readings", "elements", "requirements"} <= guidance.keys()
        assert [element["id"] for element in guidance["elements"]] == list(ELEMENTS)
        for reading in ("strict", "as_written"):
            assert set(guidance["readings"][reading]["open_elements"]) <= set(ELEMENTS)
        for row in guidance["requirements"]:
            assert {"id", "verdict", "tag", "reason", "findings", "remedy"} <= row.keys()
            assert set(row["findings"]) <= ids
            assert row["tag"]
    assert isinstance(found["gaps"], list)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_folder_holds_page_paper_tables_and_provenance(written, name):
    folder = written[name].folder
    provenance = json.loads((folder / "provenance.json").read_text("utf-8"))

    assert (folder / "dossier.html").read_bytes().startswith(b"<!doctype html>")
    assert (folder / "dossier.pdf").read_bytes().startswith(b"%PDF-")
    assert {path.name for path in (folder / "tables").iterdir()} >= {"findings.csv", "verdicts.csv"}
    for entry in provenance["inputs"]:
        assert len(entry["sha256"]) == len("sha256:") + 64
    assert provenance["run"]["started"] == "2026-11-22T12:00:00+00:00"


def test_kabe_stands_as_its_notes_say(written):
    kabe = written["kabe"]

    assert _verdicts(kabe)["engagement"] == "partly supported"
    assert _verdicts(kabe, "nejm-pmp-2025-11")["engagement"] == "partly supported"
    for pack in ("fda-pmf-draft-2026-02", "nejm-pmp-2025-11"):
        in_patient = _requirement(kabe, pack, "TE-01")
        assert in_patient.verdict == "missing"
        assert "biopsy was deferred" in in_patient.reason
        own = _requirement(kabe, pack, "EL-3")
        assert "50 %" in own.reason
        assert "36 % (21–50 %)" in own.reason


def test_no_finding_serves_engagement_and_improvement_at_once(written):
    for one in written.values():
        for guidance in one.assessment.guidance:
            counted: dict[str, set[str]] = {}
            for row in guidance.requirements:
                if row.element in {"engagement", "improvement"}:
                    counts = {f for f, role in row.roles.items() if role == "supports"}
                    counted.setdefault(str(row.element), set()).update(counts)
            both = counted.get("engagement", set()) & counted.get("improvement", set())
            assert not both


def test_the_made_cases_stand_as_they_were_made(written):
    assert set(_verdicts(written["progressive"]).values()) == {"supported"}
    assert set(_verdicts(written["episodic"]).values()) == {"supported"}
    no_benefit = _verdicts(written["no-benefit"])
    assert no_benefit.pop("improvement") == "contradicted"
    assert set(no_benefit.values()) == {"supported"}


def test_the_same_input_gives_the_same_bytes(written, tmp_path):
    again = _fast(example_folder("kabe"), tmp_path / "again")
    first = written["kabe"].folder

    for path in sorted(first.rglob("*")):
        relative = path.relative_to(first)
        if path.is_file() and ".cache" not in relative.parts and path.name not in TIMED:
            assert path.read_bytes() == (again.folder / relative).read_bytes(), relative
    before = json.loads((first / "provenance.json").read_text("utf-8"))
    after = json.loads((again.folder / "provenance.json").read_text("utf-8"))
    before.pop("run")
    after.pop("run")
    assert before == after
    assert _untimed_crate(first) == _untimed_crate(again.folder)


TIMED = ("provenance.json", "ro-crate-metadata.json")
"""The files that say when they were made."""


def _untimed_crate(folder):
    """The crate without its times and without the digest of the file that holds the times."""
    whole = json.loads((folder / "ro-crate-metadata.json").read_text("utf-8"))
    timed = {"startTime", "endTime", "datePublished"}
    return [
        {key: value for key, value in entity.items() if key not in timed}
        for entity in whole["@graph"]
        if entity["@id"] != "provenance.json"
    ]


def test_assess_json_prints_what_it_writes(tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "ultrarare", "assess", str(example_folder("kabe"))]

    done = subprocess.run(
        [*command, "--out", str(out), "--json"], capture_output=True, check=True, text=True
    )

    assert done.stdout == (out / "assessment.json").read_text("utf-8")


def test_gate_exits_with_one_where_an_element_is_open(tmp_path):
    out = str(tmp_path / "out")
    command = [sys.executable, "-m", "ultrarare", "assess"]

    kabe = subprocess.run(
        [*command, str(example_folder("kabe")), "--out", out, "--gate"],
        capture_output=True,
        check=False,
    )

    assert kabe.returncode == 1


def _data_files(name):
    root = example_folder(name)
    return sorted(str(p.relative_to(root)) for p in (root / "data").rglob("*") if p.is_file())


@pytest.mark.parametrize("name", ["kabe", "no-benefit"])
def test_taking_away_a_file_supports_nothing_new(written, tmp_path, name):
    """A missing file makes verdicts missing; nothing becomes supported by it, nothing crashes."""
    from ultrarare.app.assess import assess_case

    rank = {"supported": 2, "partly supported": 1}
    before = _verdicts(written[name])
    for file in _data_files(name):
        case = _copy(name, tmp_path / file.replace("/", "-"))
        (case / file).unlink()

        after = assess_case(case).assessment

        guidance = after.guidance[0]
        for element in guidance.elements:
            old = before[str(element.id)]
            new = str(element.verdict)
            assert rank.get(new, 0) <= rank.get(old, 0) or old == "contradicted", (file, element.id)
            assert new != "supported" or old == "supported", (file, element.id)
        assert file in after.case.absent


def test_a_changed_allele_count_changes_finding_and_page(written, tmp_path):
    case = _copy("kabe", tmp_path / "case")
    table = case / "data/editing/alleles.csv"
    table.write_text(table.read_text("utf-8").replace(",862,", ",762,"), encoding="utf-8")

    changed = _fast(case, tmp_path / "out")

    finding = changed.assessment.finding("editing.allele-table/alleles/intended-only")
    assert finding.details["count"] == 762
    page = (changed.folder / "dossier.html").read_text("utf-8")
    assert "762 of 2,448" in page
    assert "862 of 2,448" not in page
    assert "862 of 2,448" in (written["kabe"].folder / "dossier.html").read_text("utf-8")


def test_a_changed_course_turns_the_verdict(tmp_path):
    """The made patient's scores after dosing, brought back to the untreated course."""
    case = _copy("progressive", tmp_path / "case")
    series = case / "data/course/motor-score.csv"
    lines = series.read_text("utf-8").splitlines()
    head, rows = lines[0], [line.split(",") for line in lines[1:]]
    lowered = [
        [day, value if day < "2024-06-03" else f"{float(value) - 13:.1f}"] for day, value in rows
    ]
    series.write_text("\n".join([head, *(",".join(row) for row in lowered)]) + "\n", "utf-8")

    changed = _fast(case, tmp_path / "out")

    assert _verdicts(changed)["improvement"] == "contradicted"


def test_bad_input_is_told_all_at_once_and_nothing_is_written(tmp_path):
    case = _copy("progressive", tmp_path / "case")
    text = (case / "case.yaml").read_text("utf-8")
    text = text.replace("phase: pivotal", "phase: pivotal\ncolour: blue", 1)
    text = text.replace("g.151C>T", "g.151A>T")
    (case / "case.yaml").write_text(text, encoding="utf-8")
    reads = case / "data/editing/biopsy_R1.fastq.gz"
    reads.write_bytes(reads.read_bytes()[:-200])
    visits = case / "data/history/people.csv"
    visits.write_text(visits.read_text("utf-8") + "u99,-1,5,1\n", encoding="utf-8")
    plan = (case / "plan.yaml").read_text("utf-8")
    (case / "plan.yaml").write_text(plan.replace("at_most: 0.025", "at_most: 0.05"), "utf-8")
    out = tmp_path / "out"

    with pytest.raises(InputErrors) as caught:
        _fast(case, out)

    told = str(caught.value)
    for place in ("colour", "biopsy_R1.fastq.gz", "people.csv:", "plan.lock", "variants[0]"):
        assert place in told, place
    assert not out.exists()


def test_a_pack_with_an_unknown_fact_is_an_error_beside_the_others(tmp_path):
    case = _copy("kabe", tmp_path / "case")
    (case / "case.yaml").write_text(
        (case / "case.yaml").read_text("utf-8") + "\ncolour: blue\n", encoding="utf-8"
    )
    from ultrarare.guidance.pack import find_pack

    pack = find_pack("nejm-pmp-2025-11")
    shipped = Path(ultrarare.__file__).parent / "guidance" / "packs"
    source = shipped / f"{pack.id}.yaml"
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        source.read_text("utf-8").replace("course.own-control", "course.own-contrl"), "utf-8"
    )

    with pytest.raises(InputErrors) as caught:
        assess_into(case, tmp_path / "out", guidance=[str(mine)])

    assert "colour" in str(caught.value)
    assert "course.own-contrl" in str(caught.value)


def test_a_second_run_takes_every_result_from_the_cache(tmp_path):
    out = tmp_path / "out"
    _fast(example_folder("kabe"), out)

    again = _fast(example_folder("kabe"), out)

    run = json.loads((out / "provenance.json").read_text("utf-8"))["run"]
    ran = {f.provenance.analysis for f in again.assessment.findings if f.provenance.inputs}
    assert ran
    assert "editing.amplicon/simulated-reads" in run["from_cache"]


def test_simulated_reads_are_a_check_and_agree_with_the_table(written):
    kabe = written["kabe"].assessment
    for definition in ("any-edit", "target-base", "intended-protein", "intended-only"):
        table = kabe.finding(f"editing.allele-table/alleles/{definition}")
        made = kabe.finding(f"editing.amplicon/simulated-reads/{definition}")

        assert made.direction == "describes"
        assert made.caveats[0].startswith("Simulator check")
        expected = table.details["count"] / 2334
        assert made.estimate.lower <= expected <= made.estimate.upper


def test_made_reads_say_so_in_their_names():
    reads = example_folder("kabe") / "data/editing/reads.fastq.gz"

    with gzip.open(reads, "rt") as handle:
        assert handle.readline().startswith("@simulated:")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_word_of_the_paper_stands_on_the_sheet_above_its_footer(written, name):
    reader = pypdf.PdfReader(written[name].folder / "dossier.pdf")
    for number, page in enumerate(reader.pages, 1):
        below: list[str] = []
        footer: list[float] = []

        def place(text, cm, tm, _font, _size, below=below, footer=footer):
            height = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            if "never that a product is approved" in text:
                footer.append(height)
            elif text.strip() and height < 18 * 72 / 25.4 - 4:
                below.append(text)

        page.extract_text(visitor_text=place)
        assert len(footer) == 1, f"page {number}"
        assert not below, f"page {number}"


def test_a_column_of_the_paper_has_room_for_its_longest_word(written):
    """Were it narrower, the word would run into the next column and be read as one with it."""
    reader = pypdf.PdfReader(written["kabe"].folder / "dossier.pdf")
    text = " ".join(page.extract_text(extraction_mode="layout") for page in reader.pages)

    for kind in ("measurement", "intercurrent"):
        assert re.search(rf"{kind}\s+A\b", text)
        assert not re.search(rf"{kind}A", text)
