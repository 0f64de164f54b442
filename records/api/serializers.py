"""The shapes of records: as systems supply and receive them, and as a person reads their own file."""

from typing import Any, Final

from rest_framework import serializers

from accounts.api.serializers import Strict
from records.importing import Outcome
from records.models import JobState, MarkKind, MeasureState, VersionCause
from records.operations import statements
from records.recipients import Told

MEASURE_STATES: Final = [*MeasureState.choices, ("over", "Over")]
MOST_SUBJECTS: Final = 1000  # of one ask

Shape = serializers.Serializer[Any]


class MeasureShape(Shape):
    """An effect that rests on a record. A suspended one must not be used against anybody."""

    type = serializers.CharField()
    state = serializers.ChoiceField(
        MEASURE_STATES,
        help_text="Only what is `in_force` applies. `over`: its last day passed.",
    )
    resumes_on = serializers.DateField(allow_null=True, help_text="The first day on which it may start again.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` and `to` as in import files; `from` is no name that a class can have."""
        days = {"from": serializers.DateField(), "to": serializers.DateField(allow_null=True)}
        return {**super().get_fields(), **days}


class MarkShape(Shape):
    """What travels with a record to everybody who receives it."""

    kind = serializers.ChoiceField(MarkKind.choices)
    field = serializers.CharField(allow_null=True, help_text="The field that it is on; null for the whole record.")
    since = serializers.DateTimeField()


class StatementShape(Shape):
    """The person's own words on a record. Whoever receives the record shows them wherever it shows the value."""

    words = serializers.CharField()
    language = serializers.CharField(help_text="`en` or `zh-hans`.")
    about = serializers.IntegerField(help_text="Number of the version that the record had then.")
    written_at = serializers.DateTimeField()


class StateShape(Strict):
    """Words to go with an entry of the person's own file."""

    words = serializers.CharField(max_length=statements.LONGEST)


class SubjectShape(Shape):
    kind = serializers.ChoiceField(("person", "organisation"))
    name = serializers.CharField(max_length=200)
    birth_date = serializers.DateField(required=False)
    identifiers = serializers.ListField(
        child=serializers.DictField(), required=False, help_text='`[{"scheme": "cn-resident-id", "value": "…"}]`'
    )
    contact = serializers.DictField(required=False, help_text='`{"email": "…", "language": "zh-hans"}`')


class ProvenanceShape(Shape):
    method = serializers.CharField(help_text="How it came about, such as `court_order`: see the programme file.")
    collected_at = serializers.DateTimeField()


class LineShape(Shape):
    """One line of an import file, without its source: that is the organisation of the key.

    `subject`, `values` and `provenance` are required, but of a record that is `withdrawn`: that has none of them.
    """

    programme = serializers.CharField(max_length=60)
    source_ref = serializers.CharField(max_length=200, help_text="By what the source names this record.")
    type = serializers.CharField(max_length=60)
    withdrawn = serializers.BooleanField(required=False, help_text="Whether you take this record back.")
    subject = SubjectShape(required=False)
    values = serializers.DictField(
        required=False, help_text="What the catalogue of the programme declares for this type."
    )
    valid_from = serializers.DateField(required=False, allow_null=True)
    valid_to = serializers.DateField(required=False, allow_null=True)
    provenance = ProvenanceShape(required=False, help_text="Further keys of the vocabulary may stand beside these.")
    measures = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text='`[{"type": "no_plane", "from": "…", "to": null}]`. An earlier `to`, or the first one, ends a known '
        "measure (the same type and `from`); a later one is refused.",
    )


class ImportedShape(Shape):
    """What became of a record that was supplied."""

    id = serializers.UUIDField()
    programme = serializers.CharField()
    source_ref = serializers.CharField()
    outcome = serializers.ChoiceField([(each.value, each.value) for each in Outcome if each is not Outcome.DOUBTFUL])


class DoubtfulShape(Shape):
    """It is not sure whom what was supplied is about: it waits for the holder, and there is no record of it yet."""

    programme = serializers.CharField()
    source_ref = serializers.CharField()
    outcome = serializers.ChoiceField([(Outcome.DOUBTFUL.value, Outcome.DOUBTFUL.value)])
    detail = serializers.CharField(help_text="The same as a sentence in the language of the request.")


