#include "capture/grantproof.h"

#include "base/clock.h"
#include "base/digest.h"
#include "genesys/page.h"
#include "json/node.h"
#include "json/text.h"
#include "json/value.h"

#include <QCoroFuture>
#include <QSet>
#include <QtConcurrentRun>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Capture {

namespace {
constexpr int MostRounds = 3; // as a listing is read
constexpr size_t MostDisputed = 1000; // more than that is no dispute about single subjects
constexpr qsizetype MostExamples = 3;
constexpr QLatin1StringView AllDivisions("*");
constexpr Json::Limits ComposedLimits{.maxBytes = 512LL * 1024 * 1024, .maxDepth = 512, .refuseDuplicateKeys = true};

QString said(const GrantFact &fact)
{
    return u"role %1 in division %2"_s.arg(fact.role.left(80), fact.division.isEmpty() ? u"(none)"_s : fact.division.left(80));
}

/// "the sweep by division has role r2 in division d2, the sweep by role has not"
QString disputeOf(const QStringList &onlyByRole, const QStringList &onlyByDivision)
{
    const auto part = [](const QStringList &facts, const QString &has, const QString &hasNot) {
        if (facts.isEmpty()) {
            return QString();
        }
        const QString more = facts.size() > MostExamples ? u" and %1 more"_s.arg(facts.size() - MostExamples) : QString();
        return u"the sweep by %1 has %2%3, the sweep by %4 has not"_s.arg(
            has, facts.first(std::min(facts.size(), MostExamples)).join(u", "_s), more, hasNot);
    };
    QStringList parts{part(onlyByDivision, u"division"_s, u"role"_s), part(onlyByRole, u"role"_s, u"division"_s)};
    parts.removeAll(QString());
    return parts.join(u"; "_s);
}

/// Subject → role → division → when that was granted, as the platform says it.
using GrantTimes = QHash<QString, std::map<QString, std::map<QString, QString>>>;

/// A time as it came; of several of one grant the earliest, for since then it has been held.
void noteTime(GrantTimes &times, const GrantFact &fact, const QString &said)
{
    const QDateTime time = said.size() <= 40 ? parseIsoUtc(said) : QDateTime();
    if (!time.isValid()) {
        return;
    }
    QString &known = times[fact.subject][fact.role][fact.division];
    if (known.isEmpty() || time < parseIsoUtc(known)) {
        known = said;
    }
}

/// Beside what a catalogue of the user's calls a signal.
QByteArray withTimes(const QByteArray &signal, const QString &subject, const std::map<QString, std::map<QString, QString>> &times)
{
    const Result<Json::Document> document = Json::parse(view(signal));
    Json::Node line = document && document->root().isObject() ? Json::Node(document->root()) : Json::Node::object();
    line["id"] = subject;
    Json::Node &made = line[std::string_view(Catalogue::GrantTimesSignal.data(), size_t(Catalogue::GrantTimesSignal.size()))];
    for (const auto &[role, divisions] : times) {
        for (const auto &[division, time] : divisions) {
            made[Json::toUtf8(role)][Json::toUtf8(division)] = time;
        }
    }
    return line.compactText();
}

/// On a worker; nobody else has the batches then.
void addTimes(const std::vector<std::shared_ptr<Batch>> &batches, const GrantTimes &times)
{
    for (const std::shared_ptr<Batch> &batch : batches) {
        for (Catalogue::NormalisedEntity &entity : batch->ready) {
            if (const auto known = times.constFind(entity.id); known != times.cend()) {
                entity.signal = withTimes(entity.signal, entity.id, *known);
            }
        }
    }
}

struct Facts {
    QList<GrantFact> grants;
    QSet<QString> unreadable; ///< entities that stand aside
    qint64 placeless = 0; ///< grants that name no division
    QHash<QString, QSet<std::pair<QString, QString>>> everywhere; ///< entity → subject and role of what it says of all divisions
    GrantTimes times;
};

/// Whether the grants in all divisions came with the list of each. One list that has some of them says nothing of the rest.
bool isInEach(const QHash<QString, QSet<std::pair<QString, QString>>> &everywhere, const QStringList &divisions)
{
    if (divisions.size() < 2) {
        return false; // nothing agrees with itself
    }
    const auto first = everywhere.value(divisions.first());
    return !first.isEmpty() && std::ranges::all_of(divisions, [&](const QString &division) { return everywhere.value(division) == first; });
}

/// What stands in the documents of a sweep, whoever their entity is. On a worker.
template<typename Read> Facts factsOf(const std::vector<std::shared_ptr<Batch>> &batches, const std::string &into, const Read &read)
{
    Facts facts;
    for (const std::shared_ptr<Batch> &batch : batches) {
        for (const Evidence::Quarantined &entry : batch->quarantined) {
            facts.unreadable.insert(entry.id);
        }
        for (const Catalogue::NormalisedEntity &entity : batch->ready) {
            const Result<Json::Document> document
                = Json::parse({entity.text.constData(), static_cast<size_t>(entity.text.size())}, ComposedLimits);
            if (!document) {
                facts.unreadable.insert(entity.id); // we wrote it a moment ago; then nothing is claimed of it
                continue;
            }
            for (const Json::Value row : document->root()[into].items()) {
                GrantFact fact = read(entity.id, row);
                if (fact.subject.isEmpty() || fact.role.isEmpty()) {
                    facts.unreadable.insert(entity.id);
                    continue;
                }
                facts.placeless += fact.division.isEmpty();
                noteTime(facts.times, fact, row["grantMadeAt"].toQString());
                if (fact.division == AllDivisions) {
                    facts.everywhere[entity.id].insert({fact.subject, fact.role});
                }
                facts.grants.append(std::move(fact));
            }
        }
    }
    return facts;
}
} // namespace

