/* What polypref/text/prose.py leaves of a text, which is the definition: a function here for each rule there. Texts are
   UTF-32. All is done in place, as no rule makes a text longer: `read` goes through what was there, `kept` is how much of
   it was written. What is left out is longer than the space that stands for it, so that what stands before a place is
   still what was there. Time is linear: what is looked for ahead is bounded, or skipped afterwards. */
#include "kernels.h"

typedef uint32_t Char;

/* What characters are, as prose.py has it from Python and from the patterns there. */
enum { WORD = 1, SPACE = 2, UPPER = 4, LOWER = 8, LATIN = 16, NAME = 32, OTHER = 64, MARKUP = 128, JOINT = 256 };
/* Signs that rules begin at; at those of FORMULA the rules begin that are left to Python. */
enum { FENCE = 512, TICK = 1024, FORMULA = 2048, QUOTE = 4096 };
/* What is known of a text: nothing is left to do; the formulas are left out in Python first; all of it is. */
enum { DONE, FORMULAS, UNKNOWN };

typedef struct {
    Char *at;
    int64_t length;
    const uint16_t *table;
} Text;

#define IS(text, place, classes) ((text)->table[(text)->at[place]] & (classes))

static inline int is_lower(Char c) { return c >= 'a' && c <= 'z'; }
static inline int is_upper(Char c) { return c >= 'A' && c <= 'Z'; }
static inline int is_letter(Char c) { return is_lower(c | 32); }
static inline int is_digit(Char c) { return c >= '0' && c <= '9'; }
static inline int is_alnum(Char c) { return is_letter(c) || is_digit(c); }
static inline int is_printable(Char c) { return c >= '!' && c <= '~'; }
static inline int is_blank(Char c) { return c == ' ' || c == '\t'; }
static inline int is_code_sign(Char c) {
    return c == '{' || c == '}' || c == '=' || c == '[' || c == ']' || c == '<' || c == '>';
}

/* How long a word is that stands at a place and ends before `end`; 0 where another stands there. */
static int64_t stands(const Text *text, int64_t place, int64_t end, const char *word) {
    int64_t length = 0;
    for (; word[length]; length++)
        if (place + length >= end || text->at[place + length] != (unsigned char)word[length]) return 0;
    return length;
}

static int64_t line_end(const Text *text, int64_t place) {
    while (place < text->length && text->at[place] != '\n') place++;
    return place;
}

/* The length between two places without the spaces at both ends. */
static int64_t stripped_length(const Text *text, int64_t begin, int64_t end) {
    while (begin < end && IS(text, begin, SPACE)) begin++;
    while (end > begin && IS(text, end - 1, SPACE)) end--;
    return end - begin;
}

/* Moves a stretch to where the text that is kept ends; returns where it ends then. */
static int64_t keep(Text *text, int64_t kept, int64_t begin, int64_t end) {
    if (kept != begin) memmove(text->at + kept, text->at + begin, (size_t)(end - begin) * sizeof(Char));
    return kept + end - begin;
}

static int64_t keep_newlines(Text *text, int64_t kept, int64_t begin, int64_t end) {
    for (; begin < end; begin++)
        if (text->at[begin] == '\n') text->at[kept++] = '\n';
    return kept;
}

/* How long the _FENCE is that a line begins with, or 0; `after` is where it ends. */
static int64_t fence(const Text *text, int64_t place, int64_t end, int64_t *after) {
    while (place < end && (is_blank(text->at[place]) || text->at[place] == '>')) place++;
    *after = place;
    while (*after < end && IS(text, *after, FENCE) && text->at[*after] == text->at[place]) ++*after;
    return *after - place >= 3 ? *after - place : 0;
}

/* The end of the line that closes a fence whose own line ends at a place, or -1. */
static int64_t fence_close(const Text *text, int64_t place, Char sign, int64_t length) {
    for (int64_t begin, after; place < text->length;) {
        begin = place + 1, place = line_end(text, begin);
        if (fence(text, begin, place, &after) >= length && text->at[after - 1] == sign &&
            !stripped_length(text, after, place))
            return place;
    }
    return -1;
}

