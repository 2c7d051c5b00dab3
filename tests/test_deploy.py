"""The container, the compose file and the proxy: held to the Makefile, the settings and a real nginx."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields
from http.client import HTTPConnection
from ipaddress import ip_network
from pathlib import Path
from threading import Barrier

import pytest
import yaml

from app.settings import Settings, from_environment
from tests.services import program
from tests.serving import LOOPBACK, LiveClient, Server, eventually, free_port

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
NGINX = (ROOT / "docs" / "deploy" / "nginx.conf").read_text()
VARIABLES = {setting.metadata["variable"] for setting in fields(Settings)}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, continued lines joined, comments dropped."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [tuple(line.split(maxsplit=1)) for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, arguments in instructions():
        if name == "FROM":
            found.append([])
        found[-1].append((name, arguments))
    return found


BUILD, FINAL = stages()


# --- the Dockerfile beside the Makefile ---------------------------------------------------------------------


def test_it_installs_as_the_makefile_does():
    shared = {"--no-build-isolation", "-c constraints.txt"}
    pip = next(line for line in MAKEFILE.splitlines() if line.startswith("PIP"))
    assert all(option in pip for option in shared)
    steps = " && ".join(arguments for name, arguments in BUILD if name == "RUN")
    assert all(option in steps for option in shared)
    installs = [step for step in steps.split("&&") if re.search(r"\bpip\b.* install", step)]
    assert installs
    assert [step for step in installs if "-c constraints.txt" not in step] == []
    assert "hatchling" in steps
    assert "hatchling" in MAKEFILE


def test_it_runs_what_make_run_runs():
    command = json.loads(dict(FINAL)["CMD"])
    (made,) = re.findall(r"^run:.*\n\t@exec \$\(BIN\)/(.*)$", MAKEFILE, flags=re.MULTILINE)
    assert " ".join(command) == made
    assert shutil.which(command[0])


def test_everything_that_the_wheel_is_made_from_is_copied():
    copied = {
        source
        for name, arguments in BUILD
        if name == "COPY" and "--from" not in arguments
        for source in arguments.split()[:-1]
    }
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {
        *("pyproject.toml", "constraints.txt", PYPROJECT["project"]["readme"]),
        *PYPROJECT["project"]["license-files"],
        *wheel["packages"],
        *wheel["force-include"],
        PYPROJECT["tool"]["hatch"]["version"]["path"].split("/")[0],
    }
    assert needed == copied


def test_only_what_was_built_gets_into_the_last_stage():
    assert [arguments for name, arguments in FINAL if name == "COPY"] == [
        "--from=build /opt/playground /opt/playground"
    ]
    assert [arguments for name, arguments in FINAL if name == "RUN" and "pip" in arguments] == []


def test_both_stages_are_one_python_and_the_folder_is_its_own():
    bases = {arguments.split()[0] for stage in (BUILD, FINAL) for name, arguments in stage if name == "FROM"}
    assert len(bases) == 1
    (version,) = re.findall(r"python:(3\.\d+)", bases.pop())
    assert re.findall(r"lib/python(3\.\d+)/", str(BUILD)) == [version]


def test_it_is_a_numbered_user_that_owns_nothing():
    final = dict(FINAL)
    user = final["USER"]
    assert int(user) >= 1000
    assert f"--uid {user}" in final["RUN"]
    assert "--no-create-home" in final["RUN"]
    order = [name for name, _ in FINAL]
    assert order.index("USER") > order.index("COPY")  # what is copied belongs to root
    assert "chown" not in str(FINAL)


def test_its_settings_are_settings():
    named = set(re.findall(r"PLAYGROUND_[A-Z_]+", str(instructions())))
    assert named
    assert named <= VARIABLES


# --- the compose file ---------------------------------------------------------------------------------------


def test_every_setting_of_the_compose_file_is_one_and_is_understood():
    for name, service in COMPOSE["services"].items():
        given = {key: value for key, value in service.get("environment", {}).items() if key in VARIABLES}
        asked = {key for key in service.get("environment", {}) if key.startswith("PLAYGROUND_")}
        assert asked == set(given), f"{name} sets what is no setting"
        assert all(isinstance(value, str) for value in given.values()), f"{name}: quote the values"
        found = from_environment(given)
        if given:
            assert found.trusted_proxies == COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"]
            assert found.drain_seconds + 10 <= int(service["stop_grace_period"].removesuffix("s"))
            assert "127.0.0.1" in found.allowed_hosts.split(","), "the image's health check asks by this name"


def test_its_services_are_hardened_and_only_the_proxy_is_reached_from_outside():
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert ("ports" in service) == (name == "proxy")
        assert service.get("user", "10001") != "0", name
    assert COMPOSE["networks"]["back"]["internal"] is True
    for name in ("redis", "scheduler", "worker"):
        assert COMPOSE["services"][name]["networks"] == ["back"], "pickles travel there, and no visitor may"
    assert "back" not in COMPOSE["services"]["proxy"]["networks"]
    assert ip_network(COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"]).is_private


def test_what_its_services_name_is_there():
    services = COMPOSE["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= set(services), name
        for volume in service.get("volumes", ()):
            assert (ROOT / volume.split(":")[0]).exists(), volume
    servers = {name for name in services if name.startswith("server-")}
    assert set(re.findall(r"server (server-\d+):8000", NGINX)) == servers
    assert len(servers) >= 2
    for name in servers:
        urls = [value for value in services[name]["environment"].values() if "://" in str(value)]
        hosts = {re.findall(r"://([\w-]+)", url)[0] for url in urls}
        assert hosts <= set(services)
    for name in ("scheduler", "worker"):
        known = subprocess.run(
            [sys.executable, "-m", "dask", services[name]["command"][1], "--help"],
            capture_output=True,
            text=True,
        ).stdout
        for option in services[name]["command"][2:]:
            assert not option.startswith("--") or option in known or option == "--no-dashboard", option


# --- the proxy ----------------------------------------------------------------------------------------------


@contextmanager
def nginx(server):
    """The proxy as it is in docs/deploy, before ``server``; yields it as something that can be asked."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # started by root, its workers are nobody
        with begun(server, folder, port) as front:
            yield front


