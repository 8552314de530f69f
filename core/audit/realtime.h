#pragma once

#include "audit/event.h"
#include "genesys/apiclient.h"

#include <QCoroTask>

namespace Orgtrace::Audit {

/// That something was changed, and where: enough to capture it, never kept. What is kept is the trail (audit/query.h).
struct Trigger {
    QString id;
    QDateTime timeUtc;
    QList<Target> targets; ///< empty: nothing that snapshots hold
};

/// Reads an event of the audit topic or of a query: they differ in shape (API sections 6.3 and 7.2). Errors: MalformedJson (no id or time).
[[nodiscard]] Result<Trigger> readTrigger(Json::Value event);

/// "v2.audits.entitytype.{entityType}.entityid.{entityId}". Empty where one of them cannot stand in a topic.
[[nodiscard]] QString auditTopic(const QString &entityType, const QString &entityId);

/// The real-time audit query: synchronous, the last 14 days, one query a service that can concern what snapshots hold.
class RealtimeQuery
{
public:
    /// Borrows client and clock. One ask() at a time.
    RealtimeQuery(Genesys::ApiClient &client, Clock &clock) : m_client(client), m_clock(clock) { }
    /// Everything from `fromUtc` (by the server's clock; at most 14 days back) until now, in days; by time. Events that cannot be read are left out.
    /// Errors: as ApiClient::send; with an error there are no events, as part of an answer would look like all of it. TooLarge (200 pages a day and service).
    [[nodiscard]] QCoro::Task<Result<QList<Trigger>>> ask(QDateTime fromUtc);
    [[nodiscard]] QDateTime serverNow() const { return m_clock.nowUtc().addMSecs(m_client.serverClockOffsetMs()); }

private:
    [[nodiscard]] QCoro::Task<Result<void>> learnServices();
    [[nodiscard]] QCoro::Task<Result<void>> askFor(QString service, QDateTime fromUtc, QDateTime toUtc, QList<Trigger> *out);

    Genesys::ApiClient &m_client;
    Clock &m_clock;
    QStringList m_services;
};

} // namespace Orgtrace::Audit
