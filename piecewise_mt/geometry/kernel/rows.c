/* Methods that give rows, and the copy of a complex. */

#include "methods.h"

/* load(rows, heights): the rows of all generators, of any width, as integers of 64 bits. */
PyObject *kernel_load(PyObject *self, PyObject *args) {
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
PyObject *kernel_to_float(PyObject *self, PyObject *args) {
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
PyObject *kernel_rebase(PyObject *self, PyObject *args) {
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
PyObject *kernel_set_row(PyObject *self, PyObject *args) {
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

#define COPY(field, number)                                                                        \
    do {                                                                                           \
        const size_t size_ = (size_t)(number);                                                     \
        free(twin->field);                                                                         \
        twin->field = NULL;                                                                        \
        if (!k->field) break;                                                                      \
        twin->field = grown(NULL, size_, sizeof *twin->field);                                     \
        if (!twin->field) goto failed;                                                             \
        if (size_) memcpy(twin->field, k->field, size_ * sizeof *twin->field);                     \
    } while (0)

/* copy(): a complex that changes on its own, without the room to grow. */
PyObject *kernel_copy(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    (void)args;
    if (!ready(k)) return NULL;
    PyTypeObject *type = Py_TYPE(self);
    PyObject *given = Py_BuildValue("ii", k->dimension, 64 * k->chunks);
    PyObject *result = given ? kernel_new(type, given, NULL) : NULL;
    Py_XDECREF(given);
    if (!result) return NULL;
    Kernel *twin = (Kernel *)result;
    const int64_t count = k->count;
    COPY(words, count * k->chunks);
    COPY(sides, count);
    if (k->is_float) {
        free(twin->reach);
        twin->reach = NULL;
    } else {
        COPY(reach, k->stride);
    }
    COPY(rows, count * k->stride);
    COPY(heights, count);
    COPY(cells, 3 * count * k->stride);
    COPY(largest, 2 * count);
    COPY(tall, 3 * count);
    COPY(known, count);
    COPY(identity, count);
    COPY(parents, 3 * k->births);
    if (k->alias_width) COPY(alike, count * k->alias_width);
    for (int level = 2; level <= k->top; level++) {
        const Level *from = &k->levels[level];
        COPY(levels[level].start, from->count);
        COPY(levels[level].length, from->count);
        twin->levels[level].pool =
            grown(NULL, (size_t)(level == 2 ? 2 * from->count : from->used), sizeof(int32_t));
        if (!twin->levels[level].pool) goto failed;
        memcpy(twin->levels[level].pool, from->pool,
               (size_t)(level == 2 ? 2 * from->count : from->used) * sizeof(int32_t));
        twin->levels[level].count = twin->levels[level].room = from->count;
        twin->levels[level].used = twin->levels[level].pool_room = from->used;
        twin->levels[level].garbage = from->garbage;
    }
    twin->top = k->top;
    twin->spaces = k->spaces;
    twin->has_signs = k->has_signs;
    twin->count = twin->room = count;
    twin->width = k->width;
    twin->stride = k->stride;
    twin->is_float = k->is_float;
    twin->alias_start = k->alias_start;
    twin->alias_width = k->alias_width;
    twin->births = twin->births_room = k->births;
    return result;
failed:
    Py_DECREF(result);
    return NULL;
}
