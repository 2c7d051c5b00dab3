"""Cases that nobody thought of, against the description: a part of ``make fuzz`` in every test run."""

import pytest

from tests.serving import Server
from tests.tools.fuzz import LIMITS, fuzz


@pytest.fixture(scope="module")
def limited():
    """A server that refuses what takes long."""
    with Server.start(**LIMITS) as server:
        yield server


@pytest.mark.parametrize(("phases", "cases"), [("examples,fuzzing", 4), ("stateful", 15)])
def test_every_answer_to_random_requests_is_as_described(limited, phases, cases):
    code, made, told = fuzz(limited, phases, cases)
    assert code == 0, told[-6000:]
    assert made >= 50
    assert "ERROR" not in limited.log
