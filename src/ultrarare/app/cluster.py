"""Workers of a Dask cluster as an executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from ultrarare.errors import InputError, NotComputable

_SECONDS = 10


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """The workers behind a scheduler.

    Args:
        address: the scheduler's, such as `tcp://10.0.0.5:8786`. Nothing is started or opened on
            this machine.

    Raises:
        InputError: no scheduler answers there, or it has no workers.
        NotComputable: Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise NotComputable(
            "a Dask scheduler was named, but Dask is not installed",
            remedy="pip install 'ultrarare[cluster]'",
        ) from None
    try:
        client = Client(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no scheduler answers: {str(error).splitlines()[0][:200]}",
            where=f"--dask {address}",
            remedy="Start `dask scheduler` and `dask worker`, and give the scheduler's address.",
        ) from None
    with client:
        if not client.scheduler_info()["workers"]:
            raise InputError(
                "the scheduler has no workers",
                where=f"--dask {address}",
                remedy="Start `dask worker` with this address.",
            )
        yield client.get_executor()
