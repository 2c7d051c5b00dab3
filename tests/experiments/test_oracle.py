"""Cost, gradients and two hundred steps of random experiments, beside automatic differentiation.

The oracles know the formula of the cost and of the update, and nothing of back-propagation.
"""

from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad

from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from tests.experiments.random_runs import NOT_CALM, random_experiment, task_of

STEPS = 200
AGREES = 1e-9
NUMBERS = [number for number in range(302) if number not in NOT_CALM]

FUNCTIONS = {
    "sigmoid": lambda Z, leak: 1 / (1 + anp.exp(-Z)),
    "tanh": lambda Z, leak: anp.tanh(Z),
    "relu": lambda Z, leak: anp.where(Z > 0, Z, 0.0),
    "leaky_relu": lambda Z, leak: anp.where(Z > 0, Z, leak * Z),
    "linear": lambda Z, leak: Z,
}


def cost(theta, task, X, Y):
    """The mean loss and the penalty, as they are written down."""
    A, at, m = X, 0, X.shape[1]
    for (before, n), name in zip(pairwise(task.sizes), [*task.activations, "linear"], strict=True):
        units = anp.reshape(theta[at : at + n * (before + 1)], (n, before + 1))
        A = FUNCTIONS[name](anp.dot(units, anp.concatenate([A, np.ones((1, m))])), task.leak)
        at += n * (before + 1)
    Z = A
    if len(Y) > 1:  # -ln of the softmax of the true class
        shifted = Z - anp.max(Z, axis=0, keepdims=True)
        losses = anp.log(anp.sum(anp.exp(shifted), axis=0)) - anp.sum(shifted * Y, axis=0)
    elif task.training.loss == "cross_entropy":  # -ln of the probability given to what is true
        losses = anp.logaddexp(0, Z * (1 - 2 * Y))
    else:
        losses = (1 / (1 + anp.exp(-Z)) - Y) ** 2
    penalty = 0.0
    if task.training.l2:
        penalty = task.training.l2 / (2 * m) * anp.sum((theta * task.is_weight()) ** 2)
    return anp.sum(losses) / m + penalty


cost_and_gradient = value_and_grad(cost)


def stepped(task):
    """The parameters after the steps, by the formulas of the papers."""
    training = task.training
    theta, v, s = task.theta.copy(), 0.0, 0.0
    for step in range(STEPS):
        _, g = cost_and_gradient(theta, task, *task.batch(step))
        t = step + 1
        if training.optimizer == "gd":
            direction = g
        elif training.optimizer == "momentum":
            v = training.beta * v + (1 - training.beta) * g
            direction = v
        elif training.optimizer == "rmsprop":
            s = training.beta * s + (1 - training.beta) * g**2
            direction = g / (s**0.5 + training.epsilon)
        else:
            v = training.beta1 * v + (1 - training.beta1) * g
            s = training.beta2 * s + (1 - training.beta2) * g**2
            v_hat, s_hat = v / (1 - training.beta1**t), s / (1 - training.beta2**t)
            direction = v_hat / (s_hat**0.5 + training.epsilon)
        theta = theta - training.learning_rate * direction
    return theta


def agrees(mine, theirs):
    """To nine digits of the largest number."""
    mine, theirs = np.asarray(mine), np.asarray(theirs)
    assert mine.shape == theirs.shape
    assert np.abs(mine - theirs).max() <= AGREES * np.abs(theirs).max()


def engine_gradient(experiment, state, step):
    """The gradient of the cost that the update of ``step`` uses, and that cost."""
    problem = problem_of(experiment)
    problem.network.load(state.theta)
    network = problem.descent.network_at(step)
    network.forward()
    network.backward()
    l2 = experiment.training.l2
    if l2:
        problem.descent.add_decay(l2, network.m)
    return network.cost() + problem.descent.penalty(l2, network.m), network.gradient.copy()


