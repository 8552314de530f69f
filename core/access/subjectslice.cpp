#include "access/subjectslice.h"

#include "access/reader.h"
#include "base/clock.h"
#include "base/digest.h"
#include "catalogue/catalogue.h"
#include "json/text.h"

#include <algorithm>
#include <array>

namespace Orgtrace::Access {

namespace {

using SliceState = Sighting::State;

const QString SliceUsers = QStringLiteral("users"), SliceClients = QStringLiteral("oauth_clients"), SliceGrants = QStringLiteral("grants");
/// Whose ids can hold grants that reach somebody else.
const QStringList ContainerDomains{QStringLiteral("groups"), QStringLiteral("teams"), QStringLiteral("group_members"),
                                   QStringLiteral("team_members")};

/// The root of a domain, by which equal content is known; empty where the manifest does not say one.
QByteArray rootOf(const Evidence::Manifest &manifest, const QString &domain)
{
    const Evidence::LedgerRow *row = manifest.row(domain);
    return !row ? QByteArrayLiteral("-") : row->root.toLatin1();
}

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

// ---- what was not seen -----------------------------------------------------------------------------------------------------

/// A domain that an answer about a kind of subject rests on.
struct Need {
    QString domain;
    bool isOptional = false; ///< an organisation may do without: then there is nothing to see
};

QList<Need> needsOf(SubjectKind kind, bool doTeamsMatter)
{
    QList<Need> needs{{QStringLiteral("roles"), false}, {SliceGrants, false}, {QStringLiteral("permissions_catalogue"), false}};
    if (kind == SubjectKind::OAuthClient) {
        needs.append({SliceClients, true});
    } else if (kind == SubjectKind::User || kind == SubjectKind::Group) {
        needs.append({QStringLiteral("groups"), true}); // whether a group's roles reach anybody
    }
    if (kind == SubjectKind::User) {
        needs.append({QStringLiteral("group_members"), true});
    }
    if (doTeamsMatter && (kind == SubjectKind::User || kind == SubjectKind::Team)) {
        needs.append({QStringLiteral("teams"), true});
        needs.append({QStringLiteral("team_members"), true});
    }
    return needs;
}

struct Coverage {
    QStringList gaps; ///< whole domains
    QStringList holes; ///< single entities
    QSet<QString> failedIds;
    QDateTime fromUtc, toUtc;
};

Coverage coverageOf(const Evidence::Manifest &manifest, const QList<Need> &needs)
{
    using Evidence::LedgerState;
    Coverage coverage;
    for (const Need &need : needs) {
        const Evidence::LedgerRow *row = manifest.row(need.domain);
        if (!row) {
            coverage.gaps.append(QStringLiteral("Domain %1 is not part of this snapshot.").arg(need.domain));
            continue;
        }
        if (row->state != LedgerState::Complete && !(row->state == LedgerState::NotOffered && need.isOptional)) {
            coverage.gaps.append(QStringLiteral("Domain %1 was not read in this capture (%2)%3.")
                                     .arg(need.domain, row->reason.isEmpty() ? Evidence::ledgerStateName(row->state) : row->reason,
                                          row->observedIn.isEmpty()
                                              ? QString()
                                              : QStringLiteral("; what is shown is of snapshot %1").arg(row->observedIn.left(10))));
            continue;
        }
        QStringList failed = row->failedParents;
        for (const Evidence::Quarantined &entity : row->quarantined) {
            failed.append(entity.id);
        }
        if (!failed.isEmpty()) {
            coverage.holes.append(
                QStringLiteral("%1 entities of domain %2 could not be read in this capture.").arg(failed.size()).arg(need.domain));
            coverage.failedIds.unite(QSet<QString>(failed.cbegin(), failed.cend()));
        }
        const QDateTime from = row->firstRequestUtc.addMSecs(row->clockOffsetMs), to = row->lastResponseUtc.addMSecs(row->clockOffsetMs);
        if (from.isValid() && (!coverage.fromUtc.isValid() || from < coverage.fromUtc)) {
            coverage.fromUtc = from;
        }
        if (to.isValid() && (!coverage.toUtc.isValid() || to > coverage.toUtc)) {
            coverage.toUtc = to;
        }
    }
    if (!coverage.fromUtc.isValid()) {
        coverage.fromUtc = manifest.startedUtc;
    }
    if (!coverage.toUtc.isValid()) {
        coverage.toUtc = manifest.finishedUtc;
    }
    return coverage;
}

/// Whether a path rests on nothing that failed to be read.
bool isWhole(const AccessPath &path, const Subject &subject, const QSet<QString> &failed)
{
    return !failed.contains(path.roleId) && !failed.contains(path.containerId.isEmpty() ? subject.id : path.containerId)
        && (path.containerId.isEmpty() || !failed.contains(path.containerId));
}

// ---- when grants were made -------------------------------------------------------------------------------------------------

using GrantKey = std::tuple<QString, QString, QString>; ///< who holds it, role, division

QString idIn(Json::Value value)
{
    return value.isString() ? value.toQString() : value["id"].toQString();
}

void readMade(const QString &id, std::string_view text, std::map<GrantKey, QDateTime> &made)
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

// ---- whoever had this name -------------------------------------------------------------------------------------------------

struct NamedKind {
    QString domain;
    SubjectKind kind;
};

} // namespace

Result<Subject> findSubjectEver(const Evidence::Store &store, const QList<Evidence::SnapshotSummary> &timeline, const QString &idOrName,
                                const CancellationToken &cancel)
{
    static const std::array kinds{NamedKind{SliceUsers, SubjectKind::User}, NamedKind{QStringLiteral("groups"), SubjectKind::Group},
                                  NamedKind{QStringLiteral("teams"), SubjectKind::Team}, NamedKind{SliceClients, SubjectKind::OAuthClient},
                                  NamedKind{SliceGrants, SubjectKind::Unknown}};
    QSet<QByteArray> roots, blobs; // looked into already
    for (auto summary = timeline.crbegin(); summary != timeline.crend(); ++summary) {
        const Result<Evidence::Snapshot> snapshot = store.snapshot(summary->id);
        if (!snapshot) {
            return std::unexpected(snapshot.error());
        }
        QList<Subject> byId, byName;
        for (const NamedKind &named : kinds) {
            const QByteArray root = rootOf(snapshot->manifest(), named.domain);
            if (cancel.isCancelled()) {
                return Error::make(ErrorCode::Cancelled, QStringLiteral("the search was cancelled"));
            }
            if (!root.isEmpty() && roots.contains(named.domain.toLatin1() + root)) {
                continue;
            }
            roots.insert(named.domain.toLatin1() + root);
            Result<void> read;
            const Result<void> walked = snapshot->forEachBlob(named.domain, [&](const QString &id, const QByteArray &blobId) {
                if (blobs.contains(blobId)) {
                    return true;
                }
                blobs.insert(blobId);
                const Result<QByteArray> text = store.blob(blobId);
                if (!text) {
                    read = std::unexpected(text.error());
                    return false;
                }
                const Result<Json::Document> document = Json::parse(view(*text));
                if (!document) {
                    return true;
                }
                const Json::Value body = document->root();
                Subject subject{id, body["name"].toQString(), named.kind};
                if (named.kind == SubjectKind::Unknown) { // of the grants' holders only trustees have no list of their own
                    subject.kind = subjectKindFromApi(body["type"].toQString());
                    if (subject.kind != SubjectKind::TrusteeUser && subject.kind != SubjectKind::TrusteeGroup) {
                        return true;
                    }
                }
                if (id == idOrName) {
                    byId.append(subject);
                } else if (subject.name == idOrName
                           || (named.kind == SubjectKind::User && !idOrName.isEmpty() && body["email"].toQString() == idOrName)) {
                    byName.append(subject);
                }
                return true;
            });
            if (!walked || !read) {
                return std::unexpected(!walked ? walked.error() : read.error());
            }
        }
        const QList<Subject> &found = byId.isEmpty() ? byName : byId;
        if (found.size() == 1) {
            return found.first();
        }
        if (found.size() > 1) {
            QStringList ids;
            for (const QList<Subject> some = found.first(std::min<qsizetype>(found.size(), 20)); const Subject &subject : some) {
                ids.append(subjectKindName(subject.kind) + u' ' + subject.id);
            }
            return Error::make(ErrorCode::Ambiguous,
                               QStringLiteral("%1 subjects have this name; name one by its id: %2").arg(found.size()).arg(ids.join(u", ")),
                               idOrName.left(200));
        }
    }
    return Error::make(ErrorCode::NotFound, QStringLiteral("no snapshot has a subject '%1'").arg(idOrName.left(200)), idOrName.left(200));
}

Result<QString> findDivisionEver(const Evidence::Store &store, const QList<Evidence::SnapshotSummary> &timeline, const QString &idOrName,
                                 const CancellationToken &cancel)
{
    const QString divisions = QStringLiteral("divisions");
    if (idOrName.isEmpty()) {
        return QString();
    }
    QByteArray last;
    std::optional<Error> newest;
    for (auto summary = timeline.crbegin(); summary != timeline.crend(); ++summary) {
        if (cancel.isCancelled()) {
            return Error::make(ErrorCode::Cancelled, QStringLiteral("the search was cancelled"));
        }
        const Result<Evidence::Snapshot> snapshot = store.snapshot(summary->id);
        if (!snapshot) {
            return std::unexpected(snapshot.error());
        }
        const QByteArray root = rootOf(snapshot->manifest(), divisions);
        if (!root.isEmpty() && root == last) {
            continue;
        }
        last = root;
        FactsReader reader;
        if (const Result<void> read = snapshot->forEachEntity(divisions,
                                                              [&](const QString &id, std::string_view text) {
                                                                  reader.entity(divisions, id, text);
                                                                  return true;
                                                              });
            !read) {
            return std::unexpected(read.error());
        }
        const Resolver names(reader.take(snapshot->manifest()));
        Result<QString> found = names.findDivision(idOrName);
        if (found || found.error().code != ErrorCode::NotFound) {
            return found;
        }
        if (!newest) {
            newest = found.error(); // it names the divisions there are
        }
    }
    return std::unexpected(*newest);
}

SubjectSlice::SubjectSlice(const Evidence::Store &store, Subject subject, QString permission, QString divisionId) :
    m_store(store), m_subject(std::move(subject)), m_permission(std::move(permission)), m_divisionId(std::move(divisionId))
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
    Facts facts = reader.take(snapshot.manifest());
    Answer answer;
    answer.doTeamsMatter = std::ranges::contains(facts.grants, SubjectKind::Team, &Grant::subjectKind);
    const Resolver resolver(std::move(facts));
    const Result<Verdict> verdict = resolver.can(m_subject, m_permission, m_divisionId);
    if (!verdict) {
        if (verdict.error().code != ErrorCode::NotFound) {
            return std::unexpected(verdict.error());
        }
        // Neither the subject nor the permission being there is an answer; which one it is tells whether the question makes sense.
        const auto holders = resolver.holders(m_permission);
        answer.isPermissionKnown = holders.has_value();
        return answer;
    }
    answer.state = verdict->answer == Verdict::Answer::Yes ? SliceState::Held
        : verdict->answer == Verdict::Answer::Conditional  ? SliceState::Conditional
                                                           : SliceState::NotHeld;
    if (answer.state != SliceState::NotHeld) {
        answer.paths = verdict->paths;
        for (const AccessPath &path : std::as_const(answer.paths)) {
            const auto at = made.find({path.containerId.isEmpty() ? m_subject.id : path.containerId, path.roleId, path.divisionId});
            if (at == made.end()) {
                answer.madeUtc = QDateTime();
                break;
            }
            answer.madeUtc = answer.madeUtc.isValid() ? std::min(answer.madeUtc, at->second) : at->second;
        }
    } else {
        answer.isDivisionUnclear = std::ranges::contains(verdict->misses, Verdict::Miss::Kind::UnknownDivision, &Verdict::Miss::kind);
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
    const Coverage coverage = coverageOf(snapshot->manifest(), needsOf(m_subject.kind, known->doTeamsMatter));
    Sighting seen;
    seen.snapshot = summary.id;
    seen.observedUtc = summary.observedUtc;
    seen.fromUtc = coverage.fromUtc;
    seen.toUtc = coverage.toUtc;
    seen.paths = known->paths;
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
    } else if (known->isDivisionUnclear) {
        seen.state = SliceState::NotSeen;
        seen.why.append(QStringLiteral("A grant that would give it names no division."));
    } else if (!coverage.holes.isEmpty()) {
        // What was read is proof enough of holding; of not holding nothing short of everything is.
        const bool isProven = std::ranges::any_of(seen.paths, [&](const AccessPath &path) {
            return path.conditional == (seen.state == SliceState::Conditional) && isWhole(path, m_subject, coverage.failedIds);
        });
        if (!isProven) {
            seen.state = SliceState::NotSeen;
            seen.why = coverage.holes;
        }
    }
    m_before = std::make_unique<Evidence::Snapshot>(*std::move(snapshot));
    return seen;
}

} // namespace Orgtrace::Access
