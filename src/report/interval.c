#include "report/interval.h"

#include <math.h>

// Of the normal distribution, at 97.5 %.
static const double z = 1.959963984540054;

double interval_half_width(int64_t hits, int64_t n, double design_effect)
{
    if (n <= 0)
        return 0.5;
    // Fewer independent samples would have told as much.
    double effective = (double)n / fmax(design_effect, 1);
    double share = fmin(fmax((double)hits / (double)n, 0), 1);
    double variance = share * (1 - share) / effective + z * z / (4 * effective * effective);

    return z * sqrt(variance) / (1 + z * z / effective);
}

int64_t interval_half_width_ns(int64_t hits, int64_t n, int64_t total_ns, double design_effect)
{
    return llround(interval_half_width(hits, n, design_effect) * (double)total_ns);
}

int64_t interval_of_variance(int64_t variance)
{
    return variance > 0 ? llround(z * sqrt((double)variance)) : 0;
}
