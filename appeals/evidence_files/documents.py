"""PDF: parsed, stripped of everything that acts, reaches out or hides, and written anew.

# Note [Sanitising]
Four passes, from the known to the unknown. What people filled in or noted (forms, comments) is drawn into
the page, so that nothing has to stay alive to be seen. pikepdf's sanitizer takes out scripts, actions,
attachments and media where they are expected. Of the catalogue and of each page only the keys stay that a
viewer needs to show them and to read them aloud. A sweep over all objects then deletes what can act, wherever
it hangs. Objects that nothing refers to, and bytes before the header or after the end, are not written.
"""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, DataDecodingError, Dictionary, Name, PasswordError, Pdf, PdfError, Stream
from pikepdf.sanitize import Sanitizer
from pikepdf.settings import set_qpdf_limits

from appeals.evidence_files.verdict import MEGABYTE, Limits, Parsed, Refusal

_HEADER = b"%PDF-"
_HEADER_WITHIN = 1024  # where readers look for it; without this, qpdf would take a PDF out of a ZIP
_SANITIZER = (
    Sanitizer()
    .remove_javascript()
    .remove_external_access()
    .remove_attachments()
    .remove_multimedia()
    .remove_collection()
    .remove_private_app_data()
    .remove_search_index()
    .remove_thumbnails()
    .remove_web_capture()
)
_CATALOGUE = frozenset({"/Type", "/Pages", "/Lang", "/MarkInfo", "/StructTreeRoot", "/PageLabels", "/OCProperties"})
_PAGE = frozenset(
    {"/Type", "/Parent", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit"}
    | {"/Group", "/StructParents", "/Tabs"}
)
# Scripts, actions, attachments, forms made of XML, references to other files, PostScript, metadata.
_ACTIVE = frozenset(
    {"/AA", "/AF", "/Alternates", "/EF", "/JavaScript", "/JS", "/Metadata", "/OpenAction", "/OPI"}
    | {"/PieceInfo", "/PS", "/Ref", "/RichMediaContent", "/URI", "/XFA"}
)
_ON_STREAMS = frozenset({"/F", "/FFilter", "/FDecodeParms"})  # the data stands in another file
_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/URI", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/ResetForm"}
    | {"/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/Hide", "/Named", "/Trans", "/GoTo3DView"}
)
_PICTURE_CODECS = frozenset({"/DCTDecode", "/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode", "/DCT", "/CCF"})
# No honest writer packs tighter than one pass of deflate can; a bomb packs what is packed already.
_TIGHTEST = 1032


def parse(data: bytes, limits: Limits) -> Parsed | None:
    """The document as it may be stored, or None if this is no PDF. Raises `Refusal`."""
    if _HEADER not in data[:_HEADER_WITHIN]:
        return None
    limits = replace(limits, max_unpacked=min(limits.max_unpacked, max(MEGABYTE, _TIGHTEST * len(data))))
    _limit_qpdf(limits.max_unpacked)
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            return _sanitise(pdf, limits)
    except PasswordError:
        raise Refusal("encrypted") from None
    except (PdfError, ValueError, TypeError, KeyError):
        # Text may speak of PDF in its first lines; what begins as one and cannot be parsed is a broken one.
        if data.startswith(_HEADER):
            raise Refusal("not_readable") from None
        return None


def _limit_qpdf(size: int) -> None:
    set_qpdf_limits(
        flate_max_memory=size,
        png_max_memory=size,
        run_length_max_memory=size,
        tiff_max_memory=size,
        dct_max_memory=size,
        dct_max_progressive_scans=100,
        max_stream_filters=5,
        doc_max_warnings=1000,
    )


def _sanitise(pdf: Pdf, limits: Limits) -> Parsed:
    pages = len(pdf.pages)
    if not pages:
        raise Refusal("not_readable")
    if pages > limits.max_pages:
        raise Refusal("too_many_pages")
    if len(pdf.objects) > limits.max_objects:
        raise Refusal("too_complex")
    _check_streams(pdf, limits)
    _draw_forms(pdf)
    _SANITIZER.apply(pdf)
    _keep_only(pdf.Root, _CATALOGUE)
    for page in pdf.pages:
        _keep_only(page.obj, _PAGE)
    for owner in _dictionaries(pdf):
        _disarm(owner)
    _keep_only(pdf.trailer, frozenset({"/Root", "/Size"}))
    output = BytesIO()
    pdf.save(output, deterministic_id=True, encryption=False, preserve_pdfa=False)
    return Parsed("pdf", "application/pdf", output.getvalue(), pages=pages)


