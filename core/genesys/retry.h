#pragma once

#include <QByteArray>

#include <chrono>
#include <optional>

namespace Orgtrace::Genesys {

/// What an attempt ended with, as far as retrying depends on it.
struct Attempt {
    int number = 1; ///< 1 = the first try
    int status = 0; ///< HTTP status; 0: no answer
    bool connectionFailed = false; ///< reset, refused, time-out: may be tried again
    bool neverRetry = false; ///< TLS, redirect, cancelled
    QByteArray retryAfter; ///< header, raw
    QByteArray body; ///< start of it: the bracketed seconds are looked for on 429
    std::optional<int> resetSeconds; ///< inin-ratelimit-reset
};

struct RetryLimits {
    int maxAttempts = 6;
    std::chrono::milliseconds base{1000};
    std::chrono::milliseconds cap{60000};
    std::chrono::milliseconds giveUpAfter{180000}; ///< a Retry-After above this ends the run instead of waiting
};

/// How long to wait before the next try, or nullopt to stop. Pure. Retried: 408, 429, 500, 502, 503, 504 and connection errors.
/// Order of trust: Retry-After, then "[N] seconds" in a 429 body, then inin-ratelimit-reset, then base·2^(n-1) with full-jitter fraction
/// `jitter` in [0,1), never above the cap. (API section 2.3; requirements 1.13, 2.9.)
[[nodiscard]] std::optional<std::chrono::milliseconds> retryDelay(const Attempt &attempt, const RetryLimits &limits, double jitter);

} // namespace Orgtrace::Genesys
