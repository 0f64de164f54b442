from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Subject
from appeals.models.case import Case


class LateFiling(models.Model):
    """That a case was filed after its window, with the person's excuse; a caseworker decides whether it counts.

    `known_on`: the day from which the window was counted; `last_day`: its latest reading. `reason`: a code of the
    rule, empty on paper. `sealed`: the person's words. An excuse that does not count turns the case away (`Screening`).
    `sealed_hindered`: from when to when the person was kept from filing, as an official found it, where the window
    counts on by that time; `counted_until`: its last day then.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="late")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    known_on = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=40, blank=True)
    sealed = models.BinaryField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    sealed_hindered = models.BinaryField(null=True)
    counted_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_accepted_excuse_says_when_and_by_whom",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_window_counts_on_by_a_time_of_hindrance_that_was_accepted",
                condition=Q(counted_until__isnull=True, sealed_hindered__isnull=True)
                | Q(counted_until__isnull=False, sealed_hindered__isnull=False, accepted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} filed late"