@contextmanager
def begun(server, folder, port):
    """It runs in ``folder`` and listens on ``port``."""
    text = NGINX.replace("/tmp/", f"{folder}/").replace("listen 8080", f"listen {LOOPBACK}:{port}")
    text = re.sub(r"server server-1:8000", f"server {LOOPBACK}:{server.port}", text)
    text = re.sub(r"\n *server server-2.*", "", text)
    text = text.replace("worker_rlimit_nofile 65536;", "").replace("16384", "512")
    file = folder / "nginx.conf"
    file.write_text(f"daemon off;\n{text}")
    log, said = tempfile.TemporaryFile(), folder / "said"  # noqa: SIM115 - closed below
    with said.open("wb") as told:  # a pipe that nobody reads would stop it once it is full
        proxy = subprocess.Popen([program("nginx"), "-c", str(file), "-p", str(folder)], stderr=told)
    try:
        front = Server(port, {}, log)

        def answers():
            assert proxy.poll() is None, said.read_text()
            try:
                return front.request("GET", "/api/health")[0] == 200
            except OSError:
                return False

        eventually(answers)
        yield front
    finally:
        proxy.terminate()
        proxy.communicate(timeout=10)
        log.close()


def test_a_real_nginx_with_these_settings_passes_everything_on(server):
    with nginx(server) as front:
        own = f"http://{LOOPBACK}:{front.port}"
        with LiveClient(front, origin=own) as page:  # the upgrade, and Host as the browser wrote it
            page.open({}, playing=True, speed=None, until=400)
            page.paused_at(400)
        status, headers, _ = front.request("POST", "/api/runs", {"steps": 1}, {"Origin": own})
        assert status == 200
        assert fnmatch.fnmatch(headers["X-Request-Id"], "[0-9a-f]" * 32)
        assert front.request("POST", "/api/runs", {"steps": 1}, {"Origin": "http://evil.example"})[0] == 403
        assert front.request("GET", "/metrics")[0] == 404
        assert front.request("GET", "/")[0] == 200
        first = front.request("GET", "/api/runs?steps=50")
        again = front.request("GET", "/api/runs?steps=50")
        assert (first[0], again[0]) == (200, 200)
        assert first[2] == again[2]
        assert (first[1]["X-Cache"], again[1]["X-Cache"]) == ("MISS", "HIT")
        assert front.request("POST", "/api/runs", b" " * 5_000_000)[0] == 413


