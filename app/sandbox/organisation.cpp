#include "sandbox/organisation.h"

#include "base/clock.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

std::map<std::string, std::string> texts(const Body &body)
{
    std::map<std::string, std::string> all;
    for (const Body::Member &member : body.members())
        all.emplace(member.name(), member.value.stable());
    return all;
}

std::string textOf(const Body &body, std::string_view key)
{
    const Body *value = body.find(key);
    return value ? value->stable() : std::string();
}

/// That an item comes to, or goes from, the list `field` as it is now; what it was, is and makes of the list is for the caller to add.
Effect effectOnItem(const QString &domain, const Entity &entity, const QString &field, const QString &itemKey)
{
    Effect effect{.domain = domain, .entity = entity.id};
    effect.key = QString(field + u'/' + itemKey).toStdString();
    effect.path = u'/' + field;
    effect.top = field.toStdString();
    effect.topBefore = textOf(entity.body, effect.top);
    return effect;
}

} // namespace

const Entity *Collection::byId(const QString &id) const
{
    const auto it = m_ids.constFind(id);
    return it == m_ids.cend() ? nullptr : &m_items[static_cast<size_t>(*it)];
}

Entity *Collection::byId(const QString &id)
{
    return const_cast<Entity *>(std::as_const(*this).byId(id));
}

const Entity *Collection::byName(const QString &name) const
{
    const auto it = m_names.constFind(name);
    return it == m_names.cend() ? nullptr : byId(*it);
}

void Collection::add(Entity entity)
{
    m_ids.insert(entity.id, static_cast<qsizetype>(m_items.size()));
    m_names.insert(entity.name, entity.id);
    m_items.push_back(std::move(entity));
}

void Collection::remove(const QString &id)
{
    const auto at = m_ids.constFind(id);
    if (at == m_ids.cend())
        return;
    const qsizetype index = *at;
    m_names.remove(m_items[static_cast<size_t>(index)].name, id);
    m_items.erase(m_items.begin() + index);
    m_ids.remove(id);
    for (qsizetype &other : m_ids) {
        if (other > index)
            --other;
    }
}

void Collection::rename(const QString &id, const QString &name)
{
    if (Entity *entity = byId(id)) {
        m_names.remove(entity->name, id);
        entity->name = name;
        m_names.insert(name, id);
    }
}

QLatin1StringView subjectTypeName(SubjectType type)
{
    switch (type) {
    case SubjectType::Group: return "PC_GROUP"_L1;
    case SubjectType::OAuthClient: return "PC_OAUTH_CLIENT"_L1;
    case SubjectType::Team: return "PC_TEAM"_L1;
    case SubjectType::User: break;
    }
    return "PC_USER"_L1;
}

QString memberDomainOf(const QString &domain)
{
    if (domain == Domain::groups)
        return Domain::groupMembers;
    if (domain == Domain::teams)
        return Domain::teamMembers;
    if (domain == Domain::queues)
        return Domain::queueMembers;
    return {};
}

QString Organisation::newId(const QString &domain, const QString &name) const
{
    return uuid(m_seed, domain + u'/' + name + u'@' + QString::number(m_revision));
}

const Collection &Organisation::collection(const QString &domain) const
{
    static const Collection none;
    const auto it = m_collections.constFind(domain);
    return it == m_collections.cend() ? none : *it;
}

const std::vector<Membership> &Organisation::members(const QString &domain, const QString &parent) const
{
    static const std::vector<Membership> none;
    const auto it = m_members.constFind(domain);
    if (it == m_members.cend())
        return none;
    const auto list = it->constFind(parent);
    return list == it->cend() ? none : *list;
}

const std::vector<Grant> &Organisation::grantsOfRole(const QString &role) const
{
    static const std::vector<Grant> none;
    const auto it = m_grants.constFind(role);
    return it == m_grants.cend() ? none : *it;
}

std::vector<Grant> Organisation::grantsOf(const QString &subject) const
{
    std::vector<Grant> found;
    if (m_grantCounts.value(subject) == 0)
        return found;
    for (const Entity &role : collection(Domain::roles).items()) { // in the roles' order, not the hash's
        for (const Grant &grant : grantsOfRole(role.id)) {
            if (grant.subject == subject)
                found.push_back(grant);
        }
    }
    return found;
}

std::vector<QString> Organisation::containersOf(const QString &memberDomain, const QString &user) const
{
    std::vector<QString> found;
    const auto it = m_members.constFind(memberDomain);
    if (it == m_members.cend())
        return found;
    for (auto parent = it->cbegin(); parent != it->cend(); ++parent) {
        if (std::ranges::any_of(*parent, [&](const Membership &member) { return member.userId == user; }))
            found.push_back(parent.key());
    }
    std::ranges::sort(found);
    return found;
}

void Organisation::record(Effect effect)
{
    ++m_revision;
    if (m_recorder)
        m_recorder->push_back(std::move(effect));
}