static void leave_out_fences(Text *text) {
    int64_t kept = 0, after;
    int shown = 0;
    for (int64_t begin = 0;; begin++) {
        int64_t end = line_end(text, begin), length = fence(text, begin, end, &after), again = 0;
        Char sign = length ? text->at[after - 1] : 0;
        for (int64_t place = after; length && place < end && again < length; place++)
            again = text->at[place] == sign ? again + 1 : 0;
        if (length && again < length) {
            int64_t close = fence_close(text, end, sign, length);
            if (close < 0 && !shown) { /* There is nothing but what stands behind it. */
                kept = keep(text, kept, end, text->length);
                break;
            }
            begin = close < 0 ? text->length : close;
            kept = keep_newlines(text, kept, end, begin);
        } else {
            shown = shown || stripped_length(text, begin, end);
            kept = keep(text, kept, begin, end);
            begin = end;
        }
        if (begin == text->length) break;
        text->at[kept++] = '\n';
    }
    text->length = kept;
}

/* _INLINE_CODE */
static void leave_out_inline_code(Text *text) {
    int64_t kept = 0;
    for (int64_t read = 0; read < text->length;) {
        int64_t ticks = 0, close;
        while (ticks < 4 && stands(text, read + ticks, text->length, "`")) ticks++;
        if (ticks == 1 || ticks == 2 || ticks == 3) {
            for (close = read + ticks; close < text->length && text->at[close] != '`';) close++;
            if (close <= read + ticks + 2000 && stands(text, close, text->length, "```" + 3 - ticks)) {
                text->at[kept++] = ' ';
                kept = keep_newlines(text, kept, read, close);
                read = close + ticks;
                continue;
            }
        }
        text->at[kept++] = text->at[read++];
    }
    text->length = kept;
}

static const char *const KEYWORDS[] = {
    "#include", "import", "from", "def", "class", "return", "public", "private", "static", "var", "let", "const",
    "function", "if", "for", "while", "else", "elif", "try", "except", "catch", "void", "int", "float", "double", "char",
    "bool", "string", "using", "namespace", "package", "print", "echo", "export", "func", "fn", "SELECT", "INSERT",
    "UPDATE", "DELETE", "CREATE", "ALTER", NULL};
static const char *const STARTS[] = {
    "@", "$ ", ">>> ", "//", "/*", "*/", "}", "{", "%%", "pip ", "npm ", "git ", "sudo ", NULL};

/* Whether a line, from its first sign on, is one of _CODE_START. */
static int starts_like_code(const Text *text, int64_t begin, int64_t end) {
    if (begin == end || text->at[begin] > '}') return 0;
    for (int i = 0; STARTS[i]; i++)
        if (stands(text, begin, end, STARTS[i])) return 1;
    int64_t word = begin + (text->at[begin] == '#');
    while (word < end && word < begin + 10 && IS(text, word, WORD)) word++;
    int known = 0;
    for (int i = 0; KEYWORDS[i] && !known; i++) known = stands(text, begin, word, KEYWORDS[i]) == word - begin;
    if (!known || word == begin) return 0;
    for (int64_t place = word; place < end && place <= word + 300; place++) {
        Char sign = text->at[place], next = place + 1 < end ? text->at[place + 1] : '\n';
        if (is_code_sign(sign) || (sign == ';' && next == '\n') || (next == '(' && IS(text, place, WORD))) return 1;
        if (sign == ')' && next == ':' && place + 2 == end) return 1;
    }
    if (!stands(text, begin, end, "import ") && !stands(text, begin, end, "from ")) return 0;
    int64_t rest = word + 1;
    while (rest < end && (text->at[rest] == '.' || IS(text, rest, WORD))) rest++;
    return rest > word + 1 && (rest == end || stands(text, rest, end, " import ") || stands(text, rest, end, " as "));
}

/* Whether a line, from its first sign on, holds a sign of code and ends like code: the other part of CODE_LINE. */
static int ends_like_code(const Text *text, int64_t begin, int64_t end) {
    while (end > begin && is_blank(text->at[end - 1])) end--;
    if (begin == end) return 0;
    int64_t last = end - 1;
    if (text->at[last] == '{' || text->at[last] == '}') return last - begin <= 200;
    for (int64_t place = begin; text->at[last] == ';' && place < last && place <= begin + 200; place++) {
        if (is_code_sign(text->at[place]) && last - (place + 1) <= 200) return 1;
        if (text->at[place + 1] == '(' && IS(text, place, WORD) && last - (place + 2) <= 200) return 1;
    }
    return 0;
}

