#pragma once

#include "compare/align.h"
#include "compare/comparer.h"
#include "compare/tree.h"

#include <QString>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace Orgtrace::Compare {

/// Which elements of two arrays belong together; positions count among the elements compared.
struct ElementMatch {
    struct Pair {
        int left = 0, right = 0;
        bool moved = false; ///< changed its place among the others, where order counts
        bool displaced = false; ///< the same where order means nothing
    };
    std::vector<Pair> pairs; ///< by right position
    std::vector<int> removed, added; ///< rising
    bool reordered = false; ///< an unordered array in another order
    bool ordered = false;
    std::string identityPrefix; ///< "id=" where one member is the identity: it stands before each of
    std::vector<std::string_view> leftIdentities,
        rightIdentities; ///< "R" or "role=R,division.id=*"; none at all where the array has no identity
    std::deque<std::string> composed; ///< what those of several members borrow from; the others borrow from the documents

    /// An element as paths write it: by its identity, or by its value where order means nothing; empty where its index must do.
    [[nodiscard]] QString nameOf(const TreeNode &element, bool onLeft, int at) const;
};

/// What the matching of one pair of documents may cost altogether; hostile arrays get a coarser answer, never a wrong one.
struct MatchBudget {
    AlignBudget align;
    qint64 similarity = 4'000'000; ///< nodes looked at
    bool parallel = false; ///< both sides of a long array are hashed in two threads: their trees share nothing
};

[[nodiscard]] ElementMatch matchElements(Tree &left, const TreeNode &a, Tree &right, const TreeNode &b,
                                         const std::vector<ElementIdentity> &identities, bool exact, MatchBudget &budget);

} // namespace Orgtrace::Compare
