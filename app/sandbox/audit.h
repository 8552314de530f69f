#pragma once

#include "sandbox/organisation.h"

namespace Orgtrace::Sandbox {

/// One audit event in the platform's shape, with what queries filter by.
struct AuditEvent {
    QDateTime atUtc;
    QDateTime visibleUtc; ///< events arrive late: when a query first sees it
    QString id, service, entityType, action, userId, clientId, entityId;
    Body body;
};

/// Who does something, for its events.
struct AuditActor {
    QString userId; ///< empty: the platform (SYSTEM)
    QString userName;
    QString clientId;
    QString remoteIp;
};

struct AuditProperty {
    QString name;
    QStringList oldValues, newValues;
};

/// Where changes of a domain are audited; empty service: a silent area.
struct AuditTopic {
    QString service, entityType;
};
[[nodiscard]] AuditTopic auditTopic(const QString &domain);

/// Writes the events of one step, which share a correlation and a transaction. Keeps the quirks of the real platform (API section 6.4).
class AuditWriter
{
public:
    /// @param key distinguishes this step's ids from all others
    AuditWriter(const Organisation &org, QString organisationId, AuditActor actor, QDateTime atUtc, QString key,
                std::vector<AuditEvent> &out);

    enum class Level { User, System };
    /// The plain form; each event comes 0.2 s after the one before.
    AuditEvent &write(const QString &service, const QString &entityType, const QString &action, const QString &entityId,
                      const QString &entityName, const std::vector<AuditProperty> &properties, Level level = Level::User);
    void groupMembership(const QString &group, const QString &groupName, int sizeBefore, int sizeAfter, const QStringList &users);
    void queueMember(const QString &queue, const QString &user, bool added);
    void roleMember(const QString &role, const QString &subject, bool added);
    void userVersion(const QString &user, int version); ///< SYSTEM noise that follows a change of a user

private:
    const Organisation &m_org;
    QString m_organisationId;
    AuditActor m_actor;
    QDateTime m_atUtc;
    QString m_key;
    std::vector<AuditEvent> &m_out;
    int m_count = 0;
    bool m_hasInitiator = false;
};

/// Everyday events that change no configuration that is captured: sign-ins, evaluations, schedules, version noise. Deterministic.
[[nodiscard]] std::vector<AuditEvent> everydayEvents(const Organisation &org, const QString &organisationId, const QDateTime &startUtc,
                                                     const QDateTime &endUtc);

/// The service → entity → action tree that audits/query/servicemapping answers; `realtime`: the subset offered there.
[[nodiscard]] Body serviceMapping(bool realtime);

} // namespace Orgtrace::Sandbox
