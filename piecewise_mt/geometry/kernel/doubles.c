/* Rows of double-doubles with radii: a number is high + low up to its radius.

   The bounds are proved in docs/kernel.md; u is 2^-53. What is not finite proves nothing. */

#include "kernel.h"

#include <fenv.h>
#include <float.h>
#include <math.h>

#define U 1.1102230246251565e-16 /* 2^-53 */
#define UU 1.232595164407831e-32 /* 2^-106 */
#define TINY 1e-300              /* above what all underflows of one sum can make */
#define UP (1 + 64 * U)          /* above the roundings of a radius */

/* Whether arithmetic is what the bounds are proved for. */
int float_ready(void) {
#if !defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0 || DBL_MANT_DIG != 53 || FLT_RADIX != 2
    return 0;
#else
    volatile double least = DBL_MIN;
    volatile double half = least / 2, one = 1, small = U;
    /* gradual underflow, and ties to even both ways */
    return fegetround() == FE_TONEAREST && half != 0 && half * 2 == least && one + small == one &&
           -one - small == -one;
#endif
}

typedef struct {
    double high, low;
} Double;

static Double two_sum(double a, double b) {
    const double s = a + b, t = s - a;
    const Double result = {s, (a - (s - t)) + (b - t)};
    return result;
}

static Double fast_two_sum(double a, double b) {
    const double s = a + b;
    const Double result = {s, b - (s - a)};
    return result;
}

static Double two_product(double a, double b) {
    const double p = a * b;
#ifdef FP_FAST_FMA
    const Double result = {p, fma(a, b, -p)};
#else
    const double x = 134217729.0 * a, y = 134217729.0 * b;
    const double a1 = x - (x - a), b1 = y - (y - b), a2 = a - a1, b2 = b - b1;
    const Double result = {p, ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2};
#endif
    return result;
}

/* Joldes, Muller, Popescu 2017: AccurateDWPlusDW, error at most 3u² + 13u³ of the sum. */
static Double plus(Double x, Double y) {
    const Double s = two_sum(x.high, y.high), t = two_sum(x.low, y.low);
    const Double v = fast_two_sum(s.high, s.low + t.high);
    return fast_two_sum(v.high, t.low + v.low);
}

/* DWTimesDW1: at most 5u². */
static Double times(Double x, Double y) {
    const Double c = two_product(x.high, y.high);
    return fast_two_sum(c.high, c.low + (x.high * y.low + x.low * y.high));
}

/* DWDivDW2: at most 15u² + 56u³. */
static Double divided(Double x, Double y) {
    const double t = x.high / y.high;
    Double r = two_product(y.high, t);
    r = fast_two_sum(r.high, r.low + y.low * t);
    const double delta = (x.high - r.high) + (x.low - r.low);
    return fast_two_sum(t, delta / y.high);
}

static double *high_of(const Kernel *k, int64_t g) { return k->cells + 3 * g * k->stride; }

void float_bounds(Kernel *k, int64_t g) {
    const double *high = high_of(k, g), *radius = high + 2 * k->stride;
    double most = 0, wide = 0;
    for (int c = 0; c < k->width; c++) {
        const double a = fabs(high[c]), r = radius[c];
        /* what is not finite, or no number, makes the bound useless */
        if (!(a <= most)) most = a <= DBL_MAX ? a : INFINITY;
        if (!(r <= wide)) wide = r <= DBL_MAX ? r : INFINITY;
    }
    k->largest[2 * g] = most;
    k->largest[2 * g + 1] = wide;
}

/* A form of a row, with a radius. */
static Double read_row(const Kernel *k, const double *row, const Form *f, double *radius) {
    const int stride = k->stride;
    double sum = 0, rest = 0, size = 0, spread = 0;
    int is_zero = 1;
    for (int i = 0; i < f->count; i++) {
        const int c = f->columns[i];
        const double own = row[c], coefficient = f->high[i];
        const double own_radius = row[2 * stride + c];
        if ((own == 0 && own_radius == 0) || coefficient == 0) continue;
        is_zero = 0;
        const Double p = two_product(coefficient, own);
        const Double s = two_sum(sum, p.high);
        sum = s.high;
        rest += s.low + (p.low + (coefficient * row[stride + c] + f->low[i] * own));
        size += fabs(p.high);
        spread += fabs(coefficient) * own_radius;
    }
    Double result = {0, 0};
    *radius = 0;
    if (is_zero) return result;
    const double n = f->count + 4;
    *radius = (spread * (1 + 4 * U) + 8 * n * n * UU * size + TINY) * (1 + 8 * n * U);
    result = two_sum(sum, rest);
    return result;
}

