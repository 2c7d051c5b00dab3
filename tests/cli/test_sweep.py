"""``planar-playground sweep``: the grid of values on the command line, and what comes of it."""

import csv
import io
import json
import signal

import pytest

from app.cli import main
from app.cli.sweep import axis, settings_for
from app.experiments.schema import parse, to_fragment
from tests.cli.test_command_line import started
from tests.dask_cluster import DaskCluster
from tests.serving import free_port


@pytest.fixture
def call(capsys):
    """``call(arguments...)``: the exit code, stdout and stderr of a sweep in one worker."""

    def calling(*arguments):
        try:
            code = main(["sweep", *arguments, "--workers", "1"])
        except SystemExit as ended:
            code = ended.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return calling


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        ("0:3", [0, 1, 2, 3]),
        ("0:60:20", [0, 20, 40, 60]),
        ("-2:1", [-2, -1, 0, 1]),
        ("0.1,1,10", [0.1, 1, 10]),
        ("7", [7]),
        ("zeros,normal", ["zeros", "normal"]),
        ('"zeros", xavier', ["zeros", "xavier"]),
        ("null,true", [None, True]),
        ("[4],[3,3],[]", [[4], [3, 3], []]),
        ('{"seed":1,"method":"zeros"},{}', [{"seed": 1, "method": "zeros"}, {}]),
    ],
)
def test_values_as_people_write_them(values, meant):
    assert axis(f"a.b={values}", "axes[0]") == {"field": "a.b", "values": meant}


def test_ranges_are_the_apis():
    assert axis("init.scale=log:0.01:10:7", "x") == {
        "field": "init.scale",
        "from": 0.01,
        "to": 10,
        "count": 7,
        "spacing": "log",
    }
    assert axis("training.l2=lin:0:1:5", "x")["spacing"] == "linear"


def test_of_a_link_either_run_is_swept_as_far_as_it_stands(call):
    zeros = to_fragment(parse('{"init": {"method": "zeros"}}'))
    link = f"#{to_fragment(parse('{}'))}~{zeros}@7"
    first, second = (
        [json.loads(line) for line in call(link, "--axis", "init.seed=1", "--json", *lane)[1].splitlines()]
        for lane in ((), ("--lane", "2"))
    )
    assert (first[0]["steps"], second[0]["steps"]) == (7, 7)
    assert (first[0]["distinct"], second[0]["distinct"]) == ([4], [1])
    assert json.loads(call(link, "--axis", "init.seed=1", "--json", "--steps", "3")[1])["steps"] == 3
    assert (
        "lane must be from 1 to 1, the runs in the link; got 2"
        in call("#e30", "--axis", "init.seed=1", "--lane", "2")[2]
    )


def test_a_scale_that_a_start_does_not_use_is_not_told_as_if_it_were(call):
    arguments = ("--axis", "init.method=normal,he", "--axis", "init.scale=0.1,0.5", "--steps", "3")
    rows = [line.split() for line in call(*arguments)[1].splitlines()[1:]]
    assert [row[1:3] for row in rows] == [["normal", "0.1"], ["normal", "0.5"], ["he", "-"], ["he", "-"]]
    assert [line.split(",")[2] for line in call(*arguments, "--csv", "-")[1].splitlines()[1:]] == [
        "0.1", "0.5", "", "",
    ]  # fmt: skip


def test_the_table_for_people(call):
    code, out, err = call("--axis", "init.method=zeros,normal", "--axis", "init.seed=1,2", "--steps", "20")
    rows = [line.split() for line in out.splitlines()]
    assert rows[0] == ["run", "init.method", "init.seed", "status", "steps", "cost", "accuracy", "distinct"]
    # At zero the cost is ln 2 = 0.693147 for ever, half of the points are called right, all units are one.
    assert rows[1] == ["0", "zeros", "1", "completed", "20", "0.693147", "50.0", "%", "[1]"]
    assert [row[1:3] for row in rows[1:]] == [
        ["zeros", "1"],
        ["zeros", "2"],
        ["normal", "1"],
        ["normal", "2"],
    ]
    assert (code, err) == (0, "")


def test_csv_and_json_have_every_digit_of_the_api(call, client, tmp_path):
    path = tmp_path / "sweep.csv"
    path.write_text("what was there before\n" * 1000)
    arguments = (
        "--axis",
        "training.learning_rate=0.1,3",
        "--axis",
        "network.hidden=[2],[3,3]",
        "--steps",
        "30",
    )
    assert call(*arguments, "--csv", str(path)) == (0, "", "")
    axes = [
        {"field": "training.learning_rate", "values": [0.1, 3]},
        {"field": "network.hidden", "values": [[2], [3, 3]]},
    ]
    answer = client.post("/api/sweeps", json={"axes": axes, "steps": 30})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    told = list(csv.reader(io.StringIO(path.read_text())))
    assert told[0] == lines[-1]["columns"]
    cost = told[0].index("cost")
    assert [float(row[cost]) for row in told[1:]] == [row[cost] for row in lines[-1]["rows"]]
    assert [row[2] for row in told[1:]] == ["[2]", "[3, 3]"] * 2
    _, out, _ = call(*arguments, "--json")
    runs = [json.loads(line) for line in out.splitlines()]
    assert sorted(runs, key=lambda run: run["run"]) == sorted(
        (line for line in lines if line["type"] == "run"), key=lambda run: run["run"]
    )
    assert call(*arguments, "--csv", "-")[1] == path.read_text()


