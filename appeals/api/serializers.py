"""The shapes of cases: what a person sends, and what they read."""

from base64 import b64decode
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts.api.serializers import Choice, Strict
from appeals.errors import TooManyThings
from appeals.forms.person import LONGEST_WORDS
from appeals.models import AnswerBy, ClockState, Outcome, RemedyKind, RemedyState, Standing
from appeals.models.case import STATUS_CHOICES
from appeals.operations import MOST_FILES
from appeals.queries import Presence
from appeals.workflow import Owner
from records.api.serializers import NamedShape, OpeningShape
from records.values import readable, says_something

Shape = serializers.Serializer[Any]
LANGUAGES = (("en", "English"), ("zh-hans", "简体中文"))
LONGEST_WANTED = 2000


class Words(serializers.CharField):
    """Somebody's own words: no control characters, and no marks that turn the reading direction."""

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if not readable(text):
            sentence = _("Write this without control characters or broken letters.")
            raise serializers.ValidationError(sentence, code="unreadable_text")
        if text and not says_something(text):
            self.fail("blank")
        return text


class NewItemShape(Strict):
    """One thing to dispute: an entry, one `field` of it, or one `measure` that rests on it."""

    record = serializers.UUIDField()
    seen = serializers.UUIDField(help_text="The `version` of the entry that you saw.")
    field = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    measure = serializers.UUIDField(required=False, allow_null=True, default=None)
    ground = serializers.CharField(max_length=40, help_text="Why: one of the procedure's grounds.")
    words = Words(max_length=LONGEST_WORDS, help_text="Say in your own words what is wrong.")
    wanted = Words(
        max_length=LONGEST_WANTED, required=False, allow_blank=True, default="", help_text="What it should be."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["field"] and attrs["measure"]:
            sentence = _("Name a field or a measure, not both.")
            raise serializers.ValidationError({"measure": [ErrorDetail(sentence, "wrong_form")]})
        return attrs


class LateShape(Strict):
    """Why a dispute comes after the last day of its procedure: a reason that the procedure takes, and your words."""

    reason = serializers.CharField(max_length=40, help_text="One of `window.excuses` of the procedure.")
    words = Words(max_length=LONGEST_WORDS)


class InlineFileShape(Strict):
    """A file inside the body: PDF, JPEG, PNG or plain text, at most 10 MB."""

    name = serializers.CharField(max_length=200)
    content = serializers.CharField(help_text="Its bytes in base64.")

    def validate_content(self, text: str) -> bytes:
        """The bytes."""
        try:
            return b64decode(text, validate=True)
        except ValueError:
            raise serializers.ValidationError(_("Send the bytes of the file in base64."), code="wrong_form") from None


class NewDocumentShape(Strict):
    """A paper that the procedure asks for: its file, or why you cannot hand it in."""

    id = serializers.CharField(max_length=60)
    file = InlineFileShape(required=False, allow_null=True, default=None)
    why_not = Words(max_length=LONGEST_WORDS, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs["file"]) == bool(attrs["why_not"]):
            sentence = _("Send the file, or say why you cannot hand it in.")
            raise serializers.ValidationError({"file": [ErrorDetail(sentence, "missing")]})
        return attrs


class ExplanationShape(Strict):
    """Why a paper cannot be handed in."""

    id = serializers.CharField(max_length=60)
    why_not = Words(max_length=LONGEST_WORDS)


class FilingShape(Strict):
    """A dispute of things in your own file, all of one programme."""

    documents = serializers.ListField(
        child=NewDocumentShape(),
        max_length=MOST_FILES,
        required=False,
        default=list,
        help_text="Papers that the procedure asks for. What is missing can be handed in later, unless the procedure "
        "says `not_accepted`.",
    )
    procedure = serializers.CharField(max_length=60)
    items = serializers.ListField(child=NewItemShape(), max_length=TooManyThings.most)
    late = LateShape(required=False, help_text="Only after the last day of the procedure, where it takes an excuse.")
    language = Choice(LANGUAGES, required=False, help_text="In which the decision is written; else that of your file.")

    def validate_items(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each thing stands once."""
        seen: set[tuple[Any, ...]] = set()
        errors: list[dict[str, Any]] = []
        for item in items:
            thing = (item["record"], item["field"], item["measure"])
            detail = ErrorDetail(_("List everything once only."), "duplicate")
            errors.append({"record": [detail]} if thing in seen else {})
            seen.add(thing)
        if any(errors):
            raise serializers.ValidationError(errors)
        return items


class NewEvidenceShape(Strict):
    """A file: PDF, JPEG, PNG or plain text, at most 10 MB."""

    document = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default="", help_text="The paper of the procedure that it is."
    )
    file = serializers.FileField(max_length=255, allow_empty_file=True)


class WithdrawalShape(Strict):
    """Withdrawing has effects, so it is asked twice: without `confirm` the answer says what would happen."""

    confirm = serializers.BooleanField(required=False, default=False)


class CompletionShape(Strict):
    """The person's answer to what they were asked for. Files are handed in before, at `evidence/`."""

    words = serializers.CharField(max_length=5000, help_text="What you added, or why you cannot.")


class RevivalShape(Strict):
    """What is new in a case that was turned away. Where a file was handed in since, words may be left out."""

    words = Words(
        max_length=5000, required=False, allow_blank=True, default="", help_text="What is new, in your words."
    )


class DueShape(Shape):
    """A date that binds whoever decides: the day that they work to, and the last one that the rule allows."""

    earliest = serializers.DateField()
    latest = serializers.DateField()
    provisional = serializers.BooleanField(help_text="A calendar of the future is not announced yet.")
    because = serializers.ListField(child=serializers.CharField(), help_text="How it was counted.")


class GroundShape(NamedShape):
    """A reason that the procedure hears."""

    opens_on = serializers.DateField(allow_null=True, help_text="The day to wait for; null if it can be given now.")
    hint = serializers.CharField()
    needs = serializers.ListField(child=serializers.CharField(), help_text="`value`, `words`, `document`.")


class WindowShape(Shape):
    """The time for filing, as far as it can be proved. It is counted from when you opened the last message about it."""

    last_day = serializers.DateField(help_text="Taken until then, by every reading of the rule.")
    safe_day = serializers.DateField(help_text="In time by every reading of the rule.")
    counted_from = serializers.DateField()
    rule = serializers.CharField(help_text="Where the law says so.")
    over = serializers.BooleanField()
    excuses = serializers.ListField(
        child=serializers.CharField(), help_text="Reasons for which it is taken later; none, where nothing excuses it."
    )
    because = serializers.ListField(child=serializers.CharField(), help_text="How it was counted.")


class LateFilingShape(Shape):
    last_day = serializers.DateField()
    reason = serializers.CharField(allow_blank=True)
    words = serializers.CharField(allow_blank=True)
    accepted_at = serializers.DateTimeField(allow_null=True, help_text="When it was found that the excuse counts.")
    counted_until = serializers.DateField(
        allow_null=True,
        help_text="The last day with the time in which you were kept from filing, if the rule counts so.",
    )


class AskedDocumentShape(NamedShape):
    """A paper that a procedure asks for."""

    needed_for = serializers.ListField(
        child=serializers.CharField(),
        help_text="Classes such as `serious`, or requests such as `repair`; empty: always.",
    )
    binding = serializers.BooleanField(help_text="Whether it may be insisted on: only if the rule's words were read.")
    if_missing = serializers.ChoiceField(("asked_for", "not_accepted"))
    given_by = serializers.ChoiceField(("file", "things", "words"), help_text="What gives it: a file, or the filing.")
    rule = serializers.CharField(help_text="Where the law says so.")


class DocumentShape(AskedDocumentShape):
    """A paper that a case needs, and how far it is."""

    state = serializers.ChoiceField([each.value for each in Presence])
    why_not = serializers.CharField(allow_blank=True)
    evidence = serializers.ListField(child=serializers.UUIDField(), help_text="The files that were handed in for it.")


class ProcedureShape(NamedShape):
    """A procedure that is open, and what it would do."""

    version = serializers.IntegerField()
    summary = serializers.CharField()
    grounds = GroundShape(many=True)
    documents = AskedDocumentShape(many=True, help_text="Papers that it asks for, also those of other classes.")
    marks_disputed = serializers.BooleanField()
    suspends_measures = serializers.BooleanField()
    needs_second_person = serializers.BooleanField()
    decided_by = DueShape(help_text="If it were filed today.")
    in_short = serializers.ListField(child=serializers.CharField(), help_text="What it means, in three sentences.")
    window = WindowShape(allow_null=True, help_text="Null while no time for filing runs that could be proved.")


class EarlierCaseShape(Shape):
    """A case of yours about the same entries that nobody works on any more. You can ask again: say what is new."""

    reference = serializers.CharField()
    status = serializers.ChoiceField([(status.value, title) for status, title in STATUS_CHOICES])
    filed_at = serializers.DateTimeField()


class ProceduresShape(Shape):
    """What is open, and what opens on a day to come: nothing can be filed under the latter before."""

    results = ProcedureShape(many=True)
    earlier_cases = EarlierCaseShape(many=True, help_text="Your cases about this before, newest first.")
    later = OpeningShape(many=True)


class CaseShape(Shape):
    """A case as it stands."""

    reference = serializers.CharField()
    status = serializers.ChoiceField([(status.value, title) for status, title in STATUS_CHOICES])
    whose_turn = serializers.ChoiceField([(owner.value, owner.value) for owner in Owner])
    programme = serializers.CharField()
    procedure = serializers.CharField()
    procedure_version = serializers.IntegerField()
    holder = NamedShape()
    language = serializers.CharField()
    filed_at = serializers.DateTimeField()
    standing = serializers.ChoiceField(Standing.choices, help_text="Why whoever filed it may file at all.")
    received_on = serializers.DateField(allow_null=True, help_text="Of a dispute on paper: the day it came.")
    posted_on = serializers.DateField(allow_null=True, help_text="Of a dispute on paper: the day of its postmark.")
    answer_by = serializers.ChoiceField(AnswerBy.choices)
    decide_by = serializers.DateField(help_text="The day to which whoever decides works.")
    decide_by_latest = serializers.DateField(help_text="The last day that the rule allows.")
    due_is_provisional = serializers.BooleanField()
    decided_at = serializers.DateTimeField(allow_null=True)
    served_at = serializers.DateTimeField(allow_null=True)
    withdrawal_effective_on = serializers.DateField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class ItemShape(Shape):
    """One disputed thing, with the person's own words."""

    number = serializers.IntegerField()
    record = serializers.UUIDField()
    seen = serializers.UUIDField()
    field = serializers.CharField(allow_null=True)
    measure = serializers.UUIDField(allow_null=True)
    ground = serializers.CharField()
    words = serializers.CharField()
    wanted = serializers.CharField(allow_blank=True)


class EvidenceShape(Shape):
    """A file that was handed in, after it was made safe."""

    id = serializers.UUIDField()
    document = serializers.CharField(allow_null=True, help_text="The paper of the procedure that it is.")
    name = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(("text", "pdf", "jpeg", "png"))
    size = serializers.IntegerField(help_text="Bytes, after cleaning.")
    sha256 = serializers.CharField()
    added_at = serializers.DateTimeField()


class DeadlineChangeShape(Shape):
    """A pause, an extension or a new beginning, with the words that were given for it."""

    kind = serializers.ChoiceField(("paused", "resumed", "extended", "renewed"))
    at = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True, help_text="Why, in the words of the procedure.")
    words = serializers.CharField(allow_blank=True)


class DeadlineShape(Shape):
    """One deadline of a case, with its count in sentences that can be checked with a pencil."""

    clock = serializers.CharField(help_text="Such as `decide`.")
    title = serializers.CharField()
    state = serializers.ChoiceField(ClockState.choices)
    due = serializers.DateField(help_text="The last day that the rule allows.")
    conservative = serializers.DateField(help_text="The day to work to.")
    provisional = serializers.BooleanField()
    missed = serializers.BooleanField()
    explanation = serializers.ListField(child=serializers.CharField())
    rule = serializers.CharField(help_text="Where the law says so.")
    consequences = serializers.ListField(child=serializers.CharField(), help_text="What follows from lateness.")
    may_change = serializers.ListField(
        child=serializers.CharField(), help_text="What may still make it longer or let it stand still."
    )
    changes = DeadlineChangeShape(many=True)


class ReceiptShape(Shape):
    """A proof that something was done. `filed` becomes `sealed` when there is a proof, usually within seconds."""

    event = serializers.CharField(help_text="Such as `case.filed`.")
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(("filed", "sealed"))
    proof = serializers.CharField(allow_null=True, help_text="A C2SP tlog-proof; save it as a file `.tlog-proof`.")


class ReceiptsShape(Shape):
    """The receipts of a case, and the public keys of the log; take the keys from somewhere else to be sure."""

    results = ReceiptShape(many=True)
    keys = serializers.ListField(child=serializers.CharField())


class EventShape(Shape):
    event = serializers.CharField(help_text="Such as `case.filed`.")
    at = serializers.DateTimeField()


class TurnedAwayBeforeShape(Shape):
    """A time that the case was turned away, with the reasons, and what the person then said that was new."""

    rule = serializers.CharField(help_text="Such as `repeat`.")
    reasons = serializers.CharField()
    decided_at = serializers.DateTimeField()
    revived_at = serializers.DateTimeField()
    news = serializers.CharField(allow_blank=True)


class CaseInFullShape(CaseShape):
    """A case with what is in it, what happened, and what you can do now."""

    items = ItemShape(many=True)
    documents = DocumentShape(many=True, help_text="Papers that the procedure asks for, and which are there.")
    evidence = EvidenceShape(many=True)
    timeline = EventShape(many=True)
    due = DueShape(allow_null=True)
    deadlines = DeadlineShape(many=True)
    missing = serializers.CharField(allow_null=True, help_text="What the person is asked for, while it is missing.")
    late = LateFilingShape(allow_null=True, help_text="Of a dispute that came after its last day.")
    earlier_cases = EarlierCaseShape(many=True, help_text="Your cases about the same entries before, newest first.")
    turned_away = TurnedAwayBeforeShape(many=True, help_text="Each time it was turned away and taken up again.")
    open_to_you = serializers.ListField(
        child=serializers.ChoiceField(
            ("add_evidence", "withdraw", "undo_withdrawal", "revive", "read_decision", "read_why_turned_away")
        )
    )


class ResumptionShape(Shape):
    """A measure that the case has stopped, and the first day on which it may start again."""

    measure = serializers.UUIDField()
    type = serializers.CharField()
    title = serializers.CharField()
    resumes_on = serializers.DateField(allow_null=True)


class WithdrawnShape(Shape):
    reference = serializers.CharField()
    status = serializers.CharField()
    effective_on = serializers.DateField(allow_null=True, help_text="Until then it can be undone.")
    resumes = ResumptionShape(many=True)


class CorrectionShape(Shape):
    field = serializers.CharField()
    value = serializers.JSONField(allow_null=True)


class AnswerShape(Shape):
    """The answer to one disputed thing."""

    number = serializers.IntegerField()
    record = serializers.UUIDField()
    field = serializers.CharField(allow_null=True)
    measure = serializers.UUIDField(allow_null=True)
    ground = serializers.CharField()
    outcome = serializers.ChoiceField(Outcome.choices)
    reasons = serializers.CharField()
    remedy = serializers.ChoiceField(RemedyKind.choices, allow_null=True)
    remedy_state = serializers.ChoiceField(RemedyState.choices, allow_null=True)
    correction = CorrectionShape(allow_null=True)


class ReviewShape(Shape):
    """Where to go if you do not agree, and until when: go by the first day; until the second it is accepted."""

    title = serializers.CharField()
    how = serializers.CharField(help_text="What one does, and where.")
    handled = serializers.ChoiceField(("here", "elsewhere"))
    until = serializers.DateField(allow_null=True)
    accepted_until = serializers.DateField(allow_null=True)
    because = serializers.ListField(child=serializers.CharField(), help_text="How the days were counted.")
    rule = serializers.CharField(
        allow_null=True,
        help_text="What sets a time. With no day beside it: it is not known from when it runs.",
    )


class TurnedAwayShape(Shape):
    """The answer that a case is turned away: nobody looks into it unless something new comes. Reading delivers it."""

    reference = serializers.CharField()
    rule = serializers.CharField(help_text="The rule of the procedure, such as `repeat`.")
    text = serializers.CharField(help_text="What the rule says.")
    cite = serializers.CharField(help_text="Where the law says so.")
    reasons = serializers.CharField()
    decided_at = serializers.DateTimeField()
    told_until = serializers.DateField(
        allow_null=True, help_text="The last day on which we may tell you, if there is one."
    )
    served_at = serializers.DateTimeField(allow_null=True)
    something_new = serializers.ListField(child=serializers.CharField(), help_text="How it is taken up again.")
    resumes = ResumptionShape(many=True)
    review = ReviewShape(allow_null=True)
    letter = serializers.CharField(help_text="Where the same stands as a PDF letter.")


class DecisionShape(Shape):
    """The answer to a case. Reading it is what delivers it."""

    reference = serializers.CharField()
    decided_at = serializers.DateTimeField()
    served_at = serializers.DateTimeField()
    answers = AnswerShape(many=True)
    resumes = ResumptionShape(many=True)
    review = ReviewShape(allow_null=True)
    letter = serializers.CharField(help_text="Where the same stands as a PDF letter.")
