/* Words and phrases of one text, and of many: looked up, weighed and compared. The Python code that is named above each
   function says what it gives; where a function gives FOR_PYTHON, a character asks for more than one look, and the
   Python code is to be run. Texts are UTF-32 or UTF-16 of this machine; lone surrogates are characters like others. */
#include "kernels.h"

enum { FOR_PYTHON = -1 };
/* What characters are: parts of words, of \w, capitals, small letters (or titlecase), [^\W\d_], alphabetic, digits, and
   cased letters, which no context makes anything else. */
enum { WORD = 1, ALNUM = 2, CAPITAL = 4, SMALL = 8, LETTER = 16, ALPHABETIC = 32, DIGIT = 64, CASED = 128 };
enum { SIGMA = 0x3A3, SHARP_S = 0xDF, DOTTED_I = 0x130, DOTLESS_I = 0x131 };

/* Python's own tables: `small` and `folded` are what one character becomes in lower case and case-folded, for the code
   points below `mapped`; LONGER + i stands for the i-th of `longer`: several, zero behind the last. */
typedef struct {
    const uint8_t *classes;
    const uint32_t *small, *folded, *longer;
    int64_t mapped;
} characters;
static const uint32_t LONGER = 0x80000000, MOST_OF_ONE = 4;

static unsigned class_of(const characters *known, uint32_t sign) { return known->classes[sign]; }

/* Writes the lower case of a character, MOST_OF_ONE at most; gives how many, or FOR_PYTHON for a sigma that may be the
   last letter of a word, which is another one. */
static int64_t lower(const characters *known, const uint32_t *at, const uint32_t *end, uint32_t *written) {
    if (*at == SIGMA && !(at + 1 < end && class_of(known, at[1]) & CASED)) return FOR_PYTHON;
    uint32_t one = *at < known->mapped ? known->small[*at] : *at;
    if (one < LONGER) return *written = one, 1;
    const uint32_t *parts = known->longer + MOST_OF_ONE * (one - LONGER);
    int64_t size = 0;
    for (; parts[size]; size++) written[size] = parts[size];
    return size;
}

static uint64_t mixed(uint64_t hash, uint64_t next) { return (hash ^ next) * 0x100000001B3u; }
static uint64_t spread(uint64_t hash) { return hash ^ hash >> 32; }
static const uint64_t SEED = 0xCBF29CE484222325u;

/* The words that speak for and against a language: `slots` holds 1 + the place of a word whose hash leads there, or 0.
   `own` and `other` are weights in halves. `letters` says of each code point below `marked` whether it is a letter of
   its own (1) or none of its alphabet (2). */
typedef struct {
    const int32_t *slots;
    uint64_t mask;
    const uint32_t *words;
    const int64_t *starts;
    const uint8_t *own, *other;
    const uint64_t *relations;
    const uint8_t *letters;
    int64_t marked;
    const uint32_t *endings;
    const int64_t *ending_starts;
    int64_t ending_count;
} vocabulary;

static int is_plain_capital(uint32_t sign) { return sign >= 'A' && sign <= 'Z'; }

static int64_t looked_up(const vocabulary *listed, const uint32_t *word, int64_t length, uint64_t hash) {
    for (uint64_t slot = spread(hash) & listed->mask;; slot = (slot + 1) & listed->mask) {
        int64_t place = listed->slots[slot] - 1;
        if (place < 0) return -1;
        const int64_t *start = listed->starts + place;
        if (start[1] - start[0] == length && !memcmp(listed->words + start[0], word, 4 * (size_t)length)) return place;
    }
}

static int has_ending(const vocabulary *listed, const uint32_t *end, int64_t length) {
    for (int64_t i = 0; i < listed->ending_count; i++) {
        int64_t start = listed->ending_starts[i], size = listed->ending_starts[i + 1] - start;
        if (size <= length && !memcmp(listed->endings + start, end - size, 4 * (size_t)size)) return 1;
    }
    return 0;
}

/* Writes a text in lower case as `_by_words` reads it, abbreviations in capitals as a space each, and counts letters
   into counts[3] and [4]. Gives its length. */
static int64_t lowered(const uint32_t *text, int64_t n, const characters *known, const vocabulary *listed,
                       uint32_t *written, int64_t *counts) {
    unsigned classes = 0;
    for (int64_t i = 0; i < n && !(classes & SMALL); i++) classes |= class_of(known, text[i]);
    int all_capitals = (classes & (CAPITAL | SMALL)) == CAPITAL;
    uint32_t any = 0;
    int64_t size = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!all_capitals && is_plain_capital(text[i]) && !(i && class_of(known, text[i - 1]) & ALNUM)) {
            int64_t end = i;
            while (end < n && is_plain_capital(text[end])) end++;
            if (end - i > 1 && !(end < n && class_of(known, text[end]) & ALNUM)) {
                written[size++] = ' ';
                i = end - 1;
                continue;
            }
        }
        int64_t signs = lower(known, text + i, text + n, written + size);
        if (signs < 0) return FOR_PYTHON;
        for (; signs; signs--) {
            uint32_t sign = written[size++];
            any |= sign;
            if (sign >= listed->marked) continue;
            counts[3] += listed->letters[sign] & 1;
            counts[4] += listed->letters[sign] >> 1;
        }
    }
    if (any < 128) counts[3] = counts[4] = 0;
    return size;
}

