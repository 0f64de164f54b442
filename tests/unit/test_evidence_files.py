"""What becomes of files that people hand in: honest ones, broken ones, and ones made to do harm."""

import hashlib
import os
import random
import sys
import zipfile
import zlib
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any

import pikepdf
import pytest
from django.utils import translation
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from appeals.evidence_files import EvidenceRefused, Limits, SafeFile, make_safe, sandbox
from appeals.evidence_files.refusals import SENTENCES

SCRIPT = b"alert(document.domain)"


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    output = BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def zipped() -> bytes:
    output = BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("payload.html", f"<script>{SCRIPT.decode()}</script>")
    return output.getvalue()


def rare(*kinds: str) -> list[Any]:
    """Kinds that only the long tests try: each costs a process."""
    return [pytest.param(kind, marks=pytest.mark.soak) for kind in kinds]


def written(pdf: Pdf) -> bytes:
    output = BytesIO()
    pdf.save(output, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return output.getvalue()


def document(pages: int = 1) -> Pdf:
    """A PDF that says `Paid in full` on each page."""
    pdf = pikepdf.new()
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(200, 100)).obj
        page.Resources = Dictionary(Font=Dictionary(F1=pdf.make_indirect(font)))
        page.Contents = pdf.make_stream(b"BT /F1 12 Tf 10 50 Td (Paid in full) Tj ET")
    return pdf


def refused(data: bytes, limits: Limits | None = None) -> str:
    """The code of the refusal."""
    with pytest.raises(EvidenceRefused) as caught:
        make_safe(data, limits or Limits())
    return caught.value.code


def page_text(safe: SafeFile) -> bytes:
    """Everything that the pages draw, forms drawn in included."""
    with pikepdf.open(BytesIO(safe.data)) as pdf:
        return b"".join(one.read_bytes() for one in pdf.objects if isinstance(one, Stream))


def all_keys_and_names(data: bytes) -> set[str]:
    found: set[str] = set()

    def walk(node: Any, depth: int = 0) -> None:
        if isinstance(node, Array):
            for child in node:
                walk(child, depth + 1)
        elif isinstance(node, Dictionary | Stream):
            for key, value in node.items():
                found.add(key)
                if isinstance(value, Name):
                    found.add(str(value))
                elif isinstance(value, pikepdf.Object) and not value.is_indirect:
                    walk(value, depth + 1)

    with pikepdf.open(BytesIO(data)) as pdf:
        found |= set(pdf.trailer.keys())
        for one in pdf.objects:
            walk(one)
    return found


# Honest files


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("I paid on 3 March.\r\n我已付清。🫨\n".encode(), "I paid on 3 March.\r\n我已付清。🫨\n"),
        ("\ufeffwith a mark".encode(), "with a mark"),
        ("法院收据：已付清\n".encode("gb18030"), "法院收据：已付清\n"),
        (b"a\tb", "a\tb"),
    ],
)
def test_text_is_kept_as_utf8(data: bytes, text: str) -> None:
    safe = make_safe(data)

    assert (safe.kind, safe.content_type) == ("text", "text/plain; charset=utf-8")
    assert safe.data.decode() == text
    assert safe.original_sha256 == hashlib.sha256(data).digest()
    assert safe.sha256 == hashlib.sha256(safe.data).digest()


@pytest.mark.parametrize("mode", ["RGB", *rare("1", "L", "CMYK")])
def test_a_jpeg_of_any_colour_stays_a_jpeg(mode: str) -> None:
    safe = make_safe(encoded(picture(mode), "JPEG"))

    assert (safe.kind, safe.content_type, safe.pixels) == ("jpeg", "image/jpeg", 2400)
    again = Image.open(BytesIO(safe.data))
    assert again.size == (60, 40)
    assert again.convert("L").getpixel((30, 1)) < 40 < 200 < again.convert("L").getpixel((30, 38))  # type: ignore[operator]


@pytest.mark.parametrize("mode", ["P", "RGBA", *rare("1", "L", "LA", "RGB", "I;16")])
def test_a_png_of_any_colour_shows_the_same(mode: str) -> None:
    original = picture("L").convert("I;16") if mode == "I;16" else picture(mode)
    again = Image.open(BytesIO(make_safe(encoded(original, "PNG")).data))

    assert again.size == (60, 40)
    assert again.convert("RGBA").tobytes() == original.convert(again.mode).convert("RGBA").tobytes()


