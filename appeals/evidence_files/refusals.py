"""Why a file is not taken, in sentences for the person who handed it in."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "empty": _("This file is empty. Choose another file."),
    "too_large": _("This file is larger than %(megabytes)d MB. Choose a smaller file, or split it."),
    "unsupported": _(
        "We cannot take this kind of file. Hand in a picture (JPEG or PNG), a PDF or plain text. "
        "A screenshot of the document works too."
    ),
    "not_readable": _("This file is damaged or incomplete. Save or scan the document again, then hand it in."),
    "encrypted": _("This PDF is protected by a password. Save a copy without the password, then hand it in."),
    "animated": _("This picture moves. Hand in the one picture that you mean, as JPEG or PNG."),
    "too_many_pixels": _(
        "This picture, or one in this PDF, has more than %(megapixels)d million points. "
        "Save it smaller, then hand it in."
    ),
    "too_many_pages": _("This PDF has more than %(pages)d pages. Hand in the pages that matter."),
    "too_complex": _(
        "This file is too complicated for us to check. "
        "Print it as a new PDF or take a picture of the document, then hand that in."
    ),
    "busy": _("We are checking many files just now. Nothing was stored. Try again in a minute."),
    "infected": _("Our virus scanner found something harmful in this file. Nothing was stored."),
    "not_scanned": _("We cannot check files for viruses just now. Nothing was stored. Try again later."),
}


class EvidenceRefused(Exception):
    """We cannot take this file."""

    def __init__(self, code: str, **facts: int) -> None:
        self.code = code
        self.message = str(SENTENCES[code]) % facts if facts else str(SENTENCES[code])
        super().__init__(self.message)