static double *tall_of(Kernel *k, int64_t g) {
    double *tall = k->tall + 3 * g;
    if (!k->known[g]) {
        const Double h = read_row(k, high_of(k, g), k->kink, &tall[2]);
        tall[0] = h.high;
        tall[1] = h.low;
        k->known[g] = 1;
    }
    return tall;
}

/* Whether columns i and j of a generator are known to be equal. */
static int are_alike(const Kernel *k, int64_t g, int i, int j) {
    const int start = k->alias_start, size = k->alias_width;
    i -= start;
    j -= start;
    if (i < 0 || j < 0 || i >= size || j >= size) return 0;
    const uint64_t *own = k->alike + g * size;
    return (own[i] & own[j]) != 0;
}

/* The signs of a form at all generators; k->known and k->tall may have exact heights. */
int float_signs(Kernel *k, const Form *f, uint8_t *out) {
    k->kink = f;
    double sum = 0;
    for (int i = 0; i < f->count; i++) sum += fabs(f->high[i]);
    sum *= 1 + 8 * (f->count + 4) * U;
    const double slack = 2 * (f->count + 4) * U;
    const int is_pair =
        k->alias_width && f->count == 2 && f->high[0] == -f->high[1] && f->low[0] == -f->low[1];
    k->doubt_count = 0;
    for (int64_t g = 0; g < k->count; g++) {
        const double *row = high_of(k, g);
        if (!k->known[g]) {
            double h0 = 0, h1 = 0;
            int i = 0;
            for (; i + 1 < f->count; i += 2) {
                h0 += f->high[i] * row[f->columns[i]];
                h1 += f->high[i + 1] * row[f->columns[i + 1]];
            }
            if (i < f->count) h0 += f->high[i] * row[f->columns[i]];
            const double h = h0 + h1;
            const double most =
                sum * (slack * k->largest[2 * g] + 1.125 * k->largest[2 * g + 1]) + TINY;
            if (fabs(h) > most) {
                out[g] = h > 0 ? PLUS : MINUS;
                continue;
            }
            if (is_pair && are_alike(k, g, f->columns[0], f->columns[1])) {
                double *tall = k->tall + 3 * g;
                tall[0] = tall[1] = tall[2] = 0;
                k->known[g] = 1;
            }
        }
        const double *tall = tall_of(k, g);
        if (fabs(tall[0]) * (1 - 4 * U) > tall[2] && isfinite(tall[0]) && isfinite(tall[2]))
            out[g] = tall[0] > 0 ? PLUS : MINUS;
        else if (tall[0] == 0 && tall[2] == 0)
            out[g] = ZERO;
        else if (doubt(k, g))
            return RAISED;
    }
    return k->doubt_count ? DOUBTFUL : FINE;
}

/* Keep the numbers of a direction far from underflow and overflow; powers of two are exact. */
static void scale_ray(Kernel *k, int64_t g) {
    double *row = high_of(k, g);
    const double most = k->largest[2 * g];
    if (!(most > 0) || !isfinite(most) || (most < 0x1p64 && most > 0x1p-64)) return;
    int exponent;
    frexp(most, &exponent);
    for (int part = 0; part < 3; part++)
        for (int c = 0; c < k->width; c++)
            row[part * k->stride + c] = ldexp(row[part * k->stride + c], -exponent);
    /* a subnormal may have been rounded */
    for (int c = 0; c < k->width; c++)
        if (row[c] != 0 || row[2 * k->stride + c] != 0) row[2 * k->stride + c] += TINY;
    float_bounds(k, g);
}

