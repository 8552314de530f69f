#include "sandbox/generic.h"

#include "base/clock.h"
#include "sandbox/words.h"
#include "sandbox/world.h"
#include "json/value.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>

#include <format>
#include <toml++/toml.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr size_t poolSize = 40;

QStringList texts(const toml::table &table, const char *key)
{
    QStringList list;
    if (const auto *array = table[key].as_array()) {
        for (const auto &item : *array)
            list.append(QString::fromStdString(item.value_or(std::string())));
    }
    return list;
}

Generic::Template domainFrom(const toml::table &table)
{
    const auto text = [&table](const char *key) { return QString::fromStdString(table[key].value_or(std::string())); };
    Generic::Template domain;
    domain.name = text("name");
    domain.path = text("path");
    domain.paging = QString::fromStdString(table["paging"].value_or(std::string("page")));
    domain.size = table["size"].value_or(100);
    domain.count = table["count"].value_or(1);
    domain.rights = texts(table, "rights");
    domain.parent = text("parent");
    domain.parentQuery = text("parentQuery");
    domain.needs = texts(table, "needs");
    domain.when = text("when");
    domain.label = text("label");
    domain.pool = text("pool");
    domain.names = texts(table, "names");
    domain.offered = table["offered"].value_or(true);
    domain.linked = table["linked"].value_or(true);
    if (table.contains("envelope"))
        domain.envelope = texts(table, "envelope");
    domain.body = table["body"].value_or(std::string());
    return domain;
}

/// The compiled-in table; one that does not read is a mistake of the build, told by the first test that serves it.
std::vector<Generic::Template> readTable()
{
    std::vector<Generic::Template> out;
    const QDir folder(u":/orgtrace-sandbox/generic"_s);
    for (const auto those = folder.entryList({u"*.toml"_s}, QDir::Files, QDir::Name); const QString &name : those) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const std::string text = file.readAll().toStdString();
        try {
            const toml::table root = toml::parse(text);
            if (const auto *list = root["domain"].as_array()) {
                for (const auto &item : *list)
                    out.push_back(domainFrom(*item.as_table()));
            }
        } catch (const toml::parse_error &error) {
            qCritical("%s:%u: %s", qPrintable(name), error.source().begin.line, std::string(error.description()).c_str());
        }
    }
    return out;
}

struct Somebody {
    QString id, name, uri;
    [[nodiscard]] Body reference() const { return Body::object({{"id", Body(id)}, {"name", Body(name)}, {"selfUri", Body(uri)}}); }
};

QString nameOf(const Generic::Template &domain, qsizetype index)
{
    if (!domain.names.isEmpty())
        return domain.names.value(index % domain.names.size());
    const QStringList &topics = Words::queueTopics();
    const QString topic = topics.value(index % topics.size());
    const QString again = index < topics.size() ? QString() : u" %1"_s.arg(index / topics.size() + 1);
    return topic + u' ' + (domain.label.isEmpty() ? domain.name : domain.label) + again;
}

} // namespace

struct Generic::Private {
    quint32 seed = 0;
    QDateTime startUtc;
    QHash<QString, std::vector<Somebody>> pools;

    [[nodiscard]] QString idOf(const Generic::Template &domain, const QString &parent, qsizetype index) const
    {
        // Where a template says how an entity is called on the wire, that is its id.
        if (domain.body.contains("\"id\": \"@name\""))
            return nameOf(domain, index);
        return uuid(seed, u"generic/"_s + domain.name + u'/' + parent + u'/' + QString::number(index));
    }
};

namespace {

/// Makes one entity of a template.
class Maker
{
public:
    struct Place {
        const Generic::Template &domain;
        QString id, name, parent;
        qsizetype index;
    };
    Maker(const Generic::Private &generic, Place place, Dice fixed, Dice &now) :
        m_generic(generic), m_place(std::move(place)), m_fixed(fixed), m_now(now)
    {
    }