@pytest.mark.parametrize("number", NUMBERS)
def test_a_random_run_is_that_of_automatic_differentiation(number):
    experiment = random_experiment(number)
    task = task_of(experiment)
    begun = start(experiment)
    reached, _ = advance(experiment, begun, STEPS)
    assert reached.step == STEPS
    assert not np.allclose(reached.theta, begun.theta, rtol=1e-4)
    for step, state in ((0, begun), (STEPS, reached)):
        of_batch, gradient = cost_and_gradient(state.theta, task, *task.batch(step))
        mine, my_gradient = engine_gradient(experiment, state, step)
        agrees(mine, of_batch)
        agrees(my_gradient, gradient)
        agrees(state.cost, cost(state.theta, task, task.X, task.Y))
    agrees(reached.theta, stepped(task))


def test_the_random_runs_have_something_of_everything():
    experiments = [random_experiment(number) for number in NUMBERS]
    assert len(experiments) == 300
    assert {e.training.optimizer for e in experiments} == {"gd", "momentum", "rmsprop", "adam"}
    assert {name for e in experiments for name in e.activations} == set(FUNCTIONS)
    assert {len(e.network.hidden) for e in experiments} == {0, 1, 2, 3, 4}
    assert {e.data.classes for e in experiments} == {2, 3, 4, 6}
    assert {e.training.loss for e in experiments} == {"cross_entropy", "squared_error"}
    assert {e.arithmetic for e in experiments} == {"exact", "reordered", "blas"}
    for holds in (
        lambda e: e.training.l2,
        lambda e: e.training.batch_size,
        lambda e: e.training.batch_size == 1,
        lambda e: e.network.features,
        lambda e: e.data.standardize,
        lambda e: e.data.validation,
        lambda e: e.data.classes > 2 and e.training.optimizer == "adam" and e.training.batch_size,
    ):
        assert 10 < sum(bool(holds(e)) for e in experiments) < 290


@pytest.mark.parametrize("number", NUMBERS[:100])
def test_a_random_run_is_that_of_pytorch_where_that_is_installed(number):
    torch = pytest.importorskip("torch")
    experiment = random_experiment(number)
    task, training = task_of(experiment), experiment.training
    units = np.split(task.theta, np.cumsum([n * (before + 1) for before, n in pairwise(task.sizes)])[:-1])
    layers = []
    for flat, (before, n) in zip(units, pairwise(task.sizes), strict=True):
        layer = torch.nn.Linear(before, n).double()
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(flat.reshape(n, -1)[:, :-1].copy()))
            layer.bias.copy_(torch.tensor(flat.reshape(n, -1)[:, -1].copy()))
        layers.append(layer)
    functions = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": lambda Z: torch.nn.functional.leaky_relu(Z, task.leak),
        "linear": lambda Z: Z,
    }
    weights, biases = [layer.weight for layer in layers], [layer.bias for layer in layers]
    rate, beta = training.learning_rate, training.beta
    if training.optimizer == "adam":
        betas = training.beta1, training.beta2
        optimizer = torch.optim.Adam([*weights, *biases], rate, betas, training.epsilon)
    elif training.optimizer == "rmsprop":
        optimizer = torch.optim.RMSprop([*weights, *biases], rate, beta, training.epsilon)
    elif training.optimizer == "momentum":
        optimizer = torch.optim.SGD([*weights, *biases], rate, beta, dampening=beta)
        for parameter in (*weights, *biases):  # its first step would else be the gradient itself
            optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
    else:
        optimizer = torch.optim.SGD([*weights, *biases], rate)
    for step in range(STEPS):
        X, Y = task.batch(step)
        A, labels = torch.tensor(X.T.copy()), torch.tensor(Y.T.copy())
        for layer, name in zip(layers, [*task.activations, "linear"], strict=True):
            A = functions[name](layer(A))
        if len(Y) > 1:
            loss = torch.nn.functional.cross_entropy(A, labels)
        elif training.loss == "cross_entropy":
            loss = torch.nn.functional.binary_cross_entropy_with_logits(A, labels)
        else:
            loss = torch.nn.functional.mse_loss(torch.sigmoid(A), labels)
        penalty = training.l2 / (2 * len(labels)) * sum((W**2).sum() for W in weights)
        optimizer.zero_grad()
        (loss + penalty).backward()
        optimizer.step()
    reached, _ = advance(experiment, start(experiment), STEPS)
    theirs = [torch.cat([layer.weight, layer.bias[:, None]], dim=1).detach().numpy() for layer in layers]
    agrees(reached.theta, np.concatenate([layer.ravel() for layer in theirs]))
