/* Methods that refine the complex or change columns. */

#include "methods.h"

/* The signs of a form at all generators, in `sides`; the form is the kink until it is freed. */
static int find_signs(Kernel *k, Form *form) {
    k->has_signs = 0;
    k->kink = form;
    if (k->is_float) return float_signs(k, form, k->sides);
    int answer = int_heights(k, form, k->heights);
    if (!answer)
        for (int64_t g = 0; g < k->count; g++)
            k->sides[g] = (uint8_t)(k->heights[g] > 0 ? PLUS : k->heights[g] ? MINUS : ZERO);
    return answer;
}

/* cut(form, bit, place, known) */
PyObject *kernel_cut(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    PyObject *given, *known;
    int bit, place, answer;
    Form form;
    if (!ready(k) || !PyArg_ParseTuple(args, "OiiO", &given, &bit, &place, &known)) return NULL;
    if (bit >= 0 && check_bits(k, bit, 2)) return NULL;
    if (read_known(k, known) || read_form(k, given, &form)) return NULL;
    const int64_t before = k->count;
    int seen = 0;
    answer = find_signs(k, &form);
    if (!answer) {
        for (int64_t g = 0; g < before; g++) seen |= k->sides[g];
        if (seen == CUT) {
            if (k->is_float) memset(k->known + before, 0, (size_t)(k->room - before));
            answer = cut_faces(k, k->is_float ? float_between : int_between, place);
        }
    }
    if (!answer) {
        if (bit >= 0) set_bits(k, 0, before, bit);
        k->has_signs = 1;
    }
    free_form(&form);
    k->kink = NULL;
    return answered(k, answer);
}

PyObject *kernel_append(PyObject *self, PyObject *list) {
    Kernel *k = (Kernel *)self;
    Py_ssize_t count;
    if (!ready(k)) return NULL;
    Form *forms = read_forms(k, list, &count);
    if (!forms) return NULL;
    int answer = reserve_columns(k, k->width + (int)count);
    if (!answer)
        answer = k->is_float ? float_append(k, forms, (int)count) : int_append(k, forms, (int)count);
    free_forms(forms, count);
    return answered(k, answer);
}

/* alias(start, count, width): remember which of the columns from start on are equal exactly; the
   first `count` are different ones. */
PyObject *kernel_alias(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int start, count, width;
    if (!ready(k) || !PyArg_ParseTuple(args, "iii", &start, &count, &width)) return NULL;
    if (k->is_float && count <= width && width > 0 && width < 1 << 16) {
        uint64_t *alike = grown(k->alike, (size_t)k->room * (size_t)width, sizeof *alike);
        if (!alike) return NULL;
        k->alike = alike;
        k->alias_start = start;
        k->alias_width = width;
        for (int64_t g = 0; g < k->count; g++)
            for (int c = 0; c < width; c++)
                alike[g * width + c] = c < count && c < 64 ? (uint64_t)1 << c : 0;
    }
    Py_RETURN_NONE;
}

/* select(grown, positive, otherwise): whether the kink was positive anywhere */
PyObject *kernel_select(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int extra, answer = RAISED, positive = 0;
    PyObject *above_list, *below_list;
    Form *above = NULL, *below = NULL;
    int *above_to = NULL, *below_to = NULL;
    Py_ssize_t above_count = 0, below_count = 0;
    void *buffer = NULL;
    uint64_t *merged = NULL;
    if (!ready(k) || !PyArg_ParseTuple(args, "iOO", &extra, &above_list, &below_list)) return NULL;
    if (!k->has_signs || extra < 0) {
        PyErr_SetString(PyExc_RuntimeError, "expected a cut before a selection");
        return NULL;
    }
    if (reserve_columns(k, k->width + extra)) return NULL;
    const int before = k->width;
    k->width += extra;
    if (!k->is_float)
        for (int c = before; c < k->width; c++) k->reach[c] = 0;
    for (int64_t g = 0; g < k->count; g++)
        for (int c = before; c < k->width; c++) {
            if (k->is_float)
                for (int part = 0; part < 3; part++)
                    k->cells[(3 * g + part) * k->stride + c] = 0;
            else
                k->rows[g * k->stride + c] = 0;
        }
    if (read_moves(k, above_list, &above, &above_to, &above_count) ||
        read_moves(k, below_list, &below, &below_to, &below_count))
        goto done;
    const size_t most = (size_t)(above_count > below_count ? above_count : below_count) + 1;
    buffer = grown(NULL, 4 * most, sizeof(double));
    merged = grown(NULL, most, sizeof *merged);
    if (!buffer || !merged) goto done;
    if (!k->is_float) {
        answer = OVERFLOWN;
        for (Py_ssize_t i = 0; i < above_count; i++)
            if (!int_fits(k, &above[i])) goto done;
        for (Py_ssize_t i = 0; i < below_count; i++)
            if (!int_fits(k, &below[i])) goto done;
    }
    for (int64_t g = 0; g < k->count; g++) {
        const int is_above = k->sides[g] == PLUS;
        const int *to = is_above ? above_to : below_to;
        const Form *forms = is_above ? above : below;
        const Py_ssize_t count = is_above ? above_count : below_count;
        positive |= is_above;
        if (!k->is_float) {
            if (count) int_moves(k, g, to, forms, (int)count, buffer);
            continue;
        }
        const int on_kink = k->alias_width && k->sides[g] != PLUS && k->sides[g] != MINUS;
        uint64_t *alike = k->alike + g * k->alias_width;
        if (on_kink)
            for (Py_ssize_t i = 0; i < above_count; i++) {
                const int source = above[i].count == 1 && above[i].high[0] == 1
                                       ? above[i].columns[0] - k->alias_start
                                       : -1;
                merged[i] = source >= 0 && source < k->alias_width ? alike[source] : 0;
            }
        if (count) float_moves(k, g, to, forms, (int)count, buffer);
        if (on_kink) /* what is selected on both sides is equal there */
            for (Py_ssize_t i = 0; i < above_count; i++) {
                const int target = above_to[i] - k->alias_start;
                if (target >= 0 && target < k->alias_width) alike[target] |= merged[i];
            }
    }
    answer = FINE;
done:
    if (answer) k->width = before;
    free_forms(above, above_count);
    free_forms(below, below_count);
    free(above_to);
    free(below_to);
    free(buffer);
    free(merged);
    if (answer == OVERFLOWN) return overflown();
    return answer ? NULL : PyBool_FromLong(positive);
}

