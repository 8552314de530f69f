#include "catalogue/catalogue.h"
#include "catalogue/rulekeys.h"

#include <QSet>

#include <toml++/toml.hpp>

namespace Orgtrace::Catalogue {

namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

/// Edit distance, for "did you mean".
qsizetype distance(const QString &a, const QString &b)
{
    QList<qsizetype> row(b.size() + 1);
    for (qsizetype i = 0; i <= b.size(); ++i)
        row[i] = i;
    for (qsizetype i = 1; i <= a.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i;
        for (qsizetype k = 1; k <= b.size(); ++k) {
            const qsizetype change = diagonal + (a[i - 1].toLower() == b[k - 1].toLower() ? 0 : 1);
            diagonal = row[k];
            row[k] = std::min({change, row[k] + 1, row[k - 1] + 1});
        }
    }
    return row[b.size()];
}

QString nearestOf(const QString &name, const QStringList &known)
{
    const auto nearest = std::ranges::min_element(known, {}, [&name](const QString &one) { return distance(name, one); });
    const bool close = nearest != known.end() && distance(name, *nearest) <= std::max<qsizetype>(2, name.size() / 3);
    return close ? QStringLiteral("; did you mean \"%1\"?").arg(*nearest) : QString();
}

/// A [[profile]] as written; its lists are resolved when all files are read.
struct WrittenProfile {
    QString file, name, base;
    QStringList domains, added, removed;
    toml::source_region where;
};

/// Reads one file; each mistake names its line.
class FileReader
{
public:
    explicit FileReader(const QString &file) : m_file(file) { }

    std::unexpected<Error> mistake(const toml::source_region &where, const QString &detail) const
    {
        return Error::make(ErrorCode::BadInput, detail, QStringLiteral("%1:%2").arg(m_file).arg(where.begin.line));
    }

    Result<void> checkKeys(const toml::table &table, const QStringList &allowed, const QString &what) const
    {
        for (const auto &[key, value] : table) {
            const QString name = text(key.str());
            if (allowed.contains(name))
                continue;
            return mistake(key.source(),
                           QStringLiteral("%1 has no key \"%2\"%3; keys are: %4")
                               .arg(what, name, nearestOf(name, allowed), allowed.join(QStringLiteral(", "))));
        }
        return {};
    }

    Result<void> readText(const toml::table &table, const char *key, QString &into) const
    {
        const auto *node = table.get(key);
        if (!node)
            return {};
        if (!node->is_string())
            return mistake(node->source(), QStringLiteral("%1 is a text; write %1 = \"…\"").arg(QString::fromLatin1(key)));
        into = text(**node->as_string());
        return {};
    }

    Result<void> readList(const toml::table &table, const char *key, QStringList &into) const
    {
        const auto *node = table.get(key);
        if (!node)
            return {};
        const QString name = QString::fromLatin1(key);
        const auto *array = node->as_array();
        if (!array)
            return mistake(node->source(), QStringLiteral("%1 is a list of texts; write %1 = [\"…\"]").arg(name));
        into.clear();
        for (const auto &item : *array) {
            if (!item.is_string())
                return mistake(item.source(), QStringLiteral("%1 holds texts only; put it into quotes").arg(name));
            const QString value = text(**item.as_string());
            if (into.contains(value) && name != QLatin1StringView("query"))
                return mistake(item.source(), QStringLiteral("%1 says \"%2\" twice; remove one").arg(name, value));
            into.append(value);
        }
        return {};
    }

    Result<void> readSub(const toml::table &table, DomainRules &rules) const
    {
        const auto *node = table.get("sub");
        if (!node)
            return {};
        const auto *sub = node->as_table();
        if (!sub)
            return mistake(node->source(), QStringLiteral("sub is a table; write [domain.sub]"));
        if (auto known = checkKeys(*sub, subResourceKeys(), QStringLiteral("[domain.sub]")); !known)
            return known;
        for (const SubKey &key : subKeys()) {
            if (auto read = readText(*sub, key.name, rules.sub.*key.member); !read)
                return read;
        }
        if (auto read = readMap(*sub, "values", QStringLiteral("\"WORKFLOWFLOW\" = \"WORKFLOW\""), rules.sub.values); !read)
            return read;
        return readList(*sub, "keep", rules.sub.keep);
    }

