"""Remove the data of the demo, after asking: `make demo-reset`."""

import fcntl
import os
import shutil
import sys
from pathlib import Path

from redress.embedded import Cluster

# Everything that a running service writes. What is built from the sources (`static`) stays.
_DATA = ("keys", "evidence", "exports", "uploads", "mail", "imports", "logs", "log", "up.json", "demo.json")
_GLOBS = ("pg", "pg.*", "beat*", "*.alive")


def main() -> None:
    var = Path(os.environ.get("REDRESS_VAR", Path(__file__).resolve().parent.parent / "var")).absolute()
    found = [var / name for name in _DATA if (var / name).exists()] + [
        path for pattern in _GLOBS for path in var.glob(pattern)
    ]
    if not found:
        sys.exit(f"There is no data under {var}.")
    if _somebody_uses(var):
        sys.exit("Redress is running on this data. Stop it first, with Ctrl-C.")
    print(f"This removes the database, the keys and all files of the demo under {var}.")
    if not sys.stdin.isatty():
        sys.exit("Nothing was removed: there is no terminal on which to ask whether you mean it.")
    if input("Type yes to remove them: ").strip() != "yes":
        sys.exit("Nothing was removed.")
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    print("Removed. `make demo` starts anew.")


def _somebody_uses(var: Path) -> bool:
    with (var / "up.json").open("a") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    if not (var / "pg").exists():
        return False
    cluster = Cluster(var / "pg")
    cluster.tidy()  # a server that a killed process left running
    return bool(cluster.users())


if __name__ == "__main__":
    main()
