"""The command lines in the documents and in every --help: each of them is run, in a shell."""

import argparse
import os
import re
import signal
import subprocess
import sys

import pytest

from app.cli import COMMANDS, EXAMPLES
from tests.serving import ROOT

BLOCK = re.compile(r"^```sh\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
LINE = re.compile(r"(?:^|\s)((?:[A-Z_]+=\S+ )*(?:echo .*\| )?(?:planar-playground|python -m app)\b.*)")
SMALLER = {
    "--steps 2000": "--steps 20",
    "@3000": "@30",
    "init.seed=0:63": "init.seed=0:2",
    "init.seed=0:999": "init.seed=0:2",
    "log:0.01:10:13": "log:0.01:10:3 --steps 20",
    "init.seed=0:9 ": "init.seed=0:1 --steps 20 ",
    "--port 8080": "--port 0",
    "0.0.0.0": "127.0.0.1",
    "PLAYGROUND_SCHEDULER=tcp://10.0.0.5:8786": "PLAYGROUND_WORKERS=1",  # test_sweep.py has a cluster
    "PLAYGROUND_SCHEDULER=tls://10.0.0.5:8786": "PLAYGROUND_WORKERS=1",
    "| jq .cost": "| cat",
}
"""What a line in a document says, and what is run in its place: less of the same, on this machine."""


def documented():
    """Every command line of the program in a document, and the document's name."""
    for path in (ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))):
        for line in "".join(BLOCK.findall(path.read_text())).splitlines():
            if found := LINE.match(line):
                yield path.name, found[1]


def helped():
    """Every example of a --help; in the first one's what it does stands beside it."""
    commands = argparse.ArgumentParser().add_subparsers()
    for command in COMMANDS:
        command.add(commands)
    epilogs = {"": EXAMPLES, **{name: parser.epilog for name, parser in commands.choices.items()}}
    for name, text in epilogs.items():
        for line in text.splitlines():
            if found := LINE.search(line):
                yield f"{name} --help".strip(), re.split(r"\s{2,}", found[1])[0]


LINES = [*documented(), *helped()]


def serves(line):
    return " serve" in line or re.search(r"(planar-playground|python -m app)$", line) is not None


@pytest.fixture
def shell(tmp_path):
    """``shell(line)``: a process in a folder of its own, where the program is called what it is called."""
    programs, folder = tmp_path / "programs", tmp_path / "folder"
    programs.mkdir()
    folder.mkdir()
    (folder / "experiment.json").write_text('{"init": {"method": "he"}}')
    for name, does in (("planar-playground", f"{sys.executable} -m app"), ("python", sys.executable)):
        (programs / name).write_text(f'#!/bin/sh\nexec {does} "$@"\n')
        (programs / name).chmod(0o755)
    own = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PLAYGROUND_PORT": "0",
        "PLAYGROUND_WORKERS": "1",
    }

    def begun(line):
        for said, done in SMALLER.items():
            line = line.replace(said, done)
        return subprocess.Popen(
            ["bash", "-c", line],
            cwd=folder,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return begun


def test_the_documents_show_every_command():
    told = " ".join(line for name, line in LINES if name == "README.md")
    names = [command.__name__.rpartition(".")[2] for command in COMMANDS]
    assert [name for name in names if f"planar-playground {name}" not in told] == []
    assert {name for name, _ in LINES if "help" in name} == {"--help", *(f"{name} --help" for name in names)}
    assert len(LINES) >= 15


@pytest.mark.parametrize(("where", "line"), [pair for pair in LINES if not serves(pair[1])])
def test_a_line_in_a_document_does_what_it_says(shell, tmp_path, where, line):
    with shell(line) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    written = re.search(r"(?:-o|--csv|>) (\w+\.\w+)", line)
    assert (tmp_path / "folder" / written[1]).read_text() if written else out


@pytest.mark.parametrize(("where", "line"), [pair for pair in LINES if serves(pair[1])])
def test_a_line_that_serves_begins_to(shell, where, line):
    with shell(line) as process:
        told = ""
        for read in process.stderr:
            told += read
            if "Uvicorn running" in read:
                break
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    assert "Uvicorn running on http://127.0.0.1:" in told
