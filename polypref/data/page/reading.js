  /* Two switches over answers: Markdown shown as it is meant, and marks where two answers differ. Elements are made one by
     one from known names, so that a text can never become more than words: links and pictures stand as text. */
  const asMarkdown = $("as-markdown"), differences = $("differences");
  const INLINE = new RegExp([
    "\\\\([\\\\`*_{}[\\]()#+.!|~>-])", // an escaped sign
    "(`+)([^`].{0,999}?)\\2(?!`)",
    "\\*\\*(?=\\S)(.{0,999}?\\S)\\*\\*",
    "(?<![\\p{L}\\p{N}_])__(?=\\S)(.{0,999}?\\S)__(?![\\p{L}\\p{N}_])",
    "~~(?=\\S)(.{0,999}?\\S)~~",
    "\\*(?=[^\\s*])(.{0,999}?[^\\s*])\\*(?!\\*)",
    "(?<![\\p{L}\\p{N}_])_(?=[^\\s_])(.{0,999}?[^\\s_])_(?![\\p{L}\\p{N}_])",
    "!?\\[([^[\\]]{0,999})\\]\\(([^()\\s]{1,999})\\)",
  ].join("|"), "gsu");
  const DEEPEST = 4; // emphasis within emphasis
  function inline(node, text, depth = 0) {
    let at = 0;
    for (const match of depth < DEEPEST ? text.matchAll(INLINE) : []) {
      const [whole, sign, , code, strong, strong2, struck, soft, soft2, label, target] = match;
      marked(node, text.slice(at, match.index));
      at = match.index + whole.length;
      if (sign !== undefined) node.append(sign);
      else if (code !== undefined) node.append(make("code", "", code));
      else if (label !== undefined) { node.append(inline(make("span", "link"), label, depth + 1)); marked(node, ` (${target})`); }
      else {
        const bold = strong || strong2;
        node.append(inline(make(bold ? "strong" : struck ? "s" : "em"), bold || struck || soft || soft2, depth + 1));
      }
    }
    return marked(node, text.slice(at));
  }

  const FENCE = /^ {0,3}(`{3,}|~{3,})/, HEADING = /^ {0,3}(#{1,6})\s+(.+?)(?:\s+#+)?\s*$/, RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
  const ITEM = /^(\s*)([-*+•]|\p{Nd}{1,3}[.)])\s+(.*)$/u, QUOTE = /^ {0,3}>\s?(.*)$/, DASHES = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
  const isTable = (lines, at) => lines[at].includes("|") && at + 1 < lines.length && lines[at + 1].includes("-") && DASHES.test(lines[at + 1]);
  const begins = (lines, at) => [FENCE, HEADING, RULE, ITEM, QUOTE].some((kind) => kind.test(lines[at])) || isTable(lines, at);
  const cells = (line) => line.trim().replace(/^\||(?<!\\)\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
  function table(lines) {
    const node = make("table", "of-text"), body = make("tbody");
    for (const [at, line] of lines.entries()) {
      const row = make("tr");
      for (const cell of cells(line)) { const one = inline(make(at ? "td" : "th"), cell); one.dir = "auto"; row.append(one); }
      body.append(row);
    }
    node.append(body);
    const box = make("div", "scroll");
    box.append(node);
    return box;
  }
  function rendered(node, text, language) {
    const base = direction(language, text), lines = text.split("\n");
    node.lang = language;
    node.dir = base;
    const put = (part, of) => { part.dir = lineDirection(of, base); node.append(part); return part; };
    for (let at = 0, match; at < lines.length;) {
      const line = lines[at++];
      if ((match = FENCE.exec(line))) {
        const from = at;
        while (at < lines.length && !(FENCE.exec(lines[at]) || ["", ""])[1].startsWith(match[1])) at++;
        const code = make("pre", "", lines.slice(from, at++).join("\n"));
        code.dir = "ltr";
        node.append(code);
      } else if (!line.trim()) continue;
      else if ((match = HEADING.exec(line))) inline(put(make("p", `heading level-${match[1].length}`), match[2]), match[2]);
      else if (RULE.test(line)) node.append(make("hr"));
      else if (isTable(lines, at - 1)) {
        const rows = [line];
        for (at++; at < lines.length && lines[at].includes("|"); at++) rows.push(lines[at]);
        const part = table(rows);
        part.dir = base;
        node.append(part);
      } else if ((match = ITEM.exec(line))) {
        const part = put(make("p", "item"), match[3] || line);
        part.classList.add(`depth-${Math.min(3, match[1].replaceAll("\t", "    ").length >> 1)}`);
        part.append(/\p{Nd}/u.test(match[2]) ? `${match[2]} ` : "• ");
        inline(part, match[3]);
      } else {
        const quote = QUOTE.exec(line), block = [quote ? quote[1] : line];
        while (at < lines.length && lines[at].trim() && (quote ? QUOTE.test(lines[at]) : !begins(lines, at))) block.push(quote ? QUOTE.exec(lines[at++])[1] : lines[at++]);
        const joined = block.join("\n");
        inline(put(make("p", quote ? "quote" : ""), joined), joined);
      }
    }
    if (!node.hasChildNodes()) node.append(make("p", "", "\u200b"));
    return node;
  }
  const asWritten = new WeakMap(); // element of an answer -> its text
  function answerText(text, language) {
    const node = (asMarkdown.checked ? rendered : write)(make("div", "text"), text, language);
    asWritten.set(node, text);
    return node;
  }

  /* Words that one of two answers has and the other has not, by their longest common sequence. */
  const MOST_WORDS = 2000;
  function wordSegmenter(tag) {
    const how = { granularity: "word" };
    // A dataset's own tags need not be such as a browser takes; its usual rules still find words.
    try { return new Intl.Segmenter(tag || undefined, how); } catch { return new Intl.Segmenter(undefined, how); }
  }
  /* Marks of list items, apart from the words: a mark is compared with that of the same item, not with any like it. */
  const MARKER = /^([^\S\n]*)([-*+•]|\p{Nd}{1,3}[.)])(?=\s)/gmu;
  function wordsOf(node) {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT), words = [], markers = [];
    const segmenter = wordSegmenter(node.lang);
    for (let part = walker.nextNode(); part && words.length < MOST_WORDS; part = walker.nextNode()) {
      const own = part.previousSibling ? [] : [...part.data.matchAll(MARKER)].map((m) => [m[2], part, m.index + m[1].length]);
      markers.push(...own);
      const inMarker = (index) => own.some(([mark, , from]) => index >= from && index < from + mark.length);
      for (const { segment, index } of segmenter.segment(part.data)) if (segment.trim() && !inMarker(index)) words.push([segment, part, index]);
    }
    return { words: words.slice(0, MOST_WORDS), markers };
  }
  const otherMarkers = (one, other) => one.filter(([mark], at) => at >= other.length || other[at][0] !== mark);
  function unshared(one, other) {
    const width = other.length + 1, longest = new Uint16Array((one.length + 1) * width);
    for (let i = one.length - 1; i >= 0; i--) {
      for (let j = other.length - 1; j >= 0; j--) {
        longest[i * width + j] = one[i][0] === other[j][0] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
      }
    }
    const alone = [];
    let i = 0, j = 0;
    while (i < one.length || j < other.length) {
      if (i < one.length && j < other.length && one[i][0] === other[j][0]) { i++; j++; }
      else if (j >= other.length || (i < one.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) alone.push(one[i++]);
      else alone.push(other[j++]);
    }
    return alone;
  }
  /* White space, where answers differ in nothing else: what is no word's is made visible between the same words. */
  const SPACE_MARKS = { "\n": "¶", "\t": "→" };
  const spaces = (text) => text.split(/[^\s\u200b]+/);
  function unmarkSpace() {
    for (const node of list.querySelectorAll(".space-legend")) node.remove();
    for (const node of list.querySelectorAll(".space")) {
      const parent = node.parentElement;
      node.replaceWith(...node.childNodes);
      parent.normalize();
    }
  }
  function markSpace(one, other) {
    const [ours, theirs] = [one, other].map((node) => asWritten.get(node));
    if (ours === theirs || ours.replace(/\s+/g, "") !== theirs.replace(/\s+/g, "")) return;
    const shows = !asMarkdown.checked;
    const legend = shows ? "Only white space differs: ¶ end of a line, · space, → tab." : "Only white space differs; without Markdown it is marked.";
    one.closest(".answers").after(make("p", "note space-legend", legend));
    if (shows) for (const [node, of] of [[one, spaces(theirs)], [other, spaces(ours)]]) showSpace(node, spaces(asWritten.get(node)), of);
  }
  /* Each character of white space that stands where the other answer has another; own, of: white space word by word. */
  function showSpace(node, own, of) {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT), found = [];
    let gap = 0, inSpace = true;
    for (let part = walker.nextNode(); part; part = walker.nextNode()) {
      for (let at = 0; at < part.data.length; at++) {
        const space = /[\s\u200b]/.test(part.data[at]);
        if (space && !inSpace) gap++;
        inSpace = space;
        if (space && part.data[at] !== "\u200b" && own[gap] !== of[gap]) found.push([part, at]);
      }
    }
    for (const [part, at] of found.reverse()) {
      const space = make("span", "space");
      space.dataset.mark = SPACE_MARKS[part.data[at]] || "·";
      const character = part.splitText(at);
      character.splitText(1);
      character.replaceWith(space);
      space.append(character);
    }
  }
  function markDifferences() {
    if (!window.CSS || !CSS.highlights) return;
    CSS.highlights.delete("differs");
    unmarkSpace();
    if (!differences.checked) return;
    const marks = new Highlight();
    for (const node of list.children) {
      const [one, other] = node.querySelectorAll(".answer .text");
      if (!one || !other) continue;
      const ours = wordsOf(one), theirs = wordsOf(other);
      const alone = [...unshared(ours.words, theirs.words), ...otherMarkers(ours.markers, theirs.markers), ...otherMarkers(theirs.markers, ours.markers)];
      if (!alone.length) markSpace(one, other);
      for (const [segment, part, index] of alone) {
        const range = new Range();
        range.setStart(part, index);
        range.setEnd(part, index + segment.length);
        marks.add(range);
      }
    }
    CSS.highlights.set("differs", marks);
  }
  function readAgain() {
    const at = current(), id = at && at.dataset.id, many = written;
    update();
    while (written < many && written < shown.length) writeMore();
    const again = id && [...list.children].find((node) => node.dataset.id === id);
    if (again && shown[0].id !== id) show(again);
  }
  asMarkdown.addEventListener("change", readAgain);
  differences.addEventListener("change", markDifferences);
