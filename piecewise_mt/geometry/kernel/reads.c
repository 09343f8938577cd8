/* Methods that read faces and rows. */

#include "methods.h"

PyObject *kernel_sizes(PyObject *self, PyObject *args) {
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

PyObject *kernel_total(PyObject *self, PyObject *args) {
    (void)args;
    return PyLong_FromLongLong(total((Kernel *)self));
}

int in_range(const Kernel *k, int level, Py_ssize_t face) {
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

PyObject *kernel_faces(PyObject *self, PyObject *args) {
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
PyObject *kernel_generators_of(PyObject *self, PyObject *args) {
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

PyObject *kernel_row(PyObject *self, PyObject *args) {
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

PyObject *kernel_word(PyObject *self, PyObject *args) {
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

PyObject *kernel_sides(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    (void)args;
    return PyBytes_FromStringAndSize((const char *)k->sides, (Py_ssize_t)k->count);
}

PyObject *kernel_identity(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    Py_ssize_t g;
    if (!PyArg_ParseTuple(args, "n", &g) || !in_range(k, 1, g)) return NULL;
    return PyLong_FromLong(k->is_float ? k->identity[g] : (long)g);
}

PyObject *kernel_identities(PyObject *self, PyObject *args) {
    Kernel *k = (Kernel *)self;
    (void)args;
    if (!k->is_float) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize((const char *)k->identity,
                                     (Py_ssize_t)((size_t)k->count * sizeof *k->identity));
}

/* parents(identity): (plus, minus, place in the tape), -1 each for one that was given. */
PyObject *kernel_parents(PyObject *self, PyObject *args) {
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
