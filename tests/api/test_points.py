"""``POST /api/points``: your own points, read and written."""

import io

import numpy as np
import pytest

TEXT = "x1,x2,label\n0.5,-1,0\n2,3.25,1\n0,0,1\n"


def test_text_becomes_points_that_a_run_takes(client):
    response = client.post("/api/points", json={"text": TEXT})
    assert response.status_code == 200
    points = response.json()["points"]
    assert points == [[0.5, -1.0, 0], [2.0, 3.25, 1], [0.0, 0.0, 1]]
    run = client.post("/api/runs", json={"experiment": {"data": {"points": points}}, "steps": 3})
    assert run.json()["steps"] == 3


def test_as_csv_and_npz(client):
    table = client.post("/api/points", json={"text": TEXT, "format": "csv"})
    assert table.text == "x1,x2,label\n0.5,-1.0,0\n2.0,3.25,1\n0.0,0.0,1\n"
    assert table.headers["content-disposition"] == 'attachment; filename="points.csv"'
    archive = client.post("/api/points", json={"text": TEXT, "format": "npz"})
    with np.load(io.BytesIO(archive.content), allow_pickle=False) as arrays:
        assert arrays["X"].tolist() == [[0.5, 2.0, 0.0], [-1.0, 3.25, 0.0]]
        assert arrays["Y"].tolist() == [[0.0, 1.0, 1.0]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": 3}, "text"),
        ({"text": "1,2,0\n3,x,1"}, "line 2, x2"),
        ({"text": TEXT, "format": "xls"}, "format"),
        ({"points": []}, "points"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(client, body, field):
    response = client.post("/api/points", json=body)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
