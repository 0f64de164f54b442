from django.db import migrations

from audit import guard

# `appeals_clock` is derived from the ledger, which is guarded; `appeals.integrity` compares the two.


class Migration(migrations.Migration):
    dependencies = [("appeals", "0006_ledger_of_each_clock"), ("audit", "0003_guard_both_ends")]

    operations = [
        migrations.RunSQL(guard.never_emptied("appeals_clock"), migrations.RunSQL.noop),
        migrations.RunSQL(guard.append_only("appeals_clockentry"), migrations.RunSQL.noop),
    ]
