"""Translation tasks: how many right answers are kept, and how many wrong ones, in five formats, are still rejected.

    POLYPREF_DATA=... python benchmarks/language_id/tasks.py           # the planted answers below
    POLYPREF_DATA=... python benchmarks/language_id/tasks.py --arena   # which m-ArenaHard prompts count as tasks

In each of the 23 languages prompts ask to translate paragraphs of the Declaration of Human Rights into another one.
Right answers are the paragraphs in that. Wrong ones are the paragraphs in a third language, and those of the prompt
itself: as they are, as a bullet list, a table, JSON, and comments in code. The checks are `language` and
`line_fidelity`.
"""

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from run import DATA, rows

from polypref.languages import AYA_23
from polypref.languages.tasks import language_task
from polypref.stages.checks.contract import Batch
from polypref.stages.checks.findings import run_checks
from polypref.stages.checks.language import Language
from polypref.stages.checks.line_fidelity import LineFidelity

SEED, PROMPTS, PARAGRAPHS = 3, 20, 3
ASKING = {
    "ar": "ترجم النص التالي إلى {}:",
    "cs": "Přelož následující text do {}:",
    "de": "Übersetze den Text ins {}:",
    "el": "Μετάφρασε το κείμενο στα {}:",
    "en": "Translate the following text into {}:",
    "es": "Traduce el texto al {}:",
    "fa": "متن زیر را به {} ترجمه کن:",
    "fr": "Traduis ce texte en {} :",
    "he": "תרגם את הטקסט הבא ל{}:",
    "hi": "इस पाठ का {} में अनुवाद करें:",
    "id": "Terjemahkan teks berikut ke dalam bahasa {}:",
    "it": "Traduci il testo in {}:",
    "ja": "次の文章を{}に翻訳してください：",
    "ko": "다음 글을 {}로 번역해 주세요:",
    "nl": "Vertaal de tekst naar het {}:",
    "pl": "Przetłumacz tekst na {}:",
    "pt": "Traduza o texto para o {}:",
    "ro": "Tradu textul în {}:",
    "ru": "Переведи текст на {}:",
    "tr": "Metni {} çevir:",
    "uk": "Переклади текст {}:",
    "vi": "Hãy dịch đoạn văn sau sang {}:",
    "zh": "请把下面的文字翻译成{}：",
}
# English and French (of French, Spanish; of English, Spanish and French) as each language's prompts say it.
TARGETS = {
    "ar": "الإنجليزية الفرنسية",
    "cs": "angličtiny francouzštiny",
    "de": "Englische Französische",
    "el": "αγγλικά γαλλικά",
    "en": "Spanish French",
    "es": "inglés francés",
    "fa": "انگلیسی فرانسوی",
    "fr": "anglais espagnol",
    "he": "אנגלית צרפתית",
    "hi": "अंग्रेज़ी फ़्रेंच",
    "id": "Inggris Prancis",
    "it": "inglese francese",
    "ja": "英語 フランス語",
    "ko": "영어 프랑스어",
    "nl": "Engels Frans",
    "pl": "angielski francuski",
    "pt": "inglês francês",
    "ro": "engleză franceză",
    "ru": "английский французский",
    "tr": "İngilizceye Fransızcaya",
    "uk": "англійською французькою",
    "vi": "tiếng_Anh tiếng_Pháp",
    "zh": "英文 法文",
}
MEANT = dict.fromkeys(AYA_23, ("en", "fr")) | {"en": ("es", "fr"), "fr": ("en", "es")}
FORMATS: dict[str, Callable[[list[str]], str]] = {
    "plain": "\n\n".join,
    "bullets": lambda texts: "\n".join(f"- {text}" for text in texts),
    "table": lambda texts: (
        "| # | … |\n| --- | --- |\n" + "\n".join(f"| {i} | {text} |" for i, text in enumerate(texts))
    ),
    "JSON": lambda texts: json.dumps({f"text_{i}": text for i, text in enumerate(texts)}, ensure_ascii=False, indent=2),
    "comments": lambda texts: (
        "```python\n" + "".join(f"# {text}\nprint({i})\n" for i, text in enumerate(texts)) + "```"
    ),
}


