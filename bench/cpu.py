"""CPU seconds of a piece of work, measured the same way by every benchmark."""

from __future__ import annotations

import time
from collections.abc import Callable


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """CPU seconds of the best of some, after one for what is compiled or loaded late."""
    work()
    taken = []
    for _ in range(times):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)
