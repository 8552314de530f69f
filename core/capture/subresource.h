#pragma once

#include "capture/batch.h"
#include "json/node.h"

#include <map>
#include <mutex>

namespace Orgtrace::Capture {

/// shape "items": {"id": <parent>, <into>: [items]}, shape "object": {"id": <parent>, <into>: {…}}, normalised under the parent's id. One unreadable item makes the parent's list unknown, so the parent is
/// quarantined with it, alone.
[[nodiscard]] std::shared_ptr<Batch> composeItems(const QString &parentId, const std::vector<Genesys::Page> &pages,
                                                  const Catalogue::DomainRules &rules, const Redaction::Redactor &redactor);

/// shape "pivot": collects the items of all parents, regroups them by their own id, in the parents' order whatever order they came in.
///
/// Thread: add() from any, also at once; finish() once, after the last add().
class Pivot
{
public:
    Pivot(const Catalogue::DomainRules &rules, const Redaction::Redactor &redactor) : m_rules(rules), m_redactor(redactor) { }

    /// @return false where an item without an id came: then nobody can say whose row is missing.
    [[nodiscard]] bool add(qsizetype parentIndex, const QString &parentId, const std::vector<Genesys::Page> &pages);
    [[nodiscard]] std::shared_ptr<Batch> finish();

private:
    struct Part {
        Json::Node::Object kept;
        std::vector<Json::Node> rows;
    };
    const Catalogue::DomainRules &m_rules;
    const Redaction::Redactor &m_redactor;
    std::mutex m_mutex;
    std::map<QString, std::map<qsizetype, Part>> m_parts; ///< item id → parent index → rows
    std::map<QString, Evidence::Quarantined> m_broken;
};

} // namespace Orgtrace::Capture
