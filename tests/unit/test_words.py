"""Counted things in words, and that no command prints `1 people`."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from ultrarare.cli.main import app
from ultrarare.words import counted, filled, plural


@pytest.mark.parametrize(
    ("number", "one", "verb", "words"),
    [
        (1, "person", "", "1 person"),
        (0, "person", "", "0 people"),
        (2, "untreated person", "has", "2 untreated people have"),
        (1, "untreated person", "has", "1 untreated person has"),
        (1, "visit", "was", "1 visit was"),
        (3, "visit", "was", "3 visits were"),
        (2, "registry", "met", "2 registries met"),
    ],
)
def test_a_number_agrees_with_its_noun_and_its_verb(number, one, verb, words):
    assert counted(number, one, verb) == words


def test_a_plural_keeps_what_stands_before_the_noun():
    assert plural("treated person") == "treated people"
    assert plural("event") == "events"


@pytest.mark.parametrize(
    ("text", "one", "two"),
    [
        ("{n} people have no age.", "1 person has no age.", "2 people have no age."),
        ("{n} measurements were taken.", "1 measurement was taken.", "2 measurements were taken."),
        ("Of {n} events a range is known.", "Of 1 event a range is known.",
         "Of 2 events a range is known."),
        ("{n} values lie out, and are left out.", "1 value lies out, and is left out.",
         "2 values lie out, and are left out."),
        ("{n} people died.", "1 person died.", "2 people died."),
    ],
)  # fmt: skip
def test_a_sentence_agrees_with_the_number_put_into_it(text, one, two):
    assert (filled(text, 1), filled(text, 2)) == (one, two)


COMMANDS = [
    "effect external-control --treated tr.csv --control co.csv --improves higher",
    "effect recurrent ev.csv fu.csv --treated t",
    "effect survival --treated sur.csv --history people.csv",
    "effect regression --patient pat.csv --dosed-at 1 --threshold 50 --direction higher "
    "--untreated 50 4 0.8 30",
    "history survival people.csv",
    "history describe --people people.csv",
    "history survival sur.csv",
]
TABLES = {
    "tr.csv": "person,outcome\nt,8\n",
    "co.csv": "person,outcome\nc,6\n",
    "ev.csv": "person,time\nt,1\nt,0\na,2\n",
    "fu.csv": "person,start,stop,group\nt,0,4,t\na,0,4,u\nb,0,4,u\n",
    "sur.csv": "person,entry,exit,event\nt,0,3,1\n",
    "people.csv": "person,entry,exit,event\na,0,4,1\nb,0,6,0\nc,0,5,0\n",
    "pat.csv": "time,value\n0,40\n0.5,44\n2,52\n",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_summary_says_one_in_the_plural(tmp_path, monkeypatch, command):
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, command.split())
    said = f"{done.output}\n{done.exception or ''}"
    wrong = r"(?<![\d.])1 (treated |untreated )?(people|events|visits|covariates|ends)\b"
    assert not re.findall(wrong, said), said
    assert done.exit_code == 0, said


LABELLED = [
    "effect external-control --treated arm.csv --control other.csv --improves higher",
    "effect survival --treated sur.csv --history people.csv",
    "effect survival --treated sur.csv --history people.csv --alternative better",
    "effect regression --patient pat.csv --dosed-at 1 --threshold 50 --direction higher "
    "--untreated 50 4 0.8 30",
    "effect single-case ser.csv --direction higher --possible-starts 3:9",
    "effect episodes --history many.csv --history-follow-up spans.csv --patient own.csv "
    "--dosed-at 3 --observed 0,6",
    "effect own-control --history vis.csv --patient me.csv --dosed-at 2.5",
    "effect recurrent ev.csv fu.csv --treated t",
    "history survival people.csv --cox group",
]
MORE = {
    "arm.csv": "person,outcome\n" + "".join(f"t{i},{8 + i}\n" for i in range(5)),
    "other.csv": "person,outcome\n" + "".join(f"c{i},{5 + i % 4}\n" for i in range(20)),
    "ser.csv": "phase,time,value\n"
    + "".join(f"{'AB'[t > 5]},{t},{t % 3 + (t > 5)}\n" for t in range(12)),
    "many.csv": "person,time\n"
    + "".join(f"u{i},{(0.37 * i + 0.5 * k) % 6:.3f}\n" for i in range(20) for k in range(12)),
    "spans.csv": "person,start,stop\n" + "".join(f"u{i},0,6\n" for i in range(20)),
    "own.csv": "time\n" + "".join(f"{0.3 * k:.2f}\n" for k in range(1, 9)),
    "vis.csv": "person,time,value\n"
    + "".join(
        f"h{i},{t},{50 + i - 1.5 * t + 0.7 * ((7 * i + 3 * t) % 5):.2f}\n"
        for i in range(12)
        for t in range(6)
    ),
    "me.csv": "person,time,value\np,0,55\np,1,54\np,2,52\np,3,53\np,4,54\n",
    "people.csv": "person,entry,exit,event,group\n"
    + "".join(f"a{i},0,{2 + i},{int(i % 3 > 0)},{'xy'[i % 2]}\n" for i in range(12)),
}


@pytest.mark.parametrize("command", LABELLED)
def test_every_printed_p_of_an_effect_says_how_many_sides_it_has(tmp_path, monkeypatch, command):
    for name, text in {**TABLES, **MORE}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, command.split())
    assert done.exit_code == 0, done.exception
    results = [line for line in done.output.splitlines() if not line.startswith("- ")]
    printed = [line for line in results if re.search(r"\bp (value )?(is )?[\d.]", line)]
    for line in printed:
        if "log-rank" not in line:  # a chi-square of several groups has no sides
            assert "sided" in line, line
    assert printed or "cox" in command, done.output
