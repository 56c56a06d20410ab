"""`package data` end to end, read back by programs that are not ours."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.factories import copy_example, edit_case
from ultrarare.app.cdisc.package import REPORT, owned, package_data
from ultrarare.app.examples import example_folder
from ultrarare.cli.main import app
from ultrarare.dossier.cdisc.dataset import Dataset
from ultrarare.dossier.cdisc.report import Export
from ultrarare.errors import InputError, InputErrors

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXAMPLES = ("kabe", "episodic")


@pytest.fixture(scope="module", name="packaged")
def _packaged(tmp_path_factory):
    @cache
    def made(name: str) -> tuple[Path, Export]:
        out = tmp_path_factory.mktemp("data") / name
        cohort = name != "kabe"
        written = package_data(example_folder(name), out, created=AT, with_cohort=cohort)
        return out, written.export

    return made


def datasets(export: Export) -> list[tuple[str, Dataset]]:
    """Every dataset with its folder."""
    return [(folder, d) for folder, study in export.folders.items() for d in study.datasets]


@pytest.mark.parametrize("name", EXAMPLES)
def test_transport_files_hold_the_datasets(packaged, name):
    pyreadstat = pytest.importorskip("pyreadstat")
    out, export = packaged(name)
    for folder, dataset in datasets(export):
        frame, meta = pyreadstat.read_xport(
            str(out / folder / f"{dataset.file}.xpt"), disable_datetime_conversion=True
        )
        assert meta.table_name == dataset.name
        assert meta.file_label == dataset.label
        assert tuple(frame.columns) == dataset.names
        assert meta.column_labels == [variable.label for variable in dataset.variables]
        assert meta.creation_time == datetime(2026, 3, 1, 12)  # noqa: DTZ001 -- as the file has it
        assert len(frame) == len(dataset.rows)
        for variable in dataset.variables:
            if not variable.is_number:
                assert meta.variable_storage_width[variable.name] == variable.length
            seen = list(frame[variable.name])
            for cell, read in zip(dataset.column(variable.name), seen, strict=True):
                if not variable.is_number:
                    assert read == (cell or "")
                elif cell is None:
                    assert math.isnan(read)
                else:
                    assert read == cell


@pytest.mark.parametrize("name", EXAMPLES)
def test_dataset_json_is_read_by_odmlib_and_holds_the_same(packaged, name):
    dataset_json = pytest.importorskip("odmlib.dataset_json_1_1")
    out, export = packaged(name)
    for folder, dataset in datasets(export):
        text = (out / folder / f"{dataset.file}.json").read_text(encoding="utf-8")
        read = json.loads(text)
        column = dataset_json.model.Column
        columns = [column(**item) for item in read["columns"]]
        system = dataset_json.model.SourceSystem(**read["sourceSystem"])
        more = {k: v for k, v in read.items() if k not in ("columns", "sourceSystem")}
        whole = dataset_json.model.DatasetJSON(**more, columns=columns, sourceSystem=system)
        assert whole.records == len(dataset.rows)
        assert whole.rows == [list(row) for row in dataset.rows]
        described = [(c.name, c.label, c.length) for c in whole.columns]
        assert described == [(v.name, v.label, v.length) for v in dataset.variables]
        keys = sorted((c.keySequence, c.name) for c in whole.columns if c.keySequence)
        assert tuple(key for _, key in keys) == dataset.keys
        for variable, cells in zip(dataset.variables, zip(*whole.rows, strict=True), strict=True):
            kind: Any = {"integer": int, "float": int | float}.get(variable.type, str)
            assert all(cell is None or isinstance(cell, kind) for cell in cells)


def defined(path: Path) -> Any:
    """Define-XML as odmlib reads it."""
    loader = pytest.importorskip("odmlib.loader")
    define = pytest.importorskip("odmlib.define_loader")
    reader = loader.ODMLoader(define.XMLDefineLoader(model_package="define_2_1"))
    reader.open_odm_document(str(path))
    return reader.MetaDataVersion()


@pytest.mark.parametrize("name", EXAMPLES)
def test_define_xml_lists_every_variable_as_it_is_written(packaged, name):
    out, export = packaged(name)
    for folder, study in export.folders.items():
        metadata = defined(out / folder / "define.xml")
        groups = metadata.ItemGroupDef
        assert [group.Name for group in groups] == [dataset.name for dataset in study.datasets]
        items = {item.OID: item for item in metadata.ItemDef}
        methods = {method.OID for method in metadata.MethodDef}
        lists = {found.OID: found for found in metadata.CodeList}
        for group, dataset in zip(groups, study.datasets, strict=True):
            assert group.Description.TranslatedText[0]._content == dataset.label
            assert (out / folder / group.leaf.href).is_file()
            assert group.ArchiveLocationID == group.leaf.ID
            assert [ref.OrderNumber for ref in group.ItemRef] == list(
                range(1, len(dataset.variables) + 1)
            )
            for ref, variable in zip(group.ItemRef, dataset.variables, strict=True):
                item = items[ref.ItemOID]
                assert item.Name == variable.name
                assert item.Description.TranslatedText[0]._content == variable.label
                assert item.DataType == variable.type
                sized = variable.type in ("text", "integer", "float")
                assert item.Length == (variable.length if sized else None)
                assert ref.KeySequence == variable.key
                assert ref.Mandatory == ("Yes" if variable.core == "Req" else "No")
                assert item.Origin[0].Type == variable.origin
                assert (ref.MethodOID in methods) == (variable.origin == "Derived")
                if variable.codelist is not None:
                    check_list(lists[item.CodeListRef.CodeListOID], dataset.column(variable.name))


def check_list(found: Any, cells: Any) -> None:
    """Every cell is a term of its list."""
    terms = {item.CodedValue for item in (*found.CodeListItem, *found.EnumeratedItem)}
    assert {cell for cell in cells if cell is not None} <= terms


@pytest.mark.parametrize("name", EXAMPLES)
def test_define_xml_is_valid_by_the_published_schema(packaged, name):
    xmlschema = pytest.importorskip("xmlschema")
    odmlib = pytest.importorskip("odmlib")
    home = Path(odmlib.__file__).parent / "schemas" / "define" / "2.1" / "define2-1-0.xsd"
    schema = xmlschema.XMLSchema(str(home))
    out, export = packaged(name)
    for folder in export.folders:
        assert [e.reason for e in schema.iter_errors(str(out / folder / "define.xml"))] == []


def test_the_same_time_gives_the_same_bytes(packaged, tmp_path):
    out, _ = packaged("kabe")
    again = tmp_path / "again"
    package_data(example_folder("kabe"), again, created=AT)
    names = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert names == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    for name in names:
        assert (out / name).read_bytes() == (again / name).read_bytes(), name


def test_the_clock_stands_only_where_it_was_given(packaged, tmp_path):
    out, _ = packaged("kabe")
    package_data(example_folder("kabe"), tmp_path / "o", created=datetime(2027, 1, 2, tzinfo=UTC))
    one = (out / "sdtm" / "dm.xpt").read_bytes()
    other = (tmp_path / "o" / "sdtm" / "dm.xpt").read_bytes()
    assert one != other
    assert one.replace(b"01MAR26:12:00:00", b"02JAN27:00:00:00") == other


def test_kabe_says_what_it_does_not_know(packaged):
    _, export = packaged("kabe")
    study = export.folders["sdtm"]
    doses = list(study.dataset("EX").records())
    assert [(row["EXDOSE"], row["EXSTDY"]) for row in doses] == [(0.1, 1), (0.3, 23), (None, None)]
    lb = list(study.dataset("LB").records())
    assert [(r["LBSTRESC"], r["LBSTRESN"]) for r in lb if r["LBCOLSRT"] is None] == [
        (">1000", None)
    ]
    assert not any(row["GFCAT"] == "EDITING" for row in study.dataset("GF").records())
    left = {item.what: item.why for item in export.left_out}
    assert "model only" in left["finding editing.allele-table/alleles/target-base"]
    assert "simulated" in left["dataset simulated-reads (editing-reads)"]
    assert {result.rule for result in export.open} == {"UR-02", "UR-SD-05"}


def test_editing_of_the_patients_own_tissue_is_a_genomic_finding(packaged):
    _, export = packaged("episodic")
    rows = list(export.folders["sdtm"].dataset("GF").records())
    target = [row for row in rows if row["GFSCAT"] == "TARGET BASE"]
    assert [(row["GFSPEC"], row["GFDTC"], row["GFDY"]) for row in target] == [
        ("LIVER", "2024-07-08", 36)
    ]
    assert target[0]["GFSTRESN"] == pytest.approx(0.487, abs=0.001)
    assert {result.rule for result in export.open} == {"UR-02"}


def test_untreated_people_go_out_only_if_asked_and_without_their_names(packaged, tmp_path):
    out, export = packaged("episodic")
    assert {study.id for study in export.folders.values()} == {"EPISODIC", "EPISODIC-NH"}
    cohort = export.folders["cohort/sdtm"]
    people = cohort.dataset("DM")
    assert people.column("USUBJID")[0] == "EPISODIC-NH-EPISODIC-00001"
    assert len(set(people.column("USUBJID"))) == 48
    for path in (out / "cohort").rglob("*.json"):
        assert '"u0' not in path.read_text(encoding="utf-8")
    source = (example_folder("episodic") / "data/history/people.csv").read_text(encoding="utf-8")
    exits = sorted(float(line.split(",")[2]) for line in source.splitlines()[1:])
    times = export.folders["cohort/adam"].dataset("ADTTE")
    assert sorted(times.column("AEXIT")) == exits
    assert times.column("CNSR").count(0) == sum(
        line.endswith(",1") for line in source.splitlines()[1:]
    )
    alone = package_data(example_folder("episodic"), tmp_path / "alone", created=AT)
    assert set(alone.export.folders) == {"sdtm", "adam"}
    assert not (tmp_path / "alone" / "cohort").exists()
    left = {item.what for item in alone.export.left_out}
    assert "dataset untreated-crises (cohort-episodes)" in left
    assert "dataset untreated-crises (cohort-episodes)" not in {i.what for i in export.left_out}


def test_files_of_an_earlier_package_do_not_stay(packaged, tmp_path):
    out, _ = packaged("kabe")
    assert {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()} <= {*owned(), REPORT}
    target = tmp_path / "o"
    package_data(example_folder("episodic"), target, created=AT, with_cohort=True)
    assert (target / "sdtm" / "pr.xpt").is_file()
    package_data(example_folder("kabe"), target, created=AT)
    assert not (target / "sdtm" / "pr.xpt").exists()
    assert not (target / "cohort" / "sdtm" / "dm.xpt").exists()


def test_every_breach_is_told_and_nothing_is_written(tmp_path):
    folder = copy_example("kabe", tmp_path)
    timeline = folder / "data/course/timeline.csv"
    text = timeline.read_text(encoding="utf-8").replace("lethargy", "léthargie")
    timeline.write_text(text, encoding="utf-8")
    edit_case(folder, lambda case: case["product"].update(name="produit né"))
    out = tmp_path / "o"
    with pytest.raises(InputErrors) as caught:
        package_data(folder, out, created=AT)
    said = str(caught.value)
    for place in ("CE.CETERM row ", "EX.EXTRT row 3", "DM.ARM row 1", "TS.TSVAL", "ADSL.TRT01P"):
        assert place in said
    assert not out.exists()


@pytest.mark.parametrize("study", ["", "a b", "é", "-x", "x" * 41])
def test_a_study_id_that_does_not_fit_is_an_error(tmp_path, study):
    with pytest.raises(InputError, match="--study-id"):
        package_data(example_folder("kabe"), tmp_path / "o", study_id=study, created=AT)


def test_places_times_and_cohorts_that_do_not_fit_are_errors(tmp_path):
    kabe = example_folder("kabe")
    with pytest.raises(InputError, match="case folder"):
        package_data(kabe, copy_example("kabe", tmp_path), created=AT)
    with pytest.raises(InputError, match="without a zone"):
        package_data(kabe, tmp_path / "o", created=datetime(2026, 3, 1))  # noqa: DTZ001
    with pytest.raises(InputError, match="no cohort"):
        package_data(kabe, tmp_path / "o", created=AT, with_cohort=True)
    assert not (tmp_path / "o").exists()


def test_the_command_writes_and_tells(tmp_path):
    run = CliRunner()
    asked = ["package", "data", str(example_folder("kabe")), "--out", str(tmp_path / "o")]
    done = run.invoke(app, [*asked, "--study-id", "X-1", "--created", "2026-03-01T12:00:00Z"])
    assert done.exit_code == 0
    assert "study X-1, SDTM" in done.stdout
    assert "DM.SITEID: is required and empty" in done.stdout
    gated = run.invoke(app, [*asked, "--gate", "--json"])
    assert gated.exit_code == 1
    report = json.loads((tmp_path / "o" / REPORT).read_text(encoding="utf-8"))
    assert json.loads(gated.stdout) == report
    assert {rule["id"] for rule in report["rules"]} > {"UR-01", "UR-SD-12", "UR-AD-05"}
    odd = run.invoke(app, [*asked, "--created", "yesterday"])
    assert isinstance(odd.exception, InputError)
