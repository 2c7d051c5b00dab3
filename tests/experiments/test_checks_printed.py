"""Costs as notebooks print them are read, whatever the form, and what is no cost is passed over."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    "the command line's table": " step      cost  accuracy\n    0  0.693048    59.8 %\n"
    "1,000  0.288083    89.3 %\n\nStep 1,000: all 4 units different; accuracy 89.3 %\n",
    "the command line's table of batches": " step  batch cost      cost\n    0         0.7  0.693048\n"
    "1,000         0.2  0.288083",
    "thousands apart": "Cost after iteration 0: 0.693048\nCost after iteration 1,000: 0.288083",
    "thousands as Python writes them": "step 0 cost 0.693048\nstep 1_000 cost 0.288083",
    "thousands in bare pairs": "0 0.693048\n1,000 0.288083",
    "a number before its word": "cost after 0 iterations: 0.693048\ncost after 1000 iterations: 0.288083",
    "steps as floats": "cost after step 0.0: 0.693048\ncost after step 1000.0: 0.288083",
    "a function of the step": "J(0) = 0.693048\nJ(1000) = 0.288083",
    "an element of a list": "costs[0]: 0.693048\ncosts[1000]: 0.288083",
    "pandas": "   step      cost\n0     0  0.693048\n1  1000  0.288083\n\n[2 rows x 2 columns]",
    "pandas without its header": "0     0  0.693048\n1  1000  0.288083",
    "pandas by step": "          cost\nstep          \n0     0.693048\n1000  0.288083",
    "pandas as csv": ",step,cost\n0,0,0.693048\n1,1000,0.288083",
    "csv with semicolons": "step;cost\n0;0.693048\n1000;0.288083",
    "a dictionary": "{0: 0.693048, 1000: 0.288083}",
    "a dictionary of numpy's": "costs = {0: np.float64(0.693048), 1000: np.float64(0.288083)}",
    "a dictionary as json": '{"0": 0.693048, "1000": 0.288083}',
    "dictionaries": "[{'step': 0, 'cost': 0.693048}, {'step': 1000, 'cost': 0.288083}]",
    "numpy's columns": "[[0.00000e+00 6.93048e-01]\n [1.00000e+03 2.88083e-01]]",
    "beside points held back": "epoch 0: validation loss 0.7, loss 0.693048\n"
    "epoch 1000: validation loss 0.3, loss 0.288083",
    "of so many": "step 0 of 1000: 0.693048\nstep 1000 of 1000: 0.288083",
    "German": "Kosten nach Iteration 0: 0.693048\nKosten nach Iteration 1000: 0.288083",
    "German steps": "Schritt 0 von 1000: Kosten = 0.693048\nSchritt 1000 von 1000: Kosten = 0.288083",
    "a German number before its word": "Kosten nach 0 Schritten: 0.693048\n"
    "Kosten nach 1000 Schritten: 0.288083",
    "PyTorch": "step 0 loss tensor(0.693048, grad_fn=<NllLossBackward0>)\n"
    "step 1000 loss tensor(0.288083, grad_fn=<NllLossBackward0>)",
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
    "numpy's columns": "[[0.693048]\n [0.288083]]",
    "after their name": "costs: [0.693048, 0.288083]",
    "Python under a name": "{'costs': [0.693048, 0.288083], 'seconds': [1, 2]}",
    "pandas' series": "0    0.693048\n1    0.288083\nName: cost, dtype: float64",
    "pandas' column": "       cost\n0  0.693048\n1  0.288083",
    "tensors": "tensor(0.693048, dtype=torch.float64, grad_fn=<NllLossBackward0>)\n"
    "tensor(2.88083e-01, device='cuda:0', requires_grad=True)",
    "a list of tensors": "[tensor(0.693048, grad_fn=<Div>), tensor(0.288083, grad_fn=<Div>)]",
    "a tensor": "tensor([0.693048, 0.288083], dtype=torch.float64)",
    "keras": "Epoch 1/2\n13/13 - 0s - 9ms/step - loss: 0.693048\n"
    "Epoch 2/2\n13/13 - 0s - 2ms/step - loss: 0.288083",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=list(FORMS))
def test_costs_with_their_steps_are_read(text):
    assert [(row.step, row.cost) for row in read_printed(text)] == [(0, 0.693048), (1000, 0.288083)]


@pytest.mark.parametrize("text", LISTS.values(), ids=list(LISTS))
def test_costs_without_steps_are_read(text):
    assert [(row.step, row.cost) for row in read_printed(text)] == [(None, 0.693048), (None, 0.288083)]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("Cost after iteration 0: 0,693048", 1, "a number with a decimal point"),
        ("Cost after iteration 0: 0.7\nCost after iteration 10: 1,234", 2, "a number with a decimal point"),
        ("0,693048\n0,288083", 1, "a number with a decimal point"),
        ("Kosten nach Iteration 0: 0,693048", 1, "a number with a decimal point"),
        ("\n0 0,693048", 2, "a number with a decimal point"),
        ("step;cost\n0;0,693048", 2, "a number with a decimal point"),
        ("step,cost\n0,0,693048", 2, "2 columns, as the header has"),
        ("0,0.693048\n1,000,0.288083", 2, "a step without a comma in it"),
        ("Cost after iteration 1.000: 0.288083", 1, "a line with one step"),
        ("epoch 3, iteration 100: cost 0.5", 1, "a line with one step"),
        ("cost after 100 rounds: 0.288083", 1, "a line with one cost"),
        ("Cost after iteration 1 000: 0.288083", 1, "a line with one cost"),
        ("Cost with learning rate 0.01 after iteration 100: 0.69", 1, "a line with one cost"),
        ("iteration 3 (12): 0.69", 1, "a line with one cost"),
        ("cost 1000 0.288083", 1, "a line with one cost"),
        ("last cost: [0.69 0.28]", 1, "a line with one cost"),
        ("0.693048 0.5\n0.288083 0.9", 2, "a step and its cost"),
        ("0 0 0.693048\n7 1000 0.288083", 2, "a step and its cost"),
        ("0 1 2", 1, "a line with one cost"),
        ("[(0, 0.69, 0.5), (1000, 0.28, 0.9)]", 1, "costs, or pairs"),
        ("[[0.69, 0.7], [0.28, 0.3]]", 1, "costs, or pairs"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_with_its_line(text, line, why):
    with pytest.raises(ExperimentError) as refused:
        read_printed(text)
    (error,) = refused.value.errors
    assert error.field == f"line {line}"
    assert error.rule.startswith(why)
    assert error.value


@pytest.mark.parametrize(
    "text",
    [
        "[0.69 0.68 ... 0.28]",
        "0    0.69\n     ... \n98   0.28\nLength: 99, dtype: float64",
    ],
)
def test_a_list_that_was_shortened_is_refused(text):
    with pytest.raises(ExperimentError, match="has left some out"):
        read_printed(text)


@pytest.mark.parametrize(
    "line", ["Iteration 1000 accuracy: 0.9", "Step 20: all 4 units different; accuracy 87 %"]
)
def test_another_measure_is_no_cost(line):
    (row,) = read_printed(f"Cost after iteration 0: 0.693\n{line}")
    assert (row.step, row.cost) == (0, 0.693)


@given(
    st.lists(
        st.sampled_from([*"0019.,:;|[](){}- \n\t'_eEjn", "cost", "step", "nan", "²", "٣", "dtype: f", "..."])
    )
)
def test_whatever_is_pasted_is_read_or_refused(parts):
    with contextlib.suppress(ExperimentError):
        assert all(row.half > 0 or row.text == "nan" for row in read_printed("".join(parts)))


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
