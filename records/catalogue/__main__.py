"""Print the JSON Schema of a programme file: `python -m records.catalogue > docs/reference/programme.schema.json`."""

import json
import sys

from records.catalogue import json_schema

json.dump(json_schema(), sys.stdout, ensure_ascii=False, indent=2, sort_keys=True)
sys.stdout.write("\n")
