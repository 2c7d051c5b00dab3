"""Where runs were gone to and by which way, so that the next who goes there is there at once.

A run is a pure function of its experiment: three hundred who open the same link want the same state.
"""

import pickle
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import pairwise

from app.compute.flights import RECORD_BYTES, Flights
from app.experiments.experiment import Experiment
from app.experiments.run import Record, State

MOST_BYTES = 64_000_000
PICKLED = 20
"""An experiment in memory is at most so many times as long as pickled: ten thousand own points are 4 MB."""
SHORTEST = 500
"""Steps; what is nearer is computed sooner than found."""


@dataclass(frozen=True)
class Arrival:
    """A state, and the records of the way to it, mostly from step 0: what a curve is drawn from."""

    state: State
    records: tuple[Record, ...]
    size: int  # in bytes, about, with the experiment that is its key

    @property
    def since(self) -> int:
        """The first step from which one would have gone the same way, with the same records."""
        first, *others = (record.step for record in self.records)
        return max(first - (others[0] - first if others else 1) + 1, 0)


@dataclass
class Arrivals:
    """The last ones, as many as ``most`` bytes hold; for each experiment and step one."""

    most: int = MOST_BYTES
    flights: Flights = field(default_factory=Flights)
    """Who is under way, and what was computed a moment ago."""
    _kept: OrderedDict[tuple[Experiment, int], Arrival] = field(default_factory=OrderedDict)
    _steps: dict[Experiment, set[int]] = field(default_factory=dict)
    _bytes: int = 0

    def add(self, experiment: Experiment, state: State, records: list[Record]) -> None:
        """Keep the end of a way of ``SHORTEST`` steps or more; a longer one to the same step stays."""
        steps = [record.step for record in records]
        if not steps or state.step - steps[0] < SHORTEST:
            return
        if steps[-1] >= state.step or any(b <= a for a, b in pairwise(steps)):
            return  # it went back and forth
        arrival = Arrival(state, tuple(records), _size(experiment, state, records))
        before = self._kept.get((experiment, state.step))
        if before is not None and before.since < arrival.since:
            return
        self._drop((experiment, state.step))
        self._kept[experiment, state.step] = arrival
        self._steps.setdefault(experiment, set()).add(state.step)
        self._bytes += arrival.size
        while self._bytes > self.most:
            self._drop(next(iter(self._kept)))

    def at_most(self, experiment: Experiment, step: int, since: int = 0) -> Arrival | None:
        """The farthest one of this run that is not beyond ``step``, for who has its curve up to ``since``."""
        nearest = max(
            (
                s
                for s in self._steps.get(experiment, ())
                if s <= step and self._begins(experiment, s) <= since
            ),
            default=None,
        )
        if nearest is None:
            return None
        self._kept.move_to_end((experiment, nearest))
        return self._kept[experiment, nearest]

    def _begins(self, experiment: Experiment, step: int) -> int:
        return self._kept[experiment, step].since

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
