#include "policy/rule.h"

#include "base/digest.h"
#include "compare/fingerprints.h"

#include <algorithm>

namespace Orgtrace::Policy {

namespace {

bool mentions(const Compare::FieldChange &field, const QString &id)
{
    for (const QString &named : {QString(u'=' + id + u','), QString(u'=' + id + u']'), QString(u'[' + id + u']')}) {
        if (field.path.contains(named))
            return true;
    }
    const QByteArray quoted = '"' + id.toUtf8() + '"';
    return (field.oldText && field.oldText->contains(quoted)) || (field.newText && field.newText->contains(quoted));
}

bool mentionsAdminRole(const Compare::FieldChange &field, const Context &context)
{
    return std::ranges::any_of(context.adminRoles, [&field](const QString &id) { return mentions(field, id); });
}

bool isSecret(const Compare::FieldChange &field)
{
    const auto holds = [](const std::optional<QByteArray> &text) { return text && !Compare::fingerprintsIn(view(*text)).keys.empty(); };
    return holds(field.oldText) || holds(field.newText);
}

} // namespace

bool Rule::considers(const Compare::FieldChange &field) const
{
    // The same value in another type is shown when asked for, but alarms nobody.
    if (field.kind == Compare::FieldKind::Type && !fieldKinds.contains(Compare::FieldKind::Type))
        return false;
    if (!fieldKinds.isEmpty() && !fieldKinds.contains(field.kind))
        return false;
    if (std::ranges::any_of(except, [&field](const PathGlob &glob) { return glob.covers(field.path); }))
        return false;
    return paths.empty()
        || std::ranges::any_of(paths, [&field](const PathGlob &glob) { return glob.covers(field.path) || glob.isInside(field.path); });
}

std::optional<Verdict> Rule::judge(const Compare::EntityChange &change, const Context &context) const
{
    const bool isModified = change.kind == Compare::ChangeKind::Modified;
    if (kinds.isEmpty() ? !paths.empty() && !isModified : !kinds.contains(change.kind))
        return std::nullopt;
    if (!std::ranges::any_of(domains, [&change](const QString &domain) { return globMatches(domain, change.domain); }))
        return std::nullopt;
    const auto isIn = [&change](const QSet<QString> &ids) {
        return ids.contains(change.entity) || (!change.previousEntity.isEmpty() && ids.contains(change.previousEntity));
    };
    if ((adminHolder && *adminHolder != isIn(context.adminSubjects)) || (roleHolder && *roleHolder != isIn(context.roleHolders))
        || (productionFlow && *productionFlow != isIn(context.productionFlows))
        || (recreated && *recreated == change.previousEntity.isEmpty()))
        return std::nullopt;
    Verdict verdict{severity, id, title, {}};
    const bool isRole = change.domain == QLatin1StringView("roles");
    if (isRole && adminRole && *adminRole != isIn(context.adminRoles))
        return std::nullopt;
    if (!isModified || change.fields.isEmpty()) {
        // Came or went whole, or came back the same under a new id.
        if (!isRole && adminRole && *adminRole != isIn(context.adminSubjects))
            return std::nullopt;
        if (secret.value_or(false) || (isModified && (!paths.empty() || !fieldKinds.isEmpty())))
            return std::nullopt;
        return verdict;
    }
    for (const Compare::FieldChange &field : change.fields) {
        if (!considers(field) || (secret && *secret != isSecret(field))
            || (!isRole && adminRole && *adminRole != mentionsAdminRole(field, context)))
            continue;
        verdict.field = field.path;
        return verdict;
    }
    return std::nullopt;
}

} // namespace Orgtrace::Policy
