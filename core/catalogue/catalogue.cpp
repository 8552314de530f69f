#include "catalogue/catalogue.h"

#include "base/digest.h"
#include "catalogue/rulekeys.h"
#include "json/node.h"
#include "json/text.h"
#include "json/value.h"

#include <QDir>
#include <QFile>

namespace Orgtrace::Catalogue {

namespace {

Json::Node listNode(const QStringList &list)
{
    Json::Node node = Json::Node::array();
    for (const QString &item : list)
        node.append(item);
    return node;
}

Json::Node queryNode(const DomainRules &rules)
{
    Json::Node node = Json::Node::array();
    for (const auto &[name, value] : rules.query)
        node.append(QString(name + u'=' + value));
    return node;
}

Json::Node subNode(const SubResource &sub)
{
    Json::Node node = Json::Node::object();
    for (const SubKey &key : subKeys()) {
        if (!(sub.*key.member).isEmpty())
            node[key.name] = sub.*key.member;
    }
    if (!sub.keep.isEmpty())
        node["keep"] = listNode(sub.keep);
    for (auto entry = sub.values.cbegin(); entry != sub.values.cend(); ++entry)
        node["values"][Json::toUtf8(entry.key())] = entry.value();
    return node;
}

Json::Node rulesNode(const DomainRules &rules)
{
    Json::Node node = Json::Node::object();
    for (const TextKey &key : textKeys())
        node[key.name] = rules.*key.member;
    node["path"] = QString::fromUtf8(rules.path);
    node["query"] = queryNode(rules);
    node["paging"] = pagingName(rules.paging);
    node["pageSize"] = rules.pageSize;
    if (rules.largeAbove > 0) {
        node["largeAbove"] = rules.largeAbove;
        node["largePath"] = rules.largePath;
    }
    node["fanOut"] = rules.fanOut;
    for (const ListKey &key : listKeys()) {
        // Younger than stores: left out where it says nothing, and of the hash, so that rules which compare alike keep theirs.
        if (key.member != &DomainRules::lastSeen || !rules.lastSeen.isEmpty())
            node[key.name] = listNode(rules.*key.member);
    }
    Json::Node identities = Json::Node::object();
    for (auto entry = rules.identities.cbegin(); entry != rules.identities.cend(); ++entry)
        identities[Json::toUtf8(entry.key())] = entry.value();
    node["identities"] = identities;
    if (!rules.sub.parent.isEmpty())
        node["sub"] = subNode(rules.sub);
    if (!rules.profiles.isEmpty())
        node["profiles"] = listNode(rules.profiles);
    for (const FlagKey &key : flagKeys()) {
        if (rules.*key.member)
            node[key.name] = true;
    }
    return node;
}

QStringList stringsOf(Json::Value array)
{
    QStringList out;
    for (const Json::Value item : array.items())
        out.append(item.toQString());
    return out;
}

std::unexpected<Error> badJson(const QString &detail, const QString &where)
{
    return Error::make(ErrorCode::BadInput, detail, where);
}

Result<DomainRules> rulesFrom(Json::Value object, const QString &where)
{
    DomainRules rules;
    if (!object.isObject() || object["name"].string().empty())
        return badJson(QStringLiteral("a domain without a name"), where);
    for (const TextKey &key : textKeys()) {
        if (const Json::Value value = object[key.name]; value.isString())
            rules.*key.member = value.toQString();
    }
    const std::string_view path = object["path"].string();
    rules.path = QByteArray(path.data(), static_cast<qsizetype>(path.size()));
    for (const auto those = stringsOf(object["query"]); const QString &parameter : those) {
        const qsizetype split = parameter.indexOf(u'=');
        if (split < 1)
            return badJson(QStringLiteral("a query parameter without a name"), where);
        rules.query.append({parameter.first(split), parameter.sliced(split + 1)});
    }
    if (const Json::Value paging = object["paging"]; !paging.isMissing()) {
        const auto known = pagingOf(paging.toQString());
        if (!known)
            return badJson(QStringLiteral("a paging style this version does not know: %1").arg(paging.toQString()), where);
        rules.paging = *known;
    }
    rules.pageSize = static_cast<int>(std::clamp<qint64>(object["pageSize"].toInteger(rules.pageSize), 0, 1'000'000));
    rules.largeAbove = std::clamp<qint64>(object["largeAbove"].toInteger(0), 0, 1'000'000'000);
    rules.largePath = object["largePath"].toQString();
    rules.fanOut = object["fanOut"].toBool();
    for (const ListKey &key : listKeys())
        rules.*key.member = stringsOf(object[key.name]);
    for (const Json::Member &member : object["identities"].members())
        rules.identities.insert(Json::toQString(member.key), member.value.toQString());
    const Json::Value sub = object["sub"];
    for (const SubKey &key : subKeys())
        rules.sub.*key.member = sub[key.name].toQString();
    rules.sub.keep = stringsOf(sub["keep"]);
    for (const Json::Member &member : sub["values"].members())
        rules.sub.values.insert(Json::toQString(member.key), member.value.toQString());
    rules.profiles = stringsOf(object["profiles"]);
    for (const FlagKey &key : flagKeys())
        rules.*key.member = object[key.name].toBool();
    return rules;
}

} // namespace

QByteArray DomainRules::hash() const
{
    // What is written for people, and how the platform is asked, changes no evidence.
    DomainRules bare = *this;
    bare.title.clear();
    bare.group.clear();
    bare.pageSize = 0;
    bare.largeAbove = 0; // and its path with it
    bare.permissionsAny.clear();
    bare.profiles.clear();
    bare.lastSeen.clear();
    for (const FlagKey &key : flagKeys())
        bare.*key.member = false;
    for (const ListKey &key : listKeys()) {
        if (!key.ordered)
            (bare.*key.member).sort();
    }
    bare.sub.keep.sort();
    return sha256(view(rulesNode(bare).compactText())).toHex();
}

Result<Catalogue> Catalogue::builtIn()
{
    return effective({});
}

Result<Catalogue> Catalogue::effective(const QList<std::pair<QString, QByteArray>> &userToml)
{
    QDir folder(QStringLiteral(":/orgtrace/catalogue"));
    QList<std::pair<QString, QByteArray>> files;
    for (const auto those = folder.entryList({QStringLiteral("*.toml")}, QDir::Files, QDir::Name); const QString &name : those) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            return Error::make(ErrorCode::Internal, QStringLiteral("the built-in catalogue cannot be read"), name);
        files.append({name, file.readAll()});
    }
    if (files.isEmpty())
        return Error::make(ErrorCode::Internal, QStringLiteral("the built-in catalogue is missing from this build"));
    return load(files + userToml);
}

QByteArray Catalogue::toJson() const
{
    Json::Node node = Json::Node::object();
    node["schema_version"] = 1;
    Json::Node &domains = node["domains"];
    domains = Json::Node::array();
    for (const DomainRules &rules : m_domains)
        domains.append(rulesNode(rules));
    if (!m_profiles.isEmpty()) {
        Json::Node &profiles = node["profiles"];
        profiles = Json::Node::array();
        for (const Profile &profile : m_profiles) {
            Json::Node one = Json::Node::object();
            one["name"] = profile.name;
            one["domains"] = listNode(profile.domains);
            profiles.append(std::move(one));
        }
    }
    return node.canonicalText();
}

Result<Catalogue> Catalogue::fromJson(const QByteArray &json)
{
    const auto document = Json::parse(view(json));
    if (!document)
        return std::unexpected(document.error());
    const Json::Value root = document->root();
    if (root["schema_version"].toInteger() > 1)
        return Error::make(ErrorCode::NewerFormat, QStringLiteral("catalogue.json was written by a newer version; use a newer Orgtrace"));
    if (root["schema_version"].toInteger() != 1 || !root["domains"].isArray())
        return Error::make(ErrorCode::BadInput, QStringLiteral("not a catalogue.json: schema_version or domains is missing"));
    Catalogue out;
    qsizetype index = 0;
    for (const Json::Value value : root["domains"].items()) {
        const QString where = QStringLiteral("/domains/%1").arg(index++);
        auto rules = rulesFrom(value, where);
        if (!rules)
            return std::unexpected(rules.error());
        if (out.find(rules->name))
            return badJson(QStringLiteral("the domain %1 twice").arg(rules->name), where);
        out.add(std::move(*rules));
    }
    for (const Json::Value value : root["profiles"].items())
        out.m_profiles.append({value["name"].toQString(), stringsOf(value["domains"])});
    return out;
}

const DomainRules *Catalogue::find(const QString &name) const
{
    const auto found = m_index.constFind(name);
    return found == m_index.cend() ? nullptr : &m_domains[*found];
}

DomainRules Catalogue::generic(const QString &name)
{
    DomainRules rules;
    rules.name = name;
    rules.title = name;
    rules.group = QStringLiteral("Imported");
    rules.paging = Paging::Array;
    rules.dropped = {QStringLiteral("**/selfUri")};
    return rules;
}

Catalogue Catalogue::restrictedTo(const QStringList &names) const
{
    Catalogue out;
    for (const DomainRules &rules : m_domains) {
        if (names.contains(rules.name))
            out.add(rules);
    }
    return out; // profiles may name what is not here, so they stay behind
}

QStringList Catalogue::profileNames() const
{
    QStringList names = builtInProfiles();
    for (const Profile &profile : m_profiles) {
        if (!names.contains(profile.name))
            names.append(profile.name);
    }
    return names;
}

Result<QStringList> Catalogue::profile(const QString &name) const
{
    const auto own = std::ranges::find(m_profiles, name, &Profile::name);
    if (own != m_profiles.end())
        return own->domains;
    const QStringList names = profileNames();
    if (!names.contains(name)) {
        return Error::make(ErrorCode::BadInput,
                           QStringLiteral("there is no profile \"%1\"; there are %2, and a [[profile]] of your own adds one")
                               .arg(name, names.join(QStringLiteral(", "))),
                           name);
    }
    return domainsOfProfile(m_domains, name);
}

void Catalogue::add(DomainRules rules)
{
    const auto found = m_index.constFind(rules.name);
    if (found != m_index.cend()) {
        m_domains[*found] = std::move(rules);
        return;
    }
    m_index.insert(rules.name, m_domains.size());
    m_domains.append(std::move(rules));
}

} // namespace Orgtrace::Catalogue
