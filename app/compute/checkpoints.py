"""States of a run kept on the way, evenly thinned, so that going back is quick."""

from dataclasses import dataclass, field

from app.experiments.experiment import MAX_STEP
from app.experiments.run import State

MOST = 100
MAX_BYTES = 2_000_000
FEWEST = 5


@dataclass
class Checkpoints:
    """About a hundred states of one run, ``spacing`` steps apart or more; fewer of large networks."""

    states: list[State] = field(default_factory=list)
    spacing: int = 20

    def add(self, state: State) -> None:
        """Keep ``state`` if it lies far enough beyond the last one kept."""
        if state.over or (self.states and state.step < self.states[-1].step + self.spacing):
            return
        self.states.append(state)
        numbers = state.theta.nbytes + sum(array.nbytes for array in state.memory)
        most = max(FEWEST, min(MOST, MAX_BYTES // max(numbers, 1)))
        if len(self.states) > most:
            self.states = self.states[::2]
            self.spacing *= 2

    def at_most(self, step: int) -> State | None:
        """The last state kept that is not beyond ``step``."""
        return next((state for state in reversed(self.states) if state.step <= step), None)

    def below(self, step: int) -> "Checkpoints":
        """Those before ``step``, to begin another run's with."""
        if step > MAX_STEP:
            return Checkpoints(list(self.states), self.spacing)
        return Checkpoints([state for state in self.states if state.step < step], self.spacing)
