/* The Python type: a face complex without its lines, which Python keeps. */

#include "kernel.h"

#include <math.h>

/* -- memory -------------------------------------------------------------------------------- */

void *grown(void *old, size_t count, size_t size) {
    if (!count) count = 1;
    void *found = count > PTRDIFF_MAX / size ? NULL : realloc(old, count * size);
    if (!found) PyErr_NoMemory();
    return found;
}

#define GROW(field, count)                                                                         \
    do {                                                                                           \
        void *found_ = grown(field, (size_t)(count), sizeof *(field));                             \
        if (!found_) return RAISED;                                                                \
        field = found_;                                                                            \
    } while (0)

int reserve_generators(Kernel *k, int64_t count) {
    if (count <= k->room) return FINE;
    int64_t room = k->room + k->room / 2 + 64;
    if (room < count) room = count;
    GROW(k->words, room * k->chunks);
    GROW(k->sides, room);
    if (k->is_float) {
        GROW(k->cells, 3 * room * k->stride);
        GROW(k->largest, 2 * room);
        GROW(k->tall, 3 * room);
        GROW(k->known, room);
        GROW(k->identity, room);
        if (k->alias_width) GROW(k->alike, room * k->alias_width);
    } else {
        GROW(k->rows, room * k->stride);
        GROW(k->heights, room);
    }
    k->room = room;
    return FINE;
}

/* Room for `width` columns. */
int reserve_columns(Kernel *k, int width) {
    if (width <= k->stride) return FINE;
    const int stride = width + width / 4 + 2, old = k->stride;
    if (k->is_float) {
        double *cells = grown(NULL, 3 * (size_t)k->room * (size_t)stride, sizeof *cells);
        if (!cells) return RAISED;
        for (int64_t g = 0; g < k->count; g++)
            for (int part = 0; part < 3; part++)
                memcpy(cells + (3 * g + part) * stride, k->cells + (3 * g + part) * old,
                       (size_t)k->width * sizeof *cells);
        free(k->cells);
        k->cells = cells;
    } else {
        GROW(k->reach, stride);
        int64_t *rows = grown(NULL, (size_t)k->room * (size_t)stride, sizeof *rows);
        if (!rows) return RAISED;
        for (int64_t g = 0; g < k->count; g++)
            memcpy(rows + g * stride, k->rows + g * old, (size_t)k->width * sizeof *rows);
        free(k->rows);
        k->rows = rows;
    }
    k->stride = stride;
    return FINE;
}

int doubt(Kernel *k, int64_t generator) {
    if (k->doubt_count && k->doubts[k->doubt_count - 1] == generator) return FINE;
    if (k->doubt_count == k->doubt_room) {
        const int64_t room = 2 * k->doubt_room + 16;
        GROW(k->doubts, room);
        k->doubt_room = room;
    }
    k->doubts[k->doubt_count++] = generator;
    return FINE;
}

static void release(Kernel *k) {
    if (k->levels)
        for (int level = 0; level < k->dimension + 3; level++) {
            free(k->levels[level].start);
            free(k->levels[level].length);
            free(k->levels[level].pool);
        }
    free(k->levels);
    free(k->words);
    free(k->sides);
    free(k->rows);
    free(k->reach);
    free(k->heights);
    free(k->cells);
    free(k->largest);
    free(k->tall);
    free(k->known);
    free(k->alike);
    free(k->identity);
    free(k->parents);
    free(k->doubts);
}

/* -- what Python gives --------------------------------------------------------------------- */

static int read_int(PyObject *item, int *out) {
    const long value = PyLong_AsLong(item);
    if (value == -1 && PyErr_Occurred()) return RAISED;
    if (value < INT32_MIN || value > INT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "number out of range");
        return RAISED;
    }
    *out = (int)value;
    return FINE;
}

static void free_form(Form *f) {
    free(f->columns);
    free(f->whole);
    free(f->high);
    free(f->low);
    memset(f, 0, sizeof *f);
}

static void free_forms(Form *forms, Py_ssize_t count) {
    if (!forms) return;
    for (Py_ssize_t i = 0; i < count; i++) free_form(&forms[i]);
    free(forms);
}

/* A form from (columns, coefficients, denominator), where the coefficients are integers, or with
   floats twice as many: high, low, high, low, … */
