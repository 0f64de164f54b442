from django.db import migrations

# The turn of the month finds what stands under an older month's key (audit/turning.py).
INDEX = """
CREATE INDEX audit_keys_by_month ON audit_subject_key (substring(wrapped_key FROM 1 FOR 7))
  WHERE wrapped_key IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_queue")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX audit_keys_by_month")]