def test_an_experiment_from_stdin_or_a_file_or_a_link(call, tmp_path):
    (tmp_path / "e.json").write_text('{"init": {"method": "constant", "scale": 0.5}}')
    code, out, _ = call(str(tmp_path / "e.json"), "--axis", "network.hidden=[5]", "--steps", "5")
    assert out.splitlines()[1].split()[-1] == "[1]"
    assert code == 0


def test_combinations_that_cannot_be_stand_in_the_table(call):
    axes = ("--axis", "data.classes=2,3", "--axis", "training.loss=cross_entropy,squared_error")
    code, out, _ = call("#eyJkYXRhIjp7Im5hbWUiOiJibG9icyJ9fQ", *axes, "--steps", "1")
    assert out.splitlines()[-1].split() == ["3", "3", "squared_error", "refused", "-", "-", "-", "-"]
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--axis", "init.seed"], "axes[0] must be FIELD=VALUES"),
        (["--axis", "init.seed="], "axes[0] must be FIELD=VALUES"),
        (["--axis", "init.seed=3:1"], "with FIRST at most LAST and STEP at least 1; got"),
        (["--axis", "init.seed=0:9:0"], "with FIRST at most LAST and STEP at least 1; got"),
        (["--axis", "init.seed=0:10000"], "axes[0] must be at most 10000 values; got"),
        (["--axis", "init.seed=0:99999999999"], "axes[0] must be at most 10000 values; got"),
        (["--axis", "init.seed=0:1e3"], "axes[0] must be FIELD=VALUES"),
        (["--axis", "init.scale=log:0:x:3"], "axes[0] must be FIELD=VALUES"),
        (["--axis", "init.scale=log:0:1:3"], "axes[0].from must be above 0"),
        (
            ["--axis", "init.seed=1", "--axis", "init.sed=1"],
            "axes[1].field must be a field of the experiment",
        ),
        (["--axis", "network.hidden=[2],[99]"], "axes[0].values[1] must be a whole number from 1 to 64"),
        (["--axis", "init.seed=0:999", "--axis", "data.seed=0:999"], "axes must be at most 10000 runs"),
        (["--axis", "init.seed=1", "--steps", "-1"], "steps must be a whole number from 0"),
        (["--axis", "init.seed=1", "--csv", "/no/such/folder/x.csv"], "No such file or directory"),
        (["--axis", "init.seed=1", "--csv", "-", "--json"], "not allowed with argument"),
        ([], "the following arguments are required: --axis"),
        (["no-such.json", "--axis", "init.seed=1"], "No such file"),
    ],
)
def test_bad_arguments_end_with_2_and_say_what_is_wrong(call, arguments, said):
    code, out, err = call(*arguments)
    assert said in err
    assert "Traceback" not in err
    assert (code, out) == (2, "")


SEEDS = (
    "sweep",
    "--axis",
    "init.seed=0:5",
    "--axis",
    "network.hidden=[2],[3,3]",
    "--steps",
    "60",
    "--csv",
    "-",
)


def test_by_one_setting_a_cluster_makes_the_runs_with_the_same_bits(monkeypatch, capsys):
    assert main([*SEEDS, "--workers", "1"]) == 0
    here = capsys.readouterr().out
    monkeypatch.setattr("app.compute.executor.WorkerPool", None)  # no process of this machine may help
    with DaskCluster() as dask:
        dask.start_scheduler()
        for _ in range(2):
            dask.start_worker()
        monkeypatch.setenv("PLAYGROUND_SCHEDULER", dask.address)
        assert main(SEEDS) == 0
        assert capsys.readouterr() == (here, "")
        assert main([*SEEDS, "--workers", "2"]) == 2
        said = f"workers must be left out, since the cluster at {dask.address} computes; got 2\n"
        assert capsys.readouterr() == ("", f"planar-playground: {said}")


def test_where_no_scheduler_answers_it_is_said_and_nothing_is_written(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("app.compute.cluster_members.WARM_SECONDS", 0.3)
    monkeypatch.setattr("app.compute.cluster_members.GRACE_SECONDS", 0.2)
    address = f"tcp://127.0.0.1:{free_port()}"
    monkeypatch.setenv("PLAYGROUND_SCHEDULER", address)
    path = tmp_path / "sweep.csv"
    path.write_text("what was there before\n")
    assert main(["sweep", "--axis", "init.seed=0:5", "--csv", str(path)]) == 1
    why = "nothing can be computed: the scheduler of the cluster does not answer"
    assert capsys.readouterr() == ("", f"planar-playground: {why} (PLAYGROUND_SCHEDULER is {address})\n")
    assert path.read_text() == "what was there before\n"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PLAYGROUND_SCHEDULER", "here", "PLAYGROUND_SCHEDULER must be tcp://host:port or tls://host:port"),
        ("PLAYGROUND_WORKERS", "many", "PLAYGROUND_WORKERS must be a whole number; got 'many'"),
    ],
)
def test_a_setting_that_is_none_is_refused(monkeypatch, capsys, name, value, said):
    monkeypatch.setenv(name, value)
    assert main(["sweep", "--axis", "init.seed=1"]) == 2
    assert said in capsys.readouterr().err


def test_the_setting_says_how_many_processes_compute_unless_the_command_does(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_WORKERS", "3")
    assert [settings_for(workers).workers for workers in (None, 2, 0)] == [3, 2, 0]


def test_ctrl_c_ends_a_sweep_quietly():
    arguments = ("--axis", "init.seed=0:99", "--axis", "training.stop_change=null,1e-9")
    with started("sweep", *arguments, "--steps", "300", "--json", "--workers", "1") as process:
        assert json.loads(process.stdout.readline())["type"] == "run"  # now it computes
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.stderr.read() == b""
    assert process.returncode == 130
