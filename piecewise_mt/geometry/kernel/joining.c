/* Faces that are joined, dropped or kept. */

#include "faces.h"

/* Keep the generators that `dead` does not name, in their order. */
static void keep_generators(Kernel *k, const uint8_t *dead) {
    int64_t kept = 0;
    const size_t stride = (size_t)k->stride;
    for (int64_t g = 0; g < k->count; g++) {
        if (dead[g]) continue;
        if (kept != g) {
            memcpy(k->words + kept * k->chunks, k->words + g * k->chunks,
                   (size_t)k->chunks * sizeof *k->words);
            if (k->is_float) {
                memcpy(k->cells + 3 * kept * k->stride, k->cells + 3 * g * k->stride,
                       3 * stride * sizeof *k->cells);
                memcpy(k->largest + 2 * kept, k->largest + 2 * g, 2 * sizeof *k->largest);
                k->identity[kept] = k->identity[g];
                if (k->alias_width)
                    memcpy(k->alike + kept * k->alias_width, k->alike + g * k->alias_width,
                           (size_t)k->alias_width * sizeof *k->alike);
            } else {
                memcpy(k->rows + kept * k->stride, k->rows + g * k->stride,
                       stride * sizeof *k->rows);
            }
        }
        kept++;
    }
    k->count = kept;
    k->has_signs = 0;
}

static void replace(Level *old, Level *fresh) {
    free(old->start);
    free(old->length);
    free(old->pool);
    *old = *fresh;
    memset(fresh, 0, sizeof *fresh);
}

static void lower_top(Kernel *k) {
    while (k->top > 1 && faces_of(k, k->top) == 0) k->top--;
}

static void free_flags(Kernel *k, uint8_t **dead) {
    if (!dead) return;
    for (int level = 0; level < k->dimension + 3; level++) free(dead[level]);
    free(dead);
}

/* A flag for every face of every level, all set to `value`. */
static uint8_t **new_flags(Kernel *k, int value) {
    uint8_t **dead = calloc((size_t)k->dimension + 3, sizeof *dead);
    if (!dead) {
        PyErr_NoMemory();
        return NULL;
    }
    for (int level = 1; level <= k->top; level++) {
        const size_t count = (size_t)faces_of(k, level);
        dead[level] = grown(NULL, count + 1, 1);
        if (!dead[level]) {
            free_flags(k, dead);
            return NULL;
        }
        memset(dead[level], value, count + 1);
    }
    return dead;
}

/* Keep the faces without a flag, in their order; what is left is closed under taking faces. */
static int keep_faces(Kernel *k, uint8_t **dead) {
    int answer = RAISED;
    int32_t *numbers = NULL;
    Level fresh;
    memset(&fresh, 0, sizeof fresh);
    int32_t *number = grown(NULL, (size_t)k->count + 1, sizeof *number);
    if (!number) return RAISED;
    int32_t kept = 0;
    for (int64_t g = 0; g < k->count; g++) {
        number[g] = kept;
        kept += !dead[1][g];
    }
    k->broken = 1;
    for (int level = 2; level <= k->top; level++) {
        Level *own = &k->levels[level];
        numbers = grown(NULL, (size_t)own->count + 1, sizeof *numbers);
        if (!numbers) goto done;
        kept = 0;
        for (int64_t i = 0; i < own->count; i++) {
            numbers[i] = kept;
            if (dead[level][i]) continue;
            int32_t length;
            const int32_t *face = facets(k, level, i, &length);
            if (add_face(&fresh, face, length, level == 2)) goto done;
            int32_t *copy =
                fresh.pool + (level == 2 ? 2 * (int64_t)kept : (int64_t)fresh.start[kept]);
            for (int32_t j = 0; j < length; j++) copy[j] = number[copy[j]];
            kept++;
        }
        replace(own, &fresh);
        free(number);
        number = numbers;
        numbers = NULL;
    }
    keep_generators(k, dead[1]);
    lower_top(k);
    k->broken = 0;
    answer = FINE;
done:
    free(number);
    free(numbers);
    free(fresh.start);
    free(fresh.length);
    free(fresh.pool);
    return answer;
}

