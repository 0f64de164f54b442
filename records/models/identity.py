from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Organisation, Subject
from audit.ids import uuid7
from records.models.intake import ImportRun


class DoubtReason(models.TextChoices):
    """Why it is not sure whom a line is about."""

    FACTS_DIFFER = "facts_differ", _("The number is known, but the name or birth date differs")
    TWO_SUBJECTS = "two_subjects", _("The numbers belong to two different files")
    SECOND_FACT = "second_fact", _("The number is known, and the second fact that it needs is missing")
    LOOKS_LIKE = "looks_like", _("Somebody of the same name and birth date is known by another number")
    CONTRADICTED = "contradicted", _("Another line of the same delivery says something else about this number")


class DoubtState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    ACCEPTED = "accepted", _("Taken in")
    REFUSED = "refused", _("Refused")
    TAKEN_BACK = "taken_back", _("Taken back by the source")


class DoubtfulLine(models.Model):
    """A line of a feed of which it is not sure whom it is about: nothing comes of it until somebody decides.

    `sealed`: the line as it came, under a key of its own (the key's owner is this row), destroyed with the decision,
    or when the source takes it back.
    `who`: keyed hash of what it says about whom it is about; `digest`: of the whole line. `subject`: what was decided.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    programme = models.CharField(max_length=60)
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    source_ref = models.CharField(max_length=200)
    type = models.CharField(max_length=60, default="")  # of the record that it would be; empty on older rows
    reason = models.CharField(max_length=20, choices=DoubtReason.choices)
    who = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    sealed = models.BinaryField(null=True)  # JSON: the line
    state = models.CharField(max_length=10, choices=DoubtState.choices, default=DoubtState.WAITING)
    arrived_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    entered_with = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+")
    entered_in = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="+")
    sealed_reason = models.BinaryField(null=True)  # under the holder's key

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_ref", "digest"],
                condition=~Q(state="taken_back"),
                name="a_doubtful_line_waits_once",
            ),
            models.CheckConstraint(
                name="a_waiting_line_is_there_and_undecided",
                condition=Q(
                    state="waiting",
                    sealed__isnull=False,
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                    sealed_reason__isnull=True,
                    subject__isnull=True,
                )
                | ~Q(state__in=["waiting", "taken_back"])
                & Q(
                    sealed__isnull=True,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    sealed_reason__isnull=False,
                )
                | Q(
                    state="taken_back",
                    sealed__isnull=True,
                    decided_by__isnull=True,
                    decided_at__isnull=False,
                    sealed_reason__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="a_line_taken_in_says_about_whom",
                condition=Q(state="accepted", subject__isnull=False) | ~Q(state="accepted") & Q(subject__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "arrived_at"], condition=Q(state="waiting"), name="doubtful_lines_waiting"),
            models.Index(fields=["who"], name="doubtful_lines_by_claim"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"


class ChangeKind(models.TextChoices):
    MERGE = "merge", _("Join two files")
    SPLIT = "split", _("Take entries out of a file")


class ChangeState(models.TextChoices):
    PROPOSED = "proposed", _("Waiting for a second person")
    DONE = "done", _("Carried out")
    REFUSED = "refused", _("Refused")
    UNDONE = "undone", _("Undone")


class IdentityChange(models.Model):
    """Two files that are one person's, or one file that holds two: proposed, approved by a second person, undoable.

    `subject`: whose file stays, or is split. `other`: whose file joins it, or who the records went to.
    `plan`: ids of the records and identifiers of a split. `sealed`: JSON under the key of `subject`, the reasons and,
    for a split, name and birth date of the new subject.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=ChangeState.choices, default=ChangeState.PROPOSED)
    plan = models.JSONField(default=dict)
    sealed = models.BinaryField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="nobody_approves_their_own_change_of_identity",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="a_change_of_identity_says_who_decided_and_when",
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_undone_change_of_identity_says_who_and_when",
                condition=Q(state="undone", undone_by__isnull=False, undone_at__isnull=False)
                | ~Q(state="undone") & Q(undone_by__isnull=True, undone_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_change_of_identity_is_about_two",
                condition=Q(other__isnull=True) | ~Q(other=F("subject")),
            ),
            models.UniqueConstraint(
                fields=["subject", "other"],
                condition=Q(kind="merge", state="proposed"),
                name="a_merge_is_proposed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "-proposed_at"], name="changes_of_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MovedKind(models.TextChoices):
    SUBJECT = "subject"
    RECORD = "record"
    IDENTIFIER = "identifier"


class IdentityMove(models.Model):
    """One row that a merge or split pointed elsewhere, and where it pointed before. Undoing reads these."""

    change = models.ForeignKey(IdentityChange, on_delete=models.PROTECT, related_name="moves")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")  # whose row it was
    kind = models.CharField(max_length=10, choices=MovedKind.choices)
    row = models.CharField(max_length=36)
    was = models.UUIDField(null=True)
    became = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "kind", "row"], name="a_change_moves_a_row_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"
