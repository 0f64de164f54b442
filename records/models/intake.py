from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from audit.ids import uuid7


class RunState(models.TextChoices):
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    STOPPED = "stopped", _("Stopped half way")
    REFUSED = "refused", _("Refused whole: nothing was stored")


class ImportRun(models.Model):
    """One reading of one file. Lines are committed in batches; the counts say how far it came.

    `goes_on_from`: the run of the very same file that was cut off, after whose last committed line this one began.
    `is_again`: it took the file as news, whatever an earlier import of it had taken in.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    programme = models.CharField(max_length=60)
    file_name = models.CharField(max_length=200)
    # By which the same file is known again; none once the file was changed while it was read.
    file_sha256 = models.BinaryField(max_length=32, null=True)
    form = models.CharField(max_length=10, default="jsonl")
    only_source = models.CharField(max_length=60, blank=True)  # the one whose lines were read as its own
    is_strict = models.BooleanField(default=False)
    is_snapshot = models.BooleanField(default=False)
    is_again = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    goes_on_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)  # its last sign of life
    finished_at = models.DateTimeField(null=True)
    lines_in_file = models.PositiveBigIntegerField(default=0)
    lines_read = models.PositiveBigIntegerField(default=0)
    created = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    withdrawn = models.PositiveBigIntegerField(default=0)
    waiting = models.PositiveBigIntegerField(default=0)
    doubtful = models.PositiveBigIntegerField(default=0)  # it is not sure whom they are about
    refused = models.PositiveBigIntegerField(default=0)
    sources = models.ManyToManyField(Organisation, through="RunSource", related_name="+")

    class Meta:
        indexes = [models.Index(fields=["file_sha256", "-started_at"], name="runs_of_a_file")]

    def __str__(self) -> str:
        return f"{self.programme} {self.started_at:%Y-%m-%d %H:%M}"


class RunSource(models.Model):
    """An organisation whose data a run brought: its officers may see the report."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "source"], name="a_run_names_a_source_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.source_id}"


class RefusedLine(models.Model):
    """Why one field of one line was not taken in: never the value. `source` as far as the line could be read."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="refused_lines")
    source = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    line = models.PositiveBigIntegerField()
    field = models.CharField(max_length=200)
    code = models.CharField(max_length=40)
    sentence = models.CharField(max_length=300)  # in English, with the names of `params` in it
    params = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["run", "id"], name="refused_lines_of_a_run")]

    def __str__(self) -> str:
        return f"{self.run_id} line {self.line}"
