"""Everything works with the keyboard alone, and one sees where one is."""

from pathlib import Path

from playwright.sync_api import Page

from tests.journeys import acts, cast
from tests.journeys.cast import WANG
from tests.journeys.conftest import Visit

_MOST_STOPS = 120  # on the longest page
# The name of what has the focus, and whether anything about it shows that it has.
_FOCUS = """() => {
  const now = document.activeElement;
  if (now === document.body) return {name: '', isShown: false};  // nothing has it: the page has just come
  const label = now.labels?.[0] ?? now;
  const shown = [getComputedStyle(now), getComputedStyle(label, '::before'), getComputedStyle(label)];
  const isOutlined = style => style.outlineStyle !== 'none' && style.outlineWidth !== '0px';
  const isMarked = style => style.boxShadow !== 'none' || isOutlined(style);
  return {name: (now.labels?.length ? label.textContent : now.textContent).trim().replace(/\\s+/g, ' '),
          isShown: shown.some(isMarked)};
}"""


class Keys:
    """Somebody who has no mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def to(self, name: str) -> None:
        """Press Tab until the thing of this name has the focus; every stop on the way shows that it has it."""
        passed = []
        for _ in range(_MOST_STOPS):
            self._page.keyboard.press("Tab")
            focus = self._page.evaluate(_FOCUS)
            assert focus["isShown"] or not focus["name"], f"the focus cannot be seen on: {focus['name']}"
            if focus["name"] == name:
                return
            passed.append(focus["name"])
        raise AssertionError(f"Tab never reached {name}: {passed}")

    def press(self, name: str, key: str = "Enter") -> None:
        """Go to a link or button and press it."""
        self.to(name)
        before = self._page.url
        self._page.keyboard.press(key)
        self._page.wait_for_url(lambda url: url != before)

    def write(self, name: str, text: str) -> None:
        self.to(name)
        self._page.keyboard.type(text)


def test_a_dispute_is_filed_with_the_keyboard_alone(visit: Visit, tmp_path: Path) -> None:
    cast.hold("cn-court-defaulters", ["2025-000123"], tmp_path, language="en")
    person = visit("en", looks=False)
    keys = Keys(person.page)
    person.open("/sign-in/")
    keys.to("Skip to main content")
    person.page.keyboard.press("Enter")
    keys.to("For myself")
    person.page.keyboard.press("Space")
    keys.write("E-mail address", WANG.email)
    keys.press("Send me a code")
    keys.write("Code from the mail", acts.code_from_mail(WANG))
    keys.write("Day", "14")
    keys.write("Month", "2")
    keys.write("Year", "1985")
    person.page.keyboard.press("Enter")
    person.reads("What is held about me")

    keys.press("Listing as a judgment defaulter")
    keys.press("Dispute this")
    keys.to("The whole entry")
    person.page.keyboard.press("Space")
    keys.press("Continue")
    person.reads("Which procedure do you want to use?")
    choose_last_with_arrows(person.page, keys, "Ask the court to correct its list", "Ask us to look again")
    keys.press("Continue")
    keys.to("It is wrong")
    for _ in range(3):  # to "It is not about me"
        person.page.keyboard.press("ArrowDown")
    keys.press("Continue")
    keys.write("Tell us in your own words", "I was never at that court.")
    keys.press("Continue", key="Space")
    keys.press("Continue without a file")
    keys.press("Send the dispute", key="Space")
    person.reads("Your dispute is sent")


def choose_last_with_arrows(page: Page, keys: Keys, first: str, last: str) -> None:
    """A group of radio buttons is one stop; arrows choose inside it."""
    keys.to(first)
    page.keyboard.press("ArrowDown")
    assert page.evaluate(_FOCUS)["name"] == last
