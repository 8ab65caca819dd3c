"use strict";
// The pages work without this. It opens the menu on small screens and keeps the
// parts of a page fresh: the server sends them made, by the id of their element.
(() => {
  const button = document.querySelector(".menu-button");
  const menu = document.getElementById("menu");
  if (button && menu) {
    button.hidden = false;
    document.body.classList.add("folds");
    const fold = (open) => {
      button.setAttribute("aria-expanded", String(open));
      document.body.classList.toggle("menu-open", open);
    };
    button.addEventListener("click", () => fold(button.getAttribute("aria-expanded") !== "true"));
    document.addEventListener("keydown", (e) => {
      if (e.key === "Escape" && document.body.classList.contains("menu-open")) {
        fold(false);
        button.focus();
      }
    });
  }

  const path = document.body.dataset.live;
  if (!path || !window.EventSource) return;
  const note = document.querySelector(".live-note");
  const say = (text) => {
    note.textContent = text;
    note.hidden = text === "";
  };
  const source = new EventSource(path);
  source.addEventListener("open", () => say(""));
  source.addEventListener("error", () => {
    say(source.readyState === EventSource.CLOSED
      ? "This page no longer refreshes itself; reload it."
      : "The server does not answer; trying again.");
  });
  for (const part of document.querySelectorAll("main [id]")) {
    source.addEventListener(part.id, (e) => {
      // Not under the hands of somebody who is in the middle of it.
      if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return;
      const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
      part.innerHTML = e.data;
      if (focused) document.getElementById(focused)?.focus();
    });
  }
  window.addEventListener("pagehide", () => source.close());
})();
