from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Subject
from audit.ids import uuid7
from records.models.intake import ImportRun
from records.models.record import Record


class SourceWithdrawal(models.Model):
    """A source took a record back: it left the file, and its measures ended.

    `before`: what stood until then, in codes and ids. `returned_at`: when it was put back, by the source that sent
    it again or by undoing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="source_withdrawals")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    before = models.JSONField()
    withdrawn_at = models.DateTimeField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    entered_with = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    entered_in = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="+")
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(returned_at__isnull=True), name="a_record_is_withdrawn_once_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["withdrawn_at"], name="withdrawals_of_a_day")]

    def __str__(self) -> str:
        return f"withdrawal of {self.record_id}"


class SourceChangeKind(models.TextChoices):
    CHANGE = "change", _("Other content")
    WITHDRAWAL = "withdrawal", _("Withdrawal")


class SourceChangeState(models.TextChoices):
    WAITING = "waiting", _("Waits for the decision")
    APPLIED = "applied", _("Made")
    SET_ASIDE = "set_aside", _("Not made: the decision governs")
    REPLACED = "replaced", _("Replaced by what the source sent later")


class SourceChange(models.Model):
    """What a source sent about a record while it was disputed: its answer to the dispute, which the decision awaits.

    A change holds the whole content that it would give the record, sealed like any other. `ends`: the measures that it
    would end earlier, by id, with the last day that stood (`was`) and the new one (`to`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="source_changes")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=SourceChangeKind.choices)
    state = models.CharField(max_length=10, choices=SourceChangeState.choices, default=SourceChangeState.WAITING)
    digest = models.BinaryField(max_length=32, null=True)
    sealed = models.BinaryField(null=True)
    method = models.CharField(max_length=40, blank=True)
    adverse = models.BooleanField(default=False)
    ends = models.JSONField(default=dict)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    received_at = models.DateTimeField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    entered_with = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    entered_in = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    settled_at = models.DateTimeField(null=True)
    case_id = models.UUIDField(null=True)  # the case whose end settled it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(state="waiting"), name="one_change_of_a_record_waits_at_a_time"
            ),
            models.CheckConstraint(
                name="a_change_waits_or_says_when_it_was_settled",
                condition=Q(state="waiting", settled_at__isnull=True)
                | ~Q(state="waiting") & Q(settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_change_has_content_and_a_withdrawal_has_none",
                condition=Q(kind="change", sealed__isnull=False, digest__isnull=False)
                | Q(kind="withdrawal", sealed__isnull=True, digest__isnull=True),
            ),
            models.CheckConstraint(
                name="a_withdrawal_ends_no_measure_by_itself", condition=~Q(kind="withdrawal") | Q(ends={})
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.record_id}"