def planted() -> Iterator[tuple[str, str, str, str]]:
    """Yields (kind, language, prompt, answer)."""
    by_paragraph: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows("udhr_23_languages.jsonl"):
        if 40 <= len(row["text"]) <= 400 or (len(row["text"]) >= 20 and row["language"] in {"zh", "ja", "ko"}):
            by_paragraph[row["para"]][row["language"]] = row["text"]
    rng = random.Random(SEED)
    shared = [of_one for _, of_one in sorted(by_paragraph.items(), key=str) if len(of_one) >= 20]
    for tag in AYA_23:
        for number in range(PROMPTS):
            target = MEANT[tag][number % 2]
            name = TARGETS[tag].split()[number % 2].replace("_", " ")
            third = rng.choice([one for one in AYA_23 if one not in (tag, *MEANT[tag])])
            usable = [one for one in shared if {tag, target, third} <= one.keys()]
            texts = rng.sample(usable, PARAGRAPHS)
            prompt = ASKING[tag].format(name) + "\n\n" + "\n".join(one[tag] for one in texts)
            for form, written in FORMATS.items():
                for kind, language in (("right", target), ("third", third), ("copy", tag)):
                    yield f"{kind} {form}", tag, prompt, written([one[language] for one in texts])


def records(folder: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yields each file below a folder of m-ArenaHard with each of its rows."""
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            yield path, json.loads(line)


def arena() -> None:
    """Prints the questions of m-ArenaHard that count as tasks of languages, and how many answers have the flag.

    The answers are of one model in each language: the last by name that has any there.
    """
    folder = DATA.parent / "m_arena_hard"
    asked: dict[tuple[str, str], str] = {}
    tasks: dict[str, list[str]] = defaultdict(list)
    for path, row in records(folder / "questions"):
        asked[path.stem, row["question_id"]] = row["turns"][0]["content"]  # type: ignore[index]
        task = language_task(asked[path.stem, row["question_id"]], path.stem)
        if task.is_translation or task.into - {path.stem}:
            tasks[row["question_id"]].append(path.stem)
    print(f"{sum(map(len, tasks.values()))} of {len(asked)} prompts count as tasks")
    for question, tags in sorted(tasks.items(), key=lambda one: -len(one[1])):
        print(f"  {question[:8]}: {' '.join(tags)}")
    answers = {(path.parent.name, row["question_id"]): row["answer"] for path, row in records(folder / "answers")}
    known = [(*key, answer) for key, answer in answers.items() if key in asked]
    flagged: dict[str, Counter[str]] = defaultdict(Counter)
    rejected: Counter[str] = Counter()
    prompts = [asked[tag, question] for tag, question, _ in known]
    for finding in findings([tag for tag, _, _ in known], prompts, [text for _, _, text in known]):
        tag, question, _ = known[int(finding["prompt_id"])]
        rejected[tag] += finding["outcome"] == "reject"
        if finding["reason"] == "cross_lingual_task":
            flagged[question][tag] += 1
    print(f"{len(known)} answers, {rejected.total()} rejected; flagged as answers to tasks:")
    for question, by_tag in flagged.items():
        print(f"  {question[:8]}: {dict(by_tag)}")


def findings(tags: list[str], prompts: list[str], answers: list[str]) -> list[dict[str, str]]:
    """What the checks of languages find in answers; `prompt_id` is an answer's number."""
    numbers = [str(number) for number in range(len(tags))]
    table = pa.table(
        {
            "prompt_id": numbers, "group_id": numbers, "completion_id": numbers, "language": tags,
            "response_language": tags, "answer": answers,
            "prompt": [[{"role": "user", "content": prompt}] for prompt in prompts],
        }
    )  # fmt: skip
    rows: list[dict[str, str]] = run_checks([Language(), LineFidelity()], Batch(table, subject="answer")).to_pylist()
    return rows


def main() -> None:
    kinds, tags, prompts, answers = zip(*planted(), strict=True)
    rows_of = findings(list(tags), list(prompts), list(answers))
    rejected = {int(one["prompt_id"]) for one in rows_of if one["outcome"] == "reject"}
    shares: dict[str, Counter[str]] = defaultdict(Counter)
    for number, (kind, tag) in enumerate(zip(kinds, tags, strict=True)):
        shares[kind][tag] += number in rejected
    print("| answers | rejected | by language |\n|---|---:|---|")
    for kind, counts in shares.items():
        right = kind.startswith("right")
        odd = {tag: count / PROMPTS for tag, count in counts.items() if (count > 0 if right else count < PROMPTS)}
        named = ", ".join(f"{tag} {share:.2f}" for tag, share in sorted(odd.items()))
        print(f"| {kind} | {sum(counts.values()) / PROMPTS / len(AYA_23):.3f} | {named} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arena", action="store_true", help="look at m-ArenaHard")
    (arena if parser.parse_args().arena else main)()
