"use strict";
// Keeps the page current: the server tells when something has changed, and the page
// is fetched again as it would be by hand. What is marked as data-live is exchanged.

const $ = (id) => document.getElementById(id);

// ---- looking again

let flight = null, wanted = false, versions = null, seq = null, last = Date.now();
const pause = 1000; // ms between two looks
const aged = 20000; // ms after which ages, and the menu, are looked at again
let patience = 8000; // ms to wait for a page, and for a tick, of which one comes every two seconds

// look fetches the page again. With at once, what is under way is given up: it is of
// an address that is no longer shown. What takes too long is given up too, or nothing
// would be looked at ever after.
async function look(atOnce) {
  if (flight && !atOnce) { wanted = true; return; }
  flight?.abort();
  const mine = flight = new AbortController();
  setTimeout(() => mine.abort(), patience);
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

// take shows what was fetched. What is no longer there, cannot be asked for, or is there
// again, is another page.
function take(answer, text) {
  const problem = "problem" in document.body.dataset;
  if (answer.ok ? problem : !problem && answer.status < 500) location.reload();
  else if (answer.ok) exchange(new DOMParser().parseFromString(text, "text/html"));
}

let timer = 0;
function later() {
  if (timer || document.hidden) return;
  timer = setTimeout(() => { timer = 0; look(); }, Math.max(0, last + pause - Date.now()));
}

const shown = new WeakMap(); // what the server said last of each part
let place = location.href; // of which the page is
function exchange(page) {
  const same = place === location.href; // what another page shows is not news
  place = location.href;
  for (const now of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(now.id);
    if (!next || next.innerHTML === (shown.get(now) ?? now.innerHTML)) continue;
    shown.set(now, next.innerHTML);
    const focused = now.contains(document.activeElement) ? document.activeElement : null;
    const link = focused?.getAttribute("href");
    merge(now, next, same);
    if (focused) refocus(now, focused, link);
  }
  merge($("stale"), page.getElementById("stale"), false);
}

// What the page itself notes at its elements: the server does not know of it.
const own = new Set(["open", "data-fresh"]);

// merge makes a node be as the server says, and leaves alone what is so already: who
// selects, scrolls or follows a link there is not disturbed. With same, what is new is
// marked.
function merge(now, next, same) {
  if (now.nodeType !== Node.ELEMENT_NODE) {
    if (now.data !== next.data) now.data = next.data;
    return;
  }
  if (same && now.dataset.version !== next.dataset.version) now.dataset.fresh = "";
  for (const { name } of [...now.attributes]) if (!own.has(name) && !next.hasAttribute(name)) now.removeAttribute(name);
  for (const { name, value } of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  mergeChildren(now, next, same);
}

// A child with a key is the same wherever it stands. It is moved only when the order
// has changed: what is moved loses the focus. Others are the same at the same place.
function mergeChildren(now, next, same) {
  const known = keyed(now, new Set([...next.children].map(key)));
  const mark = same && known.size > 0;
  let at = now.firstChild;
  const skip = () => { const old = at; at = at.nextSibling; return old; };
  for (const child of [...next.childNodes]) {
    const old = known.get(key(child));
    if (old) {
      known.delete(key(old));
      while (at && at !== old && !key(at)) skip().remove();
      if (at === old) skip(); else now.insertBefore(old, at);
      merge(old, child, same);
    } else if (key(child) || !at || key(at)) {
      if (mark && child.dataset?.version) child.dataset.fresh = "";
      now.insertBefore(child, at);
    } else if (at.nodeName === child.nodeName) merge(skip(), child, same);
    else skip().replaceWith(child);
  }
  while (at) skip().remove();
}

const key = (node) => node.dataset?.key;

// keyed are the children with keys that will stay, each key once. Others are removed.
function keyed(parent, staying) {
  const known = new Map();
  for (const child of [...parent.children].filter(key)) {
    if (staying.has(key(child)) && !known.has(key(child))) known.set(key(child), child);
    else child.remove();
  }
  return known;
}

// refocus gives the focus back to what had it: the element, or else what leads to
// where it led.
function refocus(part, focused, link) {
  const stays = focused.isConnected && focused.getAttribute("href") === link;
  const found = stays ? focused : link && part.querySelector(`[href="${CSS.escape(link)}"]`);
  if (found && found !== document.activeElement) found.focus({ preventScroll: true });
}

document.addEventListener("animationend", (e) => e.target.removeAttribute("data-fresh"));

function concerns(tick) {
  const watch = document.body.dataset.watch;
  if (!watch) return false;
  const before = versions, had = seq;
  versions = tick.versions; seq = tick.seq;
  if (before === null) return true;
  if (watch === "*") return had !== seq || Object.keys(versions).some((k) => versions[k] !== before[k]);
  return versions[watch] !== before[watch];
}

function contact(state, text, age, why) {
  const c = $("contact");
  const turned = c.className !== "contact " + state || c.title !== why;
  c.className = "contact " + state;
  if (c.textContent !== text) c.textContent = text;
  $("age").textContent = age;
  c.title = why;
  return turned;
}

// A page that is not seen holds no stream: a browser has few connections to a server
// for all of its tabs. A stream that is silent may be one that nobody will ever close,
// as of a tunnel that stalls: it is begun anew. So is one that was refused, as by a
// proxy before the dashboard: the browser would not try again.
let stream = null, again = 0, heard = Date.now();
function listen() {
  clearTimeout(again);
  stream?.close();
  stream = null;
  if (document.hidden) return;
  wait(patience, silent);
  stream = new EventSource("/stream");
  stream.addEventListener("tick", (e) => hear(JSON.parse(e.data)));
  stream.onerror = () => {
    unanswered();
    if (stream?.readyState === EventSource.CLOSED) wait(3000, listen);
  };
}

// wait has something be done unless a tick comes before.
function wait(ms, then) {
  clearTimeout(again);
  again = setTimeout(then, ms);
}

function hear(tick) {
  heard = Date.now();
  wait(patience, silent);
  const now = tick.contact;
  const turned = contact(now.State, now.Text, now.Age, now.Why);
  if (concerns(tick) || turned || now.State === "stale" || Date.now() - last > aged) later();
}

function silent() {
  unanswered();
  listen();
}

function unanswered() {
  contact("stale", "the dashboard does not answer", "as of " + new Date(heard).toTimeString().slice(0, 8), "");
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
