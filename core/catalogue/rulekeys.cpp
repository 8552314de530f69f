#include "catalogue/rulekeys.h"

#include <QSet>

namespace Orgtrace::Catalogue {

namespace {

constexpr std::array lists{
    ListKey{"permissionsAny", &DomainRules::permissionsAny},    ListKey{"dropped", &DomainRules::dropped, false, true},
    ListKey{"signals", &DomainRules::signals_, false, true},    ListKey{"references", &DomainRules::references, false, true},
    ListKey{"unordered", &DomainRules::unordered, false, true}, ListKey{"text", &DomainRules::text, false, true},
    ListKey{"secrets", &DomainRules::secrets, false, true},     ListKey{"labels", &DomainRules::labels, false, true},
    ListKey{"lastSeen", &DomainRules::lastSeen, false, true},
};

constexpr std::array flags{
    FlagKey{"optional", &DomainRules::optional},
    FlagKey{"byName", &DomainRules::byName},
    FlagKey{"writePermission", &DomainRules::writePermission},
};

constexpr std::array texts{
    TextKey{"name", &DomainRules::name},         TextKey{"title", &DomainRules::title},       TextKey{"group", &DomainRules::group},
    TextKey{"itemsKey", &DomainRules::itemsKey}, TextKey{"identity", &DomainRules::identity}, TextKey{"nameField", &DomainRules::nameField},
    TextKey{"lineage", &DomainRules::lineage},
};

constexpr std::array subs{
    SubKey{"parent", &SubResource::parent},       SubKey{"shape", &SubResource::shape},   SubKey{"into", &SubResource::into},
    SubKey{"parentKey", &SubResource::parentKey}, SubKey{"expand", &SubResource::expand}, SubKey{"expandKey", &SubResource::expandKey},
};

constexpr std::array pagings{
    std::pair{"page", Paging::PageNumber},    std::pair{"page-no-total", Paging::PageNumberNoTotal},
    std::pair{"after", Paging::After},        std::pair{"cursor", Paging::Cursor},
    std::pair{"next-page", Paging::NextPage}, std::pair{"unpaged", Paging::Unpaged},
    std::pair{"single", Paging::Single},      std::pair{"array", Paging::Array},
};

bool isDomainName(const QString &name)
{
    if (name.isEmpty() || name.size() > 64 || name.front() < u'a' || name.front() > u'z')
        return false;
    return std::ranges::all_of(name, [](QChar c) { return (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9') || c == u'_'; });
}

QString mistakeInPattern(const QString &pattern)
{
    const QStringList tokens = pattern.split(u'/');
    if (pattern.isEmpty() || tokens.contains(QString()))
        return QStringLiteral("the pattern \"%1\" has an empty name; write member names with one / between them and none at the ends")
            .arg(pattern);
    for (const QString &token : tokens) {
        if (token.contains(u'*') && token != QLatin1StringView("*") && token != QLatin1StringView("**"))
            return QStringLiteral("in the pattern \"%1\" a * stands for a whole name; write * for any name or ** for any depth")
                .arg(pattern);
    }
    if (tokens.size() > 32)
        return QStringLiteral("the pattern \"%1\" is longer than 32 names").arg(pattern);
    return {};
}

QString mistakeInPath(const DomainRules &rules)
{
    const QString path = QString::fromUtf8(rules.path);
    if (!path.startsWith(QLatin1StringView("/api/v2/")))
        return QStringLiteral("path \"%1\" does not begin with /api/v2/").arg(path);
    static constexpr QLatin1StringView allowed("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.");
    QString rest = path;
    const qsizetype ids = rest.count(QLatin1StringView("{id}"));
    rest.remove(QLatin1StringView("{id}"));
    for (const QChar c : rest) {
        if (!allowed.contains(c))
            return QStringLiteral("path \"%1\" has a \"%2\"; parameters go into query, and {id} is the only placeholder")
                .arg(path, QString(c));
    }
    for (const auto those = path.split(u'/'); const QString &segment : those) {
        if (segment == QLatin1StringView(".") || segment == QLatin1StringView(".."))
            return QStringLiteral("path \"%1\" walks away with \"%2\"; write it out").arg(path, segment);
    }
    if (rules.sub.parent.isEmpty() && ids > 0)
        return QStringLiteral("path has an {id}, so this is a sub-resource: say whose in [domain.sub] parent");
    const bool inQuery
        = std::ranges::any_of(rules.query, [](const auto &one) { return placeholdersOf(one.second).contains(QLatin1StringView("id")); });
    if (!rules.sub.parent.isEmpty() && ids != (inQuery ? 0 : 1))
        return QStringLiteral("the path of a sub-resource, or else one query value, holds {id}, the parent's id, exactly once");
    return {};
}

QString mistakeInQuery(const DomainRules &rules)
{
    for (const auto &[name, value] : rules.query) {
        if (name.contains(u'{'))
            return QStringLiteral("query: \"%1\" is a name; placeholders stand in values only").arg(name);
        for (const auto those = placeholdersOf(value); const QString &placeholder : those) {
            if (rules.sub.parent.isEmpty())
                return QStringLiteral("query: {%1} speaks of a parent, so this is a sub-resource: say whose in [domain.sub] parent")
                    .arg(placeholder);
            if (placeholder.split(u'/').contains(QString()) || placeholder.contains(u'*'))
                return QStringLiteral("query: {%1} is no member of the parent; write {id}, or member names with one / between them")
                    .arg(placeholder);
        }
    }
    return {};
}

QString mistakeInMarks(const DomainRules &rules)
{
    if (rules.profiles.contains(QLatin1StringView("everything")))
        return QStringLiteral(
            "profiles: \"everything\" holds every domain by itself; leave it out, or say byName = true to keep one out of it");
    if ((rules.optional || rules.byName) && !rules.profiles.isEmpty())
        return QStringLiteral("%1 = true keeps it out of profiles, but profiles names some; remove one of the two")
            .arg(rules.byName ? QStringLiteral("byName") : QStringLiteral("optional"));
    return {};
}

QString mistakeInLarge(const DomainRules &rules)
{
    if (rules.largePath.isEmpty() && rules.largeAbove == 0)
        return {};
    if (rules.largePath.isEmpty() || rules.largeAbove < 1)
        return QStringLiteral("largeAbove and largePath go together: a number of entities above 0, and where so many are read by cursor");
    if (!rules.sub.parent.isEmpty() || rules.paging != Paging::PageNumber)
        return QStringLiteral("largePath is only for a listing with paging = \"page\" that is no sub-resource");
    DomainRules large = rules;
    large.path = rules.largePath.toUtf8();
    const QString mistake = mistakeInPath(large);
    return mistake.isEmpty() ? mistake : QString(QStringLiteral("largePath: ") + mistake);
}

} // namespace

std::span<const ListKey> listKeys()
{
    return lists;
}
std::span<const FlagKey> flagKeys()
{
    return flags;
}
std::span<const TextKey> textKeys()
{
    return texts;
}
std::span<const SubKey> subKeys()
{
    return subs;
}

QStringList domainKeys()
{
    QStringList keys;
    for (const TextKey &key : texts)
        keys.append(QString::fromLatin1(key.name));
    keys << QStringLiteral("path") << QStringLiteral("query") << QStringLiteral("paging") << QStringLiteral("pageSize")
         << QStringLiteral("fanOut") << QStringLiteral("largeAbove") << QStringLiteral("largePath");
    for (const ListKey &key : lists)
        keys.append(QString::fromLatin1(key.name));
    keys << QStringLiteral("identities") << QStringLiteral("profiles");
    for (const FlagKey &key : flags)
        keys.append(QString::fromLatin1(key.name));
    keys << QStringLiteral("sub");
    return keys;
}

QStringList subResourceKeys()
{
    QStringList keys;
    for (const SubKey &key : subs)
        keys.append(QString::fromLatin1(key.name));
    keys << QStringLiteral("keep") << QStringLiteral("values");
    return keys;
}

QString pagingName(Paging paging)
{
    for (const auto &[name, value] : pagings) {
        if (value == paging)
            return QString::fromLatin1(name);
    }
    return {};
}

std::optional<Paging> pagingOf(const QString &name)
{
    for (const auto &[text, value] : pagings) {
        if (name == QLatin1StringView(text))
            return value;
    }
    return std::nullopt;
}

QStringList pagingNames()
{
    QStringList names;
    for (const auto &[text, value] : pagings)
        names.append(QString::fromLatin1(text));
    return names;
}

const QStringList &builtInProfiles()
{
    static const QStringList names{Catalogue::DefaultProfile, QStringLiteral("security"), QStringLiteral("everything")};
    return names;
}

QStringList domainsOfProfile(const QList<DomainRules> &domains, const QString &profile)
{
    QStringList names;
    for (const DomainRules &rules : domains) {
        if (profile == QLatin1StringView("everything") ? !rules.byName : rules.profiles.contains(profile))
            names.append(rules.name);
    }
    return names;
}

QStringList placeholdersOf(const QString &text)
{
    QStringList out;
    qsizetype at = 0;
    while ((at = text.indexOf(u'{', at)) >= 0) {
        const qsizetype end = text.indexOf(u'}', at);
        if (end < 0)
            break;
        out.append(text.sliced(at + 1, end - at - 1));
        at = end;
    }
    return out;
}

QString mistakeIn(const DomainRules &rules)
{
    if (!isDomainName(rules.name))
        return QStringLiteral("\"%1\" is no domain name: small letters, digits and _, a letter first, at most 64").arg(rules.name);
    if (const QString mistake = mistakeInPath(rules); !mistake.isEmpty())
        return mistake;
    if (const QString mistake = mistakeInQuery(rules); !mistake.isEmpty())
        return mistake;
    if (const QString mistake = mistakeInMarks(rules); !mistake.isEmpty())
        return mistake;
    if (rules.pageSize < 1 || rules.pageSize > 10'000)
        return QStringLiteral("pageSize %1 is not between 1 and 10000").arg(rules.pageSize);
    if (const QString mistake = mistakeInLarge(rules); !mistake.isEmpty())
        return mistake;
    for (const QString &path : rules.lastSeen) {
        if (path.contains(u'*'))
            return QStringLiteral("lastSeen: \"%1\" has a *; name one member by its path").arg(path);
    }
    for (const ListKey &key : lists) {
        if (!key.pattern)
            continue;
        for (const QString &pattern : rules.*key.member) {
            if (const QString mistake = mistakeInPattern(pattern); !mistake.isEmpty())
                return QString::fromLatin1(key.name) + QStringLiteral(": ") + mistake;
        }
    }
    for (auto entry = rules.identities.cbegin(); entry != rules.identities.cend(); ++entry) {
        if (const QString mistake = mistakeInPattern(entry.key()); !mistake.isEmpty())
            return QStringLiteral("identities: ") + mistake;
        if (entry.value().trimmed().isEmpty())
            return QStringLiteral("identities: \"%1\" names no member; write for example \"id\" or \"role,division/id\"").arg(entry.key());
    }
    const SubResource &sub = rules.sub;
    if (sub.parent.isEmpty()) {
        for (const SubKey &key : subs) {
            if (!(sub.*key.member).isEmpty())
                return QStringLiteral("[domain.sub] says %1 but no parent").arg(QString::fromLatin1(key.name));
        }
        if (!sub.values.isEmpty())
            return QStringLiteral("[domain.sub] says values but no parent");
        if (rules.identity.isEmpty() && rules.paging != Paging::Single)
            return QStringLiteral("identity is empty, which only a settings object (paging = \"single\") may have");
        return {};
    }
    if (sub.shape != QLatin1StringView("items") && sub.shape != QLatin1StringView("object") && sub.shape != QLatin1StringView("pivot"))
        return QStringLiteral("[domain.sub] shape \"%1\" is not one of: items, pivot, object").arg(sub.shape);
    if ((sub.shape == QLatin1StringView("object")) != (rules.paging == Paging::Single))
        return QStringLiteral("[domain.sub] shape object and paging single go together");
    if (sub.into.isEmpty())
        return QStringLiteral("[domain.sub] needs into, the member that holds the list");
    if (sub.shape == QLatin1StringView("pivot") && sub.parentKey.isEmpty())
        return QStringLiteral("[domain.sub] of shape pivot needs parentKey, the member that holds the parent's id");
    if (sub.expand.isEmpty() != sub.expandKey.isEmpty())
        return QStringLiteral("[domain.sub] expand and expandKey go together");
    return {};
}

QString mistakeIn(const QList<DomainRules> &domains, QString *domain)
{
    QHash<QString, const DomainRules *> byName;
    for (const DomainRules &rules : domains)
        byName.insert(rules.name, &rules);
    for (const DomainRules &rules : domains) {
        *domain = rules.name;
        QSet<QString> seen{rules.name};
        for (QString parent = rules.sub.parent; !parent.isEmpty(); parent = byName.value(parent)->sub.parent) {
            if (!byName.contains(parent))
                return QStringLiteral("its parent \"%1\" is no domain; declare it or correct [domain.sub] parent").arg(parent);
            if (seen.contains(parent))
                return QStringLiteral("its parents go round in a circle at \"%1\"").arg(parent);
            seen.insert(parent);
        }
    }
    return {};
}

QList<DomainRules> inCaptureOrder(const QList<DomainRules> &domains)
{
    QList<DomainRules> out;
    QSet<QString> placed;
    QList<DomainRules> waiting = domains;
    while (!waiting.isEmpty()) {
        QList<DomainRules> later;
        for (DomainRules &rules : waiting) {
            if (rules.sub.parent.isEmpty() || placed.contains(rules.sub.parent)) {
                placed.insert(rules.name);
                out.append(std::move(rules));
            } else {
                later.append(std::move(rules));
            }
        }
        if (later.size() == waiting.size()) // never without a mistake
            return out + later;
        waiting = std::move(later);
    }
    return out;
}

} // namespace Orgtrace::Catalogue