class DisclosedShape(Shape):
    """One record as it stands now. That it was given to you, and why, is kept and shown to the person."""

    id = serializers.UUIDField()
    programme = serializers.CharField()
    type = serializers.CharField()
    source = serializers.CharField(help_text="Code of who supplied it.")  # type: ignore[assignment]  # see below
    version = serializers.UUIDField()
    number = serializers.IntegerField(help_text="1 for the first version.")
    recorded_at = serializers.DateTimeField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    method = serializers.CharField(help_text="How it came about.")
    values = serializers.DictField()
    withheld = serializers.ListField(
        child=serializers.CharField(), help_text="Fields that say something about somebody else."
    )
    marks = MarkShape(many=True)
    statement = StatementShape(allow_null=True)
    measures = MeasureShape(many=True)


class AskShape(Strict):
    """Whom a system asks about, many at once, and why."""

    purpose = serializers.CharField(max_length=60, help_text="Why you ask: a short code. Each person sees it.")
    programme = serializers.CharField(max_length=60, required=False, help_text="Only records of this programme.")
    subjects = serializers.ListField(
        child=serializers.CharField(max_length=400),
        min_length=1,
        max_length=MOST_SUBJECTS,
        help_text="Each as in the header `Redress-Subject`: `scheme:value`. At most 1,000.",
    )


class FoundShape(Shape):
    """What is held about one of the subjects. Somebody unknown has an empty list, as has somebody without records."""

    records = DisclosedShape(many=True)
    more = serializers.BooleanField(help_text="Whether there are more than these newest 20: ask for this one singly.")


class DisclosuresShape(Shape):
    """One answer for each subject, in the order in which they were asked about."""

    results = FoundShape(many=True)


class NewSubscriptionShape(Strict):
    """Of a whole programme, or of one record that you received before."""

    programme = serializers.CharField(max_length=60, required=False)
    purpose = serializers.CharField(max_length=60, required=False, help_text="Only what you received for this purpose.")
    record = serializers.UUIDField(required=False, help_text="Only this record.")


class SubscriptionShape(Shape):
    id = serializers.UUIDField()
    programme = serializers.CharField()
    purpose = serializers.CharField(allow_null=True)
    record = serializers.UUIDField(allow_null=True)
    made_at = serializers.DateTimeField()


class ChangeShape(Shape):
    """Something that you received has changed. It has no value: ask for the record, with a purpose."""

    number = serializers.IntegerField(
        help_text="Rises with every change. Read on from the last one, and acknowledge it."
    )
    what = serializers.ChoiceField([(each.value, each.value) for each in Told])
    record = serializers.UUIDField()
    programme = serializers.CharField()
    type = serializers.CharField()
    received = serializers.UUIDField(help_text="The version that you were given last.")
    at = serializers.DateTimeField()
    forget = serializers.BooleanField(help_text="Whether the record is gone, so that you may keep nothing of it.")
    acknowledged = serializers.BooleanField()


class ChangesShape(Shape):
    results = ChangeShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="Where to read on; null when there is nothing more now.")


class AcknowledgeShape(Strict):
    up_to = serializers.IntegerField(min_value=1, help_text="The number of the last change that you dealt with.")


class AcknowledgedShape(Shape):
    acknowledged = serializers.IntegerField(help_text="How many changes are newly acknowledged.")


class JobShape(Shape):
    """A file that was uploaded, and what became of its lines so far."""

    id = serializers.UUIDField()
    programme = serializers.CharField()
    state = serializers.ChoiceField(
        JobState.choices, help_text="`done`: every line was read; look at `refused`. `failed`: `error` says why."
    )
    error = serializers.CharField(
        allow_null=True,
        help_text="`file_unusable`: empty, or not in UTF-8. `too_many_withdrawals`: ask the operator. `key_ended`: the "
        "key was revoked or has expired. `gave_up`: it failed again and again; the operator's log says why.",
    )
    received_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField(help_text="Of the file, in hex.")
    lines_in_file = serializers.IntegerField(help_text="0 until it was looked through.")
    lines_read = serializers.IntegerField()
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    withdrawn = serializers.IntegerField(help_text="Records that you took back.")
    waiting = serializers.IntegerField(help_text="Lines about disputed records, which wait for the decision.")
    doubtful = serializers.IntegerField(help_text="Lines of which the holder has to find out whom they are about.")
    refused = serializers.IntegerField(help_text="Lines that were not taken in.")


