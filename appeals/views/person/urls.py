"""The person's pages about disputes: writing one, following one, reading the answer, and messages."""

from django.urls import path

from appeals.views.person import (
    cases,
    completing,
    decision,
    documents,
    evidence,
    late,
    messages,
    receipts,
    send,
    turned_away,
    what,
    why,
)

urlpatterns = [
    path("dispute/", what.start, name="dispute"),
    path("dispute/<uuid:draft_id>/", what.tasks, name="draft"),
    path("dispute/<uuid:draft_id>/what/", what.what, name="dispute-what"),
    path("dispute/<uuid:draft_id>/procedure/", what.procedure, name="dispute-procedure"),
    path("dispute/<uuid:draft_id>/<int:item_id>/why/", why.why, name="dispute-why"),
    path("dispute/<uuid:draft_id>/<int:item_id>/details/", why.details, name="dispute-details"),
    path("dispute/<uuid:draft_id>/late/", late.late, name="dispute-late"),
    path("dispute/<uuid:draft_id>/evidence/", evidence.draft_evidence, name="dispute-evidence"),
    path(
        "dispute/<uuid:draft_id>/evidence/<uuid:evidence_id>/remove/",
        evidence.remove_draft_evidence,
        name="dispute-evidence-remove",
    ),
    path("dispute/<uuid:draft_id>/documents/<slug:document_id>/", documents.of_draft, name="dispute-document"),
    path("dispute/<uuid:draft_id>/check/", send.check, name="dispute-check"),
    path("dispute/<uuid:draft_id>/sent/", send.sent, name="dispute-sent"),
    path("dispute/<uuid:draft_id>/discard/", what.discard, name="dispute-discard"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<str:reference>/", cases.case, name="case"),
    path("cases/<str:reference>/evidence/", evidence.case_evidence, name="case-evidence"),
    path("cases/<str:reference>/evidence/<uuid:evidence_id>/", evidence.read, name="case-evidence-file"),
    path("cases/<str:reference>/receipts/<int:entry_id>/", receipts.receipt, name="receipt"),
    path(
        "cases/<str:reference>/receipts/<int:entry_id>/full/",
        receipts.receipt_in_full,
        name="receipt-in-full",
    ),
    path("cases/<str:reference>/documents/<slug:document_id>/", documents.of_case, name="case-document"),
    path("cases/<str:reference>/complete/", completing.complete, name="complete"),
    path("cases/<str:reference>/turned-away/", turned_away.turned_away, name="turned-away"),
    path("cases/<str:reference>/turned-away/letter.pdf", turned_away.letter_pdf, name="turned-away-letter"),
    path("cases/<str:reference>/something-new/", turned_away.something_new, name="something-new"),
    path("cases/<str:reference>/withdraw/", cases.withdraw, name="withdraw"),
    path("cases/<str:reference>/withdraw/confirm/", cases.confirm_withdrawal, name="confirm-withdrawal"),
    path("cases/<str:reference>/undo-withdrawal/", cases.undo_withdrawal, name="undo-withdrawal"),
    path("cases/<str:reference>/decision/", decision.decision, name="decision"),
    path("cases/<str:reference>/decision/letter.pdf", decision.letter_pdf, name="letter"),
    path("messages/", messages.messages, name="messages"),
]
