/* Faces and their facets: cuts, merges and drops, in the order of geometry/complex.py. */

#include "faces.h"

int64_t total(const Kernel *k) {
    int64_t sum = k->spaces + k->count;
    for (int level = 2; level <= k->top; level++) sum += k->levels[level].count;
    return sum;
}

int64_t faces_of(const Kernel *k, int level) {
    return level == 0 ? k->spaces : level == 1 ? k->count : k->levels[level].count;
}

const int32_t *facets(const Kernel *k, int level, int64_t face, int32_t *length) {
    static const int32_t space = 0;
    const Level *own = &k->levels[level];
    if (level <= 1) {
        *length = level;
        return &space;
    }
    if (level == 2) {
        *length = 2;
        return own->pool + 2 * face;
    }
    *length = own->length[face];
    return own->pool + own->start[face];
}

int raised(void) { return PyErr_CheckSignals() != 0; }

int inconsistent(void) {
    PyErr_SetString(PyExc_ArithmeticError, "faces that the compiled engine does not keep");
    return RAISED;
}

int reserve_faces(Level *own, int64_t count, int is_edges) {
    if (count <= own->room) return FINE;
    int64_t room = own->room + own->room / 2 + 64;
    if (room < count) room = count;
    if (room > INT32_MAX) {
        PyErr_SetString(PyExc_MemoryError, "more than 2^31 faces of one dimension");
        return RAISED;
    }
    if (is_edges) {
        int32_t *pool = grown(own->pool, 2 * (size_t)room, sizeof *pool);
        if (!pool) return RAISED;
        own->pool = pool;
    } else {
        uint32_t *start = grown(own->start, (size_t)room, sizeof *start);
        if (!start) return RAISED;
        own->start = start;
        int32_t *length = grown(own->length, (size_t)room, sizeof *length);
        if (!length) return RAISED;
        own->length = length;
    }
    own->room = room;
    return FINE;
}

int reserve_pool(Level *own, int64_t more) {
    int64_t needed = own->used + more;
    if (needed <= own->pool_room) return FINE;
    int64_t room = own->pool_room + own->pool_room / 2 + 256;
    if (room < needed) room = needed;
    if (room > UINT32_MAX) room = UINT32_MAX;
    if (room < needed) {
        PyErr_SetString(PyExc_MemoryError, "more than 2^32 facets of one dimension");
        return RAISED;
    }
    int32_t *pool = grown(own->pool, (size_t)room, sizeof *pool);
    if (!pool) return RAISED;
    own->pool = pool;
    own->pool_room = room;
    return FINE;
}

static int compact(Level *own) {
    if (3 * own->garbage < own->used || own->used < 1024) return FINE;
    int64_t room = own->used - own->garbage;
    int32_t *pool = grown(NULL, (size_t)(room ? room : 1), sizeof *pool);
    if (!pool) return RAISED;
    int64_t used = 0;
    for (int64_t i = 0; i < own->count; i++) {
        if (own->length[i])
            memcpy(pool + used, own->pool + own->start[i],
                   (size_t)own->length[i] * sizeof *pool);
        own->start[i] = (uint32_t)used;
        used += own->length[i];
    }
    free(own->pool);
    own->pool = pool;
    own->used = used;
    own->pool_room = room;
    own->garbage = 0;
    return FINE;
}

int add_face(Level *own, const int32_t *found, int32_t length, int is_edges) {
    if (reserve_faces(own, own->count + 1, is_edges)) return RAISED;
    if (is_edges) {
        if (length != 2) return inconsistent();
        own->pool[2 * own->count] = found[0];
        own->pool[2 * own->count + 1] = found[1];
    } else {
        if (reserve_pool(own, length)) return RAISED;
        if (length) memcpy(own->pool + own->used, found, (size_t)length * sizeof *found);
        own->start[own->count] = (uint32_t)own->used;
        own->length[own->count] = length;
        own->used += length;
    }
    own->count++;
    return FINE;
}

/* -- cuts ---------------------------------------------------------------------------------- */

