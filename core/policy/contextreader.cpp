#include "policy/contextreader.h"

#include "base/digest.h"
#include "catalogue/catalogue.h"
#include "json/value.h"

#include <algorithm>

namespace Orgtrace::Policy {

namespace {

constexpr qsizetype MostNames = 500'000;

const QString Roles = QStringLiteral("roles");
const QString Grants = QStringLiteral("grants");
const QString Flows = QStringLiteral("flows");
const QString Divisions = QStringLiteral("divisions");

/// Calls visit with every string inside.
void forEachString(Json::Value root, const std::function<void(std::string_view)> &visit)
{
    std::vector<Json::Value> open{root};
    while (!open.empty()) {
        const Json::Value value = open.back();
        open.pop_back();
        if (value.isString()) {
            visit(value.string());
        } else if (value.isArray()) {
            for (const Json::Value item : value.items())
                open.push_back(item);
        } else if (value.isObject()) {
            for (const Json::Member &member : value.members())
                open.push_back(member.value);
        }
    }
}

/// A top-level text of canonical text, found by its line: two blanks, the name, and no need to parse the rest.
QString topLevelText(std::string_view text, const std::string &member)
{
    const std::string start = "\n  \"" + member + "\": ";
    const size_t at = text.find(start);
    if (at == std::string_view::npos)
        return {};
    std::string_view value = text.substr(at + start.size());
    value = value.substr(0, value.find('\n'));
    if (value.ends_with(','))
        value.remove_suffix(1);
    const Result<Json::Document> document = Json::parse(value);
    return document ? document->root().toQString() : QString();
}

class Reader
{
public:
    Reader(const PolicyFile &policy, const Evidence::Snapshot &a, const Evidence::Snapshot &b, bool withNames) :
        m_policy(policy), m_a(a), m_b(b), m_withNames(withNames)
    {
    }

    Result<Context> run()
    {
        for (const Evidence::Snapshot *side : {&m_b, &m_a}) {
            Result<Catalogue::Catalogue> catalogue = Catalogue::Catalogue::fromJson(side->catalogueJson());
            if (!catalogue)
                return Error::make(ErrorCode::Integrity, QStringLiteral("catalogue.json cannot be read: ") + catalogue.error().detail,
                                   side->summary().id);
            for (const Result<void> &step : {names(*side, *catalogue), adminRoles(*side), flows(*side)}) {
                if (!step)
                    return std::unexpected(step.error());
            }
        }
        if (auto holders = roleHolders(); !holders)
            return std::unexpected(holders.error());
        m_out.productionFlows = m_published & m_referenced;
        if (!m_withNames)
            m_out.names.clear();
        return std::move(m_out);
    }

private:
    using Visit = std::function<void(const QString &id, Json::Value entity)>;
    static Result<void> forEach(const Evidence::Snapshot &side, const QString &domain, const Visit &visit)
    {
        return side.forEachEntity(domain, [&visit](const QString &id, std::string_view text) {
            // What cannot be read is listed as not comparable elsewhere; here it says nothing.
            if (const Result<Json::Document> document = Json::parse(text))
                visit(id, document->root());
            return true;
        });
    }

    Result<void> names(const Evidence::Snapshot &side, const Catalogue::Catalogue &catalogue)
    {
        for (const Evidence::LedgerRow &row : side.manifest().ledger) {
            const Catalogue::DomainRules *rules = catalogue.find(row.domain);
            if (!m_withNames && row.domain != Divisions)
                continue; // divisions a policy may name, the rest is for people
            if (rules && (!rules->sub.parent.isEmpty() || rules->identity.isEmpty() || rules->nameField.isEmpty()))
                continue;
            const std::string member = rules ? rules->nameField.toStdString() : std::string("name");
            const auto put = [&](const QString &id, std::string_view text) {
                const QString key = row.domain + u'/' + id;
                if (m_out.names.size() < MostNames && !m_out.names.contains(key)) {
                    const QString name = topLevelText(text, member);
                    if (!name.isEmpty())
                        m_out.names.insert(key, name);
                }
                return m_out.names.size() < MostNames;
            };
            if (&side == &m_b) {
                if (auto read = side.forEachEntity(row.domain, put); !read)
                    return read;
                continue;
            }
            // The old side only where the new one has none: few, and read one by one.
            const Result<QStringList> ids = side.entityIds(row.domain);
            if (!ids)
                return std::unexpected(ids.error());
            for (const QString &id : *ids) {
                if (m_out.names.contains(row.domain + u'/' + id))
                    continue;
                if (const Result<QByteArray> text = side.entityText(row.domain, id))
                    (void)put(id, view(*text));
            }
        }
        return {};
    }

    Result<void> adminRoles(const Evidence::Snapshot &side)
    {
        return forEach(side, Roles, [this](const QString &id, Json::Value role) {
            const QString name = role["name"].toQString();
            const auto byName = [&name](const QString &pattern) { return globMatches(pattern, name, Qt::CaseInsensitive); };
            if (std::ranges::any_of(m_policy.adminNames, byName) || holdsAdminPermission(role))
                m_out.adminRoles.insert(id);
        });
    }

