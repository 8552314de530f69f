#pragma once

#include "capture/batch.h"

#include <map>
#include <mutex>

namespace Orgtrace::Capture {

/// shape "items": {"id": <parent>, <into>: [items]}, shape "object": {"id": <parent>, <into>: {…}}, normalised under the parent's id. One unreadable item makes the parent's list unknown, so the parent is
/// quarantined with it, alone.
[[nodiscard]] std::shared_ptr<Batch> composeItems(const QString &parentId, const std::vector<Genesys::Page> &pages,
                                                  const Catalogue::SubResource &sub, Catalogue::NormaliserPool &normalisers);

/// shape "pivot": collects the items of all parents, regroups them by their own id, in the parents' order whatever order they came in.
///
/// Thread: add() from any, also at once; close() once, after the last add(); then finish() from any, also at once, once for each part.
class Pivot
{
public:
    explicit Pivot(const Catalogue::SubResource &sub);

    /// @return false where an item without an id came: then nobody can say whose row is missing.
    [[nodiscard]] bool add(qsizetype parentIndex, const QString &parentId, const std::vector<Genesys::Page> &pages);
    void close();
    /// One of so many parts of the regrouped items, each in order of ids as they are among each other.
    [[nodiscard]] std::shared_ptr<Batch> finish(size_t part, size_t of, Catalogue::NormaliserPool &normalisers);

private:
    /// What one parent says of an item, as JSON text.
    struct Part {
        qsizetype parent = 0;
        std::map<std::string, std::string> kept; ///< member → value
        std::vector<std::string> rows;
    };
    struct Item {
        QString id;
        std::vector<Part> parts;
    };

    const Catalogue::SubResource &m_sub;
    const std::string m_parentKey, m_expandKey, m_expand;
    std::vector<std::string> m_keep;
    std::mutex m_mutex;
    QHash<QString, qsizetype> m_places; ///< item id → place in m_items
    std::vector<Item> m_items;
    std::map<QString, Evidence::Quarantined> m_broken;
};

} // namespace Orgtrace::Capture
