#include "reportcase.h"

#include "base/clock.h"
#include "json/canonical.h"
#include "json/value.h"

#include <QFile>

using namespace Orgtrace;

namespace {

QString key(std::string_view name)
{
    return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
}

QStringList strings(Json::Value value)
{
    QStringList list;
    for (const Json::Value item : value.items()) {
        list.append(item.toQString());
    }
    return list;
}

/// "copies": n stands for n equal elements.
qsizetype copies(Json::Value value)
{
    return std::max<qint64>(value["copies"].toInteger(1), 1);
}

QDateTime time(Json::Value value)
{
    return parseIsoUtc(value.toQString());
}

/// A value is JSON itself; {"raw": "…"} gives text that need not be JSON.
std::optional<QByteArray> fieldText(Json::Value value)
{
    if (value.isMissing()) {
        return std::nullopt;
    }
    if (value.isObject() && value["raw"].isString()) {
        return value["raw"].toQString().toUtf8();
    }
    if (value.isObject() && !value["repeat"].isMissing()) { // a long string without a long file
        return QByteArray("\"" + value["repeat"].toQString().repeated(value["times"].toInteger()).toUtf8()
                          + value["end"].toQString().toUtf8() + "\"");
    }
    return Json::compactText(value);
}

Evidence::SnapshotSummary snapshot(Json::Value value)
{
    Evidence::SnapshotSummary summary;
    summary.id = value["id"].toQString();
    summary.organisationId = value["organisationId"].toQString();
    summary.writerId = value["writer"].toQString();
    summary.source = value["source"].toQString();
    summary.observedUtc = time(value["observed"]);
    summary.entities = value["entities"].toInteger();
    summary.domainsComplete = static_cast<int>(value["domainsComplete"].toInteger());
    summary.domainsTotal = static_cast<int>(value["domainsTotal"].toInteger());
    return summary;
}

QList<Evidence::LedgerRow> ledger(Json::Value value)
{
    QList<Evidence::LedgerRow> rows;
    for (const Json::Value item : value.items()) {
        Evidence::LedgerRow row;
        row.domain = item["domain"].toQString();
        const QString state = item["state"].toQString();
        row.state = state == u"carried" ? Evidence::LedgerState::Carried
            : state == u"forbidden"     ? Evidence::LedgerState::Forbidden
            : state == u"not-offered"   ? Evidence::LedgerState::NotOffered
                                        : Evidence::LedgerState::Complete;
        row.reason = item["reason"].toQString();
        row.observedIn = item["observedIn"].toQString();
        if (!item["announced"].isMissing()) {
            row.announced = item["announced"].toInteger();
        }
        row.entities = item["entities"].toInteger();
        row.pages = static_cast<int>(item["pages"].toInteger());
        row.retries = static_cast<int>(item["retries"].toInteger());
        row.firstRequestUtc = time(item["first"]);
        row.lastResponseUtc = time(item["last"]);
        row.clockOffsetMs = item["offsetMs"].toInteger();
        for (const Json::Value entity : item["quarantined"].items()) {
            row.quarantined.append({entity["id"].toQString(), entity["why"].toQString(), QString()});
        }
        row.failedParents = strings(item["failedParents"]);
        rows.append(row);
    }
    return rows;
}

Audit::Event event(Json::Value value)
{
    Audit::Event event;
    event.id = value["id"].toQString();
    event.timeUtc = time(value["time"]);
    event.userId = value["userId"].toQString();
    event.userName = value["userName"].toQString();
    event.clientId = value["clientId"].toQString();
    event.level = value["level"].toQString();
    event.status = value["status"].toQString();
    event.remoteIps = strings(value["remoteIps"]);
    event.service = value["service"].toQString();
    event.entityType = value["entityType"].toQString();
    event.action = value["action"].toQString();
    for (const Json::Value change : value["changes"].items()) {
        event.changes += QList<Audit::PropertyChange>(copies(change),
                                                      {change["property"].toQString(), strings(change["old"]), strings(change["new"])});
    }
    return event;
}

Report::Finding finding(Json::Value value)
{
    Report::Finding finding;
    Compare::EntityChange &change = finding.judged.change;
    change.domain = value["domain"].toQString();
    change.entity = value["entity"].toQString();
    change.name = value["name"].toQString();
    const QString kind = value["kind"].toQString();
    change.kind = kind == u"added" ? Compare::ChangeKind::Added
        : kind == u"removed"       ? Compare::ChangeKind::Removed
                                   : Compare::ChangeKind::Modified;
    change.previousEntity = value["previousEntity"].toQString();
    change.typeOnly = static_cast<int>(value["typeOnly"].toInteger());
    for (const Json::Value item : value["fields"].items()) {
        Compare::FieldChange field;
        const QString fieldKind = item["kind"].toQString();
        field.kind = fieldKind == u"added" ? Compare::FieldKind::Added
            : fieldKind == u"removed"      ? Compare::FieldKind::Removed
            : fieldKind == u"moved"        ? Compare::FieldKind::Moved
            : fieldKind == u"type"         ? Compare::FieldKind::Type
                                           : Compare::FieldKind::Modified;
        field.path = item["path"].toQString();
        field.pointer = item["pointer"].isMissing() ? field.path : item["pointer"].toQString();
        field.oldText = fieldText(item["old"]);
        field.newText = fieldText(item["new"]);
        field.movedFrom = item["movedFrom"].toQString();
        change.fields += QList<Compare::FieldChange>(copies(item), field);
    }
    Policy::Verdict &verdict = finding.judged.verdict;
    const QString severity = value["severity"].toQString();
    verdict.severity = severity == u"critical" ? Policy::Severity::Critical
        : severity == u"high"                  ? Policy::Severity::High
        : severity == u"medium"                ? Policy::Severity::Medium
                                               : Policy::Severity::Low;
    verdict.rule = value["rule"].toQString();
    verdict.title = value["title"].toQString();
    verdict.field = value["ruleField"].toQString();
    for (const Json::Value item : value["events"].items()) {
        finding.events += QList<Audit::Event>(copies(item), event(item));
    }
    return finding;
}

} // namespace

