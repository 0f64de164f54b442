"""What must hold about messages. Each check returns those for which it does not."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from audit.integrity import Check
from delivery.models import MailState, Message

# The sweep looks every half minute: what is due for longer waits for a worker that does not run.
LATE = timedelta(minutes=15)


def _mail_overdue(at: datetime) -> Iterable[object]:
    """Mails that should have been sent, or tried again."""
    due = Message.objects.filter(mail_state=MailState.WAITING, next_try_at__lt=at - LATE)
    return due.values_list("pk", flat=True).iterator()


CHECKS: Mapping[str, Check] = {"message.mail_overdue": _mail_overdue}
