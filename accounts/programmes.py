"""The names of programmes. This package stands below those that know them, so it asks what the settings name."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import get_language


def titles() -> dict[str, str]:
    """Every programme by its code, in the reader's language."""
    found: dict[str, Any] = import_string(settings.PROGRAMMES)()
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    return {code: programme.title.of(language) for code, programme in found.items()}
