"""Whole files to counts of alleles, on one thread or several, with the same result."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.align import Allele, Change
from ultrarare.molecule.amplicon import Settings
from ultrarare.molecule.editing import calls as kernel
from ultrarare.molecule.editing.anchoring import Anchors
from ultrarare.molecule.editing.batches import Batch, Fault, batches, told
from ultrarare.molecule.editing.codes import CODE_OF, decode
from ultrarare.molecule.editing.flanks import Tracks
from ultrarare.molecule.editing.panel import Panel, Words
from ultrarare.molecule.editing.reasons import REASONS, WHY
from ultrarare.molecule.editing.store import IDS, Found, place_all
from ultrarare.molecule.inflate import DEFAULT_MAX_BYTES
from ultrarare.molecule.tally import Reason

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Calls = npt.NDArray[np.int32]
T = TypeVar("T", bound=np.generic)

MOST_ALLELES: Final = 1 << 19
"""Kept apart; what comes after them is counted as not listed, so that memory stays bounded."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AmpliconCounts:
    """What one amplicon of a run carries.

    Attributes:
        name: the amplicon's.
        alleles: fragments with each allele over the compared span.
        numbers: what the per-read table calls each of them.
        not_listed: fragments whose allele came after the table was full.
        errors: (bases, 5) substitutions outside the compared span and its anchors, by what was
            read (A, C, G, T, N), plus strand; the primers' bases are left out.
        compared: (bases,) fragments compared there, N left out.
        reads: fragments with an allele, where `alleles` counts molecules; None where it counts
            fragments.
    """

    name: str
    alleles: dict[Allele, int]
    numbers: dict[Allele, int]
    not_listed: int
    errors: Ints
    compared: Ints
    reads: int | None = None

    @property
    def called(self) -> int:
        """Fragments with an allele."""
        if self.reads is not None:
            return self.reads
        return sum(self.alleles.values()) + self.not_listed


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RunCounts:
    """Counts over whole files; called and refused add up to the fragments."""

    fragments: int
    refused: dict[Reason, int]
    masked_bases: int
    amplicons: dict[str, AmpliconCounts] = field(default_factory=dict)


_AHEAD: Final = 3
"""Batches that wait for each thread, so that none is idle while another batch is read."""

Sink = Callable[[Batch, Calls], None]
"""Given each batch with its calls, in the order of the file: an allele's number or a reason."""


def count_files(
    r1: Path,
    r2: Path | None = None,
    *,
    panel: Panel,
    max_bytes: int = DEFAULT_MAX_BYTES,
    jobs: int = 1,
    most: int = MOST_ALLELES,
    sink: Sink | None = None,
) -> RunCounts:
    """Count the alleles of every amplicon in FASTQ files, or an error; never those of a part.

    Args:
        r1: FASTQ, plain or gzipped; or BAM of single reads.
        r2: the mates' file, or None.
        panel: what was amplified, and how it is compared.
        max_bytes: limit of one file after decompression.
        jobs: threads that call; reading and inflating has its own.
        most: alleles kept apart.
        sink: told of every call, in the order of the file.

    Raises:
        InputError: as `reads.stream_fragments`.

    Notes:
        Agrees with `amplicon.tally_files` on every allele and reason, whatever `jobs` is: checked
        in tests/laws/test_editing_kernel.py.
    """
    whole = _Whole(panel, most)
    workers = [_Worker(panel, most) for _ in range(max(jobs, 1))]
    waiting: deque[tuple[Batch, _Worker, Future[tuple[Calls, int]]]] = deque()
    try:
        with ExitStack() as stack:
            # a thread for each worker, whose alleles no other thread may touch
            threads = [
                stack.enter_context(ThreadPoolExecutor(1)) for _ in workers if len(workers) > 1
            ]
            for number, batch in enumerate(batches(stack, r1, r2, max_bytes)):
                at = number % len(workers)
                worker = workers[at]
                if not threads:
                    whole.add(batch, worker, *worker.call(batch), sink)
                    continue
                if len(waiting) == _AHEAD * len(workers):
                    done, by, future = waiting.popleft()
                    whole.add(done, by, *future.result(), sink)
                waiting.append((batch, worker, threads[at].submit(worker.call, batch)))
            while waiting:
                done, by, future = waiting.popleft()
                whole.add(done, by, *future.result(), sink)
    except Fault as fault:
        raise told(r1, r2, max_bytes, fault) from None
    if not whole.fragments:
        raise told(r1, r2, max_bytes, Fault(r1, 1))
    return whole.result(workers)


