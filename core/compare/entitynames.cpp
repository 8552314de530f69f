#include "compare/entitynames.h"

#include "base/digest.h"

namespace Orgtrace::Compare {

QString textAt(Json::Value entity, const QString &path)
{
    if (path.isEmpty())
        return {};
    Json::Value at = entity[path.toStdString()];
    if (at.isMissing()) {
        at = entity;
        QString names = path;
        for (const auto those = names.replace(u'.', u'/').split(u'/', Qt::SkipEmptyParts); const QString &name : those)
            at = at[name.toStdString()];
    }
    const std::string_view number = at.numberText();
    return at.isString() ? at.toQString() : QString::fromLatin1(number.data(), qsizetype(number.size()));
}

EntityNames::EntityNames(const Evidence::Snapshot &a, const Catalogue::Catalogue &catalogueA, const Evidence::Snapshot &b,
                         const Catalogue::Catalogue &catalogueB) : m_sides{{b, catalogueB}, {a, catalogueA}}
{
}

QString EntityNames::lookUp(const QString &domain, const QString &id)
{
    const QString key = domain + u'/' + id;
    if (const auto known = m_known.constFind(key); known != m_known.cend())
        return *known;
    QString name;
    for (const Side &side : m_sides) {
        const Catalogue::DomainRules *rules = side.catalogue.find(domain);
        if (!rules || m_lookUpsLeft-- <= 0)
            continue;
        const Result<QByteArray> text = side.snapshot.entityText(domain, id);
        if (!text)
            continue;
        const Result<Json::Document> document = Json::parse(view(*text));
        if (document)
            name = textAt(document->root(), rules->nameField);
        if (!name.isEmpty())
            break;
    }
    m_known.insert(key, name);
    return name;
}

QString EntityNames::nameOf(const Catalogue::DomainRules &rules, const QString &id, Json::Value entity)
{
    QString own = textAt(entity, rules.nameField);
    if (!own.isEmpty())
        return own;
    if (rules.identity.isEmpty() && rules.sub.parent.isEmpty())
        return rules.title.isEmpty() ? rules.name : rules.title;
    if (rules.sub.shape == QLatin1StringView("items") || rules.sub.shape == QLatin1StringView("object"))
        return lookUp(rules.sub.parent, id);
    if (rules.sub.shape == QLatin1StringView("pivot")) {
        // The type of a subject says where to look first (API, section 5.3).
        const QString type = textAt(entity, QStringLiteral("type"));
        QStringList domains{QStringLiteral("users"), QStringLiteral("groups"), QStringLiteral("teams"), QStringLiteral("oauth_clients")};
        const qsizetype first = type.contains(QLatin1StringView("TEAM")) ? 2
            : type.contains(QLatin1StringView("GROUP"))                  ? 1
            : type.contains(QLatin1StringView("OAUTH"))                  ? 3
                                                                         : 0;
        domains.move(first, 0);
        for (const QString &domain : std::as_const(domains)) {
            const QString name = lookUp(domain, id);
            if (!name.isEmpty())
                return name;
        }
    }
    return {};
}

QString EntityNames::storedNameOf(const Catalogue::DomainRules &rules, const QString &id)
{
    QString name = rules.sub.shape == QLatin1StringView("pivot") ? QString() : lookUp(rules.name, id);
    if (!name.isEmpty() || m_lookUpsLeft <= 0)
        return name;
    --m_lookUpsLeft;
    const Result<QByteArray> text = m_sides[0].snapshot.entityText(rules.name, id);
    const Result<Json::Document> document = text ? Json::parse(view(*text)) : Result<Json::Document>(Json::Document());
    return document ? nameOf(rules, id, document->root()) : QString();
}

} // namespace Orgtrace::Compare
