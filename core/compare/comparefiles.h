#pragma once

#include "compare/compare.h"

#include <map>

namespace Orgtrace::Compare {

/// Two JSON files that nobody declared, compared by structure.
struct FileComparison {
    Json::Document a, b;
    ValueDifference difference;
};

/// Reads and compares two files under fileRules(), one thread a file. Of at most 1 GB and 50 million values each. Memory: the files, 16 bytes a value or name, and
/// 72 bytes a value of what differs; about 1.8 times the files for lists as the platform has them.
/// Errors: BadInput (no regular file, cannot be read), MalformedJson, TooLarge; the detail names the file.
[[nodiscard]] Result<FileComparison> compareFiles(const QString &fileA, const QString &fileB, const Options &options = {});

/// What a difference left out, as SnapshotDifference::suppressed counts it.
[[nodiscard]] std::map<QString, qint64> suppressedCounts(const ValueDifference &difference);

} // namespace Orgtrace::Compare
