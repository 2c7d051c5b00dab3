"""The one true sentence about a state: a key, its values, and the English made of them."""

from dataclasses import dataclass
from typing import Any

from app.engine.optimizers import OPTIMIZERS
from app.experiments.experiment import Experiment
from app.experiments.observe import LayerSymmetry, Observation
from app.experiments.run import State
from app.experiments.texts import say, texts

EXPLODING = 10.0
"""A cost above this, and above twice the first one, is said to be exploding."""

TEMPLATES = texts("en")["sentences"]
"""What can be said, in English; ``step`` begins every sentence."""


@dataclass(frozen=True)
class Phrase:
    """A key of TEMPLATES and what goes into it, so that other languages can say it too."""

    key: str
    values: dict[str, Any]

    @property
    def text(self) -> str:
        return say("sentences", self.key, self.values)


def kinds(layer: LayerSymmetry) -> Phrase:
    """ "all 4 units equal", "2 kinds of unit (1 + 3)", "all 4 units different"."""
    if layer.units == 1:
        return Phrase("one_unit", {})
    if layer.distinct == 1:
        return Phrase("all_equal", {"units": layer.units})
    if layer.distinct == layer.units:
        return Phrase("all_different", {"units": layer.units})
    sizes = [layer.classes.count(kind) for kind in range(layer.distinct)]
    shown = " + ".join(str(size) for size in sorted(sizes)[:6]) + (" + …" if len(sizes) > 6 else "")
    return Phrase("kinds", {"distinct": layer.distinct, "sizes": shown})


def all_kinds(layers: tuple[LayerSymmetry, ...]) -> Phrase:
    """The kinds of the only hidden layer, or what can be said of all of them."""
    if not layers:
        return Phrase("no_hidden", {})
    if len(layers) == 1:
        return kinds(layers[0])
    if all(layer.distinct == 1 for layer in layers):
        return Phrase("every_layer_equal", {})
    if all(layer.distinct == layer.units for layer in layers):
        return Phrase("every_layer_different", {})
    counts = [str(layer.distinct) for layer in layers]
    return Phrase("by_layer", {"first": ", ".join(counts[:-1]), "last": counts[-1]})


def boundary(experiment: Experiment, seen: Observation) -> list[Phrase]:
    """That it is a line, or that there is none; nothing where neither can be proved.

    Without hidden units, with linear ones only, or with one kind in every layer the output is a
    monotonic function of one linear form, so its boundary is one line.
    """
    called = set(seen.predicted.tolist())
    if len(called) == 1:
        return [Phrase("none_training" if seen.held_back else "none", {"label": int(called.pop())})]
    if experiment.data.classes > 2 or experiment.network.features:
        return []
    one_kind = all(layer.distinct == 1 for layer in seen.symmetry)
    linear = all(name == "linear" for name in experiment.activations)
    return [Phrase("line", {})] if one_kind or linear else []


def phrases(experiment: Experiment, state: State, seen: Observation) -> list[Phrase]:
    """What is to be said about a state, most urgent first."""
    if state.diverged:
        return [Phrase("diverged", {"at": state.diverged.step, "reason": state.diverged.reason})]
    said = []
    if seen.cost > EXPLODING and seen.cost > 2 * state.start_cost:
        said.append(Phrase("exploding", {"cost": f"{seen.cost:.3g}"}))
    if seen.gradient_norm == 0.0:
        said += _at_rest(experiment, state, seen)
    if state.converged:
        said.append(Phrase("converged", {}))
    said.append(all_kinds(seen.symmetry))
    said += boundary(experiment, seen)
    said.append(Phrase("accuracy", {"accuracy": percent(seen.accuracy)}))
    return said


def _at_rest(experiment: Experiment, state: State, seen: Observation) -> list[Phrase]:
    if any(change.step > state.step for change in experiment.interventions):
        return []  # what is still to come may move it
    if experiment.training.batch_size is not None or _goes_on_by_itself(experiment, state):
        return []  # the gradient of all points is 0, and that of a batch need not be
    if seen.moved:
        return [Phrase("stuck", {})]
    return [Phrase("still", {"steps": state.step})] if state.step else [Phrase("will_not_move", {})]


def _goes_on_by_itself(experiment: Experiment, state: State) -> bool:
    """Whether the optimizer remembers a direction, in which it moves without any gradient."""
    names = OPTIMIZERS[experiment.training.optimizer].memory
    return any(name == "v" and array.any() for name, array in zip(names, state.memory, strict=True))


def percent(fraction: float) -> str:
    """In per cent with one digit, halves rounded up as people do: 0.8925 is 89.3. Only 1 is 100.0."""
    tenths = int(fraction * 1000 + 0.5 + 1e-9)
    return f"{(tenths if fraction == 1.0 else min(tenths, 999)) / 10:.1f}"


def sentence(step: int, said: list[Phrase]) -> str:
    """``Step 1,240: all 4 units equal; the boundary is a line; accuracy 65.5 %``."""
    full = [p.text for p in said if p.text.endswith(".")]
    parts = [p.text for p in said if not p.text.endswith(".")]
    rest = "; ".join(parts)
    if full:
        rest = rest[:1].upper() + rest[1:]
    return " ".join([say("sentences", "step", {"step": step}), *full, rest]).strip()
