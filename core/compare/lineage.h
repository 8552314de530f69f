#pragma once

#include "catalogue/catalogue.h"
#include "compare/change.h"
#include "json/value.h"

#include <map>
#include <string>

namespace Orgtrace::Compare {

/// Finds entities that were deleted and made again under a new id: one removed and one added with the same lineage value, and no other
/// of that value (requirement 4.8). Whether they are alike enough is for the caller to see.
class LineageFinder
{
public:
    static constexpr double AlikeEnough = 0.5;

    explicit LineageFinder(const Catalogue::DomainRules &rules) : m_path(rules.lineage), m_identity(rules.identity) { }
    void add(const EntityChange &change, const QByteArray &blob, Json::Value entity);

    struct Candidate {
        QString oldId, newId;
        QByteArray oldBlob, newBlob;
    };
    [[nodiscard]] QList<Candidate> candidates() const;
    /// The top-level member that holds the id, which differs by nature.
    [[nodiscard]] std::string identityMember() const { return m_identity.toStdString(); }

private:
    struct Entry {
        Candidate candidate;
        int removed = 0, added = 0;
    };
    QString m_path, m_identity;
    std::map<QString, Entry> m_entries;
};

} // namespace Orgtrace::Compare
