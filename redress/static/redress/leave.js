// The link “Leave quickly” takes the place of this page in the history, and Escape pressed three times does the same.
// Optional: without it the link is a plain link, and going back leads to a page that asks to sign in.
const link = document.querySelector("[data-leave]");
const WITHIN = 2000; // milliseconds for three presses
if (link) {
  const leave = () => {
    document.body.hidden = true; // the page is gone before the next one has come
    location.replace(link.href);
  };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    presses = [...presses.filter((at) => event.timeStamp - at < WITHIN), event.timeStamp];
    if (presses.length >= 3) leave();
  });
}