static int read_form(const Kernel *k, PyObject *given, Form *f) {
    PyObject *columns, *coefficients;
    long long denominator;
    memset(f, 0, sizeof *f);
    if (!PyTuple_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "expected a form");
        return RAISED;
    }
    if (!PyArg_ParseTuple(given, "O!O!L", &PyList_Type, &columns, &PyList_Type, &coefficients,
                          &denominator))
        return RAISED;
    const Py_ssize_t count = PyList_Size(columns);
    if (PyList_Size(coefficients) != (k->is_float ? 2 * count : count) || denominator < 1) {
        PyErr_SetString(PyExc_ValueError, "expected as many coefficients as columns");
        return RAISED;
    }
    f->count = (int)count;
    f->denominator = denominator;
    f->columns = grown(NULL, (size_t)count, sizeof *f->columns);
    if (!f->columns) return RAISED;
    if (k->is_float) {
        f->high = grown(NULL, (size_t)count, sizeof *f->high);
        f->low = f->high ? grown(NULL, (size_t)count, sizeof *f->low) : NULL;
        if (!f->low) goto failed;
    } else {
        f->whole = grown(NULL, (size_t)count, sizeof *f->whole);
        if (!f->whole) goto failed;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (read_int(PyList_GetItem(columns, i), &f->columns[i])) goto failed;
        if (f->columns[i] < 0 || f->columns[i] >= k->width) {
            PyErr_SetString(PyExc_IndexError, "no such column");
            goto failed;
        }
        if (k->is_float) {
            f->high[i] = PyFloat_AsDouble(PyList_GetItem(coefficients, 2 * i));
            f->low[i] = PyFloat_AsDouble(PyList_GetItem(coefficients, 2 * i + 1));
        } else {
            f->whole[i] = PyLong_AsLongLong(PyList_GetItem(coefficients, i));
            if (f->whole[i] == INT64_MIN)
                PyErr_SetString(PyExc_OverflowError, "coefficient out of range");
        }
        if (PyErr_Occurred()) goto failed;
    }
    return FINE;
failed:
    free_form(f);
    return RAISED;
}

static Form *read_forms(const Kernel *k, PyObject *list, Py_ssize_t *count) {
    *count = 0;
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "expected a list of forms");
        return NULL;
    }
    const Py_ssize_t size = PyList_Size(list);
    Form *forms = grown(NULL, (size_t)size, sizeof *forms);
    if (!forms) return NULL;
    for (Py_ssize_t i = 0; i < size; i++) {
        if (read_form(k, PyList_GetItem(list, i), &forms[i])) {
            free_forms(forms, i);
            return NULL;
        }
    }
    *count = size;
    return forms;
}

/* [(target, form), …] */
static int read_moves(Kernel *k, PyObject *list, Form **forms, int **targets, Py_ssize_t *count) {
    *count = 0;
    *targets = NULL;
    *forms = NULL;
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "expected a list of moves");
        return RAISED;
    }
    const Py_ssize_t size = PyList_Size(list);
    *forms = grown(NULL, (size_t)size, sizeof **forms);
    *targets = *forms ? grown(NULL, (size_t)size, sizeof **targets) : NULL;
    if (!*targets) return RAISED;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *form, *move = PyList_GetItem(list, i);
        if (!PyTuple_Check(move)) {
            PyErr_SetString(PyExc_TypeError, "expected a target and a form");
            return RAISED;
        }
        if (!PyArg_ParseTuple(move, "iO", &(*targets)[i], &form) ||
            read_form(k, form, &(*forms)[i]))
            return RAISED;
        *count = i + 1;
        if ((*targets)[i] < 0 || (*targets)[i] >= k->width) {
            PyErr_SetString(PyExc_IndexError, "no such column");
            return RAISED;
        }
    }
    return FINE;
}

static PyObject *overflown(void) {
    PyErr_SetString(PyExc_OverflowError, "a row does not fit into 64 bits");
    return NULL;
}

