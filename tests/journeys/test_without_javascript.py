"""Everything works where no script runs."""

from pathlib import Path

from appeals.models import Case
from tests.journeys import acts, cast
from tests.journeys.cast import WANG
from tests.journeys.conftest import Visit


def test_a_dispute_is_filed_without_javascript(visit: Visit, tmp_path: Path) -> None:
    cast.hold("cn-court-defaulters", ["2025-000123"], tmp_path, language="en")
    person = visit("en", looks=False, java_script_enabled=False)
    acts.sign_in(person, WANG)
    person.follow("Listing as a judgment defaulter")
    person.follow("Dispute this")
    person.press("Continue")
    person.page.get_by_role("link", name="Choose at least one entry or measure that you want to dispute.").click()
    assert person.page.url.endswith("_0")
    person.choose("The whole entry")
    person.press("Continue")
    person.choose("Ask us to look again")
    person.press("Continue")
    person.choose("It is not about me")
    person.press("Continue")
    person.fill("Tell us in your own words", "I was never at that court.")
    person.press("Continue")
    person.page.get_by_label("Choose a file", exact=True).set_input_files(
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"I was in another city."}
    )
    person.press("Add this file")
    person.follow("Continue")
    person.sees("note.txt")
    reference = acts.send(person)
    assert Case.objects.get().reference == reference
    person.press("简体中文")
    person.page.locator("html[lang=zh-Hans]").wait_for()
