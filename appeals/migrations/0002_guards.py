from django.db import migrations

from audit import guard

RECORDED = {
    "appeals_case": "id",
    "appeals_item": "case_id",
    "appeals_clockentry": "case_id",
    "appeals_evidence": "case_id",
    "appeals_decision": "case_id",
    "appeals_itemoutcome": "case_id",
    "appeals_remedy": "case_id",
}


class Migration(migrations.Migration):
    dependencies = [("appeals", "0001_initial"), ("audit", "0002_guards")]

    operations = [
        migrations.RunSQL(guard.must_be_recorded(table, kind="case", column=column), migrations.RunSQL.noop)
        for table, column in RECORDED.items()
    ]