class _Worker:
    """The alleles that one thread has seen, under numbers of its own."""

    def __init__(self, panel: Panel, most: int) -> None:
        self._panel = panel
        self._limits = _limits(panel.settings, most)
        bases = panel.sequence.size
        self.tracks = Tracks(
            errors=np.zeros((bases, 5), dtype=np.int64),
            compared=np.zeros(bases, dtype=np.int64),
            overflow=np.zeros(len(panel.amplicons), dtype=np.int64),
        )
        self.state = np.zeros(5, dtype=np.int64)
        self.known = np.empty(0, dtype=np.int32)
        """What this thread's alleles are called in the whole, as far as it has heard."""
        self._found = Found(
            slots=np.full(1 << 13, -1, dtype=np.int32),
            hashes=np.zeros(1 << 12, dtype=np.uint64),
            starts=np.zeros((1 << 12) + 1, dtype=np.int64),
            store=np.zeros(1 << 16, dtype=np.uint8),
        )

    def call(self, batch: Batch) -> tuple[Calls, int]:
        """Call every record of a batch; also how many alleles are known after it."""
        calls = np.zeros(batch.count, dtype=np.int32)
        self.state[kernel.NEXT] = 0
        panel = self._panel
        source = kernel.Source(
            one=batch.one, one_places=batch.one_places, two=batch.two,
            two_places=batch.two_places, paired=batch.paired, records=batch.count,
            longest=batch.longest,
        )  # fmt: skip
        reference = kernel.Reference(sequence=panel.sequence, spans=panel.spans)
        while True:
            done = kernel.call_records(
                source, CODE_OF, reference, _anchors(panel.nearest), _anchors(panel.all),
                self._limits, self._found, self.state, calls, self.tracks,
            )  # fmt: skip
            if done == kernel.DONE:
                return calls, int(self.state[IDS])
            if done != kernel.NEEDS_ROOM:
                raise Fault(batch.path, batch.before + int(self.state[kernel.NEXT]) + 1)
            self._grow(batch.longest)

    def _grow(self, longest: int) -> None:
        """Twice the room, with every allele at its new slot."""
        old, ids = self._found, int(self.state[IDS])
        slots = np.full(2 * old.slots.size, -1, dtype=np.int32)
        place_all(slots, old.hashes[:ids])
        widest = max(len(one.sequence) for one in self._panel.amplicons)
        self._found = Found(
            slots=slots,
            hashes=_longer(old.hashes, 2 * old.hashes.size),
            starts=_longer(old.starts, 2 * old.starts.size - 1),
            store=_longer(old.store, 2 * old.store.size + 14 * (2 * longest + widest + 64)),
        )

    def keys(self, first: int, end: int) -> Iterator[bytes]:
        """The bytes of some alleles; those of earlier numbers never change."""
        found = self._found
        edges = found.starts[first : end + 1].tolist()
        for start, stop in pairwise(edges):
            yield found.store[start:stop].tobytes()