/* polypref.languages.close_languages._by_words. counts, zero before: halves for, halves against, words with an ending,
   own letters, foreign letters, 1 + the relation for which most words speak or 0. */
EXPORT int64_t words_evidence(const uint32_t *text, int64_t n, const characters *known, const vocabulary *listed,
                              int64_t *counts) {
    int64_t votes[64] = {0}, order[64] = {0}, voted = 0;
    uint32_t *written = malloc(4 * MOST_OF_ONE * (size_t)(n + 1));
    int64_t size = written ? lowered(text, n, known, listed, written, counts) : FOR_PYTHON;
    for (int64_t i = 0; i < size; i++) {
        uint64_t hash = SEED;
        int64_t start = i;
        for (; i < size && class_of(known, written[i]) & WORD; i++) hash = mixed(hash, written[i]);
        if (i == start) continue;
        if (i - start > 6) counts[2] += has_ending(listed, written + i, i - start);
        int64_t place = looked_up(listed, written + start, i - start, hash);
        if (place < 0) continue;
        counts[0] += listed->own[place];
        counts[1] += listed->other[place];
        uint64_t speaking = listed->relations[place];
        for (int one = 0; speaking; one++, speaking >>= 1)
            if (speaking & 1 && !votes[one]++) order[one] = voted++;
    }
    for (int one = 0, best = -1; one < 64; one++) {
        if (!votes[one]) continue;
        if (best < 0 || votes[one] > votes[best] || (votes[one] == votes[best] && order[one] < order[best])) best = one;
        counts[5] = best + 1;
    }
    free(written);
    return size < 0 ? FOR_PYTHON : 0;
}

/* A language's table and those against its rivals: sorted keys, each with a row of weights, the language's own first,
   NO_WEIGHT where a table has not the word. `terms` says which are English terms. `crcs` is the table of CRC-32. */
typedef struct {
    const uint32_t *keys;
    int64_t count;
    const int8_t *weights;
    int64_t width;
    const uint8_t *terms;
    const uint32_t *crcs;
} table;
enum { NO_WEIGHT = -128, LONGEST = 1024, SETS = 2048 };

static uint32_t key_of(const uint32_t *word, int64_t length, const uint32_t *crcs) {
    uint32_t crc = 0xFFFFFFFF;
    for (int64_t i = 0; i < length; i++) {
        uint32_t c = word[i], bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const uint32_t first[] = {0, 0, 0xC0, 0xE0, 0xF0};
        for (uint32_t left = bytes; left--;) {
            uint32_t byte = left == bytes - 1 ? first[bytes] | c >> 6 * left : 0x80 | (c >> 6 * left & 0x3F);
            crc = crcs[(crc ^ byte) & 0xFF] ^ crc >> 8;
        }
    }
    return ~crc >> 8;
}

/* discriminators.lowered of one word, or str.lower where a sharp s stays; gives its length. */
static int64_t lowered_word(const uint32_t *word, const uint32_t *end, const characters *known, int sharp, int turkish,
                            uint32_t *written) {
    int64_t size = 0;
    for (; word < end; word++) {
        int64_t signs = 1;
        if (turkish && (*word == 'I' || *word == DOTTED_I)) written[size] = *word == 'I' ? DOTLESS_I : 'i';
        else signs = lower(known, word, end, written + size);
        if (signs < 0) return FOR_PYTHON;
        if (sharp && written[size] == SHARP_S) written[size] = written[size + signs++] = 's';
        size += signs;
    }
    return size;
}

/* Whether a word, which is `size` long and the last of `words`, is not among those that `slots` leads to; adds it. */
static int is_new(const uint32_t *words, int64_t start, int64_t size, int16_t (*spans)[2], int64_t count,
                  int16_t *slots) {
    uint64_t hash = SEED;
    for (int64_t i = 0; i < size; i++) hash = mixed(hash, words[start + i]);
    uint64_t slot = spread(hash) % SETS;
    for (; slots[slot]; slot = (slot + 1) % SETS) {
        const int16_t *other = spans[slots[slot] - 1];
        if (other[1] == size && !memcmp(words + other[0], words + start, 4 * (size_t)size)) return 0;
    }
    spans[count][0] = (int16_t)start, spans[count][1] = (int16_t)size;
    slots[slot] = (int16_t)(count + 1);
    return 1;
}

