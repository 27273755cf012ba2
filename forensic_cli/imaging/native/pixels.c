/* Pillow's resize and its packing of RGB, with the same result to the bit, several lanes at a time.
 *
 * Pixels are Pillow's: four bytes each, the fourth unused, rows without gaps. Resizing is what
 * Pillow does with 8-bit channels (libImaging/Resample.c): coefficients in double, rounded to 22
 * fractional bits; a pass along the rows, rounded to 8 bits; a pass down the columns. Sums of
 * integers do not depend on their order, so that lanes change nothing. Compile without contraction
 * of floating-point operations (-ffp-contract=off).
 */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* SHA-256 of this file, when it was compiled. */
const char *revision(void) { return REVISION; }

/* Whether this processor has what the rest is written for. */
int usable(void);

#if !(defined(__x86_64__) && defined(__GNUC__))
int usable(void) { return 0; }
#else

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define BITS 22
#define HALF (1 << (BITS - 1))
#define ROWS 4 /* that share a load of coefficients */

int usable(void) { return __builtin_cpu_supports("avx2"); }

enum { BILINEAR = 2, BICUBIC = 3, LANCZOS = 1 }; /* Pillow's numbers */

/* Which inputs make an output, and how much of each: taps[output * most + i] of first + i. */
typedef struct {
    int most, *first, *count;
    int32_t *taps;
} plan;

static double sinc(double x) {
    if (x == 0.0) return 1.0;
    x *= M_PI;
    return sin(x) / x;
}

static double weight(int filter, double x) {
    if (filter == LANCZOS) return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
    x = fabs(x);
    if (filter == BILINEAR) return x < 1.0 ? 1.0 - x : 0.0;
    if (x < 1.0) return ((-0.5 + 2.0) * x - (-0.5 + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * -0.5;
    return 0.0;
}

static void forget(plan *p) {
    free(p->first);
    free(p->count);
    free(p->taps);
}

static int make_plan(plan *p, int from, int to, int filter) {
    double scale = (double)from / to, stretch = scale < 1.0 ? 1.0 : scale;
    double reach = (filter == LANCZOS ? 3.0 : filter == BICUBIC ? 2.0 : 1.0) * stretch;
    p->most = (int)ceil(reach) * 2 + 1;
    p->first = malloc(to * sizeof(int));
    p->count = malloc(to * sizeof(int));
    p->taps = calloc((size_t)to * p->most, sizeof(int32_t));
    double *share = malloc(p->most * sizeof(double));
    int failed = !p->first || !p->count || !p->taps || !share;
    for (int out = 0; out < to && !failed; out++) {
        double centre = (out + 0.5) * scale, sum = 0.0;
        int first = (int)(centre - reach + 0.5), last = (int)(centre + reach + 0.5);
        if (first < 0) first = 0;
        if (last > from) last = from;
        for (int i = 0; i < last - first; i++) {
            share[i] = weight(filter, (i + first - centre + 0.5) * (1.0 / stretch));
            sum += share[i];
        }
        for (int i = 0; i < last - first; i++) {
            double part = sum != 0.0 ? share[i] / sum : share[i];
            p->taps[(size_t)out * p->most + i] =
                (int)((part < 0 ? -0.5 : 0.5) + part * (1 << BITS));
        }
        p->first[out] = first;
        p->count[out] = last - first;
    }
    free(share);
    if (failed) forget(p);
    return failed;
}

static inline uint8_t clip(int32_t sum) {
    sum >>= BITS;
    return sum < 0 ? 0 : sum > 255 ? 255 : sum;
}

/* Four sums as the four bytes of a pixel; saturating is what clipping is. */
AVX2 static inline void store(uint8_t *out, __m128i sums) {
    __m128i whole = _mm_srai_epi32(sums, BITS);
    __m128i words = _mm_packs_epi32(whole, whole);
    uint32_t four = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    memcpy(out, &four, 4);
}

AVX2 static inline __m128i widened(const uint8_t *in) {
    int32_t four;
    memcpy(&four, in, 4);
    return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(four));
}

AVX2 static inline __m256i widened_two(const uint8_t *in) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)in));
}

