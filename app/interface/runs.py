"""``run(experiment, steps)`` and what it answers: a run, from which everything on the page can be had."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.network import layers_of
from app.experiments.answers import INCLUDES, SIDE, answer
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import Experiment
from app.experiments.exports import RUN_FORMATS, run_file
from app.experiments.figures import FIGURES, Subject
from app.experiments.figures.choices import check_choice
from app.experiments.observe import View, observe
from app.experiments.problem import Problem, initial_theta, problem_of
from app.experiments.report import report
from app.experiments.run import Record, State, advance, start
from app.experiments.schema import as_json, to_fragment
from app.experiments.work import seconds_per_step
from app.interface.arguments import Length, Look, Parts, Side, checked
from app.interface.display import as_html
from app.interface.experiments import experiment_and_step_of
from app.interface.picture import as_svg
from app.interface.plotly_script import plotly_script

STEPS = 10_000
PAGE = "http://127.0.0.1:8000/"
"""Where the page is while nobody says otherwise; links of runs begin so."""
CHUNK_SECONDS = 0.2
PICTURE_SIDE = 80


def run(
    experiment: Experiment | Mapping[str, Any] | str | None = None,
    steps: int | None = None,
    record_every: int = 1_000,
    progress: Callable[[int], None] | None = None,
) -> "Run":
    """Runs to step ``steps`` and keeps every ``record_every``-th; ``progress`` is told the step now and then.

    Without ``steps`` it runs as far as a link says, or 10,000 steps.

    >>> run(steps=200, record_every=100).history[-1]["accuracy"]
    0.87
    >>> run({"training": {"learning_rate": -3}})
    Traceback (most recent call last):
    ...
    app.experiments.check.ExperimentError: training.learning_rate must be above 0 and at most 10; got -3
    """
    chosen, at = experiment_and_step_of(experiment)
    steps = next(value for value in (steps, at, STEPS) if value is not None)
    asked = checked(Length, steps=steps, record_every=record_every)
    per_chunk = max(1, int(CHUNK_SECONDS / seconds_per_step(chosen)))
    state, records = start(chosen), list[Record]()
    while state.step < asked.steps and not state.over:
        state, passed = advance(chosen, state, min(per_chunk, asked.steps - state.step), asked.record_every)
        records += passed
        if progress is not None:
            progress(state.step)
    return Run(chosen, state, tuple(r for r in records if r.step < state.step), asked.record_every)


@dataclass(frozen=True, eq=False)
class Run:
    """An experiment, run to a step: made by ``run``.

    Arrays have the course's shapes: W[l] (n_l, n_l-1), b[l] (n_l, 1), A[l] (n_l, m); points are (2, m).
    In a notebook it shows itself as its boundary, its cost and its sentence.
    """

    experiment: Experiment
    state: State = field(repr=False)
    records: tuple[Record, ...] = field(repr=False)
    record_every: int = field(repr=False)

    @property
    def steps(self) -> int:
        """The step it stands at: the one asked for, unless it diverged or came to rest before."""
        return self.state.step

    @property
    def status(self) -> str:
        """``completed``, ``converged`` or ``diverged``, as the API says it."""
        return str(self._told["status"])

    @property
    def history(self) -> list[dict[str, Any]]:
        """Step, cost, accuracy and what else there is, as in the answer of ``POST /api/runs``."""
        return list(self._told["history"])

    @property
    def sentence(self) -> str:
        """What is to be said about the last step.

        >>> run({"init": {"method": "constant", "scale": 0.5}}, steps=100).sentence
        'Step 100: all 4 units equal; the boundary is a line; accuracy 65.8 %'
        """
        return str(self._told["sentence"])

    @property
    def symmetry(self) -> list[dict[str, Any]]:
        """By hidden layer: units, distinct, spread, alike, classes."""
        return list(self._told["symmetry"])

    @property
    def parameters(self) -> list[tuple[Array, Array]]:
        """``(W, b)`` of every layer at the last step."""
        return [(W.copy(), b.copy()) for W, b in layers_of(self.state.theta, self.experiment.sizes)]

    @property
    def initial_parameters(self) -> list[tuple[Array, Array]]:
        """``(W, b)`` of every layer before the first update."""
        return layers_of(initial_theta(self.experiment), self.experiment.sizes)

    @property
    def points(self) -> tuple[Array, Array]:
        """All points X (2, samples) and their labels (samples,).

        >>> X, labels = run(steps=0).points
        >>> X.shape, labels.shape
        ((2, 400), (400,))
        """
        problem = problem_of(self.experiment)
        return problem.X.copy(), problem.labels.copy()

    @property
    def activations(self) -> list[Array]:
        """A[l] (n_l, m) over the training points, of layers 1 to L."""
        return observe(self.experiment, self.state, View(activations=True, precise=True)).activations

    def predict(self, points: Any) -> tuple[Array, Array]:
        """Probability and label of ``points`` (2, m) or of one point (2,), in raw coordinates.

        The probability is that of class 1 (m,), or of every class (K, m) where there are more than two.

        >>> probability, label = run(steps=0).predict([[0.0, 1.0], [0.5, 2.0]])
        >>> probability.shape, label.shape
        ((2,), (2,))
        """
        try:
            X = np.asarray(points, dtype=float)
        except (TypeError, ValueError):  # texts, or rows of different lengths
            X = np.empty(0)
        X = X[:, None] if X.ndim == 1 else X
        if X.ndim != 2 or X.shape[0] != 2 or not np.isfinite(X).all():
            shape = "x".join(map(str, X.shape))
            raise ExperimentError(
                FieldError("points", "an array of shape (2, m) of finite numbers", f"an array {shape}")
            )
        network = self._problem.network.over(self._problem.inputs(X), None)
        with np.errstate(all="ignore"):
            network.forward()
        A = np.nan_to_num(network.A[-1], nan=0.5)
        return (A[0] if len(A) == 1 else A), network.predictions()

    def boundary(self, side: int = SIDE) -> tuple[Array, Array, Array]:
        """``x`` (side,), ``y`` (side,) and the probability[y][x] (side, side) over the drawn plane.

        With K classes the probability is (K, side, side).
        """
        side = checked(Side, side=side).side
        seen = observe(self.experiment, self.state, View(boundary=side, precise=True)).boundary
        assert seen is not None
        x, y = problem_of(self.experiment).plane.centres(side)
        return x, y, (seen[0] if len(seen) == 1 else seen)

    def figure(
        self, kind: str, theme: str = "light", layer: int | None = None, pair: tuple[int, int] = (0, 1)
    ) -> Any:
        """A Plotly figure: boundary, cost, activations, weights, symmetry or hidden_space.

        >>> run(steps=100).figure("boundary", theme="dark").layout.title.text
        'What the network answers at step 100'
        """
        look = checked(Look, kind=kind, theme=theme, layer=layer, pair=pair)
        check_choice(look.kind, self.experiment, look.layer, look.pair)
        subject = Subject(self.experiment, self.state, self.records, look.theme, look.layer, look.pair)
        figure = import_module("plotly.graph_objects").Figure  # here, since it takes a second to load
        return figure(FIGURES[look.kind].make(subject))

    def observe(self, step: int) -> "Run":
        """The same run as it stands at another step, earlier or later.

        >>> run(steps=1000).observe(200).steps
        200
        """
        return run(self.experiment, step, self.record_every)

    def export(self, form: str, include: Sequence[str] | None = None) -> bytes:
        """The run as a file: python, notebook, json, csv, npz or html.

        ``include`` says what json tells beside the history, all of it where it is left out.

        >>> run(steps=0).export("csv").decode().splitlines()
        ['step,cost,accuracy', '0,0.6930480201239824,0.5975']
        """
        records = list(self.records)
        if form not in tuple(RUN_FORMATS):
            raise ExperimentError(FieldError("form", f"one of {', '.join(RUN_FORMATS)}", form))
        if include is not None and form != "json":
            raise ExperimentError(FieldError("include", f"left out for {form}; json has a choice", include))
        parts = INCLUDES if include is None else tuple(checked(Parts, include=include).include)
        if form == "html":
            script, script_hash = plotly_script()
            told = as_json(self.experiment)
            pieces = report(told, self.experiment, self.state, records, self.link, "light", script_hash)
            return script.join(pieces)
        if form == "json":
            return answer(as_json(self.experiment), self.experiment, self.state, records, parts)
        return run_file(form, self.experiment, self.state, records, self.record_every, self.link)

    @property
    def link(self) -> str:
        """The address that shows this run on the page, served where ``planar-playground`` serves it."""
        return f"{PAGE}#{to_fragment(self.experiment)}@{self.steps}"

    @cached_property
    def _told(self) -> dict[str, Any]:
        body = answer(
            as_json(self.experiment), self.experiment, self.state, list(self.records), ("symmetry",)
        )
        found: dict[str, Any] = json.loads(body)
        return found

    @property
    def _problem(self) -> Problem:
        """The networks of the experiment, with this run's parameters in them."""
        problem = problem_of(self.experiment)
        problem.network.load(self.state.theta)
        return problem

    def __repr__(self) -> str:
        return f"<Run of {'-'.join(map(str, self.experiment.sizes))}: {self.sentence}>"

    def _repr_html_(self) -> str:
        seen = observe(self.experiment, self.state, View(boundary=PICTURE_SIDE)).boundary
        assert seen is not None
        problem = problem_of(self.experiment)
        picture = as_svg(seen, problem.plane, problem.X, problem.labels)
        return as_html(self.sentence, self.history, self.link, picture)
