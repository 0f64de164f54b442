from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Mandate, Organisation, Subject
from appeals.workflow import OWNERS, Owner, Status
from audit.ids import uuid7

STATUS_CHOICES = [
    (Status.FILED, _("Filed")),
    (Status.IN_REVIEW, _("Being reviewed")),
    (Status.INCOMPLETE, _("Something is missing")),
    (Status.AWAITING_APPROVAL, _("Waiting for a second person")),
    (Status.SCREENING, _("May it be turned away?")),
    (Status.SCREENED_OUT, _("Turned away")),
    (Status.SCREENING_SERVED, _("Turned away, and told")),
    (Status.DECIDED, _("Decided")),
    (Status.SERVED, _("Decision delivered")),
    (Status.WITHDRAWING, _("Being withdrawn")),
    (Status.WITHDRAWN, _("Withdrawn")),
    (Status.CLOSED, _("Closed")),
]


class Standing(models.TextChoices):
    """Why one may file at all; the codes are those of the procedure files (`law.rules.parties`)."""

    SELF = "self", _("It is about the person who files")
    REPRESENTATIVE = "representative", _("The person has given somebody authority to act")
    COMPANY = "company", _("Somebody who may act for the company files")
    GUARDIAN = "guardian", _("A guardian or parent files")
    MINOR = "minor_alone", _("A minor files alone")
    HEIR = "heir", _("An heir files, or whoever administers the estate")
    AFFECTED = "hit_by_measure_of_another", _("Somebody files whom a measure against another person hits")


class AnswerBy(models.TextChoices):
    """How the person wants to be answered."""

    PAGE = "page", _("On the pages, with a mail that something is there")
    LETTER = "letter", _("By letter")


class Case(models.Model):
    """A request under one procedure. Changed only by `appeals.operations`.

    `received_on` and `entered_by` only of a dispute on paper: the day on which it was received, from which
    everything counts (`filed_at` lies on it), and the official who typed it in, who then never decides it.
    `posted_on`: the day of its postmark, if that is known; it counts for the person's own time where the law says so.
    `sealed_without`: which required papers cannot be handed in, and why, in the person's words.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=12, unique=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="cases")
    programme = models.CharField(max_length=60)
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    procedure = models.CharField(max_length=60)
    procedure_version = models.PositiveIntegerField()
    milder_version = models.PositiveIntegerField(null=True)
    language = models.CharField(max_length=10)
    status = models.CharField(max_length=20, choices=STATUS_CHOICES, default=Status.FILED)
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decide_by = models.DateField()  # the earliest reading: what the decider works to
    decide_by_latest = models.DateField()
    due_is_provisional = models.BooleanField(default=False)
    standing = models.CharField(max_length=30, choices=Standing.choices, default=Standing.SELF)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, null=True, related_name="+")
    received_on = models.DateField(null=True)
    posted_on = models.DateField(null=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answer_by = models.CharField(max_length=10, choices=AnswerBy.choices, default=AnswerBy.PAGE)
    sealed_without = models.BinaryField(null=True)
    caseworker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)
    withdrawal_effective_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["holder", "status", "decide_by"], name="queue_of_a_holder"),
            models.Index(fields=["subject", "-filed_at"], name="cases_of_a_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_dispute_on_paper_says_when_it_came_and_who_entered_it",
                condition=Q(received_on__isnull=True, entered_by__isnull=True)
                | Q(received_on__isnull=False, entered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_paper_was_posted_and_not_after_it_came",
                condition=Q(posted_on__isnull=True) | Q(received_on__isnull=False, posted_on__lte=F("received_on")),
            ),
            models.CheckConstraint(
                name="whoever_entered_a_dispute_does_not_decide_it",
                condition=Q(entered_by__isnull=True) | Q(caseworker__isnull=True) | ~Q(caseworker=F("entered_by")),
            ),
            models.CheckConstraint(
                name="a_case_in_review_has_its_caseworker",
                condition=~Q(status__in=["in_review", "incomplete", "awaiting_approval", "screening"])
                | Q(caseworker__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_later_version_is_milder",
                condition=Q(milder_version__isnull=True) | Q(milder_version__gt=F("procedure_version")),
            ),
            models.CheckConstraint(
                name="a_filed_case_has_no_caseworker",
                condition=~Q(status="filed") | Q(caseworker__isnull=True),
            ),
            models.CheckConstraint(
                name="a_decided_case_says_when",
                condition=~Q(status__in=["decided", "served"]) | Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_served_case_says_when",
                condition=~Q(status__in=["served", "screening_served"]) | Q(served_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_withdrawal_says_from_when",
                condition=~Q(status__in=["withdrawing", "withdrawn"]) | Q(withdrawal_effective_on__isnull=False),
            ),
            models.CheckConstraint(
                name="a_finished_case_says_when",
                condition=Q(status__in=["closed", "withdrawn"], closed_at__isnull=False)
                | ~Q(status__in=["closed", "withdrawn"]) & Q(closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def owner(self) -> Owner:
        """Whose turn it is."""
        return OWNERS[Status(self.status)]


class Item(models.Model):
    """One contested thing, as it stood when disputed: a record, one field of it, or a measure.

    `sealed`: JSON of the person's words and of what it should be.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    record = models.ForeignKey("records.Record", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("records.Version", on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=60, blank=True)
    measure = models.ForeignKey("records.Measure", on_delete=models.PROTECT, null=True, related_name="+")
    ground = models.CharField(max_length=40)
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="items_are_numbered"),
            models.CheckConstraint(
                name="an_item_is_a_field_or_a_measure_not_both",
                condition=Q(measure__isnull=True) | Q(field=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} item {self.number}"
