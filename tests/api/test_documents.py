"""The examples in the documents: each of them is run, against a real server."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from app.api.description import operations
from app.main import create_app
from app.settings import Settings
from tests.serving import ROOT

HERE = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
TEXT = (ROOT / "docs" / "rest-api.md").read_text()
README = (ROOT / "README.md").read_text()


def blocks(text, language):
    return [block for kind, block in BLOCK.findall(text) if kind == language]


def curls(text):
    """The commands in a document that call the server."""
    lines = "".join(blocks(text, "sh")).splitlines()
    return [line for line in lines if line.startswith("curl ")]


@pytest.mark.parametrize("program", [*blocks(TEXT, "python"), *blocks(README, "python")])
def test_python_in_a_document_runs(server, program):
    text = program.replace(HERE, server.url)
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() or "print" not in program


@pytest.mark.parametrize("command", [*curls(TEXT), *curls(README)])
def test_curl_in_a_document_is_answered(server, command):
    _, silent, address, flag, body = shlex.split(command)
    assert (silent, flag) == ("-s", "-d")
    path = "/" + address.removeprefix("http://").partition("/")[2]
    status, _, content = server.request("POST", path, body.encode())
    assert status == 200, content[:500]
    assert content


def test_the_documents_have_examples():
    assert len(blocks(TEXT, "python")) >= 4
    assert len(curls(TEXT) + curls(README)) >= 4


def test_the_error_in_the_document_is_the_real_one(client):
    (shown,) = blocks(TEXT, "json")
    answer = client.post("/api/runs", json={"experiment": {"training": {"learning_rate": -3}}})
    assert answer.json() == json.loads(shown)


def test_every_status_of_an_error_is_told():
    description = create_app(Settings()).openapi()
    described = {
        status
        for _, operation in operations(description)
        for status in operation["responses"]
        if status >= "400"
    }
    of_no_call = set(description["components"]["responses"])
    assert described | of_no_call == set(re.findall(r"^\| (\d{3}) \|", TEXT, flags=re.MULTILINE))


def test_the_readme_names_every_call():
    paths = {re.sub(r"\{[^}]*\}", "{}", path) for path in create_app(Settings()).openapi()["paths"]}
    calls = re.findall(r"`\w+ (/[^`?]*)", README)
    assert paths <= {re.sub(r"\{[^}]*\}", "{}", path) for path in calls}