GrantComparison compareGrants(const QList<GrantFact> &byRole, const QList<GrantFact> &byDivision, const QSet<QString> &unseenDivisions,
                              const QSet<QString> &leaveOut)
{
    const auto sorted = [&leaveOut](QList<GrantFact> facts) {
        facts.removeIf([&leaveOut](const GrantFact &fact) { return leaveOut.contains(fact.subject) || fact.division.isEmpty(); });
        std::ranges::sort(facts);
        facts.erase(std::ranges::unique(facts).begin(), facts.end());
        return facts;
    };
    const QList<GrantFact> first = sorted(byRole), second = sorted(byDivision);
    // A grant that one sweep cannot place may be any that the other has of the same role.
    QSet<std::pair<QString, QString>> placeless;
    for (const GrantFact &fact : byRole) {
        if (fact.division.isEmpty()) {
            placeless.insert({fact.subject, fact.role});
        }
    }
    GrantComparison out;
    std::map<QString, std::pair<QStringList, QStringList>> only;
    for (auto a = first.cbegin(), b = second.cbegin(); a != first.cend() || b != second.cend();) {
        if (b == second.cend() || (a != first.cend() && *a < *b)) {
            if (!unseenDivisions.contains(a->division)) {
                only[a->subject].first.append(said(*a));
            }
            ++a;
        } else if (a == first.cend() || *b < *a) {
            if (!placeless.contains({b->subject, b->role})) {
                only[b->subject].second.append(said(*b));
            }
            ++b;
        } else {
            ++out.compared;
            ++a;
            ++b;
        }
    }
    for (const auto &[subject, sides] : only) {
        out.disputed.emplace(subject, disputeOf(sides.first, sides.second));
    }
    return out;
}

struct GrantProver::SecondSweep {
    Facts facts;
    QStringList unseen; ///< divisions that could not be asked about
    QString why; ///< of the first of them
    qsizetype divisions = 0;
    bool sawAllDivisions = false; ///< "*" was answered, or each of several divisions told the same grants of it
};

