"""`ultrarare editing compare` from a table to verdicts; what failed is never zero."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ultrarare.app.editing.compare import CompareOptions, compare_table
from ultrarare.cli.main import app
from ultrarare.errors import InputErrors

HEAD = "site,group,replicate,edited,depth\n"
KABE = Path(__file__).parents[3] / "examples/kabe/data/offtarget/sites.csv"


def lines(site, treated, control, depth=20_000):
    return "".join(
        f"{site},{group},{k},{value},{depth}\n"
        for group, values in (("treated", treated), ("control", control))
        for k, value in enumerate(values, 1)
    )


def written(tmp_path, text):
    path = tmp_path / "sites.csv"
    path.write_text(text, "utf-8")
    return path


def sites(tmp_path, text, **options):
    found = compare_table(written(tmp_path, text), CompareOptions(**options)).to_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return {row["site"]: row for row in found["sites"]}


def test_the_promised_shape(tmp_path):
    text = HEAD + lines("a", [200, 220, 210], [20, 22, 18]) + lines("b", [20, 19, 21], [20, 22, 18])
    path = written(tmp_path, text)
    found = CliRunner().invoke(app, ["editing", "compare", str(path), "--json"])
    assert found.exit_code == 0
    rows = json.loads(found.stdout)["sites"]
    for name in ("site", "status", "difference", "lower", "upper", "p_value", "q_value", "lod",
                 "verdict"):  # fmt: skip
        assert all(name in row for row in rows)
    assert [row["verdict"] for row in rows] == ["detected", "not detected"]
    assert rows[0]["difference"] == pytest.approx(630 / 60000 - 60 / 60000)
    assert rows[1]["said"].startswith("not detected: below ")
    assert rows[1]["lod"] > 0


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ("c,treated,1,,\nc,control,1,3,20000\n", "no result"),
        ("c,treated,1,0,0\nc,control,1,3,20000\n", "no reads"),
        ("c,treated,1,0,500\nc,control,1,3,20000\n", "500 reads, fewer than 1000"),
        ("c,treated,1,3,20000\n", "control: no replicate is told"),
    ],
    ids=["empty", "no-reads", "few-reads", "no-control"],
)
def test_what_failed_is_not_assessed_and_never_zero(tmp_path, cells, why):
    found = sites(tmp_path, HEAD + lines("a", [20, 19, 21], [20, 22, 18]) + cells)["c"]
    assert found["status"] == found["verdict"] == "not assessed"
    assert why in found["reason"]
    for name in ("difference", "lower", "upper", "p_value", "q_value", "lod"):
        assert found[name] is None


def test_a_replicate_that_failed_leaves_the_others(tmp_path):
    text = HEAD + lines("a", [200, "", 210], [20, 22, 18]).replace(",,20000", ",,")
    found = sites(tmp_path, text)["a"]
    assert found["treated"]["replicates"] == 2
    assert "treated 2: no result" in found["caveats"]
    assert found["verdict"] == "detected"


def test_everything_wrong_is_told_with_its_line(tmp_path):
    text = HEAD + (
        "a,treated,1,30,20\na,treatd,1,3,20000\na,control,1,-3,20000\na,control,2,2.5,20000\n"
    )
    with pytest.raises(InputErrors) as caught:
        sites(tmp_path, text)
    said = str(caught.value)
    for part in ("sites.csv:3", "sites.csv:4", "sites.csv:5"):
        assert part in said
    with pytest.raises(InputErrors) as caught:
        sites(tmp_path, HEAD + "a,treated,1,30,20\na,treated,1,3,20000\na,control,1,5,\n")
    said = str(caught.value)
    for part in ("found 30 of 20 reads", "stands in line 2 too", "a count needs its reads"):
        assert part in said


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("site,group,replicate,depth\na,treated,1,5\n", "neither edited nor percent"),
        ("site,group,replicate,edited,percent,depth\na,treated,1,5,1,9\n", "both edited"),
        ("site,group,replicate,edited\na,treated,1,5\n", "has edited and no depth"),
        ("site,group,percent\na,treated,101\n", "allowed is 0 to 100"),
    ],
)
def test_a_table_of_another_shape_is_refused(tmp_path, head, what):
    with pytest.raises(InputErrors, match=what):
        sites(tmp_path, head)


def test_percent_without_depth_has_no_limit_of_detection(tmp_path):
    text = "site,group,replicate,percent\n" + "".join(
        f"a,{g},{k},{v}\n"
        for g, vs in (("treated", (0.52, 0.60, 0.51)), ("control", (0.19, 0.14, 0.17)))
        for k, v in enumerate(vs)
    )
    found = sites(tmp_path, text)["a"]
    assert found["verdict"] == "detected"
    assert found["lod"] is None
    assert any("depths are not told" in text for text in found["caveats"])
    lone = sites(tmp_path, "site,group,percent\na,treated,0.5\na,control,0.1\n")["a"]
    assert lone["verdict"] == "not assessed"


def test_the_published_sites_say_what_three_replicates_can_show(tmp_path):
    """Musunuru et al. 2025, Table S3: percents of three treated and three control samples."""
    text = "site,group,replicate,percent\n"
    with KABE.open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            for group in ("treated", "control"):
                for k in (1, 2, 3):
                    text += f"{row['gene'] or row['locus']},{group},{k},{row[f'{group}_{k}']}\n"
    path = written(tmp_path, text)
    report = compare_table(path, CompareOptions(), out=tmp_path / "out")
    rows = {row["site"]: row for row in report.rows()}
    # The endogenous locus and ATP7B rise above the control, as the paper's own net percents say.
    assert {name for name, row in rows.items() if row["verdict"] == "detected"} == {"CPS1", "ATP7B"}
    assert rows["ATP7B"]["difference"] == pytest.approx(0.003767, abs=1e-6)
    assert rows["lentiviral insert"]["verdict"] == "not assessed"
    assert sum(row["verdict"] == "not assessed" for row in rows.values()) == 6
    for row in rows.values():
        if row["verdict"] == "not detected":
            assert row["below"] > 0
            assert row["floor"] == pytest.approx(0.05)
    assert "exchanging treated and control replicates alone could give no p below 0.05" in (
        report.summary()
    )
    with (tmp_path / "out/sites.csv").open() as handle:
        assert len(list(csv.DictReader(handle))) == len(rows)
