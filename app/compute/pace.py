"""How often a session asks for frames, and for how much work at once, when many share the workers."""

from dataclasses import dataclass

from app.compute.turns import LONG
from app.experiments.frames import MAX_RECORDS

FRAME_SECONDS = 1 / 60
FEWEST_RECORDS = 5
SLOWEST = 1.0
RESTS = 3.0
EASY = 0.005
LEAST_SHARE = 0.05
MOST_RESTS = 4.0
LONGEST_REST = 2.0
SMOOTHING = 0.3


@dataclass
class Pace:
    """Read off the session's own chunks: what one waits for is other people's work.

    A frame comes no sooner than ``RESTS`` times that wait after the last one, so that in a full room a
    session waits for a third of its time and stands aside for the rest: frames get rarer evenly, the line at
    the workers stays short, and a control is acted upon within a third of a frame's time. While the wait is
    longer than ``EASY`` seconds, chunks get shorter in proportion, and have fewer points of the curves.
    """

    waiting: float = 0.0  # seconds, smoothed

    def took(self, elapsed: float, busy: float) -> None:
        """A chunk came ``elapsed`` seconds after it was asked for, of which a worker spent ``busy`` on it."""
        self.waiting += SMOOTHING * (max(elapsed - busy, 0.0) - self.waiting)

    @property
    def frame_seconds(self) -> float:
        """From the beginning of one frame to that of the next, at least."""
        return min(max(FRAME_SECONDS, RESTS * self.waiting), SLOWEST)

    @property
    def share(self) -> float:
        """The part of its usual length that a chunk may have."""
        return max(LEAST_SHARE, min(1.0, EASY / max(self.waiting, 1e-9)))

    @property
    def records(self) -> int:
        """Entries of the history that a chunk may have; to make one takes longer than a step."""
        return max(FEWEST_RECORDS, int(MAX_RECORDS * self.share))


def rest(busy: float, others: int, workers: int, seeking: bool = False) -> float:
    """Seconds to stand aside after a chunk that took a worker ``busy``, with ``others`` at work beside.

    One who watches has a frame's time between two chunks; a chunk as ``LONG`` as that, and one of a seek, has
    not. So a session whose chunks are long has half of a worker at most, and none has more than its part
    of all workers, down to a fifth of one. Who is alone need not rest.
    """
    if not others or not (seeking or busy > LONG):
        return 0.0
    fair = (others + 1) / max(workers, 1) - 1.0
    least = 1.0 if busy > LONG else 0.0
    return min(busy * min(max(fair, least), MOST_RESTS), max(LONGEST_REST, busy))
