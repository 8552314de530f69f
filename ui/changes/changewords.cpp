#include "changes/changetree.h"

#include "session/session.h"
#include "theme/theme.h"
#include "json/value.h"

#include <QCoreApplication>
#include <QVarLengthArray>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

QString wordOf(const char *text, int n = -1)
{
    return QCoreApplication::translate("Changes", text, nullptr, n);
}

/// The steps of a path as compare writes them: names between '/', array elements as [key=value,…]; a '/' inside brackets belongs to the value.
using Steps = QVarLengthArray<QStringView, 12>; // very many paths are looked at, few of their steps shown

Steps steps(QStringView path)
{
    Steps found;
    int depth = 0;
    qsizetype from = 0;
    const auto end = [&](qsizetype at) {
        if (at > from) {
            found.append(path.sliced(from, at - from));
        }
        from = at + 1;
    };
    for (qsizetype i = 0; i < path.size(); ++i) {
        const QChar c = path.at(i);
        if (c == u'[') {
            ++depth;
        } else if (c == u']') {
            depth = std::max(0, depth - 1);
        } else if (c == u'/' && depth == 0) {
            end(i);
        }
    }
    end(path.size());
    return found;
}

/// Name of the thing an element's identity speaks of, e.g. "[role=67fe…,division=*]" → "Master Admin"; the shortened id where no name is known.
QString elementName(QString step, const QString &container, const QHash<QString, QString> &names)
{
    if (step.startsWith(u'[') && step.endsWith(u']')) {
        step = step.sliced(1, step.size() - 2);
    }
    const QString first = step.section(u',', 0, 0);
    const qsizetype equals = first.indexOf(u'=');
    const QString key = equals > 0 ? first.first(equals).section(u'.', 0, 0) : QString();
    const QString value = equals > 0 ? first.sliced(equals + 1) : first;
    QStringList domains;
    if (!key.isEmpty() && key != "id"_L1) {
        domains.append(key.endsWith(u'y') ? QString(key.chopped(1) + u"ies"_s) : QString(key + u's'));
    }
    domains.append(container);
    for (const char *domain :
         {"users", "groups", "teams", "roles", "queues", "skills", "divisions", "flows", "wrapup_codes", "oauth_clients"}) {
        domains.append(QString::fromLatin1(domain));
    }
    for (const QString &domain : std::as_const(domains)) {
        const QString name = names.value(domain + u'/' + value);
        if (!name.isEmpty()) {
            return name;
        }
    }
    return shortId(value);
}

bool isElement(QStringView step)
{
    return step.startsWith(u'[') || (!step.isEmpty() && std::ranges::all_of(step, [](QChar c) { return c.isDigit(); }));
}

QString fieldCount(qsizetype count)
{
    return count == 1 ? wordOf("1 field") : wordOf("%1 fields").arg(count);
}

QString sign(qsizetype count)
{
    return (count < 0 ? QString(QChar(0x2212)) : u"+"_s) + QString::number(std::abs(count));
}

} // namespace

QString changeSummary(const Compare::EntityChange &change, const QHash<QString, QString> &names)
{
    if (!change.previousEntity.isEmpty()) {
        return change.fields.isEmpty() ? wordOf("lineage") : wordOf("lineage · %1").arg(fieldCount(change.fields.size()));
    }
    switch (change.kind) {
    case Compare::ChangeKind::Added: return wordOf("added");
    case Compare::ChangeKind::Removed: return wordOf("removed");
    case Compare::ChangeKind::Modified: break;
    }
    if (change.fields.isEmpty()) {
        return change.typeOnly > 0 ? wordOf("types only") : QString();
    }
    const Steps first = steps(change.fields.constFirst().path);
    const QStringView member = first.isEmpty() ? QStringView() : first.front();
    qsizetype added = 0;
    qsizetype removed = 0;
    bool oneMember = true;
    bool wholeElements = true; // whole elements of one array came or went
    for (const Compare::FieldChange &field : change.fields) {
        const Steps path = steps(field.path);
        oneMember = oneMember && !path.isEmpty() && path.front() == member;
        wholeElements = wholeElements && path.size() >= 2 && isElement(path.back())
            && (field.kind == Compare::FieldKind::Added || field.kind == Compare::FieldKind::Removed);
        added += field.kind == Compare::FieldKind::Added;
        removed += field.kind == Compare::FieldKind::Removed;
        if (!oneMember) {
            break; // counting them is all that is left
        }
    }
    if (oneMember && wholeElements) {
        if (change.fields.size() == 1) {
            return (added ? u"+ "_s : QString(QChar(0x2212)) + u' ') + elementName(first.back().toString(), member.toString(), names);
        }
        if (added > 0 && removed > 0) {
            return u"%1 %2 %3"_s.arg(member, sign(added), sign(-removed));
        }
        return u"%1 %2"_s.arg(member, sign(added > 0 ? added : -removed));
    }
    if (change.fields.size() == 1 && change.fields.constFirst().path == "/name"_L1 && change.fields.constFirst().oldText) {
        const QByteArray old = *change.fields.constFirst().oldText; // renamed: the row has the new name
        const auto document = Json::parse({old.constData(), static_cast<size_t>(old.size())});
        if (document && document->root().isString()) {
            return wordOf("was %1").arg(document->root().toQString());
        }
    }
    if (change.fields.size() == 1) {
        for (auto it = first.crbegin(); it != first.crend(); ++it) {
            // Wrappers of base settings ({"value": {"instance": …}}) name nothing.
            const bool wrapper = *it == "instance"_L1 || *it == "value"_L1;
            if (!isElement(*it) && !(wrapper && first.size() > 1)) {
                return it->toString();
            }
        }
        return fieldCount(1);
    }
    return oneMember && !member.isEmpty() && !isElement(member) ? u"%1 · %2"_s.arg(member, fieldCount(change.fields.size()))
                                                                : fieldCount(change.fields.size());
}

