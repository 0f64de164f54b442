// After a form came back with errors, start a screen reader and the keyboard at the summary.
// Optional: without it the summary is still the first thing in the main part.
const summary = document.querySelector("[data-error-summary]");
if (summary) {
  summary.setAttribute("tabindex", "-1");
  summary.addEventListener("blur", () => summary.removeAttribute("tabindex"), { once: true });
  summary.focus();
  // Its links would leave the field's name in the address, and the pages after this one would start there.
  summary.addEventListener("click", (event) => {
    const field = event.target.hash && document.getElementById(event.target.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    (field.closest("fieldset") ?? field.labels?.[0] ?? field).scrollIntoView();
    field.focus({ preventScroll: true });
  });
}