static void leave_out_code_lines(Text *text) {
    int64_t kept = 0;
    if (line_end(text, 0) == text->length) return;
    for (int64_t begin = 0;; begin++) {
        int64_t first = begin, end = line_end(text, begin);
        while (first < end && is_blank(text->at[first])) first++;
        if (starts_like_code(text, first, end) || ends_like_code(text, first, end)) text->at[kept++] = ' ';
        else kept = keep(text, kept, begin, end);
        if (end == text->length) break;
        text->at[kept++] = '\n';
        begin = end;
    }
    text->length = kept;
}

/* Whether a word, printable ASCII between other characters, holds a _MARK. */
static int is_marked(const Text *text, int64_t begin, int64_t end) {
    const Char *at = text->at;
    int64_t second = begin + 1 + (stands(text, begin, end, "--") > 0);
    if ((at[begin] == '$' || at[begin] == '-') && second < end && is_letter(at[second])) return 1;
    for (int64_t place = begin; place < end; place++) {
        Char sign = at[place], before = place > begin ? at[place - 1] : 0, next = place + 1 < end ? at[place + 1] : 0;
        if (is_letter(sign)) continue;
        if (is_digit(sign)) {
            if (is_letter(before) || is_letter(next)) return 1;
        } else if (is_alnum(before)) {
            if (IS(text, place, JOINT)) return 1;
            if ((sign == '_' || sign == '.' || sign == ':') && (is_alnum(next) || next == '_' || next == ':')) return 1;
        }
    }
    return 0;
}

/* Keeps a word without its _MARKUP; a space for one that is marked. */
static int64_t keep_word(Text *text, int64_t kept, int64_t begin, int64_t end) {
    if (begin < end && is_marked(text, begin, end)) {
        text->at[kept++] = ' ';
        return kept;
    }
    for (int marks, before = 0; begin < end; begin++, before = marks) {
        marks = IS(text, begin, MARKUP);
        if (!marks || !before) text->at[kept++] = marks ? ' ' : text->at[begin];
    }
    return kept;
}

/* Keeps a word without what camelCase joins, which reaches from letters before a _HUMP to the end of the name. */
static int64_t keep_humped_word(Text *text, int64_t kept, int64_t begin, int64_t end) {
    const Char *at = text->at;
    for (int64_t place = begin + 1; place < end; place++) {
        if (!is_upper(at[place]) || !is_lower(at[place - 1])) continue;
        int64_t first = place;
        while (first > begin && is_letter(at[first - 1])) first--;
        while (place < end && (is_alnum(at[place]) || at[place] == '_')) place++;
        kept = keep_word(text, kept, begin, first);
        text->at[kept++] = ' ';
        begin = place;
    }
    return keep_word(text, kept, begin, end);
}

/* _HUMP, _MARK and _MARKUP at once: none of them reaches beyond a word of printable ASCII. */
static void leave_out_marked_words(Text *text) {
    const Char *at = text->at;
    int64_t kept = 0;
    for (int64_t read = 0; read < text->length;) {
        int64_t begin = read;
        int letters = 1, humped = 0;
        for (Char before = 0; read < text->length && is_printable(at[read]); before = at[read++]) {
            letters &= is_letter(at[read]);
            humped |= is_upper(at[read]) & is_lower(before);
        }
        if (humped) kept = keep_humped_word(text, kept, begin, read);
        else if (!letters) kept = keep_word(text, kept, begin, read);
        else for (; begin < read; begin++) text->at[kept++] = at[begin];
        while (read < text->length && !is_printable(at[read])) text->at[kept++] = at[read++];
    }
    text->length = kept;
}

/* _QUOTED: where the quotation ends that begins at a place, or 0. */
static int64_t quotation_end(const Text *text, int64_t place) {
    static const Char MARKS[][3] = {{'"', '"', '"'}, {0x201C, 0x201D, 0x201D}, {0xAB, 0xBB, 0xBB},
                                    {0x201E, 0x201C, 0x201D}, {0x2018, 0x2019, 0x2019}, {0x300C, 0x300D, 0x300D},
                                    {0x300E, 0x300F, 0x300F}, {0x300A, 0x300B, 0x300B}};
    int kind = 0;
    while (kind < 7 && MARKS[kind][0] != text->at[place]) kind++;
    int64_t end = place + 1, limit = end + (kind < 5 ? 60 : 40);
    for (; end < text->length && end <= limit && text->at[end] != '\n'; end++)
        if (text->at[end] == MARKS[kind][1] || text->at[end] == MARKS[kind][2]) return end > place + 1 ? end + 1 : 0;
    return 0;
}

