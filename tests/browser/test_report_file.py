"""The report as a file: opened from the disk, offline, it draws everything and asks for nothing."""

import pytest
from playwright.sync_api import expect

from app import run
from app.experiments.figures import FIGURES


@pytest.mark.browser_context_args  # offline is the whole profile
def test_the_report_opens_offline_and_draws_every_figure(context, tmp_path):
    made = run({"data": {"name": "spiral", "classes": 3}}, steps=60, record_every=20)
    file = tmp_path / "run.html"
    file.write_bytes(made.export("html"))
    asked, faults = [], []
    context.set_offline(True)
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda message: faults.append(message.text))
    context.on("weberror", lambda error: faults.append(str(error.error)))
    page = context.new_page()
    page.goto(file.as_uri())
    for name in FIGURES:
        expect(page.locator(f"#{name} .main-svg").first).to_be_visible()
    # Every figure holds what it is of: 400 points, a curve of each measure, a picture per layer.
    expect(page.locator("#boundary .scatterlayer path.point")).to_have_count(400)
    expect(page.locator("#cost .scatterlayer .trace")).to_have_count(2)
    expect(page.locator("#weights .heatmaplayer .hm")).to_have_count(2)
    expect(page.get_by_text(made.sentence)).to_be_visible()
    assert asked == [file.as_uri()]
    assert faults == []
