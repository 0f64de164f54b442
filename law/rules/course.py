"""What happens on the way: interim effects, screening, enquiry, tiers, service, notices."""

from typing import Annotated, Literal

from pydantic import Field

from law.clocks.terms import Span
from law.evidence import Listed, Names, Rule, Switch
from law.rules.timing import Clock, Deemed
from law.texts import Strict, Text, Words


class Interim(Strict):
    """What filing does at once, or on request."""

    mark_disputed: Switch
    suspend_measures: Switch
    # Used for nothing but keeping and checking it.
    restrict: Switch | None = None
    # Shown to nobody.
    block: Switch | None = None
    # Not published for a time.
    mask: Switch | None = None
    # The effect stops if the person asks and a human agrees.
    stay_on_request: Switch | None = None
    # Those who get the data meanwhile are told of the dispute.
    tell_recipients: Switch | None = None


class Approval(Rule):
    """Whether somebody else must approve the draft of a decision."""

    second_person: bool

    def in_effect(self) -> bool:
        """Whether a second person is needed; an unread *no* does not take it away."""
        return self.acts_for_person() if self.second_person else not self.acts_against_person()


class Enquiry(Rule):
    """Whether the source is asked to show that it is right, and what its silence means."""

    ask_source: bool
    silence: Literal["unverifiable", "decide_without"]


class Screening(Rule):
    """Why an application may be stopped before it is heard. It acts against the person, so it must be read.

    A human decides, with reasons, and the person can go to the next tier. What they send in anew revives it.
    """

    # `late` follows from a window that the file has (`clocks.file_by`); no file writes it.
    id: Literal["incomplete", "repeat", "frivolous", "outside_scope", "no_standing", "abusive", "late"]
    text: Text
    decided_by: Literal["human"] = "human"
    contents: Annotated[tuple["Content", ...], Listed, Field(min_length=1)]
    # The clock by which the person is told, and the one by which they can put it right.
    told_by: Literal["acknowledge", "accept", "notify_refusal"] | None = None
    cured_by: Literal["cure"] | None = None
    if_not_cured: Literal["treated_as_withdrawn", "refused"] | None = None
    revived_by: Annotated[tuple[Literal["new_information", "cure", "new_ground"], ...], Listed, Field(min_length=1)]
    next_tier: Words


ReviewerRule = Literal[
    "not_original_decider",
    "human",
    "not_solely_automated",
    "qualified",
    "senior",
    "two_person",
    "head_or_designate",
    "higher_body",
    "external_certified",
    "panel",
]


class Tier(Rule):
    """One level of decision."""

    id: Words
    title: Text
    kind: Literal["holder", "superior", "regulator", "ombudsman", "adr", "court"] = "holder"
    reviewer: Literal["holder", "not_the_deciding_unit", "higher_body", "external"]
    reviewer_rules: Annotated[tuple[ReviewerRule, ...], Listed] = ()
    handled: Literal["here", "elsewhere"]
    # Whether going there keeps what filing suspended.
    stays: bool
    # Whether the tier below must have answered, or have been silent, before.
    exhaust: bool = True
    binding: bool = True
    how: Text
    file_by: Clock | None = None
    decide: Clock | None = None


class Service(Rule):
    """How a decision reaches the person. Without `deemed`, only real opening or handing over counts."""

    methods: Annotated[tuple[Literal["inbox", "mail", "letter"], ...], Listed, Field(min_length=1)]
    deemed: Deemed | None = None


Content = Literal[
    "reference",
    "what_is_contested",
    "what_happens_next",
    "due_date",
    "interim_effects",
    "person_words",
    "reply_by",
    "outcome",
    "reasons",
    "evidence_used",
    "remedies",
    "who_decided",
    "recipients_told",
    "next_tier",
    "statement_right",
    "measures_resume_on",
    "revised_report",
    "source_contact",
    "procedure_description",
    "what_is_needed",
    "all_defects",
    "old_date",
    "new_date",
    "automated_role",
    "logic",
    "main_elements",
    "data_categories",
    "legal_basis",
    "source_of_data",
    "agency_contact",
    "dispute_right",
    "free_report_right",
    "court_right",
    "authority_right",
    "restriction_scope",
    "facts",
    "reinserted_entry",
    "criterion",
    "summary_of_evidence",
    "repair_conditions",
    "publication_term",
]
NoticeName = Literal[
    "filed",
    "accepted",
    "incomplete",
    "refused",
    "source_asked",
    "extended",
    "paused",
    "resumed",
    "decided",
    "late",
    "adverse_action",
    "reinserted",
    "restriction_lifted",
    "repair_offered",
]


class Notice(Rule):
    """What a message under this procedure has to say."""

    contains: Annotated[tuple[Content, ...], Listed, Field(min_length=1)]


class Explanation(Rule):
    """What has to be explained about a decision in which a machine had a part, and by when."""

    contains: Annotated[tuple[Content, ...], Listed, Field(min_length=1)]
    when: Literal["on_request", "with_decision", "at_latest_on_effect"]


class DisclosureLimit(Rule):
    """What the person is not told, and why. It acts against the person, so it must be read."""

    level: Literal["withheld_with_reason", "gist", "criterion", "status_only", "neither_confirm_nor_deny"]
    what: Text
    reason: Text


class LookBack(Strict):
    """Who is told: those who got it within this time."""

    within: Span
    of: Names = ()


Screening.model_rebuild()
