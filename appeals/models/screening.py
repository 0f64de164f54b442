from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Subject
from appeals.models.case import Case


class Screening(models.Model):
    """That a case is not looked into, under a rule of its procedure: proposed, decided, and ended again.

    `rule`: the screening rule of the procedure. `sealed`: the reasons, which the person reads. `sealed_note`: why a
    second person refused it; `sealed_news`: what the person said that is new. `ended_at`: it does not stand any
    more, because it was refused, the case was withdrawn meanwhile, or the person had something new.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="screenings")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=20)
    sealed = models.BinaryField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    sealed_note = models.BinaryField(null=True)
    sealed_news = models.BinaryField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="one_screening_of_a_case_stands"
            ),
            models.CheckConstraint(
                name="nobody_approves_their_own_screening",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="only_a_screening_that_is_decided_is_approved",
                condition=Q(approved_by__isnull=True) | Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="what_is_new_ends_a_screening_that_was_decided",
                condition=Q(sealed_news__isnull=True) | Q(ended_at__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"screening of {self.case_id}"
