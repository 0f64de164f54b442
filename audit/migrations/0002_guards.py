from django.db import migrations

from audit import guard

COLUMNS = """
ALTER TABLE audit_entry ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE audit_entry ADD CONSTRAINT audit_leaf_fits_an_entry_bundle
  CHECK (octet_length(leaf) BETWEEN 1 AND 65535);
ALTER TABLE audit_entry ADD CONSTRAINT audit_leaf_hash_is_of_the_leaf
  CHECK (leaf_hash = sha256('\\x00'::bytea || leaf));
CREATE INDEX audit_entry_of_record ON audit_entry (record_id, xid) WHERE record_id IS NOT NULL;
CREATE INDEX audit_entry_of_case ON audit_entry (case_id, xid) WHERE case_id IS NOT NULL;
"""

# One function per kind serves every table: the trigger's argument says where the id stands.
FUNCTIONS = """
CREATE FUNCTION audit_deny() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
  RAISE EXCEPTION '% on % is forbidden: this table only grows', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
END$$;

CREATE FUNCTION audit_require_entry_for_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  concerned uuid;
BEGIN
  IF TG_ARGV[0] = 'id' THEN concerned := COALESCE(NEW.id, OLD.id);
  ELSE concerned := COALESCE(NEW.record_id, OLD.record_id); END IF;
  IF NOT EXISTS (SELECT FROM audit_entry WHERE record_id = concerned AND xid = pg_current_xact_id()) THEN
    RAISE EXCEPTION 'write to % without a log entry for record % in the same transaction', TG_TABLE_NAME, concerned
      USING ERRCODE = '23514', CONSTRAINT = 'must_be_recorded';
  END IF;
  RETURN NULL;
END$$;

CREATE FUNCTION audit_require_entry_for_case() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  concerned uuid;
BEGIN
  IF TG_ARGV[0] = 'id' THEN concerned := COALESCE(NEW.id, OLD.id);
  ELSE concerned := COALESCE(NEW.case_id, OLD.case_id); END IF;
  IF NOT EXISTS (SELECT FROM audit_entry WHERE case_id = concerned AND xid = pg_current_xact_id()) THEN
    RAISE EXCEPTION 'write to % without a log entry for case % in the same transaction', TG_TABLE_NAME, concerned
      USING ERRCODE = '23514', CONSTRAINT = 'must_be_recorded';
  END IF;
  RETURN NULL;
END$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(COLUMNS, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(guard.append_only("audit_entry"), migrations.RunSQL.noop),
    ]
