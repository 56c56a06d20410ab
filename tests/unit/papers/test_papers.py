"""Documents: what is computed is compared, what people wrote is kept, nothing is claimed."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from datetime import UTC, datetime

import docx
import pytest
from typer.testing import CliRunner

from ultrarare.app.assess import assess_case
from ultrarare.app.dossier import source_of
from ultrarare.app.examples import example_folder
from ultrarare.app.next_steps import course_figure, steps_of
from ultrarare.app.papers import find_template, template_ids, write_papers
from ultrarare.case.work import read_work
from ultrarare.cli.main import app
from ultrarare.dossier.figures import timeline_figure
from ultrarare.dossier.papers.block import Grid, Heading, Run, Slot, Words, visible
from ultrarare.dossier.papers.build import build
from ultrarare.dossier.papers.docx import human_text, to_docx
from ultrarare.dossier.papers.inserts import FIELDS, INSERTS, Material, fields_of
from ultrarare.dossier.papers.lay import LAY
from ultrarare.dossier.papers.pdf import to_pdf
from ultrarare.dossier.papers.reading import grade, syllables
from ultrarare.dossier.papers.template import read_template
from ultrarare.draw import render
from ultrarare.errors import InputError, InputErrors, NotFound
from ultrarare.guidance.assessment import Element, Verdict
from ultrarare.guidance.meeting import Meeting

DAY = datetime(2026, 11, 27, 9, tzinfo=UTC)
LATER = datetime(2026, 12, 24, 9, tzinfo=UTC)


def material(name, day=DAY):
    assessed = assess_case(example_folder(name))
    work = read_work(example_folder("kabe") / "work.yaml")
    steps = steps_of(assessed.assessment, work, meeting=Meeting.TYPE_B)
    source = source_of(assessed, day)
    return Material(
        source=source, agenda=steps.agenda, course=course_figure(steps), renderer=render,
        timeline=timeline_figure(source.timeline, source.lock, renderer=render),
    )  # fmt: skip


@pytest.fixture(scope="module")
def kabe():
    return material("kabe")


@pytest.fixture(scope="module")
def progressive():
    return material("progressive")


def paper(name, made):
    return build(find_template(name), made)


def runs_of(block):
    if isinstance(block, Words):
        return [block.runs]
    if isinstance(block, Grid):
        return [cell for row in block.rows for cell in row]
    return []


ALL = pytest.mark.parametrize("name", template_ids())


@ALL
def test_each_field_and_insert_is_known_and_each_insert_is_used_somewhere(name, kabe):
    assert set(fields_of(kabe)) == set(FIELDS)
    made = paper(name, kabe)
    assert made.blocks
    used = {p.insert for one in template_ids() for p in find_template(one).parts if p.insert}
    assert used == set(INSERTS)


FORBIDDEN = re.compile(
    r"\bapproved\b|\bapprovable\b|meets (?:the )?(?:FDA|agency)|\bFDA[- ]compliant\b"
    r"|percent complian|% complian|\bcompliance score\b|Part 11 compliant|\bproves\b",
    re.IGNORECASE,
)


@ALL
@pytest.mark.parametrize("case", ["kabe", "progressive"])
def test_no_document_claims_what_only_an_agency_says(name, case, request):
    made = paper(name, request.getfixturevalue(case))
    for block in made.blocks:
        text = (
            visible(block)
            .replace("say supports, not proves", "")
            .replace("Say supports, not proves", "")
        )
        assert not FORBIDDEN.search(text), (block.key, text)


@ALL
def test_each_sentence_on_a_row_links_to_it_and_prints_its_tag(name, kabe):
    rows = {
        (document.id, row.id): row
        for document in kabe.assessment.guidance
        for row in document.requirements
    }
    for block in paper(name, kabe).blocks:
        for runs in runs_of(block):
            for run, following in zip(runs, [*runs[1:], Run(text="")], strict=True):
                if run.link is not None and run.link.startswith("r-"):
                    row = rows[tuple(run.text.split(" "))]
                    assert following.text.startswith(f" [{row.tag}]")


def test_links_lead_to_places_of_the_dossier_beside_it(tmp_path):
    write_papers(
        example_folder("no-benefit"), tmp_path / "out",
        documents=["briefing-book", "family-summary"], clock=lambda: DAY,
    )  # fmt: skip
    page = (tmp_path / "out/dossier.html").read_text("utf-8")
    links = set()
    for path in (tmp_path / "out").glob("*.docx"):
        part = docx.Document(str(path)).part
        links |= {one.target_ref for one in part.rels.values() if one.is_external}
    assert len(links) > 10
    for link in links:
        name, _, anchor = link.partition("#")
        assert name == "dossier.html"
        assert f'id="{anchor}"' in page


def test_the_same_case_gives_the_same_bytes(kabe):
    made = paper("meeting-package", kabe)
    assert to_docx(made)[0] == to_docx(made)[0]
    assert to_pdf(made, {}) == to_pdf(made, {})


def test_what_is_made_anew_without_a_change_says_so(kabe):
    made = paper("meeting-package", kabe)
    first, _ = to_docx(made)
    second, changes = to_docx(made, first)
    assert (changes.changed, changes.added, changes.gone, changes.by_hand) == ((), (), (), ())
    assert changes.kept == 0
    assert "Nothing that is computed." in everything(second)


def everything(data):
    body = docx.Document(io.BytesIO(data)).element.body
    return "\n".join(t.text or "" for t in body.iter() if t.tag.endswith("}t"))


def edited(data, change):
    file = docx.Document(io.BytesIO(data))
    change(file)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def control(file, start):
    for one in file.element.body:
        tag = one.find(f"{W}sdtPr/{W}tag")
        if tag is not None and tag.get(f"{W}val").startswith(start):
            return one
    raise AssertionError(start)


def by_people(file):
    """A filled slot, a paragraph of one's own, and a generated paragraph changed by hand."""
    slot = control(file, "ur-slot:s.background")
    next(slot.iter(f"{W}t")).text = "The child was born at 35 weeks."
    behind = control(file, "ur:documents.")
    own = docx.Document().add_paragraph("A sentence of our own.")._element
    behind.addnext(own)
    computed = control(file, "ur:lock:")
    next(computed.iter(f"{W}t")).text = "The plan was locked, whatever the computer says."


