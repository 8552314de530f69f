#pragma once

#include <QtTypes>

#include <span>
#include <utility>
#include <vector>

namespace Orgtrace::Compare {

/// Positions that belong together, rising on both sides.
using Alignment = std::vector<std::pair<int, int>>;

/// The work an alignment may cost before it settles for less than the longest common subsequence, in steps of about 2 ns.
/// Shared by all calls that get the same object, so that a hostile text cannot multiply it.
struct AlignBudget {
    qint64 steps = 8'000'000;
};

/// Aligns two sequences of symbols. The longest common subsequence (Myers, O(ND)) while the budget lasts; then anchors on symbols that occur
/// once on both sides (patience), and the same again between them; last, occurrence by occurrence. Never worse than O(n log n) plus the budget.
[[nodiscard]] Alignment align(std::span<const quint64> left, std::span<const quint64> right, AlignBudget &budget);

/// The longest rising subsequence of values, as indices into it: O(n log n).
[[nodiscard]] std::vector<int> longestRising(std::span<const int> values);

} // namespace Orgtrace::Compare
