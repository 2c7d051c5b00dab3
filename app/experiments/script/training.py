"""The training of a script: the update, the loop, and what was changed in mid-run."""

from typing import Any

from app.engine.optimizers import OPTIMIZERS
from app.experiments.experiment import Experiment, Intervention
from app.experiments.run import State

UPDATES = {
    "gd": ["theta[:] = theta - rate * gradient"],
    "momentum": ["v[:] = beta * v + (1.0 - beta) * gradient", "theta[:] = theta - rate * v"],
    "rmsprop": [
        "s[:] = beta * s + (1.0 - beta) * (gradient * gradient)",
        "theta[:] = theta - rate * gradient / (np.sqrt(s) + epsilon)",
    ],
    "adam": [
        "v[:] = beta1 * v + (1.0 - beta1) * gradient",
        "s[:] = beta2 * s + (1.0 - beta2) * (gradient * gradient)",
        "s_corrected = s / (1.0 - math.pow(beta2, t))",
        "theta[:] = theta - rate / (1.0 - math.pow(beta1, t)) * v / (np.sqrt(s_corrected) + epsilon)",
    ],
}
"""What ``update`` does to theta; ``t`` counts from 1. Epsilon stands outside the root."""


def _uses_l2(experiment: Experiment) -> bool:
    changed = (change.set for change in experiment.interventions if change.set)
    return bool(experiment.training.l2) or any(settings.l2 for settings in changed)


def update(experiment: Experiment) -> str:
    """The optimizer's settings, memory and rule."""
    training = experiment.training
    lines = ["", f"rate = {training.learning_rate!r}"]
    optimizer = OPTIMIZERS[training.optimizer]
    lines += [f"{name} = {getattr(training, name)!r}" for name in optimizer.settings]
    lines += [f"{name} = np.zeros(count)" for name in optimizer.memory]
    if _uses_l2(experiment):
        lines += [
            f"l2 = {training.l2!r}",
            "is_weight = np.ones(count)",
            "for block in layers(is_weight)[1:]:",
            "    block[:, -1] = 0.0  # biases are not penalized",
        ]
    lines += ["", "", "def update(t):", f'    """Update number t, from 1: {optimizer.title}."""']
    lines += [f"    {line}" for line in UPDATES[training.optimizer]]
    return "\n".join([*lines, ""])


def training(experiment: Experiment, state: State, every: int, figures: bool) -> str:
    """The loop, up to the step of ``state``; it prints what is recorded, and for figures keeps it."""
    l2, batches = _uses_l2(experiment), experiment.training.batch_size is not None
    penalty = " + penalty(whole.m)" if l2 else ""
    kept = ["history.append((step, cost))"] if figures else []
    lines = []
    if l2:
        lines += [
            "",
            "def penalty(m):",
            '    """lambda / (2 m) times the sum of the squared weights."""',
            "    weights = theta * is_weight",
            "    return l2 / (2 * m) * float(np.vecdot(weights, weights)) if l2 else 0.0",
            "",
        ]
    changes = _changes(experiment, state)
    lines += changes
    lines += [
        "",
        *(["history = []  # steps and costs"] if figures else []),
        "whole = Pass(X, Y)",
        *(["change(0)"] if changes else []),
        f"for step in range({state.step}):",
        "    part = batch(step)" if batches else "    part = whole",
        "    part.forward()",
        f"    if step % {every} == 0:",
        *(["        whole.forward()"] if batches else []),
        f"        cost = whole.cost(){penalty}",
        "        print(step, repr(cost))",
        *(f"        {line}" for line in kept),
        "    part.backward()",
        *(["    if l2:", "        gradient += l2 / part.m * (theta * is_weight)"] if l2 else []),
        "    update(step + 1)",
        *(["    change(step + 1)"] if changes else []),
        "whole.forward()",
        f"step, cost = {state.step}, whole.cost(){penalty}",
        "print(step, repr(cost))",
        *kept,
    ]
    return "\n".join([*lines, ""])


def _changes(experiment: Experiment, state: State) -> list[str]:
    """What is changed in mid-run, in the order in which it acts."""
    acting = [c for c in sorted(experiment.interventions, key=lambda c: c.step) if c.step <= state.step]
    if not acting:
        return []
    names = _settings(experiment)
    lines = ["", "def change(step):", '    """What was changed in mid-run."""']
    lines += [f"    global {', '.join(names)}"] if names else []
    for change in acting:
        body = _change(experiment, change)
        if body:
            lines += [f"    if step == {change.step}:", *(f"        {line}" for line in body)]
    return [*lines, ""] if len(lines) > 3 + bool(names) else []


def _settings(experiment: Experiment) -> list[str]:
    """The settings that a change sets and the script has."""
    known = {"learning_rate": "rate"} | ({"l2": "l2"} if _uses_l2(experiment) else {})
    known |= {name: name for name in OPTIMIZERS[experiment.training.optimizer].settings}
    changed = (change.set for change in experiment.interventions if change.set)
    given = {name for settings in changed for name, value in vars(settings).items() if value is not None}
    return [short for name, short in known.items() if name in given]


def _change(experiment: Experiment, change: Intervention) -> list[str]:
    if change.set is not None:
        names = _settings(experiment)
        values: dict[str, Any] = {
            "rate": change.set.learning_rate,
            **{name: getattr(change.set, name) for name in ("l2", "beta", "beta1", "beta2", "epsilon")},
        }
        return [f"{name} = {values[name]!r}" for name in names if values[name] is not None]
    if change.nudge is not None:
        nudge = change.nudge
        return [f"{_place(nudge.layer, nudge.unit, nudge.input)} += {nudge.by!r}"]
    if change.edit is not None:
        edit = change.edit
        return [f"{_place(edit.layer, edit.unit, edit.input)} = {edit.to!r}"]
    memory = OPTIMIZERS[experiment.training.optimizer].memory
    if change.permute is not None:
        l, order = change.permute.layer, list(change.permute.order)
        return [
            f"for block in map(layers, (theta, {''.join(f'{name}, ' for name in memory)})):",
            f"    block[{l}][:], block[{l + 1}][:, :-1] = block[{l}][{order}], block[{l + 1}][:, {order}]",
        ]
    assert change.flip is not None
    l, u = change.flip.layer, change.flip.unit
    signed = [name for name in memory if name != "s"]  # an average square has no sign
    return [
        f"for block in map(layers, (theta, {''.join(f'{name}, ' for name in signed)})):",
        f"    block[{l}][{u}] *= -1.0",
        f"    block[{l + 1}][:, {u}] *= -1.0",
    ]


def _place(layer: int, unit: int, column: int | None) -> str:
    return f"b[{layer}][{unit}, 0]" if column is None else f"W[{layer}][{unit}, {column}]"