GrantProver::GrantProver(DomainReader &reader, const Catalogue::DomainRules *rules, Again again, DomainReader::Progress progress,
                         Purpose purpose) :
    m_reader(reader), m_rules(rules), m_again(std::move(again)), m_progress(std::move(progress)), m_purpose(purpose),
    m_divisions(Catalogue::Catalogue::generic(u"divisions_for_proof"_s)), m_grants(Catalogue::Catalogue::generic(u"grants_by_division"_s))
{
    m_divisions.paging = m_grants.paging = Catalogue::Paging::PageNumber;
    m_divisions.path = QByteArrayLiteral("/api/v2/authorization/divisions");
    m_grants.path = QByteArrayLiteral("/api/v2/authorization/divisions/{id}/grants");
    m_grants.pageSize = 500;
    m_grants.identity = QString(); // a grant has no id of its own
    m_grants.dropped = {u"**/selfUri"_s, u"grants/*/role/policies"_s};
    m_grants.sub.parent = m_divisions.name;
    m_grants.sub.shape = u"items"_s;
    m_grants.sub.into = u"grants"_s;
}

QCoro::Task<Result<GrantProver::SecondSweep>> GrantProver::sweepDivisions()
{
    auto listing = m_reader.readIds(&m_divisions, {});
    Result<DomainReader::Parents> divisions = co_await listing;
    if (!divisions) {
        co_return Error::make(divisions.error().code, u"the list of divisions: "_s + divisions.error().detail, divisions.error().where);
    }
    if (!divisions->ids.contains(AllDivisions)) {
        divisions->ids.append(AllDivisions);
    }
    const qsizetype asked = divisions->ids.size();
    QStringList others(divisions->ids.cbegin(), divisions->ids.cend());
    others.removeAll(AllDivisions);
    auto reading = m_reader.readSub(&m_grants, std::move(*divisions), m_progress);
    Result<DomainData> data = co_await reading;
    if (!data) {
        co_return std::unexpected(data.error());
    }
    SecondSweep sweep;
    sweep.unseen = data->failedParents;
    sweep.why = data->firstFailure;
    sweep.divisions = asked - sweep.unseen.size();
    const QFuture<Facts> working = QtConcurrent::run([batches = std::move(data->batches)] {
        return factsOf(batches, "grants", [](const QString &division, Json::Value row) {
            const QString inside = Genesys::identityOf(row, u"division/id"_s);
            return GrantFact{row["subjectId"].toQString(), Genesys::identityOf(row, u"role/id"_s), inside.isEmpty() ? division : inside};
        });
    });
    sweep.facts = co_await working;
    for (const QString &division : std::as_const(sweep.facts.unreadable)) {
        sweep.unseen.append(division);
        sweep.why = sweep.why.isEmpty() ? u"a grant in it cannot be read"_s : sweep.why;
    }
    sweep.unseen.sort();
    sweep.sawAllDivisions = !sweep.unseen.contains(AllDivisions) || isInEach(sweep.facts.everywhere, others);
    co_return Result<SecondSweep>(std::move(sweep));
}

