/* Rows of 64-bit integers. Every sum is either bounded beforehand or made in 128 bits and checked;
   what does not fit is reported and nothing is changed. */

#include "kernel.h"

#if defined(__SIZEOF_INT128__)
typedef __int128 wide;
typedef unsigned __int128 wide_unsigned;
#define HAS_WIDE 1
#else
#define HAS_WIDE 0
#endif

static uint64_t absolute(int64_t v) { return v < 0 ? 0 - (uint64_t)v : (uint64_t)v; }

static uint64_t gcd(uint64_t a, uint64_t b) {
    while (b) {
        const uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

void int_reach(Kernel *k, int64_t g) {
    const int64_t *row = k->rows + g * k->stride;
    for (int c = 0; c < k->width; c++) k->reach[c] |= absolute(row[c]);
}

/* An upper bound of |Σ c·column| over all generators: `reach` has every bit of every value, so no
   absolute value is above it. Each product is rounded upwards by the factor, and so is the sum. */
static double bound(const Kernel *k, const Form *f) {
    double sum = 0;
    for (int i = 0; i < f->count; i++)
        sum += (double)absolute(f->whole[i]) * (double)k->reach[f->columns[i]];
    return sum * (1 + 1e-9);
}

static int read_row(const int64_t *row, const Form *f, int64_t *out) {
    int64_t sum = 0;
    for (int i = 0; i < f->count; i++) sum += f->whole[i] * row[f->columns[i]];
    *out = f->denominator == 1 ? sum : sum / f->denominator;
    return FINE;
}

#if HAS_WIDE
static int read_wide(const int64_t *row, const Form *f, int64_t *out) {
    wide sum = 0;
    for (int i = 0; i < f->count; i++) sum += (wide)f->whole[i] * row[f->columns[i]];
    sum /= f->denominator;
    *out = (int64_t)sum;
    return (wide)*out == sum ? FINE : OVERFLOWN;
}
#endif

typedef int (*ReadRow)(const int64_t *row, const Form *f, int64_t *out);

/* How a form can be read off every row without overflow, NULL if it is not known to be. */
static ReadRow reader(const Kernel *k, const Form *f) {
    const double most = bound(k, f);
    if (most < 4e18) return read_row;
#if HAS_WIDE
    if (most < 1e38) return read_wide;
#endif
    return NULL;
}

int int_heights(Kernel *k, const Form *f, int64_t *out) {
    const ReadRow read = reader(k, f);
    if (!read) return OVERFLOWN;
    if (read == read_row && f->denominator == 1 && f->count == k->dimension + 1 &&
        f->columns[f->count - 1] == f->count - 1) {
        /* the coordinates, one after the other */
        for (int64_t g = 0; g < k->count; g++) {
            const int64_t *row = k->rows + g * k->stride;
            int64_t sum = 0;
            for (int i = 0; i < f->count; i++) sum += f->whole[i] * row[i];
            out[g] = sum;
        }
        return FINE;
    }
    for (int64_t g = 0; g < k->count; g++)
        if (read(k->rows + g * k->stride, f, &out[g])) return OVERFLOWN;
    return FINE;
}

/* a·v + b·u over the row, primitive. */
static int between(const int64_t *plus, const int64_t *minus, int64_t a, int64_t b, int width,
                   int64_t *out) {
    const int64_t common = (int64_t)gcd((uint64_t)a, (uint64_t)b);
    a /= common;
    b /= common;
    uint64_t divisor = 0;
#if HAS_WIDE
    int fits = 1;
    for (int c = 0; c < width; c++) {
        const wide sum = (wide)a * minus[c] + (wide)b * plus[c];
        out[c] = (int64_t)sum;
        fits &= (wide)out[c] == sum && out[c] != INT64_MIN;
    }
    if (!fits) {
        wide_unsigned whole = 0;
        for (int c = 0; c < width; c++) {
            wide sum = (wide)a * minus[c] + (wide)b * plus[c];
            wide_unsigned x = sum < 0 ? 0 - (wide_unsigned)sum : (wide_unsigned)sum, y = whole;
            while (y) {
                const wide_unsigned r = x % y;
                x = y;
                y = r;
            }
            whole = x;
        }
        for (int c = 0; c < width; c++) {
            const wide sum = ((wide)a * minus[c] + (wide)b * plus[c]) / (wide)whole;
            out[c] = (int64_t)sum;
            if ((wide)out[c] != sum || out[c] == INT64_MIN) return OVERFLOWN;
        }
        return FINE;
    }
#else
    const int64_t least = INT64_C(1) << 31;
    if (a >= least || b >= least) return OVERFLOWN;
    for (int c = 0; c < width; c++) {
        /* two products below 2^62 */
        if (minus[c] <= -least || minus[c] >= least || plus[c] <= -least || plus[c] >= least)
            return OVERFLOWN;
        out[c] = a * minus[c] + b * plus[c];
    }
#endif
    for (int c = 0; c < width && divisor != 1; c++) divisor = gcd(absolute(out[c]), divisor);
    if (divisor > 1)
        for (int c = 0; c < width; c++) out[c] /= (int64_t)divisor;
    return FINE;
}

int int_between(Kernel *k, const int32_t *pairs, int64_t count, int place) {
    (void)place;
    for (int64_t r = 0; r < count; r++) {
        const int64_t plus = pairs[2 * r], minus = pairs[2 * r + 1];
        if (k->heights[minus] == INT64_MIN ||
            between(k->rows + plus * k->stride, k->rows + minus * k->stride, k->heights[plus],
                    -k->heights[minus], k->width, k->rows + (k->count + r) * k->stride))
            return OVERFLOWN;
    }
    for (int64_t r = 0; r < count; r++) {
        int_reach(k, k->count + r);
        k->heights[k->count + r] = 0;
    }
    return FINE;
}

int int_append(Kernel *k, const Form *forms, int count) {
    const int width = k->width;
    for (int i = 0; i < count; i++) {
        const ReadRow read = reader(k, &forms[i]);
        if (!read) return OVERFLOWN;
        uint64_t reach = 0;
        for (int64_t g = 0; g < k->count; g++) {
            int64_t *row = k->rows + g * k->stride;
            if (read(row, &forms[i], row + width + i) || row[width + i] == INT64_MIN)
                return OVERFLOWN;
            reach |= absolute(row[width + i]);
        }
        k->reach[width + i] = reach;
    }
    k->width += count;
    return FINE;
}

/* Whether a form of any row is far from overflow. */
int int_fits(const Kernel *k, const Form *f) { return bound(k, f) < 4e18; }

/* Write forms that fit into a row, all at once. */
void int_moves(Kernel *k, int64_t g, const int *targets, const Form *forms, int count,
               int64_t *buffer) {
    int64_t *row = k->rows + g * k->stride;
    for (int i = 0; i < count; i++) read_row(row, &forms[i], &buffer[i]);
    for (int i = 0; i < count; i++) {
        row[targets[i]] = buffer[i];
        k->reach[targets[i]] |= absolute(buffer[i]);
    }
}

/* Append the form that `places` names at each generator; a form with a factor is that times the
   heights of the last cut. */
int int_pick(Kernel *k, const Form *forms, const int *places, int count, const int64_t *factors) {
    const int width = k->width;
    uint64_t reach = 0;
    ReadRow *readers = grown(NULL, (size_t)count + 1, sizeof *readers);
    if (!readers) return RAISED;
    for (int i = 0; i < count; i++) readers[i] = factors ? NULL : reader(k, &forms[i]);
    for (int64_t g = 0; g < k->count; g++) {
        int64_t *row = k->rows + g * k->stride;
        const int place = places[g];
        int64_t value;
        if (factors) {
            const int64_t factor = factors[place];
#if HAS_WIDE
            const wide product = (wide)factor * k->heights[g];
            value = (int64_t)product;
            if ((wide)value != product) goto overflown;
#else
            if (absolute(factor) >> 31 || absolute(k->heights[g]) >> 31) goto overflown;
            value = factor * k->heights[g];
#endif
        } else if (!readers[place] || readers[place](row, &forms[place], &value)) {
            goto overflown;
        }
        if (value == INT64_MIN) goto overflown;
        row[width] = value;
        reach |= absolute(value);
    }
    k->reach[width] = reach;
    k->width++;
    free(readers);
    return FINE;
overflown:
    free(readers);
    return OVERFLOWN;
}
