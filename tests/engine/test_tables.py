"""A choice is a row in a read-only table."""

import re
from dataclasses import FrozenInstanceError, dataclass

import pytest

from app.engine.activations import ACTIVATIONS
from app.engine.datasets import DATASETS
from app.engine.initializers import INITIALIZERS
from app.engine.losses import LOSSES
from app.engine.optimizers import OPTIMIZERS
from app.engine.tables import choose, table

TABLES = {
    "activations": ACTIVATIONS,
    "datasets": DATASETS,
    "initializers": INITIALIZERS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
}
EVERY = pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES)


@dataclass(frozen=True)
class Fruit:
    name: str


FRUITS = table(Fruit("pear"), Fruit("apple"))


def test_rows_keep_the_order_in_which_they_were_written():
    assert [*FRUITS] == ["pear", "apple"]


def test_a_table_is_for_reading_only():
    with pytest.raises(TypeError):
        FRUITS["plum"] = Fruit("plum")


def test_a_choice_is_found_by_its_name():
    assert choose(FRUITS, "apple", "fruit") == Fruit("apple")


def test_an_unknown_name_is_answered_with_the_rule_and_the_choices_in_order():
    with pytest.raises(ValueError, match=re.escape("fruit must be one of apple, pear; got 'peer'")):
        choose(FRUITS, "peer", "fruit")


@EVERY
def test_every_row_stands_under_its_own_name(rows):
    assert [row.name for row in rows.values()] == [*rows]
    assert all(re.fullmatch("[a-z][a-z_]*", name) for name in rows)


@EVERY
def test_every_row_has_a_title_of_its_own_for_people(rows):
    titles = [row.title for row in rows.values()]
    assert all(titles)
    assert len(set(titles)) == len(titles)


@EVERY
def test_no_row_can_be_changed(rows):
    for row in rows.values():
        with pytest.raises(FrozenInstanceError):
            row.name = "other"
