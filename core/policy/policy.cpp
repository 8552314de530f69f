#include "policy/policy.h"

#include "policy/contextreader.h"
#include "policy/policyfile.h"

#include <QFile>

#include <algorithm>

namespace Orgtrace::Policy {

QString severityName(Severity severity)
{
    switch (severity) {
    case Severity::Critical: return QStringLiteral("critical");
    case Severity::High: return QStringLiteral("high");
    case Severity::Medium: return QStringLiteral("medium");
    case Severity::Low: break;
    }
    return QStringLiteral("low");
}

std::optional<Severity> severityFromName(const QString &name)
{
    for (const Severity severity : {Severity::Low, Severity::Medium, Severity::High, Severity::Critical}) {
        if (severityName(severity) == name)
            return severity;
    }
    return std::nullopt;
}

struct Policy::Private {
    QString name;
    PolicyFile file;
};

Policy::Policy() : d(std::make_unique<Private>()) { }
Policy::Policy(Policy &&) noexcept = default;
Policy &Policy::operator=(Policy &&) noexcept = default;
Policy::~Policy() = default;

Result<Policy> Policy::load(const QByteArray &toml, const QString &fileName)
{
    Result<PolicyFile> file = readPolicyFile(toml, fileName);
    if (!file)
        return std::unexpected(file.error());
    Policy policy;
    policy.d->name = fileName;
    policy.d->file = std::move(*file);
    return policy;
}

Result<Policy> Policy::builtIn()
{
    QFile file(QStringLiteral(":/orgtrace/policies/default.toml"));
    if (!file.open(QIODevice::ReadOnly))
        return Error::make(ErrorCode::Internal, QStringLiteral("the built-in policy is not compiled in"), file.fileName());
    return load(file.readAll(), QStringLiteral("default.toml"));
}

QString Policy::name() const
{
    return d->name;
}

bool Policy::isHighRisk(const QString &permission) const
{
    return std::ranges::any_of(d->file.adminPermissions, [&](const QString &wanted) { return permissionCovers(permission, wanted); });
}

Result<Context> Policy::context(const Evidence::Snapshot &a, const Evidence::Snapshot &b, Names names) const
{
    return readContext(d->file, a, b, names == Names::All);
}

Verdict Policy::judge(const Compare::EntityChange &change, const Context &context) const
{
    const auto isType = [](const Compare::FieldChange &field) { return field.kind == Compare::FieldKind::Type; };
    if (!change.fields.isEmpty() && std::ranges::all_of(change.fields, isType))
        return {Severity::Low, QStringLiteral("type-only"), QStringLiteral("Same value in another type"), change.fields.first().path};
    for (const Rule &rule : d->file.rules) { // worst first
        if (auto verdict = rule.judge(change, context))
            return *verdict;
    }
    const QString title = change.kind == Compare::ChangeKind::Added ? QStringLiteral("Added")
        : change.kind == Compare::ChangeKind::Removed               ? QStringLiteral("Removed")
                                                                    : QStringLiteral("Changed");
    return {Severity::Low, {}, title, {}};
}

QList<JudgedChange> Policy::judgeAll(const Compare::SnapshotDifference &difference, const Context &context) const
{
    QList<JudgedChange> judged;
    judged.reserve(difference.changes.size());
    for (const Compare::EntityChange &change : difference.changes)
        judged.append({change, judge(change, context)});
    std::ranges::stable_sort(judged, [](const JudgedChange &left, const JudgedChange &right) {
        if (left.verdict.severity != right.verdict.severity)
            return left.verdict.severity > right.verdict.severity;
        return std::tie(left.change.domain, left.change.name, left.change.entity)
            < std::tie(right.change.domain, right.change.name, right.change.entity);
    });
    return judged;
}

} // namespace Orgtrace::Policy
