#pragma once

#include "compare/align.h"
#include "compare/comparer.h"
#include "compare/tree.h"

#include <QString>

#include <vector>

namespace Orgtrace::Compare {

/// Which elements of two arrays belong together; positions count among the elements compared.
struct ElementMatch {
    struct Pair {
        int left = 0, right = 0;
        bool moved = false; ///< changed its place among the others, where order counts
    };
    std::vector<Pair> pairs; ///< by right position
    std::vector<int> removed, added; ///< rising
    bool reordered = false; ///< an unordered array in another order
    std::vector<QString> leftNames, rightNames; ///< as paths write them; empty where there is no identity
};

/// What the matching of one pair of documents may cost altogether; hostile arrays get a coarser answer, never a wrong one.
struct MatchBudget {
    AlignBudget align;
    qint64 similarity = 4'000'000; ///< nodes looked at
};

[[nodiscard]] ElementMatch matchElements(const Tree &left, const TreeNode &a, const Tree &right, const TreeNode &b,
                                         const std::vector<ElementIdentity> &identities, bool exact, MatchBudget &budget);

} // namespace Orgtrace::Compare