def test_what_people_wrote_is_kept_and_what_changed_is_marked(kabe, progressive):
    first, _ = to_docx(paper("meeting-package", kabe))
    mine = edited(first, by_people)
    other = paper("meeting-package", progressive)
    # the same case id, so that the document is taken for the case's own after its data changed
    changed = type(other)(
        id=other.id, title=other.title, blocks=other.blocks, case_id="kabe",
        case_digest=other.case_digest, made_on="2026-12-24", notice=other.notice,
    )  # fmt: skip
    second, changes = to_docx(changed, mine)
    text = everything(second)
    assert changes.earlier == "2026-11-27"
    assert "The child was born at 35 weeks." in text
    assert "A sentence of our own." in text
    assert "The plan was locked, whatever the computer says." in text
    assert visible(next(b for b in changed.blocks if b.key == "lock")) in text
    assert changes.by_hand
    assert changes.kept == 3
    assert any(one.startswith("Patient") for one in changes.changed)
    assert "What changed since 2026-11-27" in text
    third, again = to_docx(changed, second)
    assert (again.changed, again.added, again.by_hand) == ((), (), ())
    for sentence in ("A sentence of our own.", "whatever the computer says."):
        assert everything(third).count(sentence) == 1


def test_changed_text_has_a_coloured_ground_until_the_next_time(kabe, progressive):
    made, other = (paper("payer-summary", one) for one in (kabe, progressive))
    old, _ = to_docx(made)
    new = type(other)(
        id=other.id, title=other.title, blocks=other.blocks, case_id="kabe",
        case_digest=other.case_digest, made_on="2026-12-24", notice=other.notice,
    )  # fmt: skip
    second, _ = to_docx(new, old)
    facts = control(docx.Document(io.BytesIO(second)), "urt:facts:").getnext()
    assert facts.findall(f".//{W}shd")
    third, _ = to_docx(new, second)
    facts = control(docx.Document(io.BytesIO(third)), "urt:facts:").getnext()
    assert not facts.findall(f".//{W}shd")


