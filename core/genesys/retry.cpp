#include "genesys/retry.h"

#include <algorithm>
#include <cmath>

namespace Orgtrace::Genesys {

namespace {
using std::chrono::milliseconds;

/// Whole, positive seconds, or nothing. Bounded so that no figure of a server can overflow.
std::optional<milliseconds> seconds(const QByteArray &text)
{
    const QByteArray digits = text.trimmed();
    if (digits.isEmpty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
        return std::nullopt;
    }
    if (digits.size() > 9) {
        return milliseconds(std::chrono::hours(24 * 365));
    }
    const int value = digits.toInt();
    return value > 0 ? std::optional(milliseconds(std::chrono::seconds(value))) : std::nullopt;
}

/// "Retry the request in [N] seconds"
std::optional<milliseconds> bracketedSeconds(const QByteArray &body)
{
    for (qsizetype open = body.indexOf('['); open >= 0; open = body.indexOf('[', open + 1)) {
        const qsizetype close = body.indexOf(']', open);
        if (close < 0) {
            return std::nullopt;
        }
        if (close - open > 12) {
            continue;
        }
        const auto found = seconds(body.mid(open + 1, close - open - 1));
        if (found && body.mid(close + 1, 8).trimmed().startsWith("second")) {
            return found;
        }
    }
    return std::nullopt;
}

bool isRetried(const Attempt &attempt)
{
    switch (attempt.status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504: return true;
    default: return attempt.connectionFailed;
    }
}
} // namespace

std::optional<milliseconds> retryDelay(const Attempt &attempt, const RetryLimits &limits, double jitter)
{
    if (attempt.neverRetry || attempt.number >= limits.maxAttempts || !isRetried(attempt)) {
        return std::nullopt;
    }
    std::optional<milliseconds> told = seconds(attempt.retryAfter);
    if (!told && attempt.status == 429) {
        told = bracketedSeconds(attempt.body);
        if (!told && attempt.resetSeconds && *attempt.resetSeconds > 0) {
            told = milliseconds(std::chrono::seconds(*attempt.resetSeconds));
        }
    }
    if (told) {
        return *told <= limits.giveUpAfter ? told : std::nullopt;
    }
    milliseconds wait = limits.base;
    for (int i = 1; i < attempt.number && wait < limits.cap; ++i) {
        wait *= 2;
    }
    wait = std::min(wait, limits.cap);
    // Full jitter over (0, wait]: a herd of clients spreads, and none comes back at once.
    const double fraction = std::isfinite(jitter) ? std::clamp(jitter, 0.0, 1.0) : 0.0;
    const auto spread = std::llround(static_cast<double>(wait.count()) * (1.0 - fraction));
    return milliseconds(std::max<long long>(spread, 1));
}

} // namespace Orgtrace::Genesys
