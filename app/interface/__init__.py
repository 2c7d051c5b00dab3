"""The playground from Python: the same pure functions as behind the page, without a server.

>>> from app import run
>>> zeros = run({"init": {"method": "zeros"}}, steps=1000)
>>> zeros.history[-1]
{'step': 1000, 'cost': 0.6931471805599453, 'accuracy': 0.5}
>>> zeros.symmetry[0]["distinct"], zeros.symmetry[0]["spread"]
(1, 0.0)

``run(experiment, steps, record_every)`` answers with a ``Run``: its history, parameters, symmetry,
boundary, figures, files. An experiment is a dictionary with the fields that differ from the course's
exercise, a JSON text, or a link of the page. ``ExperimentError`` names a wrong field, its rule and
the value. The bits are those of the page where BLAS keeps to one thread
(``OPENBLAS_NUM_THREADS=1``, set before numpy is imported).
"""

from app.experiments.check import ExperimentError
from app.experiments.experiment import Experiment
from app.interface.experiments import experiment_of
from app.interface.runs import Run, run

__all__ = ["Experiment", "ExperimentError", "Run", "experiment_of", "run"]