def test_a_transparent_palette_stays_transparent() -> None:
    data = encoded(Image.new("P", (4, 4)), "PNG", transparency=0)

    assert Image.open(BytesIO(make_safe(data).data)).getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_a_phone_picture_loses_its_place_and_stands_upright() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Phone of Li Xiaoming"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    sideways = encoded(picture(), "JPEG", exif=exif, comment=b"home of Li Xiaoming", icc_profile=b"profile")
    safe = make_safe(sideways)

    again = Image.open(BytesIO(safe.data))
    assert again.size == (40, 60)
    assert not again.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(again.info)
    assert b"Li Xiaoming" not in safe.data


def test_of_a_phone_picture_with_depth_the_shown_picture_is_kept() -> None:
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture(size=(9, 9))])
    safe = make_safe(data)

    assert safe.kind == "jpeg"
    assert Image.open(BytesIO(safe.data)).size == (60, 40)
    assert getattr(Image.open(BytesIO(safe.data)), "n_frames", 1) == 1


def test_a_pdf_keeps_its_pages_and_loses_who_made_it() -> None:
    pdf = document(3)
    pdf.Root.Lang = pikepdf.String("zh-CN")
    pdf.docinfo["/Author"] = "Li Xiaoming"
    with pdf.open_metadata() as metadata:
        metadata["dc:creator"] = ["Li Xiaoming"]
    safe = make_safe(written(pdf))

    assert (safe.kind, safe.content_type, safe.pages) == ("pdf", "application/pdf", 3)
    assert page_text(safe).count(b"Paid in full") == 3
    assert b"Li Xiaoming" not in safe.data + page_text(safe)
    with pikepdf.open(BytesIO(safe.data)) as again:
        assert str(again.Root.Lang) == "zh-CN"
        assert not {"/Info"} & set(again.trailer.keys())


def test_a_pdf_whose_password_is_only_against_printing_is_taken() -> None:
    output = BytesIO()
    document().save(output, encryption=pikepdf.Encryption(owner="secret", user=""))
    safe = make_safe(output.getvalue())

    assert b"Paid in full" in page_text(safe)
    assert "/Encrypt" not in all_keys_and_names(safe.data)


def test_what_was_filled_in_and_noted_is_drawn_into_the_page() -> None:
    pdf = document()
    shown = pdf.make_stream(b"BT /F1 9 Tf (Case 1234) Tj ET")
    shown.update({"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": Array([0, 0, 50, 10])})
    drawn = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="number", V="Case 1234", F=4, Rect=[0, 0, 50, 10],
        AP=Dictionary(N=shown), AA=Dictionary(K=Dictionary(S=Name.JavaScript, JS="app.alert(1)")),
    )  # fmt: skip
    undrawn = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="court", V="District", F=4, Rect=[0, 20, 90, 40],
        DA="/F1 12 Tf 0 g",
    )  # fmt: skip
    fields = [pdf.make_indirect(drawn), pdf.make_indirect(undrawn)]
    pdf.pages[0].obj.Annots = Array(fields)
    resources = Dictionary(Font=pdf.pages[0].obj.Resources.Font)
    pdf.Root.AcroForm = Dictionary(Fields=Array(fields), DR=resources, NeedAppearances=True, XFA="<xfa/>")
    safe = make_safe(written(pdf))

    assert b"Case 1234" in page_text(safe)
    assert b"District" in page_text(safe)
    assert not {"/AcroForm", "/Annots", "/XFA", "/JS"} & all_keys_and_names(safe.data)


def test_a_filled_in_field_that_we_cannot_draw_is_not_lost_silently() -> None:
    pdf = document()
    field = pdf.make_indirect(
        Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="name", V="李晓明", F=4, Rect=[0, 0, 9, 9])
    )
    pdf.pages[0].obj.Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), DA="/Helv 12 Tf 0 g")

    assert refused(written(pdf)) == "too_complex"


# Files that do something


