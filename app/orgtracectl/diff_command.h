#pragma once

#include "orgtracectl/command.h"

#include "compare/compare.h"

namespace Orgtrace::Ctl {

struct DiffArguments {
    std::string a, b, domain, match, format = "text";
    bool files = false, exact = false, types = false, suppressed = false, showMatching = false;
};

[[nodiscard]] QCoro::Task<int> diffSnapshots(Context &context, DiffArguments arguments);
/// Two organisations of one store, matched by name.
[[nodiscard]] int diffOrganisations(Context &context, const DiffArguments &arguments, const Evidence::Store &store,
                                    const Evidence::SnapshotSummary &a, const Evidence::SnapshotSummary &b);
[[nodiscard]] QCoro::Task<int> diffFiles(Context &context, DiffArguments arguments);

[[nodiscard]] Json::Node fieldNode(const Compare::FieldChange &field);
/// One line: "      ~ /name: "old" → "new"".
void printField(const Output &out, const Compare::FieldChange &field);
[[nodiscard]] Json::Node notComparableNode(const QList<Compare::NotComparable> &gaps);
void printNotComparable(const Output &out, const QList<Compare::NotComparable> &gaps);
[[nodiscard]] QString suppressedWords(const std::map<QString, qint64> &suppressed); ///< " · suppressed: 3 order", or nothing

} // namespace Orgtrace::Ctl