def _check_streams(pdf: Pdf, limits: Limits) -> None:
    """Refuse what unpacks to too much: a reader would do later what we do not do here."""
    unpacked = 0
    for stream in pdf.objects:
        if not isinstance(stream, Stream):
            continue
        if stream.get(Name.Subtype) == Name.Image and _points(stream) > limits.max_pixels:
            raise Refusal("too_many_pixels")
        unpacked += _unpacked_size(pdf, stream)
        if unpacked > limits.max_unpacked:
            raise Refusal("too_complex")


def _points(picture: Stream) -> int:
    width, height = picture.get(Name.Width), picture.get(Name.Height)
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _unpacked_size(pdf: Pdf, stream: Stream) -> int:
    filters: Any = stream.get(Name.Filter, [])
    names = [str(name) for name in (filters if isinstance(filters, Array) else [filters])]
    raw = stream.read_raw_bytes()
    packed = [name for name in names if name not in _PICTURE_CODECS]
    if not packed:
        return len(raw)
    probe = stream
    if packed != names:  # a JPEG packed once more: qpdf unpacks all or nothing, so it gets the outer layers only
        probe = Stream(pdf, raw)
        probe[Name.Filter] = Array([Name(name) for name in packed])
    try:
        return len(probe.read_bytes())
    except DataDecodingError as error:
        if "limit exceeded" in str(error):
            raise Refusal("too_complex") from None
        return len(raw)  # damaged: a reader does not unpack it either
    except PdfError:
        return len(raw)  # packed in a way that qpdf does not know


def _draw_forms(pdf: Pdf) -> None:
    """Draw what was filled in and noted into the pages, and leave no form."""
    form = pdf.Root.get(Name.AcroForm)
    if isinstance(form, Dictionary):
        if pdf.Root.get(Name.NeedsRendering):  # the pages are made from XML by one maker's reader
            raise Refusal("too_complex")
        _draw_undrawn_fields(pdf)
        # qpdf would otherwise draw every field again, and knows Western letters only.
        form[Name.NeedAppearances] = False
    pdf.flatten_annotations("all")


def _draw_undrawn_fields(pdf: Pdf) -> None:
    for field in pdf.acroform.fields:
        for widget in pdf.acroform.get_annotations_for_field(field):
            if Name.AP in widget.obj or not (field.is_text or field.is_choice) or not field.value_as_string:
                continue
            if not field.value_as_string.isascii():
                raise Refusal("too_complex")
            field.generate_appearance(widget)


def _keep_only(owner: Any, keys: frozenset[str]) -> None:
    for key in set(owner.keys()) - keys:
        del owner[key]


def _dictionaries(pdf: Pdf) -> Iterator[Any]:
    """Every dictionary and stream of the file, also those inside others."""
    for start in pdf.objects:
        stack: list[Any] = [start]
        while stack:
            node = stack.pop()
            if isinstance(node, Array):
                children = list(node)
            elif isinstance(node, Dictionary | Stream):
                yield node
                children = [value for _key, value in node.items()]
            else:
                continue
            stack += [
                child for child in children if isinstance(child, Array | Dictionary | Stream) and not child.is_indirect
            ]


def _disarm(owner: Any) -> None:
    subtype = owner.get(Name.Subtype)
    is_stream = isinstance(owner, Stream)
    if not is_stream and (str(owner.get(Name.S)) in _ACTIONS or Name.Rect in owner):
        _keep_only(owner, frozenset())  # an action, or an annotation that something else still refers to
        return
    for key in set(owner.keys()) & (_ACTIVE | (_ON_STREAMS if is_stream else frozenset())):
        del owner[key]
    if is_stream and subtype == Name.PS:
        owner.write(b"")