def active_document() -> bytes:
    """A PDF with every way of acting that we know of, some of them in odd places."""
    pdf = document()
    script = Dictionary(S=Name.JavaScript, JS=SCRIPT.decode())
    launch = Dictionary(S=Name.Launch, F="/bin/sh", Next=script)
    attached = pdf.make_stream(b"MZ executable")
    file = Dictionary(Type=Name.Filespec, F="x.exe", EF=Dictionary(F=attached))
    root, page = pdf.Root, pdf.pages[0].obj
    root.OpenAction = launch
    root.AA = Dictionary(WC=script)
    root.URI = Dictionary(Base="http://attacker.example/")
    root.AF = Array([pdf.make_indirect(file)])
    names = Dictionary(JavaScript=Dictionary(Names=["x", script]), EmbeddedFiles=Dictionary(Names=["x.exe", file]))
    root.Names = names
    root.Outlines = Dictionary(First=pdf.make_indirect(Dictionary(Title="x", A=script)))
    root.Unknown = Dictionary(Deep=Array([script]))
    page.AA = Dictionary(O=launch)
    page.Unknown = script
    link = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=[0, 0, 9, 9],
        A=Dictionary(S=Name.URI, URI="http://x.example"),
    )
    movie = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9], RichMediaContent=attached)
    page.Annots = Array([pdf.make_indirect(link), pdf.make_indirect(movie)])
    root.StructTreeRoot = pdf.make_indirect(
        Dictionary(Type=Name.StructTreeRoot, K=Dictionary(Type=Name.OBJR, Obj=page.Annots[0], Odd=script))
    )
    elsewhere = pdf.make_stream(b"", F="/etc/passwd", FFilter=Name.FlateDecode)
    postscript = pdf.make_stream(b"(%!PS) run", Type=Name.XObject, Subtype=Name.PS)
    opi = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 1, 1], OPI=Dictionary(F="x"))
    page.Resources.XObject = Dictionary(X=elsewhere, Y=postscript, Z=opi)
    return written(pdf)


def test_nothing_that_acts_is_left_in_a_pdf() -> None:
    safe = make_safe(active_document())

    active = {
        "/JavaScript", "/JS", "/Launch", "/URI", "/AA", "/A", "/OpenAction", "/Names", "/EmbeddedFiles",
        "/EF", "/AF", "/RichMediaContent", "/Outlines", "/Annots", "/OPI", "/F", "/FFilter", "/Unknown",
    }  # fmt: skip
    assert not active & all_keys_and_names(safe.data)
    everything = safe.data + page_text(safe)
    assert not [hidden for hidden in (SCRIPT, b"MZ executable", b"run", b"passwd", b"http") if hidden in everything]
    assert b"Paid in full" in everything


def test_making_safe_again_takes_nothing_more_away() -> None:
    once = make_safe(active_document())
    twice = make_safe(once.data)

    assert page_text(twice) == page_text(once)
    assert all_keys_and_names(twice.data) == all_keys_and_names(once.data)


POLYGLOTS = {
    "PDF behind a script": b"/*" + written(document()) + b"*/" + SCRIPT,
    "PDF before a ZIP": written(document()) + zipped(),
    "PDF with a ZIP before it": b"PK\x03\x04" + SCRIPT + b"\n" + written(document()),
    "PDF behind a ZIP": zipped() + written(document()),
    "JPEG before a ZIP": encoded(picture(), "JPEG") + zipped(),
    "JPEG with a script as its comment": encoded(picture(), "JPEG", comment=b"*/" + SCRIPT + b"/*"),
    "JPEG with a PDF as its comment": encoded(picture(), "JPEG", comment=written(document()) + SCRIPT),
    "PNG before a page with a script": encoded(picture(), "PNG") + b"<script>" + SCRIPT + b"</script>",
}


@pytest.mark.parametrize("name", [*list(POLYGLOTS)[:3], *rare(*list(POLYGLOTS)[3:])])
def test_a_file_that_is_two_things_comes_out_as_one(name: str) -> None:
    data = POLYGLOTS[name]
    assert SCRIPT in data
    safe = make_safe(data)

    assert safe.kind == name.split()[0].lower()
    assert SCRIPT not in safe.data
    assert not zipfile.is_zipfile(BytesIO(safe.data))
    start = {"pdf": b"%PDF-", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}[safe.kind]
    end = {"pdf": b"%%EOF\n", "jpeg": b"\xff\xd9", "png": b"IEND\xaeB`\x82"}[safe.kind]
    assert safe.data.startswith(start)
    assert safe.data.endswith(end)
    assert safe.kind == "pdf" or b"%PDF" not in safe.data