STATIC = ROOT / "static"
ASKS = ("/api/catalog", "/api/lessons", "/api/texts/en", "/api/datasets/moons?samples=100")
"""Some of what a page asks for besides its files."""


def files_of_a_page():
    """All that there are; a page wants most of them."""
    files = [f"/{path.relative_to(STATIC)}" for path in STATIC.glob("**/*.*")]
    return ["/", "/vendor/plotly.min.js", *files]


def load(front, paths, together):
    """What each is answered with on one connection, asked for in the same moment as by all others."""
    connection = HTTPConnection(LOOPBACK, front.port, timeout=60)
    try:
        answers = []
        for path in paths:
            together.wait(timeout=4)  # a lock lets go after five seconds
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            answers.append(answer.status)
        return answers
    finally:
        connection.close()


def test_a_lecture_hall_behind_one_address_gets_in_at_once(server):
    students = 40
    paths, together = [*files_of_a_page(), *ASKS], Barrier(students)
    with nginx(server) as front:
        begun_at = time.monotonic()
        with ThreadPoolExecutor(students) as pages:
            found = list(pages.map(lambda _: load(front, paths, together), range(students)))
        assert Counter(status for page in found for status in page) == {200: students * len(paths)}
        assert time.monotonic() - begun_at < 60
        _, headers, _ = front.request("GET", "/js/store.js")
        assert headers["Cache-Control"] == "no-cache"  # a browser still asks each time


def test_three_hundred_students_at_once_are_within_the_proxys_bounds():
    students = 300
    places = dict(re.findall(r"location (.+?) \{\n(.*?)\n        \}", NGINX, flags=re.DOTALL))
    bounds = {
        place: re.findall(r"limit_req zone=(\w+) burst=(\d+) nodelay;", text)
        for place, text in places.items()
    }
    ((files, most_files),), ((answers, most_answers),) = bounds["/"], bounds["/api/"]
    assert (files, answers) == ("files", "answers")
    assert int(most_files) >= students * len(files_of_a_page())
    assert int(most_answers) >= students * 2 * len(ASKS)
    # An address has one account in a zone: a lower burst elsewhere would refuse after a full house.
    assert bounds["= /vendor/plotly.min.js"] == bounds["/"]
    assert bounds["~ ^/api/(runs/stream|sweeps)"] == bounds["= /api/runs"] == bounds["/api/"]
    # A lock hands requests on one at a time where nothing is stored.
    locked = {place for place, text in places.items() if "proxy_cache_lock on" in text}
    assert locked == {"= /vendor/plotly.min.js", "= /api/runs"}


@pytest.mark.parametrize(("query", "status"), [("steps=777", 200), ("steps=-1", 422)])
def test_those_who_follow_one_link_are_answered_together_even_if_refused(server, query, status):
    with nginx(server) as front, ThreadPoolExecutor(30) as hall:
        begun_at = time.monotonic()
        answers = list(hall.map(lambda _: front.request("GET", f"/api/runs?{query}"), range(30)))
        assert time.monotonic() - begun_at < 3
    assert {answer[0] for answer in answers} == {status}
    assert len({answer[2] for answer in answers}) == 1
    assert "HIT" in {answer[1]["X-Cache"] for answer in answers}


def test_a_header_of_the_whole_proxy_reaches_every_answer():
    # Strict-Transport-Security is added there, and a location with an add_header of its own has no others.
    inside = re.findall(r"location .+? \{\n(.*?)\n        \}", NGINX, flags=re.DOTALL)
    assert inside
    assert not any("add_header" in text for text in inside)