/* The rows where the kink vanishes between the ends of edges. */
int float_between(Kernel *k, const int32_t *pairs, int64_t count, int place) {
    const int stride = k->stride, width = k->width;
    k->doubt_count = 0;
    for (int64_t r = 0; r < count; r++) {
        const int64_t plus_end = pairs[2 * r], minus_end = pairs[2 * r + 1];
        for (int end = 0; end < 2; end++) {
            const int64_t g = end ? minus_end : plus_end;
            const double *tall = tall_of(k, g);
            /* a height known to less than a half makes a useless row; others may underflow */
            const double h = fabs(tall[0]);
            if (!(h > 2 * tall[2] && h > 1e-140 && h < 1e140)) {
                if (doubt(k, g)) return RAISED;
            }
        }
    }
    if (k->doubt_count) return DOUBTFUL;
    if (k->births + count > k->births_room) {
        int64_t room = k->births_room + k->births_room / 2 + count;
        if (k->births + count > INT32_MAX) {
            PyErr_SetString(PyExc_MemoryError, "more than 2^31 generators");
            return RAISED;
        }
        int32_t *parents = grown(k->parents, 3 * (size_t)room, sizeof *parents);
        if (!parents) return RAISED;
        k->parents = parents;
        k->births_room = room;
    }
    for (int64_t r = 0; r < count; r++) {
        int64_t first = pairs[2 * r], second = pairs[2 * r + 1];
        const int64_t fresh = k->count + r;
        const double *tall = k->tall + 3 * first, *deep = k->tall + 3 * second;
        const int first_ray = !(k->words[first * k->chunks] & 1);
        const int second_ray = !(k->words[second * k->chunks] & 1);
        /* first + factor·(second - first), or first + factor·second with a vertex and a ray */
        const int is_mixed = first_ray != second_ray;
        if (is_mixed && first_ray) {
            const int64_t other = first;
            const double *own = tall;
            first = second;
            second = other;
            tall = deep;
            deep = own;
        }
        Double here = {fabs(tall[0]), tall[0] < 0 ? -tall[1] : tall[1]};
        Double there = {fabs(deep[0]), deep[0] < 0 ? -deep[1] : deep[1]};
        const Double below = is_mixed ? there : plus(here, there);
        const Double factor = divided(here, below);
        double blur;
        if (is_mixed)
            blur = (tall[2] + factor.high * deep[2]) / (there.high * (1 - 8 * U) - deep[2]);
        else
            blur = (there.high * tall[2] + here.high * deep[2]) /
                   (below.high * (1 - 8 * U) * (below.high * (1 - 8 * U) - tall[2] - deep[2]));
        blur = (blur * UP + 64 * UU * factor.high + TINY) * UP;
        const double rest = is_mixed ? 1 : fabs(1 - factor.high) + 4 * U + blur;
        const double share = factor.high * (1 + 4 * U) + blur;
        const double *v = high_of(k, first), *w = high_of(k, second);
        double *out = high_of(k, fresh);
        for (int c = 0; c < width; c++) {
            const double v_radius = v[2 * stride + c], w_radius = w[2 * stride + c];
            const Double own = {v[c], v[stride + c]};
            Double step = {w[c], w[stride + c]};
            if (!is_mixed) {
                if (v[c] == w[c] && own.low == step.low && v_radius == 0 && w_radius == 0) {
                    out[c] = own.high;
                    out[stride + c] = own.low;
                    out[2 * stride + c] = 0;
                    continue;
                }
                const Double turned = {-own.high, -own.low};
                step = plus(step, turned);
            } else if (step.high == 0 && w_radius == 0) {
                out[c] = own.high;
                out[stride + c] = own.low;
                out[2 * stride + c] = v_radius;
                continue;
            }
            const Double part = times(factor, step);
            const Double found = plus(own, part);
            out[c] = found.high;
            out[stride + c] = found.low;
            out[2 * stride + c] =
                (rest * v_radius + share * w_radius + blur * fabs(step.high) * (1 + 4 * U) +
                 32 * UU * (fabs(part.high) + fabs(found.high)) + TINY) *
                UP;
        }
        if (k->alias_width) {
            /* what is equal at both ends is equal between them */
            for (int c = 0; c < k->alias_width; c++)
                k->alike[fresh * k->alias_width + c] = k->alike[first * k->alias_width + c] &
                                                       k->alike[second * k->alias_width + c];
        }
        float_bounds(k, fresh);
        if (first_ray && second_ray) scale_ray(k, fresh);
        k->identity[fresh] = (int32_t)(k->births + r);
        int32_t *parents = k->parents + 3 * (k->births + r);
        parents[0] = k->identity[pairs[2 * r]];
        parents[1] = k->identity[pairs[2 * r + 1]];
        parents[2] = place;
    }
    k->births += count;
    return FINE;
}

