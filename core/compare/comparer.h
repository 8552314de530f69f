#pragma once

#include "catalogue/catalogue.h"
#include "compare/change.h"
#include "compare/compare.h"
#include "compare/pathrules.h"
#include "compare/tree.h"

#include <vector>

namespace Orgtrace::Compare {

/// An array element's name in a path: members, each with where it is found.
struct ElementIdentity {
    struct Part {
        std::string shown; ///< "division.id", however the catalogue writes it
        std::vector<std::string> path; ///< division, id
        std::string literal; ///< a member that really is called "division.id"
    };
    std::vector<Part> parts;
};

/// How the elements of two arrays were paired, by their places in the documents: for views that lay them beside each other.
struct PairedArray {
    struct Pair {
        quint32 left = 0, right = 0;
        bool moved = false;
    };
    QString oldPointer, newPointer;
    std::vector<Pair> pairs; ///< by place on the right
};

/// Compares documents of one domain, one pair after the other, under rules compiled once. Not thread-safe.
class Comparer
{
public:
    Comparer(const Catalogue::DomainRules &rules, const Options &options);
    /// Under what two catalogues share: fields either of them drops are ignored, an array that one of them sorts has no order.
    Comparer(const Catalogue::DomainRules &a, const Catalogue::DomainRules &b, const Options &options);

    /// Every comparison from now on adds the arrays it paired; nullptr: none. Borrowed.
    void recordPairs(std::vector<PairedArray> *into) { m_paired = into; }
    void skipRows(SkippedRows rows) { m_skipped = std::move(rows); }
    [[nodiscard]] ValueDifference compare(Json::Value a, Json::Value b);
    /// Member `without` is left out of the comparison: the identity of a recreated entity.
    [[nodiscard]] ValueDifference compareWithout(Json::Value a, Json::Value b, std::string_view without);
    /// 0 to 1, without that top-level member.
    [[nodiscard]] double similarityWithout(Json::Value a, Json::Value b, std::string_view without);

private:
    void compile(const Catalogue::DomainRules &rules);
    PathRules m_places;
    std::vector<ElementIdentity> m_identities;
    Options m_options;
    SkippedRows m_skipped;
    std::vector<PairedArray> *m_paired = nullptr;
};

} // namespace Orgtrace::Compare
