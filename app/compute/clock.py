"""The clock of a session: which step is due at which time, whoever asks and however often."""

import math
from dataclasses import dataclass

from app.compute.pace import FRAME_SECONDS

ROUNDING = 1e-9


@dataclass
class Clock:
    """Started at a step, it goes on at so many steps a second. Times are seconds of any one clock.

    What is due ends at one of the same steps whenever and wherever the clock was started: those of a clock
    that began at step 0, looked at sixty times a second. So sessions at one speed ask for the same chunks.
    """

    begun: float = 0.0
    at: int = 0

    def start(self, now: float, step: int) -> None:
        """From here on, from ``step``."""
        self.begun, self.at = now, step

    def forgive(self, seconds: float) -> None:
        """So long nobody looked: nothing is owed for it."""
        self.begun += seconds

    def due(self, now: float, step: int, speed: float, most: int, between: float = FRAME_SECONDS) -> int:
        """Steps to take from ``step``, at most ``most``, where a frame comes every ``between`` seconds.

        What cannot be kept up with is not owed later, and a run that is ahead need not wait.
        """
        target = self.at + (now - self.begun) * speed
        due = _ending(target, speed, between) - step
        if due > most:
            self.start(now, step + most)
        elif int(target) < step:
            self.start(now, step)  # a chunk under way when the clock began anew ran ahead of it
        return max(min(due, most), 0)

    def until_due(self, now: float, step: int, speed: float, between: float = FRAME_SECONDS) -> float:
        """Seconds until something is due after ``step``."""
        apart = _apart(speed, between)
        target = float(step + 1)
        if apart > 1.0:
            ending = math.floor(step / apart)
            while math.floor(ending * apart + ROUNDING) <= step:
                ending += 1
            target = ending * apart
        return self.begun + (target - self.at) / speed - now


def _apart(speed: float, between: float) -> float:
    """From one step at which a chunk may end to the next: a frame's worth, or 2, 4, 8 ... of them."""
    return speed * FRAME_SECONDS * 2.0 ** max(math.floor(math.log2(between / FRAME_SECONDS) + ROUNDING), 0)


def _ending(target: float, speed: float, between: float) -> int:
    """The last step up to ``target`` at which a chunk may end."""
    apart = _apart(speed, between)
    if apart <= 1.0:
        return math.floor(target + ROUNDING)
    return math.floor(math.floor(target / apart + ROUNDING) * apart + ROUNDING)
