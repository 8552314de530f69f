#pragma once

#include "base/cancellation.h"
#include "capture/batch.h"
#include "genesys/apiclient.h"

#include <QCoroTask>

namespace Orgtrace::Capture {

/// Reads one domain from the platform and normalises it on workers while the next page is on the wire.
///
/// Thread: the client's. Borrows client and redactor, and `rules` for as long as a task runs.
class DomainReader
{
public:
    using Progress = std::function<void(qint64 items, std::optional<qint64> announced)>;
    DomainReader(Genesys::ApiClient &client, const Redaction::Redactor &redactor, CancellationToken cancel) :
        m_client(client), m_redactor(redactor), m_cancel(std::move(cancel))
    {
    }

    void setDay(const QDate &day) { m_day = day; } ///< of the run, for Catalogue::DomainRules::lastSeen

    /// A listing or a settings object. Errors: as readListing.
    /// @param wanted member paths that sub-resources ask with
    [[nodiscard]] QCoro::Task<Result<DomainData>> read(const Catalogue::DomainRules *rules, Progress progress, QStringList wanted = {});
    /// The entities that a sub-resource is asked for.
    struct Parents {
        QStringList ids;
        QHash<QString, Members> members;
    };
    /// Only the ids and the wanted members, of a parent that is not itself captured.
    [[nodiscard]] QCoro::Task<Result<Parents>> readIds(const Catalogue::DomainRules *rules, QStringList wanted);
    /// A sub-resource: one listing for each parent, four at a time. Parents that fail are listed; where the shape is "pivot", or where it looks as if all would
    /// fail, the first Error is the domain's. A parent without a member that the query names is not asked for; one that was not readable fails.
    [[nodiscard]] QCoro::Task<Result<DomainData>> readSub(const Catalogue::DomainRules *rules, Parents parents, Progress progress);

private:
    struct Sweep;
    [[nodiscard]] QCoro::Task<void> lane(std::shared_ptr<Sweep> sweep);

    Genesys::ApiClient &m_client;
    const Redaction::Redactor &m_redactor;
    CancellationToken m_cancel;
    QDate m_day;
};

/// What a sub-resource's query wants of its parent besides the id.
[[nodiscard]] QStringList wantedMembers(const Catalogue::DomainRules &sub);

/// Errors after which no other domain could be read either: they end the run.
[[nodiscard]] bool endsTheRun(ErrorCode code);
/// Errors that say the service is away, not that this one thing is wrong.
[[nodiscard]] bool isOutage(ErrorCode code);

} // namespace Orgtrace::Capture
