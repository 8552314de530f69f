#pragma once

#include "base/error.h"
#include "evidence/model.h"
#include "redaction/redactor.h"
#include "json/value.h"

#include <QDateTime>
#include <QList>
#include <QString>
#include <QStringList>

namespace Orgtrace::Audit {

struct PropertyChange {
    QString property;
    QStringList oldValues, newValues;
};

/// One audit event as the views need it (API section 6.3); the whole sanitised event is `line`.
struct Event {
    QString id;
    QDateTime timeUtc;
    QString userId, userName, clientId, level, status;
    QStringList remoteIps;
    QString service, entityType, action;
    QString entityId, entityName;
    QString correlation; ///< initiatingAction.transactionId or context.correlationId
    QList<PropertyChange> changes;
    QByteArray line; ///< compact JSON, secrets fingerprinted
};

/// Reads and sanitises one event. Errors: MalformedJson (no id or time).
[[nodiscard]] Result<Event> readEvent(Json::Value raw, const Redaction::Redactor &redactor);
[[nodiscard]] Result<Event> parseLine(const QByteArray &line); ///< from the archive, already sanitised

/// Which snapshot domain and entity an event speaks about (requirement 3.6). Several where one event touches several, e.g. a role MemberAdd
/// concerns the role's grants of a user. Empty where the domain is not captured.
struct Target {
    QString domain, entity;
    friend bool operator==(const Target &, const Target &) = default;
};
[[nodiscard]] QList<Target> targets(const Event &event);

} // namespace Orgtrace::Audit