def test_a_png_loses_text_hidden_in_its_chunks() -> None:
    info = PngInfo()
    info.add_text("Comment", SCRIPT.decode(), zip=True)
    info.add_itxt("XML:com.adobe.xmp", SCRIPT.decode())
    safe = make_safe(encoded(picture(), "PNG", pnginfo=info, exif=b"Exif\0\0" + SCRIPT))

    assert set(Image.open(BytesIO(safe.data)).info) == set()
    kinds = [safe.data[at + 4 : at + 8] for at in _chunks(safe.data)]
    assert set(kinds) == {b"IHDR", b"IDAT", b"IEND"}


def _chunks(png: bytes) -> list[int]:
    starts, at = [], 8
    while at < len(png):
        starts.append(at)
        at += 12 + int.from_bytes(png[at : at + 4])
    return starts


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a/*\x01\x00\x80\x00\x00\x00*/=1;" + SCRIPT,
        encoded(picture("P"), "GIF"),
        encoded(picture(), "WEBP"),
        encoded(picture(), "TIFF"),
        zipped(),
        zipped() + bytes(1024) + written(document()),
        b"\x7fELF\x02\x01\x01\x00" + bytes(64),
        b"text with a control \x07 character",
        "UTF-16".encode("utf-16"),
        random.Random(7).randbytes(5000),
    ],
    ids=["gif-js", "gif", "webp", "tiff", "zip", "zip-pdf", "elf", "bell", "utf-16", "noise"],
)
def test_anything_else_is_refused(data: bytes) -> None:
    assert refused(data) == "unsupported"


def test_a_page_with_a_script_is_text_and_nothing_but_text() -> None:
    safe = make_safe(b"<html><script>" + SCRIPT + b"</script></html>")

    assert safe.content_type == "text/plain; charset=utf-8"


def test_text_about_pdf_is_text() -> None:
    assert make_safe(b"A PDF begins with %PDF-1.7 they say.").kind == "text"


# Broken files and bombs


@pytest.mark.parametrize("data", [b"", b" \n\t ", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert refused(data) == "empty"


@pytest.mark.parametrize(
    "data",
    [
        encoded(picture(), "JPEG")[:-300],
        encoded(picture(size=(400, 400)), "PNG")[:-400],
        written(document())[:60],
        b"%PDF-1.7\n" + random.Random(7).randbytes(2000),
    ],
    ids=["jpeg", "png", "pdf", "pdf-noise"],
)
def test_a_damaged_file_is_refused(data: bytes) -> None:
    assert refused(data) == "not_readable"


def test_a_pdf_with_a_password_is_refused_and_told_why() -> None:
    output = BytesIO()
    document().save(output, encryption=pikepdf.Encryption(owner="secret", user="secret"))

    with pytest.raises(EvidenceRefused, match="password"):
        make_safe(output.getvalue())


def test_a_picture_that_moves_is_refused() -> None:
    data = encoded(picture(), "PNG", save_all=True, append_images=[picture(size=(60, 40)).rotate(90)])

    assert refused(data) == "animated"


def test_limits_are_named_in_the_sentence() -> None:
    with pytest.raises(EvidenceRefused, match="larger than 10 MB"):
        make_safe(bytes(10 * 1024 * 1024 + 1))
    with pytest.raises(EvidenceRefused, match="more than 2 pages"):
        make_safe(written(document(3)), Limits(max_pages=2))


def test_a_picture_of_too_many_points_is_refused_before_it_is_unpacked() -> None:
    bomb = encoded(Image.new("1", (9_000, 9_000)), "PNG")
    assert len(bomb) < 100_000

    assert refused(bomb) == "too_many_pixels"


def packed_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(megabytes)) + packer.flush()


@pytest.fixture(scope="module")
def zeros() -> bytes:
    return packed_zeros(600)


@pytest.mark.parametrize(
    "filters",
    [
        pytest.param([Name.FlateDecode], id="once", marks=pytest.mark.soak),
        pytest.param([Name.FlateDecode, Name.FlateDecode], id="twice"),
        pytest.param([Name.FlateDecode, Name.DCTDecode], id="as a picture", marks=pytest.mark.soak),
    ],
)
def test_a_pdf_that_unpacks_to_gigabytes_is_refused(zeros: bytes, filters: list[Name]) -> None:
    pdf = document()
    data = zlib.compress(zeros, 9) if filters[1:] == [Name.FlateDecode] else zeros
    stream = Stream(pdf, data)
    stream.Filter = Array(filters)
    pdf.pages[0].obj.Contents = pdf.make_indirect(stream)
    bomb = written(pdf)
    assert len(bomb) < 1_000_000

    assert refused(bomb) == "too_complex"


@pytest.mark.soak
def test_a_small_file_that_is_packed_twice_is_not_unpacked_far(zeros: bytes) -> None:
    pdf = document()
    data = zlib.compress(packed_zeros(200), 9)
    pdf.pages[0].obj.Contents = Stream(pdf, data, Filter=Array([Name.FlateDecode, Name.FlateDecode]))
    bomb = written(pdf)
    assert len(bomb) < 3_000

    assert refused(bomb) == "too_complex"


def test_white_pages_pack_tightly_and_are_taken() -> None:
    pdf = document()
    white = packed_zeros(20)
    picture = Stream(pdf, white, Filter=Name.FlateDecode, Type=Name.XObject, Subtype=Name.Image)
    picture.update({"/Width": 4096, "/Height": 5120, "/BitsPerComponent": 8, "/ColorSpace": Name.DeviceGray})
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Scan=pdf.make_indirect(picture)))

    assert make_safe(written(pdf)).kind == "pdf"