/* None, an exception, or the list of generators whose signs are not proved. */
static PyObject *answered(Kernel *k, int answer) {
    if (answer == RAISED) return NULL;
    if (answer == OVERFLOWN) return overflown();
    if (answer == FINE) Py_RETURN_NONE;
    PyObject *list = PyList_New(k->doubt_count);
    for (int64_t i = 0; list && i < k->doubt_count; i++) {
        PyObject *item = PyLong_FromLongLong(k->doubts[i]);
        if (!item || PyList_SetItem(list, i, item)) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

static int ready(const Kernel *k) {
    if (k->broken) {
        PyErr_SetString(PyExc_RuntimeError, "a change of the complex was interrupted");
        return 0;
    }
    if (k->is_float && !float_ready()) {
        PyErr_SetString(PyExc_ArithmeticError, "floating point does not round to nearest");
        return 0;
    }
    return 1;
}

static int read_mask(const Kernel *k, const char *mask, Py_ssize_t length, uint64_t *out) {
    if (length != 8 * (Py_ssize_t)k->chunks) {
        PyErr_SetString(PyExc_ValueError, "expected a mask of the width of a word");
        return RAISED;
    }
    for (int c = 0; c < k->chunks; c++) {
        out[c] = 0;
        for (int b = 0; b < 8; b++) out[c] |= (uint64_t)(unsigned char)mask[8 * c + b] << (8 * b);
    }
    return FINE;
}

static int check_bits(const Kernel *k, int bit, int count) {
    if (bit < 0 || count < 0 || bit > 64 * k->chunks - count) {
        PyErr_SetString(PyExc_IndexError, "no such bit");
        return RAISED;
    }
    return FINE;
}

static void set_bits(Kernel *k, int64_t from, int64_t to, int bit) {
    for (int64_t g = from; g < to; g++) {
        const uint8_t side = k->sides[g];
        if (side == PLUS || side == MINUS) {
            const int own = bit + (side == MINUS);
            k->words[g * k->chunks + own / 64] |= (uint64_t)1 << (own % 64);
        }
    }
}

/* Heights that Python has found exactly: {generator: (high, low, radius)}. */
static int read_known(Kernel *k, PyObject *known) {
    if (!k->is_float) return FINE;
    memset(k->known, 0, (size_t)k->count);
    if (known == Py_None) return FINE;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    if (!PyDict_Check(known)) {
        PyErr_SetString(PyExc_TypeError, "expected a dictionary of heights");
        return RAISED;
    }
    while (PyDict_Next(known, &position, &key, &value)) {
        int g;
        if (read_int(key, &g)) return RAISED;
        if (g < 0 || g >= k->count) {
            PyErr_SetString(PyExc_IndexError, "no such generator");
            return RAISED;
        }
        double *tall = k->tall + 3 * (int64_t)g;
        if (!PyTuple_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "expected three numbers");
            return RAISED;
        }
        if (!PyArg_ParseTuple(value, "ddd", &tall[0], &tall[1], &tall[2])) return RAISED;
        k->known[g] = 1;
    }
    return FINE;
}

/* -- the type ------------------------------------------------------------------------------ */

static PyObject *kernel_new(PyTypeObject *type, PyObject *args, PyObject *named) {
    int dimension, bits;
    (void)named;
    if (!PyArg_ParseTuple(args, "ii", &dimension, &bits)) return NULL;
    if (dimension < 1 || dimension > 250 || bits < 1 || bits > 1 << 24) {
        PyErr_SetString(PyExc_ValueError, "expected a dimension and a number of bits in range");
        return NULL;
    }
    allocfunc make = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Kernel *k = (Kernel *)make(type, 0);
    if (!k) return NULL;
    k->dimension = dimension;
    k->top = 1;
    k->spaces = 1;
    k->chunks = (bits + 63) / 64;
    k->levels = calloc((size_t)dimension + 3, sizeof *k->levels);
    k->stride = dimension + 3;
    k->width = dimension + 1;
    k->reach = calloc((size_t)k->stride, sizeof *k->reach);
    if (!k->levels || !k->reach || reserve_generators(k, 1)) {
        if (!PyErr_Occurred()) PyErr_NoMemory();
        Py_DECREF(k);
        return NULL;
    }
    memset(k->rows, 0, (size_t)k->stride * sizeof *k->rows);
    memset(k->words, 0, (size_t)k->chunks * sizeof *k->words);
    memset(k->sides, ZERO, (size_t)k->room);
    k->rows[0] = 1;
    k->words[0] = 1;
    k->reach[0] = 1;
    k->count = 1;
    return (PyObject *)k;
}

static void kernel_free(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    release((Kernel *)self);
    freefunc give_back = (freefunc)PyType_GetSlot(type, Py_tp_free);
    give_back(self);
    Py_DECREF(type);
}

/* cut(form, bit, place, known) */
static PyObject *kernel_cut(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    PyObject *given, *known;
    int bit, place, answer;
    Form form;
    if (!ready(k) || !PyArg_ParseTuple(args, "OiiO", &given, &bit, &place, &known)) return NULL;
    if (bit >= 0 && check_bits(k, bit, 2)) return NULL;
    if (read_known(k, known) || read_form(k, given, &form)) return NULL;
    const int64_t before = k->count;
    int seen = 0;
    k->has_signs = 0;
    k->kink = &form;
    if (k->is_float) {
        answer = float_signs(k, &form, k->sides);
    } else {
        answer = int_heights(k, &form, k->heights);
        if (!answer)
            for (int64_t g = 0; g < before; g++)
                k->sides[g] = (uint8_t)(k->heights[g] > 0 ? PLUS : k->heights[g] ? MINUS : ZERO);
    }
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

static PyObject *kernel_append(PyObject *self, PyObject *list) {
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
static PyObject *kernel_alias(PyObject *self, PyObject *args) {
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
static PyObject *kernel_select(PyObject *self, PyObject *args) {
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
static PyObject *kernel_mark(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    PyObject *given, *known;
    int bit, answer;
    Form form;
    if (!ready(k) || !PyArg_ParseTuple(args, "OiO", &given, &bit, &known)) return NULL;
    if (bit >= 0 && check_bits(k, bit, 2)) return NULL;
    if (read_known(k, known) || read_form(k, given, &form)) return NULL;
    k->has_signs = 0;
    k->kink = &form;
    if (k->is_float) {
        answer = float_signs(k, &form, k->sides);
    } else {
        answer = int_heights(k, &form, k->heights);
        if (!answer)
            for (int64_t g = 0; g < k->count; g++)
                k->sides[g] = (uint8_t)(k->heights[g] > 0 ? PLUS : k->heights[g] ? MINUS : ZERO);
    }
    if (!answer && bit >= 0) set_bits(k, 0, k->count, bit);
    free_form(&form);
    k->kink = NULL;
    return answered(k, answer);
}

/* pick(forms, places, factors): places are int32s, one a generator, or None for those by the signs
   of the last cut, zero, plus and minus; factors are of its heights. */
static PyObject *kernel_pick(PyObject *self, PyObject *args) {
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

static PyObject *kernel_delete(PyObject *self, PyObject *args) {
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

static PyObject *kernel_clear(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int bit, count;
    if (!ready(k) || !PyArg_ParseTuple(args, "ii", &bit, &count) || check_bits(k, bit, count))
        return NULL;
    for (int b = bit; b < bit + count; b++)
        for (int64_t g = 0; g < k->count; g++)
            k->words[g * k->chunks + b / 64] &= ~((uint64_t)1 << (b % 64));
    Py_RETURN_NONE;
}

static PyObject *changed(Kernel *k, const uint64_t *mask) {
    if (mask ? drop_faces(k, mask) : merge_faces(k)) return NULL;
    Py_RETURN_NONE;
}

static PyObject *kernel_merge(PyObject *self, PyObject *args) {
    (void)args;
    return ready((Kernel *)self) ? changed((Kernel *)self, NULL) : NULL;
}

static PyObject *kernel_drop(PyObject *self, PyObject *args) {
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

/* triple(bit): what a cut along a line does to faces; rows are loaded afterwards. */
static PyObject *kernel_triple(PyObject *self, PyObject *args) {
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

/* load(rows, heights): the rows of all generators, of any width, as integers of 64 bits. */
static PyObject *kernel_load(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    PyObject *list, *heights;
    if (!ready(k) || !PyArg_ParseTuple(args, "O!O!", &PyList_Type, &list, &PyList_Type, &heights))
        return NULL;
    if (k->is_float || PyList_Size(list) != k->count || PyList_Size(heights) != k->count) {
        PyErr_SetString(PyExc_ValueError, "expected a row and a height for every generator");
        return NULL;
    }
    PyObject *first = PyList_GetItem(list, 0);
    const Py_ssize_t width = PyList_Check(first) ? PyList_Size(first) : 0;
    if (width < k->dimension + 1 || width > 1 << 24) {
        PyErr_SetString(PyExc_ValueError, "expected rows that have the coordinates");
        return NULL;
    }
    const int stride = (int)width + 4;
    int64_t *rows = grown(NULL, (size_t)k->room * (size_t)stride, sizeof *rows);
    uint64_t *reach = grown(NULL, (size_t)stride, sizeof *reach);
    if (!rows || !reach) goto failed;
    memset(reach, 0, (size_t)stride * sizeof *reach);
    for (int64_t g = 0; g < k->count; g++) {
        PyObject *row = PyList_GetItem(list, (Py_ssize_t)g);
        if (!PyList_Check(row) || PyList_Size(row) != width) {
            PyErr_SetString(PyExc_ValueError, "expected rows of one width");
            goto failed;
        }
        for (Py_ssize_t c = 0; c < width; c++) {
            const int64_t value = PyLong_AsLongLong(PyList_GetItem(row, c));
            if (value == INT64_MIN)
                PyErr_SetString(PyExc_OverflowError, "a row does not fit into 64 bits");
            if (PyErr_Occurred()) goto failed;
            rows[g * stride + c] = value;
            reach[c] |= value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        }
        k->heights[g] = PyLong_AsLongLong(PyList_GetItem(heights, (Py_ssize_t)g));
        if (k->heights[g] == INT64_MIN)
            PyErr_SetString(PyExc_OverflowError, "a height does not fit into 64 bits");
        if (PyErr_Occurred()) goto failed;
    }
    free(k->rows);
    free(k->reach);
    k->rows = rows;
    k->reach = reach;
    k->stride = stride;
    k->width = (int)width;
    Py_RETURN_NONE;
failed:
    free(rows);
    free(reach);
    return NULL;
}

static int become_float(Kernel *k, int width) {
    const int64_t room = k->room;
    const int stride = width + 4;
    GROW(k->largest, 2 * room);
    GROW(k->tall, 3 * room);
    GROW(k->known, room);
    GROW(k->identity, room);
    int32_t *parents = grown(k->parents, 3 * (size_t)room, sizeof *parents);
    if (!parents) return RAISED;
    k->parents = parents;
    k->births_room = room;
    k->births = k->count;
    double *cells = grown(NULL, 3 * (size_t)room * (size_t)stride, sizeof *cells);
    if (!cells) return RAISED;
    memset(cells, 0, 3 * (size_t)room * (size_t)stride * sizeof *cells);
    free(k->cells);
    k->cells = cells;
    for (int64_t g = 0; g < k->count; g++) {
        k->identity[g] = (int32_t)g;
        parents[3 * g] = parents[3 * g + 1] = parents[3 * g + 2] = -1;
    }
    k->alias_width = 0;
    return FINE;
}

/* to_float(): go on with double-doubles; the rows so far, as bytes of int64s. */
static PyObject *kernel_to_float(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    (void)args;
    if (!ready(k)) return NULL;
    if (!float_ready() || k->is_float) {
        PyErr_SetString(PyExc_ArithmeticError, "floating point does not round to nearest");
        return NULL;
    }
    const size_t row = (size_t)k->width * sizeof(int64_t);
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(row * (size_t)k->count));
    if (!result) return NULL;
    char *to = PyBytes_AsString(result);
    for (int64_t g = 0; g < k->count; g++)
        memcpy(to + row * (size_t)g, k->rows + g * k->stride, row);
    /* rows are read with their own stride */
    int64_t *rows = k->rows;
    const int old = k->stride;
    if (become_float(k, k->width)) {
        Py_DECREF(result);
        return NULL;
    }
    const int stride = k->width + 4;
    int64_t *wide = grown(NULL, (size_t)k->room * (size_t)stride, sizeof *wide);
    if (!wide) {
        Py_DECREF(result);
        return NULL;
    }
    for (int64_t g = 0; g < k->count; g++)
        memcpy(wide + g * stride, rows + g * old, row);
    free(rows);
    k->rows = wide;
    k->stride = stride;
    k->is_float = 1;
    for (int64_t g = 0; g < k->count; g++) float_from_int(k, g);
    free(k->rows);
    k->rows = NULL;
    free(k->heights);
    k->heights = NULL;
    return result;
}

/* rebase(width): rows of doubles, all zero, until set_row has been called for each; generators
   get new identities. */
static PyObject *kernel_rebase(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int width;
    if (k->broken || !PyArg_ParseTuple(args, "i", &width)) return NULL;
    if (!float_ready()) {
        PyErr_SetString(PyExc_ArithmeticError, "floating point does not round to nearest");
        return NULL;
    }
    if (width < k->dimension + 1 || width > 1 << 24 || become_float(k, width)) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "expected a width in range");
        return NULL;
    }
    k->stride = width + 4;
    k->width = width;
    k->is_float = 1;
    free(k->rows);
    k->rows = NULL;
    free(k->heights);
    k->heights = NULL;
    for (int64_t g = 0; g < k->count; g++) float_bounds(k, g);
    Py_RETURN_NONE;
}

/* set_row(generator, numbers): high, low, radius of every column. */
static PyObject *kernel_set_row(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    PyObject *list;
    Py_ssize_t g;
    if (!ready(k) || !PyArg_ParseTuple(args, "nO!", &g, &PyList_Type, &list)) return NULL;
    if (!k->is_float || g < 0 || g >= k->count || PyList_Size(list) != 3 * (Py_ssize_t)k->width) {
        PyErr_SetString(PyExc_ValueError, "expected three numbers a column of a generator");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < 3 * (Py_ssize_t)k->width; i++) {
        const double value = PyFloat_AsDouble(PyList_GetItem(list, i));
        if (value == -1 && PyErr_Occurred()) return NULL;
        k->cells[(3 * (int64_t)g + i % 3) * k->stride + i / 3] = value;
    }
    float_bounds(k, g);
    Py_RETURN_NONE;
}

/* -- what is read -------------------------------------------------------------------------- */

static PyObject *kernel_sizes(PyObject *self, PyObject *args) {
    const Kernel *k = (Kernel *)self;
    (void)args;
    PyObject *list = PyList_New(k->top + 1);
    for (int level = 0; list && level <= k->top; level++) {
        const int64_t count =
            level == 0 ? k->spaces : level == 1 ? k->count : k->levels[level].count;
        PyObject *item = PyLong_FromLongLong(count);
        if (!item || PyList_SetItem(list, level, item)) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

static PyObject *kernel_total(PyObject *self, PyObject *args) {
    (void)args;
    return PyLong_FromLongLong(total((Kernel *)self));
}

static int in_range(const Kernel *k, int level, Py_ssize_t face) {
    const int64_t count = level < 0 || level > k->top ? 0
                          : level == 0                ? k->spaces
                          : level == 1                ? k->count
                                                      : k->levels[level].count;
    if (face >= 0 && face < count) return 1;
    PyErr_SetString(PyExc_IndexError, "no such face");
    return 0;
}

static PyObject *face_tuple(const Kernel *k, int level, int64_t face) {
    int32_t length;
    const int32_t *own = facets(k, level, face, &length);
    PyObject *result = PyTuple_New(length);
    for (int32_t j = 0; result && j < length; j++) {
        PyObject *item = PyLong_FromLong(own[j]);
        if (!item || PyTuple_SetItem(result, j, item)) {
            Py_DECREF(result);
            return NULL;
        }
    }
    return result;
}

static PyObject *kernel_faces(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int level;
    if (!ready(k) || !PyArg_ParseTuple(args, "i", &level)) return NULL;
    if (level < 0 || level > k->top) {
        PyErr_SetString(PyExc_IndexError, "no such level");
        return NULL;
    }
    const int64_t count = level == 0 ? k->spaces : level == 1 ? k->count : k->levels[level].count;
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (int64_t i = 0; list && i < count; i++) {
        PyObject *face = face_tuple(k, level, i);
        if (!face || PyList_SetItem(list, (Py_ssize_t)i, face)) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

static int compare(const void *a, const void *b) {
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The generators of a face, sorted. */
static PyObject *kernel_generators_of(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int level;
    Py_ssize_t face;
    if (!ready(k) || !PyArg_ParseTuple(args, "in", &level, &face)) return NULL;
    if (!in_range(k, level, face)) return NULL;
    if (level == 0) return PyList_New(0);
    int64_t count = 1;
    int32_t *now = grown(NULL, 1, sizeof *now);
    if (!now) return NULL;
    now[0] = (int32_t)face;
    for (int own = level; own > 1; own--) {
        int64_t more = 0, place = 0;
        for (int64_t i = 0; i < count; i++) {
            int32_t length;
            facets(k, own, now[i], &length);
            more += length;
        }
        int32_t *next = grown(NULL, (size_t)more, sizeof *next);
        if (!next) {
            free(now);
            return NULL;
        }
        for (int64_t i = 0; i < count; i++) {
            int32_t length;
            const int32_t *list = facets(k, own, now[i], &length);
            if (length) memcpy(next + place, list, (size_t)length * sizeof *list);
            place += length;
        }
        qsort(next, (size_t)place, sizeof *next, compare);
        count = 0;
        for (int64_t i = 0; i < place; i++)
            if (!i || next[i] != next[i - 1]) next[count++] = next[i];
        free(now);
        now = next;
    }
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (int64_t i = 0; list && i < count; i++) {
        PyObject *item = PyLong_FromLong(now[i]);
        if (!item || PyList_SetItem(list, (Py_ssize_t)i, item)) {
            Py_DECREF(list);
            list = NULL;
        }
    }
    free(now);
    return list;
}

/* The words of all faces, level by level from 1 on, as bytes of little-endian chunks. */
static PyObject *kernel_words(PyObject *self, PyObject *args) {
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
static PyObject *kernel_count(PyObject *self, PyObject *args) {
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

/* patterns(bit, count, by_faces): ([bits, …], places): the bits that words have there, each once,
   and for every generator which ones its own word has, or that of a full face with it. */
static PyObject *kernel_patterns(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    int bit, count, by_faces;
    if (!ready(k) || !PyArg_ParseTuple(args, "iii", &bit, &count, &by_faces)) return NULL;
    if (check_bits(k, bit, count)) return NULL;
    const int chunks = count ? (count + 63) / 64 : 1;
    PyObject *result = NULL, *list = NULL, *bytes = NULL;
    int32_t *places = NULL, *table = NULL, *lower = NULL;
    uint64_t **all = NULL;
    const uint64_t *words;
    int32_t found = 0;
    size_t size = 64;
    int64_t number = k->count, *sample = NULL;
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
    words = own;
    if (by_faces && k->top > 1) {
        all = ors(k, own, chunks);
        if (!all) goto done;
        words = all[k->top];
        number = k->levels[k->top].count;
    }
    places = grown(NULL, (size_t)number, sizeof *places);
    sample = grown(NULL, (size_t)number, sizeof *sample);
    while (size < 2 * (size_t)number) size *= 2;
    table = grown(NULL, size, sizeof *table);
    list = PyList_New(0);
    if (!places || !sample || !table || !list) goto done;
    memset(table, 0xFF, size * sizeof *table);
    for (int64_t i = 0; i < number; i++) {
        uint64_t h = 0x9E3779B97F4A7C15u;
        for (int c = 0; c < chunks; c++) {
            h = (h ^ words[i * chunks + c]) * 0xFF51AFD7ED558CCDu;
            h ^= h >> 32;
        }
        size_t slot = (size_t)h & (size - 1);
        while (table[slot] >= 0 && memcmp(words + sample[table[slot]] * chunks, words + i * chunks,
                                          (size_t)chunks * sizeof *words) != 0)
            slot = (slot + 1) & (size - 1);
        if (table[slot] < 0) {
            PyObject *chunk_list = PyList_New(chunks);
            for (int c = 0; chunk_list && c < chunks; c++) {
                PyObject *item = PyLong_FromUnsignedLongLong(words[i * chunks + c]);
                if (!item || PyList_SetItem(chunk_list, c, item)) {
                    Py_DECREF(chunk_list);
                    chunk_list = NULL;
                }
            }
            if (!chunk_list) goto done;
            const int failed = PyList_Append(list, chunk_list);
            Py_DECREF(chunk_list);
            if (failed) goto done;
            sample[found] = i;
            table[slot] = found++;
        }
        places[i] = table[slot];
    }
    for (int level = k->top; by_faces && level > 1; level--) {
        const int64_t faces = k->levels[level].count;
        const int64_t below = level == 2 ? k->count : k->levels[level - 1].count;
        lower = grown(NULL, (size_t)below, sizeof *lower);
        if (!lower) goto done;
        memset(lower, 0, (size_t)below * sizeof *lower);
        for (int64_t i = 0; i < faces; i++) {
            int32_t length;
            const int32_t *face = facets(k, level, i, &length);
            for (int32_t j = 0; j < length; j++) lower[face[j]] = places[i];
        }
        free(places);
        places = lower;
        lower = NULL;
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
static PyObject *kernel_ties_reached(PyObject *self, PyObject *args) {
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

static PyObject *kernel_row(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    Py_ssize_t g;
    if (!ready(k) || !PyArg_ParseTuple(args, "n", &g) || !in_range(k, 1, g)) return NULL;
    PyObject *list = PyList_New(k->is_float ? 3 * (Py_ssize_t)k->width : k->width);
    for (int c = 0; list && c < k->width; c++) {
        for (int part = 0; list && part < (k->is_float ? 3 : 1); part++) {
            PyObject *item =
                k->is_float
                    ? PyFloat_FromDouble(k->cells[(3 * (int64_t)g + part) * k->stride + c])
                    : PyLong_FromLongLong(k->rows[(int64_t)g * k->stride + c]);
            if (!item || PyList_SetItem(list, k->is_float ? 3 * c + part : c, item)) {
                Py_DECREF(list);
                list = NULL;
            }
        }
    }
    return list;
}

static PyObject *kernel_word(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    Py_ssize_t g;
    if (!ready(k) || !PyArg_ParseTuple(args, "n", &g) || !in_range(k, 1, g)) return NULL;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, 8 * (Py_ssize_t)k->chunks);
    if (!bytes) return NULL;
    unsigned char *to = (unsigned char *)PyBytes_AsString(bytes);
    for (int c = 0; c < k->chunks; c++)
        for (int b = 0; b < 8; b++)
            *to++ = (unsigned char)(k->words[g * k->chunks + c] >> (8 * b));
    return bytes;
}

static PyObject *kernel_sides(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    (void)args;
    return PyBytes_FromStringAndSize((const char *)k->sides, (Py_ssize_t)k->count);
}

static PyObject *kernel_identity(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    Py_ssize_t g;
    if (!PyArg_ParseTuple(args, "n", &g) || !in_range(k, 1, g)) return NULL;
    return PyLong_FromLong(k->is_float ? k->identity[g] : (long)g);
}

static PyObject *kernel_identities(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    (void)args;
    if (!k->is_float) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize((const char *)k->identity,
                                     (Py_ssize_t)((size_t)k->count * sizeof *k->identity));
}

/* parents(identity): (plus, minus, place in the tape), -1 each for one that was given. */
static PyObject *kernel_parents(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    Py_ssize_t name;
    if (!PyArg_ParseTuple(args, "n", &name)) return NULL;
    if (!k->is_float || name < 0 || name >= k->births) {
        PyErr_SetString(PyExc_IndexError, "no such generator");
        return NULL;
    }
    const int32_t *own = k->parents + 3 * (int64_t)name;
    return Py_BuildValue("iii", own[0], own[1], own[2]);
}

static PyMethodDef methods[] = {
    {"alias", kernel_alias, METH_VARARGS, NULL},
    {"append", kernel_append, METH_O, NULL},
    {"clear", kernel_clear, METH_VARARGS, NULL},
    {"count", kernel_count, METH_VARARGS, NULL},
    {"cut", kernel_cut, METH_VARARGS, NULL},
    {"delete", kernel_delete, METH_VARARGS, NULL},
    {"drop", kernel_drop, METH_VARARGS, NULL},
    {"faces", kernel_faces, METH_VARARGS, NULL},
    {"generators_of", kernel_generators_of, METH_VARARGS, NULL},
    {"identities", kernel_identities, METH_NOARGS, NULL},
    {"identity", kernel_identity, METH_VARARGS, NULL},
    {"load", kernel_load, METH_VARARGS, NULL},
    {"mark", kernel_mark, METH_VARARGS, NULL},
    {"merge", kernel_merge, METH_NOARGS, NULL},
    {"parents", kernel_parents, METH_VARARGS, NULL},
    {"patterns", kernel_patterns, METH_VARARGS, NULL},
    {"pick", kernel_pick, METH_VARARGS, NULL},
    {"rebase", kernel_rebase, METH_VARARGS, NULL},
    {"row", kernel_row, METH_VARARGS, NULL},
    {"select", kernel_select, METH_VARARGS, NULL},
    {"set_row", kernel_set_row, METH_VARARGS, NULL},
    {"sides", kernel_sides, METH_NOARGS, NULL},
    {"sizes", kernel_sizes, METH_NOARGS, NULL},
    {"ties_reached", kernel_ties_reached, METH_VARARGS, NULL},
    {"to_float", kernel_to_float, METH_NOARGS, NULL},
    {"total", kernel_total, METH_NOARGS, NULL},
    {"triple", kernel_triple, METH_VARARGS, NULL},
    {"word", kernel_word, METH_VARARGS, NULL},
    {"words", kernel_words, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, kernel_new},
    {Py_tp_dealloc, kernel_free},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    "piecewise_mt.geometry._kernel.Kernel",
    sizeof(Kernel),
    0,
    Py_TPFLAGS_DEFAULT,
    slots,
};

static int fill(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    if (!type) return -1;
    const int failed = PyModule_AddObjectRef(module, "Kernel", type);
    Py_DECREF(type);
    return failed;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, fill}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_kernel", "The compiled engine.", 0, NULL, module_slots, NULL, NULL,
    NULL,
};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&definition); }
