"""`python -m benchmarks [NAME…]`: measure, print a table, write var/bench.json."""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import database
from benchmarks.figures import table


def main() -> int:
    names = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(names)}. All, if none is given")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)  # the runner calls itself with this
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(names)):
        parser.error(f"There is no bench {', '.join(unknown)}. There are: {', '.join(names)}.")
    if options.measure:
        return _measure(options.names[0], options.measure)
    figures = [figure for name in options.names or names for figure in _in_process(name)]
    var = Path(os.environ.get("REDRESS_VAR", database.ROOT / "var"))
    var.mkdir(parents=True, exist_ok=True)
    (var / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(table(figures))
    return 0 if all(figure["ok"] for figure in figures) else 1


def _in_process(name: str) -> list[dict[str, object]]:
    """Run one bench in a process of its own, on a database of its own."""
    start = time.monotonic()
    print(f"{name} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder, database.server() as address:
        result = Path(folder) / "figures.json"
        var = Path(folder) / "var"
        var.mkdir()
        with database.fresh(address, var) as its_own:
            command = [sys.executable, "-m", "benchmarks", name, "--measure", str(result)]
            environment = database.environment(its_own, var)
            subprocess.run(command, cwd=database.ROOT, env=environment, check=True)
        figures: list[dict[str, object]] = json.loads(result.read_text())
    print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return figures


def _measure(name: str, result: Path) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redress.settings")
    import django

    django.setup()
    figures = importlib.import_module(f"benchmarks.bench_{name}").run()
    result.write_text(json.dumps([figure.as_json() for figure in figures]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
