  /* Rows of a dataset: pairs that were kept, and what was rejected or left out. */
  /* What a reason or flag means stands where a mouse rests on it, as in the list below the funnel. */
  function explained(node, word) {
    const meaning = Object.hasOwn(data.meanings, word) ? data.meanings[word] : "";
    if (meaning) node.title = meaning.replaceAll("`", "");
    return node;
  }
  const because = (row) => (row.reason ? `${row.stage} · ${row.reason}` : "");
  const facets = {
    outcome: (row) => [row.outcome],
    language: (row) => [row.language],
    reason: (row) => (row.reason ? [because(row)] : []),
    flag: (row) => row.flags || [],
    model: (row) => [...new Set((row.answers || []).map((a) => a.model))],
    ...(reviewing && { decision: (row) => (canDecide(row) ? [decisionOn(row).decision || "none yet"] : []) }),
  };
  const words = (row) => [
    row.id, row.group, row.reason, row.detail, row.where, row.source, ...(row.flags || []), ...(row.prompt || []).map((turn) => turn[1]),
    ...(row.answers || []).flatMap((answer) => [answer.model, answer.text]),
  ];
  function tell(some) {
    let all = 0, held = 0;
    for (const [outcome, stage, reason, language, total, here] of data.totals) {
      const row = { outcome, stage, reason, language };
      if (["outcome", "language", "reason"].every((key) => !chosen[key] || facets[key](row).includes(chosen[key]))) { all += total; held += here; }
    }
    const what = [chosen.outcome || "rows", chosen.language && `in ${languageName(chosen.language)}`, chosen.reason && `for ${chosen.reason}`];
    return `${some}; the page holds ${number(held)} of ${number(all)} ${what.filter(Boolean).join(" ")}.`;
  }
  const score = (value) => (value == null ? "" : Number(value.toPrecision(3)).toString());

  function card(row, place) {
    const node = make("article", "pair");
    node.tabIndex = -1;
    node.dataset.id = row.id;
    const where = row.split ? ` (${row.split})` : "";
    const line = [make("h3", "", languageName(row.language)), explained(make("span", `verdict ${row.outcome}`, row.outcome + where + (row.reason ? `: ${because(row)}` : "")), (row.reason || "").split(": ").at(-1))];
    if (row.detail) line.push(bidi("detail", `found: ${row.detail}`));
    for (const flag of row.flags || []) line.push(explained(make("span", "flag", flag), flag));
    if (row.margin != null) line.push(make("span", "", `margin ${score(row.margin)}`));
    if (row.rater) line.push(make("span", "", `rater ${row.rater}`));
    if (row.origin === "translated") line.push(make("span", "", `translated${row.translator ? ` by ${row.translator}` : ""}`));
    if (row.answer_language) line.push(make("span", "", `answers in ${languageName(row.answer_language)}`));
    if (row.where) line.push(bidi("id", row.where));
    line.push(make("span", "", `${number(place)} of ${number(shown.length)}`), bidi("id", row.id.slice(0, 12)));
    node.append(head(row, ...line));
    if (row.prompt) node.append(prompt(row));
    const answers = make("div", "answers");
    for (const answer of row.answers || []) answers.append(answerNode(row, answer));
    if (answers.hasChildNodes()) node.append(answers);
    if (canDecide(row)) decisionNode(row, node);
    if (row.unshown) node.append(make("p", "note", `${row.unshown} more answers are not shown.`));
    const from = [row.source, row.licence, row.group && `group ${row.group}`].filter(Boolean).join(" · ");
    if (from) node.append(make("p", "from", from));
    node.append(expander(node));
    node.setAttribute("aria-label", `${languageName(row.language)}, ${row.outcome}, ${row.id.slice(0, 12)}`);
    return node;
  }
  function answerNode(row, answer) {
    const part = make("section", `answer ${answer.name}`);
    const title = make("h4", `role ${answer.name}`, `${answer.name} `);
    const by = make("span", "by");
    by.append(bidi("", answer.model), ` · ${answer.route}`);
    if (answer.score != null) by.append(` · score ${score(answer.score)}`);
    by.append(` · ${number(answer.characters || [...answer.text].length)} characters`);
    title.append(by);
    part.append(title, answerText(answer.text, row.answer_language || row.language));
    if (answer.characters) part.append(cutNote(answer.text, answer.characters));
    return part;
  }
  const jumpTo = ({ reason, flag }) => (reason ? { reason } : { flag, outcome: "kept" });
  beginReview();
  browse({ section: "pairs", facets, words, card, tell, jump: jumpTo, keys: reviewKeys });
