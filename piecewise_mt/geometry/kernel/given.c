/* Memory, and what Python gives: forms, masks, heights. */

#include "methods.h"

void *grown(void *old, size_t count, size_t size) {
    if (!count) count = 1;
    void *found = count > PTRDIFF_MAX / size ? NULL : realloc(old, count * size);
    if (!found) PyErr_NoMemory();
    return found;
}

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

void release(Kernel *k) {
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

int read_int(PyObject *item, int *out) {
    const long value = PyLong_AsLong(item);
    if (value == -1 && PyErr_Occurred()) return RAISED;
    if (value < INT32_MIN || value > INT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "number out of range");
        return RAISED;
    }
    *out = (int)value;
    return FINE;
}

void free_form(Form *f) {
    free(f->columns);
    free(f->whole);
    free(f->high);
    free(f->low);
    memset(f, 0, sizeof *f);
}

void free_forms(Form *forms, Py_ssize_t count) {
    if (!forms) return;
    for (Py_ssize_t i = 0; i < count; i++) free_form(&forms[i]);
    free(forms);
}

/* A form from (columns, coefficients, denominator), where the coefficients are integers, or with
   floats twice as many: high, low, high, low, … */
int read_form(const Kernel *k, PyObject *given, Form *f) {
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

Form *read_forms(const Kernel *k, PyObject *list, Py_ssize_t *count) {
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
int read_moves(Kernel *k, PyObject *list, Form **forms, int **targets, Py_ssize_t *count) {
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

PyObject *overflown(void) {
    PyErr_SetString(PyExc_OverflowError, "a row does not fit into 64 bits");
    return NULL;
}

/* None, an exception, or the list of generators whose signs are not proved. */
PyObject *answered(Kernel *k, int answer) {
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

int ready(const Kernel *k) {
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

int read_mask(const Kernel *k, const char *mask, Py_ssize_t length, uint64_t *out) {
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

int check_bits(const Kernel *k, int bit, int count) {
    if (bit < 0 || count < 0 || bit > 64 * k->chunks - count) {
        PyErr_SetString(PyExc_IndexError, "no such bit");
        return RAISED;
    }
    return FINE;
}

void set_bits(Kernel *k, int64_t from, int64_t to, int bit) {
    for (int64_t g = from; g < to; g++) {
        const uint8_t side = k->sides[g];
        if (side == PLUS || side == MINUS) {
            const int own = bit + (side == MINUS);
            k->words[g * k->chunks + own / 64] |= (uint64_t)1 << (own % 64);
        }
    }
}

/* Heights that Python has found exactly: {generator: (high, low, radius)}. */
int read_known(Kernel *k, PyObject *known) {
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
