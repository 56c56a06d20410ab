"""The runner: one failure hides no other, nothing simulated is evidence, all can be traced."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.factories import (
    EXAMPLES,
    copy_example,
    dataset,
    edit_case,
    example,
    example_analysed,
    example_findings,
    findings_of,
    shown,
    survey,
)
from tests.unit.app.made_analysis import made, one_finding, register
from ultrarare import __version__, digest
from ultrarare.app.analyse import analyse, survey_analyses
from ultrarare.case.finding import Direction, Planned
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem


def _fails(_inputs):
    raise ZeroDivisionError("made to fail")


def _cannot(_inputs):
    raise NotComputable("the made data are too few", remedy="Make more.")


def _bad_file(_inputs):
    raise InputError("found a comma", where="data/a.csv:3", remedy="take it out")


def _bad_files(inputs):
    raise InputErrors(
        [Problem(f"{inputs.root}/data/b.csv:1", "found a dot"), Problem("", "found nothing")]
    )


def _undeclared(inputs):
    for finding in one_finding(inputs):
        yield finding.model_copy(update={"kind": "safety.event"})


def test_a_failing_analysis_is_reported_and_hides_no_other(monkeypatch):
    register(monkeypatch, made("made.fails", _fails), made("made.whole"))
    analysed = survey_analyses(example("episodic"))
    by_task = {outcome.task.id: outcome for outcome in analysed.outcomes}
    assert by_task["made.fails"].failure is not None
    assert "ZeroDivisionError in _fails, line" in by_task["made.fails"].failure
    assert "made to fail" in by_task["made.fails"].failure
    (failed,) = by_task["made.fails"].findings
    assert failed.direction is Direction.NOT_COMPUTABLE
    assert "did not come to an end" in failed.statement
    assert by_task["made.whole"].findings[0].direction is Direction.SUPPORTS
    without = {finding.id for finding in example_analysed("episodic").findings}
    assert without < {finding.id for finding in analysed.findings}
    assert analysed.problems == ()


def test_an_analysis_that_gives_what_it_does_not_declare_has_failed(monkeypatch):
    register(monkeypatch, made("made.other", _undeclared))
    outcome = survey_analyses(example("kabe")).outcomes[-1]
    (failure,) = [
        o.failure for o in survey_analyses(example("kabe")).outcomes if o.failure is not None
    ]
    assert "gave 'safety.event', which it does not declare" in failure
    assert outcome.problems == ()


def test_input_problems_of_several_analyses_come_together(monkeypatch):
    register(monkeypatch, made("made.one", _bad_file), made("made.two", _bad_files))
    with pytest.raises(InputErrors) as caught:
        analyse(example("episodic"))
    assert caught.value.problems == (
        Problem("data/a.csv:3", "found a comma", "take it out"),
        Problem("data/b.csv:1", "found a dot"),
        Problem("made.two", "found nothing"),
    )
    assert caught.value.where.endswith("episodic")


def test_what_cannot_be_computed_says_what_would_be_needed(monkeypatch):
    kinds = ("engagement.wrong-residue", "engagement.indel")
    register(monkeypatch, made("made.cannot", _cannot, gives=kinds))
    found = [f for f in survey_analyses(example("kabe")).findings if "made.cannot" in f.id]
    assert [finding.kind for finding in found] == list(kinds)
    for finding in found:
        assert finding.direction is Direction.NOT_COMPUTABLE
        assert finding.statement == "Not computable: the made data are too few."
        assert finding.would_need == "Make more."
        assert finding.estimate is None


@pytest.mark.parametrize("origin", ["simulated", "made"])
def test_simulated_data_never_support_or_contradict(tmp_path, origin):
    folder = copy_example("progressive", tmp_path)

    def change(case):
        for name in ("biopsy", "motor-score", "untreated-visits", "contig"):
            dataset(case, name)["origin"] = origin

    edit_case(folder, change)
    judged = {Direction.SUPPORTS, Direction.CONTRADICTS}
    found = findings_of(folder)
    criterion = found["plan/success/1"]
    assert criterion.attributes["met"] is (True if origin == "made" else None)
    assert (criterion.direction is Direction.SUPPORTS) is (origin == "made")
    computed = [
        finding
        for finding in found.values()
        if finding.kind not in {"plan.lock", "plan.success"}
        and finding.datasets & {"biopsy", "motor-score", "untreated-visits", "contig"}
    ]
    assert len(computed) > 15
    if origin == "made":
        assert any(finding.direction in judged for finding in computed)
        return
    for finding in computed:
        assert finding.direction not in judged, finding.id
        assert finding.caveats[0].startswith("Simulator check: ")
        assert finding.caveats[0].endswith("is simulated and no evidence of the case.")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_computed_finding_can_be_traced_to_bytes_method_and_parameters(name):
    folder = example(name)
    for outcome in example_analysed(name).outcomes:
        assert outcome.failure is None
        for finding in outcome.findings:
            provenance = finding.provenance
            assert finding.id.startswith(f"{outcome.task.id}/")
            assert provenance.analysis == outcome.task.analysis.name
            assert provenance.version == (
                f"ultrarare {__version__}, {provenance.analysis} {outcome.task.analysis.version}"
            )
            assert provenance.parameters == outcome.task.parameters.model_dump(mode="json")
            assert provenance.digest == outcome.digest
            files = {
                path
                for items in outcome.task.datasets.values()
                for item in items
                for path in item.paths.values()
            }
            assert {item.path for item in provenance.inputs} == files
            for item in provenance.inputs:
                assert item.sha256 == digest.of_file(folder.root / item.path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_ids_of_findings_are_unique(name):
    ids = [finding.id for finding in example_analysed(name).findings]
    assert len(ids) == len(set(ids))


def test_only_what_a_locked_plan_names_is_called_locked():
    planned = {f.id: f.planned for f in example_findings("progressive").values()}
    assert planned["motor-score-own-control/own-control"] is Planned.LOCKED
    assert planned["plan/endpoint/motor-score"] is Planned.LOCKED
    assert planned["plan/success/1"] is Planned.LOCKED
    assert planned["editing.amplicon/biopsy/target-base"] is Planned.POST_HOC
    assert planned["variant.identity/targeted-identity"] is Planned.NOT_APPLICABLE
    assert planned["statement/severity"] is Planned.NOT_APPLICABLE


def test_without_a_lock_every_planned_analysis_is_post_hoc(tmp_path):
    folder = copy_example("progressive", tmp_path)
    (folder / "plan.lock").unlink()
    found = findings_of(folder)
    assert not any(finding.planned is Planned.LOCKED for finding in found.values())
    assert found["motor-score-own-control/own-control"].planned is Planned.POST_HOC
    assert found["plan/endpoint/motor-score"].planned is Planned.POST_HOC


def test_two_runs_give_the_same_findings():
    again = survey_analyses(example("episodic"))
    assert again.findings == example_analysed("episodic").findings


def test_progress_names_each_analysis_as_it_begins():
    said: list[str] = []
    survey_analyses(example("episodic"), progress=said.append)
    assert any(line.startswith("crises-own-record: Episodes after dosing") for line in said)
    assert any(line.startswith("editing.amplicon/biopsy: ") for line in said)


def _spoil_guide(case):
    case["product"]["guide"]["spacer"] = "ACGT" * 5


def test_bad_data_of_every_sort_come_in_one_run_with_place_and_way_out(tmp_path):
    folder = copy_example("progressive", tmp_path)
    data = folder / "data"
    # A truncated FASTQ.gz, a negative age, an exit before entry, a series in another unit.
    reads = data / "editing/biopsy_R2.fastq.gz"
    reads.write_bytes(reads.read_bytes()[:5000])
    _change(data / "history/people.csv", {2: "u01,-1,7.9,0", 3: "u02,12,11.6,1"})
    _change(data / "history/visits.csv", {2: "u01,3.7,nan"})
    _change(data / "course/motor-score.csv", {2: "2016-01-01,79.0", 3: "2022-06-06,<x"})

    def change(case):
        case["variants"][0]["genomic"] = "NC_999901.1:g.152C>T"
        dataset(case, "motor-score")["unit"] = "kg"
        case["statements"][0]["sources"] = ["gone"]

    edit_case(folder, change)
    _, problems = survey(folder)
    text = shown(problems)
    for words in (
        "case.yaml:",
        "variants[0]: NC_999901.1:g.152C>T",
        "biopsy_R2.fastq.gz, byte",
        "data/history/people.csv:2 entry: found '-1', a negative value; allowed is 0 or more",
        "data/history/visits.csv:2 value: found 'nan'; allowed is a number",
        "dataset motor-score, unit: found unit 'kg' where '{score}'",
    ):
        assert words in text
    assert all(problem.where for problem in problems)
    assert str(tmp_path) not in text


def _change(path: Path, lines: dict[int, str]) -> None:
    text = path.read_text("utf-8").split("\n")
    for number, line in lines.items():
        text[number - 1] = line
    path.write_text("\n".join(text), "utf-8")


def test_a_row_that_is_wrong_in_itself_comes_after_cells_that_cannot_be_read(tmp_path):
    folder = copy_example("progressive", tmp_path)
    _change(folder / "data/history/people.csv", {2: "u02,8,7.9,0"})
    _change(
        folder / "data/course/motor-score.csv",
        {2: "2016-01-01,79.0", 4: "2022-09-05,1", 5: "700,1"},
    )
    _, problems = survey(folder)
    text = shown(problems)
    assert "data/history/people.csv:2: exit 7.9 is not after entry 8\n" in text
    assert "leave the person out and say so" in text
    assert "data/history/people.csv:3: person 'u02' stands 2 times" in text
    assert (
        "motor-score.csv:2: found '2016-01-01', before birth on 2017-05-08: a negative age" in text
    )
    assert "motor-score.csv:4: time '2022-09-05' has two values" in text
    assert "motor-score.csv:5: found '700', a day of life; this case's clock is: ISO date" in text


def test_a_guide_that_is_not_there_and_one_that_is_there_twice_are_told(tmp_path):
    folder = copy_example("progressive", tmp_path)
    edit_case(folder, _spoil_guide)
    _, problems = survey(folder)
    assert problems
    assert all("case.yaml product.guide" in problem.where for problem in problems)
    assert all(problem.remedy for problem in problems)

    twice = copy_example("progressive", tmp_path / "twice")
    contig = twice / "data/reference/contig.fa"
    head, bases = contig.read_text("utf-8").strip().split("\n")
    site = bases[150 + 6 - 23 : 150 + 6]
    patient = site[:17] + "T" + site[18:]
    contig.write_text(f"{head}\n{bases}{patient}\n", "utf-8")
    edit_case(twice, lambda case: dataset(case, "contig").pop("refget"))
    edit_case(twice, lambda case: dataset(case, "contig").update(contig_length=323))
    _, problems = survey(twice)
    assert "2" in shown(problems)
    assert {problem.where.partition(":")[0] for problem in problems} == {"case.yaml product.guide"}


def test_a_reference_base_that_is_not_the_variants_is_told(tmp_path):
    folder = copy_example("progressive", tmp_path)
    contig = folder / "data/reference/contig.fa"
    head, bases = contig.read_text("utf-8").strip().split("\n")
    assert bases[150] == "C"
    contig.write_text(f"{head}\n{bases[:150]}G{bases[151:]}\n", "utf-8")
    edit_case(folder, lambda case: dataset(case, "contig").pop("refget"))
    _, problems = survey(folder)
    assert any("case.yaml variants[0]" in problem.where for problem in problems)
    assert "reference" in shown(problems)


def test_mates_that_do_not_pair_are_told(tmp_path):
    folder = copy_example("progressive", tmp_path)
    path = folder / "data/editing/biopsy_R2.fastq.gz"
    lines = gzip.decompress(path.read_bytes()).split(b"\n")
    path.write_bytes(gzip.compress(b"\n".join(lines[4:]), mtime=0))
    _, problems = survey(folder)
    (problem,) = problems
    assert problem.where.startswith("data/editing/biopsy_R")
    assert problem.remedy


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("umol/L", "found unit 'umol/L' where '{score}' or one that converts to it is allowed"),
        ("%", "series motor-score is in %, its endpoint in {score}; allowed is one unit for both"),
    ],
)
def test_a_series_in_another_unit_than_its_endpoint_is_told(tmp_path, unit, words):
    folder = copy_example("progressive", tmp_path)
    edit_case(folder, lambda case: dataset(case, "motor-score").update(unit=unit))
    _, problems = survey(folder)
    (problem,) = problems
    assert words in problem.problem
    assert problem.remedy
