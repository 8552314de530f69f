#pragma once

#include "catalogue/catalogue.h"
#include "redaction/redactor.h"
#include "json/value.h"

#include <QDate>

#include <memory>
#include <mutex>
#include <vector>

namespace Orgtrace::Catalogue {

/// One entity in the form that is kept: what it is (text), and that someone saved (signal).
struct NormalisedEntity {
    QString id;
    QString name; ///< as the nameField says, for people
    QByteArray text; ///< canonical text
    QByteArray sha256; ///< of text, 32 raw bytes
    QByteArray blobId; ///< git's, 20 raw bytes
    QByteArray signal; ///< one NDJSON line without LF, {"id":…,…}; empty where there is none
    int redactions = 0; ///< secrets replaced
};

/// Rules::lastSeen, as it is kept: the day, once it is more than RecentDays before the capture; else this word. A time of last sign-in that is kept
/// as it comes would make ten thousand lines of a large organisation new each day.
inline constexpr QLatin1StringView RecentlySeen{"recent"};
inline constexpr int RecentDays = 30;
/// The day or the word; empty for what is no time. @param asOf invalid: always the day
[[nodiscard]] QString keptLastSeen(const QString &time, const QDate &asOf);

/// Applies one domain's rules: drops, reduces, sorts, redacts, writes canonical text, hashes. Pure; one an object a thread (scratch buffers), rules
/// and redactor shared.
class Normaliser
{
public:
    /// Borrows both; they must outlive it.
    /// @param asOf the day of the capture, for lastSeen; of a run that was cut off, the day it began on, so that it comes to the same
    Normaliser(const DomainRules &rules, const Redaction::Redactor &redactor, const QDate &asOf = {});
    ~Normaliser();
    Q_DISABLE_COPY_MOVE(Normaliser)

    /// Errors: MalformedJson (no usable id, duplicate keys, too deep): the entity is to be quarantined, alone.
    [[nodiscard]] Result<NormalisedEntity> normalise(Json::Value entity);
    /// For settings objects and composed sub-resources, whose id is given.
    [[nodiscard]] Result<NormalisedEntity> normalise(Json::Value entity, const QString &id);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// Normalisers of one domain, for whichever worker needs one next: what each has learnt of the names that objects of this domain have is of use for every page of it.
///
/// Thread: take() and the loans' ends from any. Borrows as Normaliser does, and outlives its loans.
class NormaliserPool
{
public:
    NormaliserPool(const DomainRules &rules, const Redaction::Redactor &redactor, const QDate &asOf = {}) :
        m_rules(rules), m_redactor(redactor), m_asOf(asOf)
    {
    }
    Q_DISABLE_COPY_MOVE(NormaliserPool)
    ~NormaliserPool() = default;

    struct GiveBack {
        NormaliserPool *pool;
        void operator()(Normaliser *normaliser) const { pool->give(normaliser); }
    };
    using Loan = std::unique_ptr<Normaliser, GiveBack>;
    [[nodiscard]] Loan take();

private:
    void give(Normaliser *normaliser);

    const DomainRules &m_rules;
    const Redaction::Redactor &m_redactor;
    const QDate m_asOf;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<Normaliser>> m_idle;
};

} // namespace Orgtrace::Catalogue
