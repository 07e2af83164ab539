  /* Review: what a person decides on pairs, kept in this browser and written into a file. There is nothing of it before
     its switch is on. Answers are marked as chosen and rejected here, so a decision is one about the label; the file says
     that it was not blind. Each pair has an entry of its own in the browser's storage, so that two windows with one
     dataset never write over each other's. */
  const reviewing = $("reviewing"), reviewOf = data.review;
  const DECISIONS = {
    keep: ["Keep", "the chosen answer is the better one"],
    flip: ["Flip", "the rejected answer is the better one"],
    drop: ["Drop", "both answers are bad, or the prompt is: take the pair out"],
    tie: ["Tie", "neither answer is better"],
  };
  const STORED = reviewOf ? `polypref-review/1 ${reviewOf.digest} ` : "", WHO = `${STORED}reviewer`;
  const ID = /^[0-9a-f]{32}$/, LONGEST_NOTE = 2000;
  const decisions = new Map(); // id of a pair -> language, chosen, rejected, decision (empty beside a lone note), note
  const untaken = new Set(); // keys of what the browser did not store, or not remove, and the page alone knows
  let unkept = false, unsaved = false; // the browser stores nothing; something was decided since the last export
  const canDecide = (row) => Boolean(reviewing && reviewing.checked && row.sides);
  const decisionOn = (row) => (decisions.get(row.id) || { decision: "", note: "" });
  const wellFormed = (text) => text.replace(/[\ud800-\udfff]/gu, "\ufffd");

  /* What stands in the storage may be anybody's: an entry of another form is passed over. */
  function isEntry(one) {
    return one !== null && typeof one === "object" && ["language", "decision", "note"].every((key) => typeof one[key] === "string")
      && ID.test(one.chosen) && ID.test(one.rejected) && (one.decision === "" || Object.hasOwn(DECISIONS, one.decision));
  }
  function readStored() {
    const stored = new Map();
    try {
      for (let at = 0; at < localStorage.length; at++) {
        const key = localStorage.key(at), id = key.slice(STORED.length);
        if (!key.startsWith(STORED) || !ID.test(id)) continue;
        let one = null;
        try { one = JSON.parse(localStorage.getItem(key)); } catch { /* not an entry */ }
        if (isEntry(one)) stored.set(id, one);
      }
      $("reviewer").value = localStorage.getItem(WHO) || $("reviewer").value;
    } catch {
      unkept = true;
      return; // what was decided since the page was opened stays
    }
    for (const id of [...untaken].map((key) => key.slice(STORED.length))) {
      if (decisions.has(id)) stored.set(id, decisions.get(id));
      else stored.delete(id);
    }
    decisions.clear();
    for (const [id, one] of stored) decisions.set(id, one);
  }
  function store(key, value) {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
      untaken.delete(key);
    } catch {
      unkept = true;
      untaken.add(key);
    }
  }
  function remember(row, change) {
    const [chosenId, rejectedId] = row.sides;
    const one = { language: row.language, chosen: chosenId, rejected: rejectedId, ...decisionOn(row), ...change };
    const empty = !one.decision && !one.note;
    if (empty) decisions.delete(row.id);
    else decisions.set(row.id, one);
    store(STORED + row.id, empty ? "" : JSON.stringify(one));
    unsaved = true;
    tellDecided();
  }
  function decide(row, decision) {
    remember(row, { decision: decisionOn(row).decision === decision ? "" : decision });
    for (const node of list.children) if (node.dataset.id === row.id) paint(node, row);
    recount();
  }
  const decided = () => [...decisions].filter(([, one]) => one.decision).sort(([one], [other]) => (one < other ? -1 : 1));
  function tellDecided() {
    const all = decided(), here = new Set(rows.map((row) => row.id));
    const each = Object.keys(DECISIONS).map((name) => [all.filter(([, one]) => one.decision === name).length, name]);
    const words = [`${number(all.length)} ${all.length === 1 ? "pair" : "pairs"} decided`];
    const counts = each.filter(([n]) => n).map(([n, name]) => `${name} ${number(n)}`).join(", ");
    if (counts) words[0] += `: ${counts}`;
    const elsewhere = all.filter(([id]) => !here.has(id)).length, lone = decisions.size - all.length;
    if (elsewhere) words.push(`${number(elsewhere)} of them on another page of this dataset`);
    if (lone) words.push(`${number(lone)} with a note and no decision, which stay out of the file`);
    $("decided").textContent = `${words.join("; ")}.${unkept ? " This browser keeps nothing here: export before you leave the page." : ""}`;
  }

  /* The part of a row's card. */
  function decisionNode(row, node) {
    const part = make("div", "decide");
    part.setAttribute("role", "group");
    part.setAttribute("aria-label", "Decision on this pair");
    for (const [at, [name, [word, meaning]]] of Object.entries(DECISIONS).entries()) {
      const act = button("", `${word} `, () => decide(row, name));
      act.append(make("kbd", "", at + 1));
      act.dataset.decision = name;
      act.title = meaning;
      part.append(act);
    }
    const label = make("label", "", "Note "), note = make("input");
    note.maxLength = LONGEST_NOTE;
    note.dir = "auto";
    note.autocomplete = "off";
    note.addEventListener("input", () => remember(row, { note: wellFormed(note.value) }));
    label.append(note);
    part.append(label);
    node.append(part);
    paint(node, row);
  }
  function paint(node, row) {
    const part = node.querySelector(".decide"), one = decisionOn(row);
    if (!part) return;
    for (const act of part.querySelectorAll("button")) act.setAttribute("aria-pressed", String(act.dataset.decision === one.decision));
    const note = part.querySelector("input");
    note.parentElement.hidden = !one.decision && !one.note;
    if (note !== document.activeElement) note.value = one.note;
  }
  function reviewKeys() {
    const on = (act) => () => {
      const node = current(), row = node && rows.find((one) => one.id === node.dataset.id);
      if (row && canDecide(row)) act(row, node);
    };
    const toNote = (row, node) => { const note = node.querySelector(".decide input"); if (!note.parentElement.hidden) note.focus(); };
    const keys = Object.keys(DECISIONS).map((name, at) => [at + 1, on((row, node) => { decide(row, name); node.focus({ preventScroll: true }); })]);
    return reviewing && reviewing.checked ? { ...Object.fromEntries(keys), n: on(toNote) } : {};
  }

  /* The file. */
  function exported() {
    const written = decided().map(([pair_id, { language, chosen: chosenId, rejected, decision, note }]) => (
      { pair_id, language, chosen: chosenId, rejected, decision, ...(note && { note: wellFormed(note) }) }));
    const whole = { format: "polypref-page-review/1", dataset: reviewOf.name, reviewer: wellFormed($("reviewer").value.trim()), decisions: written };
    return `${JSON.stringify(whole, null, 1)}\n`;
  }
  function exportDecisions() {
    if (!decided().length) { $("decided").textContent = "Nothing is decided yet, so there is nothing to export."; return; }
    const link = make("a"), address = URL.createObjectURL(new Blob([exported()], { type: "application/json" }));
    const name = [reviewOf.name, "review", $("reviewer").value.trim()].filter(Boolean).join("-").replace(/[^\p{L}\p{M}\p{N}.]+/gu, "-");
    link.href = address;
    link.download = `${name.slice(0, 100)}.json`;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    unsaved = false;
    tellDecided();
    $("decided").append(` Written into ${link.download}.`);
  }
  function clearDecisions() {
    if (!decisions.size || !confirm(`Clear what was decided and noted on ${number(decisions.size)} pairs of this dataset from this browser? Files that were exported stay.`)) return;
    for (const id of decisions.keys()) store(STORED + id, "");
    store(WHO, "");
    decisions.clear();
    unsaved = false;
    switchReview();
  }
  function switchReview() {
    const on = reviewing.checked;
    if (on) { readStored(); store(`${STORED}probe`, "1"); store(`${STORED}probe`, ""); tellDecided(); }
    $("review-bar").hidden = !on;
    $("f-decision").parentElement.hidden = !on;
    chosen.decision = "";
    readAgain();
  }
  function beginReview() {
    if (!reviewing) return;
    reviewing.parentElement.hidden = !rows.some((row) => row.sides);
    reviewing.checked = false; // a browser may bring back a page with its boxes as they were
    reviewing.addEventListener("change", switchReview);
    $("reviewer").addEventListener("input", () => store(WHO, wellFormed($("reviewer").value)));
    $("export").addEventListener("click", exportDecisions);
    $("clear-decisions").addEventListener("click", clearDecisions);
    addEventListener("storage", (event) => {
      if (!reviewing.checked || (event.key !== null && !event.key.startsWith(STORED))) return;
      readStored();
      tellDecided();
      for (const node of list.children) paint(node, rows.find((one) => one.id === node.dataset.id));
      recount();
    });
    addEventListener("beforeunload", (event) => { if (unkept && unsaved && decisions.size) event.preventDefault(); });
  }
