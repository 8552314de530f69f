#include "access/inquiry.h"

#include "access/reader.h"
#include "base/clock.h"

#include <QSet>

#include <algorithm>
#include <array>
#include <map>

namespace Orgtrace::Access {

namespace {

constexpr qsizetype CandidatesNamedAtMost = 20;

/// A domain in which subjects are looked for.
struct Haystack {
    QString domain;
    SubjectKind kind; ///< of its entities; Unknown: they say it themselves
    bool isMembers = false; ///< its entities list members
};

const std::array<Haystack, 7> &haystacks()
{
    static const std::array all{Haystack{QStringLiteral("users"), SubjectKind::User},
                                Haystack{QStringLiteral("groups"), SubjectKind::Group},
                                Haystack{QStringLiteral("teams"), SubjectKind::Team},
                                Haystack{QStringLiteral("oauth_clients"), SubjectKind::OAuthClient},
                                Haystack{QStringLiteral("grants"), SubjectKind::Unknown},
                                Haystack{QStringLiteral("group_members"), SubjectKind::User, true},
                                Haystack{QStringLiteral("team_members"), SubjectKind::User, true}};
    return all;
}

/// Somebody or something that fits a question, and when it did.
struct Fitting {
    QString name; ///< the one it had last
    bool isByItself = false; ///< the name is of its own entity, not of a list that mentions it
    bool isById = false;
    QDateTime first, last;

    [[nodiscard]] QString seen() const
    {
        return first == last ? QStringLiteral("seen %1").arg(isoUtc(first))
                             : QStringLiteral("seen %1 to %2").arg(isoUtc(first), isoUtc(last));
    }
};

template<typename Key> class Fittings
{
public:
    using Place = std::pair<QString, QString>; ///< domain, entity

    void add(const Place &place, const Key &key, const QString &name, bool isByItself, bool isById)
    {
        Fitting &one = m_all[key];
        one.isById = one.isById || isById;
        if (!name.isEmpty() && (isByItself || !one.isByItself)) {
            one.name = name;
            one.isByItself = isByItself;
        }
        m_now[place].append(key);
    }
    void forget(const Place &place) { m_now.remove(place); }
    /// What fits now, does so in this snapshot.
    void see(const QDateTime &time)
    {
        for (const QList<Key> &keys : std::as_const(m_now)) {
            for (const Key &key : keys) {
                Fitting &one = m_all[key];
                one.first = one.first.isValid() ? std::min(one.first, time) : time;
                one.last = one.last.isValid() ? std::max(one.last, time) : time;
            }
        }
    }
    /// Those whom the id names; where there are none, those whom the name does.
    [[nodiscard]] QList<std::pair<Key, Fitting>> best() const
    {
        const bool isById = std::ranges::any_of(m_all, [](const auto &one) { return one.second.isById; });
        QList<std::pair<Key, Fitting>> list;
        for (const auto &[key, one] : m_all) {
            if (one.isById == isById) {
                list.append({key, one});
            }
        }
        return list;
    }

private:
    std::map<Key, Fitting> m_all;
    QHash<Place, QList<Key>> m_now;
};

using SubjectKey = std::pair<SubjectKind, QString>;

Error ambiguous(const QString &what, const QStringList &candidates, const QString &wanted)
{
    const auto named = candidates.first(std::min(candidates.size(), CandidatesNamedAtMost));
    return {ErrorCode::Ambiguous,
            QStringLiteral("%1 %2; name one by its id: %3%4")
                .arg(QString::number(candidates.size()), what, named.join(u", "),
                     named.size() < candidates.size() ? QStringLiteral(", …") : QString()),
            wanted.left(200)};
}

class Inquirer
{
public:
    Inquirer(const Evidence::Store &store, const HistoryQuestion &question) :
        m_store(store), m_subject(question.subject.trimmed()), m_division(question.division.trimmed()),
        m_permission(question.permission.trimmed()), m_text(m_subject.toUtf8())
    {
        // Canonical text has a name as it is, but for what JSON escapes; an address is compared in any case.
        m_isAddress = m_subject.contains(u'@');
        m_isSearchable = !m_isAddress
            && std::ranges::none_of(m_subject, [](QChar one) { return one == u'"' || one == u'\\' || one < u' ' || one.isSurrogate(); });
    }

    Result<void> read(const Evidence::SnapshotSummary &summary)
    {
        Result<Evidence::Snapshot> snapshot = m_store.snapshot(summary.id);
        if (!snapshot) {
            return std::unexpected(snapshot.error());
        }
        for (const Haystack &haystack : haystacks()) {
            const auto take = [&](const QString &id, const QByteArray &blob) { return takeSubject(haystack, id, blob); };
            if (Result<void> read = readDomain(*snapshot, haystack.domain, take); !read) {
                return read;
            }
        }
        if (!m_division.isEmpty()) {
            const auto take = [&](const QString &id, const QByteArray &blob) { return takeDivision(id, blob); };
            if (Result<void> read = readDomain(*snapshot, QStringLiteral("divisions"), take); !read) {
                return read;
            }
        }
        const auto take = [&](const QString &id, const QByteArray &blob) { return takePolicy(id, blob); };
        if (Result<void> read = readDomain(*snapshot, QStringLiteral("access_policies"), take); !read) {
            return read;
        }
        m_subjects.see(summary.observedUtc);
        m_divisions.see(summary.observedUtc);
        m_before = std::make_unique<Evidence::Snapshot>(*std::move(snapshot));
        return {};
    }

