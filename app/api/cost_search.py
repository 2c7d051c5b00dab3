"""The runs of one request that may have printed somebody's costs."""

from dataclasses import dataclass, replace

from app.api.running import CHUNK_SECONDS
from app.compute.pool import Bulk
from app.engine.arrays import Array
from app.experiments.check import ExperimentError
from app.experiments.checks.costs import Cause, Entry, Reading, Table, entries_at, pieces, with_sums_reordered
from app.experiments.checks.variants import Variant, variants
from app.experiments.experiment import Experiment
from app.experiments.run import State
from app.experiments.work import points_of, seconds_per_step


@dataclass
class Search:
    """The runs of one request: ours, and those that may explain the rows."""

    pool: Bulk
    experiment: Experiment
    table: Table
    seconds: float  # that looking for causes may take

    def __post_init__(self) -> None:
        self.m = points_of(self.experiment)

    async def entries(
        self, experiment: Experiment, steps: tuple[int, ...], l2: float | None = None
    ) -> dict[int, Entry]:
        """The costs at ``steps``, in chunks, so that a run shares the workers with everybody."""
        state: State | None = None
        found = dict[int, Entry]()
        for piece in pieces(experiment, steps, CHUNK_SECONDS):
            state, passed = await self.pool.call(entries_at, experiment, state, piece, l2)
            found |= passed
            if len(passed) < len(piece):
                break  # it diverged, or has come to rest
        return found

    async def only_rounding(self, reading: Reading, ours: Array) -> bool:
        """Whether other orders of adding up lead as far away; first up to the first row that differs."""
        others = with_sums_reordered(self.experiment)
        for end in ((self.table.first_different(ours) or 0) + 1, len(ours)):
            part = replace(reading, steps=reading.steps[:end])
            printed = [part.values_of(await self.entries(other, part.steps), self.m) for other in others]
            if not self.table.only_rounding(ours[:end], printed):
                return False
        return True

    async def causes(self, possible: list[Reading], ours: Array) -> tuple[list[Cause], int, int]:
        """What explains the rows, how much was tried, and how much would have taken too long."""
        found, tried, left_out = list[Cause](), len(possible) - 1, 0
        first = (self.table.first_different(ours) or 0) + 1
        begun = [replace(reading, steps=reading.steps[:first]) for reading in possible[1:]]
        own = await self.entries(self.experiment, tuple(sorted({s for r in begun for s in r.steps})))
        for reading, beginning in zip(possible[1:], begun, strict=True):
            if self.table.first_different(beginning.values_of(own, self.m)) is None:
                whole = reading.values_of(await self.entries(self.experiment, reading.steps), self.m)
                if cause := self.table.explained(reading.cause, reading.values, whole, ours):
                    found.append(cause)
        left = self.seconds
        for variant in variants(self.experiment):
            # Most are run only as far as the first row that differs.
            to_first, to_end = self._seconds(variant, possible[0], ours)
            if to_end > left:
                left_out += 1
                continue
            tried += 1
            explains, ran_on = await self._variant(variant, possible[0], ours)
            left -= to_end if ran_on else to_first
            if explains:
                found.append(explains)
        return found, tried, left_out

    def _seconds(self, variant: Variant, reading: Reading, ours: Array) -> tuple[float, float]:
        per_step = seconds_per_step(variant.experiment)
        first = self.table.first_different(ours) or 0
        return per_step * (reading.steps[first] + 1), 2 * per_step * (reading.steps[-1] + 1)

    async def _variant(self, variant: Variant, reading: Reading, ours: Array) -> tuple[Cause | None, bool]:
        """Whether it explains the rows; it is run on only if it explains the first that differs."""
        first = (self.table.first_different(ours) or 0) + 1
        try:
            begun = await self.entries(variant.experiment, reading.steps[:first], variant.l2)
            values = Reading("", {}, reading.steps[:first]).values_of(begun, self.m)
            if self.table.first_different(values) is not None:
                return None, False
            whole = await self.entries(variant.experiment, reading.steps, variant.l2)
        except ExperimentError:
            return None, False  # points that cannot be standardized, say
        values = reading.values_of(whole, self.m)
        return self.table.explained(variant.cause, variant.values, values, ours), True