int push(List *list, int32_t item) {
    if (list->count == list->room) {
        int64_t room = list->room + list->room / 2 + 64;
        int32_t *items = grown(list->items, (size_t)room, sizeof *items);
        if (!items) return RAISED;
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
    return FINE;
}

/* What is known of a level while the next one is cut. */
typedef struct {
    uint8_t *sides;
    int32_t *rank; /* of a face that is cut: its place among those that are */
    int32_t zero;  /* the first face that arose within one that is cut, one level lower */
    int32_t minus; /* the first part on the negative side */
} Known;

static void forget(Known *own) {
    free(own->sides);
    free(own->rank);
    own->sides = NULL;
    own->rank = NULL;
}

/* Cut the faces of one level above 2. `below` is the level of its facets, `deep` has the sides of
   the facets of those; `own` is filled. */
static int cut_level(Kernel *k, int level, int through_old, Known *below, const uint8_t *deep,
                     Known *own, List lists[4]) {
    Level *faces = &k->levels[level], *lower = &k->levels[level - 1];
    const int64_t old = faces->count;
    List *cut = &lists[0], *above = &lists[1], *under = &lists[2], *within = &lists[3];
    cut->count = 0;
    uint8_t *sides = grown(NULL, (size_t)old + 1, 1);
    if (!sides) return RAISED;
    own->sides = sides;
    const uint8_t *lower_sides = below->sides;
    for (int64_t i = 0; i < old; i++) {
        const int32_t *face = faces->pool + faces->start[i];
        const int32_t length = faces->length[i];
        uint8_t side = 0;
        for (int32_t j = 0; j < length; j++) side |= lower_sides[face[j]];
        sides[i] = side;
        if (side == CUT && push(cut, (int32_t)i)) return RAISED;
        if (!(i & (PATIENCE - 1)) && raised()) return RAISED;
    }
    const int64_t count = cut->count;
    own->zero = (int32_t)lower->count;
    own->minus = (int32_t)old;
    if (!count) return FINE;
    own->rank = grown(NULL, (size_t)old, sizeof *own->rank);
    if (!own->rank) return RAISED;
    if (reserve_faces(faces, old + count, 0)) return RAISED;
    if (reserve_faces(lower, lower->count + count, level == 3)) return RAISED;
    for (int64_t r = 0; r < count; r++) {
        const int32_t index = cut->items[r];
        own->rank[index] = (int32_t)r;
        above->count = under->count = within->count = 0;
        const int32_t *face = faces->pool + faces->start[index];
        const int32_t length = faces->length[index];
        for (int32_t j = 0; j < length; j++) {
            const int32_t facet = face[j];
            const uint8_t side = lower_sides[facet];
            if (side == PLUS) {
                if (push(above, facet)) return RAISED;
            } else if (side == MINUS) {
                if (push(under, facet)) return RAISED;
            } else if (side == CUT) {
                const int32_t place = below->rank[facet];
                if (push(above, facet) || push(under, below->minus + place) ||
                    push(within, below->zero + place))
                    return RAISED;
            } else {
                return inconsistent();
            }
        }
        if (through_old) {
            /* a face two levels lower that is on the kink lies in one facet above, one below */
            for (int64_t j = 0; j < above->count; j++) {
                int32_t size;
                const int32_t *facet = facets(k, level - 1, above->items[j], &size);
                for (int32_t m = 0; m < size; m++)
                    if (deep[facet[m]] == ZERO && push(within, facet[m])) return RAISED;
            }
        }
        const int32_t fresh = (int32_t)lower->count;
        if (add_face(lower, within->items, (int32_t)within->count, level == 3)) return RAISED;
        if (push(above, fresh) || push(under, fresh)) return RAISED;
        /* the part above is written over the face, if it fits */
        if (above->count <= length) {
            memcpy(faces->pool + faces->start[index], above->items,
                   (size_t)above->count * sizeof *above->items);
            faces->garbage += length - above->count;
        } else {
            if (reserve_pool(faces, above->count)) return RAISED;
            memcpy(faces->pool + faces->used, above->items,
                   (size_t)above->count * sizeof *above->items);
            faces->start[index] = (uint32_t)faces->used;
            faces->used += above->count;
            faces->garbage += length;
        }
        faces->length[index] = (int32_t)above->count;
        if (add_face(faces, under->items, (int32_t)under->count, 0)) return RAISED;
        if (!(r & (PATIENCE - 1)) && raised()) return RAISED;
    }
    if (compact(faces)) return RAISED;
    uint8_t *grown_sides = grown(below->sides, (size_t)lower->count + 1, 1);
    if (!grown_sides) return RAISED;
    /* negative parts of the level below were counted in already */
    memset(grown_sides + own->zero, NEW, (size_t)count);
    below->sides = grown_sides;
    grown_sides = grown(own->sides, (size_t)faces->count + 1, 1);
    if (!grown_sides) return RAISED;
    memset(grown_sides + old, MINUS, (size_t)count);
    own->sides = grown_sides;
    return FINE;
}

/* Cut by k->sides; `make` makes the rows of new generators, and may refuse before a change. */
int cut_faces(Kernel *k, MakeRows make, int place) {
    if (k->top < 2) return FINE;
    Level *edges = &k->levels[2];
    const int64_t old = edges->count;
    int answer = RAISED, through_old = 0;
    List lists[4] = {{NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}};
    List *cut = &lists[0], *pairs = &lists[1];
    Known deep = {NULL, NULL, 0, 0}, below = {NULL, NULL, 0, 0}, own = {NULL, NULL, 0, 0};
    for (int64_t g = 0; g < k->count && !through_old; g++) through_old = k->sides[g] == ZERO;
    below.sides = grown(NULL, (size_t)old + 1, 1);
    below.rank = grown(NULL, (size_t)old + 1, sizeof *below.rank);
    if (!below.sides || !below.rank) goto done;
    for (int64_t i = 0; i < old; i++) {
        const int32_t p = edges->pool[2 * i], q = edges->pool[2 * i + 1];
        const uint8_t side = k->sides[p] | k->sides[q];
        below.sides[i] = side;
        if (side == CUT) {
            below.rank[i] = (int32_t)cut->count;
            const int plus_first = k->sides[p] == PLUS;
            if (push(cut, (int32_t)i) || push(pairs, plus_first ? p : q) ||
                push(pairs, plus_first ? q : p))
                goto done;
        }
    }
    const int64_t count = cut->count, generators = k->count;
    if (generators + count > INT32_MAX || old + count > INT32_MAX) {
        PyErr_SetString(PyExc_MemoryError, "more than 2^31 faces of one dimension");
        goto done;
    }
    if (reserve_generators(k, generators + count) || reserve_faces(edges, old + count, 1))
        goto done;
    uint8_t *sides = grown(below.sides, (size_t)(old + count) + 1, 1);
    if (!sides) goto done;
    below.sides = sides;
    if (count) {
        answer = make(k, pairs->items, count, place);
        if (answer) goto done;
        answer = RAISED;
    }
    k->broken = 1;
    below.zero = (int32_t)generators;
    below.minus = (int32_t)old;
    for (int64_t r = 0; r < count; r++) {
        const int32_t plus = pairs->items[2 * r], minus = pairs->items[2 * r + 1];
        const int32_t fresh = (int32_t)(generators + r), index = cut->items[r];
        for (int c = 0; c < k->chunks; c++)
            k->words[(int64_t)fresh * k->chunks + c] =
                k->words[(int64_t)plus * k->chunks + c] | k->words[(int64_t)minus * k->chunks + c];
        k->sides[fresh] = NEW;
        edges->pool[2 * (int64_t)index] = plus;
        edges->pool[2 * (int64_t)index + 1] = fresh;
        edges->pool[2 * (old + r)] = fresh;
        edges->pool[2 * (old + r) + 1] = minus;
        below.sides[old + r] = MINUS;
    }
    edges->count = old + count;
    k->count = generators + count;
    for (int level = 3; level <= k->top; level++) {
        own.sides = NULL;
        own.rank = NULL;
        if (cut_level(k, level, through_old, &below, level == 3 ? k->sides : deep.sides, &own,
                      lists))
            goto done;
        forget(&deep);
        deep = below;
        below = own;
        own.sides = NULL;
        own.rank = NULL;
    }
    k->broken = 0;
    answer = FINE;
done:
    for (int i = 0; i < 4; i++) free(lists[i].items);
    forget(&deep);
    forget(&below);
    forget(&own);
    return answer;
}

/* Every face on a line's hyperplane, and the two that the line and its negative add. The rows and
   words of the last two generators are up to the caller. */
int triple_faces(Kernel *k) {
    int64_t sizes[2]; /* of the level below, and of this one, before */
    if (reserve_generators(k, k->count + 2 * (int64_t)k->spaces)) return RAISED;
    k->broken = 1;
    const int top = k->top;
    /* from above: the facets of what a level adds have the old numbers */
    for (int level = top; level >= 1; level--) {
        Level *next = &k->levels[level + 1];
        sizes[0] = faces_of(k, level - 1);
        sizes[1] = faces_of(k, level);
        const int64_t starts[2] = {sizes[1], sizes[1] + sizes[0]};
        const int64_t faces = sizes[1];
        if (next->count + 2 * faces > INT32_MAX) {
            PyErr_SetString(PyExc_MemoryError, "more than 2^31 faces of one dimension");
            return RAISED;
        }
        for (int s = 0; s < 2; s++) {
            for (int64_t i = 0; i < faces; i++) {
                int32_t size;
                const int32_t *face = facets(k, level, i, &size);
                int32_t small[16], *copy = small;
                if (size + 1 > 16) {
                    copy = grown(NULL, (size_t)size + 1, sizeof *copy);
                    if (!copy) return RAISED;
                }
                copy[0] = (int32_t)i;
                for (int32_t j = 0; j < size; j++) copy[j + 1] = (int32_t)(starts[s] + face[j]);
                const int failed = add_face(next, copy, size + 1, level == 1);
                if (copy != small) free(copy);
                if (failed) return RAISED;
            }
        }
    }
    k->top = top + 1;
    k->count += 2 * k->spaces;
    k->broken = 0;
    return FINE;
}

/* -- words of faces ------------------------------------------------------------------------ */

/* The arrays end with NULL. */
void free_ors(uint64_t **all) {
    if (!all) return;
    for (uint64_t **own = all + 1; *own; own++) free(*own);
    free(all);
}

/* For every face of every level from 1 on the OR of its generators' own chunks. */
uint64_t **ors(Kernel *k, const uint64_t *own, int chunks) {
    uint64_t **all = calloc((size_t)k->top + 2, sizeof *all);
    if (!all) {
        PyErr_NoMemory();
        return NULL;
    }
    for (int level = 1; level <= k->top; level++) {
        const int64_t count = faces_of(k, level);
        const size_t size = (size_t)count * (size_t)chunks;
        all[level] = grown(NULL, size ? size : 1, sizeof(uint64_t));
        if (!all[level]) goto failed;
        if (level == 1) {
            if (size) memcpy(all[1], own, size * sizeof(uint64_t));
            continue;
        }
        const uint64_t *lower = all[level - 1];
        for (int64_t i = 0; i < count; i++) {
            int32_t length;
            const int32_t *face = facets(k, level, i, &length);
            uint64_t *out = all[level] + i * chunks;
            for (int c = 0; c < chunks; c++) out[c] = 0;
            for (int32_t j = 0; j < length; j++) {
                const uint64_t *word = lower + (int64_t)face[j] * chunks;
                for (int c = 0; c < chunks; c++) out[c] |= word[c];
            }
            if (!(i & (PATIENCE - 1)) && raised()) goto failed;
        }
    }
    return all;
failed:
    free_ors(all);
    return NULL;
}
