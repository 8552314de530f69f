#pragma once

#include "changes/changefilter.h"
#include "changes/queryedit.h"

#include <QList>
#include <QString>

#include <memory>

namespace Orgtrace::Ui {

/// What the list is grouped by. The order within is always by domain, then name.
enum class ChangeGrouping { Severity, Domain, Entity, Kind, Actor };
[[nodiscard]] QString groupingText(ChangeGrouping grouping); ///< "severity", "domain" …

/// One row of the change list. Rows are kept flat; places point into ChangeTree::rows.
struct ChangeRow {
    enum class Kind {
        Severity, ///< top: all changes of one severity
        Domain, ///< its changes of one domain
        Entity, ///< one change
        NotComparable, ///< top: what could not be compared
        NotComparableRow, ///< one domain of it, and why
        LeftOut, ///< top: what differs and is no change, for one reason
        LeftOutRow, ///< one entity of it
        Group, ///< top: a domain, an entity, a kind of change, an actor; severity is its worst
        Page ///< a part of very many changes in one place
    };
    Kind kind = Kind::Entity;
    int parent = -1; ///< -1: top
    int place = 0; ///< among its siblings
    QList<int> children;
    QString text; ///< name or title
    QString summary; ///< short, at the right: "+ Master Admin"
    QString tip; ///< in whole sentences
    QString key; ///< the same row has the same key in the next tree
    qint64 count = 0; ///< changes beneath; for groups
    Policy::Severity severity = Policy::Severity::Low;
    int finding = -1; ///< Entity: index into RangeFindings::findings
    int leftOut = -1; ///< LeftOutRow: index into SnapshotDifference::suppressedEntities
};

/// The values of one key of the query that occur, with how many changes each would leave beside the other terms.
struct ChangeFacet {
    struct Value {
        QString value; ///< as the query wants it
        QString label; ///< for people
        qint64 count = 0;
        int severity = -1; ///< of the facet of severities: which
        friend bool operator==(const Value &, const Value &) = default;
    };
    QString key; ///< "severity", "domain", "kind", "actor"
    QString title;
    QList<Value> values; ///< severities and kinds in their order, others by count; those without a change are left out
    friend bool operator==(const ChangeFacet &, const ChangeFacet &) = default;
};

/// The change list as a value: groups, domains, entities; then what could not be compared, then what was left out, by reason. Immutable.
struct ChangeTree {
    QList<ChangeRow> rows;
    QList<int> top;
    QList<int> entityRows; ///< in reading order, for next/previous
    QList<int> rowByFinding; ///< -1: filtered out
    QList<int> placeByFinding; ///< in entityRows; -1: filtered out
    qsizetype shown = 0, total = 0;
    qint64 suppressed = 0;
    QString suppressedText; ///< what was left out, in words
    QList<ChangeFacet> facets;
    QueryVocabulary vocabulary;
    std::weak_ptr<const Operations::RangeFindings> range; ///< what tips are made of when they are asked for
    std::shared_ptr<const Savers> savers;
    QString unreadSavers; ///< where the signals that tell who saved last could not be read, and why; a whole sentence, empty where all were
    [[nodiscard]] QString tipOf(const ChangeRow &row) const;
    [[nodiscard]] int rowOfFinding(int finding) const; ///< -1: filtered out
};

/// Above this many changes in one place they are shown in pages, so that opening any row costs the window less than a frame.
inline constexpr qsizetype ChangesPerPage = 2000;

struct ChangeTreeOptions {
    ChangeGrouping grouping = ChangeGrouping::Severity;
    std::shared_ptr<const Savers> savers; ///< null: not read (yet)
    std::shared_ptr<const Operations::RangeFindings>
        range; ///< the range itself, where somebody shares it: tips are then made only when asked for
};
/// Pure; may run on a worker. Group rows exist only where something is beneath.
[[nodiscard]] std::shared_ptr<const ChangeTree> buildChangeTree(const Operations::RangeFindings &range, const ChangeFilter &filter,
                                                                const ChangeTreeOptions &options = {});

/// A few words on what a change did: "added", "lineage · 6 fields", "+ Master Admin", "members −3", "grants · 2 fields", "name".
[[nodiscard]] QString changeSummary(const Compare::EntityChange &change, const QHash<QString, QString> &names);

/// All that a row cannot say, in whole sentences: rule, ids, who saved last and how that is known, or why it is not.
[[nodiscard]] QString changeTip(const Report::Finding &finding, const QString &domainTitle, const Actor &actor, const Savers *savers);

/// Where it could not be read who saved last, and why: one sentence; empty where all was read.
[[nodiscard]] QString unreadSaversText(const Savers &savers, const QHash<QString, QString> &domainTitles);

/// What was suppressed, in words: "3 saved without visible effect, 2 type-only differences".
[[nodiscard]] QString suppressedText(const std::map<QString, qint64> &suppressed);

} // namespace Orgtrace::Ui
