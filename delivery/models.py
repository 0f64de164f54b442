from django.db import models

from audit.ids import uuid7


class MailState(models.TextChoices):
    NONE = "none"  # stands in the inbox only
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # tried as often as allowed; the operator sees it


class NotPossible(models.TextChoices):
    """Why nobody could be told."""

    NO_CONTACT = "no_contact"


class Message(models.Model):
    """One thing to tell one subject or one organisation.

    People, cases and records are opaque ids: this package stands below them. `params` holds
    codes and dates, never a personal value; what must be secret (a sign-in code) is sealed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    organisation_id = models.UUIDField(null=True)
    case_id = models.UUIDField(null=True)
    record_id = models.UUIDField(null=True)
    measure_id = models.UUIDField(null=True)
    contact_id = models.BigIntegerField(null=True)  # to this very address, also when another one is in use by now
    params = models.JSONField(default=dict)
    sealed_params = models.BinaryField(null=True)
    not_possible = models.CharField(max_length=20, choices=NotPossible.choices, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    mail_state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.NONE)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_id", "-created_at"], name="messages_of_a_subject"),
            models.Index(fields=["organisation_id", "-created_at"], name="messages_of_an_organisation"),
            models.Index(fields=["next_try_at"], condition=models.Q(mail_state="waiting"), name="mails_that_are_due"),
            models.Index(fields=["created_at"], condition=~models.Q(not_possible=""), name="messages_nobody_could_get"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_message_has_one_addressee",
                condition=models.Q(subject_id__isnull=False, organisation_id__isnull=True)
                | models.Q(subject_id__isnull=True, organisation_id__isnull=False),
            ),
            models.CheckConstraint(
                name="a_waiting_mail_has_a_next_try",
                condition=~models.Q(mail_state="waiting") | models.Q(next_try_at__isnull=False),
            ),
            models.CheckConstraint(
                name="what_is_not_possible_is_not_mailed",
                condition=models.Q(not_possible="") | models.Q(mail_state="none"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Letter(models.Model):
    """A message that goes on paper: to be printed, posted and, where there is proof of it, noted as delivered.

    Officials are opaque ids here, as people are.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="letter")
    subject_id = models.UUIDField()
    postal_id = models.BigIntegerField(null=True)  # to this very address, also when another one is in use by now
    made_at = models.DateTimeField()
    printed_at = models.DateTimeField(null=True)
    printed_by = models.UUIDField(null=True)
    posted_on = models.DateField(null=True)
    posted_by = models.UUIDField(null=True)
    delivered_on = models.DateField(null=True)
    delivered_by = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["made_at"], condition=models.Q(posted_on__isnull=True), name="letters_to_post"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_letter_is_printed_then_posted_then_delivered",
                condition=(models.Q(posted_on__isnull=True) | models.Q(printed_at__isnull=False))
                & (models.Q(delivered_on__isnull=True) | models.Q(posted_on__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}"


class Delivery(models.Model):
    """One thing that a system of an organisation has to learn: that something which it received has changed.

    Written in the transaction of the change. `number` orders the deliveries of an organisation as it reads them: it
    is given when a delivery is first read, so that one whose transaction ended late is never skipped. `what` is a
    code; no value stands here. The system asks for the value itself, and that is a disclosure.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    organisation_id = models.UUIDField()
    programme = models.CharField(max_length=60)
    what = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    record_id = models.UUIDField()
    received_version_id = models.UUIDField()  # what the organisation was last given of the record
    case_id = models.UUIDField(null=True)  # for the person's page; never sent
    caused_at = models.DateTimeField()
    number = models.PositiveBigIntegerField(null=True)
    given_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_with = models.UUIDField(null=True)  # the key

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["organisation_id", "id"], condition=models.Q(number__isnull=True), name="deliveries_not_given"
            ),
            models.Index(fields=["subject_id", "record_id"], name="deliveries_about_a_subject"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "number"], name="deliveries_are_numbered"),
            models.CheckConstraint(
                name="a_delivery_that_was_given_has_number_and_time",
                condition=models.Q(number__isnull=True, given_at__isnull=True)
                | models.Q(number__isnull=False, given_at__isnull=False),
            ),
            models.CheckConstraint(
                name="only_what_was_given_is_acknowledged",
                condition=models.Q(acknowledged_at__isnull=True, acknowledged_with__isnull=True)
                | models.Q(acknowledged_at__isnull=False, acknowledged_with__isnull=False, given_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.record_id} to {self.organisation_id}"
