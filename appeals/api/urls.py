"""Under `/api/v1/`."""

from django.urls import path

from appeals.api import endpoints

app_name = "appeals-api"
urlpatterns = [
    path("procedures/", endpoints.Procedures.as_view(), name="procedures"),
    path("cases/", endpoints.Cases.as_view(), name="cases"),
    path("cases/<slug:reference>/", endpoints.OneCase.as_view(), name="case"),
    path("cases/<slug:reference>/evidence/", endpoints.EvidenceOfCase.as_view(), name="evidence"),
    path("cases/<slug:reference>/documents/", endpoints.DocumentsOfCase.as_view(), name="documents"),
    path("cases/<slug:reference>/receipts/", endpoints.ReceiptsOfCase.as_view(), name="receipts"),
    path("cases/<slug:reference>/completion/", endpoints.Completion.as_view(), name="completion"),
    path("cases/<slug:reference>/turned-away/", endpoints.TurnedAway.as_view(), name="turned-away"),
    path(
        "cases/<slug:reference>/turned-away/letter.pdf",
        endpoints.LetterOfTurnedAway.as_view(),
        name="turned-away-letter",
    ),
    path("cases/<slug:reference>/revival/", endpoints.Revival.as_view(), name="revival"),
    path("cases/<slug:reference>/withdrawal/", endpoints.Withdrawal.as_view(), name="withdrawal"),
    path("cases/<slug:reference>/decision/", endpoints.DecisionOfCase.as_view(), name="decision"),
    path("cases/<slug:reference>/decision/letter.pdf", endpoints.LetterOfDecision.as_view(), name="letter"),
]
