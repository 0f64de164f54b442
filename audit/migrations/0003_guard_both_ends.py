from django.db import migrations

# A row that moves from one record or case to another changes both, so each needs its entry.
GUARD = """
CREATE OR REPLACE FUNCTION audit_require_entry_for_{kind}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  concerned uuid;
  earlier uuid;
BEGIN
  IF TG_ARGV[0] = 'id' THEN concerned := COALESCE(NEW.id, OLD.id); earlier := OLD.id;
  ELSE concerned := COALESCE(NEW.{kind}_id, OLD.{kind}_id); earlier := OLD.{kind}_id; END IF;
  IF NOT EXISTS (SELECT FROM audit_entry WHERE {kind}_id = concerned AND xid = pg_current_xact_id())
    OR (earlier <> concerned
        AND NOT EXISTS (SELECT FROM audit_entry WHERE {kind}_id = earlier AND xid = pg_current_xact_id())) THEN
    RAISE EXCEPTION 'write to % without a log entry for {kind} % in the same transaction',
      TG_TABLE_NAME, COALESCE(earlier, concerned) USING ERRCODE = '23514', CONSTRAINT = 'must_be_recorded';
  END IF;
  RETURN NULL;
END$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_guards")]

    operations = [migrations.RunSQL(GUARD.format(kind=kind), migrations.RunSQL.noop) for kind in ("record", "case")]