    [[nodiscard]] Result<Inquiry> answer() const
    {
        QList<std::pair<SubjectKey, Fitting>> who = m_subjects.best();
        // What a list says of somebody in passing, be it of what kind, gives way to what that one is.
        QSet<QString> known;
        for (const auto &[key, one] : std::as_const(who)) {
            if (one.isByItself) {
                known.insert(key.second);
            }
        }
        who.removeIf([&](const auto &one) { return !one.second.isByItself && known.contains(one.first.second); });
        if (who.isEmpty()) {
            return Error::make(ErrorCode::NotFound, QStringLiteral("no snapshot has a subject '%1'").arg(m_subject.left(200)),
                               m_subject.left(200));
        }
        if (who.size() > 1) {
            QStringList candidates;
            for (const auto &[key, one] : std::as_const(who)) {
                candidates.append(QStringLiteral("%1 %2 (%3)").arg(subjectKindName(key.first), key.second, one.seen()));
            }
            return std::unexpected(ambiguous(who.first().second.isById ? QStringLiteral("subjects have had this id")
                                                                       : QStringLiteral("subjects have had this name or e-mail address"),
                                             candidates, m_subject));
        }
        Inquiry inquiry;
        inquiry.subject = {who.first().first.second, who.first().second.name, who.first().first.first};
        if (m_division == u"*") {
            inquiry.divisionId = m_division;
        } else if (!m_division.isEmpty()) {
            const QList<std::pair<QString, Fitting>> where = m_divisions.best();
            if (where.isEmpty()) {
                QStringList names = m_divisionNames.values();
                names.removeDuplicates();
                names.sort();
                return Error::make(
                    ErrorCode::NotFound,
                    QStringLiteral("no snapshot has a division '%1'; there were %2")
                        .arg(m_division.left(200),
                             names.isEmpty() ? QStringLiteral("none") : names.first(std::min<qsizetype>(names.size(), 50)).join(u", ")),
                    m_division.left(200));
            }
            if (where.size() > 1) {
                QStringList candidates;
                for (const auto &[id, one] : where) {
                    candidates.append(QStringLiteral("%1 (%2)").arg(id, one.seen()));
                }
                return std::unexpected(ambiguous(QStringLiteral("divisions have had this name"), candidates, m_division));
            }
            inquiry.divisionId = where.first().first;
            inquiry.divisionName = where.first().second.name;
        }
        inquiry.doPoliciesMatter
            = std::ranges::any_of(m_policies, [&](const AccessPolicy &policy) { return mayDeny(policy, inquiry.subject, m_permission); });
        return inquiry;
    }

private:
    /// Calls take(id, blob) for every entity that is not as in the snapshot before, with no blob where it is gone.
    template<typename Take> Result<void> readDomain(const Evidence::Snapshot &snapshot, const QString &domain, const Take &take)
    {
        Result<void> done;
        if (!m_before) {
            const Result<void> walked = snapshot.forEachBlob(domain, [&](const QString &id, const QByteArray &blob) {
                done = take(id, blob);
                return done.has_value();
            });
            return walked ? done : walked;
        }
        const Evidence::LedgerRow *was = m_before->manifest().row(domain), *is = snapshot.manifest().row(domain);
        if (was && is && !is->root.isEmpty() && was->root == is->root) {
            return done;
        }
        const Result<QList<Evidence::EntityDelta>> deltas = m_store.difference(*m_before, snapshot, {domain});
        if (!deltas) {
            return std::unexpected(deltas.error());
        }
        for (const Evidence::EntityDelta &delta : *deltas) {
            done = done ? take(delta.id, delta.newBlob) : done;
        }
        return done;
    }

