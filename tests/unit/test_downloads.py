"""The name under which a file leaves: what a reader opens is what it was found to be."""

import pytest

from appeals.views.download import download


@pytest.mark.parametrize(
    ("name", "kind", "leaves_as"),
    [
        ("receipt.txt", "text", "receipt.txt"),
        ("page.html", "text", "page.html.txt"),
        ("drawing.svg", "text", "drawing.svg.txt"),
        ("run.bat", "text", "run.bat.txt"),
        ("scan.PDF", "pdf", "scan.PDF"),
        ("scan.exe", "pdf", "scan.exe.pdf"),
        ("photo.jpeg", "jpeg", "photo.jpeg"),
        ("photo.JPG", "jpeg", "photo.JPG"),
        ("photo.jpg", "png", "photo.jpg.png"),
        ("no ending", "png", "no ending.png"),
    ],
)
def test_a_download_has_the_ending_of_what_it_is(name: str, kind: str, leaves_as: str) -> None:
    assert download(name, kind, b"x")["Content-Disposition"] == f'attachment; filename="{leaves_as}"'
