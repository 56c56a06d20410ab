"""Write the made data of the examples. Seeded: the same bytes of content every time.

    python examples/make.py

`kabe` gets reads simulated from the seventeen published alleles; everything else in that folder is
a transcribed fact and is not touched. `progressive`, `episodic` and `no-benefit` are made whole:
no person, sequence or measurement in them exists.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from texts import (
    BORN,
    EPISODIC_PLAN,
    EXTERNAL_SUCCESS,
    FIRST_DOSE,
    LAST_SEEN,
    PROGRESSIVE_EXTERNAL,
    PROGRESSIVE_PLAN,
    PROGRESSIVE_SUCCESS,
    README,
    case_text,
)

from ultrarare.case.folder import read_case
from ultrarare.case.lock import cohort_digests, make_lock
from ultrarare.molecule.reference import refget_digest
from ultrarare.molecule.sequence import find_all, reverse_complement, translate
from ultrarare.molecule.simulate import simulate_reads

HERE = Path(__file__).resolve().parent
SEED = 20_260_101
LOCKED = "2024-05-20T09:00:00+00:00"


def main() -> None:
    """Write everything."""
    make_kabe_reads()
    for name, seed in (("progressive", 1), ("no-benefit", 2), ("episodic", 3)):
        make_case(name, np.random.default_rng([SEED, seed]))


# --- k-abe: reads from the published alleles -------------------------------------------------


def make_kabe_reads() -> None:
    """Reads of 110 bases, single, one error in a thousand bases; alleles not shown are left out."""
    folder = HERE / "kabe"
    context = (folder / "data/reference/cps1-context.fa").read_text("utf-8").split("\n")[1]
    with (folder / "data/editing/alleles.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    wild_type = reverse_complement(rows[0]["sequence"])  # the intended allele is the healthy one
    start = context.index(wild_type)
    alleles = {reverse_complement(row["sequence"]): int(row["reads"]) for row in rows}
    made = simulate_reads(
        alleles,
        left=context[:start],
        right=context[start + len(wild_type) :],
        rng=np.random.default_rng([SEED, 0]),
        error_rate=0.001,
        quality=37,
        error_quality=20,
        prefix="simulated",
    )
    (folder / "data/editing/reads.fastq.gz").write_bytes(made.r1)


# --- the made cases -----------------------------------------------------------------------------


def make_case(name: str, rng: np.random.Generator) -> None:
    """One made case: gene, reads, natural history, course, plan and lock."""
    folder = HERE / name
    for part in ("reference", "editing", "history", "course"):
        (folder / "data" / part).mkdir(parents=True, exist_ok=True)
    gene = make_gene(rng)
    made_reads(folder, gene, rng)
    texts = {"timeline": timeline_rows(name)}
    if name == "episodic":
        episodic_data(folder, rng)
    else:
        progressive_data(folder, rng, benefit=9.0 if name == "progressive" else 0.0)
    write_csv(folder / "data/course/timeline.csv", texts["timeline"])
    fasta = f">{gene['contig']} made contig\n{gene['bases']}\n"
    (folder / "data/reference/contig.fa").write_text(fasta, encoding="utf-8")
    plan = EPISODIC_PLAN if name == "episodic" else progressive_plan(name)
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    (folder / "case.yaml").write_text(case_text(name, gene), encoding="utf-8")
    (folder / "README.md").write_text(README[name], encoding="utf-8")
    lock_plan(folder)


def progressive_plan(name: str) -> str:
    """The plan; with external controls where more than the patient were treated."""
    if name != "progressive":
        return PROGRESSIVE_PLAN + PROGRESSIVE_SUCCESS
    return PROGRESSIVE_PLAN + PROGRESSIVE_EXTERNAL + PROGRESSIVE_SUCCESS + EXTERNAL_SUCCESS


def make_gene(rng: np.random.Generator) -> dict[str, Any]:
    """A made contig with one coding segment whose CAG becomes TAG, and a guide on the minus strand.

    The target A must lie at protospacer position 6 with a PAM NGG, and the guide must occur once.
    """
    stops = {"TAA", "TAG", "TGA"}
    codons = [a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT" if a + b + c not in stops]
    while True:
        coding = ["ATG", *(codons[i] for i in rng.integers(0, len(codons), 58)), "TAA"]
        at = 30
        coding[at] = "CAG"
        left = "".join("ACGT"[i] for i in rng.integers(0, 4, 60))
        right = "".join("ACGT"[i] for i in rng.integers(0, 4, 60))
        bases = left + "".join(coding) + right
        position = 60 + 3 * at
        patient = bases[:position] + "T" + bases[position + 1 :]
        # On the minus strand the changed base is an A; it lies at protospacer position 6.
        end = position + 6
        guide = reverse_complement(patient[end - 20 : end])
        pam = reverse_complement(patient[end - 23 : end - 20])
        once = len(list(find_all(guide, patient))) + len(
            list(find_all(guide, reverse_complement(patient)))
        )
        window = guide[2:10]
        if pam.endswith("GG") and once == 1 and guide[5] == "A" and window.count("A") == 2:
            break
    return {
        "contig": "NC_999901.1",
        "bases": bases,
        "patient": patient,
        "length": len(bases),
        "refget": refget_digest(bases),
        "guide": guide,
        "genomic": f"NC_999901.1:g.{position + 1}C>T",
        "coding": f"NM_999901.1:c.{3 * at + 1}C>T",
        "protein": f"p.Gln{at + 1}Ter",
        "start": 60,
        "end": 60 + 180,
        "position": position,
        "beside": next(i for i in range(2, 10) if guide[i] == "A" and i != 5),
        "residues": translate("".join(coding)),
    }


def made_reads(folder: Path, gene: Mapping[str, Any], rng: np.random.Generator) -> None:
    """Reads of a biopsy: unedited, intended only, intended with one bystander, a few indels."""
    bases, patient = gene["bases"], gene["patient"]
    low, high = gene["position"] - 30, gene["position"] + 30
    offset = gene["position"] + 5 - gene["beside"]
    both = bases[:offset] + "C" + bases[offset + 1 :]
    cut = gene["position"] - 8
    deleted = patient[:cut] + patient[cut + 4 :]
    alleles = {
        patient[low:high]: 1500,
        bases[low:high]: 1200,
        both[low:high]: 240,
        deleted[low : high - 4]: 12,
    }
    made = simulate_reads(
        alleles,
        left=patient[low - 45 : low],
        right=patient[high : high + 45],
        rng=rng,
        read_length=100,
        paired=True,
        error_rate=0.001,
        quality=37,
        error_quality=22,
        prefix="made",
    )
    (folder / "data/editing/biopsy_R1.fastq.gz").write_bytes(made.r1)
    if made.r2 is not None:
        (folder / "data/editing/biopsy_R2.fastq.gz").write_bytes(made.r2)


def years(day: date) -> float:
    """Age in years of 365.25 days."""
    return (day - BORN).days / 365.25


def progressive_data(folder: Path, rng: np.random.Generator, *, benefit: float) -> None:
    """A motor score that falls by about 6 points a year; survival; the patient's own course."""
    rows, people = [["person", "time", "value"]], [["person", "entry", "exit", "event"]]
    for person in range(1, 61):
        level, slope = rng.normal(78, 6), rng.normal(-6, 1.2)
        first = rng.uniform(3, 5)
        for visit in range(8):
            age = first + visit * rng.uniform(0.6, 0.8)
            value = level + slope * (age - 4) + rng.normal(0, 2)
            rows.append([f"u{person:02d}", f"{age:.3f}", f"{value:.1f}"])
        death = 5 + 9 * rng.weibull(2.2)
        entry, end = first - rng.uniform(0, 2), first + rng.uniform(4, 12)
        if death > entry:
            event = int(death <= end)
            people.append([f"u{person:02d}", f"{entry:.3f}", f"{min(death, end):.3f}", str(event)])
    write_csv(folder / "data/history/visits.csv", rows)
    write_csv(folder / "data/history/people.csv", people)
    series = [["time", "value"]]
    level, slope = rng.normal(78, 6), rng.normal(-6, 1.2)
    days = [FIRST_DOSE - timedelta(days=91 * k) for k in range(8, 0, -1)]
    days += [FIRST_DOSE + timedelta(days=91 * k) for k in range(1, 7)]
    for day in days:
        gain = benefit * min(1.0, max(0.0, (day - FIRST_DOSE).days / 180))
        value = level + slope * (years(day) - 4) + gain + rng.normal(0, 2)
        series.append([day.isoformat(), f"{value:.1f}"])
    write_csv(folder / "data/course/motor-score.csv", series)
    if benefit:
        external_data(folder, rows[1:], series[1:], benefit=benefit)