    Body made(Json::Value value)
    {
        if (value.isObject()) {
            Body out = Body::object();
            for (const Json::Member &member : value.members())
                out.set(member.key, made(member.value));
            return out;
        }
        if (value.isArray())
            return list(value);
        if (value.isString())
            return word(value.toQString());
        if (value.kind() == Json::Kind::Number)
            return Body::raw(std::string(value.numberText()));
        if (value.kind() == Json::Kind::Bool)
            return Body(value.toBool());
        return {};
    }

private:
    Body list(Json::Value value)
    {
        bool isBag = false;
        std::vector<Body> items;
        for (const Json::Value item : value.items()) {
            if (items.empty() && item.string() == "@bag")
                isBag = true;
            else
                items.push_back(made(item));
        }
        return isBag ? Body::bag(std::move(items)) : Body::array(std::move(items));
    }

    /// A text that is one word is what the word means; else the words in it are written out.
    Body word(const QString &text)
    {
        static const QRegularExpression several(u"^@(bagof|listof):(\\d+):(.+)$"_s);
        if (const auto match = several.match(text); match.hasMatch())
            return many(match.captured(1) == u"bagof"_s, match.captured(2).toInt(), match.captured(3));
        static const QRegularExpression words(
            u"([@~])(int:\\d+:\\d+|pick:[^\"]+|link:(?:user|division|any|ref:\\w+)|ref:\\w+|id:\\w+|user\\.id|(?:id|name|parent|text|slug|hex|uuid|phone|date|bool|n|user|division|any)(?![a-z]))"_s);
        const auto whole = words.match(text, 0, QRegularExpression::NormalMatch, QRegularExpression::AnchorAtOffsetMatchOption);
        if (whole.hasMatch() && whole.capturedLength() == text.size())
            return value(whole.captured(1) == u"~"_s, whole.captured(2));
        QString out;
        qsizetype at = 0;
        for (auto it = words.globalMatch(text); it.hasNext();) {
            const auto match = it.next();
            out += text.sliced(at, match.capturedStart() - at);
            out += QString::fromStdString(value(match.captured(1) == u"~"_s, match.captured(2)).plain());
            at = match.capturedEnd();
        }
        return Body(QString(out + text.sliced(at)));
    }

    Body value(bool isVolatile, const QString &name)
    {
        Dice &dice = isVolatile ? m_now : m_fixed;
        const QString first = name.section(u':', 0, 0);
        const QString rest = name.section(u':', 1);
        if (first == u"id"_s)
            return rest.isEmpty() ? Body(m_place.id) : Body(somebody(rest, m_place.index).id);
        if (first == u"name"_s)
            return Body(m_place.name);
        if (first == u"parent"_s)
            return Body(m_place.parent);
        if (first == u"n"_s)
            return Body(m_place.index + 1);
        if (first == u"phone"_s)
            return Body(u"+44207946%1"_s.arg(static_cast<int>(m_place.index), 4, 10, QLatin1Char('0')));
        if (first == u"text"_s)
            return Body(QString(oneOf(Words::departments(), dice) + u", "_s + oneOf(Words::sites(), dice)));
        if (first == u"slug"_s)
            return Body(oneOf(Words::departments(), dice).toLower().replace(u' ', u'-'));
        if (first == u"hex"_s)
            return Body(QString::fromStdString(std::format("{:016x}{:016x}", dice.next(), dice.next())));
        if (first == u"uuid"_s)
            return Body(uuid(dice.next(), "generic"));
        if (first == u"date"_s)
            return Body(isoUtc(m_generic.startUtc.addSecs(-86400LL * (2 + dice.below(700)) - dice.below(86400))));
        if (first == u"bool"_s)
            return Body(dice.chance(50));
        if (first == u"int"_s) {
            const int from = rest.section(u':', 0, 0).toInt();
            return Body(from + dice.below(rest.section(u':', 1).toInt() - from + 1));
        }
        if (first == u"pick"_s)
            return Body(oneOf(rest.split(u'|'), dice));
        if (first == u"user.id"_s)
            return Body(somebody(u"users"_s, dice.below(12)).id);
        return reference(name, dice.below(1000));
    }

    Body reference(const QString &name, qsizetype index)
    {
        if (name == u"user"_s)
            return somebody(u"users"_s, index).reference();
        if (name == u"division"_s)
            return somebody(u"divisions"_s, index).reference();
        if (name.startsWith(u"link:"_s)) {
            Body unnamed = reference(name.sliced(5), index);
            unnamed.unset("name");
            return unnamed;
        }
        if (name.startsWith(u"ref:"_s))
            return somebody(name.sliced(4), index).reference();
        return somebody({}, index).reference();
    }

