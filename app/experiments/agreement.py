"""How far two experiments give the same run, and how an experiment goes back to a clean start."""

from dataclasses import replace

from app.experiments.experiment import MAX_STEP, Experiment, Intervention, Training


def agreement(one: Experiment, other: Experiment) -> int:
    """The number of first steps at which the two runs have the same bits.

    States of either run at a step below it are states of the other. Experiments that differ in
    anything but their interventions agree nowhere; equal ones everywhere.
    """
    if replace(one, interventions=()) != replace(other, interventions=()):
        return 0
    a, b = _in_time(one), _in_time(other)
    for mine, theirs in zip(a, b, strict=False):
        if mine != theirs:
            return min(mine.step, theirs.step)
    rest = a[len(b) :] or b[len(a) :]
    return rest[0].step if rest else MAX_STEP + 1


def _in_time(experiment: Experiment) -> list[Intervention]:
    return sorted(experiment.interventions, key=lambda i: i.step)


def in_force(experiment: Experiment, step: int) -> Training:
    """The training settings at ``step``: the last ones set up to it."""
    training = experiment.training
    for change in _in_time(experiment):
        if change.step <= step and change.set is not None:
            given = {name: value for name, value in vars(change.set).items() if value is not None}
            training = replace(training, **given)
    return training


def without_interventions(experiment: Experiment, step: int) -> Experiment:
    """The experiment as Reset leaves it: no interventions, and the settings in force at ``step``."""
    return replace(experiment, training=in_force(experiment, step), interventions=())
