"""Options and tables of every command: a number is a number, a seed is one, nothing crashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from ultrarare.cli.main import app
from ultrarare.errors import InputError, InputErrors, NotComputable

COMMAND = typer.main.get_command(app)


def options(group: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Name, type and option of every parameter of every command."""
    for child in group.registered_groups:
        yield from options(child.typer_instance, f"{path}{child.name} ")
    for command in group.registered_commands:
        for name, hint in get_type_hints(command.callback, include_extras=True).items():
            for option in getattr(hint, "__metadata__", ()):
                yield f"{path}{command.name} {name}", hint.__origin__, option


NUMBERS = [each for each in options(app) if float in (each[1], *get_args(each[1]))]
EVERY = list(options(app))
SEEDS = [each for each in options(app) if each[0].endswith(" seed")]


@pytest.mark.parametrize(("name", "_kind", "option"), NUMBERS, ids=[each[0] for each in NUMBERS])
@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 1e200, 1e-200])
def test_no_option_takes_what_is_no_number_of_a_possible_size(name, _kind, option, value):
    assert option.callback is not None, name
    with pytest.raises(typer.BadParameter, match="allowed is"):
        option.callback(value)
    assert option.callback(0.5) == 0.5


def test_every_option_says_what_it_is():
    assert len(EVERY) > 100
    silent = [name for name, _, option in EVERY if not (option.help or "").strip()]
    assert silent == []


def test_every_seed_is_a_whole_number_from_zero():
    assert len(SEEDS) > 9
    for name, kind, option in SEEDS:
        assert kind is int, name
        assert option.min == 0, name


@pytest.mark.parametrize(
    "words",
    [
        "history fit vis.csv --seed -1",
        "effect single-case ser.csv --possible-starts 1e200,3",
        "effect survival --treated ser.csv --curve ser.csv --curve-people 0.5",
        "effect external-control --treated tr.csv --control co.csv --caliper nan",
        "effect external-control --treated tr.csv --control co.csv --caliper -1",
        "effect own-control --history vis.csv --patient pat.csv --dosed-at nan",
        "history predict vis.csv --patient pat.csv --at 1e308",
    ],
)
def test_a_wrong_option_is_an_error_before_anything_is_computed(tmp_path, monkeypatch, words):
    for each, content in TABLES.items():
        (tmp_path / each).write_text(content)
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, words.split())
    assert found.exit_code == 2 or isinstance(found.exception, InputError)


VISITS = "".join(
    f"h{i},{t},{50 + i - 1.5 * t + 0.7 * ((7 * i + 3 * t) % 5)}\n"
    for i in range(8)
    for t in range(5)
)
TABLES = {
    "vis.csv": "person,time,value\n" + VISITS,
    "pat.csv": "person,time,value\np,0,40\np,1,41\np,2,40\np,3,45\np,4,44\n",
    "ser.csv": "phase,time,value\n"
    + "".join(f"{'AB'[t > 5]},{t},{t % 3 + 1}\n" for t in range(12)),
    "tr.csv": "person,age,outcome\n" + "".join(f"t{i},{5 + i},{8 + i}\n" for i in range(6)),
    "co.csv": "person,age,outcome\n"
    + "".join(f"c{i},{4 + i % 9},{5 + i % 4}\n" for i in range(20)),
    "bh.csv": "group,mean,n,sd\na,5,20,2\nb,5.5,18,2.2\nc,4.6,25,1.9\n",
    "bt.csv": "group,mean,n,sd\nt,8,6,2\n",
    "bhc.csv": "group,exposure,events\na,30,12\nb,20,9\n",
    "btc.csv": "group,exposure,events\nt,10,2\n",
    "ev.csv": "person,time\n" + "".join(f"h{i},{1 + i % 3}\n" for i in range(12)),
    "fu.csv": "person,start,stop\n" + "".join(f"h{i},0,5\n" for i in range(12)),
    "pev.csv": "time\n0.5\n1\n",
}
REGRESSION = "effect regression --patient pat.csv --dosed-at 2.5 --threshold 50 --direction higher"
OWN = "effect own-control --history vis.csv --patient pat.csv --dosed-at 2.5"
EXTERNAL = "effect external-control --treated tr.csv --control co.csv --improves higher"
MEANS = "effect borrow --history bh.csv --treated bt.csv --endpoint normal --direction higher"
COUNTS = "effect borrow --history bhc.csv --treated btc.csv --endpoint count --direction lower"
CELLS = [
    ("history fit vis.csv", "vis.csv", "time"),
    ("history predict vis.csv --patient pat.csv --at 6", "pat.csv", "time"),
    ("history describe --visits vis.csv", "vis.csv", "time"),
    (OWN, "pat.csv", "value"),
    (f"{REGRESSION} --history vis.csv", "vis.csv", "value"),
    (f"{REGRESSION} --history vis.csv", "pat.csv", "time"),
    ("effect single-case ser.csv --direction higher", "ser.csv", "value"),
    (f"{EXTERNAL} --covariates age", "tr.csv", "age"),
    (f"{EXTERNAL} --covariates age", "co.csv", "outcome"),
    (MEANS, "bt.csv", "mean"),
    (MEANS, "bh.csv", "sd"),
    (COUNTS, "btc.csv", "events"),
    (COUNTS, "bhc.csv", "exposure"),
    (
        "effect episodes --history ev.csv --history-follow-up fu.csv --patient pev.csv "
        "--dosed-at 2 --observed 0,4",
        "fu.csv",
        "stop",
    ),
]


def made(folder: Path, name: str, column: str, text: str, *, all_rows: bool) -> None:
    """The tables, with a cell or a column of one of them replaced."""
    for each, content in TABLES.items():
        (folder / each).write_text(content)
    header, *rows = TABLES[name].splitlines()
    at = header.split(",").index(column)
    for i, row in enumerate(rows):
        if all_rows or i == len(rows) - 1:
            cells = row.split(",")
            rows[i] = ",".join((*cells[:at], text, *cells[at + 1 :]))
    (folder / name).write_text("\n".join((header, *rows)) + "\n")


@pytest.mark.parametrize(("command", "name", "column"), CELLS)
@pytest.mark.parametrize("text", ["1e308", "1e-320", "1e155"])
def test_a_number_of_an_impossible_size_is_an_error_at_its_line(
    tmp_path, monkeypatch, command, name, column, text
):
    made(tmp_path, name, column, text, all_rows=False)
    monkeypatch.chdir(tmp_path)
    line = len((tmp_path / name).read_text().splitlines())
    with pytest.raises(InputErrors) as caught:
        COMMAND(f"{command} --json".split(), standalone_mode=False)
    (problem,) = caught.value.problems
    assert problem.where == f"{name}:{line} {column}"
    assert "write it in another unit" in problem.problem or "digits" in problem.problem


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("command", "name", "column"), CELLS)
@pytest.mark.parametrize("text", ["1e50", "1e15", "1e-50"])
@pytest.mark.parametrize("all_rows", [False, True])
def test_a_number_of_the_outermost_size_is_computed_or_told_never_a_crash(
    tmp_path, monkeypatch, command, name, column, text, all_rows
):
    made(tmp_path, name, column, text, all_rows=all_rows)
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, f"{command} --json".split())
    assert found.exception is None or isinstance(found.exception, InputErrors | NotComputable)
