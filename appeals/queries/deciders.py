"""Which office decides: the reviewer rule of a procedure's first tier, met by an organisation of the programme.

# Note [Higher body]
Where a law has the office above decide, nobody of the office whose entry it is may. Its programme names the office
above (`higher_body`), whose staff then have the case from the queue to the decision. A procedure whose rule nobody
here can keep is not offered at all: a dispute that the wrong office answers costs the time for the right one.
"""

from law.procedure import Procedure
from records.catalogue import Holder, Programme


def decider(procedure: Procedure, programme: Programme) -> Holder | None:
    """The organisation whose staff decide under this procedure; None if no office of this service may."""
    match procedure.tiers[0].reviewer:
        case "holder":
            return programme.holder
        case "higher_body":
            return programme.higher_body
    return None


def office_of(procedure: Procedure, programme: Programme) -> Holder:
    """The office by whose calendar a deadline is told before there is a case: the one that would decide."""
    return decider(procedure, programme) or programme.holder