class RefusedLineShape(Shape):
    line = serializers.IntegerField(help_text="1 for the first.")
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField(help_text="A sentence in the language of the request. It never holds the value.")


class RefusedLinesShape(Shape):
    results = RefusedLineShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="Where to read on; null when there is nothing more now.")


class NamedShape(Shape):
    """A code and its title in the language of the request."""

    id = serializers.CharField()
    title = serializers.CharField()


class BasisShape(Shape):
    """The rule that something rests on, and how well it is confirmed; `none`: no law was found."""

    cite = serializers.CharField(allow_blank=True)
    evidence = serializers.ChoiceField(("read", "reported", "unread", "none"))
    text = serializers.CharField(help_text="The same in words.")


class HeldMeasureShape(MeasureShape):
    id = serializers.UUIDField()
    title = serializers.CharField()
    basis = BasisShape()


class FieldShape(Shape):
    """One field of an entry. What is `hidden` has no value; `text` then says why, or which role stands behind it."""

    name = serializers.CharField()
    title = serializers.CharField()
    hidden = serializers.ChoiceField(("", "withheld", "role"), allow_blank=True)
    value = serializers.JSONField(allow_null=True)
    text = serializers.CharField(help_text="The value as the language of the request writes it.")
    correctable = serializers.BooleanField()


class OriginShape(Shape):
    """One fact about where an entry comes from."""

    name = serializers.CharField()
    title = serializers.CharField()
    hidden = serializers.ChoiceField(("", "withheld", "role"), allow_blank=True)
    text = serializers.CharField()


class HeldShape(Shape):
    """One entry of the person's own file."""

    id = serializers.UUIDField()
    programme = NamedShape()
    holder = NamedShape()
    source = NamedShape()  # type: ignore[assignment]  # the metaclass takes fields out of the class
    type = NamedShape()
    adverse = serializers.BooleanField()
    version = serializers.UUIDField(help_text="What a dispute names as `seen`.")
    number = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    basis = BasisShape()
    fields_ = FieldShape(many=True)
    origin = OriginShape(many=True)
    marks = MarkShape(many=True)
    statement = StatementShape(allow_null=True)
    measures = HeldMeasureShape(many=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`fields` is taken in the class, not in the answer."""
        found = super().get_fields()
        return {"fields" if name == "fields_" else name: field for name, field in found.items()}


class VersionShape(Shape):
    number = serializers.IntegerField()
    cause = serializers.ChoiceField(VersionCause.choices)
    recorded_at = serializers.DateTimeField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)


class ReceivedShape(Shape):
    """An organisation was given the entry."""

    organisation = NamedShape()
    at = serializers.DateTimeField()
    purpose = serializers.CharField()
    version = serializers.IntegerField()
    marks = serializers.ListField(child=serializers.CharField())


class LookedShape(Shape):
    """A member of staff opened the entry: organisation, role and a stable number, never a name."""

    organisation = NamedShape()
    role = serializers.CharField()
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    purpose = serializers.CharField()


class ReceivedOfShape(ReceivedShape):
    """The same, with the entry that it was."""

    record = serializers.UUIDField()


class LookedOfShape(LookedShape):
    """The same, with the entry that it was."""

    record = serializers.UUIDField()
    reason = serializers.CharField(allow_blank=True)


class OpeningShape(serializers.Serializer[Any]):
    """Something that can be asked for besides a dispute: a repair, or leaving a list."""

    procedure = serializers.CharField()
    title = serializers.CharField()
    opens_on = serializers.DateField(allow_null=True, help_text="The day to wait for; null if it is open now.")
    says = serializers.CharField()
    because = serializers.ListField(child=serializers.CharField(), help_text="How the day was counted.")
    rule = serializers.CharField(help_text="Where the law says so.")


class HeldInFullShape(HeldShape):
    """One entry with its history: versions, who received it, who looked. The newest 50 of each:
    `held/received/` and `held/looked/` have all of them."""

    openings = OpeningShape(many=True, help_text="What else can be asked for, and from when.")
    versions = VersionShape(many=True)
    received = ReceivedShape(many=True)
    looked = LookedShape(many=True)
