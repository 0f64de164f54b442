from django.db import migrations

from audit import guard

RECORDED = (
    "appeals_case",
    "appeals_item",
    "appeals_clockentry",
    "appeals_evidence",
    "appeals_decision",
    "appeals_itemoutcome",
    "appeals_remedy",
)


class Migration(migrations.Migration):
    dependencies = [("appeals", "0002_guards"), ("audit", "0003_guard_both_ends")]

    operations = [migrations.RunSQL(guard.never_emptied(table), migrations.RunSQL.noop) for table in RECORDED]
