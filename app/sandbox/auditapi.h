#pragma once

#include "sandbox/http.h"
#include "sandbox/paging.h"
#include "sandbox/world.h"

#include "base/error.h"

#include <map>

namespace Orgtrace::Sandbox {

/// The audit queries: submitted, polled through Queued → Running → Succeeded, read by cursor; and the real-time form. Borrows the world.
class AuditApi
{
public:
    explicit AuditApi(World &world) : m_world(world) { }

    struct Query {
        QString id, interval, service, state = QStringLiteral("Queued");
        QDateTime fromUtc, toUtc, submittedUtc;
        QList<std::pair<QString, QString>> filters;
        bool descending = false;
        int polls = 0;
        std::vector<size_t> found; ///< indices into the world's events
        int pageNumber = 1, pageSize = 25;
    };
    /// Errors: BadInput with the message of the 400.
    [[nodiscard]] Result<Query> read(const QByteArray &body) const;
    [[nodiscard]] const Query &submit(Query query); ///< finds at once, tells later
    [[nodiscard]] Query *find(const QString &id);
    void poll(Query &query) const;
    void run(Query &query) const; ///< fills found
    [[nodiscard]] Body status(const Query &query) const;
    [[nodiscard]] Body event(size_t index, bool expandUser) const;

private:
    World &m_world;
    std::map<QString, Query> m_queries;
    std::vector<QString> m_order; ///< oldest first, bounded
};

} // namespace Orgtrace::Sandbox