    [[nodiscard]] bool holdsAdminPermission(Json::Value role) const
    {
        const auto isAdmin = [this](const QString &held) {
            return std::ranges::any_of(m_policy.adminPermissions,
                                       [&held](const QString &wanted) { return permissionCovers(held, wanted); });
        };
        for (const Json::Value policy : role["permissionPolicies"].items()) {
            const QString front = policy["domain"].toQString() + u':' + policy["entityName"].toQString() + u':';
            for (const Json::Value action : policy["actionSet"].items()) {
                if (isAdmin(front + action.toQString()))
                    return true;
            }
        }
        // Legacy and incomplete, but all that some imports have (API, section 5.1).
        for (const Json::Value permission : role["permissions"].items()) {
            if (isAdmin(permission.toQString()))
                return true;
        }
        return false;
    }

    Result<void> roleHolders()
    {
        // Containers and clients always; people only where their grants came or went whole, for only there a change says nothing more.
        QSet<QString> inA, inB;
        for (const auto &[side, ids] : {std::pair(&m_a, &inA), std::pair(&m_b, &inB)}) {
            const Result<QStringList> list = side->entityIds(Grants);
            if (!list)
                return std::unexpected(list.error());
            *ids = QSet<QString>(list->cbegin(), list->cend());
        }
        QSet<QString> wanted = (inA - inB) + (inB - inA);
        QSet<QString> containers;
        for (const Evidence::Snapshot *side : {&m_a, &m_b}) {
            for (const QString &domain : {QStringLiteral("groups"), QStringLiteral("teams"), QStringLiteral("oauth_clients")}) {
                const Result<QStringList> list = side->entityIds(domain);
                if (!list)
                    return std::unexpected(list.error());
                containers.unite(QSet<QString>(list->cbegin(), list->cend()));
            }
        }
        wanted.unite(containers);
        for (const auto &[side, ids] : {std::pair(&m_a, &inA), std::pair(&m_b, &inB)}) {
            for (const QString &id : std::as_const(wanted)) {
                if (!ids->contains(id))
                    continue;
                const Result<QByteArray> text = side->entityText(Grants, id);
                if (!text)
                    return std::unexpected(text.error());
                if (const Result<Json::Document> document = Json::parse(view(*text)))
                    noteGrants(id, document->root(), containers.contains(id));
            }
        }
        return {};
    }

    void noteGrants(const QString &id, Json::Value entity, bool isContainer)
    {
        for (const Json::Value grant : entity["grants"].items()) {
            const Json::Value role = grant["role"];
            const QString roleId = role.isObject() ? role["id"].toQString() : role.toQString();
            if (isContainer)
                m_out.roleHolders.insert(id);
            if (m_out.adminRoles.contains(roleId))
                m_out.adminSubjects.insert(id);
        }
    }

    Result<void> flows(const Evidence::Snapshot &side)
    {
        QSet<QString> ids;
        auto read = forEach(side, Flows, [&](const QString &id, Json::Value flow) {
            ids.insert(id);
            const Json::Value version = flow["publishedVersion"];
            if (flow["published"].toBool() || (!version.isMissing() && !version.isNull()))
                m_published.insert(id);
            const QString division = flow["division"]["id"].toQString();
            const QString name = m_out.names.value(Divisions + u'/' + division);
            if (std::ranges::any_of(m_policy.productionDivisions, [&](const QString &wanted) {
                    return (!division.isEmpty() && wanted == division)
                        || (!name.isEmpty() && globMatches(wanted, name, Qt::CaseInsensitive));
                }))
                m_referenced.insert(id);
        });
        if (!read || ids.isEmpty())
            return read;
        for (const QString &pattern : m_policy.flowReferences) {
            for (const Evidence::LedgerRow &row : side.manifest().ledger) {
                if (!globMatches(pattern, row.domain))
                    continue;
                read = forEach(side, row.domain, [&](const QString &, Json::Value entity) {
                    forEachString(entity, [&](std::string_view text) {
                        if (text.size() > 64)
                            return; // longer than any id
                        const QString id = QString::fromUtf8(text.data(), qsizetype(text.size()));
                        if (ids.contains(id))
                            m_referenced.insert(id);
                    });
                });
                if (!read)
                    return read;
            }
        }
        return {};
    }

    const PolicyFile &m_policy;
    const Evidence::Snapshot &m_a, &m_b;
    const bool m_withNames;
    QSet<QString> m_published, m_referenced;
    Context m_out;
};

} // namespace

bool permissionCovers(const QString &held, const QString &wanted)
{
    const QStringList have = held.split(u':'), want = wanted.split(u':');
    if (have.size() != 3 || want.size() != 3)
        return false;
    for (int i = 0; i < 3; ++i) {
        if (have[i] != want[i] && have[i] != u'*' && want[i] != u'*')
            return false;
    }
    return true;
}

Result<Context> readContext(const PolicyFile &policy, const Evidence::Snapshot &a, const Evidence::Snapshot &b, bool withNames)
{
    return Reader(policy, a, b, withNames).run();
}

} // namespace Orgtrace::Policy
