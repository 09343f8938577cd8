/* The Python type: a face complex without its lines, which Python keeps. */

#include "methods.h"

PyObject *kernel_new(PyTypeObject *type, PyObject *args, PyObject *named) {
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

static PyMethodDef methods[] = {
    {"alias", kernel_alias, METH_VARARGS, NULL},
    {"append", kernel_append, METH_O, NULL},
    {"bit_counts", kernel_bit_counts, METH_NOARGS, NULL},
    {"carve", kernel_carve, METH_VARARGS, NULL},
    {"clear", kernel_clear, METH_VARARGS, NULL},
    {"copy", kernel_copy, METH_NOARGS, NULL},
    {"copy_bits", kernel_copy_bits, METH_VARARGS, NULL},
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
