from django.db import migrations

from audit import guard

# A statement's entries go into the queue at once: an import writes thousands with one COPY.
QUEUE = """
CREATE FUNCTION audit_enqueue() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
  INSERT INTO audit_pending (entry_id, leaf_hash) SELECT entry_id, leaf_hash FROM added;
  RETURN NULL;
END$$;
CREATE TRIGGER enqueue AFTER INSERT ON audit_entry REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION audit_enqueue();
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER enqueue;
"""

# Making the trigger has locked writers out until this transaction ends, so no entry is left between.
EARLIER = "INSERT INTO audit_pending (entry_id, leaf_hash) SELECT entry_id, leaf_hash FROM audit_entry"

# The queue is filled and emptied all the time; hashes do not compress.
STORAGE = """
ALTER TABLE audit_pending SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE audit_tile ALTER COLUMN data SET STORAGE EXTERNAL;
INSERT INTO audit_tree (id, size, root, refusal) VALUES (1, 0, sha256(''), '');
"""

ONLY_GROW = ("audit_leaf", "audit_checkpoint", "audit_cosignature")


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_tree")]

    operations = [
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(QUEUE, migrations.RunSQL.noop),
        migrations.RunSQL(EARLIER, migrations.RunSQL.noop),
        *(migrations.RunSQL(guard.append_only(table), migrations.RunSQL.noop) for table in ONLY_GROW),
    ]
