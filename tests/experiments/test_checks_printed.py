"""Costs as notebooks print them are read, whatever the form, and what is no cost is passed over."""

import pytest

from app.experiments.check import ExperimentError
from app.experiments.checks.printed import read_printed

FORMS = {
    "the course's": "Cost after iteration 0: 0.693048\nCost after iteration 1000: 0.288083\n",
    "with equal signs": "iteration 0, cost = 0.693048\niteration 1000, cost = 0.288083",
    "with accuracy": "step 0 - accuracy: 0.5 - loss: 0.693048\nstep 1000 - accuracy: 0.9 - loss: 0.288083",
    "bare pairs": "0 0.693048\n1000 0.288083",
    "in brackets": "[0] cost 0.693048\n[1000] cost 0.288083",
    "csv": "step,cost,accuracy\n0,0.693048,0.5\n1000,0.288083,0.9",
    "markdown": "| iteration | cost |\n| --- | --- |\n| 0 | 0.693048 |\n| 1000 | 0.288083 |",
    "tabs": "cost\tstep\n0.693048\t0\n0.288083\t1000",
    "json pairs": "[[0, 0.693048], [1000, 0.288083]]",
    "json objects": '[{"step": 0, "cost": 0.693048}, {"step": 1000, "cost": 0.288083}]',
    "a run's answer": '{"history": [{"step": 0, "cost": 0.693048}, {"step": 1000, "cost": 0.288083}]}',
    "tuples": "[(0, 0.693048), (1000, 0.288083)]",
    "among other lines": "Training ...\nCost after iteration 0: 0.693048\nAccuracy: 47%\n"
    "Cost after iteration 1000: 0.288083\nDone in 3.2 s",
}
LISTS = {
    "json": "[0.693048, 0.288083]",
    "numpy": "[0.693048 0.288083]",
    "numpy's repr": "array([0.693048, 0.288083], dtype=float32)",
    "scalars": "[np.float64(0.693048), np.float64(0.288083)]",
    "assigned": "costs1 = [0.693048, 0.288083]",
    "json under a name": '{"costs": [0.693048, 0.288083]}',
    "lines": "0.693048\n0.288083\n",
    "a column": "cost\n0.693048\n0.288083",
    "without steps": "cost: 0.693048\ncost: 0.288083",
    "columns": "[[0.693048], [0.288083]]",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=list(FORMS))
def test_costs_with_their_steps_are_read(text):
    assert [(row.step, row.cost) for row in read_printed(text)] == [(0, 0.693048), (1000, 0.288083)]


@pytest.mark.parametrize("text", LISTS.values(), ids=list(LISTS))
def test_costs_without_steps_are_read(text):
    assert [(row.step, row.cost) for row in read_printed(text)] == [(None, 0.693048), (None, 0.288083)]


@pytest.mark.parametrize("total", ["1/10", "1 / 10", "1"])
def test_an_epoch_of_so_many_is_its_number(total):
    (row,) = read_printed(f"Epoch {total}: loss 2.5e-01")
    assert (row.step, row.cost) == (1, 0.25)


@pytest.mark.parametrize(
    ("text", "half"), [("0.693", 0.0005), ("1.", 0.5), ("12", 0.5), ("6.93e-3", 5e-6), ("-.5", 0.05)]
)
def test_the_printed_digits_decide_how_close_is_the_same(text, half):
    (row,) = read_printed(f"cost: {text}")
    assert row.half == pytest.approx(half, rel=1e-12)


def test_what_is_not_finite_is_a_row_too():
    rows = read_printed(
        "cost after iteration 0: 0.7\ncost after iteration 10: nan\ncost after iteration 20: inf"
    )
    assert [row.text for row in rows] == ["0.7", "nan", "nan"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "text"),
        ("hello", "text"),
        ("Accuracy: 47%", "text"),
        ("[]", "text"),
        ("[[[[[", "text"),
        ("[" * 100_000, "text"),
        ("cost after iteration 5: 0.6\ncost after iteration 5: 0.5", "line 2"),
        ("cost after iteration 99999999: 0.6", "line 1"),
        ("0.5\n" * 20_001, "text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, field):
    with pytest.raises(ExperimentError) as refused:
        read_printed(text)
    assert refused.value.errors[0].field == field