    Result<void> readQuery(const toml::table &table, DomainRules &rules) const
    {
        QStringList list;
        if (!table.contains("query"))
            return {};
        if (auto read = readList(table, "query", list); !read)
            return read;
        rules.query.clear();
        for (const QString &parameter : std::as_const(list)) {
            const qsizetype split = parameter.indexOf(u'=');
            if (split < 1)
                return mistake(table.get("query")->source(),
                               QStringLiteral("the query parameter \"%1\" is not written name=value").arg(parameter));
            rules.query.append({parameter.first(split), parameter.sliced(split + 1)});
        }
        return {};
    }

    /// `key = { "a" = "b" }`
    Result<void> readMap(const toml::table &table, const char *key, const QString &example, QHash<QString, QString> &into) const
    {
        const auto *node = table.get(key);
        if (!node)
            return {};
        const QString name = QString::fromLatin1(key);
        const auto *map = node->as_table();
        if (!map)
            return mistake(node->source(), QStringLiteral("%1 is a table; write %1 = { %2 }").arg(name, example));
        into.clear();
        for (const auto &[from, to] : *map) {
            if (!to.is_string())
                return mistake(to.source(), QStringLiteral("%1 gives a text for each; write for example { %2 }").arg(name, example));
            into.insert(text(from.str()), text(**to.as_string()));
        }
        return {};
    }