/* Drop the faces whose word meets the mask. */
int drop_faces(Kernel *k, const uint64_t *mask) {
    int answer = RAISED;
    int64_t gone = 0;
    uint8_t **dead = new_flags(k, 0);
    if (!dead) return RAISED;
    for (int64_t g = 0; g < k->count; g++) {
        uint64_t met = 0;
        for (int c = 0; c < k->chunks; c++) met |= k->words[g * k->chunks + c] & mask[c];
        dead[1][g] = met != 0;
        gone += met != 0;
    }
    for (int level = 2; gone && level <= k->top; level++) {
        const int64_t count = faces_of(k, level);
        for (int64_t i = 0; i < count; i++) {
            int32_t length;
            const int32_t *face = facets(k, level, i, &length);
            uint8_t met = 0;
            for (int32_t j = 0; j < length; j++) met |= dead[level - 1][face[j]];
            dead[level][i] = met;
        }
    }
    answer = gone ? keep_faces(k, dead) : FINE;
    free_flags(k, dead);
    return answer;
}

/* Keep the faces whose word has all bits of `needed` and none of `mask`, and the faces of those. */
int carve_faces(Kernel *k, const uint64_t *mask, const uint64_t *needed) {
    int answer = RAISED;
    uint64_t **words = ors(k, k->words, k->chunks);
    uint8_t **dead = words ? new_flags(k, 1) : NULL;
    if (!dead) goto done;
    for (int level = k->top; level >= 1; level--) {
        const int64_t count = faces_of(k, level);
        for (int64_t i = 0; i < count; i++) {
            const uint64_t *word = words[level] + i * k->chunks;
            int fits = 1;
            for (int c = 0; c < k->chunks; c++)
                fits &= (word[c] & (mask[c] | needed[c])) == needed[c];
            if (fits) dead[level][i] = 0;
            if (dead[level][i] || level == 1) continue;
            int32_t length;
            const int32_t *face = facets(k, level, i, &length);
            for (int32_t j = 0; j < length; j++) dead[level - 1][face[j]] = 0;
        }
    }
    answer = keep_faces(k, dead);
done:
    free_ors(words);
    free_flags(k, dead);
    return answer;
}

