"""The picture in the README is what the page looks like: `REDRESS_TEST_PICTURE=1` takes it anew."""

import io
import os
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from PIL import Image
from playwright.sync_api import FloatRect

from appeals import operations
from records.models import Record
from tests import factories
from tests.journeys import cast
from tests.journeys.conftest import Visit

PICTURE = Path(settings.BASE_DIR) / "docs" / "images" / "held.png"
WIDTH = 1280


def test_the_picture_of_what_is_held(visit: Visit, tmp_path: Path) -> None:
    cast.hold("cn-court-defaulters", ["2025-000123"], tmp_path, language="en")
    record = Record.objects.get()
    person = factories.person(record.subject)
    factories.organisation("cn-spc")
    items = [factories.item(record, words="I am not the man in this judgment.")]
    operations.file(procedure_id="redress-model", items=items, language="en", by=person, at=timezone.now())

    reader = visit("en")
    reader.be(person)
    reader.open("/held/")
    reader.sees("Listing as a judgment defaulter", "Disputed", "No planes")
    if os.environ.get("REDRESS_TEST_PICTURE") == "1":
        entry = reader.page.locator("article").first.bounding_box()
        assert entry
        clip: FloatRect = {"x": 0, "y": 0, "width": WIDTH, "height": entry["y"] + entry["height"] + 30}
        taken = reader.page.screenshot(full_page=True, clip=clip)
        Image.open(io.BytesIO(taken)).quantize(128).save(PICTURE, optimize=True)  # a third of the bytes
    with Image.open(PICTURE) as picture:
        assert picture.width == WIDTH
