"""A page that checks a receipt as `tools/redress_verify.py` does, and says how to do it without us."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from appeals import presentation
from audit import publishing, signing, tiles
from audit.publishing import NotPublished
from tools import redress_verify
from tools.redress_verify import Proved, Rejected

# What is wrong with a receipt, in words for people: one for each code of the verifier.
SENTENCES = {
    "too_big": gettext_lazy("This file is too big to be a receipt. Choose the file that ends in .tlog-proof."),
    "not_text": gettext_lazy("This file is not a receipt. Choose the file that ends in .tlog-proof."),
    "not_a_receipt": gettext_lazy("This file is not a receipt. Choose the file that ends in .tlog-proof."),
    "unknown_version": gettext_lazy("This receipt is of a version that we do not know."),
    "cut_short": gettext_lazy("This receipt is not whole. Save it again from your case, and choose that file."),
    "bad_line": gettext_lazy("This receipt was altered: a line in it is not what it should be."),
    "no_signature": gettext_lazy("This receipt proves nothing: the signature is missing."),
    "bad_checkpoint": gettext_lazy("This receipt was altered: what should be signed in it is not there."),
    "unknown_signer": gettext_lazy("This receipt is of another log, or was signed with a key that is not ours."),
    "false_signature": gettext_lazy("This receipt was altered: its signature is false."),
    "not_included": gettext_lazy("This receipt was altered: its entry is not at that place of the log."),
    "no_leaf": gettext_lazy("This receipt does not say what it is about."),
    "bad_leaf": gettext_lazy("The entry in this receipt is of a kind that we do not know."),
    "another_log": gettext_lazy("The entry in this receipt belongs to another log."),
    "false_disclosure": gettext_lazy("This receipt was altered: a fact in it does not belong to its entry."),
    "too_few_witnesses": gettext_lazy("Too few independent witnesses have signed."),
    "false_witness": gettext_lazy("This receipt was altered: the signature of a witness is false."),
    "bad_key": gettext_lazy("The log has no public key yet. Try again later."),
    "unreachable": gettext_lazy("Our log cannot be read now. Try again later."),
    "bad_log": gettext_lazy(
        "Our log shows no signature of its own today. Keep the receipt, and ask somebody who watches it."
    ),
    "shrunk": gettext_lazy(
        "Our log holds less than this receipt proves. Keep the receipt: it shows that entries are gone."
    ),
    "rewritten": gettext_lazy(
        "Our log does not go on from what this receipt proves. Keep it: our history was rewritten."
    ),
}


# What checks a receipt without this service.
TOOLS = (
    gettext_lazy(
        "Our program redress_verify.py: one file for Python. Whoever can read programs can read it in an hour."
    ),
    gettext_lazy(
        "Programs by others that read the same formats: Go’s golang.org/x/mod/sumdb (note, tlog), sigstore, and any"
        " that knows c2sp.org/tlog-proof."
    ),
    gettext_lazy("OpenSSL checks the signature alone."),
)


class ReceiptForm(forms.Form):
    """One receipt."""

    file = forms.FileField(
        label=gettext_lazy("Choose a receipt"),
        help_text=gettext_lazy("The file that you saved from your case. Its name ends in .tlog-proof."),
        error_messages={
            "required": gettext_lazy("Choose a file first"),
            "empty": gettext_lazy("This file is empty. Choose another file."),
        },
    )


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Takes a receipt, keeps nothing of it, and says what it proves."""
    form, context, status = ReceiptForm(), dict[str, Any](), 200
    if request.method == "POST":
        form = ReceiptForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                context = _shown(_checked(form.cleaned_data["file"].read(redress_verify.MOST_BYTES + 1)))
            except Rejected as problem:
                form.add_error("file", str(SENTENCES[problem.code]))
        status = 422 if form.errors else 200
    newest = publishing.newest()
    keys = [str(key) for key in signing.verifiers()]
    context |= {"form": form, "checkpoint": newest, "keys": keys, "tools": TOOLS}
    return render(request, "log/check.html", {**context, "witnesses": len(publishing.witnesses())}, status=status)


def _checked(data: bytes) -> Proved:
    keys = [str(key) for key in signing.verifiers()]
    witnesses = [str(verifier) for verifier, _url in publishing.witnesses()]
    proved = redress_verify.check(redress_verify.read_receipt(data), keys, witnesses)
    redress_verify.check_against(proved, keys, _fetch)
    return proved


def _fetch(path: str) -> bytes:
    """What stands at an address of our own log."""
    if path == "checkpoint":
        newest = publishing.newest()
        if newest is None:
            raise Rejected("unreachable")
        return publishing.signed(newest).encode()
    _tile, level, place = path.split("/", 2)
    try:
        return publishing.tile(int(level), tiles.parse(place))
    except NotPublished:
        raise Rejected("rewritten") from None


def _shown(proved: Proved) -> dict[str, Any]:
    hour = datetime.strptime(proved.hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)
    at = proved.facts.get("at")
    return {
        "proved": proved,
        "what": presentation.receipt_title(proved.kind),
        "reference": str(proved.facts.get("reference", "")),
        "at": datetime.fromisoformat(at) if isinstance(at, str) else hour,
        "seen_by": ", ".join(name for name, _when in proved.witnesses),
    }
