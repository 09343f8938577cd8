/* Methods that read words: those of faces, their counts and patterns. */

#include "methods.h"

/* The words of all faces, level by level from 1 on, as bytes of little-endian chunks. */
PyObject *kernel_words(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    (void)args;
    if (!ready(k)) return NULL;
    uint64_t **all = ors(k, k->words, k->chunks);
    if (!all) return NULL;
    PyObject *list = PyList_New(k->top);
    for (int level = 1; list && level <= k->top; level++) {
        const int64_t count = level == 1 ? k->count : k->levels[level].count;
        const Py_ssize_t size = (Py_ssize_t)(count * k->chunks * 8);
        PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
        if (!bytes) {
            Py_DECREF(list);
            list = NULL;
            break;
        }
        unsigned char *to = (unsigned char *)PyBytes_AsString(bytes);
        for (int64_t i = 0; i < count * k->chunks; i++)
            for (int b = 0; b < 8; b++) *to++ = (unsigned char)(all[level][i] >> (8 * b));
        free(all[level]);
        all[level] = malloc(1); /* the array ends with NULL */
        if (!all[level]) PyErr_NoMemory();
        if (PyList_SetItem(list, level - 1, bytes) || !all[level]) {
            Py_DECREF(list);
            list = NULL;
            break;
        }
    }
    free_ors(all);
    return list;
}

/* count(mask): for every level how many faces have all bits of the mask. */
PyObject *kernel_count(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    const char *bytes;
    Py_ssize_t length;
    if (!ready(k) || !PyArg_ParseTuple(args, "y#", &bytes, &length)) return NULL;
    PyObject *list = NULL;
    uint64_t **all = NULL, *own = NULL;
    int chunks = 0;
    uint64_t *mask = grown(NULL, (size_t)k->chunks, sizeof *mask);
    int *used = grown(NULL, (size_t)k->chunks, sizeof *used);
    if (!mask || !used || read_mask(k, bytes, length, mask)) goto done;
    for (int c = 0; c < k->chunks; c++)
        if (mask[c]) used[chunks++] = c;
    own = grown(NULL, (size_t)k->count * (size_t)(chunks ? chunks : 1), sizeof *own);
    if (!own) goto done;
    for (int64_t g = 0; g < k->count; g++)
        for (int c = 0; c < chunks; c++)
            own[g * chunks + c] = k->words[g * k->chunks + used[c]] & mask[used[c]];
    all = ors(k, own, chunks);
    if (!all) goto done;
    list = PyList_New(k->top + 1);
    for (int level = 0; list && level <= k->top; level++) {
        const int64_t count =
            level == 0 ? k->spaces : level == 1 ? k->count : k->levels[level].count;
        int64_t found = 0;
        for (int64_t i = 0; i < count; i++) {
            int whole = level > 0 || !chunks;
            for (int c = 0; level && c < chunks; c++)
                whole &= all[level][i * chunks + c] == mask[used[c]];
            found += whole;
        }
        PyObject *item = PyLong_FromLongLong(found);
        if (!item || PyList_SetItem(list, level, item)) {
            Py_DECREF(list);
            list = NULL;
        }
    }
done:
    free(mask);
    free(used);
    free(own);
    free_ors(all);
    return list;
}

