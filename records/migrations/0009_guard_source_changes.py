from django.db import migrations

from audit import guard

TABLES = ("records_sourcechange", "records_sourcewithdrawal")


class Migration(migrations.Migration):
    dependencies = [("records", "0008_source_changes"), ("audit", "0003_guard_both_ends")]

    operations = [
        *(
            migrations.RunSQL(guard.must_be_recorded(table, kind="record", column="record_id"), migrations.RunSQL.noop)
            for table in TABLES
        ),
        *(migrations.RunSQL(guard.never_emptied(table), migrations.RunSQL.noop) for table in TABLES),
    ]