void Organisation::add(const QString &domain, Entity entity, const QString &lineageOf)
{
    const QString id = entity.id;
    std::map<std::string, std::string> whole;
    if (!lineageOf.isEmpty())
        whole = texts(entity.body);
    m_collections[domain].add(std::move(entity));
    record({.domain = domain, .entity = id, .kind = Effect::Kind::Added, .lineageOf = lineageOf, .whole = std::move(whole)});
    if (const QString sub = memberDomainOf(domain); !sub.isEmpty()) {
        m_members[sub].insert(id, {});
        record({.domain = sub, .entity = id, .kind = Effect::Kind::Added});
    }
}

void Organisation::remove(const QString &domain, const QString &id)
{
    if (!collection(domain).byId(id))
        return;
    if (domain == Domain::roles) {
        const std::vector<Grant> held = grantsOfRole(id);
        for (const Grant &grant : held)
            revoke(grant.subject, grant.role, grant.division);
    }
    const std::vector<Grant> own = grantsOf(id);
    for (const Grant &grant : own)
        revoke(id, grant.role, grant.division);
    if (domain == Domain::users) {
        for (const QLatin1StringView sub : {Domain::groupMembers, Domain::teamMembers, Domain::queueMembers}) {
            const std::vector<QString> parents = containersOf(sub, id);
            for (const QString &parent : parents)
                removeMember(sub, parent, id);
        }
    }
    if (const QString sub = memberDomainOf(domain); !sub.isEmpty()) {
        m_members[sub].remove(id);
        record({.domain = sub, .entity = id, .kind = Effect::Kind::Removed});
    }
    std::map<std::string, std::string> whole = texts(collection(domain).byId(id)->body);
    m_collections[domain].remove(id);
    record({.domain = domain, .entity = id, .kind = Effect::Kind::Removed, .whole = std::move(whole)});
}

bool Organisation::setField(const QString &domain, const QString &id, const QStringList &path, const std::optional<Body> &value)
{
    Entity *entity = collection(domain).byId(id);
    if (!entity || path.isEmpty())
        return false;
    Body *at = &entity->body;
    QStringList reported; // up to the first array: its elements are named by identity, not by index
    bool insideArray = false;
    for (qsizetype i = 0; i + 1 < path.size(); ++i) {
        insideArray = insideArray || at->isList();
        if (!insideArray)
            reported.append(path[i]);
        if (at->isList()) {
            bool isIndex = false;
            const uint index = path[i].toUInt(&isIndex);
            if (!isIndex || index >= at->size())
                return false;
            at = &at->members()[index].value;
        } else {
            at = at->find(path[i].toStdString());
        }
        if (!at)
            return false;
    }
    const std::string last = path.last().toStdString();
    const std::string top = path.first().toStdString();
    std::string topBefore = textOf(entity->body, top);
    std::string before;
    std::string after = value ? value->stable() : std::string();
    if (at->isObject()) {
        if (!insideArray)
            reported.append(path.last());
        Body *old = at->find(last);
        if (!value && !old)
            return false;
        before = old ? old->stable() : std::string();
        if (!value) {
            at->unset(last);
        } else if (old && old->kind() == Body::Kind::Bag && value->isList()) { // what had no order goes on having none
            Body list = Body::bag(std::vector<Body>{});
            for (const Body::Member &item : value->members())
                list.append(item.value);
            *old = std::move(list);
            after = old->stable();
        } else {
            at->set(last, *value);
        }
    } else if (at->isList()) {
        bool isIndex = false;
        const uint index = path.last().toUInt(&isIndex);
        if (!isIndex || index >= at->size())
            return false;
        before = at->members()[index].value.stable();
        if (value)
            at->members()[index].value = *value;
        else
            at->members().erase(at->members().begin() + index);
    } else {
        return false;
    }
    if (path.size() == 1 && last == "name" && value)
        collection(domain).rename(id, value->text());
    if (before != after) {
        record({.domain = domain,
                .entity = id,
                .kind = Effect::Kind::Field,
                .key = path.join(u'/').toStdString(),
                .path = u'/' + reported.join(u'/'),
                .before = std::move(before),
                .after = std::move(after),
                .top = top,
                .topBefore = std::move(topBefore),
                .topAfter = textOf(entity->body, top)});
    }
    return true;
}

void Organisation::addItem(const QString &domain, const QString &id, const QString &field, const QString &itemKey, Body item)
{
    Entity *entity = collection(domain).byId(id);
    if (!entity)
        return;
    if (!entity->body.find(field.toStdString()))
        entity->body.set(field.toStdString(), Body::bag(std::vector<Body>{}));
    Effect effect = effectOnItem(domain, *entity, field, itemKey);
    effect.after = item.stable();
    entity->body.find(effect.top)->append(std::move(item));
    effect.topAfter = textOf(entity->body, effect.top);
    record(std::move(effect));
}

