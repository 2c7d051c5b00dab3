"""The settings: read from the environment, and refused in words."""

import os
import subprocess
import sys
from dataclasses import fields

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings, answered_hosts, from_environment
from tests.serving import ROOT, Server


def test_an_empty_environment_is_every_default():
    assert from_environment({}) == Settings()


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda s: s.name)
def test_every_setting_has_a_variable_a_meaning_and_is_read_from_it(setting):
    variable = setting.metadata["variable"]
    assert variable.startswith("PLAYGROUND_")
    assert setting.metadata["about"]
    value = {int: 7, float: 2.5, str: "somewhere"}[type(setting.default)]
    if setting.metadata["choices"]:
        value = setting.metadata["choices"][-1]
    elif setting.name == "trusted_proxies":
        value = "10.0.0.0/8, ::1"
    elif setting.name == "max_held_bytes":
        value = 20_000_000
    assert getattr(from_environment({variable: str(value)}), setting.name) == value


@pytest.mark.parametrize(
    ("variable", "text", "rule"),
    [
        ("PLAYGROUND_PORT", "http", "a whole number"),
        ("PLAYGROUND_PORT", "80.5", "a whole number"),
        ("PLAYGROUND_PORT", "", "a whole number"),
        ("PLAYGROUND_PORT", "65536", "at most 65535"),
        ("PLAYGROUND_WORKERS", "-1", "at least 0"),
        ("PLAYGROUND_MAX_RUN_SECONDS", "long", "a number"),
        ("PLAYGROUND_MAX_RUN_SECONDS", "-0.5", "at least 0"),
        ("PLAYGROUND_MAX_RUN_SECONDS", "nan", "a finite number"),
        ("PLAYGROUND_READ_SECONDS", "inf", "a finite number"),
        ("PLAYGROUND_LOG_FORMAT", "xml", "one of text, json"),
        ("PLAYGROUND_LOG_LEVEL", "INFO", "one of debug, info, warning, error"),
        ("PLAYGROUND_METRICS", "yes", "one of local, on, off"),
        ("PLAYGROUND_MAX_HELD_BYTES", "0", "at least 20000000, 5 times PLAYGROUND_MAX_BODY_BYTES"),
        ("PLAYGROUND_MAX_HELD_BYTES", "19999999", "at least 20000000, 5 times PLAYGROUND_MAX_BODY_BYTES"),
        ("PLAYGROUND_TRUSTED_PROXIES", "*", "addresses or networks, separated by commas"),
        ("PLAYGROUND_TRUSTED_PROXIES", "proxy.example", "addresses or networks, separated by commas"),
    ],
)
def test_a_wrong_setting_names_variable_rule_and_value(variable, text, rule):
    with pytest.raises(ValueError, match=variable) as refused:
        from_environment({variable: text})
    assert str(refused.value) == f"{variable} must be {rule}; got {text!r}"


def test_larger_bodies_need_more_place_for_those_that_are_not_read_yet():
    larger = {"PLAYGROUND_MAX_BODY_BYTES": "20000000"}
    rule = "at least 100000000, 5 times PLAYGROUND_MAX_BODY_BYTES"
    with pytest.raises(ValueError, match=f"^PLAYGROUND_MAX_HELD_BYTES must be {rule}; got '64000000'$"):
        from_environment(larger)
    assert from_environment({**larger, "PLAYGROUND_MAX_HELD_BYTES": "100000000"}).max_body_bytes == 20_000_000


def test_the_server_does_not_start_with_a_wrong_setting_and_says_why():
    environment = {**os.environ, "PLAYGROUND_WORKERS": "many"}
    done = subprocess.run(
        [sys.executable, "-m", "app"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "PLAYGROUND_WORKERS must be a whole number; got 'many'"


OWN = "localhost,127.0.0.1,[::1]"


@pytest.mark.parametrize(
    ("host", "allowed", "answered"),
    [
        ("127.0.0.1", "", OWN),
        ("127.0.0.2", "", OWN),
        ("::1", "", OWN),
        ("localhost", "", OWN),
        ("0.0.0.0", "", "*"),
        ("::", "", "*"),
        ("192.0.2.7", "", "*"),
        ("playground.example", "", "*"),
        ("127.0.0.1", "*", "*"),
        ("127.0.0.1", "playground.example", "playground.example"),
        ("0.0.0.0", "playground.example", "playground.example"),
    ],
)
def test_a_server_of_this_machine_alone_answers_to_its_names_unless_told(host, allowed, answered):
    assert answered_hosts(Settings(host=host, allowed_hosts=allowed)) == answered


def test_another_name_that_was_made_to_lead_to_this_machine_is_not_answered(server):
    def status(host):
        return server.request("GET", "/api/health", headers={"Host": host.format(port=server.port)})[0]

    own = ("127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "[::1]:{port}", "[::1]")
    assert [status(host) for host in own] == [200] * 5
    others = ("evil.example:{port}", "127.0.0.1.evil.example:{port}", "localhost.evil.example", "0.0.0.0")
    assert [status(host) for host in others] == [421] * 4


def test_the_settings_reach_the_server():
    with Server.start(
        PLAYGROUND_WORKERS="3", PLAYGROUND_MAX_RUN_SECONDS="5", PLAYGROUND_MAX_BODY_BYTES="1000"
    ) as server:
        assert server.json("GET", "/api/health")["workers"] == 3
        assert server.json("GET", "/api/catalog")["limits"]["run_seconds"] == 5
        assert server.request("POST", "/api/runs", b" " * 1001)[0] == 413
        assert server.request("POST", "/api/runs", {"steps": 1})[0] == 200


def test_the_operating_notes_list_every_setting_as_it_is():
    told = (ROOT / "docs" / "operating.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    listed = [
        tuple(cell.strip(" `") for cell in line.split("|")[1:-1])
        for line in told.splitlines()
        if "`PLAY" in line
    ]
    assert listed == [
        (setting.metadata["variable"], str(setting.default), setting.metadata["about"])
        for setting in fields(Settings)
    ]


def test_other_pages_may_frame_it_when_they_are_named():
    found = from_environment({"PLAYGROUND_FRAME_ANCESTORS": "'self' https://school.example"})
    with TestClient(create_app(found)) as client:
        policy = client.get("/").headers["content-security-policy"]
    assert "frame-ancestors 'self' https://school.example" in policy
    assert "frame-ancestors 'none'" not in policy


@pytest.mark.parametrize("text", ["", "https://a; script-src *", "a,b", "a\nb", "a\r\nX: y"])
def test_what_is_no_list_of_sources_is_refused(text):
    with pytest.raises(ValueError, match="PLAYGROUND_FRAME_ANCESTORS"):
        from_environment({"PLAYGROUND_FRAME_ANCESTORS": text})


@pytest.mark.parametrize("url", ["http://somewhere", "somewhere", "//host"])
def test_an_address_that_is_no_redis_is_refused_at_the_start(url):
    with pytest.raises(ValueError, match="PLAYGROUND_REDIS_URL must be redis://host:port"):
        create_app(Settings(redis_url=url))


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "app.compute.relay", None)
    with pytest.raises(ValueError, match=r"PLAYGROUND_REDIS_URL needs the extra \[cluster\]"):
        create_app(Settings(redis_url="redis://localhost:6379"))