/* mark(form, bit, known); bit -1 for the signs alone, which sides() then has */
PyObject *kernel_mark(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    PyObject *given, *known;
    int bit, answer;
    Form form;
    if (!ready(k) || !PyArg_ParseTuple(args, "OiO", &given, &bit, &known)) return NULL;
    if (bit >= 0 && check_bits(k, bit, 2)) return NULL;
    if (read_known(k, known) || read_form(k, given, &form)) return NULL;
    answer = find_signs(k, &form);
    if (!answer && bit >= 0) set_bits(k, 0, k->count, bit);
    free_form(&form);
    k->kink = NULL;
    return answered(k, answer);
}

/* pick(forms, places, factors): places are int32s, one a generator, or None for those by the signs
   of the last cut, zero, plus and minus; factors are of its heights. */
PyObject *kernel_pick(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    PyObject *list, *given, *multiples;
    Py_ssize_t count = 0;
    int answer = RAISED;
    int *places = NULL;
    int64_t *factors = NULL;
    if (!ready(k) || !PyArg_ParseTuple(args, "OOO", &list, &given, &multiples)) return NULL;
    if (reserve_columns(k, k->width + 1)) return NULL;
    Form *forms = read_forms(k, list, &count);
    if (!forms) return NULL;
    places = grown(NULL, (size_t)k->count, sizeof *places);
    if (!places) goto done;
    if (given == Py_None) {
        if (!k->has_signs || count != 3) {
            PyErr_SetString(PyExc_RuntimeError, "expected a cut, and three forms");
            goto done;
        }
        for (int64_t g = 0; g < k->count; g++) places[g] = k->sides[g] % NEW;
    } else {
        char *bytes;
        Py_ssize_t length;
        if (PyBytes_AsStringAndSize(given, &bytes, &length)) goto done;
        if (length != (Py_ssize_t)(k->count * (int64_t)sizeof *places)) {
            PyErr_SetString(PyExc_ValueError, "expected a place for every generator");
            goto done;
        }
        memcpy(places, bytes, (size_t)length);
        for (int64_t g = 0; g < k->count; g++)
            if (places[g] < 0 || places[g] >= count) {
                PyErr_SetString(PyExc_IndexError, "no such form");
                goto done;
            }
    }
    if (k->is_float) {
        float_pick(k, forms, places, (int)count);
        answer = FINE;
    } else {
        if (multiples != Py_None) {
            if (!PyList_Check(multiples) || PyList_Size(multiples) != count || given != Py_None) {
                PyErr_SetString(PyExc_ValueError, "expected a factor for every form");
                goto done;
            }
            factors = grown(NULL, (size_t)count, sizeof *factors);
            if (!factors) goto done;
            for (Py_ssize_t i = 0; i < count; i++) {
                factors[i] = PyLong_AsLongLong(PyList_GetItem(multiples, i));
                if (factors[i] == -1 && PyErr_Occurred()) goto done;
            }
        }
        answer = int_pick(k, forms, places, (int)count, factors);
    }
done:
    free_forms(forms, count);
    free(places);
    free(factors);
    return answered(k, answer);
}

