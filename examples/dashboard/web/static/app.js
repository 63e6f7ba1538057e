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
    const link = focused?.getAttribute("href"), others = focused && around(now, focused);
    merge(now, next, same);
    if (focused) refocus(now, focused, link, others);
  }
  merge($("stale"), page.getElementById("stale"), false);
  document.body.dataset.watch = page.body.dataset.watch; // it may tell of other kinds by now
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

// A child with a key is the same wherever it stands, and others are where those around
// them are the same. What stays in order is not moved: that would take the focus and
// the selection from it.
function mergeChildren(now, next, same) {
  const known = keyed(now, next);
  const mark = same && known.size > 0;
  const pairs = align([...now.childNodes], [...next.childNodes], known.size > 0);
  const staying = new Set(pairs.values());
  for (const old of [...now.childNodes]) if (!staying.has(old) && !key(old)) old.remove();
  let last = null;
  for (const child of [...next.childNodes]) {
    const old = pairs.get(child) ?? known.get(key(child));
    if (old) merge(old, child, same);
    else if (mark && child.dataset?.version) child.dataset.fresh = "";
    const here = last ? last.nextSibling : now.firstChild;
    last = old ?? child;
    if (!staying.has(last) && last !== here) now.insertBefore(last, here);
  }
}

const key = (node) => node.dataset?.key;

// keyed are the children with keys that will stay. Those that will not are removed.
function keyed(now, next) {
  const known = byKey(now), staying = byKey(next);
  for (const [name, child] of known) {
    if (staying.has(name)) continue;
    known.delete(name);
    child.remove();
  }
  return known;
}

// byKey has each key once: who has that of another has none.
function byKey(parent) {
  const known = new Map();
  for (const child of parent.children) {
    if (known.has(key(child))) delete child.dataset.key;
    else if (key(child)) known.set(key(child), child);
  }
  return known;
}

// align tells of next children which old ones they are, in the same order. By keys, if
// there are any, or else by what is equal; of what is in between, those without a key
// are taken in turn.
function align(olds, nexts, keys) {
  const alike = keys ? (old, next) => key(old) && key(old) === key(next) : (old, next) => old.isEqualNode(next);
  const pairs = new Map();
  for (let a = 0, b = 0; a < olds.length && b < nexts.length; a++, b++) {
    const [i, j] = gap(olds.slice(a, a + farthest), nexts.slice(b, b + farthest), alike) ?? [olds.length - a, nexts.length - b];
    const between = olds.slice(a, a + i).filter((old) => !key(old));
    for (const next of nexts.slice(b, b + j)) {
      const at = key(next) ? -1 : between.findIndex((old) => old.nodeName === next.nodeName);
      if (at >= 0) pairs.set(next, between.splice(0, at + 1)[at]);
    }
    a += i; b += j;
    if (a < olds.length && b < nexts.length) pairs.set(nexts[b], olds[a]);
  }
  return pairs;
}

// gap is how many to leave out of both, so that they go on alike: as few as possible.
const farthest = 200;
function gap(olds, nexts, alike) {
  for (let sum = 0; sum < olds.length + nexts.length - 1; sum++) {
    for (let i = Math.max(0, sum - nexts.length + 1); i <= sum && i < olds.length; i++) {
      if (alike(olds[i], nexts[sum - i])) return [i, sum - i];
    }
  }
}

// refocus gives the focus back to what had it: the element, or else the one that leads
// to where it led, or else, where it is gone, the nearest of the others.
function refocus(part, focused, link, others) {
  let found = focused;
  if (!focused.isConnected || focused.getAttribute("href") !== link) {
    const same = link ? part.querySelectorAll(`[href="${CSS.escape(link)}"]`) : [];
    if (same.length === 1) found = same[0];
    else if (!focused.isConnected) found = others.find((other) => other.isConnected);
  }
  if (found && found !== document.activeElement) found.focus({ preventScroll: true });
}

// around are the others that can have the focus: those behind, and then those before.
function around(part, focused) {
  const all = [...part.querySelectorAll("a, summary")], at = all.indexOf(focused);
  return [...all.slice(at + 1), ...all.slice(0, Math.max(at, 0)).reverse()];
}

document.addEventListener("animationend", (e) => e.target.removeAttribute("data-fresh"));

function concerns(tick) {
  const watch = document.body.dataset.watch;
  if (!watch) return false;
  const before = versions, had = seq;
  versions = tick.versions; seq = tick.seq;
  if (before === null) return true;
  if (watch === "*") return had !== seq || Object.keys(versions).some((k) => versions[k] !== before[k]);
  return watch.split(" ").some((k) => versions[k] !== before[k]);
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

// move goes by the rows that lead somewhere, in tables and in lists.
function move(by) {
  const rows = [...document.querySelectorAll("main tr[data-key], main li[data-key]")].filter((row) => row.querySelector("a"));
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.querySelector("a").focus();
}

function turnPage(by) {
  const pages = [...document.querySelectorAll(".pages a")];
  const at = pages.findIndex((a) => a.ariaCurrent === "page");
  if (at >= 0) pages[at + by]?.click();
}
