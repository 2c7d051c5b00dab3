"""Your own points: drawn, erased, pasted, dropped, trained on, downloaded."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.charts

CSV = "x1,x2,label\n-1,0,0\n-1,1,0\n1,0,1\n1,1,1\n"
POINTS = [[-1, 0, 0], [-1, 1, 0], [1, 0, 1], [1, 1, 1]]


@pytest.fixture
def dialog(playground):
    playground.open({})
    playground.click(playground.page.locator("#own-points"))
    opened = playground.page.locator("dialog.own-points")
    expect(opened.locator(".pad .main-svg").first).to_be_visible()
    return opened


def click_at(playground, dialog, u: float, v: float) -> None:
    """At a place given as shares of the plane, from its lower left corner."""
    box = dialog.locator(".pad").bounding_box()
    playground.page.mouse.click(box["x"] + u * box["width"], box["y"] + (1 - v) * box["height"])


def train(playground, dialog) -> list[list[float]]:
    playground.click(dialog.get_by_role("button", name="Train on these"))
    playground.at_rest()
    (experiment,) = playground.experiments
    return experiment["data"]["points"]


def test_clicks_put_points_where_they_are_and_training_begins_with_them(playground, dialog):
    button = dialog.get_by_role("button", name="Train on these")
    expect(button).to_be_disabled()
    click_at(playground, dialog, 0.25, 0.75)
    playground.click(dialog.get_by_role("button", name="class 1"))
    click_at(playground, dialog, 0.75, 0.25)
    expect(dialog.get_by_role("status")).to_have_text("2 points (1 + 1). ")
    points = train(playground, dialog)
    np.testing.assert_allclose(points, [[-2.5, 2.5, 0], [2.5, -2.5, 1]], atol=0.03)
    assert playground.step == 0
    playground.seek(20)
    playground.shows_runs({"data": {"points": points, "classes": 2}})


def test_dragging_draws_many_and_undo_takes_the_whole_stroke(playground, dialog):
    box = dialog.locator(".pad").bounding_box()
    mouse = playground.page.mouse
    mouse.move(box["x"] + 100, box["y"] + 100)
    mouse.down()
    for i in range(1, 11):
        mouse.move(box["x"] + 100 + 20 * i, box["y"] + 100)
    mouse.up()
    status = dialog.get_by_role("status")
    expect(status).to_contain_text("11 points")
    click_at(playground, dialog, 0.5, 0.2)
    expect(status).to_contain_text("12 points")
    undo = dialog.get_by_role("button", name="undo")
    playground.click(undo)
    expect(status).to_contain_text("11 points")
    playground.click(undo)
    expect(status).to_contain_text("0 points")
    expect(undo).to_be_disabled()


def test_the_rubber_takes_what_it_touches(playground, dialog):
    click_at(playground, dialog, 0.3, 0.3)
    click_at(playground, dialog, 0.7, 0.7)
    playground.click(dialog.get_by_role("button", name="erase", exact=True))
    click_at(playground, dialog, 0.31, 0.3)
    expect(dialog.get_by_role("status")).to_contain_text("1 point (1). Two classes are needed.")


def test_in_a_low_window_the_plane_and_its_brushes_are_in_sight(playground):
    """A window of 1440 x 900 at 200 %."""
    playground.page.set_viewport_size({"width": 720, "height": 450})
    playground.open({})
    playground.click(playground.page.locator("#own-points"))
    dialog = playground.page.locator("dialog.own-points")
    for part in (dialog.locator("h2"), dialog.locator(".pad"), dialog.get_by_role("button", name="class 0")):
        expect(part).to_be_in_viewport(ratio=1)


def test_by_keyboard_alone(playground, dialog):
    keyboard = playground.page.keyboard
    expect(dialog.locator(".pad")).to_be_focused()
    keyboard.press("Enter")
    keyboard.press("1")
    for _ in range(2):
        keyboard.press("Shift+ArrowRight")
    keyboard.press("Enter")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    keyboard.press("Delete")
    expect(dialog.get_by_role("status")).to_contain_text("1 point")
    keyboard.press("Enter")
    points = train(playground, dialog)
    np.testing.assert_allclose(points, [[0, 0, 0], [2, 0.2, 1]], atol=1e-9)


def test_a_table_is_pasted_and_six_classes_make_a_softmax(playground, dialog):
    text = "\n".join(f"{np.cos(i)},{np.sin(i)},{i % 6}" for i in range(24))
    dialog.get_by_label("Points as CSV or JSON").fill(text)
    playground.click(dialog.get_by_role("button", name="read this text"))
    expect(dialog.get_by_role("status")).to_contain_text("24 points (4 + 4 + 4 + 4 + 4 + 4)")
    points = train(playground, dialog)
    assert len(points) == 24
    assert playground.experiments[0]["data"]["classes"] == 6
    assert points[1] == [np.cos(1), np.sin(1), 1]
    expect(playground.page.locator("#samples")).to_be_hidden()


def test_what_cannot_be_read_is_told_with_its_line_and_nothing_is_lost(playground, dialog, faults):
    faults.allow("422")
    click_at(playground, dialog, 0.3, 0.3)
    dialog.get_by_label("Points as CSV or JSON").fill("1,2,0\n3,four,1")
    playground.click(dialog.get_by_role("button", name="read this text"))
    expect(dialog.get_by_role("status")).to_contain_text("line 2, x2 must be a number")
    dialog.get_by_label("Points as CSV or JSON").fill(CSV)
    playground.click(dialog.get_by_role("button", name="read this text"))
    expect(dialog.get_by_role("status")).to_contain_text("4 points")
    playground.click(dialog.get_by_role("button", name="undo"))
    expect(dialog.get_by_role("status")).to_contain_text("1 point")


def test_a_file_is_opened_or_dropped(playground, dialog):
    file = {"name": "points.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    dialog.get_by_label("Open a file of points").set_input_files(file)
    expect(dialog.get_by_role("status")).to_contain_text("4 points (2 + 2)")
    playground.click(dialog.get_by_role("button", name="clear"))
    transfer = playground.page.evaluate_handle(
        """text => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], "points.json"));
          return transfer;
        }""",
        json.dumps(POINTS),
    )
    dialog.dispatch_event("drop", {"dataTransfer": transfer})
    expect(dialog.get_by_role("status")).to_contain_text("4 points (2 + 2)")
    assert train(playground, dialog) == POINTS


def test_points_are_downloaded_as_csv_and_npz(playground, dialog, tmp_path):
    dialog.get_by_label("Points as CSV or JSON").fill(CSV)
    playground.click(dialog.get_by_role("button", name="read this text"))
    expect(dialog.get_by_role("status")).to_contain_text("4 points")
    for form in ("csv", "npz"):
        with playground.page.expect_download() as started:
            playground.click(dialog.get_by_role("button", name=f"download {form.upper()}"))
        assert started.value.suggested_filename == f"points.{form}"
        started.value.save_as(tmp_path / f"points.{form}")
    rows = (tmp_path / "points.csv").read_text().splitlines()
    assert [[float(cell) for cell in row.split(",")] for row in rows[1:]] == POINTS
    with np.load(tmp_path / "points.npz", allow_pickle=False) as arrays:
        assert arrays["X"].T.tolist() == [point[:2] for point in POINTS]


def test_the_present_points_can_be_taken_and_a_data_set_chosen_again(playground, dialog):
    playground.click(dialog.get_by_role("button", name="take the present points"))
    expect(dialog.get_by_role("status")).to_contain_text("400 points (200 + 200)")
    click_at(playground, dialog, 0.5, 0.95)
    assert len(train(playground, dialog)) == 401
    playground.click(playground.choice("Data set", "moons"))
    playground.at_rest()
    assert playground.experiments == [{"data": {"name": "moons"}}]
    expect(playground.page.locator("#samples")).to_be_visible()


def test_own_points_are_a_link(playground, dialog):
    dialog.get_by_label("Points as CSV or JSON").fill(CSV)
    playground.click(dialog.get_by_role("button", name="read this text"))
    expect(dialog.get_by_role("status")).to_contain_text("4 points")
    train(playground, dialog)
    playground.seek(30)
    before = playground.lane().cost.inner_text()
    playground.reload()
    assert playground.step == 30
    assert playground.lane().cost.inner_text() == before
