"""Schemathesis over the whole description, against a real server with lowered limits: ``make fuzz``.

All of its checks are on, and all of its phases: examples, the edges of every range, random cases good
and bad, and chains of calls along the links. The same seed makes the same cases.
"""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.serving import ROOT, Server

LIMITS = {
    "PLAYGROUND_WORKERS": "2",
    "PLAYGROUND_MAX_RUN_SECONDS": "0.2",
    "PLAYGROUND_MAX_SWEEP_SECONDS": "0.5",
}
"""So that no case takes long; what is refused for them is a 422."""
WHOLE = 5_000
"""Cases that the whole run must at least have made."""


def fuzz(server: Server, phases: str, cases: int, seed: int = 1) -> tuple[int, int, str]:
    """Up to ``cases`` random cases per call; the exit code, how many there were in all, and what was said."""
    tool = Path(sysconfig.get_path("scripts")) / "schemathesis"
    config = ROOT / "tests" / "tools" / "schemathesis.toml"
    done = subprocess.run(
        [
            *(tool, "--config-file", config, "run", f"{server.url}/openapi.json"),
            *("--checks", "all", "--mode", "all", "--phases", phases, "--max-examples", str(cases)),
            *("--seed", str(seed), "--continue-on-failure", "--generation-database", "none"),
            *("--warnings", "off", "--no-color"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    told = done.stdout + done.stderr
    counted = re.search(r"^ *([\d,]+) generated", told, flags=re.MULTILINE)
    return done.returncode, int(counted[1].replace(",", "")) if counted else 0, told


def main() -> None:
    """Everything; fails where a check does, or where there were too few cases."""
    with Server.start(**LIMITS) as server:
        code, cases, told = fuzz(server, "examples,coverage,fuzzing,stateful", 50)
        faults = [line for line in server.log.splitlines() if "ERROR" in line]
    print(told)
    print(f"{cases:,} cases; {len(faults)} errors in the server's log", *faults[:20], sep="\n")
    sys.exit(code or cases < WHOLE or bool(faults))


if __name__ == "__main__":
    main()
