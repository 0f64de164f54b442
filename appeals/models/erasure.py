from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Subject
from audit.ids import uuid7


class ErasureState(models.TextChoices):
    PROPOSED = "proposed"
    REFUSED = "refused"
    DONE = "done"


class Erasure(models.Model):
    """That everything about somebody is to be destroyed: proposed, offered to the person, approved by a second person.

    `asked_by_person`: they want it themselves, so that no window and no limitation time is waited for. `basis`: the
    article of law. `offered_until`: the last day on which they can take a copy of their file before it is gone.
    The words of those who act stand in the log, under the keys of their offices.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ErasureState.choices, default=ErasureState.PROPOSED)
    asked_by_person = models.BooleanField()
    basis = models.CharField(max_length=200)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    offered_until = models.DateField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state="proposed"), name="one_erasure_of_a_person_waits_at_a_time"
            ),
            models.CheckConstraint(
                name="nobody_erases_alone",
                condition=~Q(state="done") | Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="an_erasure_waits_or_says_who_decided_and_when",
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(name="an_erasure_names_its_law", condition=~Q(basis="")),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk} {self.state}"