void Organisation::removeItem(const QString &domain, const QString &id, const QString &field, const QString &itemKey)
{
    Entity *entity = collection(domain).byId(id);
    Body *list = entity ? entity->body.find(field.toStdString()) : nullptr;
    if (!list || !list->isList())
        return;
    auto &items = list->members();
    const auto it = std::ranges::find_if(items, [&](const Body::Member &item) {
        return item.value.isObject() ? item.value.text("id") == itemKey : item.value.text() == itemKey;
    });
    if (it == items.end())
        return;
    Effect effect = effectOnItem(domain, *entity, field, itemKey);
    effect.before = it->value.stable();
    items.erase(it);
    effect.topAfter = textOf(entity->body, effect.top);
    record(std::move(effect));
}

void Organisation::saved(const QString &domain, const QString &id, const QDateTime &at, const QString &by)
{
    Entity *entity = collection(domain).byId(id);
    if (!entity)
        return;
    Body &body = entity->body;
    if (const Body *version = body.find("version"); version && version->kind() == Body::Kind::Scalar) {
        const bool isText = version->json().starts_with('"');
        const int next = QString::fromStdString(version->plain()).toInt() + 1;
        body.set("version", isText ? Body(QString::number(next)) : Body(next));
    }
    if (body.find("dateModified"))
        body.set("dateModified", Body(isoUtc(at)));
    if (const Body *who = body.find("modifiedBy"); who && !by.isEmpty())
        body.set("modifiedBy", who->isObject() ? Body::object({{"id", Body(by)}}) : Body(by));
    record({.domain = domain, .entity = id, .kind = Effect::Kind::Saved});
}

void Organisation::addMember(const QString &domain, const QString &parent, const Membership &membership)
{
    if (std::ranges::any_of(members(domain, parent), [&](const Membership &member) { return member.userId == membership.userId; }))
        return;
    placeMember(domain, parent, membership);
}

void Organisation::placeMember(const QString &domain, const QString &parent, const Membership &membership)
{
    m_members[domain][parent].push_back(membership);
    record({.domain = domain,
            .entity = parent,
            .kind = Effect::Kind::Field,
            .key = QString(u"members/"_s + membership.userId).toStdString(),
            .path = u"/members"_s,
            .after = std::to_string(membership.ring)});
}

void Organisation::removeMember(const QString &domain, const QString &parent, const QString &user)
{
    auto &list = m_members[domain][parent];
    const auto it = std::ranges::find(list, user, &Membership::userId);
    if (it == list.end())
        return;
    std::string before = std::to_string(it->ring);
    list.erase(it);
    record({.domain = domain,
            .entity = parent,
            .kind = Effect::Kind::Field,
            .key = QString(u"members/"_s + user).toStdString(),
            .path = u"/members"_s,
            .before = std::move(before)});
}

void Organisation::grant(const Grant &grant)
{
    const auto same = [&](const Grant &other) { return other.subject == grant.subject && other.division == grant.division; };
    if (!std::ranges::any_of(grantsOfRole(grant.role), same))
        placeGrant(grant);
}

void Organisation::placeGrant(const Grant &grant)
{
    m_grants[grant.role].push_back(grant);
    if (m_grantCounts[grant.subject]++ == 0) {
        record({.domain = Domain::grants, .entity = grant.subject, .kind = Effect::Kind::Added});
    }
    record({.domain = Domain::grants,
            .entity = grant.subject,
            .kind = Effect::Kind::Field,
            .key = QString(u"grants/"_s + grant.role + u'/' + grant.division).toStdString(),
            .path = u"/grants"_s,
            .after = "1"});
    if (grant.type == SubjectType::OAuthClient)
        refreshRoleDivisions(grant.subject);
}

void Organisation::revoke(const QString &subject, const QString &role, const QString &division)
{
    auto &list = m_grants[role];
    const auto it = std::ranges::find_if(list, [&](const Grant &grant) { return grant.subject == subject && grant.division == division; });
    if (it == list.end())
        return;
    const SubjectType type = it->type;
    list.erase(it);
    record({.domain = Domain::grants,
            .entity = subject,
            .kind = Effect::Kind::Field,
            .key = QString(u"grants/"_s + role + u'/' + division).toStdString(),
            .path = u"/grants"_s,
            .before = "1"});
    if (--m_grantCounts[subject] == 0) {
        record({.domain = Domain::grants, .entity = subject, .kind = Effect::Kind::Removed});
    }
    if (type == SubjectType::OAuthClient)
        refreshRoleDivisions(subject);
}

// A client repeats its grants in roleDivisions: the platform's own redundancy.
void Organisation::refreshRoleDivisions(const QString &client)
{
    Entity *entity = collection(Domain::oauthClients).byId(client);
    if (!entity)
        return;
    Body pairs = Body::bag(std::vector<Body>{});
    QStringList roleIds;
    for (const Grant &grant : grantsOf(client)) {
        pairs.append(Body::object({{"roleId", Body(grant.role)}, {"divisionId", Body(grant.division)}}));
        if (!roleIds.contains(grant.role))
            roleIds.append(grant.role);
    }
    (void)setField(Domain::oauthClients, client, {u"roleDivisions"_s}, pairs);
    (void)setField(Domain::oauthClients, client, {u"roleIds"_s}, Body::bag(roleIds));
}

} // namespace Orgtrace::Sandbox