/* discriminators.spread_words, and what _known_support and rival_support sum of them, in steps. The text is whole, or
   pieces of `piece` characters, whose first and last words are left out. sums: for the language, words counted, words
   unknown (each once), then for each rival: against by words without a capital, by words with one, for, other words,
   whether any speaks against. */
EXPORT int64_t words_support(const uint32_t *text, int64_t n, const characters *known, const table *weighed,
                             int64_t piece, int64_t sharp, int64_t turkish, int64_t *sums) {
    uint32_t words[4 * LONGEST];
    int16_t spans[LONGEST][2], slots[SETS] = {0};
    int64_t used = 0, unknown = 0;
    if (n > LONGEST) return FOR_PYTHON;
    memset(sums, 0, (size_t)(3 + 5 * (weighed->width - 1)) * sizeof *sums);
    for (int64_t from = 0; from < n; from += piece) {
        int64_t to = from + piece < n ? from + piece : n, next = from, first = piece < n;
        for (;;) {
            while (next < to && !(class_of(known, text[next]) & WORD)) next++;
            int64_t start = next;
            while (next < to && class_of(known, text[next]) & WORD) next++;
            if (start == next) break;
            if (piece < n) { /* the first word, and the last: no other begins behind it */
                int64_t more = next;
                while (more < to && !(class_of(known, text[more]) & WORD)) more++;
                int is_first = (int)first;
                first = 0;
                if (is_first || more == to) continue;
            }
            int capital = (class_of(known, text[start]) & CAPITAL) != 0;
            int64_t size = lowered_word(text + start, text + next, known, (int)sharp, (int)turkish, words + used);
            if (size < 0) return FOR_PYTHON;
            unsigned all = 0xFF;
            for (int64_t i = 0; i < size; i++) all &= class_of(known, words[used + i]);
            uint32_t key = key_of(words + used, size, weighed->crcs);
            int64_t low = 0, high = weighed->count;
            while (low < high) {
                int64_t middle = (low + high) / 2;
                if (weighed->keys[middle] < key) low = middle + 1;
                else high = middle;
            }
            int listed = low < weighed->count && weighed->keys[low] == key;
            const int8_t *row = listed ? weighed->weights + low * weighed->width : 0;
            if (!listed || row[0] == NO_WEIGHT) {
                if (!capital && size > 1 && all & ALPHABETIC && !(listed && weighed->terms[low]) &&
                    is_new(words, used, size, spans, unknown, slots)) {
                    unknown++;
                    used += size;
                }
            } else if (row[0] > 0 || (row[0] < 0 && !capital)) {
                sums[0] += row[0];
                sums[1]++;
            }
            for (int64_t i = 1; i < weighed->width; i++) {
                int64_t *of_rival = sums + 3 + 5 * (i - 1);
                if (!listed || row[i] == NO_WEIGHT) of_rival[3] += !(all & DIGIT);
                else if (row[i] > 0) of_rival[2] += row[i];
                else if (row[i] < 0) of_rival[capital] += row[i], of_rival[4] = 1;
            }
        }
    }
    sums[2] = unknown;
    return 0;
}

static int is_letter(const characters *known, const uint32_t *text, int64_t i, int64_t n) {
    return i < n && class_of(known, text[i]) & LETTER;
}

static uint64_t folded_hash(const characters *known, uint32_t sign, uint64_t hash) {
    uint32_t one = sign < known->mapped ? known->folded[sign] : sign;
    if (one < LONGER) return mixed(hash, one);
    for (const uint32_t *part = known->longer + MOST_OF_ONE * (one - LONGER); *part; part++) hash = mixed(hash, *part);
    return hash;
}

static int is_apostrophe(uint32_t sign) { return sign == '\'' || sign == 0x2019; }

/* translation._runs: gives the hash of each run of `length` case-folded words of a text, at most one a character. */
enum { MOST_WORDS = 8 };
static int64_t runs(const uint32_t *text, int64_t n, const characters *known, int64_t length, uint64_t *hashes) {
    uint64_t recent[MOST_WORDS];
    int64_t count = 0, words = 0;
    for (int64_t i = 0; i < n;) {
        if (!is_letter(known, text, i, n)) {
            i++;
            words = 0;
            continue;
        }
        uint64_t hash = SEED;
        for (int parts = 1;; parts++) { /* a word has one apostrophe at most */
            while (is_letter(known, text, i, n)) hash = folded_hash(known, text[i++], hash);
            if (parts == 2 || i == n || !is_apostrophe(text[i]) || !is_letter(known, text, i + 1, n)) break;
            hash = mixed(hash, text[i++]);
        }
        recent[words++ % MOST_WORDS] = hash;
        if (words >= length) {
            hash = SEED;
            for (int64_t k = words - length; k < words; k++) hash = mixed(hash, spread(recent[k % MOST_WORDS]));
            hashes[count++] = spread(hash);
        }
        /* A comma and a space, or a space or an apostrophe, go on with the stretch where a letter follows. */
        int64_t gap = i < n && text[i] == ',' ? 1 : 0;
        int joins = i + gap < n && (text[i + gap] == ' ' || (!gap && is_apostrophe(text[i])));
        if (joins && is_letter(known, text, i + gap + 1, n)) i += gap + 1;
    }
    return count;
}