class _Whole:
    """Counts under numbers given in the order of the file, whichever thread called first."""

    def __init__(self, panel: Panel, most: int) -> None:
        self._panel, self._most = panel, most
        self._numbers: dict[bytes, int] = {}
        self._counts = np.zeros(1 << 12, dtype=np.int64)
        self._reasons = np.zeros(REASONS + 1, dtype=np.int64)
        self.fragments = 0

    def add(self, batch: Batch, worker: _Worker, calls: Calls, ids: int, sink: Sink | None) -> None:
        """Count a batch, and tell the sink."""
        if ids > worker.known.size:
            fresh = [
                self._numbers.setdefault(key, len(self._numbers))
                for key in worker.keys(worker.known.size, ids)
            ]
            worker.known = np.concatenate([worker.known, np.array(fresh, dtype=np.int32)])
        called = calls >= 0
        calls[called] = worker.known[calls[called]]
        counts = np.bincount(calls[called])
        while counts.size > self._counts.size:
            self._counts = _longer(self._counts, 2 * self._counts.size)
        self._counts[: counts.size] += counts
        self._reasons += np.bincount(-calls[~called], minlength=REASONS + 1)
        self.fragments += batch.count
        if sink is not None:
            sink(batch, calls)

    def result(self, workers: Sequence[_Worker]) -> RunCounts:
        """Everything, by amplicon and in the terms of the slow oracle."""
        listed: list[dict[Allele, int]] = [{} for _ in self._panel.amplicons]
        numbers: list[dict[Allele, int]] = [{} for _ in self._panel.amplicons]
        for key, number in self._numbers.items():
            index = key[0] | key[1] << 8
            allele = allele_of(key, self._panel.amplicons[index].sequence)
            listed[index][allele] = int(self._counts[number])
            numbers[index][allele] = number
        amplicons = {}
        for index, one in enumerate(self._panel.amplicons):
            low, high = self._panel.spans[index, :2].tolist()
            amplicons[one.name] = AmpliconCounts(
                name=one.name, alleles=listed[index], numbers=numbers[index],
                not_listed=sum(int(each.tracks.overflow[index]) for each in workers),
                errors=sum_of(each.tracks.errors[low:high] for each in workers),
                compared=sum_of(each.tracks.compared[low:high] for each in workers),
            )  # fmt: skip
        reasons = self._reasons.tolist()
        return RunCounts(
            fragments=self.fragments,
            refused={why: reasons[-code] for code, why in WHY.items() if reasons[-code]},
            masked_bases=sum(int(each.state[kernel.MASKED]) for each in workers),
            amplicons=amplicons,
        )


def allele_of(key: bytes, reference: str) -> Allele:
    """The changes that an allele's bytes stand for."""
    changes = []
    at = 2
    while at < len(key):
        start, lost, gained = (key[at + i] | key[at + i + 1] << 8 for i in (0, 2, 4))
        at += 6
        alt = decode(np.frombuffer(key[at : at + gained], dtype=np.uint8))
        changes.append(Change(start, reference[start : start + lost], alt))
        at += gained
    return tuple(changes)


def sum_of(arrays: Iterable[Ints]) -> Ints:
    """Their sum, base by base."""
    total: Ints = np.sum(np.stack(list(arrays)), axis=0)
    return total


def _longer(array: npt.NDArray[T], size: int) -> npt.NDArray[T]:
    longer = np.zeros(size, dtype=array.dtype)
    longer[: array.size] = array
    return longer


def _anchors(words: Words) -> Anchors:
    return Anchors(words.keys, words.entry, words.entries)


def _limits(settings: Settings, most: int) -> kernel.Limits:
    quality, mask = settings.min_mean_quality, settings.mask_below
    return kernel.Limits(
        anchor=settings.anchor,
        min_length=settings.min_length,
        min_mean_quality=-1.0 if quality is None else float(quality),
        mask_below=-1 if mask is None else mask,
        max_mismatch_share=settings.max_mismatch_share,
        min_overlap=settings.min_overlap,
        max_overlap_mismatch_share=settings.max_overlap_mismatch_share,
        mismatch=settings.costs.mismatch,
        opening=settings.costs.gap_open,
        extend=settings.costs.gap_extend,
        most=most,
    )