/* Not _unless_long */
static int is_short_name(const Text *text, int64_t begin, int64_t end) {
    int classes = 0, spaces = 0;
    for (; begin < end; begin++) {
        classes |= IS(text, begin, LATIN | UPPER | LOWER);
        spaces += text->at[begin] == ' ';
    }
    return (classes & LATIN) && (spaces <= 4 || (classes & (UPPER | LOWER)) == UPPER);
}

/* Leaves a text that is mostly quotations as it is; `spare` has room for it. */
static void leave_out_quoted_names(Text *text, Char *spare) {
    Text unquoted = {spare, 0, text->table};
    for (int64_t read = 0, end; read < text->length;) {
        end = IS(text, read, QUOTE) ? quotation_end(text, read) : 0;
        int is_name = end && is_short_name(text, read, end);
        if (is_name) spare[unquoted.length++] = ' ', read = end;
        else do spare[unquoted.length++] = text->at[read++]; while (read < end);
    }
    if (3 * stripped_length(&unquoted, 0, unquoted.length) < stripped_length(text, 0, text->length)) return;
    memcpy(text->at, spare, (size_t)unquoted.length * sizeof(Char));
    text->length = unquoted.length;
}

static void leave_out_latin_names(Text *text) {
    int64_t others = 0, latin = 0, kept = 0;
    for (int64_t read = 0; read < text->length; read++) {
        others += IS(text, read, OTHER) != 0;
        latin += IS(text, read, LATIN) != 0;
    }
    if (!others || others < latin) return;
    for (int64_t read = 0; read < text->length;) {
        int64_t begin = read, spaces = 0, inside = 0;
        if (!IS(text, read, LATIN)) text->at[kept++] = text->at[read++];
        else {
            for (; read < text->length && IS(text, read, NAME); read++) {
                if (text->at[read] == ' ') spaces++;
                else inside = spaces;
            }
            if (inside < 4) text->at[kept++] = ' ';
            else kept = keep(text, kept, begin, read);
        }
    }
    text->length = kept;
}

/* The classes that occur in a text, or -1 where a character is beyond the table. */
static int classes_of(const Text *text, Char characters) {
    int classes = 0;
    for (int64_t place = 0; place < text->length; place++) {
        if (text->at[place] >= characters) return -1;
        classes |= text->table[text->at[place]];
    }
    return classes;
}

/* Gives what each of many texts leaves. `texts` holds them one after the other, each from its offset to the next one's.
   What is left of a text begins at its offset in `left`, which has room for the longest text once more; `lengths` says
   how long it is, `states` what is known of it. `code` asks whether code is to be left out, or has been, with formulas. */
EXPORT int64_t polypref_prose(const Char *texts, const int64_t *offsets, int64_t number, const uint16_t *table,
                              int64_t characters, int64_t code, Char *left, int64_t *lengths, uint8_t *states) {
    memcpy(left, texts, (size_t)offsets[number] * sizeof(Char));
    for (int64_t i = 0; i < number; i++) {
        Text text = {left + offsets[i], offsets[i + 1] - offsets[i], table};
        int classes = classes_of(&text, (Char)characters);
        states[i] = classes < 0 ? UNKNOWN : DONE;
        if (code && classes >= 0) {
            if (classes & FENCE) leave_out_fences(&text);
            if (classes & TICK) leave_out_inline_code(&text);
            leave_out_code_lines(&text);
            classes = classes_of(&text, (Char)characters);
            if (classes & FORMULA) states[i] = FORMULAS;
        }
        if (states[i] == DONE) {
            leave_out_marked_words(&text);
            if (classes & QUOTE) leave_out_quoted_names(&text, left + offsets[number]);
            if (classes & OTHER) leave_out_latin_names(&text);
        }
        lengths[i] = text.length;
    }
    return 0;
}
