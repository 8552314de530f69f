#include "access/subjectslice.h"

#include "access/reader.h"
#include "base/clock.h"
#include "base/digest.h"
#include "catalogue/catalogue.h"
#include "compare/clientrights.h"
#include "json/text.h"

#include <algorithm>

namespace Orgtrace::Access {

namespace {

using SliceState = Sighting::State;

const QString SliceUsers = QStringLiteral("users"), SliceClients = QStringLiteral("oauth_clients"), SliceGrants = QStringLiteral("grants");
const QString SliceGroupMembers = QStringLiteral("group_members"), SliceTeamMembers = QStringLiteral("team_members");
/// Whose ids can hold grants that reach somebody else.
const QStringList ContainerDomains{QStringLiteral("groups"), QStringLiteral("teams"), QStringLiteral("group_members"),
                                   QStringLiteral("team_members")};

QByteArray rootsOf(const Evidence::Manifest &manifest, const QStringList &domains)
{
    QByteArray roots;
    for (const QString &domain : domains) {
        const QByteArray root = rootOf(manifest, domain);
        if (root.isEmpty()) {
            return {};
        }
        roots += root + ' ';
    }
    return roots;
}

// ---- when grants were made -------------------------------------------------------------------------------------------------

QString idIn(Json::Value value)
{
    return value.isString() ? value.toQString() : value["id"].toQString();
}

void readMade(const QString &id, std::string_view text, std::map<SubjectSlice::GrantKey, QDateTime> &made)
{
    if (text.find("grantMadeAt") == std::string_view::npos) {
        return;
    }
    const Result<Json::Document> document = Json::parse(text);
    if (!document) {
        return;
    }
    for (const Json::Value entry : document->root()["grants"].items()) {
        const QDateTime time = parseIsoUtc(entry["grantMadeAt"].toQString());
        if (!time.isValid()) {
            continue;
        }
        const QString from = entry["subjectId"].toQString();
        const Json::Value role = entry["role"].isMissing() ? entry["roleId"] : entry["role"];
        const Json::Value division = entry["division"].isMissing() ? entry["divisionId"] : entry["division"];
        QDateTime &known = made[{from.isEmpty() ? id : from, idIn(role), idIn(division)}];
        known = known.isValid() ? std::min(known, time) : time;
    }
}

/// A ledger of which nothing is wrong.
Evidence::Manifest wholly()
{
    Evidence::Manifest manifest;
    for (const QStringList all = FactsReader::domains(); const QString &domain : all) {
        Evidence::LedgerRow row;
        row.domain = domain;
        manifest.ledger.append(row);
    }
    std::ranges::sort(manifest.ledger, {}, &Evidence::LedgerRow::domain);
    return manifest;
}

// ---- what access policies take away ----------------------------------------------------------------------------------------

/// Containers whose lists of members decide whom a policy concerns: the one it names, and those within.
void addWithin(const QList<Container> &containers, SubjectKind kind, const QString &id, SliceCoverage::IdsByDomain &members)
{
    QHash<QString, QStringList> within; // of both kinds: whose id it is, the list of members does not say
    for (const Container &one : containers) {
        within[one.self.id] += one.members;
    }
    const QString own = kind == SubjectKind::Team ? SliceTeamMembers : SliceGroupMembers;
    QStringList ahead{id};
    members[own].insert(id);
    while (!ahead.isEmpty()) {
        for (const QStringList inner = within.value(ahead.takeLast()); const QString &one : inner) {
            if (within.contains(one) && !members[SliceGroupMembers].contains(one)) {
                members[SliceGroupMembers].insert(one);
                members[SliceTeamMembers].insert(one);
                ahead.append(one);
            }
        }
    }
}

} // namespace

SubjectSlice::SubjectSlice(const Evidence::Store &store, const Inquiry &inquiry, QString permission) :
    m_store(store), m_subject(inquiry.subject), m_permission(std::move(permission)), m_divisionId(inquiry.divisionId),
    m_doPoliciesMatter(inquiry.doPoliciesMatter)
{
}

/// The git ids of a domain's entities, or of some of them.
Result<QByteArray> SubjectSlice::digestOf(const Evidence::Snapshot &snapshot, const QString &domain, const QSet<QString> &only) const
{
    Digest digest(DigestKind::Sha256);
    const Result<void> walked = snapshot.forEachBlob(domain, [&](const QString &id, const QByteArray &blobId) {
        if (only.isEmpty() || only.contains(id)) {
            const QByteArray name = id.toUtf8();
            digest.add(view(name));
            digest.add(std::string_view("\0", 1));
            digest.add(view(blobId));
        }
        return true;
    });
    if (!walked) {
        return std::unexpected(walked.error());
    }
    return digest.result();
}

Result<QSet<QString>> SubjectSlice::grantHolders(const Evidence::Snapshot &snapshot) const
{
    QSet<QString> ids{m_subject.id};
    for (const QString &domain : ContainerDomains) {
        const Result<QStringList> these = snapshot.entityIds(domain);
        if (!these) {
            return std::unexpected(these.error());
        }
        ids.unite(QSet<QString>(these->cbegin(), these->cend()));
    }
    return ids;
}

Result<bool> SubjectSlice::isAnyChanged(const Evidence::Snapshot &snapshot, const QString &domain, const QSet<QString> &ids) const
{
    const Result<QList<Evidence::EntityDelta>> deltas = m_store.difference(*m_before, snapshot, {domain});
    if (!deltas) {
        return std::unexpected(deltas.error());
    }
    return std::ranges::any_of(*deltas, [&](const Evidence::EntityDelta &delta) { return ids.contains(delta.id); });
}

Result<void> SubjectSlice::learnGrants(const Evidence::Snapshot &snapshot)
{
    const QByteArray root = rootOf(snapshot.manifest(), SliceGrants), containers = rootsOf(snapshot.manifest(), ContainerDomains);
    if (m_before && !containers.isEmpty() && containers == m_containers) {
        if (!root.isEmpty() && root == m_grants.root) {
            return {};
        }
        const Result<bool> changed = isAnyChanged(snapshot, SliceGrants, m_holders);
        if (!changed) {
            return std::unexpected(changed.error());
        }
        m_grants.root = root;
        if (!*changed) {
            return {};
        }
    } else {
        Result<QSet<QString>> holders = grantHolders(snapshot);
        if (!holders) {
            return std::unexpected(holders.error());
        }
        m_holders = *std::move(holders);
        m_containers = containers;
    }
    Result<QByteArray> digest = digestOf(snapshot, SliceGrants, m_holders);
    if (!digest) {
        return std::unexpected(digest.error());
    }
    m_grants = {root, *std::move(digest)};
    return {};
}

Result<void> SubjectSlice::learnSelf(const Evidence::Snapshot &snapshot, const QString &domain)
{
    const QByteArray root = rootOf(snapshot.manifest(), domain);
    if (m_before) {
        if (!root.isEmpty() && root == m_self.root) {
            return {};
        }
        const Result<bool> changed = isAnyChanged(snapshot, domain, {m_subject.id});
        if (!changed) {
            return std::unexpected(changed.error());
        }
        m_self.root = root;
        if (!*changed) {
            return {};
        }
    }
    const Result<QByteArray> text = snapshot.entityText(domain, m_subject.id);
    if (!text && text.error().code != ErrorCode::NotFound) {
        return std::unexpected(text.error());
    }
    m_self = {root, text ? sha256(view(*text)) : QByteArrayLiteral("-")};
    return {};
}

Result<QByteArray> SubjectSlice::keyOf(const Evidence::Snapshot &snapshot)
{
    const Evidence::Manifest &manifest = snapshot.manifest();
    Digest key(DigestKind::Sha256);
    for (const QStringList all = FactsReader::domains(); const QString &domain : all) {
        QByteArray part;
        if (domain == SliceGrants) {
            if (const Result<void> learnt = learnGrants(snapshot); !learnt) {
                return std::unexpected(learnt.error());
            }
            part = m_grants.digest;
        } else if (domain == SliceUsers || domain == SliceClients) {
            if (m_subject.kind != (domain == SliceUsers ? SubjectKind::User : SubjectKind::OAuthClient)) {
                continue;
            }
            if (const Result<void> learnt = learnSelf(snapshot, domain); !learnt) {
                return std::unexpected(learnt.error());
            }
            part = m_self.digest;
        } else {
            part = rootOf(manifest, domain);
            if (part.isEmpty()) {
                Result<QByteArray> digest = digestOf(snapshot, domain, {});
                if (!digest) {
                    return std::unexpected(digest.error());
                }
                part = *std::move(digest);
            }
        }
        const QByteArray name = domain.toUtf8() + '\0' + QByteArray::number(part.size()) + '\0';
        key.add(view(name));
        key.add(view(part));
    }
    return key.result();
}

Result<SubjectSlice::Answer> SubjectSlice::compute(const Evidence::Snapshot &snapshot)
{
    ++m_built;
    FactsReader reader;
    std::map<GrantKey, QDateTime> made;
    const auto readOne = [&](const QString &domain, const QString &id) -> Result<void> {
        const Result<QByteArray> text = snapshot.entityText(domain, id);
        if (!text) {
            return text.error().code == ErrorCode::NotFound ? Result<void>() : std::unexpected(text.error());
        }
        reader.entity(domain, id, view(*text));
        if (domain == SliceGrants) {
            readMade(id, view(*text), made);
        }
        return {};
    };
    for (const QStringList all = FactsReader::domains(); const QString &domain : all) {
        Result<void> read;
        if (domain == SliceGrants) {
            const Result<QSet<QString>> holders = grantHolders(snapshot);
            if (!holders) {
                return std::unexpected(holders.error());
            }
            for (const QString &id : *holders) {
                read = read ? readOne(domain, id) : read;
            }
        } else if (domain == SliceUsers || domain == SliceClients) {
            if (m_subject.kind == (domain == SliceUsers ? SubjectKind::User : SubjectKind::OAuthClient)) {
                read = readOne(domain, m_subject.id);
            }
        } else {
            read = snapshot.forEachEntity(domain, [&](const QString &id, std::string_view text) {
                reader.entity(domain, id, text);
                return true;
            });
        }
        if (!read) {
            return std::unexpected(read.error());
        }
    }
    // What the ledger says is said of each snapshot (sliceCoverage()): this answer is of its content, which others may share.
    return answerOf(reader.take(wholly()), made);
}

Result<SubjectSlice::Answer> SubjectSlice::answerOf(Facts facts, const std::map<GrantKey, QDateTime> &made) const
{
    Answer answer;
    facts.policies.removeIf([&](const AccessPolicy &policy) { return !mayDeny(policy, m_subject, m_permission); });
    answer.doTeamsMatter = std::ranges::contains(facts.grants, SubjectKind::Team, &Grant::subjectKind)
        || std::ranges::contains(facts.policies, AccessPolicy::Whom::Team, &AccessPolicy::whom);
    for (const AccessPolicy &policy : std::as_const(facts.policies)) {
        if (policy.whom == AccessPolicy::Whom::Group || policy.whom == AccessPolicy::Whom::Team) {
            const SubjectKind kind = policy.whom == AccessPolicy::Whom::Group ? SubjectKind::Group : SubjectKind::Team;
            addWithin(facts.containers, kind, policy.subjectId, answer.deniedMembers);
            const bool isKnown = std::ranges::any_of(facts.containers, [&](const Container &one) {
                return one.self.kind == kind && one.self.id == policy.subjectId && one.membersKnown;
            });
            if (!isKnown) {
                answer.unseenDenials.append(QStringLiteral("The members of %1 %2, to whom an access policy denies %3, were not seen.")
                                                .arg(subjectKindName(kind), policy.subjectId, policy.target));
            }
        }
        if (policy.target.split(u':').size() != 3) {
            answer.unseenDenials.append(QStringLiteral("What access policy %1 denies is not understood.").arg(policy.id));
        }
    }
    // Rights of users follow from grants and memberships: one who was not captured, as one who was deleted, holds no less and no more.
    if (m_subject.kind == SubjectKind::User && !std::ranges::contains(facts.subjects, m_subject.id, &Subject::id)) {
        facts.subjects.append(m_subject);
    }
    std::optional<Facts> withoutPolicies;
    if (!facts.policies.isEmpty()) {
        withoutPolicies = facts;
        withoutPolicies->policies.clear();
    }
    const Resolver resolver(std::move(facts));
    Result<Verdict> verdict = resolver.can(m_subject, m_permission, m_divisionId);
    if (!verdict) {
        if (verdict.error().code != ErrorCode::NotFound) {
            return std::unexpected(verdict.error());
        }
        // Neither the subject nor the permission being there is an answer; which one it is tells whether the question makes sense.
        const auto holders = resolver.holders(m_permission);
        answer.isPermissionKnown = holders.has_value();
        return answer;
    }
    answer.denied = verdict->denied;
    QList<AccessPath> paths = verdict->paths;
    if (paths.isEmpty()) {
        for (const Verdict::Miss &miss : std::as_const(verdict->misses)) {
            if (miss.kind == Verdict::Miss::Kind::Denied) {
                paths = miss.paths;
            }
        }
    }
    if (paths.isEmpty()) {
        if (withoutPolicies && verdict->answer == Verdict::Answer::NotSeen) { // what policies deny is no matter where nothing is granted
            const Resolver byRoles(*std::move(withoutPolicies));
            verdict = byRoles.can(m_subject, m_permission, m_divisionId);
            if (!verdict) {
                return std::unexpected(verdict.error());
            }
        }
        answer.denied.clear();
        if (verdict->answer == Verdict::Answer::NotSeen) {
            answer.state = SliceState::NotSeen;
            answer.why = verdict->caveats;
            if (std::ranges::contains(verdict->misses, Verdict::Miss::Kind::UnknownDivision, &Verdict::Miss::kind)) {
                answer.why.append(QStringLiteral("A grant that would give it names no division."));
            }
        }
        return answer;
    }
    const bool isByCondition = std::ranges::none_of(paths, [](const AccessPath &path) { return !path.conditional; });
    answer.state = isByCondition || !answer.denied.isEmpty() ? SliceState::Conditional : SliceState::Held;
    for (Denial &denial : answer.denied) {
        if (!denial.conditional) {
            denial.conditional = true;
            denial.why.append(QStringLiteral("Whether the organisation enforces access policies is not known."));
        }
    }
    answer.paths = std::move(paths);
    for (const AccessPath &path : std::as_const(answer.paths)) {
        const auto at = made.find({path.containerId.isEmpty() ? m_subject.id : path.containerId, path.roleId, path.divisionId});
        if (at == made.end()) {
            answer.madeUtc = QDateTime();
            break;
        }
        answer.madeUtc = answer.madeUtc.isValid() ? std::min(answer.madeUtc, at->second) : at->second;
    }
    return answer;
}

Result<QDateTime> SubjectSlice::madeOf(const Evidence::Snapshot &snapshot, const QByteArray &key, const QList<AccessPath> &paths)
{
    const Evidence::LedgerRow *row = snapshot.manifest().row(SliceGrants);
    if (!row || row->signalsRoot.isEmpty()) {
        return QDateTime();
    }
    const QByteArray where = key + row->signalsRoot.toLatin1();
    if (where == m_madeKey) {
        return m_made;
    }
    const std::string member(Catalogue::GrantTimesSignal.data(), static_cast<size_t>(Catalogue::GrantTimesSignal.size()));
    std::map<QString, Json::Document> lines; // by who holds the grants
    QDateTime earliest;
    for (const AccessPath &path : paths) {
        const QString holder = path.containerId.isEmpty() ? m_subject.id : path.containerId;
        if (!lines.contains(holder)) {
            const Result<QByteArray> line = snapshot.signal_(SliceGrants, holder);
            if (!line) {
                return std::unexpected(line.error());
            }
            lines.emplace(holder, Json::parse(view(*line)).value_or(Json::Document()));
        }
        const QDateTime made
            = parseIsoUtc(lines[holder].root()[member][Json::toUtf8(path.roleId)][Json::toUtf8(path.divisionId)].toQString());
        if (!made.isValid()) {
            earliest = QDateTime();
            break;
        }
        earliest = earliest.isValid() ? std::min(earliest, made) : made;
    }
    m_madeKey = where;
    m_made = earliest;
    return earliest;
}

QHash<QString, QString> SubjectSlice::shortenedOf(const Evidence::Snapshot &snapshot)
{
    const Evidence::Manifest &manifest = snapshot.manifest();
    if (manifest.identityGrants.isEmpty()) {
        return {};
    }
    QByteArray where = sha256(view(manifest.identityGrants)) + manifest.catalogueSha256.toLatin1() + ' '
        + rootOf(manifest, QStringLiteral("divisions")) + ' ' + rootOf(manifest, QStringLiteral("permissions_catalogue"));
    for (const Evidence::LedgerRow &row : manifest.ledger) {
        where += row.reason.toUtf8() + ' ' + row.domain.toUtf8() + ';';
    }
    if (where != m_shortenedKey) {
        m_shortened = Compare::shortenedDomains(snapshot);
        m_shortenedKey = where;
    }
    return m_shortened;
}

/// Turns a sighting that was held into what remains of it where access policies were not seen whole.
void SubjectSlice::weighPolicies(Sighting &seen, const Answer &answer, const SliceCoverage &coverage) const
{
    const bool isOpen = std::ranges::any_of(seen.paths, [](const AccessPath &path) { return !path.conditional; });
    if (!isOpen || seen.state == SliceState::NotSeen) {
        return; // policies can make no more of it than the condition that it is
    }
    QStringList why;
    if (!coverage.policies.isEmpty()) {
        if (m_doPoliciesMatter) {
            why.append(coverage.policies + QStringLiteral(" An access policy of another snapshot can deny it."));
        } else {
            (coverage.werePoliciesAsked ? seen.caveats : seen.notes).append(coverage.policies + QStringLiteral(" They can deny it."));
        }
    }
    for (auto it = answer.deniedMembers.cbegin(); it != answer.deniedMembers.cend(); ++it) {
        if (coverage.failed.value(it.key()).intersects(it.value())) {
            why.append(
                QStringLiteral("The members of a group or team to whom an access policy denies it could not be read in this capture."));
        }
    }
    if (seen.state == SliceState::Held) {
        why += answer.unseenDenials;
    }
    if (!why.isEmpty()) {
        seen.state = SliceState::NotSeen;
        seen.why += why;
    }
}

Result<Sighting> SubjectSlice::look(const Evidence::SnapshotSummary &summary)
{
    Result<Evidence::Snapshot> snapshot = m_store.snapshot(summary.id);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    const Result<QByteArray> key = keyOf(*snapshot);
    if (!key) {
        m_before.reset(); // half of what is known may be of this one
        return std::unexpected(key.error());
    }
    auto known = m_answers.constFind(*key);
    if (known == m_answers.constEnd()) {
        Result<Answer> answer = compute(*snapshot);
        if (!answer) {
            m_before.reset();
            return std::unexpected(answer.error());
        }
        m_answers.insert(*key, *std::move(answer));
        known = m_answers.constFind(*key);
    }
    m_isPermissionKnown = known->isPermissionKnown;
    const SliceCoverage coverage = sliceCoverage(snapshot->manifest(), {m_subject.kind, known->doTeamsMatter}, shortenedOf(*snapshot));
    Sighting seen;
    seen.snapshot = summary.id;
    // Imports are as good as the times they were given: nothing chains them.
    seen.chain = summary.source == u"import" ? QString(QStringLiteral("import ") + summary.id) : summary.writerId;
    seen.observedUtc = summary.observedUtc.addMSecs(coverage.clockOffsetMs);
    seen.fromUtc = coverage.fromUtc;
    seen.toUtc = coverage.toUtc;
    seen.paths = known->paths;
    seen.denied = known->denied;
    seen.madeUtc = known->madeUtc;
    if (!seen.madeUtc.isValid() && !seen.paths.isEmpty()) {
        const Result<QDateTime> made = madeOf(*snapshot, *key, seen.paths);
        if (!made) {
            m_before.reset();
            return std::unexpected(made.error());
        }
        seen.madeUtc = *made;
    }
    seen.state = seen.asLastSeen = known->state;
    if (!coverage.gaps.isEmpty()) {
        seen.state = SliceState::NotSeen;
        seen.why = coverage.gaps;
    } else if (known->state == SliceState::NotSeen) {
        seen.why = known->why + coverage.holes;
    } else if (!coverage.holes.isEmpty()) {
        // What was read is proof enough of holding; of not holding nothing short of everything is.
        const bool isOpen = std::ranges::any_of(seen.paths, [](const AccessPath &path) { return !path.conditional; });
        const bool isProven = std::ranges::any_of(
            seen.paths, [&](const AccessPath &path) { return path.conditional != isOpen && isWhole(path, m_subject, coverage.failed); });
        if (!isProven) {
            seen.state = SliceState::NotSeen;
            seen.why = coverage.holes;
        }
    }
    weighPolicies(seen, *known, coverage);
    m_before = std::make_unique<Evidence::Snapshot>(*std::move(snapshot));
    return seen;
}

} // namespace Orgtrace::Access
