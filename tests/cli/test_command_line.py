"""The command line: results on stdout, messages on stderr, exit codes, never a traceback."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.cli import COMMANDS, main
from app.experiments.schema import parse, to_fragment
from tests.alone import run_alone
from tests.serving import ROOT

ZEROS = '{"init": {"method": "zeros"}}'
OVERFLOWS = json.dumps(
    {
        "network": {"hidden": [16], "activation": "leaky_relu"},
        "init": {"method": "he"},
        "training": {"learning_rate": 10},
    }
)


@pytest.fixture
def call(capsys):
    """``call(arguments...)``: the exit code, stdout and stderr of a command."""

    def calling(*arguments):
        try:
            code = main(arguments)
        except SystemExit as ended:  # argparse ends so
            code = ended.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return calling


@pytest.fixture
def zeros(tmp_path):
    path = tmp_path / "zeros.json"
    path.write_text(ZEROS)
    return str(path)


def given_to_stdin(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


# --- run ----------------------------------------------------------------------------------------------------


def test_run_prints_its_history_as_a_table_and_what_is_to_be_said(call, zeros):
    code, out, err = call("run", zeros, "--steps", "20", "--record-every", "10")
    # At zero the cost is ln 2 = 0.693147 for ever, and half of the points are called right.
    assert out.splitlines() == [
        "step      cost  accuracy",
        "   0  0.693147    50.0 %",
        "  10  0.693147    50.0 %",
        "  20  0.693147    50.0 %",
        "",
        out.splitlines()[-1],
    ]
    assert out.splitlines()[-1].startswith("Step 20: Nothing has moved")
    assert (code, err) == (0, "")


@pytest.mark.parametrize("parts", [{}, {"training": {"batch_size": 100}, "data": {"validation": 0.2}}])
def test_its_table_is_a_print_that_match_my_notebook_reads(call, client, tmp_path, parts):
    (tmp_path / "e.json").write_text(json.dumps(parts))
    _, out, _ = call("run", str(tmp_path / "e.json"), "--steps", "2000")
    told = client.post("/api/checks/costs", json={"experiment": parts, "text": out}).json()
    assert told["verdict"] == "same"
    assert [row["step"] for row in told["rows"]] == [0, 1000, 2000]


def test_run_as_json_is_the_answer_of_the_api(call, zeros, client):
    code, out, _ = call("run", zeros, "--steps", "20", "--json", "--include", "symmetry,parameters")
    body = {"experiment": json.loads(ZEROS), "steps": 20, "include": ["symmetry", "parameters"]}
    assert json.loads(out) == client.post("/api/runs", json=body).json()
    assert code == 0


def test_run_as_csv_has_a_header_and_a_row_per_entry(call, zeros):
    _, out, _ = call("run", zeros, "--steps", "1000", "--csv")
    assert out.splitlines()[0] == "step,cost,accuracy"
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == ["0", "1000"]


def test_an_experiment_may_come_from_stdin(call, monkeypatch):
    given_to_stdin(monkeypatch, ZEROS)
    code, out, _ = call("run", "-", "--steps", "0", "--json")
    assert json.loads(out)["experiment"]["init"]["method"] == "zeros"
    assert code == 0


@pytest.mark.parametrize("before", ["http://127.0.0.1:8000/#", "https://here/?lesson=1#", "#", ""])
def test_an_experiment_may_be_a_link_of_the_page_and_runs_to_its_step(call, before):
    _, out, _ = call("run", f"{before}{to_fragment(parse(ZEROS))}@40", "--json")
    told = json.loads(out)
    assert told["experiment"]["init"]["method"] == "zeros"
    assert told["steps"] == 40


def test_of_a_link_that_compares_either_run_can_be_had(call):
    link = f"#{to_fragment(parse('{}'))}~{to_fragment(parse(ZEROS))}@5"
    methods = [
        json.loads(call("run", link, "--json", "--lane", lane)[1])["experiment"]["init"]["method"]
        for lane in "12"
    ]
    assert methods == ["normal", "zeros"]
    assert call("run", "#e30", "--lane", "2")[2] == (
        "planar-playground: lane must be from 1 to 1, the runs in the link; got 2\n"
    )


def test_without_an_experiment_it_is_the_courses(call):
    _, out, _ = call("run", "--steps", "0")
    assert "0.693048" in out  # the course's exercise starts there (tests/data/course.json)


def test_a_run_that_diverges_is_told_up_to_there_and_ends_with_1(call, tmp_path):
    (tmp_path / "e.json").write_text(OVERFLOWS)
    code, out, err = call("run", str(tmp_path / "e.json"), "--steps", "2000", "--json")
    told = json.loads(out)
    assert told["status"] == "diverged"
    assert err == (
        f"planar-playground: the run diverged at step {told['diverged']['step']}: "
        f"{told['diverged']['reason']}\n"
    )
    assert code == 1


# --- wrong input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"training": {"learning_rate": -3}}',
            "training.learning_rate must be above 0 and at most 10; got -3",
        ),
        ('{"data": {"samples": "400"}}', 'data.samples must be a whole number from 2 to 10000; got "400"'),
        (
            '{"colour": 1}',
            "colour must be left out; the fields are "
            "data, network, init, training, arithmetic, interventions; got 1",
        ),
        ("", 'experiment must be an experiment as JSON, or a link of the page; got ""'),
        ("[]", "experiment must be an experiment as JSON, or a link of the page; got []"),
    ],
)
def test_a_bad_experiment_names_field_rule_and_value(call, monkeypatch, text, said):
    given_to_stdin(monkeypatch, text)
    assert call("run", "-") == (2, "", f"planar-playground: {said}\n")


def test_json_that_breaks_off_says_where(call, monkeypatch):
    given_to_stdin(monkeypatch, '{"data": ')
    code, _, err = call("run", "-")
    assert "(EOF while parsing a value at line 1 column 8)" in err
    assert code == 2


def test_every_wrong_field_has_its_line(call, monkeypatch):
    given_to_stdin(monkeypatch, '{"data": {"samples": 1}, "network": {"hidden": [0]}}')
    code, _, err = call("run", "-")
    assert [line.split()[1] for line in err.splitlines()] == ["data.samples", "network.hidden[0]"]
    assert code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--steps", "-4"], "steps must be a whole number from 0 to 1000000; got -4"),
        (["run", "--steps", "many"], "--steps: must be a whole number; got 'many'"),
        (
            ["run", "--record-every", "0"],
            "record_every must be a whole number from 1 to 1000000; got 0",
        ),
        (["run", "--include", "symmetry"], "--include goes with --json"),
        (["run", "--json", "--include", "all"], "got 'all'"),
        (["export", "json", "--include", "all"], "got 'all'"),
        (["run", "nowhere.json"], "nowhere.json: No such file or directory"),
        (["run", "no/where"], 'a link of the page; got "no/where"'),
        (["run", "#e30@1000001"], "step must be a whole number from 0 to 1000000; got 1000001"),
        (["run", "#bm8"], "a link of the page"),
        (["run", "\0"], "a link of the page"),
        (["export", "pdf"], "invalid choice: 'pdf'"),
        (["export", "csv", "--steps", "0", "-o", "/no/such/folder"], "No such file or directory"),
        (["serve", "--port", "99999"], "must be a whole number from 0 to 65535; got '99999'"),
        (["fly"], "invalid choice: 'fly'"),
    ],
)
def test_bad_arguments_end_with_2_and_say_what_is_wrong(call, arguments, said):
    code, out, err = call(*arguments)
    assert said in err
    assert "Traceback" not in err
    assert (code, out) == (2, "")


def test_a_file_that_is_no_text_is_refused(call, tmp_path):
    (tmp_path / "e.json").write_bytes(b"\xff\xfe\x00")
    code, _, err = call("run", str(tmp_path / "e.json"))
    assert err == 'planar-playground: experiment must be text in UTF-8; got "3 bytes of another kind"\n'
    assert code == 2


# --- export -------------------------------------------------------------------------------------------------


def test_an_exported_script_prints_the_same_costs(call, zeros, tmp_path):
    script = tmp_path / "run.py"
    code, out, _ = call("export", "python", zeros, "--steps", "20", "--record-every", "10", "-o", str(script))
    done = run_alone(script.read_text())
    assert done.returncode == 0, done.stderr
    _, told, _ = call("run", zeros, "--steps", "20", "--record-every", "10", "--json")
    costs = [repr(entry["cost"]) for entry in json.loads(told)["history"]]
    assert [line.split()[-1] for line in done.stdout.splitlines()] == costs
    assert (code, out) == (0, "")


@pytest.mark.parametrize("include", [["symmetry"], ["parameters", "boundary"]])
def test_exported_json_tells_what_was_asked_for_as_the_api_does(call, client, zeros, include):
    chosen = ("--include", ",".join(include))
    code, out, _ = call("export", "json", zeros, "--steps", "20", *chosen)
    body = {"experiment": json.loads(ZEROS), "steps": 20, "include": include}
    assert json.loads(out) == client.post("/api/exports/json", json=body).json()
    assert code == 0
    code, _, err = call("export", "csv", zeros, *chosen)
    assert code == 2
    assert "--include goes with json" in err


def test_export_to_stdout_is_the_file_itself(capfdbinary):
    assert main(["export", "npz", "--steps", "0"]) == 0
    arrays = np.load(io.BytesIO(capfdbinary.readouterr().out))
    assert arrays["W1"].shape == (4, 2)
    assert arrays["X"].shape == (2, 400)


# --- help, and how it ends ----------------------------------------------------------------------------------


def test_help_lists_every_command_and_every_command_has_examples(call):
    code, out, _ = call("--help")
    names = [module.__name__.rpartition(".")[2] for module in COMMANDS]
    assert [name for name in names if f"\n    {name} " not in out] == []
    assert code == 0
    for name in names:
        assert "example" in call(name, "--help")[1], name


def started(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PLAYGROUND_PORT": "0", "PLAYGROUND_WORKERS": "1"},
    )


def test_ctrl_c_ends_a_run_quietly():
    with started("run", "-", "--steps", "1000000") as process:
        process.stdin.write(b" " * 3_000_000 + b"{}")  # more than a pipe holds: now it runs, and reads
        process.stdin.close()
        process.send_signal(signal.SIGINT)
        out, err = process.stdout.read(), process.stderr.read()
    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_reader_that_has_gone_ends_it_quietly():
    with started("run", "--steps", "30000", "--record-every", "2") as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_without_a_stdout_nothing_is_told_and_nothing_fails(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["run", "--steps", "0"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_said_in_words(call):
    code, _, err = call("export", "csv", "--steps", "0", "-o", "/dev/full")
    assert (code, err) == (2, "planar-playground: No space left on device\n")


def test_an_address_that_is_taken_ends_with_1():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        started("serve", "--port", str(taken.getsockname()[1])) as process,
    ):
        told = process.stderr.read()
    assert b"address already in use" in told
    assert process.returncode == 1


def test_without_a_command_it_serves():
    with started() as process:
        told = b""
        for line in process.stderr:
            told += line
            if b"Uvicorn running" in line:
                break
        process.send_signal(signal.SIGINT)
        process.stderr.read()
    assert b"Uvicorn running on http://127.0.0.1:" in told
