from django.db import migrations

from audit import guard

RECORDED = {
    "records_record": "id",
    "records_version": "record_id",
    "records_content": "record_id",
    "records_measure": "record_id",
    "records_mark": "record_id",
    "records_disclosure": "record_id",
    "records_access": "record_id",
}


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial"), ("audit", "0002_guards")]

    operations = [
        migrations.RunSQL(guard.append_only("records_version"), migrations.RunSQL.noop),
        *(
            migrations.RunSQL(guard.must_be_recorded(table, kind="record", column=column), migrations.RunSQL.noop)
            for table, column in RECORDED.items()
        ),
    ]