static size_t slot_of(const uint64_t *word, int chunks, size_t size) {
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (int c = 0; c < chunks; c++) {
        h = (h ^ word[c]) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    return (size_t)h & (size - 1);
}

/* bit_counts(): at how many generators each bit is set. */
PyObject *kernel_bit_counts(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    (void)args;
    if (!ready(k)) return NULL;
    int64_t *counts = calloc(64 * (size_t)k->chunks, sizeof *counts);
    if (!counts) return PyErr_NoMemory();
    for (int64_t g = 0; g < k->count; g++)
        for (int c = 0; c < k->chunks; c++)
            for (uint64_t rest = k->words[g * k->chunks + c], b = 64 * (uint64_t)c; rest;
                 rest >>= 1, b++)
                counts[b] += rest & 1;
    PyObject *list = PyList_New(64 * (Py_ssize_t)k->chunks);
    for (Py_ssize_t i = 0; list && i < 64 * (Py_ssize_t)k->chunks; i++) {
        PyObject *item = PyLong_FromLongLong(counts[i]);
        if (!item || PyList_SetItem(list, i, item)) {
            Py_DECREF(list);
            list = NULL;
        }
    }
    free(counts);
    return list;
}

/* patterns(bit, count, by_faces): ([bits, …], places): the bits that words have there, each once,
   and for every generator which ones its own word has, or that of a largest face with it. */
PyObject *kernel_patterns(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int bit, count, by_faces;
    if (!ready(k) || !PyArg_ParseTuple(args, "iii", &bit, &count, &by_faces)) return NULL;
    if (check_bits(k, bit, count)) return NULL;
    const int chunks = count ? (count + 63) / 64 : 1;
    PyObject *result = NULL, *list = NULL, *bytes = NULL;
    int32_t *places = NULL, *table = NULL, *lower = NULL;
    uint64_t **all = NULL, *sample = NULL;
    int32_t found = 0;
    size_t size = 64;
    const int top = by_faces ? k->top : 1;
    int64_t most = 0;
    uint64_t *own = grown(NULL, (size_t)k->count * (size_t)chunks, sizeof *own);
    if (!own) return NULL;
    for (int64_t g = 0; g < k->count; g++)
        for (int c = 0; c < chunks; c++) {
            uint64_t value = 0;
            for (int b = 64 * c; b < count && b < 64 * (c + 1); b++) {
                const int place = bit + b;
                value |= (k->words[g * k->chunks + place / 64] >> (place % 64) & 1) << (b % 64);
            }
            own[g * chunks + c] = value;
        }
    if (top > 1 && !(all = ors(k, own, chunks))) goto done;
    list = PyList_New(0);
    table = grown(NULL, size, sizeof *table);
    if (!list || !table) goto done;
    memset(table, 0xFF, size * sizeof *table);
    for (int level = top; level >= 1; level--) {
        const int64_t faces = level == 1 ? k->count : k->levels[level].count;
        const uint64_t *words = level == 1 ? own : all[level];
        if (!places) {
            places = grown(NULL, (size_t)faces, sizeof *places);
            if (!places) goto done;
            memset(places, 0xFF, (size_t)faces * sizeof *places);
        }
        if (level > 1) {
            const int64_t below = level == 2 ? k->count : k->levels[level - 1].count;
            lower = grown(NULL, (size_t)below, sizeof *lower);
            if (!lower) goto done;
            memset(lower, 0xFF, (size_t)below * sizeof *lower);
        }
        for (int64_t i = 0; i < faces; i++) {
            const uint64_t *word = words + i * chunks;
            if (places[i] < 0) {
                size_t slot = slot_of(word, chunks, size);
                while (table[slot] >= 0 && memcmp(sample + (int64_t)table[slot] * chunks, word,
                                                  (size_t)chunks * sizeof *word) != 0)
                    slot = (slot + 1) & (size - 1);
                if (table[slot] < 0) {
                    PyObject *chunk_list = PyList_New(chunks);
                    for (int c = 0; chunk_list && c < chunks; c++) {
                        PyObject *item = PyLong_FromUnsignedLongLong(word[c]);
                        if (!item || PyList_SetItem(chunk_list, c, item)) {
                            Py_DECREF(chunk_list);
                            chunk_list = NULL;
                        }
                    }
                    if (!chunk_list) goto done;
                    const int failed = PyList_Append(list, chunk_list);
                    Py_DECREF(chunk_list);
                    if (failed) goto done;
                    if (found == most) {
                        most = 2 * most + 16;
                        uint64_t *wider = grown(sample, (size_t)(most * chunks), sizeof *sample);
                        if (!wider) goto done;
                        sample = wider;
                    }
                    memcpy(sample + (int64_t)found * chunks, word,
                           (size_t)chunks * sizeof *word);
                    table[slot] = found++;
                    if (2 * (size_t)found > size) {
                        int32_t *wider = grown(table, 2 * size, sizeof *table);
                        if (!wider) goto done;
                        table = wider;
                        size *= 2;
                        memset(table, 0xFF, size * sizeof *table);
                        for (int32_t n = 0; n < found; n++) {
                            size_t free_slot = slot_of(sample + (int64_t)n * chunks, chunks, size);
                            while (table[free_slot] >= 0) free_slot = (free_slot + 1) & (size - 1);
                            table[free_slot] = n;
                        }
                    }
                    places[i] = found - 1;
                } else {
                    places[i] = table[slot];
                }
            }
            if (level == 1) continue;
            int32_t length;
            const int32_t *face = facets(k, level, i, &length);
            for (int32_t j = 0; j < length; j++) lower[face[j]] = places[i];
        }
        if (level > 1) {
            free(places);
            places = lower;
            lower = NULL;
        }
    }
    bytes = PyBytes_FromStringAndSize((const char *)places,
                                      (Py_ssize_t)((size_t)k->count * sizeof *places));
    if (bytes) result = PyTuple_Pack(2, list, bytes);
done:
    Py_XDECREF(list);
    Py_XDECREF(bytes);
    free(own);
    free_ors(all);
    free(places);
    free(sample);
    free(table);
    free(lower);
    return result;
}

/* ties_reached(bit, count, inside, kind): see FaceComplex.ties_reached. */
PyObject *kernel_ties_reached(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int bit, count;
    const char *bytes;
    Py_ssize_t length;
    PyObject *kind, *list = NULL;
    if (!ready(k) || !PyArg_ParseTuple(args, "iiy#O", &bit, &count, &bytes, &length, &kind))
        return NULL;
    if (check_bits(k, bit, count)) return NULL;
    if (count > 16) {
        PyErr_SetString(PyExc_ArithmeticError, "too many kinks of one unit");
        return NULL;
    }
    /* the bits of a unit and those of the inside side by side */
    const int chunks = 1 + k->chunks;
    uint64_t **all = NULL, *own = NULL;
    uint64_t *mask = grown(NULL, (size_t)k->chunks, sizeof *mask);
    uint8_t *reached = NULL, *checked = NULL, *next_reached = NULL, *next_checked = NULL;
    int8_t *kinds = grown(NULL, (size_t)1 << count, 1);
    own = grown(NULL, (size_t)k->count * (size_t)chunks, sizeof *own);
    if (!mask || !kinds || !own || read_mask(k, bytes, length, mask)) goto done;
    memset(kinds, -1, (size_t)1 << count);
    for (int64_t g = 0; g < k->count; g++) {
        const uint64_t *word = k->words + g * k->chunks;
        uint64_t value = 0;
        for (int b = 0; b < count; b++)
            value |= (word[(bit + b) / 64] >> ((bit + b) % 64) & 1) << b;
        /* the bit of x0 > 0 comes on top */
        own[g * chunks] = value | (word[0] & 1) << 63;
        for (int c = 0; c < k->chunks; c++) own[g * chunks + 1 + c] = word[c] & mask[c];
    }
    all = ors(k, own, chunks);
    if (!all) goto done;
    for (int level = k->top; level >= 1; level--) {
        const int64_t faces = level == 1 ? k->count : k->levels[level].count;
        const int64_t below = level == 1   ? 1
                              : level == 2 ? k->count
                                           : k->levels[level - 1].count;
        if (level == k->top) {
            reached = calloc((size_t)faces + 1, 1);
            checked = calloc((size_t)faces + 1, 1);
        }
        next_reached = calloc((size_t)below + 1, 1);
        next_checked = calloc((size_t)below + 1, 1);
        if (!reached || !checked || !next_reached || !next_checked) {
            PyErr_NoMemory();
            goto done;
        }
        for (int64_t i = 0; i < faces; i++) {
            const uint64_t *word = all[level] + i * chunks;
            const size_t value = (size_t)(word[0] & 0xFFFF);
            if (kinds[value] < 0) {
                PyObject *found = PyObject_CallFunction(kind, "n", (Py_ssize_t)value);
                if (!found) goto done;
                const long answer = PyLong_AsLong(found);
                Py_DECREF(found);
                if (answer == -1 && PyErr_Occurred()) goto done;
                kinds[value] = (int8_t)(answer & 3);
            }
            if (word[0] >> 63 && kinds[value] == 1) reached[i] = 1;
            else if (reached[i] && kinds[value] == 0) {
                int is_inside = 1;
                for (int c = 0; c < k->chunks; c++) is_inside &= word[1 + c] == mask[c];
                if (is_inside) checked[i] = 1;
            }
            if (level == 1 || !(reached[i] | checked[i])) continue;
            int32_t size;
            const int32_t *face = facets(k, level, i, &size);
            for (int32_t j = 0; j < size; j++) {
                next_reached[face[j]] |= reached[i];
                next_checked[face[j]] |= checked[i];
            }
        }
        if (level == 1) break;
        free(reached);
        free(checked);
        reached = next_reached;
        checked = next_checked;
        next_reached = next_checked = NULL;
    }
    list = PyList_New(0);
    for (int64_t g = 0; list && g < k->count; g++) {
        if (!checked[g]) continue;
        PyObject *item = PyLong_FromLongLong(g);
        if (!item || PyList_Append(list, item)) {
            Py_DECREF(list);
            list = NULL;
        }
        Py_XDECREF(item);
    }
done:
    free(mask);
    free(kinds);
    free(own);
    free_ors(all);
    free(reached);
    free(checked);
    free(next_reached);
    free(next_checked);
    return list;
}