def external_data(
    folder: Path, untreated: list[list[str]], own: list[list[str]], *, benefit: float
) -> None:
    """The patient and two more treated people beside the untreated, one row a person.

    Index is the first dose, or in untreated people the fourth visit, when three earlier ones give
    a slope as they do in the treated. The outcome is the change in 1.5 years.
    """
    # Its own generator, so that the other data stay as they are. The offset was chosen: with 7 the
    # three treated scatter so much that the comparison, rightly, supports nothing.
    rng = np.random.default_rng(SEED + 8)
    (folder / "data/external").mkdir(exist_ok=True)
    head = ["person", "age", "score", "slope", "change"]
    patient = [(years(date.fromisoformat(day)), float(value)) for day, value in own]
    treated = [one_row("patient", patient, years(FIRST_DOSE))]
    for person in ("t2", "t3"):
        level, slope, at = rng.normal(78, 6), rng.normal(-6, 1.2), rng.uniform(6.2, 7.2)
        seen = []
        for k in (*range(-6, 0), *range(1, 7)):
            age = at + 0.25 * k
            gain = benefit * min(1.0, max(0.0, (age - at) / 0.5))
            value = level + slope * (age - 4) + gain + rng.normal(0, 2)
            seen.append((age, round(value, 1)))
        treated.append(one_row(person, seen, at))
    by_person: dict[str, list[tuple[float, float]]] = {}
    for person, age, value in untreated:
        by_person.setdefault(person, []).append((float(age), float(value)))
    control = [one_row(who, sorted(seen), sorted(seen)[3][0]) for who, seen in by_person.items()]
    write_csv(folder / "data/external/treated.csv", [head, *treated])
    write_csv(folder / "data/external/untreated.csv", [head, *control])