def test_a_slot_that_is_gone_gives_its_text_back_as_text(kabe):
    made = paper("meeting-package", kabe)
    mine = edited(to_docx(made)[0], by_people)
    fewer = type(made)(
        id=made.id, title=made.title, case_id=made.case_id, case_digest=made.case_digest,
        blocks=tuple(b for b in made.blocks if b.key != "s.background"), made_on=made.made_on,
        notice=made.notice,
    )  # fmt: skip
    second, _ = to_docx(fewer, mine)
    assert "The child was born at 35 weeks." in everything(second)
    assert "a place that this document does not have any more" in everything(second)


def test_the_pdf_holds_what_people_wrote(kabe, tmp_path):
    made = paper("meeting-package", kabe)
    mine = edited(to_docx(made)[0], by_people)
    second, _ = to_docx(made, mine)
    told = human_text(second)
    assert told["s.background"] == ["The child was born at 35 weeks."]
    from pypdf import PdfReader

    text = "\n".join(
        page.extract_text() for page in PdfReader(io.BytesIO(to_pdf(made, told))).pages
    )
    for sentence in ("The child was born at 35 weeks.", "A sentence of our own."):
        assert sentence in " ".join(text.split())


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"not a zip", "cannot be read as a document"), (None, "was not made by ultrarare")],
)
def test_a_file_of_another_make_is_never_written_over(kabe, data, said):
    if data is None:
        out = io.BytesIO()
        docx.Document().save(out)
        data = out.getvalue()
    with pytest.raises(InputError, match=said):
        to_docx(paper("protocol", kabe), data)


def test_a_document_of_another_case_or_without_its_controls_is_refused(kabe, progressive):
    data, _ = to_docx(paper("protocol", progressive))
    with pytest.raises(InputError, match="is protocol of case progressive"):
        to_docx(paper("protocol", kabe), data)
    data, _ = to_docx(paper("protocol", kabe))

    def stripped(file):
        for one in list(file.element.body):
            if one.tag == f"{W}sdt":
                for inner in one.find(f"{W}sdtContent"):
                    one.addprevious(inner)
                file.element.body.remove(one)

    with pytest.raises(InputError, match="holds no content control"):
        to_docx(paper("protocol", kabe), edited(data, stripped))


def test_nothing_is_written_where_one_document_cannot_be(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "protocol.docx").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"protocol\.docx: cannot be read"):
        write_papers(example_folder("no-benefit"), out, documents=["protocol"], clock=lambda: DAY)
    assert sorted(path.name for path in out.iterdir() if path.name != ".cache") == ["protocol.docx"]
    assert (out / "protocol.docx").read_bytes() == b"mine"


BAD = """\
schema: ultrarare/document/1
id: mine
title: "About {nobody}"
audience: us
parts:
  - text: "The {product} of {patients}."
  - insert: verdicts
  - {heading: A, text: B}
  - slot: {key: a, prompt: One}
"""


