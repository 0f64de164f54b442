from django.db import migrations

from audit import guard

TABLES = ("appeals_screening", "appeals_latefiling")


class Migration(migrations.Migration):
    dependencies = [("appeals", "0014_turning_away"), ("audit", "0003_guard_both_ends")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for table in TABLES
        for sql in (guard.must_be_recorded(table, kind="case", column="case_id"), guard.never_emptied(table))
    ]
