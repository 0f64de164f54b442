from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.subject import Subject
from audit.ids import uuid7


class Basis(models.TextChoices):
    """On what a mandate rests. It is also why the one who acts may file at all (`Case.standing`)."""

    POWER_OF_ATTORNEY = "power_of_attorney", _("A power of attorney, or simply your word")
    GUARDIAN = "guardian", _("Guardian or parent")
    HEIR = "heir", _("Heir or administrator of an estate")
    COMPANY_ADMINISTRATOR = "company_administrator", _("Administrator of a company")
    COMPANY_MEMBER = "company_member", _("Works for the company")


class Reach(models.TextChoices):
    """What somebody with a mandate may do; each one includes those before it."""

    SEE = "see", _("See what is held")
    DISPUTE = "dispute", _("See it, dispute it and follow cases")
    ALL = "all", _("Everything that the person could do")


class MandateSet(models.QuerySet["Mandate"]):
    def in_force(self, at: datetime) -> "MandateSet":
        """Those by which somebody may act at this very moment. Days are days of `settings.TIME_ZONE`."""
        today = timezone.localdate(at)
        begun = Q(from_on__lte=today) & (Q(to_on=None) | Q(to_on__gte=today))
        two_people = Q(entered_by=None) | Q(confirmed_by__isnull=False)
        return self.filter(begun, two_people, accepted_at__isnull=False, revoked_at=None)


class Mandate(models.Model):
    """Authority of one person, the holder, to act for another subject, for a time and in some programmes.

    Until somebody accepts it by its code it has no holder. `entered_by` and `confirmed_by`: the two officials
    who entered one that came on paper. `sealed`: JSON of what the giver calls the holder, and of which paper it
    rests on and where that is kept; under the subject's key.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="mandates_given")
    holder = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="mandates_held")
    basis = models.CharField(max_length=25, choices=Basis.choices)
    reach = models.CharField(max_length=10, choices=Reach.choices)
    programmes = ArrayField(models.CharField(max_length=60), default=list, blank=True)  # none named: every one
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    sealed = models.BinaryField()
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    code_hash = models.BinaryField(max_length=32, null=True)
    code_expires_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = MandateSet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "-given_at"], name="mandates_of_a_subject"),
            models.Index(fields=["holder", "-given_at"], name="mandates_of_a_holder"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code_hash"], name="a_mandate_code_opens_one_mandate"),
            models.CheckConstraint(
                name="nobody_holds_a_mandate_for_themselves",
                condition=Q(holder__isnull=True) | ~Q(holder=F("subject")),
            ),
            models.CheckConstraint(
                name="an_accepted_mandate_has_its_holder",
                condition=Q(accepted_at__isnull=True) | Q(holder__isnull=False),
            ),
            models.CheckConstraint(
                name="a_mandate_ends_after_it_begins", condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on"))
            ),
            models.CheckConstraint(
                name="a_mandate_on_paper_is_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True) | Q(entered_by__isnull=False) & ~Q(confirmed_by=F("entered_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.basis} for {self.subject_id}"
