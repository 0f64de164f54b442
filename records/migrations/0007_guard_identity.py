from django.db import migrations

from audit import guard

RECORDED = ("records_doubtfulline", "records_identitychange")


class Migration(migrations.Migration):
    dependencies = [("records", "0006_doubtful_lines_and_changes_of_identity"), ("audit", "0003_guard_both_ends")]

    operations = [
        migrations.RunSQL(guard.append_only("records_identitymove"), migrations.RunSQL.noop),
        *(
            migrations.RunSQL(guard.must_be_recorded(table, kind="record", column="id"), migrations.RunSQL.noop)
            for table in RECORDED
        ),
        *(migrations.RunSQL(guard.never_emptied(table), migrations.RunSQL.noop) for table in RECORDED),
    ]
