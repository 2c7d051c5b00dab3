"""Which figures have a choice of a layer and of two units, and what may be chosen."""

from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import Experiment

LOWEST_LAYER = {"activations": 1, "weights": 1, "hidden_space": 0}
"""Of the figures that show a layer; layer 0 are the inputs."""


def check_choice(kind: str, experiment: Experiment, layer: int | None, pair: tuple[int, int]) -> None:
    """An ExperimentError where the figure or the network lacks what is chosen."""
    last = len(experiment.sizes) - 1
    if layer is not None:
        if kind not in LOWEST_LAYER:
            names = ", ".join(LOWEST_LAYER)
            raise ExperimentError(FieldError("layer", f"null for {kind}; {names} show a layer", layer))
        if not LOWEST_LAYER[kind] <= layer <= last:
            rule = f"a layer from {LOWEST_LAYER[kind]} to {last}, the output"
            raise ExperimentError(FieldError("layer", rule, layer))
    if pair == (0, 1):
        return
    if kind != "hidden_space":
        raise ExperimentError(FieldError("pair", f"[0, 1] for {kind}; hidden_space shows a pair", list(pair)))
    units = experiment.sizes[last - 1 if layer is None else layer]
    if max(pair) >= units or pair[0] == pair[1]:
        rule = f"two different units from 0 to {units - 1}" if units > 1 else "[0, 1] for a layer of one unit"
        raise ExperimentError(FieldError("pair", rule, list(pair)))
