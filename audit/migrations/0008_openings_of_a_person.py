from django.db import migrations

# By these a person's entries are found, for their own page and for an erasure; an entry itself names nobody.
INDEX = """
CREATE INDEX audit_openings_of_a_person ON audit_opening (subject_key, entry_id) WHERE name IN ('subject', 'actor')
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_failure_counts")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX audit_openings_of_a_person")]
