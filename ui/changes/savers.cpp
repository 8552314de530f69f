#include "changes/savers.h"

#include "evidence/store.h"
#include "json/value.h"

#include <QMap>
#include <QSet>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype MostNames = 5000;

QString saverIn(const QByteArray &line)
{
    const auto document = Json::parse({line.constData(), static_cast<size_t>(line.size())});
    if (!document) {
        return {};
    }
    for (const char *key : {"modifiedBy", "modifiedBy/id", "lastModifiedBy", "updatedBy"}) {
        const Json::Value value = document->root()[key];
        if (value.isString()) {
            return value.toQString();
        }
        if (value.isObject() && value["id"].isString()) {
            return value["id"].toQString();
        }
    }
    return {};
}

} // namespace

const Error *Savers::whyUnread(const QString &domain) const
{
    auto found = unread.find(domain);
    if (found == unread.end()) {
        found = unread.find(QString());
    }
    return found == unread.end() ? nullptr : &found->second;
}

Savers readSavers(const QString &storeFolder, const Operations::RangeFindings &range, const CancellationToken &cancel)
{
    Savers savers;
    QMap<QString, QSet<QString>> wanted;
    for (const Report::Finding &finding : range.findings) {
        const Compare::EntityChange &change = finding.judged.change;
        if (change.kind != Compare::ChangeKind::Removed) { // of what is gone B tells nothing
            wanted[change.domain].insert(change.entity);
        }
    }
    if (wanted.isEmpty()) {
        return savers;
    }
    const Result<Evidence::Store> store = Evidence::Store::open(storeFolder);
    if (!store) {
        savers.unread.emplace(QString(), store.error());
        return savers;
    }
    const Result<Evidence::Snapshot> snapshot = store->snapshot(range.difference.to.id);
    if (!snapshot) {
        savers.unread.emplace(QString(), snapshot.error());
        return savers;
    }
    for (auto it = wanted.cbegin(); it != wanted.cend() && !cancel.isCancelled(); ++it) {
        const auto lines = snapshot->signals_(it.key());
        if (!lines) {
            savers.unread.emplace(it.key(), lines.error());
            continue;
        }
        for (const QString &entity : it.value()) {
            const QString saver = saverIn(lines->value(entity));
            if (!saver.isEmpty()) {
                savers.ids.insert(it.key() + u'/' + entity, saver);
            }
        }
    }
    const QSet<QString> distinct(savers.ids.cbegin(), savers.ids.cend());
    for (const QString &id : distinct) {
        if (savers.names.size() >= MostNames || cancel.isCancelled()) {
            break;
        }
        const auto text = snapshot->entityText(u"users"_s, id);
        const auto document
            = text ? Json::parse({text->constData(), static_cast<size_t>(text->size())}) : Result<Json::Document>(std::unexpected(Error{}));
        if (document && document->root()["name"].isString()) {
            savers.names.insert(id, document->root()["name"].toQString());
        }
    }
    return savers;
}

Actor actorOf(const Operations::RangeFindings &range, const Report::Finding &finding, const Savers *savers)
{
    Actor actor;
    const Compare::EntityChange &change = finding.judged.change;
    if (savers) {
        actor.id = savers->ids.value(change.domain + u'/' + change.entity);
    }
    if (!actor.id.isEmpty()) {
        actor.source = Actor::Source::Signal;
        actor.name = savers->names.value(actor.id, range.names.value(u"users/"_s + actor.id, actor.id));
        return actor;
    }
    for (auto it = finding.events.crbegin(); it != finding.events.crend(); ++it) {
        const QString id = !it->userId.isEmpty() ? it->userId : it->clientId;
        const QString known = range.names.value(u"users/"_s + it->userId, it->userName);
        if (id.isEmpty() && known.isEmpty()) {
            continue;
        }
        actor.id = id;
        actor.name = known.isEmpty() ? range.names.value(u"oauth_clients/"_s + id, id) : known;
        actor.source = Actor::Source::Event;
        return actor;
    }
    return actor;
}

} // namespace Orgtrace::Ui
