/* Functions with the same bits everywhere: see num.h.
 * SPDX-License-Identifier: MIT */
#include "nott/base/num.h"

#include <float.h>
#include <math.h>

_Static_assert(FLT_EVAL_METHOD == 0, "numbers must be rounded to their types");

/* ln 2 in two parts, the first of few bits, so that n times it is exact. */
#define LN2_HIGH 0.693147180369123816490
#define LN2_LOW  1.90821492927058770002e-10

/* x = 2^n m with m in sqrt(1/2)..sqrt(2), and ln m = 2 atanh s = 2 (s + s^3/3 +
 * s^5/5 + ...) with s = (m - 1) / (m + 1), |s| < 0.172 */
double num_log(double x) {
    if (!(x > 0) || isinf(x))
        return x == 0 ? -INFINITY : x > 0 ? x : NAN;
    int n;
    double m = frexp(x, &n), sum = 0;
    if (m < 0.70710678118654752) {
        m *= 2;
        n--;
    }
    double f = m - 1, s = f / (2 + f), z = s * s;
    for (int k = 21; k >= 3; k -= 2)
        sum = z * (sum + 1.0 / k);
    /* 2 s (1 + sum), but f - s f is more exact than 2 s */
    double low = n * LN2_LOW + 2 * s * sum;
    return n * LN2_HIGH + (f - (s * f - low));
}

/* x = n ln 2 + r, |r| <= ln 2 / 2, and e^r by its series. */
double num_exp(double x) {
    if (isnan(x))
        return x;
    if (x < -708 || x > 709.7)
        return x < 0 ? 0 : INFINITY;
    double n = floor(x / (LN2_HIGH + LN2_LOW) + 0.5), sum = 0;
    double r = (x - n * LN2_HIGH) - n * LN2_LOW;
    for (int k = 14; k > 1; k--) /* r (1 + r/2 (1 + r/3 (1 + ...))) - r */
        sum = (1 + sum) * r / k;
    return ldexp(1 + (r + r * sum), (int)n);
}

double num_power(double x, uint64_t n) {
    double y = 1;
    for (; n; n >>= 1, x *= x)
        y *= n & 1 ? x : 1;
    return y;
}

double num_cos(double x) {
    const double pi = 3.14159265358979323846;
    if (x > pi / 2)
        return -num_cos(pi - x);
    double sum = 0;
    for (int k = 24; k > 0; k -= 2) /* 1 - x^2/2 (1 - x^2/12 (1 - ...)) */
        sum = (1 - sum) * x * x / (k * (k - 1));
    return 1 - sum;
}
