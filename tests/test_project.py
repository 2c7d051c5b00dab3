"""The project holds itself: directions of imports, pins, what is shipped, what may lie where."""

import ast
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
DIRECT = [
    Requirement(line)
    for line in [
        *PYPROJECT["build-system"]["requires"],
        *PYPROJECT["project"]["dependencies"],
        *(line for extra in EXTRAS.values() for line in extra),
    ]
    if not line.startswith("planar-playground[")  # an extra that takes in another
]
TOP_LEVEL = {
    *("app", "static", "tests", "docs"),
    *("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"),
    *("pyproject.toml", "constraints.txt", "Makefile", "Dockerfile", "compose.yaml"),
}
MADE_HERE = {"__pycache__", "dist", "test-results"}


def project_files() -> list[Path]:
    """What git would put into a commit; without git, all but hidden folders and what is made here."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(git, capture_output=True, text=True, check=True).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        paths = []
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [f for f in folders if f not in MADE_HERE and (f == ".ci" or not f.startswith("."))]
            paths += [Path(folder, name) for name in names]
    return sorted(path for path in paths if path.is_file())


def texts(under: str = "") -> dict[str, str]:
    """The text of every file of the project that is text, by its path from the top."""
    found = {}
    for path in project_files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(under):
            try:
                found[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return found


def lines_that_match(pattern: str, files: dict[str, str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(pattern, line)
    ]


# --- imports ------------------------------------------------------------------------------------------------


def test_imports_point_down_only():
    tool = Path(sysconfig.get_path("scripts")) / "lint-imports"
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", ["app.engine", "app.experiments.run", "app.compute.pool"])
def test_a_worker_loads_neither_the_web_nor_the_schema(module):
    # A worker is a process of its own: with the web stack it would weigh three times as much.
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    heavy = {"pydantic", "pydantic_core", "fastapi", "starlette", "uvicorn", "websockets", "plotly"}
    assert not loaded & heavy


def test_the_engine_imports_numpy_and_the_standard_library_alone():
    foreign = set()
    for path in (ROOT / "app" / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            else:
                continue
            for name in names:
                top = name.partition(".")[0]
                inside = name.startswith("app.engine")
                if not inside and top != "numpy" and top not in sys.stdlib_module_names:
                    foreign.add(f"{path.name}: {name}")
    assert not foreign


# --- dependencies -------------------------------------------------------------------------------------------


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_constraints_are_plain_pins_in_order():
    # No index, no address, no path: where packages come from is the machine's business.
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert [line for line in pinned if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    assert pinned == sorted(pinned, key=lambda line: line.split("==")[0])
    assert len(pins()) == len(pinned)


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_every_dependency_is_pinned_within_its_range(requirement):
    name = canonicalize_name(requirement.name)
    assert name in pins(), f"{name} is in pyproject.toml and not in constraints.txt"
    assert requirement.specifier.contains(pins()[name]), f"{requirement} excludes the tested {pins()[name]}"


def test_what_the_dependencies_need_is_pinned_too():
    waiting, seen = list(DIRECT), set()
    while waiting:
        requirement = waiting.pop()
        if (requirement.name, *sorted(requirement.extras)) in seen:
            continue
        seen.add((requirement.name, *sorted(requirement.extras)))
        try:
            needs = importlib.metadata.requires(requirement.name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # of an extra that is not installed here
        for need in map(Requirement, needs):
            wanted = [{"extra": extra} for extra in requirement.extras] or [{"extra": ""}]
            if need.marker is None or any(need.marker.evaluate(where) for where in wanted):
                waiting.append(need)
    assert {canonicalize_name(name) for name, *_ in seen} <= set(pins())


# --- what is in the files -----------------------------------------------------------------------------------


def test_every_file_lies_where_it_belongs():
    first = {path.relative_to(ROOT).parts[0] for path in project_files()}
    assert {name for name in first if not name.startswith(".")} <= TOP_LEVEL


def test_no_file_names_a_registry_or_somebodys_machine():
    registries = r"pypi\.org|pythonhosted\.org|npmjs\.(com|org)|docker\.(io|com)|ghcr\.io|quay\.io|\.conda\."
    folders = r"(?<![\w.$*{}])/(home|root|Users|work)/"
    assert lines_that_match(f"{registries}|{folders}", texts()) == []


def test_the_page_names_no_other_host():
    # A room may be offline. Links to follow by hand and the names of XML's languages load nothing.
    pages = {
        name: re.sub(r"<a\s[^>]*>|https?://www\.w3\.org/", "", text)
        for name, text in texts("static/").items()
    }
    assert lines_that_match(r"\b(https?|wss?)://[\w\[]|[\"'(=]//\w", pages) == []


def test_the_page_carries_no_copy_of_plotly():
    assert [name for name in texts("static/") if "plotly" in Path(name).name.lower()] == []


# --- what is shipped ----------------------------------------------------------------------------------------


def test_the_wheel_holds_the_page_and_no_tests(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    ours = {path.relative_to(ROOT).as_posix() for path in project_files()}
    code = {name for name in ours if name.startswith("app/")}
    page = {"app/_static/" + name.removeprefix("static/") for name in ours if name.startswith("static/")}
    assert code | page <= {*names}
    assert [name for name in names if not re.match(r"app/|planar_playground-[\w.]+\.dist-info/", name)] == []


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile in order, continued lines joined, comments dropped."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    text = re.sub(r"\\\n", " ", text)
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def last_stage() -> dict[str, str]:
    stages = [index for index, (name, _) in enumerate(dockerfile()) if name == "FROM"]
    return dict(dockerfile()[stages[-1] :])


def test_the_container_does_not_run_as_root():
    assert last_stage()["USER"].split(":")[0] not in {"root", "0"}


def test_the_container_is_asked_for_its_health():
    assert "/api/health" in last_stage()["HEALTHCHECK"]
    assert last_stage()["EXPOSE"] == "8000"


def test_the_container_copies_what_exists_and_is_not_left_out():
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    for name, arguments in dockerfile():
        if name == "COPY" and "--from" not in arguments:
            for source in arguments.split()[:-1]:
                assert (ROOT / source).exists(), f"the Dockerfile copies {source}, which does not exist"
                assert f"!{source}" in rules, f".dockerignore leaves out {source}"


def test_the_container_runs_a_python_that_is_allowed():
    allowed = SpecifierSet(PYPROJECT["project"]["requires-python"])
    bases = {arguments.split()[0] for name, arguments in dockerfile() if name == "FROM"}
    assert all(allowed.contains(base.removeprefix("python:").removesuffix("-slim")) for base in bases)


# --- what is said -------------------------------------------------------------------------------------------


def test_every_make_command_that_is_named_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    prose = {name: text for name, text in texts().items() if name.endswith(".md")}
    named = {target for text in prose.values() for target in re.findall(r"`make ([a-z]+)", text)}
    assert named <= targets


def test_every_python_that_is_promised_is_the_one_required():
    floor = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    prose = {name: text for name, text in texts().items() if name.endswith((".md", "Makefile"))}
    promised = {number for text in prose.values() for number in re.findall(r"Python (3\.\d+)\+", text)}
    assert promised <= {floor}


def test_the_scripts_can_be_run():
    scripts = [path for path in project_files() if path.parent.name == ".ci"]
    assert scripts
    assert [path.name for path in scripts if not os.access(path, os.X_OK)] == []
