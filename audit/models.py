"""The tables of the log: entries with their openings, written by `audit.operations`, and the tree over them,
written by `audit.sequencer` alone. No row here points to a row of another app.
"""

from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One event. The database refuses to change or remove a row (migration 0002)."""

    entry_id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField(db_default=Now())
    event_type = models.TextField()
    case_id = models.UUIDField(null=True)
    record_id = models.UUIDField(null=True)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta:
        db_table = "audit_entry"

    def __str__(self) -> str:
        return f"{self.entry_id} {self.event_type}"


class Opening(models.Model):
    """Sealed disclosures (`audit.openings`): the only place where the log holds personal data, and erasable."""

    pk = models.CompositePrimaryKey("entry_id", "name")
    entry_id = models.BigIntegerField()
    name = models.TextField()
    subject_key = models.UUIDField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "audit_opening"

    def __str__(self) -> str:
        return f"{self.entry_id} {self.name}"


class SubjectKey(models.Model):
    """The wrapped data key of a person or an organisation. No key: erased."""

    subject_key = models.UUIDField(primary_key=True)
    wrapped_key = models.BinaryField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_subject_key"
        constraints = [
            models.CheckConstraint(
                name="audit_key_is_either_there_or_destroyed",
                condition=models.Q(wrapped_key__isnull=False, destroyed_at__isnull=True)
                | models.Q(wrapped_key__isnull=True, destroyed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.subject_key)


class FailureCount(models.Model):
    """How often visitors failed at one kind of thing in one minute, until `audit.failures.write` logs it."""

    kind = models.CharField(max_length=20)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        db_table = "audit_failure_count"
        constraints = [
            models.UniqueConstraint(fields=["kind", "minute"], name="audit_failures_are_counted_by_minute_and_kind")
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.kind}"


class Pending(models.Model):
    """An entry that has no place in the tree yet. A trigger on `audit_entry` fills this table (migration 0005)."""

    entry_id = models.BigIntegerField(primary_key=True)
    leaf_hash = models.BinaryField()

    class Meta:
        db_table = "audit_pending"

    def __str__(self) -> str:
        return str(self.entry_id)


class Leaf(models.Model):
    """The place of an entry in the tree. Never changed or removed."""

    leaf_index = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    leaf_hash = models.BinaryField()

    class Meta:
        db_table = "audit_leaf"

    def __str__(self) -> str:
        return f"{self.leaf_index}: entry {self.entry_id}"


class Tree(models.Model):
    """One row: how large the tree is. Its lock lets one sequencer work at a time.

    `refusal`: why the signer does not sign what stands here (a code of `audit.signer`), and since when.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField()
    refusal = models.TextField(default="")
    refused_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_tree"
        constraints = [
            models.CheckConstraint(name="audit_there_is_one_tree", condition=models.Q(id=1)),
            models.CheckConstraint(
                name="audit_a_refusal_says_since_when",
                condition=models.Q(refusal="", refused_at__isnull=True)
                | ~models.Q(refusal="") & models.Q(refused_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.size} leaves"


class StoredTile(models.Model):
    """What a tile holds so far (`audit.merkle`, Note [Tiles]). Derived from the leaves."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    data = models.BinaryField()

    class Meta:
        db_table = "audit_tile"

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """A size and root that the signer signed: the note as it is published. Never changed or removed."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return f"checkpoint of {self.size}"


class Cosignature(models.Model):
    """The line by which a witness vouches for a checkpoint. Never changed or removed."""

    pk = models.CompositePrimaryKey("size", "witness")
    size = models.BigIntegerField()
    witness = models.TextField()
    line = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "audit_cosignature"

    def __str__(self) -> str:
        return f"{self.witness} on {self.size}"
