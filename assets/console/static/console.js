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

  // Where the pages of this browser's session are. What a script remembers belongs to
  // this host and port alone, unlike a cookie.
  const memory = "folder";
  const folder = document.body.dataset.folder;
  const here = new URL(location.href);
  try {
    if (folder) localStorage.setItem(memory, folder);
    else if (here.searchParams.has("gone")) localStorage.removeItem(memory);
    else if (["/login", "/enter"].includes(here.pathname) && localStorage.getItem(memory)) {
      const next = here.searchParams.get("next") || "/";
      location.replace(localStorage.getItem(memory) + (next.startsWith("/") ? next : "/"));
    }
  } catch { /* this browser remembers nothing; log in again */ }

  document.addEventListener("submit", (e) => {
    const question = e.target.dataset.confirm;
    if (question && !window.confirm(question)) e.preventDefault();
  });

  // place tells elements of a part apart that can have the focus.
  const reachable = "a, button, summary";
  const place = (part, x) => [x.tagName, x.href || x.value || x.closest("[data-key]")?.dataset.key || "", x.textContent].join("|");

  const path = document.body.dataset.live;
  if (!path || !window.EventSource) return;
  const note = document.querySelector(".live-note");
  const say = (text) => {
    note.textContent = text;
    note.hidden = text === "";
  };
  let source = null;
  const listen = () => {
    source?.close();
    source = new EventSource(path);
    source.addEventListener("open", () => say(""));
    source.addEventListener("error", () => {
      document.body.classList.remove("live");
      say(source.readyState === EventSource.CLOSED
        ? "This page no longer refreshes itself; reload it."
        : "The server does not answer; trying again.");
    });
    for (const part of document.querySelectorAll("main [id]")) {
      source.addEventListener("part-" + part.id, (e) => {
        document.body.classList.add("live");
        if (part.dataset.prepend) prepend(part, e.data);
        else replace(part, e.data);
      });
    }
  };
  // prepend adds to a list that grows at its top.
  const prepend = (part, html) => {
    part.querySelector(".waiting")?.remove();
    part.insertAdjacentHTML("afterbegin", html);
    while (part.children.length > Number(part.dataset.prepend)) part.lastElementChild.remove();
  };
  const replace = (part, html) => {
    // Not under the hands of somebody who is in the middle of it.
    if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return;
    // What was opened stays open, and what had the focus keeps it.
    const opened = new Map([...part.querySelectorAll("details[data-key]")].map((d) => [d.dataset.key, d.open]));
    const focus = part.contains(document.activeElement) ? place(part, document.activeElement) : "";
    part.innerHTML = html;
    for (const d of part.querySelectorAll("details[data-key]")) {
      if (opened.has(d.dataset.key)) d.open = opened.get(d.dataset.key);
    }
    if (focus) [...part.querySelectorAll(reachable)].find((x) => place(part, x) === focus)?.focus();
  };
  listen();

  const pause = document.querySelector("button.pause");
  const clear = document.querySelector("button.clear");
  if (pause && clear) {
    pause.hidden = clear.hidden = false;
    pause.addEventListener("click", () => {
      const paused = pause.getAttribute("aria-pressed") !== "true";
      pause.setAttribute("aria-pressed", String(paused));
      pause.textContent = paused ? "Go on" : "Pause";
      document.body.classList.remove("live");
      if (paused) source.close();
      else listen();
    });
    clear.addEventListener("click", () => document.getElementById("packets").replaceChildren());
  }
  // A browser keeps only a few connections to one server: pages that nobody sees give
  // theirs back. A list that grows goes on.
  if (!document.querySelector("[data-prepend]")) {
    document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : listen()));
  }
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (e) => e.persisted && listen());
})();