    Result<void> readDomain(const toml::table &table, DomainRules &rules) const
    {
        if (auto known = checkKeys(table, domainKeys(), QStringLiteral("[[domain]]")); !known)
            return known;
        for (const TextKey &key : textKeys()) {
            if (auto read = readText(table, key.name, rules.*key.member); !read)
                return read;
        }
        QString path = QString::fromUtf8(rules.path);
        if (auto read = readText(table, "path", path); !read)
            return read;
        rules.path = path.toUtf8();
        for (const ListKey &key : listKeys()) {
            if (auto read = readList(table, key.name, rules.*key.member); !read)
                return read;
        }
        QString paging = pagingName(rules.paging);
        if (auto read = readText(table, "paging", paging); !read)
            return read;
        const auto style = pagingOf(paging);
        if (!style) {
            return mistake(table.get("paging")->source(),
                           QStringLiteral("paging \"%1\" is not one of: %2").arg(paging, pagingNames().join(QStringLiteral(", "))));
        }
        rules.paging = *style;
        if (const auto *size = table.get("pageSize")) {
            if (!size->is_integer())
                return mistake(size->source(), QStringLiteral("pageSize is a whole number"));
            rules.pageSize = static_cast<int>(std::clamp<int64_t>(**size->as_integer(), -1, 1'000'000));
        }
        if (auto read = readList(table, "profiles", rules.profiles); !read)
            return read;
        for (const FlagKey &key : flagKeys()) {
            if (const auto *flag = table.get(key.name)) {
                if (!flag->is_boolean())
                    return mistake(flag->source(), QStringLiteral("%1 is true or false").arg(QString::fromLatin1(key.name)));
                rules.*key.member = **flag->as_boolean();
            }
        }
        if (const auto *above = table.get("largeAbove")) {
            if (!above->is_integer())
                return mistake(above->source(), QStringLiteral("largeAbove is a whole number"));
            rules.largeAbove = std::clamp<qint64>(**above->as_integer(), -1, 1'000'000'000);
        }
        if (auto read = readText(table, "largePath", rules.largePath); !read)
            return read;
        if (const auto *fanOut = table.get("fanOut")) {
            if (!fanOut->is_boolean())
                return mistake(fanOut->source(), QStringLiteral("fanOut is true or false"));
            rules.fanOut = **fanOut->as_boolean();
        }
        if (auto read = readQuery(table, rules); !read)
            return read;
        if (auto read = readMap(table, "identities", QStringLiteral("\"members\" = \"id\""), rules.identities); !read)
            return read;
        return readSub(table, rules);
    }

    Result<void> readProfile(const toml::table &table, WrittenProfile &profile) const
    {
        static const QStringList keys{QStringLiteral("name"), QStringLiteral("domains"), QStringLiteral("base"), QStringLiteral("add"),
                                      QStringLiteral("remove")};
        if (auto known = checkKeys(table, keys, QStringLiteral("[[profile]]")); !known)
            return known;
        profile.file = m_file;
        profile.where = table.source();
        for (const auto &[key, into] : {std::pair{"name", &profile.name}, std::pair{"base", &profile.base}}) {
            if (auto read = readText(table, key, *into); !read)
                return read;
        }
        for (const auto &[key, into] :
             {std::pair{"domains", &profile.domains}, std::pair{"add", &profile.added}, std::pair{"remove", &profile.removed}}) {
            if (auto read = readList(table, key, *into); !read)
                return read;
        }
        if (profile.name.isEmpty())
            return mistake(table.source(), QStringLiteral("a [[profile]] needs a name; write name = \"weekly\""));
        if (profile.name == QLatin1StringView("everything"))
            return mistake(table.source(), QStringLiteral("\"everything\" always means every domain; give this [[profile]] another name"));
        if (table.contains("domains") == table.contains("base"))
            return mistake(table.source(),
                           QStringLiteral("the profile \"%1\" says either domains = […], or base = \"essential\" with add and remove")
                               .arg(profile.name));
        if (!table.contains("base") && (table.contains("add") || table.contains("remove")))
            return mistake(table.source(), QStringLiteral("the profile \"%1\" has no base to add to or remove from").arg(profile.name));
        return {};
    }

private:
    QString m_file;
};

/// What the profiles of all files come to. Their names are unique; a base may be a built-in profile or another of these.
Result<QList<Profile>> resolved(const QList<WrittenProfile> &written, const QList<DomainRules> &domains)
{
    QStringList domainNames, profileNames = builtInProfiles();
    for (const DomainRules &rules : domains)
        domainNames.append(rules.name);
    for (const WrittenProfile &profile : written)
        profileNames.append(profile.name);
    QHash<QString, QSet<QString>> done;
    QList<WrittenProfile> waiting = written;
    while (!waiting.isEmpty()) {
        QList<WrittenProfile> later;
        for (const WrittenProfile &profile : std::as_const(waiting)) {
            const FileReader reader(profile.file);
            for (const auto those = QStringList(profile.domains + profile.added + profile.removed); const QString &domain : those) {
                if (!domainNames.contains(domain))
                    return reader.mistake(profile.where,
                                          QStringLiteral("the profile \"%1\" names \"%2\", which is no domain%3")
                                              .arg(profile.name, domain, nearestOf(domain, domainNames)));
            }
            QSet<QString> names(profile.domains.begin(), profile.domains.end());
            if (!profile.base.isEmpty()) {
                if (!profileNames.contains(profile.base))
                    return reader.mistake(profile.where,
                                          QStringLiteral("the profile \"%1\" is based on \"%2\", which is no profile%3; there are %4")
                                              .arg(profile.name, profile.base, nearestOf(profile.base, profileNames),
                                                   profileNames.join(QStringLiteral(", "))));
                const bool isWritten = std::ranges::contains(written, profile.base, &WrittenProfile::name);
                if (isWritten && !done.contains(profile.base)) {
                    later.append(profile);
                    continue;
                }
                const QStringList base = isWritten ? done.value(profile.base).values() : domainsOfProfile(domains, profile.base);
                names.unite(QSet<QString>(base.begin(), base.end()));
            }
            for (const QString &domain : profile.removed) {
                if (!names.remove(domain))
                    return reader.mistake(profile.where,
                                          QStringLiteral("the profile \"%1\" removes \"%2\", which \"%3\" does not hold; leave it out")
                                              .arg(profile.name, domain, profile.base));
            }
            names.unite(QSet<QString>(profile.added.begin(), profile.added.end()));
            done.insert(profile.name, names);
        }
        if (later.size() == waiting.size()) {
            return FileReader(later.first().file)
                .mistake(later.first().where,
                         QStringLiteral("the bases of the profile \"%1\" go round in a circle; begin one of them with domains = […]")
                             .arg(later.first().name));
        }
        waiting = std::move(later);
    }
    QList<Profile> out;
    for (const WrittenProfile &profile : written) {
        Profile one{profile.name, {}};
        for (const QString &domain : std::as_const(domainNames)) {
            if (done.value(profile.name).contains(domain))
                one.domains.append(domain);
        }
        out.append(std::move(one));
    }
    return out;
}

} // namespace

Result<Catalogue> Catalogue::load(const QList<std::pair<QString, QByteArray>> &namedToml)
{
    Catalogue merged;
    QHash<QString, std::pair<QString, toml::source_region>> declaredAt; // where each domain was last declared
    QList<WrittenProfile> profiles;
    for (const auto &[file, bytes] : namedToml) {
        const FileReader reader(file);
        toml::table root;
        try {
            root = toml::parse(std::string_view(bytes.constData(), static_cast<size_t>(bytes.size())));
        } catch (const toml::parse_error &error) {
            return reader.mistake(error.source(), QStringLiteral("not TOML: %1").arg(text(error.description())));
        }
        if (auto known = reader.checkKeys(root, {QStringLiteral("domain"), QStringLiteral("profile")}, QStringLiteral("a catalogue file"));
            !known)
            return std::unexpected(known.error());
        if (const auto *written = root.get("profile")) {
            const auto *list = written->as_array();
            if (!list || !list->is_homogeneous<toml::table>())
                return reader.mistake(written->source(), QStringLiteral("profiles are written as [[profile]], with two brackets"));
            for (const auto &item : *list) {
                WrittenProfile profile;
                if (auto read = reader.readProfile(*item.as_table(), profile); !read)
                    return std::unexpected(read.error());
                const auto known = std::ranges::find(profiles, profile.name, &WrittenProfile::name);
                if (known == profiles.end()) {
                    profiles.append(std::move(profile));
                } else if (known->file == file) {
                    return reader.mistake(profile.where,
                                          QStringLiteral("the profile \"%1\" is declared twice in this file; keep one").arg(profile.name));
                } else {
                    *known = std::move(profile); // a later file's word stands
                }
            }
        }
        const auto *node = root.get("domain");
        if (!node)
            continue;
        const auto *domains = node->as_array();
        if (!domains || !domains->is_homogeneous<toml::table>())
            return reader.mistake(node->source(), QStringLiteral("domains are written as [[domain]], with two brackets"));
        QStringList here;
        for (const auto &item : *domains) {
            const toml::table &table = *item.as_table();
            const auto *nameNode = table.get("name");
            if (!nameNode || !nameNode->is_string())
                return reader.mistake(table.source(), QStringLiteral("a [[domain]] needs a name; write name = \"queues\""));
            const QString name = text(**nameNode->as_string());
            if (here.contains(name))
                return reader.mistake(
                    nameNode->source(),
                    QStringLiteral("the domain \"%1\" is declared twice in this file; put both into one [[domain]]").arg(name));
            here.append(name);
            DomainRules rules;
            if (const DomainRules *known = merged.find(name))
                rules = *known; // a later file replaces the keys it gives
            if (auto read = reader.readDomain(table, rules); !read)
                return std::unexpected(read.error());
            if (rules.title.isEmpty())
                rules.title = name;
            if (const QString wrong = mistakeIn(rules); !wrong.isEmpty())
                return reader.mistake(table.source(), QStringLiteral("domain %1: %2").arg(name, wrong));
            declaredAt.insert(name, {file, table.source()});
            merged.add(std::move(rules));
        }
    }
    QString culprit;
    if (const QString wrong = mistakeIn(merged.m_domains, &culprit); !wrong.isEmpty()) {
        const auto &[file, region] = declaredAt[culprit];
        return FileReader(file).mistake(region, QStringLiteral("domain %1: %2").arg(culprit, wrong));
    }
    Catalogue out;
    for (DomainRules &rules : inCaptureOrder(merged.m_domains))
        out.add(std::move(rules));
    auto lists = resolved(profiles, out.m_domains);
    if (!lists)
        return std::unexpected(lists.error());
    out.m_profiles = std::move(*lists);
    for (const DomainRules &rules : std::as_const(out.m_domains)) {
        for (const QString &profile : rules.profiles) {
            if (builtInProfiles().contains(profile))
                continue;
            const auto &[file, region] = declaredAt[rules.name];
            return FileReader(file).mistake(
                region,
                QStringLiteral(
                    "domain %1: profiles names \"%2\", which is not built in%3; a profile of your own names its domains in [[profile]]")
                    .arg(rules.name, profile, nearestOf(profile, builtInProfiles())));
        }
    }
    return out;
}

} // namespace Orgtrace::Catalogue