    Body many(bool isBag, int count, const QString &name)
    {
        const QString bare = name.sliced(1); // behind its @
        const int start = m_fixed.below(1000);
        std::vector<Body> items;
        QSet<QString> ids;
        for (int i = 0; i < count; ++i) {
            Body one = reference(bare, start + i);
            if (const QString id = one.text("id"); !ids.contains(id)) {
                ids.insert(id);
                items.push_back(std::move(one));
            }
        }
        return isBag ? Body::bag(std::move(items)) : Body::array(std::move(items));
    }

    [[nodiscard]] Somebody somebody(const QString &domain, qsizetype index) const
    {
        const auto pool = m_generic.pools.constFind(domain);
        if (pool != m_generic.pools.cend() && !pool->empty())
            return pool->at(static_cast<size_t>(index) % pool->size());
        const Generic::Template *own = Generic::find(domain);
        const qsizetype at = own && own->count > 0 ? index % own->count : index % 7;
        Generic::Template none;
        none.name = domain.isEmpty() ? u"thing"_s : domain;
        const Generic::Template &of = own ? *own : none;
        return {m_generic.idOf(of, {}, at), nameOf(of, at),
                u"/api/v2/"_s + (of.path.isEmpty() ? of.name : of.path) + u'/' + m_generic.idOf(of, {}, at)};
    }

    static QString oneOf(const QStringList &list, Dice &dice) { return list.value(dice.below(static_cast<int>(list.size()))); }

    const Generic::Private &m_generic;
    Place m_place;
    Dice m_fixed;
    Dice &m_now;
};

} // namespace

Generic::Generic(const Organisation &org, const GeneratorSettings &settings) : d(std::make_unique<Private>())
{
    d->seed = settings.seed;
    d->startUtc = settings.startUtc;
    for (const auto those = org.domains(); const QString &domain : those) {
        const QString path = listPath(domain);
        std::vector<Somebody> &pool = d->pools[domain];
        for (const Entity &entity : org.collection(domain).items()) {
            if (pool.size() >= poolSize || path.isEmpty())
                break;
            pool.push_back({entity.id, entity.name, path + u'/' + entity.id});
        }
    }
}

Generic::~Generic() = default;

const std::vector<Generic::Template> &Generic::domains()
{
    static const std::vector<Generic::Template> table = readTable();
    return table;
}

const Generic::Template *Generic::find(const QString &name)
{
    static const QHash<QString, const Generic::Template *> byName = [] {
        QHash<QString, const Generic::Template *> out;
        for (const Generic::Template &domain : domains())
            out.insert(domain.name, &domain);
        return out;
    }();
    return byName.value(name);
}

bool Generic::holds(const QString &domain, const QString &id) const
{
    const Generic::Template *own = find(domain);
    for (int index = 0; own && index < own->count; ++index) {
        if (d->idOf(*own, {}, index) == id)
            return true;
    }
    return false;
}

std::vector<Body> Generic::entities(const Generic::Template &domain, const QString &parent, Dice &now) const
{
    const auto document = Json::parse(domain.body);
    if (!document) {
        qCritical("%s: %s", qPrintable(domain.name), qPrintable(document.error().detail));
        return {};
    }
    qsizetype count = domain.count;
    if (const auto pool = d->pools.constFind(domain.pool); pool != d->pools.cend())
        count = std::min(count, static_cast<qsizetype>(pool->size()));
    std::vector<Body> out;
    for (qsizetype index = 0; index < count; ++index) {
        const QString id = d->idOf(domain, parent, index);
        const Dice fixed(mix(d->seed, u"generic/"_s + domain.name + u'/' + parent + u'/' + QString::number(index)));
        Body body = Maker(*d, {domain, id, nameOf(domain, index), parent, index}, fixed, now).made(document->root());
        if (domain.linked && body.find("id"))
            body.set("selfUri", Body(u"/api/v2/"_s + QString(domain.path).replace(u"{id}"_s, parent) + u'/' + id));
        out.push_back(std::move(body));
    }
    return out;
}

} // namespace Orgtrace::Sandbox
