from records.models.export import Export, ExportFile, ExportKind, ExportState, WhyGone
from records.models.identity import (
    ChangeKind,
    ChangeState,
    DoubtfulLine,
    DoubtReason,
    DoubtState,
    IdentityChange,
    IdentityMove,
    MovedKind,
)
from records.models.intake import ImportRun, RefusedLine, RunSource, RunState
from records.models.job import ImportJob, JobState
from records.models.keeping import Keeping, KeptThing, WaitsFor
from records.models.measure import Measure, MeasureState
from records.models.recipients import Subscription
from records.models.record import Content, Mark, MarkKind, Record, RecordState, Version, VersionCause
from records.models.source_change import SourceChange, SourceChangeKind, SourceChangeState, SourceWithdrawal
from records.models.statement import Statement
from records.models.use import Access, Disclosure

__all__ = [
    "Access",
    "ChangeKind",
    "ChangeState",
    "Content",
    "Disclosure",
    "DoubtReason",
    "DoubtState",
    "DoubtfulLine",
    "Export",
    "ExportFile",
    "ExportKind",
    "ExportState",
    "IdentityChange",
    "IdentityMove",
    "ImportJob",
    "ImportRun",
    "JobState",
    "Keeping",
    "KeptThing",
    "Mark",
    "MarkKind",
    "Measure",
    "MeasureState",
    "MovedKind",
    "Record",
    "RecordState",
    "RefusedLine",
    "RunSource",
    "RunState",
    "SourceChange",
    "SourceChangeKind",
    "SourceChangeState",
    "SourceWithdrawal",
    "Statement",
    "Subscription",
    "Version",
    "VersionCause",
    "WaitsFor",
    "WhyGone",
]
