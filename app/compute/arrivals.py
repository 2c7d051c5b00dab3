"""Where runs were gone to and by which way, so that the next who goes there is there at once.

A run is a pure function of its experiment: three hundred who open the same link want the same state.
"""

import pickle
from collections import OrderedDict
from dataclasses import dataclass, field

from app.experiments.experiment import Experiment
from app.experiments.run import Record, State

MOST_BYTES = 64_000_000
RECORD_BYTES = 800
PICKLED = 20
"""An experiment in memory is at most so many times as long as pickled: ten thousand own points are 4 MB."""
SHORTEST = 500
"""Steps; what is nearer is computed sooner than found."""


@dataclass(frozen=True)
class Arrival:
    """A state, and the records of the way to it from step 0: what a curve is drawn from."""

    state: State
    records: tuple[Record, ...]
    size: int  # in bytes, about, with the experiment that is its key


@dataclass
class Arrivals:
    """The last ones, as many as ``most`` bytes hold; for each experiment and step one."""

    most: int = MOST_BYTES
    _kept: OrderedDict[tuple[Experiment, int], Arrival] = field(default_factory=OrderedDict)
    _steps: dict[Experiment, set[int]] = field(default_factory=dict)
    _bytes: int = 0

    def add(self, experiment: Experiment, state: State, records: list[Record]) -> None:
        """Keep the end of a way that began at step 0; what is no whole way, or a short one, is not kept."""
        if state.step < SHORTEST or not records or records[0].step != 0:
            return
        self._drop((experiment, state.step))
        arrival = Arrival(state, tuple(records), _size(experiment, state, records))
        self._kept[experiment, state.step] = arrival
        self._steps.setdefault(experiment, set()).add(state.step)
        self._bytes += arrival.size
        while self._bytes > self.most:
            self._drop(next(iter(self._kept)))

    def at_most(self, experiment: Experiment, step: int) -> Arrival | None:
        """The farthest one of this run that is not beyond ``step``."""
        nearest = max((s for s in self._steps.get(experiment, ()) if s <= step), default=None)
        if nearest is None:
            return None
        self._kept.move_to_end((experiment, nearest))
        return self._kept[experiment, nearest]

    def _drop(self, key: tuple[Experiment, int]) -> None:
        arrival = self._kept.pop(key, None)
        if arrival is None:
            return
        experiment, step = key
        self._bytes -= arrival.size
        self._steps[experiment].discard(step)
        if not self._steps[experiment]:
            del self._steps[experiment]


def _size(experiment: Experiment, state: State, records: list[Record]) -> int:
    arrays = state.theta.nbytes + sum(array.nbytes for array in state.memory)
    return PICKLED * len(pickle.dumps(experiment)) + arrays + RECORD_BYTES * len(records)
