from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Subject
from appeals.models.case import Case


class CompletionRequest(models.Model):
    """What a caseworker asked the person to hand in, because without it nobody can look into the case.

    `rule`: the screening rule of the procedure. `sealed`: what is missing, in words; `sealed_answer`: what the
    person wrote to it. `ended_at`: when it was answered, or when the case went on, or was
    to be turned away, without an answer. `received_on`, `posted_on`: of an answer on paper, as for the case.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="completion_requests")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=20)
    sealed = models.BinaryField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    sealed_answer = models.BinaryField(null=True)
    ended_at = models.DateTimeField(null=True)
    received_on = models.DateField(null=True)
    posted_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="one_open_completion_request_a_case"
            ),
            models.CheckConstraint(
                name="a_completion_request_that_was_answered_is_over",
                condition=Q(sealed_answer__isnull=True) | Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="only_an_answer_was_received_and_not_before_it_was_posted",
                condition=Q(received_on__isnull=True, posted_on__isnull=True)
                | Q(received_on__isnull=False, posted_on__isnull=True, ended_at__isnull=False)
                | Q(received_on__isnull=False, posted_on__lte=F("received_on"), ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"asked to complete {self.case_id}"
