"""What must hold about what is held. Each check returns the records or measures for which it does not."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, Exists, F, Max, OuterRef, QuerySet
from django.db.models.functions import Cast

from accounts.models import Subject
from audit.integrity import Check
from audit.models import Entry, SubjectKey
from records.models import (
    Content,
    IdentityMove,
    Keeping,
    Mark,
    Measure,
    MeasureState,
    MovedKind,
    Record,
    RecordState,
    Version,
)

# Nothing adverse starts before its day has come everywhere, and then by the next sweep.
_RESUMPTION_LATE = timedelta(days=2)
_KEEPING_LATE = timedelta(days=4)  # the sweep looks every hour, and longer after each failed try
_WITHOUT_CONTENT = (RecordState.SEALED, RecordState.EXPIRED)


def open_marks() -> Iterable[tuple[UUID, UUID]]:
    """Every mark that has not ended: its record, and the case that placed it."""
    return Mark.objects.filter(ended_at__isnull=True).values_list("record_id", "case_id")


def suspended_measures() -> Iterable[Measure]:
    """Every measure that a case stopped."""
    return Measure.objects.filter(state=MeasureState.SUSPENDED).iterator()


def _without_entry(_at: datetime) -> Iterable[object]:
    """Records of whose coming the log knows nothing."""
    entry = Entry.objects.filter(record_id=OuterRef("pk"), event_type="record.imported")
    return _ids(Record.objects.exclude(Exists(entry)))


def _version_missing(_at: datetime) -> Iterable[object]:
    """Records whose versions are not numbered from one to the latest."""
    numbered = Record.objects.annotate(number=Count("versions"), last=Max("versions__number"))
    return _ids(numbered.exclude(number=F("latest_number"), last=F("latest_number")))


def _content_missing(_at: datetime) -> Iterable[object]:
    """Records with a version that has no content, not even a purged one."""
    bare = Version.objects.exclude(Exists(Content.objects.filter(version=OuterRef("pk"))))
    return bare.values_list("record_id", flat=True).iterator()


def _of_another_subject(_at: datetime) -> Iterable[object]:
    """Records with a row that names another subject than the record does."""
    found: set[object] = set()
    for model in (Content, Measure, Mark):
        rows: QuerySet[Any] = model._default_manager.exclude(subject_id=F("record__subject_id"))
        found.update(rows.values_list("record_id", flat=True))
    # A version keeps the subject under which it was written; only a record that was moved may have such.
    moved = IdentityMove.objects.filter(kind=MovedKind.RECORD, row=Cast(OuterRef("record_id"), CharField()))
    others = Version.objects.exclude(subject_id=F("record__subject_id")).exclude(Exists(moved))
    return found | set(others.values_list("record_id", flat=True))


def _measure_on_what_is_out(_at: datetime) -> Iterable[object]:
    """Measures that rest on a record which was taken out of the file."""
    return _ids(Measure.objects.exclude(state=MeasureState.LIFTED).exclude(record__state=RecordState.CURRENT))


def _resumption_overdue(at: datetime) -> Iterable[object]:
    """Measures whose day to start again has long come."""
    return _ids(Measure.objects.filter(resumes_on__lt=(at - _RESUMPTION_LATE).date()))


def _kept_too_long(at: datetime) -> Iterable[object]:
    """Records whose keeping time is long over, and that wait for nothing: the sweep does not run, or always fails."""
    rows = Keeping.objects.filter(until__lt=(at - _KEEPING_LATE).date(), next_look_at__isnull=False, waits_for="")
    return rows.values_list("record_id", flat=True).iterator()


def _content_after_its_end(_at: datetime) -> Iterable[object]:
    """Records whose content a keeping time destroyed, and that are still shown."""
    kept = Content.objects.filter(sealed__isnull=True).exclude(record__state__in=_WITHOUT_CONTENT)
    return kept.values_list("record_id", flat=True).distinct().iterator()


def _subject_without_key(_at: datetime) -> Iterable[object]:
    """Subjects whose key was never stored: what is sealed for them can never be opened."""
    return _ids(Subject.objects.exclude(Exists(SubjectKey.objects.filter(pk=OuterRef("pk")))))


def _ids(rows: "QuerySet[Any]") -> Iterable[object]:
    return rows.values_list("pk", flat=True).iterator()


CHECKS: Mapping[str, Check] = {
    "record.without_entry": _without_entry,
    "record.version_missing": _version_missing,
    "record.content_missing": _content_missing,
    "record.of_another_subject": _of_another_subject,
    "measure.on_what_is_out": _measure_on_what_is_out,
    "measure.resumption_overdue": _resumption_overdue,
    "record.kept_too_long": _kept_too_long,
    "record.content_purged_too_early": _content_after_its_end,
    "subject.without_key": _subject_without_key,
}
