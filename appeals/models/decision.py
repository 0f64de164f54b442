from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Subject
from appeals.models.case import Case, Item
from audit.ids import uuid7


class Outcome(models.TextChoices):
    UPHELD = "upheld", _("You were right")
    PARTLY_UPHELD = "partly_upheld", _("You were partly right")
    UNVERIFIABLE = "unverifiable", _("It cannot be verified")
    REJECTED = "rejected", _("It stays as it is")


class RemedyKind(models.TextChoices):
    CORRECT = "correct", _("Correct the value")
    DELETE = "delete", _("Delete the entry")
    DETACH = "detach", _("Take the entry out of this file: it is about somebody else")
    LIFT = "lift", _("Lift the measure")


class Decision(models.Model):
    """What is answered to a case, from first draft to service. The drafter never approves."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="decision")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    sealed_note = models.BinaryField(null=True)  # why the draft was last sent back
    sealed_unfinished = models.BinaryField(null=True)  # answers that are not complete yet, as they were filled in

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="nobody_approves_their_own_draft",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("drafted_by")),
            ),
            models.CheckConstraint(
                name="only_what_is_decided_is_approved",
                condition=Q(approved_by__isnull=True) | Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"decision of {self.case_id}"


class ItemOutcome(models.Model):
    """The answer to one item. `sealed`: JSON of the reasons and, for a correction, the new value."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="outcomes")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="answer")
    outcome = models.CharField(max_length=15, choices=Outcome.choices)
    remedy = models.CharField(max_length=10, choices=RemedyKind.choices, blank=True)
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_item_is_rejected_or_has_a_remedy",
                condition=Q(outcome="rejected", remedy="") | ~Q(outcome="rejected") & ~Q(remedy=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.outcome}"


class RemedyState(models.TextChoices):
    WAITING = "waiting", _("Being carried out")
    DONE = "done", _("Carried out")
    UNDONE = "undone", _("Undone")


class Remedy(models.Model):
    """One thing to do to the record, exactly once. `before` is what an undo restores: codes and ids only."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="remedies")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="remedy")
    kind = models.CharField(max_length=10, choices=RemedyKind.choices)
    state = models.CharField(max_length=8, choices=RemedyState.choices, default=RemedyState.WAITING)
    before = models.JSONField(default=dict)
    ordered_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "remedies"
        indexes = [models.Index(fields=["ordered_at"], condition=Q(state="waiting"), name="remedies_to_carry_out")]
        constraints = [
            models.CheckConstraint(
                name="a_remedy_says_when_it_was_done",
                condition=Q(state="waiting", done_at__isnull=True) | ~Q(state="waiting") & Q(done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_undone_remedy_says_when",
                condition=Q(state="undone", undone_at__isnull=False) | ~Q(state="undone") & Q(undone_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.item_id}"


class RemedyTry(models.Model):
    """That a remedy could not be carried out, and when it is tried again: one that always fails starves no other.

    A row of its own: it says something about the machinery, and nothing about the case.
    """

    remedy = models.OneToOneField(Remedy, on_delete=models.CASCADE, primary_key=True, related_name="failed")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "remedy tries"

    def __str__(self) -> str:
        return f"{self.remedy_id} failed {self.tries} times"
