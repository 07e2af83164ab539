  /* Battles: two answers to a prompt, and what the judge said of them in each order. */
  const OUTCOMES = { won: "kept", lost: "rejected" };
  const SIDES = ["model", "other"];
  const met = (row) => data.comparisons[row.comparison];
  const astray = (row) => SIDES.filter((side, at) => row.answers[at].lines === "fail");
  function fidelity(row) {
    const found = astray(row).map((side) => `${side}'s in another language`);
    return found.length ? found : [row.answers.every((answer) => answer.lines === "pass") ? "both in the language" : "not known"];
  }
  const facets = {
    comparison: (row) => [met(row).label],
    language: (row) => [row.language],
    outcome: (row) => [row.outcome],
    fidelity,
  };
  const words = (row) => [
    row.id, row.prompt_id, row.group, met(row).label, ...row.prompt.map((turn) => turn[1]),
    ...row.answers.flatMap((answer) => [answer.text, answer.failure]), ...row.orders.flatMap((order) => [order.said, order.reason]),
  ];
  function tell(some) {
    let all = 0, held = 0;
    for (const [comparison, language, outcome, total, here] of data.totals) {
      const row = { comparison, language, outcome };
      if (["comparison", "language", "outcome"].every((key) => !chosen[key] || facets[key](row).includes(chosen[key]))) { all += total; held += here; }
    }
    const what = ["battles", chosen.outcome && `with outcome ${chosen.outcome}`, chosen.language && `in ${languageName(chosen.language)}`, chosen.comparison && `of ${chosen.comparison}`];
    return `${some}; the page holds ${number(held)} of ${number(all)} ${what.filter(Boolean).join(" ")}.`;
  }

  function card(row, place) {
    const node = make("article", "pair");
    node.tabIndex = -1;
    node.dataset.id = row.id;
    const line = [make("h3", "", languageName(row.language)), make("span", `verdict ${OUTCOMES[row.outcome] || ""}`, row.outcome)];
    if (data.comparisons.length > 1) line.push(bidi("", met(row).label));
    for (const side of astray(row)) line.push(make("span", "flag", `${met(row)[side]} in another language`));
    line.push(make("span", "", `${number(place)} of ${number(shown.length)}`), bidi("id", row.id.slice(0, 12)));
    node.append(head(row, ...line));
    if (row.prompt.length) node.append(prompt(row));
    const answers = make("div", "answers");
    row.answers.forEach((answer, at) => answers.append(answerNode(row, answer, SIDES[at])));
    node.append(answers);
    const verdicts = make("div", "answers verdicts");
    row.orders.forEach((order, at) => verdicts.append(orderNode(row, order, at)));
    node.append(verdicts);
    if (!row.orders.length) node.append(make("p", "note", "The judge was not asked."));
    node.append(make("p", "from", [`prompt ${row.prompt_id}`, row.group && `group ${row.group}`].filter(Boolean).join(" · ")), expander(node));
    node.setAttribute("aria-label", `${languageName(row.language)}, ${row.outcome}, ${row.id.slice(0, 12)}`);
    return node;
  }
  function answerNode(row, answer, side) {
    const part = make("section", `answer ${side}`), title = make("h4", `role ${side}`), by = make("span", "by");
    title.append(bidi("", met(row)[side]), " ");
    const facts = [`${number(answer.characters || [...answer.text].length)} characters`];
    if (answer.lines) facts.push(`lines ${answer.lines}`);
    if (answer.words) facts.push(`words ${answer.words}`);
    by.append(facts.join(" · "));
    title.append(by);
    part.append(title);
    if (answer.text) part.append(answerText(answer.text, row.language));
    if (answer.failure || !answer.text) part.append(make("p", "note", answer.failure ? `No answer: ${answer.failure.replaceAll("_", " ")}.` : "The answer is empty."));
    if (answer.characters) part.append(cutNote(answer.text, answer.characters));
    return part;
  }
  function verdict(row, order) {
    if (order.score == null) return ["no verdict", order.reason && `: ${order.reason.replaceAll("_", " ")}`];
    if (order.score === 0.5) return ["tie"];
    const side = order.score > 0.5 ? "model" : "other", strength = Math.max(order.score, 1 - order.score);
    return ["for ", bidi("", met(row)[side]), strength < 1 && ` (${strength.toPrecision(3)})`];
  }
  function orderNode(row, order, at) {
    const part = make("section", "order"), title = make("h4", "role");
    title.append(...(order.first in met(row) ? [bidi("", met(row)[order.first]), " shown first: "] : [row.orders.length > 1 ? `order ${at + 1}: ` : "verdict: "]));
    const side = order.score == null || order.score === 0.5 ? "" : order.score > 0.5 ? "model" : "other";
    const said = make("span", `said ${side}`);
    said.append(...verdict(row, order).filter(Boolean));
    title.append(said);
    part.append(title);
    /* A judge writes in whatever language it likes: the text's own letters say which way it runs. */
    if (order.said) part.append(write(make("div", "text"), order.said, ""));
    if (order.characters) part.append(cutNote(order.said, order.characters));
    return part;
  }
  const jumpTo = ({ comparison, language }) => ({ comparison, language });
  browse({ section: "battles", facets, words, card, tell, jump: jumpTo });
