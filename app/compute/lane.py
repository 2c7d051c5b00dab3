"""One run of a session: where it is, what it takes to go back, and how long its calls take."""

from dataclasses import dataclass, field
from hashlib import blake2b

from app.compute.arrivals import Arrival
from app.compute.checkpoints import Checkpoints
from app.experiments.agreement import agreement
from app.experiments.experiment import Experiment
from app.experiments.frames import MAX_CARRIED, Chunk, thinned
from app.experiments.run import Record, State
from app.experiments.work import seconds_per_step, seconds_to_observe


@dataclass
class Lane:
    """One run of the session: where it is, and what it takes to go back."""

    experiment: Experiment
    state: State | None = None
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    records: list[Record] = field(default_factory=list)
    kept: int = 0
    ms_per_step: float = 0.1
    ms_to_observe: float = 1.0
    key: bytes = b""

    def __post_init__(self) -> None:
        self.ms_per_step = seconds_per_step(self.experiment) * 1e3
        self.ms_to_observe = seconds_to_observe(self.experiment) * 1e3
        # Not the experiment itself, in which 0.0 equals -0.0: runs are shared that are equal bit for bit.
        self.key = blake2b(repr(self.experiment).encode(), digest_size=32).digest()

    def became(self, experiment: Experiment) -> "Lane":
        """The lane for a changed experiment: what both have in common need not be computed again."""
        shared = agreement(self.experiment, experiment)
        # What no frame has told yet is not kept by the page either.
        lane = Lane(experiment, kept=min(shared, self.kept), checkpoints=self.checkpoints.below(shared))
        if self.state is not None and _last_step(self.state) < shared:
            lane.state = self.state
        return lane

    def can_go(self, goal: int) -> bool:
        """Whether there is a way from here to ``goal``."""
        return self.state is not None and self.state.step < goal and not self.state.over

    def steps_in(self, milliseconds: float) -> int:
        """So many steps take so long, about, and one step is the least."""
        return max(1, int(milliseconds / self.ms_per_step))

    def seconds(self, steps: int, observed: bool) -> float:
        """How long a worker will take, about."""
        return (steps * self.ms_per_step + observed * self.ms_to_observe) / 1e3

    def absorb(self, chunk: Chunk, steps: int) -> None:
        """Take over what a worker computed, and what it tells about the worker's pace."""
        self.state = chunk.state
        self.records = chunk.records
        if steps:
            self.ms_per_step = 0.5 * self.ms_per_step + 0.5 * max(chunk.advance_ms / steps, 1e-4)
        if chunk.lane:
            self.ms_to_observe = 0.5 * self.ms_to_observe + 0.5 * (chunk.busy_ms - chunk.advance_ms)
        self.checkpoints.add(chunk.state)

    def arrive(self, arrival: Arrival, since: int) -> None:
        """Take over where another session has been, as if computed from step ``since``."""
        way = [record for record in self.records if record.step < since]
        way += [record for record in arrival.records if record.step >= since]
        self.records = thinned(way) if len(way) > MAX_CARRIED else way
        self.state = arrival.state
        self.checkpoints.add(arrival.state)


def _last_step(state: State) -> int:
    """The last step that has been computed: of a run that diverged, the one at which it did."""
    return state.diverged.step if state.diverged else state.step


def reached(lanes: list[Lane]) -> int:
    """How far the slowest lane has come; one that diverged goes no further and is not waited for."""
    states = [lane.state for lane in lanes]
    going = [state.step if state else 0 for state in states if not (state and state.diverged)]
    return min(going) if going else max(state.step for state in states if state)
