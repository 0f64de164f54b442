from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.ids import uuid7


class SubjectKind(models.TextChoices):
    PERSON = "person", _("Person")
    ORGANISATION = "organisation", _("Organisation")


class Subject(models.Model):
    """The person or organisation that data is about. Name and birth date are sealed under its own key.

    `name_hash`, `birth_hash`: bound to this subject, so that they compare with what a feed says and find
    nobody. `alike`: finds subjects of one name and birth date. `merged_into`: whose file this one was joined
    to (ADR 7); nothing else about it moves.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=12, choices=SubjectKind.choices)
    sealed_particulars = models.BinaryField()  # JSON: name, birth_date
    language = models.CharField(max_length=10, default="en")
    created_at = models.DateTimeField()
    name_hash = models.BinaryField(max_length=32, null=True)
    birth_hash = models.BinaryField(max_length=32, null=True)
    alike = models.BinaryField(max_length=32, null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="nobody_is_merged_into_themselves",
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
            )
        ]
        indexes = [
            models.Index(fields=["alike"], condition=models.Q(alike__isnull=False), name="subjects_alike"),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="subjects_merged"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Identifier(models.Model):
    """A number by which a subject is known; found by its keyed hash, shown only after unsealing."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="identifiers")
    scheme = models.CharField(max_length=30)
    lookup = models.BinaryField(max_length=32)
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lookup"], name="an_identifier_belongs_to_one_subject")]

    def __str__(self) -> str:
        return f"{self.scheme} of {self.subject_id}"


class Contact(models.Model):
    """An address at which a subject can be reached. Two subjects may share one.

    `confirmed_at`: the subject signed in through it. A feed adds a contact, and never
    replaces one that was confirmed. `proved_at`: who holds it showed that they are the subject by
    something that no feed said; until then it opens only what those sources supplied that gave it
    (`ContactVouch`, ADR 0008). `settles_at`: before that, nothing leaves the file and no case is withdrawn.
    """

    class Origin(models.TextChoices):
        FEED = "feed", _("from the source")
        PERSON = "person", _("from the person")

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="contacts")
    lookup = models.BinaryField(max_length=32, db_index=True)
    sealed = models.BinaryField()
    origin = models.CharField(max_length=10, choices=Origin.choices)
    added_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)
    settles_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=models.Q(ended_at__isnull=True), name="one_contact_in_use"
            )
        ]
        indexes = [
            models.Index(
                fields=["added_at"], condition=models.Q(ended_at=models.F("added_at")), name="addresses_not_taken_over"
            )
        ]

    def __str__(self) -> str:
        return f"contact of {self.subject_id}"