    Result<void> takeSubject(const Haystack &haystack, const QString &id, const QByteArray &blob)
    {
        const Fittings<SubjectKey>::Place place{haystack.domain, id};
        m_subjects.forget(place);
        if (blob.isEmpty() || m_subject.isEmpty()) {
            return {};
        }
        const Result<QByteArray> text = m_store.blob(blob);
        if (!text) {
            return std::unexpected(text.error());
        }
        const bool isItself = !haystack.isMembers && id == m_subject;
        if (!isItself && m_isSearchable && !text->contains(m_text)) {
            return {};
        }
        const Result<Json::Document> document = Json::parse({text->constData(), static_cast<size_t>(text->size())});
        if (!document) {
            if (isItself && haystack.kind != SubjectKind::Unknown) {
                m_subjects.add(place, {haystack.kind, id}, QString(), true, true);
            }
            return {};
        }
        const Json::Value body = document->root();
        if (haystack.isMembers) {
            for (const Json::Value member : (body["members"].isArray() ? body["members"] : body["entities"]).items()) {
                const QString memberId = member.isString() ? member.toQString() : member["id"].toQString();
                const QString name = member["name"].toQString();
                if (!memberId.isEmpty() && (memberId == m_subject || name == m_subject)) {
                    m_subjects.add(place, {haystack.kind, memberId}, name, false, memberId == m_subject);
                }
            }
            return {};
        }
        const QString name = body["name"].toQString();
        const bool isAddressed
            = m_isAddress && haystack.kind == SubjectKind::User && body["email"].toQString().compare(m_subject, Qt::CaseInsensitive) == 0;
        if (isItself || name == m_subject || isAddressed) {
            const bool isOfGrants = haystack.kind == SubjectKind::Unknown;
            const SubjectKind kind = isOfGrants ? subjectKindFromApi(body["type"].toQString()) : haystack.kind;
            // Of whom grants tell, only those of other organisations have no list of their own.
            const bool isOwn = !isOfGrants || kind == SubjectKind::TrusteeUser || kind == SubjectKind::TrusteeGroup;
            m_subjects.add(place, {kind, id}, name, isOwn, isItself);
        }
        return {};
    }

    Result<void> takeDivision(const QString &id, const QByteArray &blob)
    {
        const Fittings<QString>::Place place{QStringLiteral("divisions"), id};
        m_divisions.forget(place);
        if (blob.isEmpty()) {
            return {};
        }
        const Result<QByteArray> text = m_store.blob(blob);
        if (!text) {
            return std::unexpected(text.error());
        }
        const Result<Json::Document> document = Json::parse({text->constData(), static_cast<size_t>(text->size())});
        const QString name = document ? document->root()["name"].toQString() : QString();
        m_divisionNames.insert(id, name);
        if (id == m_division || (!name.isEmpty() && name.compare(m_division, Qt::CaseInsensitive) == 0)) {
            m_divisions.add(place, id, name, true, id == m_division);
        }
        return {};
    }

    Result<void> takePolicy(const QString &id, const QByteArray &blob)
    {
        if (blob.isEmpty()) {
            return {};
        }
        const Result<QByteArray> text = m_store.blob(blob);
        if (!text) {
            return std::unexpected(text.error());
        }
        FactsReader reader;
        reader.entity(QStringLiteral("access_policies"), id, {text->constData(), static_cast<size_t>(text->size())});
        m_policies += reader.take({}).policies;
        return {};
    }

    const Evidence::Store &m_store;
    QString m_subject, m_division, m_permission;
    QByteArray m_text; ///< what a text must contain to be of interest
    bool m_isAddress = false, m_isSearchable = false;
    std::unique_ptr<Evidence::Snapshot> m_before;
    Fittings<SubjectKey> m_subjects;
    Fittings<QString> m_divisions;
    QHash<QString, QString> m_divisionNames;
    QList<AccessPolicy> m_policies;
};

} // namespace

bool mayDeny(const AccessPolicy &policy, const Subject &subject, const QString &permission)
{
    using Whom = AccessPolicy::Whom;
    if (!policy.active || policy.effect == AccessPolicy::Effect::Allow) {
        return false;
    }
    const QStringList target = policy.target.split(u':'), asked = permission.split(u':');
    const bool isUnderstood = target.size() == 3
        && std::ranges::all_of(target, [](const QString &part) { return part == u"*" || (!part.isEmpty() && !part.contains(u'*')); });
    for (qsizetype i = 0; isUnderstood && i < std::min(target.size(), asked.size()); ++i) {
        if (target[i] != u"*" && target[i] != asked[i]) {
            return false;
        }
    }
    const bool isClient = subject.kind == SubjectKind::OAuthClient;
    switch (policy.whom) {
    case Whom::User: return !isClient && policy.subjectId == subject.id;
    case Whom::Client: return isClient && policy.subjectId == subject.id;
    case Whom::Group:
    case Whom::Team: return !isClient;
    case Whom::All: return !isClient || policy.appliesToClients;
    case Whom::Unclear: break;
    }
    return true;
}

Result<Inquiry> inquire(const Evidence::Store &store, const QList<Evidence::SnapshotSummary> &timeline, const HistoryQuestion &question,
                        const CancellationToken &cancel)
{
    Inquirer inquirer(store, question);
    for (const Evidence::SnapshotSummary &summary : timeline) {
        if (cancel.isCancelled()) {
            return Error::make(ErrorCode::Cancelled, QStringLiteral("the history was cancelled"));
        }
        if (const Result<void> read = inquirer.read(summary); !read) {
            return std::unexpected(read.error());
        }
    }
    return inquirer.answer();
}

} // namespace Orgtrace::Access