PyObject *kernel_delete(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int start, stop;
    if (!ready(k) || !PyArg_ParseTuple(args, "ii", &start, &stop)) return NULL;
    if (start < 1 || stop < start || stop > k->width) {
        PyErr_SetString(PyExc_IndexError, "no such columns");
        return NULL;
    }
    const size_t rest = (size_t)(k->width - stop);
    if (rest)
        for (int64_t g = 0; g < k->count; g++) {
            if (k->is_float)
                for (int part = 0; part < 3; part++) {
                    double *row = k->cells + (3 * g + part) * k->stride;
                    memmove(row + start, row + stop, rest * sizeof *row);
                }
            else
                memmove(k->rows + g * k->stride + start, k->rows + g * k->stride + stop,
                        rest * sizeof *k->rows);
        }
    if (!k->is_float) memmove(k->reach + start, k->reach + stop, rest * sizeof *k->reach);
    k->width -= stop - start;
    k->alias_width = 0;
    if (k->is_float)
        for (int64_t g = 0; g < k->count; g++) float_bounds(k, g);
    Py_RETURN_NONE;
}

PyObject *kernel_clear(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int bit, count;
    if (!ready(k) || !PyArg_ParseTuple(args, "ii", &bit, &count) || check_bits(k, bit, count))
        return NULL;
    for (int b = bit; b < bit + count; b++)
        for (int64_t g = 0; g < k->count; g++)
            k->words[g * k->chunks + b / 64] &= ~((uint64_t)1 << (b % 64));
    Py_RETURN_NONE;
}

/* copy_bits(source, target, count, swapped) */
PyObject *kernel_copy_bits(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int source, target, count, swapped;
    if (!ready(k) || !PyArg_ParseTuple(args, "iiip", &source, &target, &count, &swapped))
        return NULL;
    if (check_bits(k, source, count) || check_bits(k, target, count) || (swapped && count % 2)) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "expected pairs of bits to swap");
        return NULL;
    }
    for (int64_t g = 0; g < k->count; g++) {
        uint64_t *word = k->words + g * k->chunks;
        for (int b = 0; b < count; b++) {
            const int from = source + (swapped ? b ^ 1 : b), to = target + b;
            word[to / 64] |= (word[from / 64] >> (from % 64) & 1) << (to % 64);
        }
    }
    Py_RETURN_NONE;
}

static PyObject *changed(Kernel *k, const uint64_t *mask) {
    if (mask ? drop_faces(k, mask) : merge_faces(k)) return NULL;
    Py_RETURN_NONE;
}

PyObject *kernel_merge(PyObject *self, PyObject *args) {
    (void)args;
    return ready((Kernel *)self) ? changed((Kernel *)self, NULL) : NULL;
}

PyObject *kernel_drop(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    const char *bytes;
    Py_ssize_t length;
    if (!ready(k) || !PyArg_ParseTuple(args, "y#", &bytes, &length)) return NULL;
    uint64_t *mask = grown(NULL, (size_t)k->chunks, sizeof *mask);
    PyObject *result = NULL;
    if (mask && !read_mask(k, bytes, length, mask)) result = changed(k, mask);
    free(mask);
    return result;
}

/* carve(mask, needed): keep the faces whose words have all bits of `needed` and none of `mask`, and
   the faces of those. */
PyObject *kernel_carve(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    const char *bytes, *more;
    Py_ssize_t length, more_length;
    if (!ready(k) || !PyArg_ParseTuple(args, "y#y#", &bytes, &length, &more, &more_length))
        return NULL;
    uint64_t *mask = grown(NULL, (size_t)k->chunks, sizeof *mask);
    uint64_t *needed = grown(NULL, (size_t)k->chunks, sizeof *needed);
    int answer = RAISED;
    if (mask && needed && !read_mask(k, bytes, length, mask) &&
        !read_mask(k, more, more_length, needed))
        answer = carve_faces(k, mask, needed);
    free(mask);
    free(needed);
    if (answer) return NULL;
    Py_RETURN_NONE;
}

/* triple(bit): what a cut along a line does to faces; rows are loaded afterwards. */
PyObject *kernel_triple(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int bit;
    if (!ready(k) || !PyArg_ParseTuple(args, "i", &bit)) return NULL;
    if (bit >= 0 && check_bits(k, bit, 2)) return NULL;
    if (k->spaces != 1 || k->top > k->dimension) {
        PyErr_SetString(PyExc_ArithmeticError, "no line is left");
        return NULL;
    }
    const int64_t before = k->count;
    if (triple_faces(k)) return NULL;
    memset(k->words + before * k->chunks, 0, 2 * (size_t)k->chunks * sizeof *k->words);
    memset(k->sides, ZERO, (size_t)before);
    k->sides[before] = PLUS;
    k->sides[before + 1] = MINUS;
    for (int64_t g = before; g < k->count; g++) {
        if (k->is_float) {
            memset(k->cells + 3 * g * k->stride, 0, 3 * (size_t)k->stride * sizeof *k->cells);
            k->identity[g] = -1;
        } else {
            memset(k->rows + g * k->stride, 0, (size_t)k->stride * sizeof *k->rows);
        }
    }
    if (bit >= 0) set_bits(k, before, k->count, bit);
    k->has_signs = 1;
    Py_RETURN_NONE;
}
