"""What counting costs: ``python -m tests.benchmarks.bench_metrics``, a part of ``make bench``."""

import timeit

from app.main import create_app
from app.settings import Settings

TIMES = 20_000


def main() -> None:
    """Print the microseconds that the counters take for each frame and each control of a page."""
    counts = create_app(Settings(workers=1)).state.metrics

    def frame() -> None:
        counts.calls.labels("travel").observe(0.01)
        counts.steps.inc(5)
        counts.frames.inc()
        counts.frame_bytes.inc(30_000)

    def control() -> None:
        counts.controls.labels("seek").observe(0.01)

    for what in (frame, control):
        seconds = min(timeit.repeat(what, number=TIMES, repeat=5)) / TIMES
        print(f"counting a {what.__name__}: {seconds * 1e6:.1f} us")


if __name__ == "__main__":
    main()
