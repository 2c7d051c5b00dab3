"""The tests of the numbers as they would run on other processors: ``make processors``.

OpenBLAS and numpy choose their kernels by the processor, and another kernel rounds otherwise. What a
test claims must hold with every one of them: where a run is chaotic it may claim no more than that.
"""

import os
import subprocess
import sys

import numpy as np

from tests.serving import ROOT

KERNELS = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "SkylakeX")
"""OpenBLAS's names for what it has kernels for; one that this machine cannot run is replaced by its own."""
NUMBERS = ("tests/engine", "tests/experiments", "tests/interface")


def environments() -> dict[str, dict[str, str]]:
    """By title, what makes numpy compute as on another processor."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    chosen = {f"OpenBLAS for {name}": {"OPENBLAS_CORETYPE": name} for name in KERNELS}
    for count in range(len(found)):  # from none of the instructions that came later to all but the newest
        without = " ".join(found[count:])
        chosen[f"numpy without {without}"] = {"NPY_DISABLE_CPU_FEATURES": without}
    return chosen


def main() -> None:
    """Run them all; fails where any of them does."""
    failed = []
    tests = ["pytest", "--quiet", "--numprocesses", "2", "--dist", "worksteal", *NUMBERS]
    command = [sys.executable, "-m", *tests, *sys.argv[1:]]
    for title, environment in environments().items():
        print(f"== {title}", flush=True)
        if subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}).returncode:
            failed.append(title)
    print(f"{len(failed)} of {len(environments())} failed", *failed, sep="\n")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