@pytest.mark.soak
def test_many_streams_that_unpack_to_too_much_together_are_refused() -> None:
    pdf = document()
    data = packed_zeros(10)
    contents = [pdf.make_indirect(Stream(pdf, data, Filter=Name.FlateDecode)) for _ in range(30)]
    pdf.pages[0].obj.Contents = Array(contents)

    assert refused(written(pdf)) == "too_complex"


def test_a_pdf_with_a_huge_picture_is_refused() -> None:
    pdf = document()
    huge = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Image, Width=60_000, Height=60_000)
    pdf.pages[0].obj.Resources.XObject = Dictionary(X=huge)

    assert refused(written(pdf)) == "too_many_pixels"


def test_a_pdf_of_too_many_objects_is_refused() -> None:
    pdf = document()
    pdf.Root.Many = Array([pdf.make_indirect(Dictionary()) for _ in range(200)])

    assert refused(written(pdf), Limits(max_objects=100)) == "too_complex"


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\n" + b"[" * 200_000,
        b"%PDF-1.4\n" + b"<<" * 200_000,
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 9/Kids[2 0 R]>>endobj\ntrailer<</Root 1 0 R>>\n",
    ],
    ids=["arrays", "dictionaries", "pages within themselves"],
)
def test_a_pdf_that_goes_in_circles_or_too_deep_is_refused(data: bytes) -> None:
    assert refused(data) in {"not_readable", "too_complex"}


# The child


def test_a_file_that_takes_too_long_is_given_up() -> None:
    slow = b"%PDF-1.4\n" + b"1 0 obj\n" * 1_200_000

    assert refused(slow, Limits(max_seconds=1)) == "too_complex"


@pytest.mark.soak
def test_a_file_that_needs_too_much_memory_is_given_up() -> None:
    data = encoded(Image.new("RGB", (4000, 4000)), "PNG")

    assert make_safe(data).kind == "png"
    assert refused(data, Limits(max_memory=120 * 1024 * 1024)) == "too_complex"


@pytest.mark.parametrize(
    "program",
    ["import os; os.abort()", "import time; time.sleep(60)", "print('nonsense')", "print('[1]')"],
    ids=["crashes", "hangs", "says nonsense", "says something else"],
)
def test_whatever_the_child_does_the_person_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(sandbox, "_COMMAND", [sys.executable, "-c", program])

    assert refused(b"data", Limits(max_seconds=1)) == "too_complex"


def test_the_child_knows_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_SECRET_KEY", "do not tell")
    tell = "import json, os; print(json.dumps({'kind': ' '.join(os.environ), 'content_type': ''}))"
    monkeypatch.setattr(sandbox, "_COMMAND", [sys.executable, "-c", tell])

    assert "REDRESS_SECRET_KEY" in os.environ
    assert set(make_safe(b"data").kind.split()) <= {"LANG", "LC_CTYPE", "PATH"}


def test_more_files_at_once_than_we_can_check_are_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    places = BoundedSemaphore(1)
    places.acquire()
    monkeypatch.setattr(sandbox, "_places", places)

    assert refused(b"data", Limits(max_seconds=1)) == "busy"


@pytest.mark.parametrize("code", SENTENCES)
def test_every_refusal_has_a_sentence(code: str) -> None:
    with translation.override("en"):
        message = EvidenceRefused(code, megabytes=10, megapixels=50, pages=200).message

    assert message.endswith(".")
    assert "%" not in message
