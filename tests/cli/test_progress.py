"""The progress of a long command: a bar for a person at a terminal, and nothing for anybody else."""

import io
import re

import pytest

from app.cli import main
from app.cli.progress import Progress, line


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and what stands in its line after all that was written."""

    def isatty(self):
        return True

    @property
    def shown(self):
        return self.getvalue().rpartition("\r")[2].replace("\x1b[K", "")


class Clock:
    """Stands still until it is told."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")


def test_a_bar_grows_in_one_line_and_is_gone_at_the_end():
    stream, clock = Terminal(), Clock()
    with Progress("step", 2_000, stream, clock) as progress:
        clock.now = 1.0
        progress(500)
        # 60 columns: one is left free, and "[]  25 %  step 500 of 2,000" takes 27 of the rest.
        assert stream.shown == "[" + "#" * 8 + "." * 24 + "]  25 %  step 500 of 2,000"
        assert len(stream.shown) == 59
        clock.now = 2.0
        progress(2_000)
        assert re.fullmatch(r"\[#{30}\] 100 %  step 2,000 of 2,000", stream.shown)
    assert stream.shown == ""
    assert "\n" not in stream.getvalue()


def test_it_is_drawn_ten_times_a_second_at_most_and_not_at_once():
    stream, clock = Terminal(), Clock()
    with Progress("step", 100, stream, clock) as progress:
        for i in range(1, 100):
            clock.now = i / 100  # to 0.99 s: nothing before 0.5, then about every tenth
            progress(i)
    assert 4 <= stream.getvalue().count("[#") <= 5


def test_what_is_done_soon_writes_nothing():
    stream, clock = Terminal(), Clock()
    with Progress("step", 100, stream, clock) as progress:
        clock.now = 0.4
        progress(100)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_a_file_or_a_terminal_that_cannot_go_back_stays_empty(monkeypatch, kind):
    stream, clock = kind(), Clock()
    monkeypatch.setenv("TERM", "dumb")
    with Progress("step", 100, stream, clock) as progress:
        clock.now = 9.0
        progress(50)
    assert stream.getvalue() == ""


def test_a_pipe_stays_empty_whatever_its_terminal_is_called():
    stream, clock = io.StringIO(), Clock()
    with Progress("step", 100, stream, clock) as progress:
        clock.now = 9.0
        progress(50)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("width", [0, 1, 5, 20, 37, 38, 80, 500])
def test_a_line_never_fills_the_terminal(width):
    told = line("step", 250, 1_000, width)
    assert len(told) < max(width, 1)
    # "[] 25 %" and so on take 27 signs, so that 8 of a bar need 36 columns.
    assert told.startswith("[") == (width >= 36)


@pytest.mark.parametrize(("done", "total", "said"), [(0, 0, "100 %"), (3, 2, "100 %"), (1999, 2000, " 99 %")])
def test_it_is_never_more_than_all_and_all_only_at_the_end(done, total, said):
    assert said in line("step", done, total, 80)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--steps", "5000"),
        ("sweep", "--axis", "init.seed=0:3", "--steps", "2000", "--workers", "1"),
    ],
)
def test_commands_draw_it(monkeypatch, capsys, arguments):
    stream = Terminal()
    monkeypatch.setattr("app.cli.progress.sys.stderr", stream)
    monkeypatch.setattr("app.cli.progress.PATIENCE_SECONDS", 0.0)
    assert main(arguments) == 0
    assert re.search(r"\r\[[#.]+\] +\d+ %  step [\d,]+ of [\d,]+\x1b\[K", stream.getvalue())
    assert stream.shown == ""
    assert "[#" not in capsys.readouterr().out
