#include "audit/auditwords.h"

#include "diff/displaytext.h"
#include "theme/theme.h"
#include "json/canonical.h"

#include <QCoreApplication>

#include <optional>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("AuditWords", text);
}

/// Membership of a role comes with a composed entity name, "{subject}--{role}--{organisation}", and no property (API section 6.4).
struct RoleMembership {
    QString subject, role; ///< names where known, else short ids
    bool added = true;
};

std::optional<RoleMembership> roleMembership(const Audit::Event &event, const QHash<QString, QString> &names)
{
    const QStringList parts = event.entityName.split(u"--"_s);
    const bool added = event.action == u"MemberAdd";
    if (event.entityType != u"Role" || parts.size() != 3 || (!added && event.action != u"MemberRemove")) {
        return std::nullopt;
    }
    RoleMembership membership;
    membership.added = added;
    for (const QString &domain : {u"users"_s, u"groups"_s, u"teams"_s, u"oauth_clients"_s}) {
        const QString name = names.value(domain + u'/' + parts[0]);
        if (!name.isEmpty()) {
            membership.subject = name;
            break;
        }
    }
    if (membership.subject.isEmpty()) {
        membership.subject = shortId(parts[0]);
    }
    membership.role = names.value(u"roles/"_s + parts[1], shortId(parts[1]));
    return membership;
}

} // namespace

QString actorText(const Audit::Event &event, const QHash<QString, QString> &names)
{
    if (!event.userName.isEmpty()) {
        return visibleText(event.userName, 80);
    }
    if (!event.userId.isEmpty()) {
        return visibleText(names.value(u"users/"_s + event.userId, shortId(event.userId)), 80);
    }
    if (!event.clientId.isEmpty()) {
        return tr("client %1").arg(visibleText(names.value(u"oauth_clients/"_s + event.clientId, shortId(event.clientId)), 80));
    }
    return tr("unknown actor");
}

QString entityText(const Audit::Event &event, const QHash<QString, QString> &names)
{
    if (const std::optional<RoleMembership> membership = roleMembership(event, names)) {
        return visibleText(tr("role %1 · %2").arg(membership->role, membership->subject), 120);
    }
    QString name = event.entityName;
    for (const auto those = name.isEmpty() ? Audit::targets(event) : QList<Audit::Target>(); const Audit::Target &target : those) {
        name = names.value(target.domain + u'/' + target.entity);
        if (!name.isEmpty()) {
            break;
        }
    }
    if (name.isEmpty()) {
        name = shortId(event.entityId);
    }
    const QString kind = actionText(event.entityType);
    return visibleText(name.isEmpty() ? kind : kind.isEmpty() ? name : QString(kind + u' ' + name), 120);
}

QString originText(const Audit::Event &event)
{
    return visibleText(event.remoteIps.join(u", "_s), 200);
}

QString actionText(const QString &action)
{
    QString out;
    int capitals = 0; // in a row, before this one; one alone ("OAuth") is no word of its own
    for (qsizetype i = 0; i < action.size(); ++i) {
        const QChar c = action[i];
        const bool endsAcronym = capitals > 1 && i + 1 < action.size() && action[i + 1].isLower();
        const bool starts = c.isUpper() && i > 0 && (action[i - 1].isLower() || endsAcronym);
        capitals = c.isUpper() ? capitals + 1 : 0;
        if (starts && !out.endsWith(u' ')) {
            out += u' ';
        }
        const bool acronym = c.isUpper() && ((i + 1 < action.size() && action[i + 1].isUpper()) || (i > 0 && action[i - 1].isUpper()));
        out += c == u'_' ? QChar(u' ') : acronym ? c : c.toLower();
    }
    return visibleText(out, 80);
}

QString eventSentence(const Audit::Event &event, const QHash<QString, QString> &names)
{
    if (const std::optional<RoleMembership> membership = roleMembership(event, names)) {
        const QString sentence = membership->added ? tr("%1 gave %2 the role %3") : tr("%1 took from %2 the role %3");
        return sentence.arg(actorText(event, names), visibleText(membership->subject, 80), visibleText(membership->role, 80));
    }
    const QString action = event.action.isEmpty() ? tr("did something to") : actionText(event.action);
    return tr("%1: %2 · %3").arg(actorText(event, names), action, entityText(event, names));
}

QString prettyEvent(const QByteArray &line, qsizetype maxBytes)
{
    QByteArray text = line;
    if (const Result<Json::Document> document = Json::parse({line.constData(), size_t(line.size())})) {
        text = Json::canonicalText(document->root());
    }
    QString out;
    const QString all = QString::fromUtf8(text.first(std::min(maxBytes, text.size())));
    // Line by line, so that line breaks of the layout stay and those inside values show.
    for (const auto those = QStringView(all).split(u'\n'); const QStringView part : those) {
        out += visibleText(part.toString(), 4000) + u'\n';
    }
    if (text.size() > maxBytes) {
        out += tr("… cut for display: %1 bytes in all").arg(countText(text.size()));
    }
    return out.trimmed();
}

} // namespace Orgtrace::Ui
