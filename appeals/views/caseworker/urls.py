"""What officials of a holder work with, under `/casework/`."""

from django.urls import path

from appeals.views.caseworker import approve, case, days, deadline, decide, paper_case, queue, steps, told, turn_away

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("told/", told.told, name="office-told"),
    path("days/", days.days, name="days"),
    path("days/<int:day_id>/take-back/", days.take_back, name="day-take-back"),
    path("<str:reference>/", case.case, name="casework-case"),
    path("<str:reference>/take/", steps.take, name="casework-take"),
    path("<str:reference>/accept-excuse/", steps.accept_excuse, name="casework-accept-excuse"),
    path("<str:reference>/give-back/", steps.give_back, name="casework-give-back"),
    path("<str:reference>/ask/", steps.ask, name="casework-ask"),
    path("<str:reference>/go-on-without/", steps.go_on_without, name="casework-go-on-without"),
    path("<str:reference>/turn-away/", turn_away.turn_away, name="casework-turn-away"),
    path("<str:reference>/check-turning-away/", turn_away.check, name="casework-check-turning-away"),
    path("<str:reference>/decide/", decide.decide, name="casework-decide"),
    path("<str:reference>/approve/", approve.approve, name="casework-approve"),
    path("<str:reference>/paper/withdraw/", paper_case.withdraw, name="paper-withdraw"),
    path("<str:reference>/paper/undo-withdrawal/", paper_case.undo_withdrawal, name="paper-undo-withdrawal"),
    path("<str:reference>/paper/answer/", paper_case.answer, name="paper-answer"),
    path("<str:reference>/paper/something-new/", paper_case.something_new, name="paper-something-new"),
    path("<str:reference>/paper/evidence/", paper_case.evidence, name="paper-evidence"),
    path("<str:reference>/deadlines/<slug:name>/", deadline.deadline, name="casework-deadline"),
    path("<str:reference>/deadlines/<slug:name>/go-on/", deadline.go_on, name="casework-deadline-go-on"),
    path("<str:reference>/undo/<uuid:remedy_id>/", steps.undo, name="casework-undo"),
    path("<str:reference>/evidence/<uuid:evidence_id>/", case.evidence, name="casework-evidence"),
]
