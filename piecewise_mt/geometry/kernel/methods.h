/* What the files that make the Python type share. */

#ifndef PIECEWISE_MT_METHODS_H
#define PIECEWISE_MT_METHODS_H

#include "kernel.h"

#include <math.h>

#define GROW(field, count)                                                                         \
    do {                                                                                           \
        void *found_ = grown(field, (size_t)(count), sizeof *(field));                             \
        if (!found_) return RAISED;                                                                \
        field = found_;                                                                            \
    } while (0)

void release(Kernel *k);
int read_int(PyObject *item, int *out);
void free_form(Form *f);
void free_forms(Form *forms, Py_ssize_t count);
int read_form(const Kernel *k, PyObject *given, Form *f);
Form *read_forms(const Kernel *k, PyObject *list, Py_ssize_t *count);
int read_moves(Kernel *k, PyObject *list, Form **forms, int **targets, Py_ssize_t *count);
PyObject *overflown(void);
PyObject *answered(Kernel *k, int answer);
int ready(const Kernel *k);
int read_mask(const Kernel *k, const char *mask, Py_ssize_t length, uint64_t *out);
int check_bits(const Kernel *k, int bit, int count);
void set_bits(Kernel *k, int64_t from, int64_t to, int bit);
int read_known(Kernel *k, PyObject *known);
int in_range(const Kernel *k, int level, Py_ssize_t face);

PyObject *kernel_new(PyTypeObject *type, PyObject *args, PyObject *named);
PyObject *kernel_cut(PyObject *self, PyObject *args);
PyObject *kernel_append(PyObject *self, PyObject *args);
PyObject *kernel_alias(PyObject *self, PyObject *args);
PyObject *kernel_select(PyObject *self, PyObject *args);
PyObject *kernel_mark(PyObject *self, PyObject *args);
PyObject *kernel_pick(PyObject *self, PyObject *args);
PyObject *kernel_delete(PyObject *self, PyObject *args);
PyObject *kernel_clear(PyObject *self, PyObject *args);
PyObject *kernel_merge(PyObject *self, PyObject *args);
PyObject *kernel_drop(PyObject *self, PyObject *args);
PyObject *kernel_carve(PyObject *self, PyObject *args);
PyObject *kernel_copy(PyObject *self, PyObject *args);
PyObject *kernel_triple(PyObject *self, PyObject *args);
PyObject *kernel_load(PyObject *self, PyObject *args);
PyObject *kernel_to_float(PyObject *self, PyObject *args);
PyObject *kernel_rebase(PyObject *self, PyObject *args);
PyObject *kernel_set_row(PyObject *self, PyObject *args);
PyObject *kernel_sizes(PyObject *self, PyObject *args);
PyObject *kernel_total(PyObject *self, PyObject *args);
PyObject *kernel_faces(PyObject *self, PyObject *args);
PyObject *kernel_generators_of(PyObject *self, PyObject *args);
PyObject *kernel_words(PyObject *self, PyObject *args);
PyObject *kernel_copy_bits(PyObject *self, PyObject *args);
PyObject *kernel_count(PyObject *self, PyObject *args);
PyObject *kernel_bit_counts(PyObject *self, PyObject *args);
PyObject *kernel_patterns(PyObject *self, PyObject *args);
PyObject *kernel_ties_reached(PyObject *self, PyObject *args);
PyObject *kernel_row(PyObject *self, PyObject *args);
PyObject *kernel_word(PyObject *self, PyObject *args);
PyObject *kernel_sides(PyObject *self, PyObject *args);
PyObject *kernel_identity(PyObject *self, PyObject *args);
PyObject *kernel_identities(PyObject *self, PyObject *args);
PyObject *kernel_parents(PyObject *self, PyObject *args);

#endif
