"""`ultrarare drugging rnaseq`: matrices as tools write them, and those that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ultrarare.cli.main import app
from ultrarare.errors import InputError, InputErrors, NotComputable

TABLE = Path(__file__).parents[2] / "reference/expression_counts.csv"
SHEET = "sample,group\n" + "".join(
    f"{g[0]}{k},{g}\n" for g in ("treated", "control") for k in (1, 2, 3)
)


def run(table, sheet, *words):
    arguments = ["drugging", "rnaseq", str(table), "--samples", str(sheet), *words]
    found = CliRunner().invoke(app, arguments)
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "samples.csv"
    path.write_text(SHEET, "utf-8")
    return path


def written(tmp_path, text):
    path = tmp_path / "counts.tsv"
    path.write_text(text, "utf-8")
    return path


def rows():
    return [line.split(",") for line in TABLE.read_text("utf-8").split()]


def test_target_and_the_genes_beside_it(sheet):
    words = ("--target", "G0", "--tissue", "liver", "--ladder", "A", "--json")
    found = json.loads(run(TABLE, sheet, *words).stdout)
    down = found["knock_down"]
    assert down["lower"] < 0.8 < down["upper"]
    assert down["upper"] - down["lower"] < 0.2
    assert found["meaning"] == "tissue of this patient"
    assert found["other_genes"]["counted"] == 599
    assert found["other_genes"]["fewer"] + found["other_genes"]["more"] == len(
        found["other_genes"]["listed"]
    )
    assert "G0" not in {one["gene"] for one in found["other_genes"]["listed"]}
    assert [one["sample"] for one in found["samples"]] == ["t1", "t2", "t3", "c1", "c2", "c3"]
    assert any("most of them did not change" in text for text in found["caveats"])


def test_the_summary_says_the_same(sheet):
    told = run(TABLE, sheet, "--target", "G0").stdout
    assert "G0 falls by 79.9 %" in told
    assert "of 599 other genes tested" in told


def test_alleles_counted_apart(sheet):
    words = ("--target", "G0", "--wild-type", "G1", "--json")
    found = json.loads(run(TABLE, sheet, *words).stdout)
    other, pick = found["wild_type"]["value"], found["selectivity"]["value"]
    # target and other allele are weighted means; their selectivity is of plain ones
    assert pick == pytest.approx(found["ratio"]["value"] / other, rel=0.1)
    assert found["selectivity"]["lower"] < pick < found["selectivity"]["upper"]


def test_a_matrix_as_featurecounts_writes_it(tmp_path, sheet):
    head, *body = rows()
    lines = ["# Program:featureCounts", "\t".join(["Geneid", "Length", *head[1:], "other"])]
    lines += ["\t".join([one[0], "1000", *one[1:], "5"]) for one in body]
    lines.append("\t".join(["__no_feature", "0", *["9999999"] * 6, "1"]))
    path = written(tmp_path, "\n".join(lines) + "\n")
    words = ("--target", "G0", "--json")
    found, plain = (json.loads(run(one, sheet, *words).stdout) for one in (path, TABLE))
    assert found["ratio"] == plain["ratio"]
    assert any("__no_feature" in text for text in found["caveats"])


def test_columns_in_another_order_are_found_by_name(tmp_path, sheet):
    order = [0, 4, 1, 6, 2, 5, 3]
    path = written(tmp_path, "\n".join(",".join(row[k] for k in order) for row in rows()) + "\n")
    words = ("--target", "G0", "--json")
    one, two = (json.loads(run(p, sheet, *words).stdout) for p in (path, TABLE))
    assert one["ratio"] == two["ratio"]
    assert one["samples"] == two["samples"]


def test_reference_genes(sheet):
    words = ("--target", "G0", "--reference", "G20,G30", "--json")
    found = json.loads(run(TABLE, sheet, *words).stdout)
    assert found["references"] == ["G20", "G30"]
    assert not any("most of them" in text for text in found["caveats"])


def test_no_treated_read_is_not_all_gone(tmp_path, sheet):
    body = rows()
    body[1] = ["G0", "0", "0", "0", *body[1][4:]]
    path = written(tmp_path, "\n".join(",".join(row) for row in body) + "\n")
    found = json.loads(run(path, sheet, "--target", "G0", "--json").stdout)
    assert found["knock_down"]["value"] < 1
    assert any("half a read stands for none" in text for text in found["caveats"])


def test_controls_with_few_reads_are_told(tmp_path, sheet):
    body = rows()
    body[1] = ["G0", "1", "2", "1", "3", "4", "2"]
    path = written(tmp_path, "\n".join(",".join(row) for row in body) + "\n")
    told = run(path, sheet, "--target", "G0").stdout
    assert "controls have 3 reads of G0 on average" in told


def test_a_target_without_reads_cannot_fall(tmp_path, sheet):
    body = rows()
    body[1] = ["G0", *["0"] * 6]
    path = written(tmp_path, "\n".join(",".join(row) for row in body) + "\n")
    with pytest.raises(NotComputable, match="read in no sample"):
        run(path, sheet, "--target", "G0")


def test_one_sample_a_group(tmp_path):
    sheet = tmp_path / "two.csv"
    sheet.write_text("sample,group\nt1,treated\nc1,control\nc2,spare\n", "utf-8")
    found = json.loads(run(TABLE, sheet, "--target", "G0", "--json").stdout)
    assert found["knock_down"]["lower"] is None
    assert found["ratio"]["p_value"] is None
    assert any("reads are no samples" in text for text in found["caveats"])
    assert any("not compared: spare" in text for text in found["caveats"])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("G1,1.5,2,3,4,5,6", "no counts"),
        ("G1,,2,3,4,5,6", "it is not 0"),
        ("G1,-1,2,3,4,5,6", "allowed is a count"),
        ("G1,1,2,3,4,5", "has 6 cells"),
        ("G0,1,2,3,4,5,6", "stands in line 2 too"),
        (",1,2,3,4,5,6", "no gene in the first column"),
    ],
)
def test_bad_cells(tmp_path, sheet, line, told):
    head, first = (",".join(row) for row in rows()[:2])
    path = written(tmp_path, f"{head}\n{first}\n{line}\n")
    with pytest.raises(InputErrors, match=r"counts\.tsv") as caught:
        run(path, sheet, "--target", "G0")
    assert told in str(caught.value)


def test_every_problem_is_told_but_not_without_end(tmp_path, sheet):
    head, *body = rows()
    path = written(tmp_path, "\n".join(",".join([r[0], "x", *r[2:]]) for r in body[:50]) + "\n")
    with pytest.raises(InputErrors, match="no column for sample"):
        run(path, sheet, "--target", "G0")
    lines = [",".join(head), *(",".join([r[0], "x", *r[2:]]) for r in body[:50])]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(InputErrors, match="30 more") as caught:
        run(path, sheet, "--target", "G0")
    assert len(caught.value.problems) == 21


def test_files_that_are_no_tables(tmp_path, sheet):
    with pytest.raises(InputError, match="not there"):
        run(tmp_path / "none.csv", sheet, "--target", "G0")
    path = tmp_path / "counts.csv"
    path.write_bytes(b"\x1f\x8b\x08\x00\xff")
    with pytest.raises(InputError, match="Decompress"):
        run(path, sheet, "--target", "G0")
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        run(path, sheet, "--target", "G0")
    path.write_bytes(b"gene,t1,t2,t3,c1,c2,c3\n")
    with pytest.raises(InputErrors, match="no gene"):
        run(path, sheet, "--target", "G0")


def test_options_that_do_not_fit(tmp_path, sheet):
    with pytest.raises(InputErrors, match="no gene 'HTT'"):
        run(TABLE, sheet, "--target", "HTT")
    with pytest.raises(InputErrors, match="is the target"):
        run(TABLE, sheet, "--target", "G0", "--reference", "G0")
    with pytest.raises(InputErrors, match="no group 'dosed'"):
        run(TABLE, sheet, "--target", "G0", "--treated", "dosed")
    with pytest.raises(InputErrors, match="as the treated group"):
        run(TABLE, sheet, "--target", "G0", "--control", "treated")
    twice = tmp_path / "twice.csv"
    twice.write_text(SHEET + "t1,treated\n", "utf-8")
    with pytest.raises(InputErrors, match="stands twice"):
        run(TABLE, twice, "--target", "G0")