QCoro::Task<Result<DomainData>> GrantProver::prove(DomainData data)
{
    GrantComparison comparison;
    QSet<QString> unseenThen; // in the round that `comparison` is of
    GrantTimes times; // of the last round
    const auto tellTimes = [&data, &times]() -> QFuture<void> {
        return QtConcurrent::run([batches = data.batches, said = std::move(times)] { addTimes(batches, said); });
    };
    const auto add = [](std::optional<Evidence::LedgerProof> &proof, const QString &reason) {
        proof->reason += proof->reason.isEmpty() ? reason : u"; "_s + reason;
    };
    for (int round = 1;; ++round) {
        Evidence::LedgerProof proof;
        proof.rounds = round;
        auto sweeping = sweepDivisions();
        Result<SecondSweep> second = co_await sweeping;
        if (!second) {
            if (endsTheRun(second.error().code)) {
                co_return std::unexpected(second.error());
            }
            if (!comparison.disputed.empty()) {
                add(data.row.proof, u"round %1 could not be made: %2"_s.arg(round).arg(reasonOf(second.error())));
                break; // what cannot be asked again settles no dispute
            }
            if (m_purpose == Purpose::Times) {
                co_return Result<DomainData>(std::move(data));
            }
            proof.state = Evidence::ProofState::NotProven;
            proof.reason = reasonOf(second.error());
            data.row.proof = proof;
            co_return Result<DomainData>(std::move(data));
        }
        const QFuture<Facts> working = QtConcurrent::run([batches = data.batches, rules = m_rules] {
            const QString division = rules->sub.expandKey + u"/id"_s;
            return factsOf(batches, rules->sub.into.toStdString(), [rules, &division](const QString &subject, Json::Value row) {
                return GrantFact{subject, row[rules->sub.parentKey.toStdString()].toQString(), Genesys::identityOf(row, division)};
            });
        });
        const Facts first = co_await working;
        QSet<QString> unseen(second->unseen.cbegin(), second->unseen.cend());
        if (second->sawAllDivisions) {
            unseen.remove(AllDivisions);
        }
        times = std::move(second->facts.times);
        GrantComparison earlier = std::exchange(comparison, compareGrants(first.grants, second->facts.grants, unseen, first.unreadable));
        if (!unseenThen.contains(unseen)) {
            comparison.disputed.merge(earlier.disputed); // the dispute may be about what can no longer be seen
        }
        unseenThen = round == 1 ? unseen : unseenThen.intersect(unseen);
        proof.items = comparison.compared;
        proof.lists = second->divisions;
        QStringList gaps;
        if (!unseen.isEmpty()) {
            gaps.append(u"%1 of %2 divisions could not be asked about, among them %3: %4"_s.arg(unseen.size())
                            .arg(second->divisions + second->unseen.size())
                            .arg(second->unseen.first().left(80), second->why));
        }
        if (first.placeless > 0) {
            gaps.append(u"%1 grants name no division"_s.arg(first.placeless));
        }
        proof.reason = gaps.join(u"; "_s);
        proof.state = gaps.isEmpty() ? Evidence::ProofState::Proven : Evidence::ProofState::NotProven;
        if (m_purpose == Purpose::Proof || gaps.isEmpty()) {
            data.row.proof = proof;
        }
        if (comparison.disputed.empty()) {
            const QFuture<void> telling = tellTimes();
            co_await telling;
            co_return Result<DomainData>(std::move(data));
        }
        proof.state = Evidence::ProofState::Disputed;
        gaps.prepend(u"the sweeps by role and by division disagree about %1 subjects"_s.arg(comparison.disputed.size()));
        proof.reason = gaps.join(u"; "_s);
        data.row.proof = proof;
        if (round == MostRounds) {
            break;
        }
        // Something may have been granted in between: both sweeps again.
        auto reading = m_again();
        Result<DomainData> again = co_await reading;
        if (!again && endsTheRun(again.error().code)) {
            co_return std::unexpected(again.error());
        }
        if (!again) {
            break; // the dispute of this round stands
        }
        again->row.proof = data.row.proof;
        data = std::move(*again);
    }
    if (comparison.disputed.size() > MostDisputed) {
        co_return Error::make(ErrorCode::Incomplete, data.row.proof->reason);
    }
    const QFuture<void> telling = tellTimes();
    co_await telling;
    auto disputed = std::make_shared<Batch>();
    for (const auto &[subject, why] : comparison.disputed) {
        disputed->quarantined.push_back({subject, why.left(300), {}});
    }
    data.batches.push_back(std::move(disputed));
    co_return Result<DomainData>(std::move(data));
}

} // namespace Orgtrace::Capture