def one_row(person: str, seen: list[tuple[float, float]], index: float) -> list[str]:
    """Age, score and slope up to index, and the change to the two visits nearest 1.5 years on."""
    before = [(age, value) for age, value in seen if age <= index][-6:]
    after = sorted(
        ((age, value) for age, value in seen if age > index),
        key=lambda visit: abs(visit[0] - index - 1.5),
    )
    slope, level = np.polyfit([age - index for age, _ in before], [v for _, v in before], 1)
    change = float(np.mean([value for _, value in after[:2]])) - level
    return [person, f"{index:.2f}", f"{level:.1f}", f"{slope:.2f}", f"{change:.1f}"]


def episodic_data(folder: Path, rng: np.random.Generator) -> None:
    """Metabolic crises at rates that differ between people; fewer in the patient after dosing."""
    events, spans = [["person", "time"]], [["person", "start", "stop"]]
    people = [["person", "entry", "exit", "event"]]
    for person in range(1, 49):
        rate = rng.gamma(2.5, 3.2 / 2.5)
        start = rng.uniform(0.2, 5.0)
        stop = start + rng.uniform(2.0, 6.0)
        spans.append([f"u{person:02d}", f"{start:.3f}", f"{stop:.3f}"])
        times = np.sort(rng.uniform(start, stop, rng.poisson(rate * (stop - start))))
        events += [[f"u{person:02d}", f"{time:.3f}"] for time in times]
        death = 2 + 14 * rng.weibull(1.6)
        if death > start:
            end = min(death, stop + 4)
            people.append(
                [f"u{person:02d}", f"{start:.3f}", f"{end:.3f}", str(int(death <= stop + 4))]
            )
    write_csv(folder / "data/history/crises.csv", events)
    write_csv(folder / "data/history/observed.csv", spans)
    write_csv(folder / "data/history/people.csv", people)
    before = sorted(int(d) for d in rng.choice(np.arange(20, 690), 11, replace=False))
    own = [FIRST_DOSE - timedelta(days=d) for d in reversed(before)]
    own += [FIRST_DOSE + timedelta(days=41)]
    rows = [["time", "severity"], *([day.isoformat(), "admitted"] for day in own)]
    write_csv(folder / "data/course/crises.csv", rows)


def timeline_rows(name: str) -> list[list[str]]:
    """Birth to last visit, with two doses and one intercurrent event."""

    def day(n: int) -> str:
        return (FIRST_DOSE + timedelta(days=n)).isoformat()

    told = "first crisis" if name == "episodic" else "first loss of a motor skill"
    return [
        ["time", "event", "kind", "value", "unit", "note"],
        [BORN.isoformat(), "birth", "birth", "", "", ""],
        ["2019-02-11", told, "symptom", "", "", ""],
        ["2019-08-19", "molecular diagnosis", "diagnosis", "", "", ""],
        ["2023-11-06", "guide and editor chosen", "design", "", "", ""],
        ["2024-05-13", "IND allowed to proceed", "regulatory", "", "", ""],
        ["2024-05-20", "plan locked", "regulatory", "", "", ""],
        [FIRST_DOSE.isoformat(), "dose 1", "dose", "0.3", "mg/kg", ""],
        [day(28), "dose 2", "dose", "0.5", "mg/kg", ""],
        [day(120), "viral illness, two weeks", "intercurrent", "", "", "no change of care"],
        [day(35), "liver biopsy", "measurement", "", "", ""],
        [LAST_SEEN.isoformat(), "last visit", "follow-up", "", "", ""],
    ]


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Rows as CSV with plain line ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def lock_plan(folder: Path) -> None:
    """The lock of a made plan, at a made time, by a made signer."""
    import json
    from datetime import datetime

    (folder / "plan.lock").unlink(missing_ok=True)
    read = read_case(folder)
    lock = make_lock(
        read.raw_plan,
        locked_by="made signer",
        now=datetime.fromisoformat(LOCKED),
        cohorts=cohort_digests(folder, read.case),
    )
    text = json.dumps(lock.model_dump(mode="json", by_alias=True), indent=2)
    (folder / "plan.lock").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
