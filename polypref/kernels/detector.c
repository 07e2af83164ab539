/* py3langid's log-likelihoods of texts, summed in whole numbers: the same bits on every machine.

   The model's automaton reads a text byte by byte; each state in which a feature ends counts it. A column's score is its
   prior less, for each feature, the weight of its count times its cost, which is its log-likelihood without the sign. */
#include "kernels.h"

#include <math.h>

enum {
    WIDTH = 144,  /* columns of a row of costs, with room */
    LANES = 8, TOGETHER = 1 << 16, /* texts that are read side by side, and bytes of them, or one text */
    FEW = 8,      /* so many costs, each below 2^13, stay below 2^16 */
    AHEAD = 12,   /* rows */
    LINE = 32     /* costs in a line of the processor's memory */
};

typedef struct {
    const int32_t *following, *rows, *output; /* next states, where a state's row of them begins, the feature it ends */
    const uint16_t *costs;                    /* WIDTH for each feature */
    const int32_t *weights;                   /* of counts; the last one is of all higher counts as well */
    int64_t most;                             /* its place */
    const int64_t *priors;                    /* of columns, in the unit of a weight times a cost */
    const int32_t *label_of;                  /* columns */
    int64_t columns, labels;
    double unit;
} Model;

/* The features of one text, by their numbers, in a table of 2^n places; count is 0 in a place that is free. */
typedef struct {
    int32_t feature, count;
} Slot;

/* Reads texts side by side, so that one does not wait for another's memory. hits: of each text, its features. */
static void read_texts(const Model *model, const uint8_t *data, const int64_t *offsets, int lanes, int32_t *hits[],
                       int64_t number[]) {
    int32_t state[LANES] = {0};
    int64_t longest = 0;
    for (int lane = 0; lane < lanes; lane++) {
        int64_t length = offsets[lane + 1] - offsets[lane];
        longest = length > longest ? length : longest;
        number[lane] = 0;
    }
    for (int64_t at = 0; at < longest; at++)
        for (int lane = 0; lane < lanes; lane++)
            if (offsets[lane] + at < offsets[lane + 1]) {
                state[lane] = model->following[model->rows[state[lane]] + data[offsets[lane] + at]];
                hits[lane][number[lane]] = model->output[state[lane]];
                number[lane] += hits[lane][number[lane]] >= 0;
            }
}

/* Counts features; their places in the table take the features' place in hits. Returns how many differ. */
static int64_t count_features(int32_t *hits, int64_t number, Slot *slots, int bits) {
    int64_t distinct = 0;
    uint32_t last = ((uint32_t)1 << bits) - 1;
    for (int64_t i = 0; i < number; i++) {
        uint32_t place = (uint32_t)hits[i] * 2654435761u >> (32 - bits);
        while (slots[place].count && slots[place].feature != hits[i]) place = (place + 1) & last;
        slots[place].feature = hits[i];
        if (slots[place].count++ == 0) hits[distinct++] = (int32_t)place;
    }
    return distinct;
}

CLONES static void add_rows(const uint16_t *costs, const int32_t *features, int64_t number, uint32_t *sums) {
    for (int64_t begin = 0; begin < number; begin += FEW) {
        int64_t end = begin + FEW < number ? begin + FEW : number;
        uint16_t few[WIDTH] = {0};
        for (int64_t i = begin; i < end; i++) {
            const uint16_t *row = costs + (int64_t)features[i] * WIDTH;
            const uint16_t *later = costs + (int64_t)features[i + AHEAD < number ? i + AHEAD : i] * WIDTH;
            for (int column = 0; column < WIDTH; column += LINE) PREFETCH(later + column);
            for (int column = 0; column < WIDTH; column++) few[column] += row[column];
        }
        for (int column = 0; column < WIDTH; column++) sums[column] += few[column];
    }
}

CLONES static void add_weighted(const uint32_t *sums, uint32_t weight, uint64_t *totals) {
    for (int column = 0; column < WIDTH; column++) totals[column] += (uint64_t)sums[column] * weight;
}

/* Adds up the costs of features, those of the same count together; empties their slots. */
static void add_costs(const Model *model, int32_t *places, int64_t distinct, Slot *slots, int32_t *features,
                      uint64_t *totals) {
    for (int32_t count = 1, next = 1; distinct > 0; count = next) {
        int64_t number = 0, left = 0;
        next = INT32_MAX;
        for (int64_t i = 0; i < distinct; i++) {
            Slot *slot = slots + places[i];
            if (slot->count == count) {
                features[number++] = slot->feature;
                slot->count = 0;
            } else {
                next = slot->count < next ? slot->count : next;
                places[left++] = places[i];
            }
        }
        uint32_t sums[WIDTH] = {0};
        add_rows(model->costs, features, number, sums);
        add_weighted(sums, (uint32_t)model->weights[count < model->most ? count : model->most], totals);
        distinct = left;
    }
}

/* Writes down the best score among the columns of each label; zeros for a text without any feature. */
static void write_scores(const Model *model, int32_t *hits, int64_t number, Slot *slots, int bits, int32_t *features,
                         float *scores) {
    uint64_t totals[WIDTH] = {0};
    add_costs(model, hits, count_features(hits, number, slots, bits), slots, features, totals);
    for (int64_t label = 0; label < model->labels; label++) scores[label] = number ? -INFINITY : 0;
    for (int64_t column = 0; number && column < model->columns; column++) {
        float score = (float)((double)(model->priors[column] - (int64_t)totals[column]) * model->unit);
        float *of_label = scores + model->label_of[column];
        if (score > *of_label) *of_label = score;
    }
}

/* Returns 0, or -1 where there is not enough memory. */
EXPORT int64_t detector_scores(const uint8_t *data, const int64_t *offsets, int64_t texts, const int32_t *following,
                               const int32_t *rows, const int32_t *output, const uint16_t *costs,
                               const int32_t *weights, int64_t most, const int64_t *priors, const int32_t *label_of,
                               int64_t columns, int64_t labels, double unit, float *scores) {
    Model model = {following, rows, output, costs, weights, most, priors, label_of, columns, labels, unit};
    int64_t longest = 1, bits = 4, number[LANES];
    for (int64_t i = 0; i < texts; i++)
        if (offsets[i + 1] - offsets[i] > longest) longest = offsets[i + 1] - offsets[i];
    while (bits < 30 && (int64_t)1 << bits < 2 * longest) bits++;
    Slot *slots = calloc((size_t)1 << bits, sizeof *slots);
    int64_t room = longest < TOGETHER ? TOGETHER : longest;
    int32_t *memory = malloc((size_t)(room + longest) * sizeof *memory), *hits[LANES];
    if (slots && memory) {
        for (int64_t text = 0, end; text < texts; text = end) {
            for (end = text; end < texts && end < text + LANES && offsets[end + 1] - offsets[text] <= room; end++)
                hits[end - text] = memory + (offsets[end] - offsets[text]);
            int lanes = (int)(end - text);
            read_texts(&model, data, offsets + text, lanes, hits, number);
            for (int lane = 0; lane < lanes; lane++)
                write_scores(&model, hits[lane], number[lane], slots, (int)bits, memory + room,
                             scores + (text + lane) * labels);
        }
    }
    int64_t status = slots && memory ? 0 : -1;
    free(slots), free(memory);
    return status;
}