Result<Report::Input> readReportCase(const QString &name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error::make(ErrorCode::Io, file.errorString(), name);
    }
    const QByteArray text = file.readAll();
    const Result<Json::Document> document = Json::parse(std::string_view(text.constData(), static_cast<size_t>(text.size())));
    if (!document) {
        return std::unexpected(document.error());
    }
    const Json::Value root = document->root();
    Report::Input input;
    input.organisationName = root["organisationName"].toQString();
    input.organisationId = root["organisationId"].toQString();
    input.region = root["region"].toQString();
    input.difference.from = snapshot(root["from"]);
    input.difference.to = snapshot(root["to"]);
    for (const Json::Value item : root["notComparable"].items()) {
        input.difference.notComparable.append({item["domain"].toQString(), strings(item["ids"]), item["why"].toQString()});
    }
    for (const auto [kind, count] : root["suppressed"].members()) {
        input.difference.suppressed.emplace(key(kind), count.toInteger());
    }
    input.difference.rulesChanged = strings(root["rulesChanged"]);
    for (const Json::Value item : root["findings"].items()) {
        input.findings.append(finding(item));
    }
    input.coverageA = ledger(root["coverageA"]);
    input.coverageB = ledger(root["coverageB"]);
    for (const Json::Value item : root["auditWindows"].items()) {
        Evidence::AuditWindow window;
        window.fromUtc = time(item["from"]);
        window.toUtc = time(item["to"]);
        window.service = item["service"].toQString();
        window.filter = item["filter"].toQString();
        window.events = item["events"].toInteger();
        window.queriedUtc = time(item["queried"]);
        window.state = item["state"].isMissing() ? QStringLiteral("complete") : item["state"].toQString();
        input.auditWindows.append(window);
    }
    for (const auto [id, value] : root["names"].members()) {
        input.names.insert(key(id), value.toQString());
    }
    for (const auto [domain, title] : root["domainTitles"].members()) {
        input.domainTitles.insert(key(domain), title.toQString());
    }
    input.policyName = root["policyName"].toQString();
    input.toolVersion = root["toolVersion"].toQString();
    input.signerFingerprint = root["signerFingerprint"].toQString();
    input.generatedUtc = time(root["generated"]);
    input.redactPersonal = root["redactPersonal"].toBool(true);
    return input;
}
