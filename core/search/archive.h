#pragma once

#include "base/cancellation.h"
#include "search/pattern.h"
#include "search/versions.h"

#include <QDateTime>

#include <functional>
#include <memory>
#include <mutex>

namespace Orgtrace::Search {

/// A snapshot as an answer names it.
struct Moment {
    QString snapshot; ///< empty: none
    QDateTime utc;
    friend bool operator==(const Moment &, const Moment &) = default;
};

/// A stretch of snapshots over which a line stood as it is.
struct Stay {
    Moment first, last; ///< seen first and last
    Moment ended; ///< the snapshot that no longer has it; none: it is still there
    Moment before; ///< the snapshot before `first` that read the domain; none: it was there from the beginning
    bool beganByRules = false,
         endedByRules = false; ///< just then the rules of the domain changed: it may have been there before, or still be
    friend bool operator==(const Stay &, const Stay &) = default;
};

[[nodiscard]] Stay stayOf(const Version &version, const QList<Evidence::SnapshotSummary> &timeline);

/// One line of canonical text that holds what was looked for.
struct Hit {
    QString domain, entity;
    QString name; ///< what people call the entity, by the newest text that has a name
    QString pointer; ///< RFC 6901, in the newest text that has the line; empty: the entity's id
    QString line; ///< without indent, at most Hit::LongestLine characters around the place
    int markStart = 0, markLength = 0; ///< of the occurrence in `line`
    bool isWhole = false; ///< the value is what was looked for, nothing more
    bool isName = false; ///< it is the entity's name
    QList<Stay> stays; ///< oldest first
    static constexpr qsizetype LongestLine = 240;
};

struct Answer {
    QList<Hit> hits; ///< whole values first, then names, then what is still there; at most Query::limit
    QHash<QString, qint64> counts; ///< domain → lines found, all of them
    qint64 found = 0; ///< lines found: more than hits where `isCut`
    bool isCut = false;
    qint64 texts = 0; ///< looked through
    qint64 snapshots = 0; ///< they come from
    QStringList unknownDomains; ///< asked for, and in no snapshot
};

struct Query {
    Pattern pattern;
    QString snapshot; ///< only what stands in it; empty: all history
    int limit = 300;
};

/// All that an organisation's snapshots hold, looked through text by text. No index is kept on disk: a text that many snapshots share is read
/// once, and up to KeptBytes of texts stay in memory for the next question. (docs/adr/0006)
///
/// Signals and raw payloads are not looked through. Secrets are in neither form here: only their fingerprints can be found.
/// Thread: any; questions wait for one another, so cancel the one no longer wanted first.
/// Errors: Cancelled, NotFound (no such snapshot), Integrity, as Store.
class Archive
{
public:
    static constexpr size_t KeptBytes = 256U << 20;

    Archive(QString storeFolder, QString organisationId);
    ~Archive();
    Q_DISABLE_COPY_MOVE(Archive)

    using Progress = std::function<void(qint64 done, qint64 total)>; ///< in texts; called on the asking thread
    /// @param early called now and then on the asking thread with what was found so far, if that is more than before
    [[nodiscard]] Result<Answer> find(const Query &query, const CancellationToken &cancel = {}, const Progress &progress = {},
                                      const std::function<void(const Answer &)> &early = {});

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Search
