/* What faces.c and joining.c share. */

#ifndef PIECEWISE_MT_FACES_H
#define PIECEWISE_MT_FACES_H

#include "kernel.h"

/* After so many faces a pending Ctrl-C is looked for. */
#define PATIENCE (1 << 18)

/* A growing list of faces. */
typedef struct {
    int32_t *items;
    int64_t count, room;
} List;

int64_t faces_of(const Kernel *k, int level);
int raised(void);
int inconsistent(void);
int reserve_faces(Level *own, int64_t count, int is_edges);
int reserve_pool(Level *own, int64_t more);
int add_face(Level *own, const int32_t *found, int32_t length, int is_edges);
int push(List *list, int32_t item);

#endif
