from django.db import migrations

# An entry with its openings, as `audit.operations.record` writes it. A function, because the database keeps the plans of
# its statements for as long as a connection lasts, also behind a pooler; planned anew each time, they cost as much again.
APPEND = """
CREATE FUNCTION audit_append(
  event text, of_case uuid, of_record uuid, content bytea, hash bytea, names text[], owners uuid[], values_sealed bytea[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  made bigint;
BEGIN
  INSERT INTO audit_entry (event_type, case_id, record_id, leaf, leaf_hash)
  VALUES (event, of_case, of_record, content, hash) RETURNING entry_id INTO made;
  INSERT INTO audit_opening (entry_id, name, subject_key, sealed)
  SELECT made, fact.name, fact.owner, fact.sealed FROM unnest(names, owners, values_sealed) AS fact (name, owner, sealed);
  RETURN made;
END$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_openings_of_a_person")]

    operations = [
        migrations.RunSQL(
            APPEND, "DROP FUNCTION audit_append(text, uuid, uuid, bytea, bytea, text[], uuid[], bytea[])"
        )
    ]