/* One pixel of each of some rows, two inputs at a time. */
AVX2 static inline __attribute__((always_inline)) void along(
    const uint8_t *in, size_t line, uint8_t *out, size_t out_line, const int32_t *taps, int count,
    const int rows) {
    const __m256i spread = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    __m256i sum[ROWS];
    for (int r = 0; r < rows; r++) sum[r] = _mm256_setzero_si256();
    int i = 0;
    for (; i + 1 < count; i += 2) {
        __m256i pair = _mm256_castsi128_si256(_mm_loadl_epi64((const __m128i *)(taps + i)));
        pair = _mm256_permutevar8x32_epi32(pair, spread);
        for (int r = 0; r < rows; r++) {
            __m256i part = _mm256_mullo_epi32(widened_two(in + r * line + 4 * (size_t)i), pair);
            sum[r] = _mm256_add_epi32(sum[r], part);
        }
    }
    for (int r = 0; r < rows; r++) {
        __m128i all = _mm_add_epi32(
            _mm256_castsi256_si128(sum[r]), _mm256_extracti128_si256(sum[r], 1));
        if (i < count) {
            __m128i last = widened(in + r * line + 4 * (size_t)i);
            all = _mm_add_epi32(all, _mm_mullo_epi32(last, _mm_set1_epi32(taps[i])));
        }
        store(out + r * out_line, _mm_add_epi32(all, _mm_set1_epi32(HALF)));
    }
}

AVX2 static void rows_pass(const uint8_t *in, int width, int height, uint8_t *out, int to,
                           const plan *p) {
    size_t line = 4 * (size_t)width, out_line = 4 * (size_t)to;
    int y = 0;
    for (; y + ROWS <= height; y += ROWS)
        for (int x = 0; x < to; x++)
            along(in + y * line + 4 * (size_t)p->first[x], line, out + y * out_line + 4 * (size_t)x,
                  out_line, p->taps + (size_t)x * p->most, p->count[x], ROWS);
    for (; y < height; y++)
        for (int x = 0; x < to; x++)
            along(in + y * line + 4 * (size_t)p->first[x], line, out + y * out_line + 4 * (size_t)x,
                  out_line, p->taps + (size_t)x * p->most, p->count[x], 1);
}

AVX2 static void columns_pass(const uint8_t *in, int width, uint8_t *out, int to, const plan *p) {
    size_t line = 4 * (size_t)width;
    for (int y = 0; y < to; y++) {
        const uint8_t *top = in + p->first[y] * line;
        const int32_t *taps = p->taps + (size_t)y * p->most;
        uint8_t *row = out + y * line;
        size_t x = 0;
        for (; x + 8 <= line; x += 8) {
            __m256i sum = _mm256_set1_epi32(HALF);
            for (int i = 0; i < p->count[y]; i++) {
                __m256i tap = _mm256_set1_epi32(taps[i]);
                sum = _mm256_add_epi32(
                    sum, _mm256_mullo_epi32(widened_two(top + i * line + x), tap));
            }
            store(row + x, _mm256_castsi256_si128(sum));
            store(row + x + 4, _mm256_extracti128_si256(sum, 1));
        }
        for (; x < line; x++) {
            int32_t sum = HALF;
            for (int i = 0; i < p->count[y]; i++) sum += top[i * line + x] * taps[i];
            row[x] = clip(sum);
        }
    }
}

/* One pass; a side that stays as long as it was has none. Returns 1 where memory runs out. */
static int pass(int columns, const uint8_t **in, int width, int height, uint8_t *out, int to,
                int filter) {
    plan p;
    if ((columns ? height : width) == to) return 0;
    if (!out || make_plan(&p, columns ? height : width, to, filter)) return 1;
    if (columns) columns_pass(*in, width, out, to, &p);
    else rows_pass(*in, width, height, out, to, &p);
    forget(&p);
    *in = out;
    return 0;
}

/* Returns 0, or 1 where memory runs out. */
int resized(const uint8_t *in, int width, int height, uint8_t *out, int to_width, int to_height,
            int filter) {
    /* Rounding between the passes makes their order a part of the result: Pillow 13's rule. */
    int columns_first = height > to_height && height - to_height > (width - to_width) * 2LL;
    int between_width = columns_first ? width : to_width;
    int between_height = columns_first ? to_height : height;
    uint8_t *between = out;
    if (width != to_width && height != to_height)
        between = malloc(4 * (size_t)between_width * between_height);
    int failed =
        columns_first
            ? pass(1, &in, width, height, between, to_height, filter) ||
                  pass(0, &in, width, to_height, out, to_width, filter)
            : pass(0, &in, width, height, between, to_width, filter) ||
                  pass(1, &in, to_width, height, out, to_height, filter);
    if (between != out) free(between);
    return failed;
}

/* Three bytes of every four. Sixteen are written for twelve that count; the next write over. */
AVX2 void packed(const uint8_t *in, uint8_t *out, size_t pixels) {
    const __m128i colours = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    size_t i = 0;
    for (; i + 6 <= pixels; i += 4) {
        __m128i four = _mm_loadu_si128((const __m128i *)(in + 4 * i));
        _mm_storeu_si128((__m128i *)(out + 3 * i), _mm_shuffle_epi8(four, colours));
    }
    for (; i < pixels; i++) memcpy(out + 3 * i, in + 4 * i, 3);
}

#endif
