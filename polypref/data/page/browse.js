  /* What the pages of rows share: texts in their own direction, search, filters, the list, keys. This stands in one
     function with the page's own script, which ends in browse(view). The view says what is peculiar to its rows:
       section   id of the section of the rows; its heading's is h-section
       facets    name of a filter (a select element f-name) -> the values that a row has
       words     row -> the texts that are searched
       card      row, its place among those shown -> its element, an article.pair
       tell      how many rows fit -> what the page says of them
       jump      what a button with class jump carries -> filters
       keys      further keys -> what they do; may be missing */
  const PAGE = 20; // rows written at once
  let view, chosen = {};
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = data.rows;
  const $ = (id) => document.getElementById(id);
  const list = $("list"), search = $("search"), count = $("count"), more = $("more"), help = $("help");
  const number = (n) => n.toLocaleString("en");

  /* Small helpers for writing elements; text only ever becomes text nodes. */
  function make(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    return text === undefined ? node : marked(node, String(text));
  }
  /* Marks that embed or override a direction are shown by name, and not obeyed. */
  function marked(node, text) {
    for (const piece of text.split(/([\u202a-\u202e])/)) {
      if (/^[\u202a-\u202e]$/.test(piece)) node.append(make("span", "control", `U+${piece.charCodeAt(0).toString(16).toUpperCase()}`));
      else if (piece) node.append(piece);
    }
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

  /* A text as blocks of lines of one direction; fenced code as it is. */
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
    const parts = blocks(text, base);
    for (const block of parts) {
      const part = make(block.code ? "pre" : "p");
      part.dir = block.way;
      /* The end of a block's last line stands in it: else its text ends without one, and an empty last line has no height. */
      const lines = block.lines.join("\n") + (block === parts.at(-1) ? "" : "\n");
      marked(part, lines);
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
  function folds(row) {
    if (!folded.has(row)) folded.set(row, fold(view.words(row).filter(Boolean).join("\n")));
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
  const fits = (row, except) => Object.keys(chosen).every((key) => key === except || !chosen[key] || view.facets[key](row).includes(chosen[key]));
  const languageName = (tag) => {
    const about = data.languages[tag];
    if (!about || about.name === tag) return tag || "no language";
    return about.own === about.name ? `${about.name} (${tag})` : `${about.name} (${tag}) \u2068${about.own}\u2069`;
  };
  function offer(found) {
    for (const key of Object.keys(chosen)) {
      const select = $(`f-${key}`), counts = new Map();
      for (const row of found) if (fits(row, key)) for (const value of view.facets[key](row)) counts.set(value, (counts.get(value) || 0) + 1);
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
  function searched() {
    const wanted = terms();
    return wanted.length ? rows.filter((row) => wanted.every((term) => folds(row).includes(term))) : rows;
  }
  /* Rows that no longer fit stay until the next choice: a row does not vanish under the hand that changes it. */
  const recount = () => offer(searched());
  function update() {
    const found = searched();
    shown = found.filter((row) => fits(row));
    offer(found);
    written = 0;
    list.replaceChildren();
    writeMore();
    count.textContent = view.tell(shown.length === 1 ? "1 row fits" : `${number(shown.length)} rows fit`);
  }
  function writeMore() {
    const part = document.createDocumentFragment();
    for (const row of shown.slice(written, written + PAGE)) part.append(view.card(row, ++written));
    const fresh = [...part.children];
    list.append(part);
    fresh.forEach(measure);
    more.hidden = written >= shown.length;
    more.textContent = `More (${number(shown.length - written)} left)`;
    highlight(list);
    markDifferences();
    return fresh;
  }
  function head(row, ...parts) {
    const node = make("header"), copy = button("copy", "copy id", () => copyId(row, copy));
    copy.setAttribute("aria-label", `copy id ${row.id}`);
    node.append(...parts, copy);
    return node;
  }
  function expander(node) {
    const found = button("expand", "Whole texts", () => toggle(node));
    found.setAttribute("aria-expanded", "false");
    return found;
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
    id = id.replace(/^pair-(?=[0-9a-f]{8})/, "");
    if (id.length < 8) return;
    const row = rows.find((one) => one.id === id) || rows.find((one) => one.id.startsWith(id));
    if (!row) {
      if (/^[0-9a-f]{8,}$/.test(id)) { count.textContent = `The page does not hold the row ${id}.`; $(view.section).scrollIntoView(); }
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
    $(view.section).scrollIntoView({ behavior: "instant" });
    $(`h-${view.section}`).focus({ preventScroll: true });
  }

  let typing = 0, resizing = 0;
  function leaveSearch() {
    clearTimeout(typing);
    update();
    search.blur();
    if (list.firstElementChild) show(list.firstElementChild);
  }

  /* A key counts by its letter, or by its place on keyboards without Latin letters. */
  const PLACES = { KeyJ: "j", KeyK: "k", KeyO: "o", KeyC: "c", KeyM: "m", KeyD: "d", KeyN: "n", Digit1: "1", Digit2: "2", Digit3: "3", Digit4: "4", Slash: "/" };
  function browse(own) {
    view = own;
    chosen = Object.fromEntries(Object.keys(view.facets).map((key) => [key, ""]));
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.target.closest("input:not([type=checkbox]), select, textarea")) {
        const card = event.target.closest(".pair");
        if (event.key === "Escape" && event.target === search) leaveSearch();
        else if (card && (event.key === "Escape" || event.key === "Enter")) card.focus({ preventScroll: true });
        return;
      }
      if (help.open) return;
      const key = event.key === "؟" ? "?" : /^[\x20-\x7e]$/.test(event.key) && !(event.key === "." && event.code === "Slash") ? event.key : PLACES[event.code];
      const acts = {
        ...(view.keys && view.keys()),
        j: () => step(1),
        k: () => step(-1),
        o: () => { const node = current(); if (node) toggle(node); },
        c: () => { const node = current(); if (node) node.querySelector(".copy").click(); },
        m: () => asMarkdown.click(),
        d: () => differences.click(),
        "/": () => { search.focus(); search.select(); $("filters").scrollIntoView({ block: "nearest" }); },
        "?": () => help.showModal(),
      };
      // Where digits are typed with Shift, their keys count without it.
      const act = acts[key] || (event.code.startsWith("Digit") && !event.shiftKey && acts[PLACES[event.code]]);
      if (act) { event.preventDefault(); act(); }
    });
    search.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(update, 150); });
    for (const key of Object.keys(chosen)) $(`f-${key}`).addEventListener("change", (event) => { chosen[key] = event.target.value; update(); });
    for (const node of document.querySelectorAll(".jump")) node.addEventListener("click", () => jump(view.jump(node.dataset)));
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
  }
