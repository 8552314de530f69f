#pragma once

#include <QByteArray>
#include <QString>

#include <benchmark/benchmark.h>

#include <functional>
#include <vector>

/// 10,000 users as the platform sends them: pretty-printed pages of 500, 5.4 KB each; made once, the same in every run.
struct BenchPages {
    std::vector<QByteArray> texts;
    qsizetype bytes = 0;
};

inline constexpr int benchUsers = 10'000;
inline constexpr int benchPageSize = 500;

[[nodiscard]] const BenchPages &benchPages();

/// A pretty-printed list of users, the same in every run; `changes` of them, evenly spread, in another department; with each one's profile skills in
/// reverse order where `backwards`. Returns its bytes.
qint64 writeUserList(const QString &path, int users, int changes, bool backwards);

/// Measures `work` over all pages, in turns with the reference, one OpenSSL SHA-256 pass over the same bytes, so that both meet the same
/// machine. "xSHA256" is the median of their ratios.
void measureAgainstSha256(benchmark::State &state, const std::function<void()> &work);
