"""Look for rows that contradict each other."""

import sys
from collections import defaultdict
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils import timezone

from appeals import integrity

_SHOWN: Final = 20


class Command(BaseCommand):
    help = (
        "Check that cases, records, measures, messages and the log agree with each other, and that nothing waits that "
        "should be done. Reads only. Prints codes and ids, never a value. Exit status: 0 all holds, 1 something does "
        "not (docs/how-to/check-integrity.md says what each code means)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what does not hold, at most twenty ids for each code."""
        found: dict[str, list[str]] = defaultdict(list)
        for code, row_id in integrity.findings(timezone.now()):
            found[code].append(row_id)
        for code, ids in found.items():
            self.stdout.write(f"{code}: {len(ids)}")
            for row_id in ids[:_SHOWN]:
                self.stdout.write(f"  {row_id}")
            if len(ids) > _SHOWN:
                self.stdout.write(f"  and {len(ids) - _SHOWN} more")
        if found:
            sys.exit(1)
        self.stdout.write(f"All {len(integrity.all_checks())} checks hold.")