QString suppressedText(const std::map<QString, qint64> &suppressed)
{
    static const std::pair<QLatin1StringView, const char *> words[] = {
        {"signals-only"_L1, QT_TRANSLATE_NOOP("Changes", "%1 saved without visible effect")},
        {"type-only"_L1, QT_TRANSLATE_NOOP("Changes", "%1 differences of type only")},
        {"labels"_L1, QT_TRANSLATE_NOOP("Changes", "%1 renames of other entities, counted there")},
        {"order"_L1, QT_TRANSLATE_NOOP("Changes", "%1 changes of an order that means nothing")},
    };
    QStringList parts;
    for (const auto &[key, count] : suppressed) {
        if (count == 0) {
            continue;
        }
        const auto *const known = std::ranges::find(words, key, &std::pair<QLatin1StringView, const char *>::first);
        parts.append(known != std::end(words) ? wordOf(known->second).arg(countText(count)) : u"%1 %2"_s.arg(countText(count), key));
    }
    return parts.join(u", "_s);
}

QString groupingText(ChangeGrouping grouping)
{
    switch (grouping) {
    case ChangeGrouping::Severity: return wordOf("severity");
    case ChangeGrouping::Domain: return wordOf("domain");
    case ChangeGrouping::Entity: return wordOf("entity");
    case ChangeGrouping::Kind: return wordOf("kind of change");
    case ChangeGrouping::Actor: return wordOf("who saved last");
    }
    return {};
}

QString unreadSaversText(const Savers &savers, const QHash<QString, QString> &domainTitles)
{
    if (savers.unread.empty()) {
        return {};
    }
    const auto &[first, why] = *savers.unread.begin();
    const QString said = errorText(why);
    if (first.isEmpty()) {
        return wordOf("The signals that tell who saved last could not be read: %1").arg(said);
    }
    constexpr qsizetype most = 5;
    QStringList titles;
    for (const auto &[domain, error] : savers.unread) {
        if (titles.size() < most) {
            titles.append(domainTitles.value(domain, domain));
        }
    }
    QString text = titles.join(u", "_s);
    if (const qsizetype more = static_cast<qsizetype>(savers.unread.size()) - titles.size(); more > 0) {
        text += wordOf(" and %1 more").arg(countText(more));
    }
    return wordOf("The signals that tell who saved last could not be read of %1: %2").arg(text, said);
}

QString changeTip(const Report::Finding &finding, const QString &title, const Actor &actor, const Savers *savers)
{
    const Compare::EntityChange &change = finding.judged.change;
    QStringList lines;
    lines.append(u"%1 · %2"_s.arg(title, change.name.isEmpty() ? change.entity : change.name));
    lines.append(wordOf("%1: %2").arg(severityText(finding.judged.verdict.severity), finding.judged.verdict.title));
    if (!change.previousEntity.isEmpty()) {
        lines.append(wordOf("Removed and made again: it was %1 before.").arg(change.previousEntity));
    }
    if (!change.name.isEmpty() && !change.entity.isEmpty()) {
        lines.append(wordOf("Id %1").arg(change.entity));
    }
    if (actor.source == Actor::Source::Signal) {
        lines.append(wordOf("Last saved by %1, says snapshot B.").arg(actor.name));
    } else if (actor.source == Actor::Source::Event) {
        lines.append(wordOf("The last audit event beside it is %1’s; that proves no cause.").arg(actor.name));
    }
    if (const Error *why = savers && actor.source != Actor::Source::Signal ? savers->whyUnread(change.domain) : nullptr) {
        lines.append(wordOf("Who saved last could not be read from snapshot B: %1").arg(errorText(*why)));
    }
    lines.append(finding.events.isEmpty() ? wordOf("No audit event of this entity in the range.")
                                          : wordOf("%1 audit events of this entity in the range.").arg(finding.events.size()));
    return lines.join(u'\n');
}

} // namespace Orgtrace::Ui
