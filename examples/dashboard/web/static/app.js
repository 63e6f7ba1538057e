"use strict";
// Keeps the page current: the server tells when something has changed, and the page
// is fetched again as it would be by hand. What is marked as data-live is exchanged.

const $ = (id) => document.getElementById(id);

// ---- looking again

let flight = null, wanted = false, versions = null, seq = null, last = 0;
const pause = 1000; // ms between two looks

// look fetches the page again. With at once, what is under way is given up: it is of
// an address that is no longer shown.
async function look(atOnce) {
  if (flight && !atOnce) { wanted = true; return; }
  flight?.abort();
  const mine = flight = new AbortController();
  wanted = false;
  try {
    const answer = await fetch(location.href, { signal: mine.signal });
    const text = await answer.text();
    if (mine === flight) take(answer, text);
  } catch {
    versions = null; // the next tick looks again
  }
  if (mine !== flight) return;
  flight = null;
  last = Date.now();
  if (wanted) later();
}

// take shows what was fetched. What is no longer there, or is there again, is another
// page.
function take(answer, text) {
  const problem = "problem" in document.body.dataset;
  if (answer.ok === problem && (answer.ok || answer.status === 404)) location.reload();
  else if (answer.ok) exchange(new DOMParser().parseFromString(text, "text/html"));
}

let timer = 0;
function later() {
  if (timer || document.hidden) return;
  timer = setTimeout(() => { timer = 0; look(); }, Math.max(0, last + pause - Date.now()));
}

const shown = new WeakMap(); // what the server said last of each part
function exchange(page) {
  for (const now of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(now.id);
    if (!next || next.innerHTML === (shown.get(now) ?? now.innerHTML)) continue;
    shown.set(now, next.innerHTML);
    const open = [...now.querySelectorAll("details[open]")].map((d) => d.dataset.key);
    const focused = now.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const known = new Map([...now.querySelectorAll("[data-key]")].map((e) => [e.dataset.key, e.dataset.version]));
    now.innerHTML = next.innerHTML;
    for (const d of now.querySelectorAll("details")) d.open = open.includes(d.dataset.key);
    if (focused) now.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    if (known.size) for (const e of now.querySelectorAll("[data-version]"))
      if (known.get(e.dataset.key) !== e.dataset.version) e.classList.add("fresh");
  }
  const stale = page.getElementById("stale");
  $("stale").innerHTML = stale.innerHTML;
  $("stale").hidden = stale.hidden;
}

function concerns(tick) {
  const watch = document.body.dataset.watch;
  if (!watch) return false;
  const before = versions, had = seq;
  versions = tick.versions; seq = tick.seq;
  if (before === null) return true;
  if (watch === "*") return had !== seq || Object.keys(versions).some((k) => versions[k] !== before[k]);
  return versions[watch] !== before[watch];
}

function contact(state, text, why) {
  const c = $("contact");
  const was = c.className;
  c.className = "contact " + state;
  if (c.textContent !== text) c.textContent = text;
  c.title = why;
  return was !== c.className;
}

// A page that is not seen holds no stream: a browser has few connections to a server
// for all of its tabs. Where a stream was refused, as by a proxy before the dashboard,
// the browser would not try again.
let stream = null, again = 0;
function listen() {
  clearTimeout(again);
  stream?.close();
  stream = null;
  if (document.hidden) return;
  stream = new EventSource("/stream");
  stream.addEventListener("tick", (e) => {
    const tick = JSON.parse(e.data);
    const turned = contact(tick.contact.State, tick.contact.Text, tick.contact.Why);
    if (concerns(tick) || turned || tick.contact.State === "stale") later();
  });
  stream.onerror = () => {
    contact("stale", "the dashboard does not answer", "");
    if (stream?.readyState === EventSource.CLOSED) again = setTimeout(listen, 3000);
  };
}
listen();
document.addEventListener("visibilitychange", listen);
addEventListener("pagehide", () => { clearTimeout(again); stream?.close(); });
addEventListener("pageshow", (e) => { if (e.persisted) listen(); });

// ---- filters, orders and pages without loading the page anew

const address = () => location.pathname + location.search;
let at = address(); // what is shown
async function go(url, how) {
  history[how]({}, "", url);
  at = address();
  await look(true);
}

const filter = $("filter");
if (filter) {
  let typing = 0;
  const apply = () => {
    const query = new URLSearchParams(new FormData(filter));
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    go(location.pathname + (query.size ? "?" + query : ""), "replaceState");
  };
  filter.addEventListener("submit", (e) => { e.preventDefault(); apply(); });
  filter.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(apply, 250); });
}

document.addEventListener("click", (e) => {
  const a = e.target.closest("a");
  if (!a || e.ctrlKey || e.metaKey || e.shiftKey || !a.closest("thead, .pages")) return;
  e.preventDefault();
  const sort = new URL(a.href).searchParams.get("sort");
  if (filter && sort) {
    filter.elements.sort?.remove();
    const input = Object.assign(document.createElement("input"), { type: "hidden", name: "sort", value: sort });
    filter.append(input);
  }
  go(a.href, "pushState").then(() => { if (a.closest(".pages")) scrollTo(0, 0); });
});
addEventListener("popstate", () => { if (at !== address()) location.reload(); }); // not for a #place in the page

// ---- colours

const themes = { "": "◐", light: "☀", dark: "☾" };
const theme = $("theme");
function paint(name) {
  if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
  theme.textContent = themes[name];
  try { name ? localStorage.setItem("theme", name) : localStorage.removeItem("theme"); } catch { /* not kept */ }
}
function turn() {
  const names = Object.keys(themes);
  paint(names[(names.indexOf(document.documentElement.dataset.theme || "") + 1) % names.length]);
}
paint(document.documentElement.dataset.theme || "");
theme.hidden = $("help").hidden = false;
theme.addEventListener("click", turn);
$("help").addEventListener("click", () => $("keys").showModal());

// ---- keys

let prefix = "";
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || $("keys").open) return;
  if (e.target.matches("input, select, textarea")) {
    if (e.key === "Escape") e.target.blur();
    return;
  }
  const to = { o: "/", c: "/changes", p: "/pods", n: "/nodes", d: "/deployments", e: "/events" };
  if (prefix === "g") {
    prefix = "";
    if (to[e.key]) location.href = to[e.key];
    return;
  }
  switch (e.key) {
    case "g": prefix = "g"; setTimeout(() => { prefix = ""; }, 1000); break;
    case "/": e.preventDefault(); filter?.querySelector("input, select")?.focus(); break;
    case "?": $("keys").showModal(); break;
    case "t": turn(); break;
    case "j": move(1); break;
    case "k": move(-1); break;
    case "n": turnPage(1); break;
    case "p": turnPage(-1); break;
  }
});

function move(by) {
  const rows = [...document.querySelectorAll("tbody a.name")];
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
}

function turnPage(by) {
  const pages = [...document.querySelectorAll(".pages a")];
  const at = pages.findIndex((a) => a.ariaCurrent === "page");
  if (at >= 0) pages[at + by]?.click();
}
