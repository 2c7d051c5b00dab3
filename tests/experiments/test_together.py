"""Runs trained together: every state has the bits of the run by itself, whatever its neighbours do."""

from dataclasses import replace

import numpy as np
import pytest

from app.engine.activations import ACTIVATIONS
from app.engine.diagnostics import symmetry
from app.engine.losses import LOSSES
from app.engine.optimizers import OPTIMIZERS
from app.engine.stacked import MOST, fitting
from app.experiments.experiment import Experiment
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from app.experiments.together import advance_together, kind, start_together
from tests.experiments.known import BURSTS, LOST, D, changed, made
from tests.experiments.random_runs import random_experiment
from tests.experiments.test_run import same


def equal_to_single_runs(experiments, chunks=(1, 40, 25)):
    """Trains them together and each alone, compares the bits after every chunk, and tells the states."""
    together = start_together(experiments)
    alone = [start(experiment) for experiment in experiments]
    assert all(same(one, other) for one, other in zip(together, alone, strict=True))
    for steps in chunks:
        together = advance_together(experiments, together, steps)
        alone = [
            advance(experiment, state, steps)[0] for experiment, state in zip(experiments, alone, strict=True)
        ]
        for j, (one, other) in enumerate(zip(together, alone, strict=True)):
            assert same(one, other), f"run {j} after step {other.step}"
    return together


def seeds(experiment, count, **training):
    return [changed(experiment, init={"seed": seed}, training=training) for seed in range(count)]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_activation_with_every_optimizer(activation, optimizer):
    experiment = made(
        data={"samples": 57},
        network={"hidden": [5, 3], "activation": activation},
        init={"method": "he"},
        training={"optimizer": optimizer, "learning_rate": 0.05},
    )
    equal_to_single_runs(seeds(experiment, 5))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("batch_size", [None, 1, 16, 57])
def test_every_loss_with_a_penalty_and_with_batches(loss, l2, batch_size):
    training = {"loss": loss, "l2": l2, "batch_size": batch_size, "learning_rate": 0.1}
    experiment = made(data={"samples": 57}, network={"hidden": [4]}, training=training)
    equal_to_single_runs(seeds(experiment, 4, **training))


@pytest.mark.parametrize("hidden", [[], [1], [4], [1, 1, 1], [7, 1, 2], [10] * 10, [64]])
def test_every_shape(hidden):
    experiment = made(data={"samples": 100}, network={"hidden": hidden}, init={"method": "xavier"})
    equal_to_single_runs(seeds(experiment, 3), chunks=(30,))


@pytest.mark.parametrize("classes", [3, 6])
def test_more_than_two_classes(classes):
    data = {"name": "blobs", "classes": classes, "samples": 61, "standardize": True}
    experiment = made(data=data, network={"hidden": [5]}, training={"learning_rate": 0.5, "l2": 0.01})
    equal_to_single_runs(seeds(experiment, 4))


STACKED = [number for number in range(60) if kind(random_experiment(number)) is not None]


@pytest.mark.parametrize("number", STACKED)
def test_random_experiments(number):
    experiment = random_experiment(number)
    equal_to_single_runs([changed(experiment, init={"seed": seed}) for seed in range(3)], chunks=(9, 30))


def test_on_the_default_experiment_for_long():
    equal_to_single_runs(seeds(D, 11), chunks=(400, 600))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_with_rates_a_penalty_and_a_scale_of_its_own(optimizer):
    experiments = [
        made(
            data={"samples": 40},
            init={"method": method, "scale": 0.1 * (j + 1), "seed": j},
            training={
                "optimizer": optimizer,
                "learning_rate": 0.01 * (j + 1),
                "l2": 0.1 * (j + 1),
                "beta": 0.5 + 0.1 * j,
                "beta1": 0.9 - 0.1 * j,
                "beta2": 0.999 - 0.01 * j,
                "epsilon": 1e-8 * (j + 1),
            },
        )
        for j, method in enumerate(["normal", "uniform", "constant", "normal"])
    ]
    equal_to_single_runs(experiments)


