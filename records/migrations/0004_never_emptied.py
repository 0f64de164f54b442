from django.db import migrations

from audit import guard

# Those that only grow (records_version) refuse it already.
RECORDED = (
    "records_record",
    "records_content",
    "records_measure",
    "records_mark",
    "records_disclosure",
    "records_access",
)


class Migration(migrations.Migration):
    dependencies = [("records", "0003_measure_hands"), ("audit", "0003_guard_both_ends")]

    operations = [migrations.RunSQL(guard.never_emptied(table), migrations.RunSQL.noop) for table in RECORDED]