/* translation.leftover: whether a run of `length` words may stand in both texts; true of more than MOST_WORDS. */
EXPORT int64_t words_share_run(const uint32_t *one, int64_t n, const uint32_t *other, int64_t m, int64_t length,
                               const characters *known) {
    uint64_t mask = 63;
    while (mask < 2 * (uint64_t)n) mask = 2 * mask + 1;
    uint64_t *hashes = malloc(8 * (size_t)(n + m + 1)), *slots = calloc((size_t)mask + 1, 8);
    int64_t answer = hashes && slots && length > 0 && length <= MOST_WORDS ? 0 : 1, of_one = 0, of_other = 0;
    if (!answer) of_one = runs(one, n, known, length, hashes);
    if (of_one) of_other = runs(other, m, known, length, hashes + of_one);
    for (int64_t i = 0; i < of_one + of_other && !answer; i++) {
        uint64_t hash = hashes[i] | 1, slot = hash >> 1 & mask;
        while (slots[slot] && slots[slot] != hash) slot = (slot + 1) & mask;
        if (i < of_one) slots[slot] = hash;
        else answer = slots[slot] != 0;
    }
    free(hashes), free(slots);
    return answer;
}

/* phrases.Texts.of: text i ends with the unit before ends[i]. Writes the normal form, and where a text ends in that
   into ends. Gives the number of units, or FOR_PYTHON where a text may be another one in NFC,
   by `decomposed`, if it is given. */
EXPORT int64_t words_normal(const uint16_t *units, int64_t n, const uint16_t *becomes, const uint8_t *decomposed,
                            int64_t *ends, uint16_t *normal) {
    int64_t size = 0;
    unsigned any = 0;
    for (int64_t i = 0, after_space = 0; i < n; i++) {
        uint16_t unit = becomes[units[i]];
        any |= decomposed ? decomposed[units[i]] : 0;
        int last = i + 1 == *ends;
        normal[size] = unit;
        size += last || (unit && !(unit == ' ' && after_space));
        after_space = unit == ' ';
        if (last) *ends++ = size;
    }
    return any ? FOR_PYTHON : size;
}

/* phrases.Index: phrases by the grams of their stems. `bits` has a bit for each hash of a gram; the entries of keys[k]
   are entries[k] to entries[k + 1]: where in a stem the gram stands, where the stem is, its length, its phrase. */
typedef struct {
    const uint8_t *bits;
    const uint64_t *keys;
    const int64_t *entries;
    int64_t count;
    const int64_t (*stems)[4];
    const uint16_t *units;
    int64_t width;
} phrase_index;

/* phrases.Index._suspects: text and phrase wherever a stem stands. Gives how many there are; `room` are written. */
EXPORT int64_t words_suspects(const uint16_t *units, int64_t n, const int64_t *ends, const phrase_index *of,
                              int64_t room, int64_t (*suspects)[2]) {
    int64_t row = 0, count = 0;
    uint64_t key = 0;
    for (int64_t i = 1 - of->width; i + of->width <= n; i++) {
        key = key >> 16 | (uint64_t)units[i + of->width - 1] << 16 * (of->width - 1);
        if (i < 0) continue;
        uint64_t hash = (key * 0x9E3779B97F4A7C15u) >> 48;
        if (!(of->bits[hash >> 3] >> (hash & 7) & 1)) continue;
        int64_t low = 0, high = of->count;
        while (low < high) {
            int64_t middle = (low + high) / 2;
            if (of->keys[middle] < key) low = middle + 1;
            else high = middle;
        }
        if (low == of->count || of->keys[low] != key) continue;
        for (int64_t e = of->entries[low]; e < of->entries[low + 1]; e++) {
            int64_t start = i - of->stems[e][0], size = of->stems[e][2];
            if (start < 0 || start + size > n) continue;
            if (memcmp(units + start, of->units + of->stems[e][1], 2 * (size_t)size)) continue;
            while (ends[row] <= start) row++;
            int64_t text = row;
            while (text && ends[text - 1] > start) text--;
            if (count < room) suspects[count][0] = text, suspects[count][1] = of->stems[e][3];
            count++;
        }
    }
    return count;
}
