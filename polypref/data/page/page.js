"use strict";
(() => {
  const PAGE = 20; // rows written at once
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = data.rows;
  const $ = (id) => document.getElementById(id);
  const list = $("list"), search = $("search"), count = $("count"), more = $("more"), help = $("help");
  const number = (n) => n.toLocaleString("en");

  /* Small helpers for writing elements; text only ever becomes text nodes. */
  function make(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }
  function button(className, text, act) {
    const node = make("button", className, text);
    node.type = "button";
    node.addEventListener("click", act);
    return node;
  }

  /* Direction. A text has its language's; a line all of whose letters go the other way has its own (code, a quotation). */
  const RTL = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
  const LETTER = /\p{L}/u, SUM = /\d\s*[-+*/=<>^×÷]\s*\d/;
  const hasLtr = (text) => [...text].some((c) => LETTER.test(c) && !RTL.test(c));
  function direction(language, text) {
    const known = data.languages[language] && data.languages[language].direction;
    if (known) return known;
    const letters = text.match(/\p{L}/gu) || [];
    return letters.filter((c) => RTL.test(c)).length * 2 > letters.length ? "rtl" : "ltr";
  }
  function lineDirection(line, base) {
    if (RTL.test(line)) return base === "rtl" || !hasLtr(line) ? "rtl" : "ltr";
    return base === "rtl" && (LETTER.test(line) || SUM.test(line)) ? "ltr" : base;
  }

  /* A text as blocks of lines of one direction; fenced code as it is. Overrides of direction are shown, not obeyed. */
  function blocks(text, base) {
    const found = [];
    let fence = "";
    for (const line of text.split("\n")) {
      const mark = /^\s*(```+|~~~+)/.exec(line);
      const code = Boolean(fence || mark);
      const way = code ? "ltr" : lineDirection(line, base);
      const last = found.at(-1);
      if (last && last.code === code && (last.way === way || (!code && !line.trim()))) last.lines.push(line);
      else found.push({ code, way, lines: [line] });
      if (mark) fence = fence ? (mark[1].startsWith(fence) ? "" : fence) : mark[1];
    }
    return found;
  }
  function write(node, text, language) {
    const base = direction(language, text);
    node.lang = language;
    node.dir = base;
    for (const block of blocks(text, base)) {
      const part = make(block.code ? "pre" : "p");
      part.dir = block.way;
      for (const piece of block.lines.join("\n").split(/([\u202d\u202e])/)) {
        if (piece === "\u202d" || piece === "\u202e") part.append(make("span", "control", piece === "\u202d" ? "U+202D" : "U+202E"));
        else if (piece) part.append(piece);
      }
      if (!part.hasChildNodes()) part.append("\u200b");
      node.append(part);
    }
    return node;
  }

  /* Search: every word of the query stands somewhere in the row, whatever its case, accents, vowel signs or width. */
  const DROPPED = /[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670\u061c\u200b-\u200f\u2066-\u2069\u202a-\u202e]/g;
  const LIKE = { "ي": "ی", "ى": "ی", "ك": "ک", "ı": "i", "ς": "σ", "ß": "ss" };
  const fold = (text) => text.normalize("NFKD").toLowerCase().replace(DROPPED, "").replace(/[يىكıςß]/g, (c) => LIKE[c]);
  const folded = new Map();
  function words(row) {
    if (!folded.has(row)) {
      const parts = [row.id, row.group, row.reason, row.detail, row.where, row.source, ...(row.flags || []), ...(row.prompt || []).map((turn) => turn[1])];
      for (const a of row.answers || []) parts.push(a.model, a.text);
      folded.set(row, fold(parts.filter(Boolean).join("\n")));
    }
    return folded.get(row);
  }
  const terms = () => fold(search.value).split(/\s+/).filter(Boolean);
  function highlight(root) {
    if (!window.CSS || !CSS.highlights) return;
    const wanted = terms(), ranges = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); wanted.length && node; node = walker.nextNode()) {
      if (!node.parentElement.closest(".text")) continue;
      let plain = "", at = 0;
      const from = [];
      for (const c of node.data) {
        for (const f of fold(c)) { plain += f; for (let i = 0; i < f.length; i++) from.push(at); }
        at += c.length;
      }
      for (const term of wanted) {
        for (let hit = plain.indexOf(term); hit >= 0 && ranges.length < 2000; hit = plain.indexOf(term, hit + term.length)) {
          const range = new Range(), end = hit + term.length;
          range.setStart(node, from[hit]);
          range.setEnd(node, end < from.length ? Math.max(from[end], from[end - 1] + 1) : node.length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  /* Filters. Each names the values that a row has; a list of values offers how many rows the other filters leave. */
  const because = (row) => (row.reason ? `${row.stage} · ${row.reason}` : "");
  const facets = {
    outcome: (row) => [row.outcome],
    language: (row) => [row.language],
    reason: (row) => (row.reason ? [because(row)] : []),
    flag: (row) => row.flags || [],
    model: (row) => [...new Set((row.answers || []).map((a) => a.model))],
  };
  const chosen = { outcome: "", language: "", reason: "", flag: "", model: "" };
  const fits = (row, except) => Object.keys(facets).every((key) => key === except || !chosen[key] || facets[key](row).includes(chosen[key]));
  const languageName = (tag) => {
    const about = data.languages[tag];
    if (!about || about.name === tag) return tag || "no language";
    return about.own === about.name ? `${about.name} (${tag})` : `${about.name} (${tag}) \u2068${about.own}\u2069`;
  };
  function offer(found) {
    for (const key of Object.keys(facets)) {
      const select = $(`f-${key}`), counts = new Map();
      for (const row of found) if (fits(row, key)) for (const value of facets[key](row)) counts.set(value, (counts.get(value) || 0) + 1);
      if (chosen[key] && !counts.has(chosen[key])) counts.set(chosen[key], 0);
      const options = [...counts].sort((a, b) => (a[0] < b[0] ? -1 : 1));
      select.replaceChildren(new Option(select.dataset.all, ""));
      for (const [value, n] of options) {
        const name = key === "language" ? languageName(value) : value;
        select.append(new Option(`${name} · ${number(n)}`, value, false, value === chosen[key]));
      }
      select.disabled = options.length === 0;
    }
  }

  /* The list. */
  let shown = [], written = 0;
  function update() {
    const wanted = terms();
    const found = wanted.length ? rows.filter((row) => wanted.every((term) => words(row).includes(term))) : rows;
    shown = found.filter((row) => fits(row));
    offer(found);
    written = 0;
    list.replaceChildren();
    writeMore();
    tell();
  }
  function tell() {
    let all = 0, held = 0;
    for (const [outcome, stage, reason, language, total, here] of data.totals) {
      const row = { outcome, stage, reason, language };
      if (["outcome", "language", "reason"].every((key) => !chosen[key] || facets[key](row).includes(chosen[key]))) { all += total; held += here; }
    }
    const what = [chosen.outcome || "rows", chosen.language && `in ${languageName(chosen.language)}`, chosen.reason && `for ${chosen.reason}`];
    const some = shown.length === 1 ? "1 row fits" : `${number(shown.length)} rows fit`;
    count.textContent = `${some}; the page holds ${number(held)} of ${number(all)} ${what.filter(Boolean).join(" ")}.`;
  }
  function writeMore() {
    const part = document.createDocumentFragment();
    for (const row of shown.slice(written, written + PAGE)) part.append(card(row, ++written));
    const fresh = [...part.children];
    list.append(part);
    fresh.forEach(measure);
    more.hidden = written >= shown.length;
    more.textContent = `More (${number(shown.length - written)} left)`;
    highlight(list);
    return fresh;
  }
  const score = (value) => (value === undefined ? "" : Number(value.toPrecision(3)).toString());

  function card(row, place) {
    const node = make("article", "pair");
    node.tabIndex = -1;
    node.dataset.id = row.id;
    const head = make("header");
    const title = make("h3", "", languageName(row.language));
    const where = row.split ? ` (${row.split})` : "";
    head.append(title, make("span", `verdict ${row.outcome}`, row.outcome + where + (row.reason ? `: ${because(row)}` : "")));
    if (row.detail) head.append(bidi("detail", `found: ${row.detail}`));
    for (const flag of row.flags || []) head.append(make("span", "flag", flag));
    if (row.margin !== undefined) head.append(make("span", "", `margin ${score(row.margin)}`));
    if (row.rater) head.append(make("span", "", `rater ${row.rater}`));
    if (row.origin === "translated") head.append(make("span", "", `translated${row.translator ? ` by ${row.translator}` : ""}`));
    if (row.answer_language) head.append(make("span", "", `answers in ${languageName(row.answer_language)}`));
    if (row.where) head.append(bidi("id", row.where));
    head.append(make("span", "", `${number(place)} of ${number(shown.length)}`), bidi("id", row.id.slice(0, 12)));
    const copy = button("copy", "copy id", () => copyId(row, copy));
    copy.setAttribute("aria-label", `copy id ${row.id}`);
    head.append(copy);
    node.append(head);
    if (row.prompt) node.append(prompt(row));
    const answers = make("div", "answers");
    for (const answer of row.answers || []) answers.append(answerNode(row, answer));
    if (answers.hasChildNodes()) node.append(answers);
    if (row.unshown) node.append(make("p", "note", `${row.unshown} more answers are not shown.`));
    const from = [row.source, row.licence, row.group && `group ${row.group}`].filter(Boolean).join(" · ");
    if (from) node.append(make("p", "from", from));
    const expand = button("expand", "Whole texts", () => toggle(node));
    expand.setAttribute("aria-expanded", "false");
    node.append(expand);
    node.setAttribute("aria-label", `${languageName(row.language)}, ${row.outcome}, ${row.id.slice(0, 12)}`);
    return node;
  }
  function bidi(className, text) {
    const node = make("bdi", className, text);
    node.dir = "auto";
    return node;
  }
  function prompt(row) {
    const part = make("section", "prompt");
    const plain = row.prompt.length === 1 && row.prompt[0][0] === "user";
    if (plain) part.append(make("h4", "role", "prompt"));
    for (const [role, text, whole] of row.prompt) {
      if (!plain) part.append(make("h4", "role", `prompt, ${role}`));
      part.append(write(make("div", "text"), text, row.language));
      if (whole) part.append(cutNote(text, whole));
    }
    return part;
  }
  function answerNode(row, answer) {
    const part = make("section", `answer ${answer.name}`);
    const head = make("h4", `role ${answer.name}`, `${answer.name} `);
    const by = make("span", "by");
    by.append(bidi("", answer.model), ` · ${answer.route}`);
    if (answer.score !== undefined) by.append(` · score ${score(answer.score)}`);
    by.append(` · ${number(answer.characters || [...answer.text].length)} characters`);
    head.append(by);
    part.append(head, write(make("div", "text"), answer.text, row.answer_language || row.language));
    if (answer.characters) part.append(cutNote(answer.text, answer.characters));
    return part;
  }
  const cutNote = (text, whole) => make("p", "note", `The page holds the first ${number([...text].length)} of ${number(whole)} characters.`);

  function measure(node) {
    if (node.classList.contains("open")) return;
    for (const text of node.querySelectorAll(".text")) text.classList.toggle("cut", text.scrollHeight > text.clientHeight + 4);
    node.classList.toggle("long", node.querySelector(".text.cut") !== null);
  }
  function toggle(node) {
    if (!node.classList.contains("long")) return;
    const open = node.classList.toggle("open"), expand = node.querySelector(".expand");
    expand.textContent = open ? "Short texts" : "Whole texts";
    expand.setAttribute("aria-expanded", String(open));
    if (!open && node.getBoundingClientRect().top < 0) show(node);
  }
  async function copyId(row, where) {
    try {
      await navigator.clipboard.writeText(row.id);
    } catch {
      const box = make("textarea", "", row.id);
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
    where.textContent = "copied";
    setTimeout(() => { where.textContent = "copy id"; }, 1500);
  }

  /* Moving. */
  const barHeight = () => (getComputedStyle($("filters")).position === "sticky" ? $("filters").offsetHeight : 0);
  function show(node) {
    document.documentElement.style.setProperty("--bar", `${barHeight() + 8}px`);
    node.scrollIntoView({ block: "start", behavior: "instant" });
    node.focus({ preventScroll: true });
    try { history.replaceState(null, "", `#${encodeURIComponent(node.dataset.id)}`); } catch { /* some viewers forbid it */ }
  }
  function current() {
    const focused = document.activeElement.closest(".pair");
    const seen = (node) => { const box = node.getBoundingClientRect(); return box.bottom > barHeight() + 20 && box.top < innerHeight; };
    if (focused && seen(focused)) return focused;
    return [...list.children].find(seen);
  }
  function step(by) {
    const at = current();
    let next = at && (by > 0 ? at.nextElementSibling : at.previousElementSibling);
    const below = list.getBoundingClientRect().top > barHeight() + 20;
    if (!at || (by > 0 && below && at === list.firstElementChild && document.activeElement !== at)) next = list.firstElementChild;
    if (!next && by > 0 && written < shown.length) next = writeMore()[0];
    if (next) show(next);
  }
  function follow() {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* not an encoded address */ }
    if (id.length < 8) return;
    const row = rows.find((one) => one.id === id) || rows.find((one) => one.id.startsWith(id));
    if (!row) {
      if (/^[0-9a-f]{8,}$/.test(id)) { count.textContent = `The page does not hold the row ${id}.`; $("pairs").scrollIntoView(); }
      return;
    }
    if (!shown.includes(row)) clear();
    while (written <= shown.indexOf(row)) writeMore();
    show(list.children[shown.indexOf(row)]);
  }
  function clear() {
    for (const key of Object.keys(chosen)) chosen[key] = "";
    search.value = "";
    update();
  }
  function jump(filters) {
    clear();
    Object.assign(chosen, filters);
    update();
    $("pairs").scrollIntoView({ behavior: "instant" });
    $("h-pairs").focus({ preventScroll: true });
  }

  let typing = 0, resizing = 0;
  function leaveSearch() {
    clearTimeout(typing);
    update();
    search.blur();
    if (list.firstElementChild) show(list.firstElementChild);
  }

  /* Wiring. A key counts by its letter, or by its place on keyboards without Latin letters. */
  const PLACES = { KeyJ: "j", KeyK: "k", KeyO: "o", KeyC: "c", Slash: "/" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea")) {
      if (event.key === "Escape" && event.target === search) leaveSearch();
      return;
    }
    if (help.open) return;
    const key = event.key === "؟" ? "?" : /^[\x20-\x7e]$/.test(event.key) && !(event.key === "." && event.code === "Slash") ? event.key : PLACES[event.code];
    const act = {
      j: () => step(1),
      k: () => step(-1),
      o: () => { const node = current(); if (node) toggle(node); },
      c: () => { const node = current(); if (node) node.querySelector(".copy").click(); },
      "/": () => { search.focus(); search.select(); $("filters").scrollIntoView({ block: "nearest" }); },
      "?": () => help.showModal(),
    }[key];
    if (act) { event.preventDefault(); act(); }
  });
  search.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(update, 150); });
  for (const key of Object.keys(facets)) $(`f-${key}`).addEventListener("change", (event) => { chosen[key] = event.target.value; update(); });
  for (const node of document.querySelectorAll(".jump")) {
    const { reason, flag } = node.dataset;
    node.addEventListener("click", () => jump(reason ? { reason } : { flag, outcome: "kept" }));
  }
  $("filters").addEventListener("submit", (event) => { event.preventDefault(); leaveSearch(); });
  $("clear").addEventListener("click", clear);
  $("keys").addEventListener("click", () => help.showModal());
  more.addEventListener("click", () => writeMore().slice(0, 1).forEach(show));
  $("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
  });
  addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(() => [...list.children].forEach(measure), 150); });
  addEventListener("hashchange", follow);
  update();
  follow();
})();
