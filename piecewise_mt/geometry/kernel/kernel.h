/* The compiled engine: the face complex of geometry/complex.py, face for face and in its order.

   faces.c      who is a facet of whom: cuts, and the words of faces
   joining.c    faces that are joined, dropped or kept
   integers.c   rows of 64-bit integers, exact; what does not fit is reported, nothing is changed
   doubles.c    rows of double-doubles with radii; a sign that they do not prove is reported
   module.c     the Python type; given.c reads arguments, and the methods are in changes.c, rows.c,
                reads.c and labels.c

   C99, no dependency but CPython's limited API. */

#ifndef PIECEWISE_MT_KERNEL_H
#define PIECEWISE_MT_KERNEL_H

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ZERO = 0, PLUS = 1, MINUS = 2, CUT = 3, NEW = 4 };

/* What a function answers: fine; a row does not fit (nothing has changed); a sign is not proved
   (nothing has changed, `doubts` has the generators); a Python exception is set. */
enum { FINE = 0, OVERFLOWN = 1, DOUBTFUL = 2, RAISED = -1 };

/* The faces of one level. Facets of face i are pool[start[i]], …, length[i] of them; those of an
   edge (level 2) are pool[2i] and pool[2i + 1]. */
typedef struct {
    int64_t count, room;
    uint32_t *start;
    int32_t *length;
    int32_t *pool;
    int64_t used, pool_room, garbage;
} Level;

/* A combination of columns. */
typedef struct {
    int count;
    int *columns;
    int64_t *whole; /* integer coefficients, and what their sum is divided by */
    int64_t denominator;
    double *high, *low; /* coefficients as double-doubles, up to 2^-105 of each */
} Form;

typedef struct {
    PyObject_HEAD
    int dimension, top, spaces; /* `spaces` is how many faces level 0 has */
    int broken;                 /* an exception came in the middle of a change */
    int has_signs;              /* whether `sides` belongs to the generators as they are */
    Level *levels;              /* 0 … dimension + 2; those below 2 are not used */
    /* generators */
    int64_t count, room;
    int chunks; /* 64-bit chunks of a word */
    uint64_t *words;
    uint8_t *sides;
    int width, stride;
    int is_float;
    int64_t *rows;    /* stride integers a generator */
    uint64_t *reach;  /* a column's absolute values, OR-ed: a bound of them */
    int64_t *heights; /* of the last cut, integers */
    double *cells;    /* 3 stride doubles a generator: high, low, radius */
    double *largest;  /* 2 a generator: its largest absolute high part, its largest radius */
    double *tall;     /* 3 a generator: the height of the cut at hand */
    uint8_t *known;   /* whether `tall` is known */
    const Form *kink; /* the cut at hand */
    uint64_t *alike;  /* alias_width chunks a generator: columns that a column equals exactly */
    int alias_start, alias_width;
    /* where generators come from, by identity; only with floats */
    int32_t *identity;
    int32_t *parents; /* plus, minus, place in the tape */
    int64_t births, births_room;
    int64_t *doubts;
    int64_t doubt_count, doubt_room;
} Kernel;

/* memory */
void *grown(void *old, size_t count, size_t size); /* NULL with MemoryError */
int reserve_generators(Kernel *k, int64_t count);
int reserve_columns(Kernel *k, int width);
int doubt(Kernel *k, int64_t generator);

/* faces.c and joining.c */
typedef int (*MakeRows)(Kernel *k, const int32_t *pairs, int64_t count, int place);
int cut_faces(Kernel *k, MakeRows make, int place);
int triple_faces(Kernel *k);
int merge_faces(Kernel *k);
int drop_faces(Kernel *k, const uint64_t *mask);
int carve_faces(Kernel *k, const uint64_t *mask, const uint64_t *needed);
uint64_t **ors(Kernel *k, const uint64_t *own, int chunks);
void free_ors(uint64_t **all);
int64_t total(const Kernel *k);
const int32_t *facets(const Kernel *k, int level, int64_t face, int32_t *length);

/* integers.c */
int int_heights(Kernel *k, const Form *f, int64_t *out);
int int_between(Kernel *k, const int32_t *pairs, int64_t count, int place);
int int_append(Kernel *k, const Form *forms, int count);
int int_fits(const Kernel *k, const Form *f);
void int_moves(Kernel *k, int64_t g, const int *targets, const Form *forms, int count,
               int64_t *buffer);
int int_pick(Kernel *k, const Form *forms, const int *places, int count, const int64_t *factors);
void int_reach(Kernel *k, int64_t g);

/* doubles.c */
int float_ready(void);
int float_signs(Kernel *k, const Form *f, uint8_t *out);
int float_between(Kernel *k, const int32_t *pairs, int64_t count, int place);
int float_append(Kernel *k, const Form *forms, int count);
void float_moves(Kernel *k, int64_t g, const int *targets, const Form *forms, int count,
                 double *buffer);
void float_pick(Kernel *k, const Form *forms, const int *places, int count);
void float_from_int(Kernel *k, int64_t g);
void float_bounds(Kernel *k, int64_t g);

#endif
