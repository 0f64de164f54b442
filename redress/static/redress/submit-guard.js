// A second press on a form already under way is dropped (`<form data-guard>`).
// Optional: the server answers a form that arrives twice as if it had come once.
const PAUSE = 5000; // milliseconds; then pressing again is allowed, in case the network swallowed the first
for (const form of document.querySelectorAll("form[data-guard]")) {
  let sentAt = -PAUSE;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < PAUSE) {
      event.preventDefault();
      return;
    }
    sentAt = event.timeStamp;
  });
}