@pytest.mark.parametrize("batch_size", [None, 7])
def test_each_with_points_inputs_and_an_order_of_its_own(batch_size):
    experiments = [
        made(
            data={"name": name, "seed": j, "samples": 30, "standardize": j > 1},
            network={"features": [feature]},
            training={"batch_size": batch_size, "seed": 5 + j % 2, "learning_rate": 0.2},
        )
        for j, (name, feature) in enumerate(
            [("moons", "x1^2"), ("flower", "x2^2"), ("xor", "x1*x2"), ("spiral", "sin(x1)")]
        )
    ]
    assert len({kind(experiment) for experiment in experiments}) == 1
    equal_to_single_runs(experiments)


def test_one_that_diverges_does_not_disturb_the_others():
    calm = [changed(BURSTS, init={"seed": seed}, training={"learning_rate": 0.01}) for seed in range(3)]
    experiments = [*calm[:2], BURSTS, calm[2]]
    assert len({kind(experiment) for experiment in experiments}) == 1
    states = equal_to_single_runs(experiments, chunks=(10, 500, 500))
    assert states[2].diverged is not None
    assert states[2].step < 1010
    assert [state.step for state in (states[0], states[1], states[3])] == [1010] * 3


@pytest.mark.parametrize("width", [3, 4, 5, 7, 10, 50])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_equal_units_stay_equal_in_a_stack(width, activation):
    experiments = [
        made(
            data={"samples": 100},
            network={"hidden": [width], "activation": activation},
            init={"method": "constant", "scale": 0.1 * (j + 1)},
        )
        for j in range(4)
    ]
    states = advance_together(experiments, start_together(experiments), 300)
    for experiment, state in zip(experiments, states, strict=True):
        network = problem_of(experiment).network
        network.load(state.theta)
        assert symmetry(network, 1).distinct == 1
        assert not np.array_equal(state.theta, start(experiment).theta)


ALONE = [
    {"training": {"stop_change": 1e-9}},
    {"arithmetic": "blas"},
    {"arithmetic": "reordered"},
    {"interventions": [{"step": 3, "set": {"learning_rate": 0.5}}]},
]


@pytest.mark.parametrize("parts", ALONE, ids=lambda parts: next(iter(parts)))
def test_what_cannot_be_stacked_is_trained_alone(parts):
    assert kind(made(**parts)) is None
    assert kind(D) is not None
    equal_to_single_runs([made(**parts)], chunks=(5,))


@pytest.mark.parametrize(
    "parts",
    [
        {"network": {"hidden": [5]}},
        {"network": {"activation": "relu"}},
        {"network": {"leak": 0.2}},
        {"network": {"features": ["x1^2"]}},
        {"data": {"samples": 398}},
        {"data": {"validation": 0.25}},
        {"training": {"l2": 0.1}},
        {"training": {"optimizer": "adam"}},
        {"training": {"loss": "squared_error"}},
        {"training": {"batch_size": 64}},
    ],
)
def test_what_must_be_equal_within_a_stack(parts):
    assert kind(made(**parts)) not in (kind(D), None)


def test_a_stack_is_as_large_as_the_cache_holds():
    assert 8 <= fitting((2, 4, 1), 400) <= 16
    assert fitting((2, 4, 1), 10_000) == 1
    assert fitting((2, 1), 2) == MOST


def test_a_run_that_is_over_is_left_as_it_is():
    experiments = [LOST, changed(LOST, init={"seed": 3})]
    states = [advance(experiment, start(experiment), 1000)[0] for experiment in experiments]
    assert all(state.over for state in states)
    assert advance_together(experiments, states, 5) == states


def test_no_steps_are_none():
    states = start_together([D, replace(D, init=replace(D.init, seed=5))])
    assert advance_together([D, Experiment()], states, 0) == states
