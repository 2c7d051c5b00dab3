"""``GET /api/datasets/{name}``: the same points in three forms."""

import io
import json

import numpy as np
import pytest
from sklearn.datasets import make_circles, make_moons

from app.engine.datasets import DATASETS


def points(client, name, query=""):
    response = client.get(f"/api/datasets/{name}?{query}")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


@pytest.mark.parametrize("name", DATASETS)
def test_json_csv_and_npz_hold_the_same_numbers_to_the_last_bit(client, name):
    query = "samples=31&seed=7"
    told = points(client, name, query)
    expected = np.array(told["points"])

    table = client.get(f"/api/datasets/{name}?{query}&format=csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    header, *rows = table.text.splitlines()
    assert header == "x1,x2,label"
    assert [[float(x1), float(x2), int(label)] for x1, x2, label in (r.split(",") for r in rows)] == told[
        "points"
    ]

    archive = client.get(f"/api/datasets/{name}?{query}&format=npz")
    assert archive.headers["content-disposition"] == f'attachment; filename="{name}.npz"'
    with np.load(io.BytesIO(archive.content), allow_pickle=False) as arrays:
        assert arrays["X"].shape == (2, 31)
        assert arrays["Y"].shape == (1, 31)
        np.testing.assert_array_equal(arrays["X"].T, expected[:, :2])
        np.testing.assert_array_equal(arrays["Y"][0], expected[:, 2])


def test_without_a_query_it_is_the_courses_flower(client):
    told = points(client, "flower")
    X = np.array(told["points"])[:, :2]
    assert X[0] == pytest.approx([1.20444229, 3.57611415], abs=5e-9)
    assert np.abs(X).sum() == pytest.approx(1289.4040804038, abs=1e-9)
    assert {key: told[key] for key in ("name", "samples", "noise", "seed")} == {
        "name": "flower",
        "samples": 400,
        "noise": 0.2,
        "seed": 1,
    }


def test_every_field_of_a_set_can_be_asked_for(client):
    # What an experiment trains on can be had as a file: of several classes, and stretched.
    data = {"name": "blobs", "samples": 31, "seed": 7, "classes": 4, "stretch": 3.0}
    body = {"experiment": {"data": data, "network": {"hidden": []}}, "steps": 0}
    archive = client.post("/api/exports/npz", json=body)
    told = np.array(points(client, "blobs", "samples=31&seed=7&classes=4&stretch=3")["points"])
    with np.load(io.BytesIO(archive.content), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["X"].T, told[:, :2])
    assert set(told[:, 2]) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("query", "field"), [("samples=5&positive_fraction=0.01", "positive_fraction"), ("classes=3", "classes")]
)
def test_a_rule_between_fields_names_the_field_of_the_query(client, query, field):
    response = client.get(f"/api/datasets/moons?{query}")
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_moons_and_circles_are_scikit_learns(client):
    X, y = make_moons(120, noise=0.15, random_state=3)
    moons = np.array(points(client, "moons", "samples=120&noise=0.15&seed=3")["points"])
    np.testing.assert_array_equal(moons, np.column_stack([X, y]))
    X, y = make_circles(120, noise=0.05, factor=0.3, random_state=3)
    circles = np.array(points(client, "circles", "samples=120&noise=0.05&seed=3&factor=0.3")["points"])
    np.testing.assert_array_equal(circles, np.column_stack([X, y]))


def test_labels_are_whole_numbers_in_the_share_asked_for(client):
    told = points(client, "moons", "samples=50&positive_fraction=0.3")
    labels = [label for _, _, label in told["points"]]
    assert all(type(label) is int for label in labels)
    assert sum(labels) == 15


def test_no_noise_is_not_the_usual_noise(client):
    told = points(client, "circles", "noise=0")
    assert told["noise"] == 0
    radii = np.hypot(*np.array(told["points"])[:, :2].T)
    np.testing.assert_allclose(np.unique(radii.round(9)), [0.5, 1.0])


def test_the_points_are_those_a_run_learns_from(client):
    told = points(client, "xor", "samples=40&seed=3&noise=0.25")
    by_name = {"data": {"name": "xor", "samples": 40, "seed": 3, "noise": 0.25}}
    by_hand = {"data": {"points": told["points"]}}
    costs = []
    for experiment in (by_name, by_hand):
        response = client.post("/api/runs", json={"experiment": experiment, "steps": 200, "record_every": 50})
        costs.append([entry["cost"] for entry in response.json()["history"]])
    assert costs[0] == costs[1]


def test_the_largest_set_there_is(client):
    assert len(json.loads(client.get("/api/datasets/spiral?samples=10000").content)["points"]) == 10_000
