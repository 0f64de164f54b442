"""The deadlines of a case: the ledger of each, which only grows, and where each stands now."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Organisation, Subject
from appeals.models.case import Case


class EntryKind(models.TextChoices):
    STARTED = "started"
    HAPPENED = "happened"  # an event that the clock waits for besides its start, or that rules something out
    PAUSED = "paused"
    RESUMED = "resumed"
    EXTENDED = "extended"
    TOLD = "told"  # the person was told these days
    RENEWED = "renewed"  # the person had something new: what stands before this line counts no more


class ClockEntry(models.Model):
    """One line of the ledger of a deadline. Its due date is a pure function of these lines and the calendar.

    `on`: the day of what happened, where it is not the day of `at`. `reason`: the code of the rule that
    allows a pause or an extension; `sealed_words` says why, in words. A date once told stays here.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clock_entries")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    clock = models.CharField(max_length=30)
    kind = models.CharField(max_length=12, choices=EntryKind.choices)
    at = models.DateTimeField()
    on = models.DateField(null=True)
    event = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    sealed_words = models.BinaryField(null=True)
    until = models.DateField(null=True)
    due_earliest = models.DateField(null=True)
    due_latest = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name_plural = "clock entries"
        indexes = [models.Index(fields=["case", "clock", "id"], name="ledger_of_a_clock")]
        constraints = [
            models.CheckConstraint(
                name="what_was_told_says_both_days",
                condition=~Q(kind="told") | Q(due_earliest__isnull=False, due_latest__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.kind}"


class ClockState(models.TextChoices):
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"  # what it waits for has happened, in time or late


class Clock(models.Model):
    """One deadline of a case as it stands: what its ledger says, kept so that a sweep finds what is due.

    `look_on`: the next day on which the sweep has something to do for it; null when there is nothing.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=30)
    state = models.CharField(max_length=8, choices=ClockState.choices, default=ClockState.RUNNING)
    due_earliest = models.DateField()
    due_latest = models.DateField()
    is_provisional = models.BooleanField(default=False)
    look_on = models.DateField(null=True)
    reminded_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["look_on", "id"], condition=Q(look_on__isnull=False), name="clocks_to_look_at")]
        constraints = [
            models.UniqueConstraint(fields=["case", "name"], name="one_clock_of_a_name_in_a_case"),
            models.CheckConstraint(
                name="a_clock_that_is_done_says_when",
                condition=Q(state="done", done_at__isnull=False) | ~Q(state="done") & Q(done_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_clock_that_is_done_is_not_looked_at", condition=Q(look_on__isnull=True) | ~Q(state="done")
            ),
            models.CheckConstraint(
                name="the_safe_day_is_not_after_the_last", condition=Q(due_earliest__lte=models.F("due_latest"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.case_id}"


class CountedCalendar(models.Model):
    """What a calendar said when the open deadlines were last counted by it, as a digest (`law.calendars`).

    While they are counted anew: `towards` what it says now, and the last case that is `reached`. `has_failed`: some
    case could not be counted on the way, so that another round follows.
    """

    code = models.CharField(max_length=10, unique=True)
    digest = models.CharField(max_length=64)
    counted_at = models.DateTimeField()
    towards = models.CharField(max_length=64, blank=True)
    reached = models.UUIDField(null=True)
    has_failed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="only_what_is_counted_anew_has_got_somewhere",
                condition=~Q(towards="") | Q(reached__isnull=True, has_failed=False),
            )
        ]

    def __str__(self) -> str:
        return self.code


class CalendarException(models.Model):
    """A day that a supervisor declared to be worked, or to be off, after the calendar of its year was written.

    It counts for the cases that this organisation decides, and for no others.
    `recounted_at`: when every open deadline on that calendar had been counted anew because of it.
    """

    calendar = models.CharField(max_length=10)
    on = models.DateField()
    is_worked = models.BooleanField()
    reason = models.TextField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    recounted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "calendar", "on"],
                condition=Q(ended_at__isnull=True),
                name="one_word_on_a_day_of_a_calendar",
            )
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.on}"