def test_a_template_with_unknown_fields_is_told_all_at_once(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(BAD.replace("  - {heading: A, text: B}\n", ""), "utf-8")
    with pytest.raises(InputErrors) as caught:
        read_template(path, fields=FIELDS, inserts=INSERTS)
    said = [f"{one.where}: {one.problem}" for one in caught.value.problems]
    assert len(said) == 3
    assert any("mine.yaml:3" in one and "'nobody'" in one for one in said)
    assert any("'patients'" in one and "product" in one for one in said)
    assert any("'verdicts'" in one and "elements" in one for one in said)
    path.write_text(BAD, "utf-8")
    with pytest.raises(InputErrors, match="exactly one of"):
        read_template(path, fields=FIELDS, inserts=INSERTS)
    with pytest.raises(NotFound, match="there are: analysis-plan"):
        find_template("letter")


def test_a_template_of_ones_own_is_made(tmp_path, kabe):
    path = tmp_path / "letter.yaml"
    path.write_text(
        "schema: ultrarare/document/1\nid: letter\ntitle: A letter\naudience: us\nparts:\n"
        '  - text: "On {product}."\n  - insert: gaps\n',
        "utf-8",
    )
    made = build(find_template(str(path)), kabe)
    assert visible(made.blocks[0]).startswith("On k-abe")


def test_the_family_page_keeps_its_reading_grade_whatever_the_verdicts(kabe):
    template = find_template("family-summary")
    assert template.reading_grade is not None
    values = fields_of(kabe)
    names = [values["product"]]
    fixed = [visible(b) for b in build(template, kabe).blocks if not isinstance(b, Slot | Heading)]
    assert grade(" ".join(fixed), names=names) <= template.reading_grade
    for verdict in Verdict:
        lines = [LAY[element][verdict] for element in Element]
        assert grade(" ".join(lines)) <= template.reading_grade, verdict


def test_missing_is_never_said_to_be_good():
    for element in Element:
        assert LAY[element][Verdict.MISSING] != LAY[element][Verdict.SUPPORTED]
        assert re.search(r"\bnot\b|cannot", LAY[element][Verdict.MISSING])


def test_the_grade_is_that_of_the_formula():
    # 6 words, 1 sentence, 7 syllables: 0.39 × 6 + 11.8 × 7/6 − 15.59
    assert grade("The cat sat on the table.") == pytest.approx(0.39 * 6 + 11.8 * 7 / 6 - 15.59)
    counted = {"gene": 1, "treatment": 2, "table": 2, "illness": 2, "the": 1, "change": 1}
    assert {word: syllables(word) for word in counted} == counted
    with pytest.raises(ValueError, match="no word"):
        grade("…")


def test_the_command_tells_what_changed(tmp_path):
    case = tmp_path / "case"
    shutil.copytree(example_folder("no-benefit"), case)
    words = ["package", "documents", str(case), "--out", str(tmp_path / "out"),
             "--document", "payer-summary"]  # fmt: skip
    assert CliRunner().invoke(app, words).exit_code == 0
    text = (case / "case.yaml").read_text("utf-8")
    title = re.search(r"(?m)^  name: (.*)$", text)
    assert title is not None
    (case / "case.yaml").write_text(text.replace(title[1], "Another name", 1), "utf-8")
    found = CliRunner().invoke(app, words)
    assert "changed" in found.stdout
    assert (tmp_path / "out/payer-summary.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.needs_soffice
def test_libreoffice_opens_it_shows_it_and_keeps_the_controls(tmp_path, kabe):
    made = paper("meeting-package", kabe)
    (tmp_path / "a.docx").write_bytes(to_docx(made)[0])
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    for target in ("pdf", "docx:MS Word 2007 XML"):
        subprocess.run(
            ["soffice", home, "--headless", "--convert-to", target, "--outdir",
             str(tmp_path / "lo"), str(tmp_path / "a.docx")],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
    from pypdf import PdfReader

    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "lo/a.pdf").pages)
    assert "HYPERLINK" not in text
    assert "What is open, and when it is due" in text
    saved = (tmp_path / "lo/a.docx").read_bytes()
    _, changes = to_docx(made, saved)
    assert (changes.changed, changes.added, changes.gone, changes.by_hand) == ((), (), (), ())
