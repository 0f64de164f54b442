"""The answer that a case is turned away, in finished words: one text for the page, the letter and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import queries as accounts
from appeals import presentation, queries, windows
from appeals.letter_of import Signer, role_of, starting_again
from appeals.letters import Notice
from appeals.models import Case
from appeals.queries import OpenScreening
from appeals.workflow import ANSWERED
from audit import publishing
from law.rules import Screening as Rule
from records import presentation as entries
from records.openings import Window


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """`told_until`: the last day on which the procedure lets us tell it. `tier_window`: until when one goes
    there, as it was on delivery."""

    rule: str
    cite: str
    reasons: str
    decided_on: date
    told_until: date | None
    signers: Sequence[Signer]
    meanwhile: Sequence[str]
    tier_title: str
    tier_how: str
    tier_window: Window | None


class NotTurnedAway(LookupError):
    """No answer of this kind stands in this case."""


def answer_of(case: Case) -> TurnedAway:
    """The answer as it stands, in the reader's language. Raises `NotTurnedAway`."""
    standing = queries.screening_that_stands(case)
    if standing is None or standing.row.decided_at is None or case.status not in ANSWERED:
        raise NotTurnedAway
    procedure = queries.procedure_of(case)
    rule = standing.rule
    tier = queries.next_tier_of(case, rule) if rule else None
    return TurnedAway(
        rule=_rule_text(rule) if rule else "",
        cite=rule.cite if rule else "",
        reasons=standing.reasons,
        decided_on=procedure.local_date(standing.row.decided_at),
        told_until=_told_until(case, rule),
        signers=_signers(case, standing),
        meanwhile=_meanwhile(case),
        tier_title=tier.title.in_language(entries.reader()) if tier else "",
        tier_how=presentation.how_to_reach(tier, case) if tier else "",
        tier_window=windows.for_tier(case, tier, case.served_at or standing.row.decided_at) if tier else None,
    )


def notice_of(case: Case, *, address: tuple[str, ...] = (), on: datetime) -> Notice:
    """The same as a letter, in the language of the case. Raises `NotTurnedAway`."""
    with override(case.language):
        said = answer_of(case)
        procedure = queries.procedure_of(case)
        return Notice(
            language=case.language,
            sender=entries.organisation(case.holder.name),
            addressee=accounts.name_of(case.subject_id),
            address=address,
            title=str(presentation.TURNED_AWAY),
            paragraphs=tuple(_paragraphs(said)),
            on=said.decided_on,
            reference=case.reference,
            checkpoint=publishing.on_day(procedure.local_date(on)),
        )


def something_new() -> list[str]:
    """How the case is taken up again, and what helps."""
    return [
        _("If you have something new, tell us. Your case is then looked into, from its beginning, by a person."),
        _(
            "New is what we did not have before: a paper, a fact, a mistake in the earlier answer, another reason."
            " A few words are enough."
        ),
    ]


def _paragraphs(said: TurnedAway) -> list[str]:
    """The letter, line by line: what, why, what happens, what one can do."""
    lines = [
        _("We do not look into your case. This letter says why, and what you can do."),
        _("The rule: %(rule)s (%(cite)s)") % {"rule": said.rule, "cite": said.cite},
        _("Why: %(reasons)s") % {"reasons": said.reasons},
        *said.meanwhile,
        *something_new(),
    ]
    if said.tier_title:
        lines.append(_("If you do not agree: %(title)s") % {"title": said.tier_title})
        lines.append(said.tier_how)
    if said.tier_window:
        lines += windows.lines(said.tier_window)
    return [*lines, *(signed(each) for each in said.signers)]


def signed(signer: Signer) -> str:
    """Who had a part in it, as others know them."""
    names = {"role": signer.role, "number": signer.number, "did": signer.did}
    return _("%(role)s no. %(number)s: %(did)s") % names


def _meanwhile(case: Case) -> list[str]:
    """What becomes of marks and measures: nothing before the person was told, and then only after some days."""
    procedure = queries.procedure_of(case)
    marks = [_("What you disputed loses its mark “disputed” when you get this answer.")]
    return [*(marks if procedure.marks_disputed else []), *starting_again(case, procedure)]


def _rule_text(rule: Rule) -> str:
    """What the rule says; also that, by it, what nobody completed counts as withdrawn."""
    text = queries.rule_text(rule)
    if rule.id == queries.UNCURED and rule.if_not_cured == "treated_as_withdrawn":
        return _("%(rule)s What was asked for did not come, so by this rule it counts as withdrawn.") % {"rule": text}
    return text


def _told_until(case: Case, rule: Rule | None) -> date | None:
    """The last day for telling it, of the clock that the rule names."""
    if rule is None or rule.told_by is None or rule.id == queries.UNCURED:  # there it is the day for asking
        return None
    return case.clocks.filter(name=rule.told_by).values_list("due_latest", flat=True).first()


def _signers(case: Case, standing: OpenScreening) -> list[Signer]:
    acts, _looks = queries.acts_and_looks(case)
    last = {act.event: act for act in acts if act.number is not None}
    did = [("case.screened_out", _("decided"))]
    if standing.row.approved_by_id:
        did = [("case.screening_proposed", _("proposed it")), ("case.screening_approved", _("agreed to it"))]
    return [Signer(role_of(last[event].role), str(last[event].number), words) for event, words in did if event in last]
