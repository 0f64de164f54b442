from django.db import migrations

from audit import guard


class Migration(migrations.Migration):
    dependencies = [("records", "0016_statements"), ("audit", "0003_guard_both_ends")]

    operations = [
        migrations.RunSQL(
            guard.must_be_recorded("records_statement", kind="record", column="record_id"), migrations.RunSQL.noop
        ),
        migrations.RunSQL(guard.never_emptied("records_statement"), migrations.RunSQL.noop),
    ]