static uint64_t mixed(const uint64_t *word, int chunks) {
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (int c = 0; c < chunks; c++) {
        h ^= word[c];
        h *= 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    return h;
}

/* Join the faces that have equal words; see FaceComplex.merge. */
int merge_faces(Kernel *k) {
    const int64_t all = total(k);
    const int chunks = k->chunks;
    int answer = RAISED;
    uint64_t **words = ors(k, k->words, chunks);
    int32_t *class_of = NULL, *table = NULL, *fresh_index = NULL, *last = NULL, *next = NULL;
    int32_t *lower_stamp = NULL, *order = NULL;
    uint8_t *level_of = NULL, *dead = NULL;
    const uint64_t **sample = NULL;
    int64_t *offset = NULL;
    List found = {NULL, 0, 0};
    Level fresh;
    memset(&fresh, 0, sizeof fresh);
    if (!words) return RAISED;
    if (all > INT32_MAX / 2) {
        PyErr_SetString(PyExc_MemoryError, "more than 2^30 faces to join");
        goto done;
    }
    size_t size = 64;
    while (size < 2 * (size_t)all) size *= 2;
    offset = grown(NULL, (size_t)k->top + 2, sizeof *offset);
    class_of = grown(NULL, (size_t)all + 1, sizeof *class_of);
    table = grown(NULL, size, sizeof *table);
    fresh_index = grown(NULL, (size_t)all + 1, sizeof *fresh_index);
    level_of = grown(NULL, (size_t)all + 1, 1);
    sample = grown(NULL, (size_t)all + 1, sizeof *sample);
    if (!offset || !class_of || !table || !fresh_index || !level_of || !sample) goto done;
    memset(table, 0xFF, size * sizeof *table);
    int32_t classes = 0;
    int64_t place = 0;
    for (int level = 1; level <= k->top; level++) {
        const int64_t count = faces_of(k, level);
        offset[level] = place;
        for (int64_t i = 0; i < count; i++, place++) {
            const uint64_t *word = words[level] + i * chunks;
            uint64_t any = 0;
            for (int c = 0; c < chunks; c++) any |= word[c];
            if (!any) { /* it would be joined to the space of all lines */
                inconsistent();
                goto done;
            }
            size_t slot = (size_t)mixed(word, chunks) & (size - 1);
            while (table[slot] >= 0 && memcmp(sample[table[slot]], word,
                                              (size_t)chunks * sizeof *word) != 0)
                slot = (slot + 1) & (size - 1);
            if (table[slot] < 0) {
                table[slot] = classes;
                sample[classes++] = word;
            }
            class_of[place] = table[slot];
            level_of[table[slot]] = (uint8_t)level;
            if (!(i & (PATIENCE - 1)) && raised()) goto done;
        }
    }
    if (classes == place) {
        answer = FINE;
        goto done;
    }
    dead = grown(NULL, (size_t)k->count + 1, 1);
    next = grown(NULL, (size_t)all + 1, sizeof *next);
    last = grown(NULL, (size_t)classes + 1, sizeof *last);
    lower_stamp = grown(NULL, (size_t)all + 1, sizeof *lower_stamp);
    order = grown(NULL, (size_t)all + 1, sizeof *order);
    if (!dead || !next || !last || !lower_stamp || !order) goto done;
    for (int32_t c = 0; c < classes; c++) fresh_index[c] = last[c] = -1;
    k->broken = 1;
    int32_t kept = 0;
    for (int64_t g = 0; g < k->count; g++) {
        const int32_t own = class_of[g];
        dead[g] = level_of[own] != 1;
        if (dead[g]) continue;
        if (fresh_index[own] >= 0) { /* two generators of one ray */
            inconsistent();
            goto done;
        }
        fresh_index[own] = kept++;
    }
    for (int level = 2; level <= k->top; level++) {
        const int64_t count = faces_of(k, level), here = offset[level], low = offset[level - 1];
        const int32_t lower_count = kept;
        kept = 0;
        /* the members of every class in a chain, the classes in order */
        for (int64_t i = 0; i < count; i++) {
            const int32_t own = class_of[here + i];
            if (level_of[own] != level) continue;
            next[i] = -1;
            if (fresh_index[own] < 0) {
                fresh_index[own] = kept;
                order[kept++] = (int32_t)i;
            } else {
                next[last[own]] = (int32_t)i;
            }
            last[own] = (int32_t)i;
        }
        for (int32_t i = 0; i < lower_count; i++) lower_stamp[i] = -1;
        for (int32_t n = 0; n < kept; n++) {
            found.count = 0;
            for (int32_t i = order[n]; i >= 0; i = next[i]) {
                int32_t length;
                const int32_t *face = facets(k, level, i, &length);
                for (int32_t j = 0; j < length; j++) {
                    const int32_t other = class_of[low + face[j]];
                    if (other == class_of[here + i]) continue;
                    const int32_t facet = fresh_index[other];
                    if (level_of[other] != level - 1 || facet < 0) {
                        inconsistent();
                        goto done;
                    }
                    if (lower_stamp[facet] == n) continue;
                    lower_stamp[facet] = n;
                    if (push(&found, facet)) goto done;
                }
            }
            if (add_face(&fresh, found.items, (int32_t)found.count, level == 2)) goto done;
        }
        /* facets are read off the level below by the old numbers: it is replaced afterwards */
        Level kept_level = fresh;
        memset(&fresh, 0, sizeof fresh);
        replace(&k->levels[level], &kept_level);
    }
    keep_generators(k, dead);
    lower_top(k);
    k->broken = 0;
    answer = FINE;
done:
    free_ors(words);
    free(offset);
    free(class_of);
    free(table);
    free(fresh_index);
    free(level_of);
    free((void *)sample);
    free(dead);
    free(next);
    free(last);
    free(lower_stamp);
    free(order);
    free(found.items);
    free(fresh.start);
    free(fresh.length);
    free(fresh.pool);
    return answer;
}