static void write_cell(Kernel *k, double *row, int column, const Form *f, const double *source) {
    double radius;
    const Double value = read_row(k, source, f, &radius);
    row[column] = value.high;
    row[k->stride + column] = value.low;
    row[2 * k->stride + column] = radius;
}

int float_append(Kernel *k, const Form *forms, int count) {
    for (int64_t g = 0; g < k->count; g++) {
        double *row = high_of(k, g);
        for (int i = 0; i < count; i++) write_cell(k, row, k->width + i, &forms[i], row);
    }
    k->width += count;
    for (int64_t g = 0; g < k->count; g++) float_bounds(k, g);
    return FINE;
}

/* Write forms of a row into the row; `buffer` has room for four numbers a form. */
void float_moves(Kernel *k, int64_t g, const int *targets, const Form *forms, int count,
                 double *buffer) {
    double *row = high_of(k, g);
    const int stride = k->stride;
    uint64_t *kinds = (uint64_t *)(void *)(buffer + 3 * count);
    for (int i = 0; i < count; i++) {
        const int source = forms[i].count == 1 ? forms[i].columns[0] : -1;
        kinds[i] = 0;
        if (source >= 0 && forms[i].high[0] == 1 && forms[i].low[0] == 0) {
            for (int part = 0; part < 3; part++) buffer[3 * i + part] = row[part * stride + source];
            const int place = source - k->alias_start;
            if (place >= 0 && place < k->alias_width)
                kinds[i] = k->alike[g * k->alias_width + place];
        } else {
            const Double value = read_row(k, row, &forms[i], &buffer[3 * i + 2]);
            buffer[3 * i] = value.high;
            buffer[3 * i + 1] = value.low;
        }
    }
    for (int i = 0; i < count; i++) {
        for (int part = 0; part < 3; part++)
            row[part * stride + targets[i]] = buffer[3 * i + part];
        const int place = targets[i] - k->alias_start;
        if (place >= 0 && place < k->alias_width) k->alike[g * k->alias_width + place] = kinds[i];
    }
    float_bounds(k, g);
}

void float_pick(Kernel *k, const Form *forms, const int *places, int count) {
    (void)count;
    for (int64_t g = 0; g < k->count; g++) {
        double *row = high_of(k, g);
        write_cell(k, row, k->width, &forms[places[g]], row);
    }
    k->width++;
    for (int64_t g = 0; g < k->count; g++) float_bounds(k, g);
}

/* A row of integers as doubles: a vertex with x0 = 1, a direction up to a power of two. */
void float_from_int(Kernel *k, int64_t g) {
    const int64_t *own = k->rows + g * k->stride;
    double *row = high_of(k, g);
    Double below = {1, 0};
    if (own[0]) {
        below.high = (double)own[0];
        /* at most 2^63 is rounded up to 2^63, which does not fit */
        below.low = below.high >= 0x1p63 ? (double)(own[0] - INT64_MAX) - 1
                                         : (double)(own[0] - (int64_t)below.high);
    }
    for (int c = 0; c < k->width; c++) {
        Double value = {(double)own[c], 0};
        if (value.high >= 0x1p63)
            value.low = (double)(own[c] - INT64_MAX) - 1;
        else
            value.low = (double)(own[c] - (int64_t)value.high);
        double radius = 0;
        if (own[0] && own[c] == own[0]) {
            value.high = 1;
            value.low = 0;
        } else if (own[0] && own[c] && own[0] != 1) {
            value = divided(value, below);
            radius = 32 * UU * fabs(value.high);
        }
        row[c] = value.high;
        row[k->stride + c] = value.low;
        row[2 * k->stride + c] = radius;
    }
    float_bounds(k, g);
    if (!own[0]) scale_ray(k, g);
}
